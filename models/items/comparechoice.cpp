// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparechoice.h"

#include <algorithm>

namespace taffrail::items {

namespace {

bool hasConfigs(const EnvironmentSpec &spec)
{
    return std::ranges::any_of(spec.entries, [](const SourceEntry &entry) { return entry.pane == PaneKind::Configs; });
}

EnvironmentSpecPtr specOf(const std::vector<EnvironmentSpecPtr> &all, const QString &id)
{
    const auto found = std::ranges::find_if(all, [&](const EnvironmentSpecPtr &spec) { return spec->id == id; });
    return found == all.end() ? nullptr : *found;
}

// How many steps of promotion lead from an environment to the end of its chain. Bounded: a file may name a circle.
int stepsToEnd(const std::vector<EnvironmentSpecPtr> &all, const QString &id)
{
    int steps = 0;
    QString at = id;
    for (size_t turn = 0; turn < all.size(); ++turn) {
        const auto next
            = std::ranges::find_if(all, [&](const EnvironmentSpecPtr &spec) { return spec->promotesFrom == at; });
        if (next == all.end())
            break;
        at = (*next)->id;
        ++steps;
    }
    return steps;
}

} // namespace

std::vector<EnvironmentSpecPtr> comparable(const std::vector<EnvironmentSpecPtr> &all)
{
    std::vector<EnvironmentSpecPtr> some;
    std::ranges::copy_if(all, std::back_inserter(some),
                         [](const EnvironmentSpecPtr &spec) { return hasConfigs(*spec); });
    return some;
}

QStringList relativesOf(const std::vector<EnvironmentSpecPtr> &all, const QString &environment)
{
    const EnvironmentSpecPtr self = specOf(all, environment);
    if (!self)
        return {};
    std::vector<EnvironmentSpecPtr> related;
    for (const EnvironmentSpecPtr &spec : comparable(all)) {
        const bool linked = spec->promotesFrom == self->id || self->promotesFrom == spec->id;
        const bool sameService = !self->service.isEmpty() && spec->service == self->service;
        if (spec->id == self->id || linked || sameService)
            related.push_back(spec);
    }
    std::ranges::stable_sort(related, {}, [&](const EnvironmentSpecPtr &spec) {
        return std::pair(int(spec->tier), stepsToEnd(all, spec->id));
    });
    QStringList ids;
    for (const EnvironmentSpecPtr &spec : related)
        ids << spec->id;
    return ids.first(std::min<qsizetype>(ids.size(), mostCompared));
}

QString usualReference(const std::vector<EnvironmentSpecPtr> &all, const QStringList &chosen)
{
    QString best = chosen.value(0);
    std::pair<int, int> rank{99, 0};
    for (const QString &id : chosen) {
        const EnvironmentSpecPtr spec = specOf(all, id);
        if (!spec)
            continue;
        const std::pair own(int(spec->tier), stepsToEnd(all, id));
        if (own < rank) {
            rank = own;
            best = id;
        }
    }
    return best;
}

QStringList configEntries(const std::vector<EnvironmentSpecPtr> &all, const QStringList &chosen)
{
    QStringList ids;
    for (const QString &id : chosen) {
        const EnvironmentSpecPtr spec = specOf(all, id);
        for (size_t i = 0; spec && i < spec->entries.size(); ++i) {
            if (spec->entries[i].pane == PaneKind::Configs && !ids.contains(spec->entries[i].id))
                ids << spec->entries[i].id;
        }
    }
    return ids;
}

} // namespace taffrail::items
