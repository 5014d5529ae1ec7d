// SPDX-License-Identifier: GPL-3.0-or-later
#include "statechange.h"

#include <map>

namespace taffrail {

namespace {

using States = std::map<QString, QString>; ///< subject → release or state word

States releasesOf(const Observation &observation, const DeploymentHistory &history)
{
    States states;
    const QString app = history.app.isEmpty() ? observation.entry : history.app;
    bool complete = true;
    QStringList live;
    for (const HostRelease &host : history.hosts) {
        complete = complete && !host.error;
        live << host.live;
    }
    live.removeDuplicates();
    if (complete) // a host that could not be read is no change of release
        states[app] = history.live.isEmpty() ? live.join(QStringLiteral(", ")) : history.live;
    return states;
}

States migrationsOf(const MigrationHistories &histories)
{
    States states;
    for (const MigrationHistory &history : histories.histories) {
        for (const Migration &migration : history.migrations)
            states[QStringLiteral("%1 %2 %3").arg(history.database, history.table, migration.version)]
                = migrationStateWord(migration.state);
    }
    return states;
}

States backupsOf(const BackupSet &set)
{
    States states;
    for (const Backup &backup : set.backups)
        states[QStringLiteral("%1 %2").arg(set.source, backup.id)]
            = QStringLiteral("%1 %2").arg(backupTypeWord(backup.type), backupStateWord(backup.state));
    return states;
}

/// Histories that one of the two looks could not read: their migrations did not vanish.
bool isComparable(const Value &before, const Value &after)
{
    if (before.index() != after.index())
        return false;
    const auto *old = std::get_if<MigrationHistories>(&before);
    if (!old)
        return true;
    const auto readable = [](const MigrationHistories &histories) {
        QStringList tables;
        for (const MigrationHistory &history : histories.histories) {
            if (history.readable)
                tables << history.database + QLatin1Char(' ') + history.table + QLatin1Char(' ') + history.filesFrom;
        }
        tables.sort();
        return tables;
    };
    return readable(*old) == readable(std::get<MigrationHistories>(after));
}

std::pair<QString, States> statesOf(const Observation &observation)
{
    const Value &value = *observation.value();
    if (const auto *history = std::get_if<DeploymentHistory>(&value))
        return {QStringLiteral("release"), releasesOf(observation, *history)};
    if (const auto *histories = std::get_if<MigrationHistories>(&value))
        return {QStringLiteral("migration"), migrationsOf(*histories)};
    if (const auto *set = std::get_if<BackupSet>(&value))
        return {QStringLiteral("backup"), backupsOf(*set)};
    return {};
}

} // namespace

std::vector<StateChange> changesBetween(const Snapshot &before, const Snapshot &after)
{
    std::vector<StateChange> changes;
    for (const Observation &now : after.observations) {
        const Observation *old = before.observation(now.entry);
        if (!old || !old->value() || !now.value() || old->value() == now.value()
            || !isComparable(*old->value(), *now.value()))
            continue;
        const auto [kind, newStates] = statesOf(now);
        const States oldStates = statesOf(*old).second;
        const bool isRelease = kind == QLatin1String("release");
        for (const auto &[subject, state] : newStates) {
            const auto found = oldStates.find(subject);
            const QString was = found == oldStates.end() ? QString() : found->second;
            if (was != state && !(isRelease && found == oldStates.end()))
                changes.push_back({now.lastGood->at, after.environment, kind, subject, was, state});
        }
        for (const auto &[subject, state] : oldStates) {
            if (!isRelease && !newStates.contains(subject))
                changes.push_back({now.lastGood->at, after.environment, kind, subject, state, {}});
        }
    }
    return changes;
}

} // namespace taffrail
