// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"
#include "readiness.h"
#include "readinessmemory.h"

#include <QHash>

namespace taffrail {

/// The environments beside the wanted ones that these promote from: their state is compared with.
std::vector<EnvironmentSpecPtr> promotersOf(const std::vector<EnvironmentSpecPtr> &wanted, const Inventory &inventory);

/// Gathers what the scorecards of some environments rest on: which environments to read, the states as they come, what
/// is remembered. Opens files; not for the UI thread.
class ReadinessReading {
public:
    /// `memory` outlives it.
    ReadinessReading(const std::vector<EnvironmentSpecPtr> &wanted, const Inventory &inventory,
                     ReadinessMemory &memory);

    /// What to read once: the wanted ones with the scorecard's own entries, and those that they promote from.
    const std::vector<EnvironmentSpecPtr> &environments() const { return m_read; }
    void take(const EnvironmentStatePtr &state);
    /// One report per wanted environment that has a state, in their order; with `remember` they are kept, and the room
    /// that was seen.
    std::vector<ReadinessReport> reports(const QDateTime &now, bool remember = true);

private:
    std::vector<EnvironmentSpecPtr> m_wanted;
    std::vector<EnvironmentSpecPtr> m_read;
    QHash<QString, EnvironmentStatePtr> m_states;
    ReadinessMemory &m_memory;
};

} // namespace taffrail
