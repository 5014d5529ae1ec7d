// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "observation.h"

namespace taffrail {

/// One change of what is deployed, applied or backed up, as it was noticed. The timeline is made of these.
struct StateChange {
    QDateTime at; ///< UTC: when the newer of the two was observed
    QString environment;
    QString kind; ///< "release" | "migration" | "backup"
    QString subject; ///< app; "database table version"; "source backup-id"
    QString before, after; ///< release ids, or state words; "" = was or is not there

    bool operator==(const StateChange &) const = default;
};

/// What changed between two looks at one environment. Only entries with a value in both count: what could not be read
/// did not change.
std::vector<StateChange> changesBetween(const Snapshot &before, const Snapshot &after);

} // namespace taffrail
