// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillmodels.h"

#include "drillchecks.h"
#include "linkedrows.h"
#include "rollbackwords.h"
#include "text.h"

namespace taffrail::items {

namespace {

QString firstLineOf(const QString &text)
{
    return text.section(QLatin1Char('\n'), 0, 0);
}

CellRow phaseRow(size_t number, const Worded &words, const QString &took, const DrillPlan &plan)
{
    CellRow row;
    row.id = padded(qint64(number));
    row.status = words.status;
    row.dimmed = words.status == Status::None;
    const QString command = number < plan.steps.size() ? plan.steps[number].command : QString();
    row.cells = {statusCell(words.status, words.text), textCell(drillPhaseTitle(DrillPhase(number))), textCell(took),
                 textCell(firstLineOf(command))};
    row.extras = {{DrillPhaseModel::tr("Runs"), command, {}}};
    return row;
}

} // namespace

Worded worded(DrillStage stage)
{
    switch (stage) {
    case DrillStage::Running: return {DrillPhaseModel::tr("Running"), Status::Running};
    case DrillStage::Passed: return {DrillPhaseModel::tr("Passed"), Status::Ok};
    case DrillStage::Failed: return {DrillPhaseModel::tr("Failed"), Status::Critical};
    case DrillStage::Lost: return {DrillPhaseModel::tr("Not known"), Status::Unknown};
    }
    return {};
}

Worded worded(CheckVerdict verdict)
{
    switch (verdict) {
    case CheckVerdict::Passed: return {DrillCheckModel::tr("Passed"), Status::Ok};
    case CheckVerdict::Failed: return {DrillCheckModel::tr("Failed"), Status::Critical};
    case CheckVerdict::Unknown: return {DrillCheckModel::tr("Unknown"), Status::Unknown};
    case CheckVerdict::Noted: return {DrillCheckModel::tr("Noted"), Status::Notice};
    }
    return {};
}

QString drillPhaseTitle(DrillPhase phase)
{
    switch (phase) {
    case DrillPhase::Preflight: return DrillPhaseModel::tr("Preflight");
    case DrillPhase::Restore: return DrillPhaseModel::tr("Restore");
    case DrillPhase::Start: return DrillPhaseModel::tr("Start");
    case DrillPhase::Recovery: return DrillPhaseModel::tr("Recovery");
    case DrillPhase::Checks: return DrillPhaseModel::tr("Checks");
    case DrillPhase::Integrity: return DrillPhaseModel::tr("Integrity");
    case DrillPhase::Teardown: return DrillPhaseModel::tr("Teardown");
    }
    return {};
}

BackupPlace backupOfRow(const EnvironmentState &state, const QString &rowId)
{
    for (const Observation *observation : observationsOf(state, PaneKind::Backups)) {
        const auto *set = valueAs<BackupSet>(*observation);
        if (!set)
            continue;
        for (const Backup &backup : set->backups) {
            if (environmentRowId(state.environment->id, backupRowId(observation->entry, backup)) == rowId)
                return {observation->entry, backup.id};
        }
    }
    return {};
}

DrillPhaseModel::DrillPhaseModel(QObject *parent)
    : CellTable({{tr("State"), 14}, {tr("Phase"), 12}, {tr("Took"), 10}, {tr("What it does"), 50, true}}, parent)
{
}

void DrillPhaseModel::show(const DrillPlan &plan)
{
    std::vector<CellRow> rows;
    for (size_t i = 0; i < size_t(drillPhaseCount); ++i)
        rows.push_back(phaseRow(i, {tr("Planned"), Status::None}, {}, plan));
    apply(std::move(rows));
}

void DrillPhaseModel::show(const DrillRun &run)
{
    std::vector<CellRow> rows;
    for (size_t i = 0; i < run.phases.size(); ++i) {
        const DrillPhaseState &phase = run.phases[i];
        Worded words = worded(phase.stage);
        if (phase.stage == StepState::Stage::Running && run.stage == DrillStage::Lost)
            words = {tr("Not known"), Status::Unknown};
        rows.push_back(phaseRow(
            i, words, phase.tookMs < 0 ? QString() : durationText(std::chrono::milliseconds(phase.tookMs)), run.plan));
        if (phase.stage == StepState::Stage::Failed)
            rows.back().reason = run.result.problem;
    }
    apply(std::move(rows));
}

DrillCheckModel::DrillCheckModel(QObject *parent)
    : CellTable(
        {{tr("State"), 12}, {tr("Question"), 24, true}, {tr("Answer"), 18}, {tr("Live"), 14}, {tr("Expected"), 20}},
        parent)
{
}

void DrillCheckModel::show(const DrillPlan &plan)
{
    std::vector<CellRow> rows;
    for (const DrillCheck &check : plan.checks) {
        CellRow row;
        row.id = padded(qint64(rows.size()));
        row.dimmed = true;
        row.cells = {statusCell(Status::None, tr("Planned")), textCell(check.name), textCell({}), textCell({}),
                     textCell(expectedWords(check))};
        row.extras = {{tr("Asks"), check.sql, {}}};
        rows.push_back(std::move(row));
    }
    apply(std::move(rows));
}

void DrillCheckModel::show(const DrillRun &run)
{
    if (run.stage == DrillStage::Running && run.phases[size_t(DrillPhase::Checks)].stage == StepState::Stage::Waiting)
        return show(run.plan);
    std::vector<CellRow> rows;
    for (const DrillCheckResult &check : run.result.checks) {
        const Worded words = worded(check.verdict);
        CellRow row;
        row.id = padded(qint64(rows.size()));
        row.status = words.status;
        row.cells = {statusCell(words.status, words.text), textCell(check.name), textCell(check.seen),
                     textCell(check.live), textCell(check.expected)};
        row.reason = check.detail;
        rows.push_back(std::move(row));
    }
    apply(std::move(rows));
}

DetailLines drillFacts(const DrillRun &run)
{
    const DrillResult &result = run.result;
    DetailLines lines;
    const auto add = [&lines](const QString &name, const QString &value) {
        if (!value.isEmpty())
            lines.push_back({name, value, {}});
    };
    const auto with = [](const QString &word, const QString &detail) {
        return detail.isEmpty() ? word : word + QStringLiteral(": ") + detail;
    };
    if (result.recoveredTo.isValid())
        lines.push_back({DrillPhaseModel::tr("Recovered to"), utcText(result.recoveredTo), result.recoveredTo});
    if (result.loss)
        add(DrillPhaseModel::tr("Lost at most"),
            result.lossBytes < 0
                ? durationText(*result.loss)
                : DrillPhaseModel::tr("%1, %2 of WAL").arg(durationText(*result.loss), bytesText(result.lossBytes)));
    add(DrillPhaseModel::tr("Restored"), result.restoredBytes < 0 ? QString() : bytesText(result.restoredBytes));
    add(DrillPhaseModel::tr("pg_amcheck"), with(result.amcheck, result.amcheckDetail));
    add(DrillPhaseModel::tr("Page checksums"), with(result.checksums, result.checksumsDetail));
    if (run.stage != DrillStage::Running)
        add(DrillPhaseModel::tr("Teardown"),
            result.teardownProven ? DrillPhaseModel::tr("proven, nothing is left") : DrillPhaseModel::tr("not proven"));
    return lines;
}

} // namespace taffrail::items
