// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackplan.h"
#include "rollbackpolicy.h"
#include "source.h"

/// How releases are switched. An executor is a few pure functions: what to look at on a host, which steps that makes,
/// where a release keeps its files. The steps run as a detached job; nothing here does I/O.
namespace taffrail::executors {

/// The part of one host in a rollback, as the planner knows it.
struct HostSwitch {
    const SourceEntry &entry; ///< of the deployments pane
    const RollbackPolicy &policy;
    QString environment; ///< environment id
    QString host; ///< host id
    Release from; ///< what is live there now
    Release to;
};

/// What runs on the host, and the same for people.
struct HostSteps {
    std::vector<PlannedStep> steps;
    QByteArray script; ///< made by StepScript
    std::vector<PlannedChange> changes; ///< what this executor knows to become different
    QStringList warnings; ///< plain words that a person must accept
};

/// Where the files of a release can be read on a host: `before` is run first, then what reads `path`, then `after`.
struct CarriedPlace {
    QByteArray before;
    QString path; ///< absolute
    QByteArray after;
};

/// Exit codes of a host's script beside those of the tools it runs; jobexit has further ones.
namespace stepexit {
inline constexpr int tooLong = 90; ///< a program of one's own was ended when its time was over
inline constexpr int noPlace = 91; ///< the application is not where it was
inline constexpr int noTarget = 92; ///< the target release is gone
inline constexpr int liveDiffers = 93; ///< another release is live than when the plan was made
inline constexpr int unchanged = 94; ///< the switch said yes, but the target is not live
inline constexpr int restartFailed = 95;
inline constexpr int sudoAsks = 96; ///< sudo would ask for a password
inline constexpr int toolMissing = 97;
inline constexpr int busy = 98; ///< the tool's own lock is held
inline constexpr int putBack = 99; ///< the target did not start: the former release runs again
} // namespace stepexit
/// What an exit code of a host's script means, in one sentence.
QString exitWords(int code);

struct Executor {
    const char *method; ///< as in "rollback": {"method": …}; the default of the source of the same name
    const char *title;
    /// A read-only look at the host before planning; no script = nothing to look at.
    Result<sources::ShellPart> (*look)(const HostSwitch &part);
    /// The steps of one host, from its look. The script must: check that `from` is live (else exit liveDiffers) or that
    /// `to` is live already (then exit 0 and change nothing); check that the target is there; switch; restart; read
    /// back what is live. Errors say what on this host can't be taken back, and why.
    Result<HostSteps> (*steps)(const HostSwitch &part, const sources::ShellReply &looked);
    /// Where `to` keeps what the live release has at `path` (as in the "files" of a migrations entry).
    Result<CarriedPlace> (*carried)(const HostSwitch &part, const QString &path);
    /// The tool gives a release that is gone back to a new id; what it is shows in its Release::revision.
    bool renumbers = false;
};

/// All executors. The one place to add a line for a new one is executors.cpp.
const std::vector<const Executor *> &allExecutors();
/// The one of this method, as plans name it; null = none.
const Executor *executorOf(const QString &method);
/// The one that a deployments entry names, or the one of its source. Null = releases of it can't be taken back here.
const Executor *executorFor(const SourceEntry &entry, const RollbackPolicy &policy);

extern const Executor capistranoExecutor;
extern const Executor dockerExecutor;
extern const Executor aptExecutor;
extern const Executor commandExecutor;
extern const Executor deployerExecutor;
extern const Executor gitExecutor;
extern const Executor composeExecutor;
extern const Executor kamalExecutor;
extern const Executor kubernetesExecutor;
extern const Executor helmExecutor;
extern const Executor nomadExecutor;

} // namespace taffrail::executors
