// SPDX-License-Identifier: GPL-3.0-or-later
#include "since.h"

#include <QSet>

#include <algorithm>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

bool isUnbroken(const Since &before, const QDateTime &look, const Observation &observation)
{
    const std::chrono::milliseconds patience = std::max<std::chrono::milliseconds>(10 * observation.interval, 90s);
    return std::chrono::milliseconds(before.seenAt.msecsTo(look)) <= patience;
}

Since begun(const Observation &observation, const HealthCheck &check, const QDateTime &look, bool isLowerBound)
{
    // A fact that is older than the look began at the latest when it was made.
    const bool isOlder = check.dataAt.isValid() && check.dataAt < look;
    return {observation.entry, check.status, isOlder ? check.dataAt : look, isLowerBound, look};
}

} // namespace

QString sinceKey(const QString &entry, const HealthCheck &check)
{
    constexpr QLatin1Char separator('\x1f'); // in no id
    return entry + separator + check.host + separator + check.code + separator + check.subject;
}

SinceTable carriedSince(const SinceTable &before, const Snapshot &next)
{
    SinceTable table;
    if (next.remembered)
        return table;
    QSet<QString> known;
    for (const Since &since : before)
        known.insert(since.entry);
    for (const Observation &observation : next.observations) {
        const auto *report = valueAs<HealthReport>(observation);
        if (!report)
            continue;
        const QDateTime look = observation.lastGood->at;
        for (const HealthCheck &check : report->checks) {
            const QString key = sinceKey(observation.entry, check);
            const auto old = before.constFind(key);
            if (old == before.cend()) {
                table.insert(key, begun(observation, check, look, !known.contains(observation.entry)));
                continue;
            }
            const bool unbroken = isUnbroken(*old, look, observation);
            if (unbroken && old->status == check.status) {
                Since kept = *old;
                kept.seenAt = std::max(kept.seenAt, look);
                table.insert(key, kept);
            } else {
                table.insert(key, begun(observation, check, look, !unbroken));
            }
        }
    }
    return table;
}

} // namespace taffrail
