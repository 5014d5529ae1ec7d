// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackmodels.h"
#include "rollbackwords.h"

#include "text.h"

#include <algorithm>

namespace taffrail::items {

namespace {

Cell tookCell(const StepState &step)
{
    if (!step.startedAt.isValid() || !step.endedAt.isValid())
        return textCell({});
    const auto took = std::chrono::milliseconds(std::max<qint64>(0, step.startedAt.msecsTo(step.endedAt)));
    // The host tells whole seconds.
    return numberCell(took.count() == 0 ? QStringLiteral("< 1 s") : durationText(took), qint64(took.count()));
}

CellRow stepRow(const HostRun &host, size_t place, size_t number)
{
    const StepState &step = host.steps[number];
    Worded words = worded(step.stage);
    if (step.stage == StepState::Stage::Failed && step.exitCode >= 0)
        words.text = RunStepModel::tr("Failed, code %1").arg(step.exitCode);
    if (step.stage == StepState::Stage::Running && host.stage == HostStage::Lost)
        words = {RunStepModel::tr("Not known"), Status::Unknown};
    CellRow row;
    row.id = padded(qint64(place)) + QLatin1Char('/') + padded(qint64(number));
    row.status = words.status;
    row.dimmed = step.stage == StepState::Stage::Waiting;
    row.cells = {statusCell(words.status, words.text), textCell(step.title), textCell(host.host),
                 timeCell(step.startedAt), tookCell(step)};
    row.extras = {{RunStepModel::tr("Ended"), {}, step.endedAt},
                  {RunStepModel::tr("Job"), host.job, {}},
                  {RunStepModel::tr("Attempt"), QString::number(host.attempt + 1), {}}};
    row.filterFields
        = {QStringLiteral("host:") + host.host.toLower(), QStringLiteral("state:") + stepStageWord(step.stage)};
    return row;
}

CellRow hostRow(const HostRun &host, size_t place)
{
    const Worded words = worded(host.stage);
    CellRow row;
    row.id = padded(qint64(place)) + QLatin1Char('/');
    row.status = words.status;
    row.cells = {statusCell(words.status, words.text), textCell(RunStepModel::tr("whole host")), textCell(host.host),
                 timeCell({}), textCell({})};
    row.filterFields = {QStringLiteral("host:") + host.host.toLower()};
    return row;
}

} // namespace

RunStepModel::RunStepModel(QObject *parent)
    : CellTable({{tr("State"), 16}, {tr("Step"), 36, true}, {tr("Host"), 16}, {tr("Started"), 18}, {tr("Took"), 12}},
                parent)
{
}

void RunStepModel::show(const RollbackRun &run)
{
    std::vector<CellRow> rows;
    for (size_t place = 0; place < run.hosts.size(); ++place) {
        const HostRun &host = run.hosts[place];
        const size_t first = rows.size();
        for (size_t number = 0; number < host.steps.size(); ++number)
            rows.push_back(stepRow(host, place, number));
        if (host.steps.empty())
            rows.push_back(hostRow(host, place));
        // What went wrong on a host stands under the step at which it did.
        if (!host.trouble.isEmpty()) {
            const auto isOpen = [](const CellRow &row) {
                return row.status == Status::Critical || row.status == Status::Running || row.status == Status::Unknown;
            };
            auto at = std::find_if(rows.begin() + qsizetype(first), rows.end(), isOpen);
            (at == rows.end() ? rows.begin() + qsizetype(first) : at)->reason = host.trouble;
        }
    }
    apply(std::move(rows));
}

QString RunStepModel::hostAt(int row) const
{
    return row < 0 || row >= rowCount() ? QString() : rowAt(row).cells[Host].text;
}

ProofModel::ProofModel(QObject *parent)
    : CellTable({{tr("State"), 14}, {tr("Host"), 16}, {tr("What it runs, and how that is known"), 60, true}}, parent)
{
}

void ProofModel::show(const RollbackRun &run)
{
    std::vector<CellRow> rows;
    for (size_t place = 0; place < run.hosts.size(); ++place) {
        const HostRun &host = run.hosts[place];
        Worded words = worded(host.stage);
        // A job that ended well is no proof of what the host runs.
        const bool isAwaited = !hasEnded(run);
        if (host.stage == HostStage::Switched && !host.proof.isEmpty())
            words = {tr("Proved"), Status::Ok};
        else if (host.stage == HostStage::Switched)
            words = {tr("Not read yet"), isAwaited ? Status::Running : Status::Unknown};
        CellRow row;
        row.id = padded(qint64(place));
        row.status = words.status;
        row.cells = {statusCell(words.status, words.text), textCell(host.host),
                     textCell(host.proof.isEmpty() ? tr("not read yet") : host.proof)};
        row.reason = host.trouble;
        row.filterFields = {QStringLiteral("host:") + host.host.toLower()};
        rows.push_back(std::move(row));
    }
    apply(std::move(rows));
}

RunModel::RunModel(QObject *parent)
    : CellTable({{tr("State"), 11},
                 {tr("Environment"), 16},
                 {tr("Progress"), 24},
                 {tr("From \u2192 to"), 26},
                 {tr("Application"), 12},
                 {tr("Started"), 8},
                 {tr("By"), 14},
                 {tr("Message"), 30, true}},
                parent)
{
}

CellRow RunModel::rowOf(const RollbackRun &run)
{
    const Worded words = worded(run.stage);
    CellRow row;
    // Newest first in key order.
    row.id = padded(std::max<qint64>(0, 99'999'999'999'999 - run.startedAt.toMSecsSinceEpoch())) + QLatin1Char('/')
        + run.id;
    row.status = words.status;
    row.environment = run.plan.environment;
    row.tier = int(run.plan.tier);
    row.cells = {statusCell(words.status, words.text),
                 textCell(run.plan.environmentName.isEmpty() ? run.plan.environment : run.plan.environmentName),
                 textCell(hostsText(run) + QStringLiteral(", ") + stepsText(run)),
                 textCell(moveText(run.plan)),
                 textCell(run.plan.app),
                 ageCell(run.startedAt),
                 textCell(run.startedBy),
                 textCell(run.message)};
    row.extras = {{tr("Run"), run.id, {}},
                  {tr("Reason"), run.reason, {}},
                  {tr("Started at"), {}, run.startedAt},
                  {tr("Ended at"), {}, run.endedAt},
                  {tr("Plan"), run.plan.digest, {}}};
    row.filterFields
        = {QStringLiteral("env:") + run.plan.environment.toLower(), QStringLiteral("state:") + runStageWord(run.stage)};
    return row;
}

void RunModel::show(const std::vector<RollbackRunPtr> &runs)
{
    for (const RollbackRunPtr &run : runs)
        take(run);
}

void RunModel::take(const RollbackRunPtr &run)
{
    if (!run)
        return;
    const RollbackRunPtr before = m_runs.value(run->id);
    if (before && before->version > run->version)
        return;
    m_runs.insert(run->id, run);
    CellRow row = rowOf(*run);
    m_ids.insert(row.id, run->id);
    applyRow(std::move(row));
    if (!before || before->stage != run->stage)
        emit stageChanged(before, run);
}

std::vector<RollbackRunPtr> RunModel::open() const
{
    std::vector<RollbackRunPtr> open;
    for (int row = 0; row < rowCount(); ++row) {
        const RollbackRunPtr run = runOfRow(rowAt(row).id);
        if (run && !hasEnded(*run))
            open.push_back(run);
    }
    return open;
}

} // namespace taffrail::items
