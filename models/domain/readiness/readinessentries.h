// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"

namespace taffrail {

/// Ids of entries that the scorecard adds by itself begin with this; nobody wrote them into the inventory.
inline constexpr QLatin1String readinessPrefix("readiness-");
inline bool isReadinessEntry(const QString &entryId)
{
    return entryId.startsWith(readinessPrefix);
}

/// What the scorecard asks besides what the inventory reads anyway: the posture of every host and database, of every
/// HTTP endpoint, and whether the runbook can be reached. An entry of the inventory that does so already is not
/// doubled.
std::vector<SourceEntry> readinessEntries(const EnvironmentSpec &environment);

/// The environment with those entries at the end.
EnvironmentSpec withReadinessEntries(const EnvironmentSpec &environment);

} // namespace taffrail
