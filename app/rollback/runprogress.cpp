// SPDX-License-Identifier: GPL-3.0-or-later
#include "runprogress.h"

#include "executor.h"
#include "stepscript.h"

#include <algorithm>

namespace taffrail {

namespace {

bool isOwnProgram(const RollbackRun &run)
{
    return run.plan.method == QLatin1String("command");
}

/// Which of a host's steps changes what is live; those before it look and make ready.
size_t switchingStep(const RollbackRun &run)
{
    if (isOwnProgram(run))
        return 0;
    return run.plan.method == QLatin1String("apt") || run.plan.method == QLatin1String("docker") ? 2 : 1;
}

/// Whether a host that did not come to its end may have the target live all the same.
bool isSwitchedInPart(const RollbackRun &run, const HostRun &host)
{
    if ((host.stage != HostStage::Failed && host.stage != HostStage::Lost)
        || host.exitCode == executors::stepexit::putBack || host.exitCode == executors::stepexit::busy)
        return false;
    const size_t step = switchingStep(run);
    const auto stage = host.steps.size() > step ? host.steps[step].stage : StepState::Stage::Waiting;
    // These leave what they had done by then; the others put it back, or do it in one go.
    const bool leavesHalves
        = isOwnProgram(run) || run.plan.method == QLatin1String("apt") || host.stage == HostStage::Lost;
    return host.exitCode == executors::stepexit::restartFailed || stage == StepState::Stage::Done
        || (leavesHalves && stage != StepState::Stage::Waiting);
}

} // namespace

void applyStatus(HostRun &host, const jobs::JobStatus &status)
{
    host.logSize = std::max(host.logSize, status.logSize);
    host.token = std::max(host.token, status.token);
    for (const executors::StepReport &report : executors::stepReports(status.steps)) {
        if (report.number < 1 || size_t(report.number) > host.steps.size())
            continue;
        StepState &step = host.steps[size_t(report.number) - 1];
        const QDateTime at = QDateTime::fromSecsSinceEpoch(report.at, Qt::UTC);
        // The host's clock may be set back in the middle of a step.
        (report.ended ? step.endedAt : step.startedAt)
            = report.ended && step.startedAt.isValid() ? std::max(at, step.startedAt) : at;
        if (!report.ended && step.stage == StepState::Stage::Waiting)
            step.stage = StepState::Stage::Running;
        if (report.ended) {
            step.stage = report.exitCode == 0 ? StepState::Stage::Done : StepState::Stage::Failed;
            step.exitCode = report.exitCode == 0 ? -1 : report.exitCode;
        }
    }
    using enum jobs::JobState;
    if (status.state == Running || status.state == Orphaned)
        host.stage = HostStage::Running;
}

void applyEnd(HostRun &host, const Result<jobs::JobStatus> &status)
{
    if (!status) {
        host.stage = HostStage::Failed;
        host.trouble = sentence(status.error());
        return;
    }
    applyStatus(host, *status);
    switch (status->state) {
    case jobs::JobState::Exited:
        host.exitCode = status->exitCode;
        host.stage = status->exitCode == 0 ? HostStage::Switched : HostStage::Failed;
        host.trouble = status->exitCode == 0 ? QString() : executors::exitWords(status->exitCode);
        break;
    case jobs::JobState::Absent:
        host.stage = HostStage::Waiting;
        host.trouble.clear();
        break;
    default:
        host.stage = HostStage::Lost;
        host.trouble = QStringLiteral("its job is gone and left no word of how it ended: look at the host");
        break;
    }
}

void beginAnew(const RollbackRun &run, HostRun &host)
{
    ++host.attempt;
    host.stage = HostStage::Waiting;
    host.job = jobIdOf(run, host);
    host.token = 0;
    host.exitCode = -1;
    host.logSize = 0;
    host.trouble.clear();
    host.proof.clear();
    for (StepState &step : host.steps)
        step = {step.title, StepState::Stage::Waiting, {}, {}, -1};
}

int hostsAt(const RollbackRun &run, HostStage stage)
{
    return int(std::ranges::count(run.hosts, stage, &HostRun::stage));
}

QString progressWords(const RollbackRun &run)
{
    const int switched = hostsAt(run, HostStage::Switched);
    if (run.hosts.size() == 1 && isSwitchedInPart(run, run.hosts.front()))
        return isOwnProgram(run) ? QStringLiteral("its host may be switched")
                                 : QStringLiteral("its host is switched in part");
    if (run.hosts.size() == 1)
        return switched == 1 ? QStringLiteral("its host is switched") : QStringLiteral("its host is not switched");
    return QStringLiteral("%1 of %2 hosts are switched").arg(switched).arg(run.hosts.size());
}

QString wayForward(const RollbackRun &run)
{
    const QStringList before = releasesBefore(run.plan);
    if (hostsAt(run, HostStage::Switched) == 0
        && std::ranges::none_of(run.hosts, [&](const HostRun &host) { return isSwitchedInPart(run, host); }))
        return QStringLiteral("Mend the cause and retry, or leave it: nothing was switched for good.");
    return QStringLiteral("Retry the failed hosts, or roll forward to %1 again.")
        .arg(before.join(QStringLiteral(", ")));
}

} // namespace taffrail
