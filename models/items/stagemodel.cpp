// SPDX-License-Identifier: GPL-3.0-or-later
#include "stagemodel.h"

#include <QLocale>

#include <algorithm>

namespace taffrail::items {

namespace {

CellRow stageRow(const ConnectionTest &test, const StageRow &stage, size_t place)
{
    const Worded words = worded(stage.state);
    CellRow row;
    row.id = padded(qint64(place));
    row.environment = test.environment;
    row.status = words.status;
    row.dimmed = stage.state == StageState::NotReached || stage.state == StageState::NotUsed
        || stage.state == StageState::Waiting;
    row.cells
        = {textCell(stageTitle(stage.stage, test.kind)), statusCell(words.status, words.text),
           stage.took ? numberCell(tookText(*stage.took), qint64(stage.took->count())) : numberCell({}, qint64(-1)),
           textCell(stage.text), textCell(stage.hint)};
    return row;
}

} // namespace

QString tookText(std::chrono::microseconds took)
{
    const double milliseconds = double(took.count()) / 1000.0;
    const QLocale locale;
    if (milliseconds < 10.0)
        return StageModel::tr("%1 ms").arg(locale.toString(milliseconds, 'f', 1));
    if (milliseconds < 1000.0)
        return StageModel::tr("%1 ms").arg(locale.toString(milliseconds, 'f', 0));
    return StageModel::tr("%1 s").arg(locale.toString(milliseconds / 1000.0, 'f', 1));
}

QString stageTitle(TestStage stage, TestedKind kind)
{
    switch (stage) {
    case TestStage::Way: return kind == TestedKind::Database ? StageModel::tr("SSH host") : StageModel::tr("Jump host");
    case TestStage::Resolve: return StageModel::tr("Resolve");
    case TestStage::Connect: return StageModel::tr("TCP");
    case TestStage::HostKey: return StageModel::tr("Host key");
    case TestStage::Tls: return StageModel::tr("TLS");
    case TestStage::SignIn: return StageModel::tr("Sign-in");
    case TestStage::Shell: return StageModel::tr("Shell");
    case TestStage::Database: return StageModel::tr("Database");
    case TestStage::ReadProbe: return StageModel::tr("Read probe");
    }
    return {};
}

Worded worded(StageState state)
{
    switch (state) {
    case StageState::Waiting: return {StageModel::tr("Waiting"), Status::None};
    case StageState::Running: return {StageModel::tr("Running"), Status::Running};
    case StageState::Passed: return {StageModel::tr("Passed"), Status::Ok};
    case StageState::Failed: return {StageModel::tr("Failed"), Status::Critical};
    case StageState::NotReached: return {StageModel::tr("Not reached"), Status::Unknown};
    case StageState::NotUsed: return {StageModel::tr("Not used"), Status::None};
    }
    return {};
}

Worded worded(const ConnectionTest &test)
{
    if (!test.startedAt.isValid())
        return {StageModel::tr("Waiting"), Status::None};
    if (!test.isOver())
        return {StageModel::tr("Testing"), Status::Running};
    if (test.hasPassed())
        return {StageModel::tr("Passed in %1").arg(tookText(test.took)), Status::Ok};
    const auto failed = std::ranges::find(test.rows, StageState::Failed, &StageRow::state);
    if (failed == test.rows.end())
        return {StageModel::tr("Failed"), Status::Critical};
    return {StageModel::tr("Failed: %1").arg(stageTitle(failed->stage, test.kind)), Status::Critical};
}

StageModel::StageModel(QObject *parent)
    : CellTable({{tr("Stage"), 12},
                 {tr("Result"), 13},
                 {tr("Took"), 9},
                 {tr("What was seen"), 44, true},
                 {tr("What to do"), 30}},
                parent)
{
}

void StageModel::show(const ConnectionTestPtr &test)
{
    std::vector<CellRow> rows;
    for (size_t place = 0; test && place < test->rows.size(); ++place)
        rows.push_back(stageRow(*test, test->rows[place], place));
    apply(std::move(rows));
}

} // namespace taffrail::items
