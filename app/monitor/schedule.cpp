// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule.h"

#include <algorithm>

namespace taffrail {

using namespace std::chrono_literals;

void Schedule::add(const QString &environment, size_t entry, Milliseconds interval, Time now)
{
    m_slots[environment][entry] = {std::max<Milliseconds>(interval, 1s), now, 0};
}

void Schedule::hurry(const QString &environment, Time now)
{
    for (auto &[entry, slot] : m_slots[environment])
        slot = {slot.interval, now, 0};
}

void Schedule::hurryEntry(const QString &environment, size_t entry, Time now)
{
    m_slots[environment][entry].due = now;
}

std::vector<std::pair<QString, std::vector<size_t>>> Schedule::take(Time now)
{
    struct Due {
        Time since;
        QString environment;
        std::vector<size_t> entries;
    };
    // Entries that are due within a second go along: one round trip instead of two.
    constexpr auto together = 1s;
    std::vector<Due> due;
    for (const auto &[environment, table] : m_slots) {
        if (m_running.contains(environment))
            continue;
        Due candidate{Time::max(), environment, {}};
        for (const auto &[entry, slot] : table)
            candidate.since = std::min(candidate.since, slot.due);
        if (candidate.since > now)
            continue;
        for (const auto &[entry, slot] : table) {
            if (slot.due <= now + together)
                candidate.entries.push_back(entry);
        }
        due.push_back(std::move(candidate));
    }
    std::ranges::stable_sort(due, {}, &Due::since);
    std::vector<std::pair<QString, std::vector<size_t>>> taken;
    for (Due &each : due) {
        if (m_running.size() >= m_cap)
            break;
        m_running.insert(each.environment);
        taken.emplace_back(each.environment, std::move(each.entries));
    }
    return taken;
}

void Schedule::observed(const QString &environment, size_t entry, bool good, double jitter, Time now)
{
    Slot &slot = m_slots[environment][entry];
    slot.failures = good ? 0 : std::min(slot.failures + 1, 10);
    Milliseconds wait = slot.interval;
    if (slot.failures > 1)
        wait = std::max(wait, std::min<Milliseconds>(wait * (1 << (slot.failures - 1)), 5min));
    const auto shift = std::chrono::duration_cast<Milliseconds>(wait * std::clamp(jitter, -1.0, 1.0) / 10);
    slot.due = now + wait + shift;
}

void Schedule::finished(const QString &environment)
{
    m_running.erase(environment);
}

std::optional<Schedule::Time> Schedule::nextDue() const
{
    std::optional<Time> next;
    if (m_running.size() >= m_cap)
        return next;
    for (const auto &[environment, table] : m_slots) {
        if (m_running.contains(environment))
            continue;
        for (const auto &[entry, slot] : table) {
            if (!next || slot.due < *next)
                next = slot.due;
        }
    }
    return next;
}

} // namespace taffrail
