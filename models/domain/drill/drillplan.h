// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backups.h"
#include "drillpolicy.h"
#include "rollbackplan.h"

namespace taffrail {

/// The course of a drill, in order.
enum class DrillPhase { Preflight, Restore, Start, Recovery, Checks, Integrity, Teardown };
inline constexpr int drillPhaseCount = 7;
QString drillPhaseWord(DrillPhase phase); ///< "preflight"

/// How far a drill recovers.
enum class DrillTarget {
    Immediate, ///< to the end of the backup: proves this backup alone
    Latest, ///< to the end of the archived WAL: proves backup and WAL, and what would be lost now
};
QString drillTargetWord(DrillTarget target); ///< "immediate"
std::optional<DrillTarget> drillTargetFromWord(const QString &word);

/// A restore drill before it runs. Nothing of the live system is touched by it.
struct DrillPlan {
    QString environment; ///< environment id
    QString environmentName;
    Tier tier = Tier::Production;
    QString entry; ///< id of the backups entry
    QString tool; ///< "pgbackrest", "pg_dump", …
    QString backup; ///< Backup::id
    BackupType type = BackupType::Full;
    QDateTime backupStartedAt, backupFinishedAt; ///< UTC; invalid = the tool does not say
    QString location; ///< Backup::location
    QString host; ///< host id
    QString user; ///< who owns the scratch directory and runs everything there; "" = the login
    QString folder; ///< the scratch directory is made in it
    QString scratch; ///< the scratch directory
    QString socket; ///< its folder for the private socket, 0700
    QString binaries; ///< folder of PostgreSQL's programs
    int major = 0; ///< PostgreSQL's major version; 0 = not known
    QString database; ///< that the checks ask
    DrillTarget target = DrillTarget::Immediate;
    bool logical = false; ///< a dump: restored into a fresh cluster
    qint64 sizeBytes = -1; ///< logical size of what is restored; -1 = not known
    qint64 needBytes = -1; ///< free room that it asks for; -1 = not known
    QString systemId; ///< that the copy must have; "" = not known
    std::vector<DrillCheck> checks;
    std::vector<PlannedStep> steps; ///< one for each phase
    QByteArray script; ///< all steps, POSIX sh
    std::vector<Gate> gates;
    QDateTime madeAt; ///< UTC; not part of the digest
    QString digest; ///< SHA-256 in hex of the plan's canonical JSON, without times, ages and words of gates

    bool operator==(const DrillPlan &) const = default;
};
using DrillPlanPtr = std::shared_ptr<const DrillPlan>;

/// Whether the drill may be started: errors say what stands in the way. Denied, or Busy when it is only another drill.
Result<void> mayDrill(const DrillPlan &plan, const QString &digest, const QString &reason, const QDateTime &now);
/// The name of the scratch directory: the same for the same plan.
QString scratchName(const DrillPlan &plan);

} // namespace taffrail
