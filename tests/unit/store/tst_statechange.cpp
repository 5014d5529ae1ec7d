// SPDX-License-Identifier: GPL-3.0-or-later
#include "statechange.h"

#include <QTest>

using namespace taffrail;

namespace {

QString utf8(const char *text)
{
    return QString::fromUtf8(text);
}

const QDateTime noon(QDate(2026, 11, 20), QTime(12, 0), Qt::UTC);

Snapshot snapshotOf(const std::vector<Value> &values, int second)
{
    Snapshot snapshot;
    snapshot.environment = utf8("shop");
    for (size_t i = 0; i < values.size(); ++i) {
        Observation observation;
        observation.entry = QString::number(i);
        observation.lastGood = Attempt{noon.addSecs(second), std::chrono::milliseconds(1),
                                       ValuePtr(std::make_shared<const Value>(values[i]))};
        snapshot.observations.push_back(observation);
    }
    return snapshot;
}

QStringList changed(const Value &before, const Value &after)
{
    QStringList lines;
    for (const StateChange &change : changesBetween(snapshotOf({before}, 0), snapshotOf({after}, 30))) {
        lines << QStringLiteral("%1 %2: %3 -> %4").arg(change.kind, change.subject, change.before, change.after);
        if (change.at != noon.addSecs(30) || change.environment != utf8("shop"))
            lines << utf8("wrong time or environment");
    }
    return lines;
}

DeploymentHistory live(const char *web1, const char *web2)
{
    DeploymentHistory history;
    history.app = utf8("shop");
    history.live = qstrcmp(web1, web2) == 0 ? utf8(web1) : QString();
    history.hosts.resize(2);
    history.hosts[0].live = utf8(web1);
    history.hosts[1].live = utf8(web2);
    return history;
}

MigrationHistories migrations(std::initializer_list<std::pair<const char *, MigrationState>> list, bool readable = true)
{
    MigrationHistory history;
    history.database = utf8("main");
    history.table = utf8("public.m");
    history.readable = readable;
    for (const auto &[version, state] : list) {
        Migration migration;
        migration.version = utf8(version);
        migration.state = state;
        history.migrations.push_back(migration);
    }
    return {{history}};
}

BackupSet backups(std::initializer_list<const char *> ids)
{
    BackupSet set;
    set.source = utf8("pgbackrest");
    for (const char *id : ids) {
        Backup backup;
        backup.id = utf8(id);
        set.backups.push_back(backup);
    }
    return set;
}

} // namespace

class TestStateChange : public QObject {
    Q_OBJECT
private slots:
    void seesReleases()
    {
        QCOMPARE(changed(live("r1", "r1"), live("r2", "r2")), QStringList{utf8("release shop: r1 -> r2")});
        QCOMPARE(changed(live("r1", "r1"), live("r1", "r1")), QStringList());
        QCOMPARE(changed(live("r1", "r1"), live("r1", "r2")), QStringList{utf8("release shop: r1 -> r1, r2")});
        DeploymentHistory unreadable = live("r1", "");
        unreadable.hosts[1].error = Error();
        QCOMPARE(changed(live("r1", "r1"), unreadable), QStringList()); // a host that is silent deployed nothing
        QCOMPARE(changed(unreadable, live("r1", "r1")), QStringList());
    }

    void seesMigrations()
    {
        const auto one = migrations({{"1", MigrationState::Applied}, {"2", MigrationState::Pending}});
        const auto two = migrations({{"1", MigrationState::Applied}, {"2", MigrationState::Applied}});
        QCOMPARE(changed(one, two), QStringList{utf8("migration main public.m 2: pending -> applied")});
        QCOMPARE(changed(two, migrations({{"1", MigrationState::Applied}})),
                 QStringList{utf8("migration main public.m 2: applied -> ")});
        QCOMPARE(changed(two, migrations({}, false)), QStringList()); // the right to read went, not the migrations
        QCOMPARE(changed(MigrationHistories(), two), QStringList());
    }

    void seesBackups()
    {
        QCOMPARE(changed(backups({"f1"}), backups({"f2", "f1"})),
                 QStringList{utf8("backup pgbackrest f2:  -> full ok")});
        QCOMPARE(changed(backups({"f2", "f1"}), backups({"f2"})),
                 QStringList{utf8("backup pgbackrest f1: full ok -> ")});
    }

    void onlyWhatWasReadCounts()
    {
        Snapshot after = snapshotOf({live("r2", "r2")}, 30);
        after.observations[0].lastGood.reset();
        QVERIFY(changesBetween(snapshotOf({live("r1", "r1")}, 0), after).empty());
        QVERIFY(changesBetween(snapshotOf({}, 0), snapshotOf({live("r1", "r1")}, 30))
                    .empty()); // the first look is no change
        QVERIFY(changesBetween(snapshotOf({backups({"x"})}, 0), snapshotOf({live("r1", "r1")}, 30)).empty());
        QVERIFY(changed(HealthReport(), HealthReport()).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestStateChange)
#include "tst_statechange.moc"
