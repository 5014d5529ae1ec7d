// SPDX-License-Identifier: GPL-3.0-or-later
#include "observation.h"

#include <algorithm>

namespace taffrail {

namespace {

QString epochOf(const Observation &observation)
{
    const auto *report = valueAs<HealthReport>(observation);
    return report ? report->epoch : QString();
}

} // namespace

const Value *Observation::value() const
{
    if (!lastGood || !lastGood->result)
        return nullptr;
    return lastGood->result->get();
}

const Error *Observation::error() const
{
    if (!lastAttempt || lastAttempt->result)
        return nullptr;
    return &lastAttempt->result.error();
}

const Observation *Snapshot::observation(const QString &entry) const
{
    const auto found = std::ranges::find(observations, entry, &Observation::entry);
    return found == observations.end() ? nullptr : &*found;
}

const Link *Snapshot::link(const QString &subject, bool isDatabase) const
{
    const auto found = std::ranges::find_if(
        links, [&](const Link &link) { return link.subject == subject && link.isDatabase == isDatabase; });
    return found == links.end() ? nullptr : &*found;
}

SnapshotPtr rateBase(const SnapshotPtr &base, const SnapshotPtr &before, const Snapshot &next)
{
    using namespace std::chrono_literals;
    constexpr std::chrono::milliseconds window = 10min;
    auto result = std::make_shared<Snapshot>();
    result->environment = next.environment;
    result->generation = before ? before->generation : 0;
    result->takenAt = before ? before->takenAt : QDateTime();
    for (const Observation &observation : next.observations) {
        if (!observation.value())
            continue;
        const auto earlier = [&](const SnapshotPtr &snapshot) -> const Observation * {
            const Observation *found = snapshot ? snapshot->observation(observation.entry) : nullptr;
            return found && found->value() && found->lastGood->at < observation.lastGood->at ? found : nullptr;
        };
        const Observation *kept = earlier(base);
        const Observation *last = earlier(before);
        const bool isOld = kept && kept->lastGood->at.msecsTo(observation.lastGood->at) > window.count();
        if (last && kept
            && (isOld || epochOf(*kept) != epochOf(observation))) // a restart: nothing to learn from before it
            kept = last;
        if (kept || last)
            result->observations.push_back(kept ? *kept : *last);
    }
    return result;
}

} // namespace taffrail
