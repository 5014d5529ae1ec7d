// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deployments.h"

#include <vector>

namespace taffrail {

/// A release that could be gone (back) to, or the reason why not.
struct RollbackTarget {
    QString release; ///< Release::id
    bool isPossible = false;
    QString reason; ///< why not, or what to know, in plain words; "" = nothing
    bool wasLive = false; ///< the history says that it ran here
    QDateTime lastLive; ///< when it was last made live, UTC; invalid = not known

    bool operator==(const RollbackTarget &) const = default;
};

/// Every release of the history as a target, newest first. Not possible: live already on every host (by content: the
/// same revision counts as the same release), gone from a host, failed, unfinished, marked bad, of another revision on
/// different hosts.
std::vector<RollbackTarget> rollbackTargets(const DeploymentHistory &history);

/// The release to offer first: the last one that was live before the present one and is possible. "" = none.
/// Releases that were rolled back from are never offered by themselves.
QString suggestedTarget(const DeploymentHistory &history);

} // namespace taffrail
