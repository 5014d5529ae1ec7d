// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"
#include "executor.h"
#include "jobs.h"
#include "rollbackgates.h"
#include "rollbackplan.h"

#include <QHash>

/// From what was read to a plan: pure functions.
namespace taffrail::planning {

/// What one host said just before the plan.
struct HostLook {
    Result<sources::ShellReply> look = sources::ShellReply{}; ///< of Executor::look
    Result<std::optional<jobs::Claim>> claim = std::optional<jobs::Claim>();
};

/// What is to be planned: one deployments entry of one environment, as it was observed.
struct Subject {
    EnvironmentStatePtr state;
    const SourceEntry *entry = nullptr; ///< of the state's environment
    const Observation *observation = nullptr; ///< of the state's snapshot; its value is a DeploymentHistory
    const DeploymentHistory *history = nullptr;
    RollbackPolicy policy;
    QStringList policyProblems;
    const executors::Executor *executor = nullptr;
    QString target; ///< Release::id

    executors::HostSwitch switchOf(const QString &host) const; ///< from what is live there to the target
    executors::HostSwitch undoOf(const QString &host) const;
    QStringList hosts() const; ///< those that have another release live, in the order of the entry
};

/// Finds the entry ("" = the only one), its executor and the target. `target` is a release's id, its version, the
/// beginning of its revision (at least 7 digits), or "" and "previous" for the suggested one. Errors say what is not
/// there, and what there is.
Result<Subject> subjectOf(const EnvironmentStatePtr &state, const QString &entry, const QString &target);

/// The lock of an app's jobs on its hosts, and where they are kept.
QString lockOf(const QString &environment, const SourceEntry &entry);
jobs::Places placesOf(const QString &environment, const SourceEntry &entry);

/// The plan with its gates and digest. `looks` by host id; `carried` what the target carries of each history.
RollbackPlan planOf(const Subject &subject, const QHash<QString, HostLook> &looks,
                    const std::vector<CarriedMigrations> &carried, const QStringList &troubles, const QDateTime &now);

} // namespace taffrail::planning
