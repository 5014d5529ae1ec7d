// SPDX-License-Identifier: GPL-3.0-or-later
#include "inventory.h"

#include <algorithm>
#include <array>

namespace taffrail {

namespace {

constexpr std::array<const char *, 4> tierWords{"production", "staging", "testing", "development"};
constexpr std::array<const char *, paneCount> paneWords{"deployments", "migrations", "backups", "health", "configs"};

template <typename T> const T *withId(const std::vector<T> &list, const QString &id)
{
    const auto found = std::ranges::find(list, id, &T::id);
    return found == list.end() ? nullptr : &*found;
}

} // namespace

QString tierWord(Tier tier)
{
    return QString::fromLatin1(tierWords[static_cast<size_t>(tier)]);
}

std::optional<Tier> tierFromWord(const QString &word)
{
    for (size_t i = 0; i < tierWords.size(); ++i) {
        if (word == QLatin1String(tierWords[i]))
            return static_cast<Tier>(i);
    }
    return {};
}

QString paneWord(PaneKind pane)
{
    return QString::fromLatin1(paneWords[static_cast<size_t>(pane)]);
}

std::optional<PaneKind> paneFromWord(const QString &word)
{
    for (size_t i = 0; i < paneWords.size(); ++i) {
        if (word == QLatin1String(paneWords[i]))
            return static_cast<PaneKind>(i);
    }
    return {};
}

const HostSpec *EnvironmentSpec::host(const QString &hostId) const
{
    return withId(hosts, hostId);
}

const DatabaseSpec *EnvironmentSpec::database(const QString &databaseId) const
{
    return withId(databases, databaseId);
}

const SourceEntry *EnvironmentSpec::entry(const QString &entryId) const
{
    return withId(entries, entryId);
}

EnvironmentSpecPtr Inventory::environment(const QString &id) const
{
    const auto found = std::ranges::find_if(
        environments, [&](const EnvironmentSpecPtr &environment) { return environment->id == id; });
    return found == environments.end() ? nullptr : *found;
}

} // namespace taffrail
