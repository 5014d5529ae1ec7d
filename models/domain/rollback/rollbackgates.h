// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "finding.h"
#include "rollbackpolicy.h"
#include "schemagate.h"

#include <vector>

namespace taffrail {

/// Everything that decides whether a rollback may start. Gates are pure: same question, same answers.
struct RollbackQuestion {
    const Facts &facts;
    const Observation &observation; ///< of the deployments entry; its value is `history`
    const DeploymentHistory &history;
    const RollbackPolicy &policy;
    QString target; ///< Release::id
    std::vector<CarriedMigrations> carried; ///< read from the target on a host just before; empty = not read
};

/// All gates in the order in which they are shown: target, hosts, freshness, locks, schema, undo point, loss now,
/// health, disk, clocks, window, approvals.
std::vector<Gate> rollbackGates(const RollbackQuestion &question);

namespace gates {

Gate targetGate(const RollbackQuestion &question);
std::vector<Gate> hostGates(const RollbackQuestion &question);
Gate freshnessGate(const RollbackQuestion &question);
std::vector<Gate> lockGates(const RollbackQuestion &question);
std::vector<Gate> schemaGates(const RollbackQuestion &question);
/// A restorable backup and unbroken WAL that reach to the moment before the first migration taken back. Asked only
/// where a migration beyond the target is data, contract or irreversible: without it such a rollback has no way back.
std::vector<Gate> undoPointGates(const RollbackQuestion &question);
/// What would be lost if the database died while we act, against the RPO target.
std::vector<Gate> lossNowGates(const RollbackQuestion &question);
Gate healthGate(const RollbackQuestion &question);
std::vector<Gate> diskGates(const RollbackQuestion &question);
std::vector<Gate> clockGates(const RollbackQuestion &question);
Gate windowGate(const RollbackQuestion &question);
Gate approvalGate(const RollbackQuestion &question);

/// Migration histories that belong to this app, by the policy; all of the environment when it names none.
struct AppHistory {
    const Observation *observation;
    const MigrationHistory *history;
};
std::vector<AppHistory> historiesOf(const Snapshot &snapshot, const RollbackPolicy &policy);
/// What the target carries of one history; null when that was not read.
const CarriedMigrations *carriedOf(const RollbackQuestion &question, const MigrationHistory &history);
Gate makeGate(const char *code, const QString &subject, Verdict verdict, const QString &answer, bool overridable,
              const QDateTime &observedAt = {});

} // namespace gates

} // namespace taffrail
