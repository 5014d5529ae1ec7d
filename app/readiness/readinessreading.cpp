// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinessreading.h"

#include "readinessentries.h"

#include <algorithm>

namespace taffrail {

namespace {

/// How full each file system was at this look, from the host checks of the snapshot.
std::vector<CapacitySample> roomIn(const Snapshot &snapshot)
{
    std::vector<CapacitySample> samples;
    for (const Observation &observation : snapshot.observations) {
        const auto *report = valueAs<HealthReport>(observation);
        for (size_t i = 0; report && i < report->checks.size(); ++i) {
            const HealthCheck &check = report->checks[i];
            // The check's figure is what is left, in percent.
            if (check.code == QLatin1String("host.disk") && check.value && check.unit == QLatin1String("%"))
                samples.push_back({observation.lastGood->at, check.host, check.subject, 100 - *check.value});
        }
    }
    return samples;
}

} // namespace

std::vector<EnvironmentSpecPtr> promotersOf(const std::vector<EnvironmentSpecPtr> &wanted, const Inventory &inventory)
{
    std::vector<EnvironmentSpecPtr> promoters;
    for (const EnvironmentSpecPtr &each : inventory.environments) {
        const auto isPromoted
            = [&each](const EnvironmentSpecPtr &environment) { return environment->promotesFrom == each->id; };
        const auto isItself = [&each](const EnvironmentSpecPtr &environment) { return environment->id == each->id; };
        if (std::ranges::any_of(wanted, isPromoted) && std::ranges::none_of(wanted, isItself))
            promoters.push_back(each);
    }
    return promoters;
}

ReadinessReading::ReadinessReading(const std::vector<EnvironmentSpecPtr> &wanted, const Inventory &inventory,
                                   ReadinessMemory &memory)
    : m_wanted(wanted),
      m_memory(memory)
{
    for (const EnvironmentSpecPtr &each : wanted)
        m_read.push_back(std::make_shared<const EnvironmentSpec>(withReadinessEntries(*each)));
    std::ranges::copy(promotersOf(wanted, inventory), std::back_inserter(m_read));
}

void ReadinessReading::take(const EnvironmentStatePtr &state)
{
    m_states.insert(state->environment->id, state);
}

std::vector<ReadinessReport> ReadinessReading::reports(const QDateTime &now, bool remember)
{
    std::vector<ReadinessReport> reports;
    for (const EnvironmentSpecPtr &wanted : m_wanted) {
        const EnvironmentStatePtr state = m_states.value(wanted->id);
        if (!state)
            continue;
        Facts facts{*state->environment, *state->snapshot, nullptr, {}, now};
        for (const EnvironmentStatePtr &other : m_states) {
            if (other->environment->id != wanted->id && other->environment->service == wanted->service)
                facts.siblings.push_back(other->snapshot);
        }
        ReadinessFacts all{facts, m_memory.rollbacks(), m_memory.capacity(wanted->id)};
        const std::vector<CapacitySample> room = roomIn(*state->snapshot);
        all.capacity.insert(all.capacity.end(), room.begin(), room.end());
        reports.push_back(readinessOf(all));
        if (remember)
            m_memory.remember(reports.back(), room);
    }
    return reports;
}

} // namespace taffrail
