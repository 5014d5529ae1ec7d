// SPDX-License-Identifier: GPL-3.0-or-later
#include "linkedrows.h"

#include "releasetext.h"
#include "words.h"

#include <QCoreApplication>

#include <algorithm>

namespace taffrail::items {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(taffrail::items::LinkedRows)
};

/// One deployment history and the entry that it came by.
struct App {
    QString entry;
    const DeploymentHistory *history;
};

std::vector<App> appsOf(const EnvironmentState &state)
{
    std::vector<App> apps;
    for (const Observation *observation : observationsOf(state, PaneKind::Deployments)) {
        if (const auto *history = valueAs<DeploymentHistory>(*observation))
            apps.push_back({observation->entry, history});
    }
    return apps;
}

QString nameOf(const Release &release)
{
    return release.version.isEmpty() ? shortRelease(release.id) : release.version;
}

bool madeLive(const DeployEvent &event)
{
    return event.outcome != ReleaseStatus::Failed && event.outcome != ReleaseStatus::Unfinished
        && event.outcome != ReleaseStatus::Running;
}

QDateTime earliest(const DeployEvent &event)
{
    return event.at.isValid() ? event.at : event.notBefore;
}

QDateTime latest(const DeployEvent &event)
{
    return event.at.isValid() ? event.at : event.notAfter;
}

/// When what `release` brought ends: the next deploy, or the first move to another release. `open` = nothing came yet.
struct Window {
    bool isKnown = false;
    bool isOpen = true;
    QDateTime from, to;

    bool holds(const QDateTime &time) const
    {
        return isKnown && time.isValid() && time >= from && (isOpen || time < to);
    }
    void endAt(const QDateTime &time)
    {
        if (isOpen || time < to)
            to = time;
        isOpen = false;
    }
};

Window windowOf(const DeploymentHistory &history, const Release &release)
{
    Window window;
    window.from = release.deployedAt;
    if (!release.deployedAt.isValid())
        return window;
    for (size_t i = 0; i < history.releases.size(); ++i) {
        const Release &other = history.releases[i];
        if (other.id == release.id) {
            // Newest first: without a time of the one above, nobody knows where this one's share ends.
            if (i > 0 && !history.releases[i - 1].deployedAt.isValid())
                return window;
        } else if (other.deployedAt == release.deployedAt) {
            return window;
        } else if (other.deployedAt > release.deployedAt) {
            window.endAt(other.deployedAt);
        }
    }
    for (const DeployEvent &event : history.events) {
        if (!madeLive(event) || event.release == release.id)
            continue;
        const QDateTime from = earliest(event), to = latest(event);
        if (!from.isValid() && (!to.isValid() || to > release.deployedAt))
            return window;
        if (from.isValid() && from > release.deployedAt)
            window.endAt(from);
    }
    window.isKnown = true;
    return window;
}

/// Id of the release that was live at a moment; "" = not known.
QString liveAt(const DeploymentHistory &history, const QDateTime &moment)
{
    QStringList possible; // moves that may have come after the last certain one
    for (const DeployEvent &event : history.events) {
        if (!madeLive(event))
            continue;
        const QDateTime from = earliest(event), to = latest(event);
        if (to.isValid() && to < moment)
            return std::ranges::all_of(possible, [&](const QString &id) { return id == event.release; }) ? event.release
                                                                                                         : QString();
        if (!from.isValid() || from <= moment)
            possible << event.release;
    }
    if (!history.events.empty())
        return {};
    // No history of moves: each release went live when it was deployed, or never.
    const Release *found = nullptr;
    for (const Release &release : history.releases) {
        if (!release.deployedAt.isValid())
            return {};
        const bool failed = release.status == ReleaseStatus::Failed || release.status == ReleaseStatus::Unfinished
            || release.status == ReleaseStatus::Running;
        if (failed || release.deployedAt > moment)
            continue;
        if (release.deployedAt == moment || (found && found->deployedAt == release.deployedAt))
            return {};
        if (!found || found->deployedAt < release.deployedAt)
            found = &release;
    }
    return found ? found->id : QString();
}

/// Whether a release brought a migration: 2 = it is named, 1 = by time, 0 = not, or not known.
int brought(const std::vector<App> &apps, const App &app, const Release &release, const Migration &migration)
{
    if (!migration.release.isEmpty())
        return migration.release == release.id ? 2 : 0;
    return apps.size() == 1 && windowOf(*app.history, release).holds(migration.appliedAt) ? 1 : 0;
}

template <typename Visit> void eachMigration(const EnvironmentState &state, Visit visit)
{
    for (const Observation *observation : observationsOf(state, PaneKind::Migrations)) {
        const auto *found = valueAs<MigrationHistories>(*observation);
        if (!found)
            continue;
        for (const MigrationHistory &history : found->histories) {
            for (const Migration &migration : history.migrations)
                visit(migrationRowId(observation->entry, history, migration), migration);
        }
    }
}

/// Marks of one source's backups around a deploy. Several that ended (or began) at one moment are marked together.
void markBackups(RowMarks &marks, const QString &environment, const Observation &observation, const Release &release)
{
    const auto *set = valueAs<BackupSet>(observation);
    if (!set || !release.deployedAt.isValid())
        return;
    const auto begin
        = [](const Backup &backup) { return backup.startedAt.isValid() ? backup.startedAt : backup.finishedAt; };
    QDateTime before, after;
    for (const Backup &backup : set->backups) {
        if (!isUsable(backup) || !backup.finishedAt.isValid())
            continue;
        if (backup.finishedAt < release.deployedAt && (!before.isValid() || backup.finishedAt > before))
            before = backup.finishedAt;
        if (begin(backup) > release.deployedAt && (!after.isValid() || backup.finishedAt < after))
            after = backup.finishedAt;
    }
    for (const Backup &backup : set->backups) {
        if (!isUsable(backup) || !backup.finishedAt.isValid())
            continue;
        const QString id = environmentRowId(environment, backupRowId(observation.entry, backup));
        if (backup.finishedAt == before)
            marks.insert(id, Words::tr("newest backup before the selected release %1").arg(nameOf(release)));
        else if (backup.finishedAt == after && begin(backup) > release.deployedAt)
            marks.insert(id, Words::tr("first backup after the selected release %1").arg(nameOf(release)));
    }
}

void linkRelease(LinkedRows &linked, const EnvironmentState &state, const std::vector<App> &apps, const App &app,
                 const Release &release)
{
    const QString &environment = state.environment->id;
    eachMigration(state, [&](const QString &id, const Migration &migration) {
        const int how = brought(apps, app, release, migration);
        if (how > 0) {
            linked[size_t(PaneKind::Migrations)].insert(
                environmentRowId(environment, id),
                (how == 2 ? Words::tr("belongs to the selected release %1")
                          : Words::tr("belongs to the selected release %1, by the time it was applied"))
                    .arg(nameOf(release)));
        }
    });
    for (const Observation *observation : observationsOf(state, PaneKind::Backups))
        markBackups(linked[size_t(PaneKind::Backups)], environment, *observation, release);
}

void linkMigration(LinkedRows &linked, const EnvironmentState &state, const std::vector<App> &apps,
                   const Migration &migration)
{
    for (const App &app : apps) {
        for (const Release &release : app.history->releases) {
            const int how = brought(apps, app, release, migration);
            if (how > 0) {
                linked[size_t(PaneKind::Deployments)].insert(
                    environmentRowId(state.environment->id, releaseRowId(app.entry, release)),
                    (how == 2 ? Words::tr("brought the selected migration %1")
                              : Words::tr("brought the selected migration %1, by the time it was applied"))
                        .arg(migration.version));
            }
        }
    }
}

void linkBackup(LinkedRows &linked, const EnvironmentState &state, const std::vector<App> &apps, const Backup &backup)
{
    if (!backup.finishedAt.isValid())
        return;
    for (const App &app : apps) {
        const QString live = liveAt(*app.history, backup.finishedAt);
        if (live.isEmpty() || (backup.startedAt.isValid() && liveAt(*app.history, backup.startedAt) != live))
            continue;
        for (const Release &release : app.history->releases) {
            if (release.id == live) {
                linked[size_t(PaneKind::Deployments)].insert(
                    environmentRowId(state.environment->id, releaseRowId(app.entry, release)),
                    Words::tr("was live when the selected backup %1 was made").arg(backup.id));
            }
        }
    }
}

} // namespace

QString releaseRowId(const QString &entry, const Release &release)
{
    return entry + QLatin1Char('/') + release.id;
}

QString migrationRowId(const QString &entry, const MigrationHistory &history, const Migration &migration)
{
    return joined({entry, history.database, history.table, migration.version});
}

QString backupRowId(const QString &entry, const Backup &backup)
{
    return entry + QLatin1Char('/') + joined({backup.id, backup.location});
}

QString environmentRowId(const QString &environment, const QString &row)
{
    return environment + QLatin1Char('/') + row;
}

LinkedRows linkedRows(const EnvironmentState &state, PaneKind pane, const QString &id)
{
    LinkedRows linked;
    if (!state.environment || !state.snapshot)
        return linked;
    const QString &environment = state.environment->id;
    const std::vector<App> apps = appsOf(state);
    if (pane == PaneKind::Deployments) {
        for (const App &app : apps) {
            for (const Release &release : app.history->releases) {
                if (environmentRowId(environment, releaseRowId(app.entry, release)) == id)
                    linkRelease(linked, state, apps, app, release);
            }
        }
    } else if (pane == PaneKind::Migrations) {
        eachMigration(state, [&](const QString &row, const Migration &migration) {
            if (environmentRowId(environment, row) == id)
                linkMigration(linked, state, apps, migration);
        });
    } else if (pane == PaneKind::Backups) {
        for (const Observation *observation : observationsOf(state, pane)) {
            const auto *set = valueAs<BackupSet>(*observation);
            if (!set)
                continue;
            for (const Backup &backup : set->backups) {
                if (environmentRowId(environment, backupRowId(observation->entry, backup)) == id)
                    linkBackup(linked, state, apps, backup);
            }
        }
    }
    return linked;
}

} // namespace taffrail::items
