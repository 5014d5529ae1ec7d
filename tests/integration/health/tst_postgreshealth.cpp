// SPDX-License-Identifier: GPL-3.0-or-later
#include "postgresruns.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

namespace {

BackupSet archiveOf(const QString &dsn)
{
    SourceEntry entry;
    entry.database = mainDatabase;
    const Result<Value> value
        = archiverSource.parse(entry, ask(archiverSource, entry, dsn), {QDateTime::currentDateTimeUtc(), {}});
    return value ? std::get<BackupSet>(*value) : BackupSet();
}

} // namespace

class PostgresHealthTest : public QObject {
    Q_OBJECT
    PgCluster m_primary;

private slots:
    void initTestCase()
    {
        const QString archive = m_primary.path(QStringLiteral("archive"));
        QVERIFY2(m_primary.create({QStringLiteral("archive_mode = on"),
                                   QStringLiteral("archive_command = 'mkdir -p %1; cp %p %1/%f'").arg(archive),
                                   QStringLiteral("max_prepared_transactions = 5")}),
                 m_primary.log().constData());
        m_primary.execute("create table orders (id int primary key, state int); ");
        m_primary.execute("insert into orders select g, 0 from generate_series(1, 100) g");
        m_primary.execute("create role watcher login; ");
        m_primary.execute("create role nobody_special login");
        m_primary.execute("grant pg_monitor to watcher");
    }

    void everyStatementRunsForTheMonitorRole()
    {
        const HealthReport report = healthOf(m_primary.socketDsn(QStringLiteral("watcher")));
        for (const HealthCheck &check : report.checks)
            QVERIFY2(check.status != Status::Unknown, qPrintable(check.code + QLatin1Char(' ') + check.text));
        QCOMPARE(statusOf(report, "postgres.session"), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "postgres.clock"), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "postgres.connections"), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "postgres.blocking"), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "postgres.settings", QStringLiteral("fsync")),
                 QStringLiteral("critical")); // the fixture turns it off
        QVERIFY(report.version.startsWith(QStringLiteral("15.")));
        QVERIFY(report.counters.contains(QStringLiteral("db.postgres.xact_commit")));
        QVERIFY(report.counters.contains(QStringLiteral("checkpoints.timed")));
    }

    void withoutRightsFactsAreUnknownWithTheGrant()
    {
        const HealthReport report = healthOf(m_primary.socketDsn(QStringLiteral("nobody_special")));
        QCOMPARE(statusOf(report, "postgres.session"), QStringLiteral("notice"));
        for (const char *code : {"postgres.transactions", "postgres.blocking", "postgres.wal"})
            QCOMPARE(statusOf(report, code), QStringLiteral("unknown"));
        QCOMPARE(statusOf(report, "postgres.wraparound", QStringLiteral("postgres")), QStringLiteral("ok"));
    }

    void aBlockedSessionIsSeenWithItsRoot()
    {
        pqxx::connection holder((m_primary.socketDsn() + QStringLiteral(" application_name=holder")).toStdString());
        pqxx::work held(holder);
        held.exec("update orders set state = 1 where id = 1");
        const QString holderPid = QString::number(holder.backendpid());
        pqxx::connection waiter(
            (m_primary.socketDsn() + QStringLiteral(" application_name=waiter options='-c lock_timeout=20s'"))
                .toStdString());
        std::thread blocked([&] {
            try {
                pqxx::work work(waiter);
                work.exec("update orders set state = 2 where id = 1");
            } catch (const std::exception &) { // ended with the test
            }
        });
        HealthReport report;
        const auto isSeen = [&] {
            report = healthOf(m_primary.socketDsn(QStringLiteral("watcher")));
            return statusOf(report, "postgres.blocking", QStringLiteral("pid ") + holderPid) != QStringLiteral("none");
        };
        const bool seen = QTest::qWaitFor(isSeen, 10'000);
        held.abort();
        blocked.join();
        QVERIFY(seen);
        QCOMPARE(statusOf(report, "postgres.idle_in_transaction", QStringLiteral("pid ") + holderPid),
                 QStringLiteral("critical"));
    }

    void preparedTransactionsAndSlotsAreSeen()
    {
        {
            pqxx::connection connection(m_primary.socketDsn().toStdString());
            pqxx::nontransaction work(connection);
            work.exec("begin");
            work.exec("insert into orders values (1000, 1)");
            work.exec("prepare transaction 'forgotten'");
        }
        m_primary.execute("select pg_create_physical_replication_slot('cdc', true)");
        const HealthReport report = healthOf(m_primary.socketDsn(QStringLiteral("watcher")));
        m_primary.execute("rollback prepared 'forgotten'");
        m_primary.execute("select pg_drop_replication_slot('cdc')");
        QCOMPARE(statusOf(report, "postgres.prepared", QStringLiteral("forgotten")), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "postgres.slots", QStringLiteral("cdc")), QStringLiteral("notice"));
    }

    void theArchiverOfAnIdleServerLosesNothing()
    {
        m_primary.execute("insert into orders values (2000, 1)");
        m_primary.execute("checkpoint");
        m_primary.execute("select pg_switch_wal()");
        QTRY_VERIFY_WITH_TIMEOUT(archiveOf(m_primary.socketDsn(QStringLiteral("watcher"))).archive->readySegments == 0
                                     && archiveOf(m_primary.socketDsn(QStringLiteral("watcher"))).archive->archivedCount
                                         > 0,
                                 15'000);
        // A second must pass for a wrong lag to show.
        QTRY_COMPARE_WITH_TIMEOUT(
            m_primary.value("select now() - last_archived_time > '1100 ms' from pg_stat_archiver"), QByteArray("t"),
            15'000);
        const BackupSet set = archiveOf(m_primary.socketDsn(QStringLiteral("watcher")));
        QVERIFY(set.assessment.ok);
        QVERIFY(set.archive->lag.has_value());
        QCOMPARE(set.archive->lag->count(), 0);
        QCOMPARE(set.archive->systemId,
                 QString::fromUtf8(m_primary.value("select system_identifier::text from pg_control_system()")));
        m_primary.execute("insert into orders select g, 0 from generate_series(3000, 4000) g");
        const auto busy = [this] { return *archiveOf(m_primary.socketDsn(QStringLiteral("watcher"))).archive; };
        QVERIFY(busy().unarchivedBytes > 0);
        QTRY_VERIFY_WITH_TIMEOUT(busy().lag && busy().lag->count() >= 1, 15'000);
    }

    void aFailingArchiverIsSeen()
    {
        m_primary.execute("alter system set archive_command = '/bin/false'");
        m_primary.execute("select pg_reload_conf()");
        m_primary.execute("insert into orders values (5000, 1)");
        m_primary.execute("select pg_switch_wal()");
        QTRY_COMPARE_WITH_TIMEOUT(archiveOf(m_primary.socketDsn(QStringLiteral("watcher"))).assessment.problem,
                                  QStringLiteral("archive_failing"), 20'000);
        const BackupSet set = archiveOf(m_primary.socketDsn(QStringLiteral("watcher")));
        QVERIFY(!set.assessment.ok);
        QVERIFY(set.archive->readySegments >= 1);
        QVERIFY(set.archive->unarchivedBytes > 0);
        const BackupSet few = archiveOf(m_primary.socketDsn(QStringLiteral("nobody_special")));
        QCOMPARE(few.assessment.problem, QStringLiteral("archive_failing"));
        QCOMPARE(few.archive->readySegments, qint64(-1));
        QVERIFY(few.notes.join(QLatin1Char(' ')).contains(QStringLiteral("pg_monitor")));
        m_primary.execute("alter system reset archive_command");
        m_primary.execute("select pg_reload_conf()");
    }

    void aStandbyIsReadAsOne()
    {
        PgCluster standby;
        QVERIFY2(standby.createStandbyOf(m_primary), standby.log().constData());
        QTRY_COMPARE_WITH_TIMEOUT(statusOf(healthOf(standby.socketDsn(QStringLiteral("watcher"))), "postgres.receiver"),
                                  QStringLiteral("ok"), 20'000);
        const HealthReport report = healthOf(standby.socketDsn(QStringLiteral("watcher")));
        for (const HealthCheck &check : report.checks)
            QVERIFY2(check.status != Status::Unknown, qPrintable(check.code + QLatin1Char(' ') + check.text));
        const HealthReport primary = healthOf(
            m_primary.socketDsn(QStringLiteral("watcher")),
            {{QStringLiteral("standbys"), QStringList{QStringLiteral("walreceiver"), QStringLiteral("other")}}});
        QCOMPARE(statusOf(primary, "postgres.replication", QStringLiteral("other")), QStringLiteral("critical"));
        const BackupSet archive = archiveOf(standby.socketDsn(QStringLiteral("watcher")));
        QVERIFY(archive.archive->inRecovery);
        QCOMPARE(archive.assessment.problem, QStringLiteral("none"));
        m_primary.stop();
        QTRY_COMPARE_WITH_TIMEOUT(statusOf(healthOf(standby.socketDsn(QStringLiteral("watcher"))), "postgres.receiver"),
                                  QStringLiteral("critical"), 20'000);
    }
};

QTEST_GUILESS_MAIN(PostgresHealthTest)
#include "tst_postgreshealth.moc"
