// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackrun.h"

#include "wordtable.h"

#include <QUuid>

#include <algorithm>

namespace taffrail {

namespace {

constexpr WordTable<RunStage, 6> runWords{{
    {RunStage::Running, "running"},
    {RunStage::Paused, "paused"},
    {RunStage::Verifying, "verifying"},
    {RunStage::Succeeded, "succeeded"},
    {RunStage::Failed, "failed"},
    {RunStage::Lost, "lost"},
}};
constexpr WordTable<HostStage, 7> hostWords{{
    {HostStage::Waiting, "waiting"},
    {HostStage::Starting, "starting"},
    {HostStage::Running, "running"},
    {HostStage::Switched, "switched"},
    {HostStage::Failed, "failed"},
    {HostStage::Lost, "lost"},
    {HostStage::Skipped, "skipped"},
}};
constexpr WordTable<StepState::Stage, 4> stepWords{{
    {StepState::Stage::Waiting, "waiting"},
    {StepState::Stage::Running, "running"},
    {StepState::Stage::Done, "done"},
    {StepState::Stage::Failed, "failed"},
}};

std::vector<StepState> stepsToCome(const HostPlan &plan)
{
    std::vector<StepState> steps;
    for (const PlannedStep &step : plan.steps)
        steps.push_back({step.title, StepState::Stage::Waiting, {}, {}, -1});
    return steps;
}

} // namespace

QString runStageWord(RunStage stage)
{
    return wordOf(runWords, stage);
}

RunStage runStageFromWord(const QString &word)
{
    return valueOf(runWords, word, RunStage::Lost);
}

QString hostStageWord(HostStage stage)
{
    return wordOf(hostWords, stage);
}

HostStage hostStageFromWord(const QString &word)
{
    return valueOf(hostWords, word, HostStage::Lost);
}

QString stepStageWord(StepState::Stage stage)
{
    return wordOf(stepWords, stage);
}

StepState::Stage stepStageFromWord(const QString &word)
{
    return valueOf(stepWords, word, StepState::Stage::Failed);
}

bool hasEnded(const RollbackRun &run)
{
    return run.stage == RunStage::Succeeded || run.stage == RunStage::Failed;
}

std::vector<size_t> hostsToBegin(const RollbackRun &run)
{
    std::vector<size_t> next;
    if (run.stage != RunStage::Running || run.stopAsked)
        return next;
    for (size_t i = 0; i < run.hosts.size(); ++i) {
        switch (run.hosts[i].stage) {
        case HostStage::Switched: break;
        case HostStage::Waiting:
            if (next.size() < size_t(std::max(1, run.plan.batch)))
                next.push_back(i);
            break;
        case HostStage::Starting:
        case HostStage::Running:
        case HostStage::Failed:
        case HostStage::Lost:
        case HostStage::Skipped: return {};
        }
    }
    return next;
}

QString jobIdOf(const RollbackRun &run, const HostRun &host)
{
    const QString name = QStringLiteral("%1/%2").arg(host.host).arg(host.attempt);
    return QUuid::createUuidV5(QUuid(run.id), name).toString(QUuid::WithoutBraces);
}

RollbackRun newRun(const QString &id, RollbackPlan plan, const QString &startedBy, const QString &reason,
                   std::vector<Override> overrides, const QDateTime &now)
{
    RollbackRun run;
    run.id = id;
    run.startedBy = startedBy;
    run.reason = reason;
    run.overrides = std::move(overrides);
    run.startedAt = now;
    for (const HostPlan &host : plan.hosts) {
        HostRun each;
        each.host = host.host;
        each.steps = stepsToCome(host);
        run.hosts.push_back(std::move(each));
    }
    run.plan = std::move(plan);
    for (HostRun &host : run.hosts)
        host.job = jobIdOf(run, host);
    return run;
}

} // namespace taffrail
