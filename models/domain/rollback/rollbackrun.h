// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackplan.h"

namespace taffrail {

/// Where a run stands. Paused: between hosts, waiting for a console that continues it. Lost: what happened on a host is
/// not known; look, never try again by itself.
enum class RunStage { Running, Paused, Verifying, Succeeded, Failed, Lost };

/// Where one host of a run stands.
enum class HostStage {
    Waiting, ///< nothing was sent there
    Starting, ///< the job was sent, or is about to be; not known to run yet
    Running,
    Switched, ///< its job ended well
    Failed, ///< its job ended otherwise, or could not be started
    Lost, ///< its job left no trace of how it ended
    Skipped, ///< not reached before the run was stopped
};

/// One step of a host's job, as its job reports it.
struct StepState {
    QString title;
    enum class Stage { Waiting, Running, Done, Failed } stage = Stage::Waiting;
    QDateTime startedAt, endedAt; ///< the host's clock, UTC
    int exitCode = -1; ///< when Failed

    bool operator==(const StepState &) const = default;
};

struct HostRun {
    QString host;
    HostStage stage = HostStage::Waiting;
    int attempt = 0; ///< counted up by a retry: each attempt is a job of its own
    QString job; ///< id of the job on the host
    qint64 token = 0; ///< fencing token that the host gave; 0 = none yet
    std::vector<StepState> steps;
    int exitCode = -1;
    qint64 logSize = 0; ///< bytes of the job's log, as far as known
    QString trouble; ///< plain words; "" = none
    QString proof; ///< what shows the release that it runs now; "" = not read yet

    bool operator==(const HostRun &) const = default;
};

/// A warning or block that a person set aside, and why.
struct Override {
    QString code; ///< of the gate
    QString reason;

    bool operator==(const Override &) const = default;
};

/// How the result is judged, while it is.
struct Verification {
    QDateTime since, until; ///< UTC; health must stay good until then
    QStringList problems; ///< what is not as it must be, now
    int looks = 0; ///< how often everything was read

    bool operator==(const Verification &) const = default;
};

/// The run journal: everything that another console needs to go on. Stored before each act, changed by
/// compare-and-swap on `version`.
struct RollbackRun {
    QString id; ///< UUID
    qint64 version = 0;
    RollbackPlan plan;
    QString startedBy; ///< "mary@laptop"
    QString reason;
    std::vector<Override> overrides;
    QDateTime startedAt, endedAt; ///< UTC
    RunStage stage = RunStage::Running;
    bool stopAsked = false; ///< no further host is begun
    std::vector<HostRun> hosts; ///< in the order of the plan
    Verification verification;
    QString message; ///< one sentence: how it stands, or ended, and what to do

    bool operator==(const RollbackRun &) const = default;
};
using RollbackRunPtr = std::shared_ptr<const RollbackRun>;

QString runStageWord(RunStage stage); ///< "verifying"
RunStage runStageFromWord(const QString &word);
QString hostStageWord(HostStage stage); ///< "switched"
HostStage hostStageFromWord(const QString &word);
QString stepStageWord(StepState::Stage stage);
StepState::Stage stepStageFromWord(const QString &word);

/// Nothing more happens by itself or on demand.
bool hasEnded(const RollbackRun &run);
/// The hosts (by index) to be begun now: the next batch once the one before ended well; none while one runs, after a
/// failure, when a stop was asked, or when all are through.
std::vector<size_t> hostsToBegin(const RollbackRun &run);
/// The id of the job of one attempt on one host: the same on every console, so that it starts at most once.
QString jobIdOf(const RollbackRun &run, const HostRun &host);
/// A run of this plan with nothing done yet.
RollbackRun newRun(const QString &id, RollbackPlan plan, const QString &startedBy, const QString &reason,
                   std::vector<Override> overrides, const QDateTime &now);

} // namespace taffrail
