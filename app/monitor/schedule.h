// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace taffrail {

/// When which entry of which environment is due: a pure time table over a monotonic clock. Jitter spreads the load,
/// failures stretch the interval (doubling, at most 5 min, never below the interval), a cap bounds what is in flight.
class Schedule {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Milliseconds = std::chrono::milliseconds;

    /// At most this many environments at once.
    explicit Schedule(size_t cap = 200) : m_cap(cap) {}

    /// Makes (environment, entry) known and due at once.
    void add(const QString &environment, size_t entry, Milliseconds interval, Time now);
    /// Everything of the environment is due now; failures are forgotten.
    void hurry(const QString &environment, Time now);

    /// One entry is due now: something it waited for has come.
    void hurryEntry(const QString &environment, size_t entry, Time now);

    /// What to start now: environments with their due entries, oldest due first, as far as the cap allows. They count
    /// as in flight until finished().
    std::vector<std::pair<QString, std::vector<size_t>>> take(Time now);
    /// One entry was observed; `jitter` in [-1, 1] moves the next time by at most a tenth of the interval.
    void observed(const QString &environment, size_t entry, bool good, double jitter, Time now);
    /// The environment's run is over.
    void finished(const QString &environment);

    /// When take() may have something next; nothing while everything is in flight.
    std::optional<Time> nextDue() const;
    bool isRunning(const QString &environment) const { return m_running.contains(environment); }
    size_t running() const { return m_running.size(); }

private:
    struct Slot {
        Milliseconds interval{30'000};
        Time due;
        int failures = 0;
    };
    size_t m_cap;
    std::map<QString, std::map<size_t, Slot>> m_slots;
    std::set<QString> m_running;
};

} // namespace taffrail
