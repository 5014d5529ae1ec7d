// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "observation.h"

/// What two environments of one service have in common, for rules and for the view of promotion.
namespace taffrail::rules {

struct LiveRelease {
    const Observation *observation;
    const DeploymentHistory *history;
    const Release *release;
};
/// The live release of each app that has one.
std::vector<LiveRelease> liveReleases(const Snapshot &snapshot);
/// By revision where both have one, else by version, else by id.
bool isSameRelease(const Release &a, const Release &b);
QString releaseTitle(const Release &release); ///< its version, else its id
QString withoutV(const QString &version); ///< "2.1" of "v2.1"

/// Whether its changes are in the database.
bool isApplied(const Migration &migration);
QString migrationName(const Migration &migration);
/// The readable history of the same tool and table in another environment, or null.
const MigrationHistory *sameHistory(const Snapshot &other, const MigrationHistory &history);
/// Some tools store their head only: what is applied is then known by the files, on both sides.
bool canCompareMigrations(const MigrationHistory &a, const MigrationHistory &b);
/// Names of those that are applied in `ours` and not in `theirs`, in order.
QStringList appliedOnlyHere(const MigrationHistory &ours, const MigrationHistory &theirs);

} // namespace taffrail::rules
