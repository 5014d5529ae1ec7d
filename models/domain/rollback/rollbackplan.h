// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gate.h"
#include "inventory.h"

#include <chrono>
#include <memory>
#include <vector>

namespace taffrail {

/// One thing that is done on a host, as a person reads it before it is done.
struct PlannedStep {
    QString title; ///< "switch current to 20261120154850"
    QString command; ///< the exact shell text, without secrets

    bool operator==(const PlannedStep &) const = default;
};

/// What one host does, and what would take it back.
struct HostPlan {
    QString host; ///< host id
    QString from; ///< Release::id live there when the plan was made: the step does nothing when it finds another
    std::vector<PlannedStep> steps;
    QByteArray script; ///< all steps, POSIX sh
    std::vector<PlannedStep> undoSteps;
    QByteArray undo; ///< the same with the releases swapped

    bool operator==(const HostPlan &) const = default;
};

/// One line of what will be different afterwards.
struct PlannedChange {
    QString kind; ///< "release" | "version" | "revision" | "commit" | "config" | "migration" | "image" | "package"
    QString subject; ///< host, file, key, database
    QString before, after; ///< either may be ""

    bool operator==(const PlannedChange &) const = default;
};

/// A rollback (or roll forward: the same thing with the releases swapped) before it runs. Made by pure functions from a
/// snapshot and from what was read on the hosts just before.
struct RollbackPlan {
    QString environment; ///< environment id
    QString environmentName;
    Tier tier = Tier::Production;
    QString app;
    QString entry; ///< id of the deployments entry
    QString method; ///< executor: "capistrano", "docker", "apt", "command"
    QString target; ///< Release::id
    QString targetRevision;
    std::vector<HostPlan> hosts; ///< in the order in which they are switched
    int batch = 1; ///< hosts at a time
    std::chrono::seconds hold{60}; ///< how long health must stay good afterwards
    std::chrono::seconds patience{180}; ///< what is not good this long after the last switch has failed
    QStringList healthGate; ///< health entries that must be good; empty = all
    QStringList badBefore; ///< checks that were bad when the plan was made: "code subject"; they may stay bad
    std::vector<PlannedChange> changes;
    std::vector<Gate> gates;
    QDateTime madeAt; ///< UTC; not part of the digest
    QString digest; ///< SHA-256 in hex of the plan's canonical JSON, without times, ages and words of gates

    bool operator==(const RollbackPlan &) const = default;
};
using RollbackPlanPtr = std::shared_ptr<const RollbackPlan>;

/// The releases that are live on the plan's hosts now, each once.
QStringList releasesBefore(const RollbackPlan &plan);
/// What people call the plan's target, or a release that it takes away: see releaseName() of an id and a version.
QString releaseName(const RollbackPlan &plan, const QString &id);
/// The names of releasesBefore(), joined by commas.
QString namesBefore(const RollbackPlan &plan);
/// The worst verdict; Unknown counts as worse than Warn and better than Block.
Verdict worstVerdict(const std::vector<Gate> &gates);
/// What a person must type to start it: the environment's id in production, else "".
QString wordToType(const RollbackPlan &plan);

} // namespace taffrail
