// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackplan.h"
#include "rollbackpolicy.h"

#include <QByteArray>

namespace taffrail::executors {

/// Builds the script of a host's job, step by step. Each step runs in the shell of the job; when its last command fails
/// the job ends with its exit code. Beginning and end of each step are reported to "$TF_STEPS" as lines
/// `begin N SECONDS` and `end N SECONDS EXITCODE`, N from 1; what the steps print is the job's log.
class StepScript {
public:
    /// Shell text before the first step: variables and functions. Not shown to people.
    void prelude(const QByteArray &shell) { m_prelude += shell; }
    /// `shell` is what runs; `shown` what people read ("" = the same).
    void step(const QString &title, const QByteArray &shell, const QString &shown = {});

    QByteArray text() const;
    const std::vector<PlannedStep> &steps() const { return m_steps; }

private:
    QByteArray m_prelude;
    QByteArray m_body;
    std::vector<PlannedStep> m_steps;
};

/// "sudo -n -- " where the policy says so, else "".
QByteArray sudoPrefix(const RollbackPolicy &policy);
/// The command line that restarts a unit.
QByteArray restartOf(const QString &unit);
/// Shell text that defines `tf_may_sudo COMMAND…`: whether sudo runs it without a password. It runs nothing.
QByteArray maySudo();
/// Adds the policy's restart as a step, if there is one: a unit through systemctl, else a command of the user's own,
/// with a time limit. `folder`: where a command runs. Exits: restartFailed; sudoAsks, before the first step of all.
void addRestart(StepScript &script, const RollbackPolicy &policy, const QString &folder);

/// Reads the lines of "$TF_STEPS" back into the steps of a plan.
struct StepReport {
    int number = 0;
    bool ended = false;
    qint64 at = 0; ///< seconds since 1970, the host's clock
    int exitCode = -1;
};
std::vector<StepReport> stepReports(const QStringList &lines);

} // namespace taffrail::executors
