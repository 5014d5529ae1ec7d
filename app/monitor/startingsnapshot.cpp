// SPDX-License-Identifier: GPL-3.0-or-later
#include "startingsnapshot.h"

#include "environmentrun.h"

#include <algorithm>

namespace taffrail {

namespace {

/// Settings change with deploys, which are noticed at once, and by hand.
constexpr std::chrono::milliseconds settingsInterval = std::chrono::minutes(15);

const Snapshot *rememberedOf(const std::vector<SnapshotPtr> &remembered, const QString &environment)
{
    const auto found = std::ranges::find_if(
        remembered, [&environment](const SnapshotPtr &each) { return each->environment == environment; });
    return found == remembered.end() ? nullptr : found->get();
}

} // namespace

Snapshot startingSnapshot(const EnvironmentSpec &environment, const Snapshot *remembered)
{
    Snapshot snapshot;
    snapshot.environment = environment.id;
    snapshot.remembered = remembered != nullptr;
    for (const SourceEntry &entry : environment.entries) {
        Observation observation;
        observation.pane = entry.pane;
        observation.entry = entry.id;
        observation.source = entry.source;
        observation.subject = subjectOf(entry);
        observation.interval
            = entry.refresh.value_or(entry.pane == PaneKind::Configs ? settingsInterval : environment.refresh);
        const Observation *old = remembered ? remembered->observation(entry.id) : nullptr;
        if (old && old->source == observation.source && old->pane == observation.pane)
            observation.lastGood = old->lastGood;
        snapshot.observations.push_back(std::move(observation));
    }
    for (const HostSpec &host : environment.hosts) {
        if (host.local)
            continue;
        Link link;
        link.subject = host.id;
        snapshot.links.push_back(std::move(link));
    }
    for (const DatabaseSpec &database : environment.databases) {
        Link link;
        link.subject = database.id;
        link.isDatabase = true;
        snapshot.links.push_back(std::move(link));
    }
    return snapshot;
}

std::vector<EnvironmentStatePtr> rememberedStates(const std::vector<EnvironmentSpecPtr> &environments,
                                                  const std::vector<SnapshotPtr> &remembered, const QDateTime &now)
{
    std::vector<EnvironmentStatePtr> states;
    for (const EnvironmentSpecPtr &environment : environments) {
        const Snapshot *old = rememberedOf(remembered, environment->id);
        if (!old)
            continue;
        auto snapshot = std::make_shared<Snapshot>(startingSnapshot(*environment, old));
        snapshot->takenAt = old->takenAt;
        auto state = std::make_shared<EnvironmentState>();
        state->environment = environment;
        state->snapshot = snapshot;
        state->now = now;
        state->assessment = assess(Facts{*environment, *snapshot, nullptr, {}, now});
        states.push_back(std::move(state));
    }
    return states;
}

} // namespace taffrail
