// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include "linkedrows.h"

#include <QSignalSpy>
#include <QTest>

using namespace taffrail;
using namespace taffrail::items;

namespace {

QDateTime at(int minute)
{
    return demo::now().addSecs((minute - 1000) * 60);
}

Release released(const char *id, int minute, ReleaseStatus status = ReleaseStatus::Available)
{
    Release release;
    release.id = QString::fromLatin1(id);
    release.deployedAt = minute < 0 ? QDateTime() : at(minute);
    release.status = status;
    return release;
}

DeployEvent moved(const char *release, int minute, ReleaseKind kind = ReleaseKind::Deploy,
                  ReleaseStatus outcome = ReleaseStatus::Superseded)
{
    DeployEvent event;
    event.release = QString::fromLatin1(release);
    event.kind = kind;
    event.outcome = outcome;
    event.at = minute < 0 ? QDateTime() : at(minute);
    return event;
}

Migration applied(const char *version, int minute, const char *release = "")
{
    Migration migration;
    migration.version = QString::fromLatin1(version);
    migration.appliedAt = minute < 0 ? QDateTime() : at(minute);
    migration.release = QString::fromLatin1(release);
    return migration;
}

Backup backedUp(const char *id, int started, int finished, BackupState state = BackupState::Ok)
{
    Backup backup;
    backup.id = QString::fromLatin1(id);
    backup.startedAt = started < 0 ? QDateTime() : at(started);
    backup.finishedAt = finished < 0 ? QDateTime() : at(finished);
    backup.state = state;
    return backup;
}

/// One environment of one application: releases c (newest), b, a.
struct World {
    DeploymentHistory history;
    MigrationHistory migrations;
    BackupSet backups;
    bool secondApp = false;

    World()
    {
        history.releases = {released("c", 300, ReleaseStatus::Live), released("b", 200), released("a", 100)};
        migrations.source = QStringLiteral("rails");
        migrations.database = QStringLiteral("main");
        migrations.table = QStringLiteral("public.schema_migrations");
    }

    EnvironmentStatePtr state() const
    {
        demo::Draft draft = demo::draft(QStringLiteral("shop"), {}, {}, Tier::Staging);
        demo::good(draft, PaneKind::Deployments, history, 4, Status::Ok, {});
        demo::good(draft, PaneKind::Migrations, MigrationHistories{{migrations}}, 4, Status::Ok, {});
        demo::good(draft, PaneKind::Backups, backups, 4, Status::Ok, {});
        if (secondApp) {
            draft.spec.entries.push_back(
                demo::entry(PaneKind::Deployments, QStringLiteral("other"), QStringLiteral("web1")));
            Observation slot = draft.snapshot.observations[0];
            slot.entry = QStringLiteral("other");
            draft.snapshot.observations.push_back(slot);
        }
        return demo::stateOf(draft);
    }

    /// Marked rows of a pane by their last part, sorted.
    QStringList marked(PaneKind from, const QString &id, PaneKind in) const
    {
        const QString entry = from == PaneKind::Deployments ? QStringLiteral("capistrano/")
            : from == PaneKind::Migrations ? QStringLiteral("alembic, main, public.schema_migrations, ")
                                           : QStringLiteral("pgbackrest/");
        const LinkedRows linked = linkedRows(*state(), from, QStringLiteral("shop/") + entry + id);
        QStringList names;
        for (const QString &row : linked[size_t(in)].keys())
            names << row.mid(std::max(row.lastIndexOf(QLatin1Char('/')), row.lastIndexOf(QLatin1Char(' '))) + 1);
        names.sort();
        return names;
    }
    QStringList migrationsOf(const char *release) const
    {
        return marked(PaneKind::Deployments, QString::fromLatin1(release), PaneKind::Migrations);
    }
    QStringList backupsOf(const char *release) const
    {
        return marked(PaneKind::Deployments, QString::fromLatin1(release), PaneKind::Backups);
    }
    QStringList releaseOf(const char *migration) const
    {
        return marked(PaneKind::Migrations, QString::fromLatin1(migration), PaneKind::Deployments);
    }
    QStringList liveAt(const char *backup) const
    {
        return marked(PaneKind::Backups, QString::fromLatin1(backup), PaneKind::Deployments);
    }
};

QStringList list(const char *words)
{
    return QString::fromLatin1(words).split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

} // namespace

class TestLinkedRows : public QObject {
    Q_OBJECT

private slots:
    void migrationsByTime()
    {
        World world;
        world.migrations.migrations = {applied("1", 99),  applied("2", 100), applied("3", 199),
                                       applied("4", 200), applied("5", -1),  applied("6", 999)};
        QCOMPARE(world.migrationsOf("a"), list("2 3"));
        QCOMPARE(world.migrationsOf("b"), list("4"));
        QCOMPARE(world.migrationsOf("c"), list("6")); // nothing came after it
        QCOMPARE(world.releaseOf("1"), list("")); // before the first known release
        QCOMPARE(world.releaseOf("3"), list("a"));
        QCOMPARE(world.releaseOf("5"), list("")); // no time
    }

    void migrationsByName()
    {
        World world;
        world.migrations.migrations = {applied("1", 250, "a"), applied("2", -1, "a"), applied("3", 150, "gone")};
        QCOMPARE(world.migrationsOf("a"), list("1 2"));
        QCOMPARE(world.migrationsOf("b"), list("")); // its time would say b, its name says a
        QCOMPARE(world.releaseOf("1"), list("a"));
        QCOMPARE(world.releaseOf("3"), list(""));
    }

    void unknownTimesStayUnmarked()
    {
        World world;
        world.migrations.migrations = {applied("1", 150), applied("2", 250)};
        world.history.releases[1].deployedAt = {}; // b: nobody knows where a's share ends
        QCOMPARE(world.migrationsOf("a"), list(""));
        QCOMPARE(world.migrationsOf("b"), list(""));
        QCOMPARE(world.releaseOf("2"), list(""));
        world.history.releases = {released("b", 100), released("a", 100)}; // both at once
        QCOMPARE(world.migrationsOf("a"), list(""));
        QCOMPARE(world.migrationsOf("b"), list(""));
    }

    void rollbacksEndAShare()
    {
        World world;
        world.history.releases = {released("b", 200), released("a", 100, ReleaseStatus::Live)};
        world.history.events
            = {moved("a", 300, ReleaseKind::Rollback, ReleaseStatus::Live), moved("b", 205), moved("a", 105)};
        world.migrations.migrations = {applied("1", 202), applied("2", 290), applied("3", 310)};
        QCOMPARE(world.migrationsOf("b"), list("1 2")); // 3 came after b was taken back
        QCOMPARE(world.migrationsOf("a"), list(""));
        world.history.events[0].at = {}; // the time of the rollback is not known at all
        QCOMPARE(world.migrationsOf("b"), list(""));
        world.history.events[0].notBefore = at(205); // or only bounded
        QCOMPARE(world.migrationsOf("b"), list("1"));
        world.history.events[0] = moved("a", 300, ReleaseKind::Rollback, ReleaseStatus::Failed);
        QCOMPARE(world.migrationsOf("b"), list("1 2 3")); // it did not happen
    }

    void severalApplicationsAreNotTold()
    {
        World world;
        world.secondApp = true;
        world.migrations.migrations = {applied("1", 150), applied("2", 150, "a")};
        QCOMPARE(world.migrationsOf("a"), list("2"));
        QCOMPARE(world.releaseOf("1"), list(""));
        world.backups.backups = {backedUp("x", 140, 150)};
        QCOMPARE(world.liveAt("x"), list("a a")); // one of each application
    }

    void backupsAroundADeploy()
    {
        World world;
        world.backups.backups = {backedUp("6", 350, 360), backedUp("5", 210, 220),
                                 backedUp("4", 195, 205), backedUp("3", 180, 190, BackupState::Failed),
                                 backedUp("2", 170, 180), backedUp("1", 110, 120)};
        QCOMPARE(world.backupsOf("b"), list("2 5")); // 4 began before and ended after; 3 failed
        QCOMPARE(world.backupsOf("c"), list("5 6"));
        QCOMPARE(world.backupsOf("a"), list("1"));
        world.backups.backups = {backedUp("same1", -1, 180), backedUp("same2", -1, 180), backedUp("at", -1, 200),
                                 backedUp("timeless", -1, -1)};
        QCOMPARE(world.backupsOf("b"), list("same1 same2")); // as new as each other; the deploy's own moment is neither
    }

    void releaseLiveAtABackup()
    {
        World world;
        world.backups.backups = {backedUp("1", 140, 150), backedUp("2", 195, 205), backedUp("3", -1, 200),
                                 backedUp("4", -1, 50), backedUp("5", 240, -1)};
        QCOMPARE(world.liveAt("1"), list("a"));
        QCOMPARE(world.liveAt("2"), list("")); // a deploy fell into it
        QCOMPARE(world.liveAt("3"), list("")); // the very moment of a deploy
        QCOMPARE(world.liveAt("4"), list("")); // before anything known
        QCOMPARE(world.liveAt("5"), list(""));
        world.history.releases[1].status = ReleaseStatus::Failed;
        world.backups.backups = {backedUp("1", 240, 250)};
        QCOMPARE(world.liveAt("1"), list("a")); // b never went live
    }

    void eventsSayWhatWasLive()
    {
        World world;
        world.history.releases = {released("b", 200), released("a", 100, ReleaseStatus::Live)};
        world.history.events
            = {moved("a", 300, ReleaseKind::Rollback, ReleaseStatus::Live), moved("b", 205), moved("a", 105)};
        world.backups.backups = {backedUp("1", 240, 250), backedUp("2", 340, 350), backedUp("3", -1, 202)};
        QCOMPARE(world.liveAt("1"), list("b"));
        QCOMPARE(world.liveAt("2"), list("a")); // rolled back to
        QCOMPARE(world.liveAt("3"), list("a")); // b was being deployed, not live yet
        world.history.events[0].at = {};
        world.history.events[0].notBefore = at(205);
        QCOMPARE(world.liveAt("1"), list("")); // before or after the rollback: not known
        world.history.events[0].notAfter = at(245);
        QCOMPARE(world.liveAt("1"), list("")); // it fell into the backup, perhaps
        QCOMPARE(world.liveAt("2"), list("a"));
    }

    void marksReachTheModels()
    {
        ConsoleModels console;
        const EnvironmentStatePtr state = demo::stateOf(demo::warning());
        demo::feed(console, {state});
        console.select(QStringLiteral("shop-staging"));
        int release = -1;
        for (int row = 0; row < console.deployments.rowCount(); ++row) {
            if (console.deployments.index(row, 0).data(IdRole).toString().endsWith(QStringLiteral("20262.14.3")))
                release = row;
        }
        QVERIFY(release >= 0);
        QSignalSpy resets(&console.migrations, &QAbstractItemModel::modelReset);
        QSignalSpy told(&console.migrations, &QAbstractItemModel::dataChanged);
        console.selection.choose(PaneKind::Deployments, console.deployments.rowAt(release).id);
        QCOMPARE(console.migrations.markedCount(), 4);
        QCOMPARE(told.size(), 4);
        const QModelIndex cell = console.migrations.index(0, MigrationModel::Version);
        QCOMPARE(cell.data(MarkRole).toString(), QStringLiteral("belongs to the selected release 2.14.3"));
        QVERIFY(cell.data(Qt::AccessibleTextRole).toString().endsWith(cell.data(MarkRole).toString()));
        QVERIFY(cell.data(Qt::DisplayRole).toString() == QStringLiteral("202611100"));
        console.apply(demo::stateOf(demo::warning())); // the next look keeps them
        QCOMPARE(console.migrations.markedCount(), 4);
        console.selection.clear();
        QCOMPARE(console.migrations.markedCount(), 0);
        QVERIFY(cell.data(MarkRole).toString().isEmpty());
        QCOMPARE(resets.size(), 0);
        console.selection.choose(PaneKind::Deployments, console.deployments.rowAt(release).id);
        console.select({});
        QVERIFY(console.selection.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestLinkedRows)
#include "tst_linkedrows.moc"
