// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"
#include "readiness.h"

#include <QHash>

namespace taffrail {

/// Gathers what the scorecards of some environments rest on: which environments to read, the states as they come, what
/// is remembered. Opens files; not for the UI thread.
class ReadinessReading {
public:
    ReadinessReading(const std::vector<EnvironmentSpecPtr> &wanted, const Inventory &inventory);

    /// What to read once: the wanted ones with the scorecard's own entries, and those that they promote from.
    const std::vector<EnvironmentSpecPtr> &environments() const { return m_read; }
    /// Reads what is remembered: rollbacks that were run, how full file systems were.
    void recall();
    void take(const EnvironmentStatePtr &state);
    /// One report per wanted environment that has a state, in their order; with `remember` they are kept, and the room
    /// that was seen.
    std::vector<ReadinessReport> reports(const QDateTime &now, bool remember = true);
    /// What could not be recalled or remembered, in words.
    QStringList troubles() const { return m_troubles; }

private:
    std::vector<EnvironmentSpecPtr> m_wanted;
    std::vector<EnvironmentSpecPtr> m_read;
    QHash<QString, EnvironmentStatePtr> m_states;
    std::vector<RehearsedRollback> m_rollbacks;
    QHash<QString, std::vector<CapacitySample>> m_capacity; ///< by environment
    QStringList m_troubles;
};

} // namespace taffrail
