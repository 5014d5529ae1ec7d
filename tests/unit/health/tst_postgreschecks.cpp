// SPDX-License-Identifier: GPL-3.0-or-later
#include "healthcheckprobe.h"

#include <nlohmann/json.hpp>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;
using nlohmann::json;

namespace {

const QString database = QStringLiteral("main");

/// Rows as the transport gives them: text, null = NULL.
SqlReply rowsOf(const QByteArray &text)
{
    SqlReply reply;
    const json document = json::parse(text.toStdString(), nullptr, false);
    const json rows = document.is_array() ? document : json::array({document});
    for (const json &row : rows) {
        std::vector<std::optional<QByteArray>> cells(size_t(reply.columns.size()));
        for (const auto &[key, value] : row.items()) {
            int column = reply.column(QByteArray::fromStdString(key));
            if (column < 0) {
                column = int(reply.columns.size());
                reply.columns.append(QByteArray::fromStdString(key));
                cells.resize(size_t(reply.columns.size()));
            }
            if (!value.is_null())
                cells[size_t(column)]
                    = QByteArray::fromStdString(value.is_string() ? value.get<std::string>() : value.dump());
        }
        reply.rows.push_back(std::move(cells));
    }
    return reply;
}

Reply part(const char *name, const QByteArray &jsonText)
{
    return answer(QString::fromLatin1(name), database, rowsOf(jsonText));
}

Reply sample(const char *name, const char *file)
{
    return part(name, captured(QString::fromLatin1(file) + QStringLiteral(".json")));
}

HealthReport reportOf(const Replies &replies, const QVariantMap &options = {})
{
    SourceEntry entry;
    entry.database = database;
    entry.options = options;
    const Result<Value> value = postgresHealthSource.parse(entry, replies, {sampleTime(), {}});
    return value ? std::get<HealthReport>(*value) : HealthReport();
}

const QByteArray fullRights
    = R"([{"version_num":150020,"version":"15.20","in_recovery":false,"sees_stats":true,"started":"2026-11-20 16:00:00+00"}])";
const QByteArray fewRights = R"([{"version_num":150020,"version":"15.20","in_recovery":false,"sees_stats":false}])";

} // namespace

class PostgresChecksTest : public QObject {
    Q_OBJECT

private slots:
    void connections_data()
    {
        QTest::addColumn<QByteArray>("row");
        QTest::addColumn<QString>("status");
        QTest::newRow("sample") << captured(QStringLiteral("pg15-conn.json")) << "ok";
        QTest::newRow("many") << QByteArray(R"([{"clients":85,"usable":100,"hidden_state":0}])") << "warning";
        QTest::newRow("full") << QByteArray(R"([{"clients":95,"usable":100,"hidden_state":0}])") << "critical";
        QTest::newRow("hidden, counted by backends")
            << QByteArray(R"([{"clients":1,"usable":100,"hidden_state":90,"backends":92}])") << "critical";
        QTest::newRow("hidden, not counted")
            << QByteArray(R"([{"clients":1,"usable":100,"hidden_state":90}])") << "unknown";
        QTest::newRow("no numbers") << QByteArray(R"([{"clients":null,"usable":null,"hidden_state":null}])")
                                    << "unknown";
    }

    void connections()
    {
        QFETCH(QByteArray, row);
        QFETCH(QString, status);
        QCOMPARE(statusOf(reportOf({part("connections", row)}), "postgres.connections"), status);
    }

    void blockingTree()
    {
        const HealthReport report = reportOf(
            {part("session", fullRights), sample("blocking", "pg15-block"), sample("transactions", "pg15-longtx")});
        const HealthCheck *root = find(report, "postgres.blocking", QStringLiteral("pid 23122"));
        QVERIFY(root);
        QCOMPARE(root->status, Status::Critical); // 677 s
        QCOMPARE(root->value.value_or(0), 4.0); // all four wait, directly or behind others
        QVERIFY(root->text.contains(QStringLiteral("root-blocker")));
        QVERIFY(!find(report, "postgres.blocking", QStringLiteral("pid 23187"))); // it waits itself
        QCOMPARE(statusOf(report, "postgres.idle_in_transaction", QStringLiteral("pid 23122")),
                 QStringLiteral("critical"));
    }

    void blockingCases_data()
    {
        QTest::addColumn<QByteArray>("rows");
        QTest::addColumn<QString>("status");
        QTest::addColumn<QString>("words");
        QTest::newRow("nobody") << QByteArray("[]") << "ok"
                                << "nobody waits";
        QTest::newRow("short") << QByteArray(R"([{"pid":2,"blockers":"{1}","q_s":5}])") << "ok"
                               << "1 sessions wait";
        QTest::newRow("a minute") << QByteArray(R"([{"pid":2,"blockers":"1","q_s":70}])") << "warning"
                                  << "1 sessions";
        QTest::newRow("deadlock") << QByteArray(
            R"([{"pid":2,"blockers":"{3}","q_s":1},{"pid":3,"blockers":"{2}","q_s":1}])")
                                  << "ok"
                                  << "deadlock";
        QTest::newRow("itself") << QByteArray(R"([{"pid":2,"blockers":"{2}","q_s":1}])") << "ok"
                                << "deadlock";
    }

    void blockingCases()
    {
        QFETCH(QByteArray, rows);
        QFETCH(QString, status);
        QFETCH(QString, words);
        const HealthReport report = reportOf({part("session", fullRights), part("blocking", rows)});
        QCOMPARE(statusOf(report, "postgres.blocking"), status);
        QVERIFY2(said(report, "postgres.blocking").contains(words), qPrintable(said(report, "postgres.blocking")));
    }

    void preparedTransactionsBlockAsPidZero()
    {
        const HealthReport report
            = reportOf({part("session", fullRights), part("blocking", R"([{"pid":2,"blockers":"{0}","q_s":130}])"),
                        part("prepared", R"([{"gid":"tx1","database":"shop","age_s":700}])")});
        QVERIFY(said(report, "postgres.blocking", QStringLiteral("prepared"))
                    .contains(QStringLiteral("ROLLBACK PREPARED")));
        QCOMPARE(statusOf(report, "postgres.prepared", QStringLiteral("tx1")), QStringLiteral("critical"));
    }

    void longTransactions()
    {
        const HealthReport report
            = reportOf({part("session", fullRights),
                        part("transactions",
                             R"j([{"pid":1,"application_name":"pg_dump","state":"active","tx_s":9999,"st_s":1},
                {"pid":2,"application_name":"app","state":"active","tx_s":1000,"st_s":1},
                {"pid":3,"application_name":"app","state":"idle in transaction (aborted)","tx_s":400,"st_s":400},
                {"pid":4,"application_name":"job","state":"active","tx_s":9999,"st_s":1,"muted":true}])j")});
        QVERIFY(!find(report, "postgres.transactions", QStringLiteral("pid 1")));
        QVERIFY(!find(report, "postgres.transactions", QStringLiteral("pid 4")));
        QCOMPARE(statusOf(report, "postgres.transactions", QStringLiteral("pid 2")), QStringLiteral("warning"));
        QCOMPARE(statusOf(report, "postgres.idle_in_transaction", QStringLiteral("pid 3")), QStringLiteral("warning"));
        QCOMPARE(statusOf(report, "postgres.transactions"), QStringLiteral("warning"));
    }

    void hiddenFactsAreUnknown()
    {
        const HealthReport report
            = reportOf({part("session", fewRights), sample("transactions", "pg15-activity-unprivileged"),
                        part("blocking", "[]"), part("horizon", "[]"),
                        part("replication", R"([{"application_name":"s1","state":"streaming","bytes":null}])")});
        for (const char *code : {"postgres.transactions", "postgres.blocking", "postgres.horizon"}) {
            QCOMPARE(statusOf(report, code), QStringLiteral("unknown"));
            QVERIFY(find(report, code)->hint.contains(QStringLiteral("pg_monitor")));
        }
        QCOMPARE(statusOf(report, "postgres.replication", QStringLiteral("s1")), QStringLiteral("unknown"));
    }

    void aFailedStatementIsUnknownAndTheRestStands()
    {
        const HealthReport report = reportOf({part("session", fullRights), sample("connections", "pg15-conn"),
                                              refusal(QStringLiteral("wal"), database, ErrorKind::Denied,
                                                      QStringLiteral("permission denied for function pg_ls_waldir"))});
        QCOMPARE(said(report, "postgres.wal"), QStringLiteral("unknown: permission denied for function pg_ls_waldir"));
        QVERIFY(find(report, "postgres.wal")->hint.contains(QStringLiteral("pg_monitor")));
        QCOMPARE(statusOf(report, "postgres.connections"), QStringLiteral("ok"));
    }

    void refusedConnectionsAreFacts()
    {
        const QList<QByteArray> lines = captured(QStringLiteral("connect-errors.txt")).split('\n');
        const QStringList expected{QStringLiteral("critical"), QStringLiteral("critical"), QStringLiteral("critical"),
                                   QStringLiteral("warning"), QStringLiteral("warning")};
        for (qsizetype i = 0; i < expected.size(); ++i) {
            const HealthReport report = reportOf(
                {refusal(QStringLiteral("session"), database, ErrorKind::Busy, QString::fromUtf8(lines[i]))});
            QCOMPARE(int(report.checks.size()), 1);
            QCOMPARE(statusWord(report.checks[0].status), expected[i]);
        }
        SourceEntry entry;
        QCOMPARE(
            postgresHealthSource
                .parse(entry,
                       {refusal(QStringLiteral("session"), database, ErrorKind::Timeout, QStringLiteral("silent"))}, {})
                .error()
                .kind,
            ErrorKind::Timeout);
        QVERIFY(!postgresHealthSource.parse(entry, {}, {}));
    }

    void replicationOnThePrimary()
    {
        const HealthReport idle = reportOf({part("session", fullRights), sample("replication", "pg15-repl")});
        QCOMPARE(statusOf(idle, "postgres.replication", QStringLiteral("walreceiver")), QStringLiteral("ok"));
        const HealthReport late = reportOf(
            {part("session", fullRights),
             part(
                 "replication",
                 R"([{"application_name":"s1","state":"streaming","sync_state":"async","bytes":1000,"s":400.5,"reply_age":1}])")},
            {{QStringLiteral("standbys"), QStringList{QStringLiteral("s1"), QStringLiteral("s2")}}});
        QCOMPARE(statusOf(late, "postgres.replication", QStringLiteral("s1")), QStringLiteral("critical"));
        QCOMPARE(statusOf(late, "postgres.replication", QStringLiteral("s2")), QStringLiteral("critical"));
        // The lag columns go NULL on an idle link, and a stale one may stay: no bytes outstanding is no lag.
        const HealthReport quiet
            = reportOf({part("session", fullRights),
                        part("replication",
                             R"([{"application_name":"s1","state":"streaming","bytes":0,"s":500,"reply_age":2}])")});
        QCOMPARE(statusOf(quiet, "postgres.replication", QStringLiteral("s1")), QStringLiteral("ok"));
    }

    void syncStandbyMissing()
    {
        const HealthReport report = reportOf(
            {part("session", fullRights), part("sync", R"j([{"names":"ANY 1 (s1)","synced":0,"waiting":3}])j")});
        QCOMPARE(statusOf(report, "postgres.sync"), QStringLiteral("critical"));
        QVERIFY(!find(reportOf({part("session", fullRights), part("sync", R"([{"names":"","synced":0,"waiting":0}])")}),
                      "postgres.sync"));
    }

    void replicationOnTheStandby_data()
    {
        QTest::addColumn<QByteArray>("row");
        QTest::addColumn<QString>("status");
        QTest::newRow("idle") << captured(QStringLiteral("pg15-standby-idle.json")) << "ok";
        QTest::newRow("dead receiver shows no gap")
            << QByteArray(R"([{"rec":true,"lag_s":0,"gap":0,"paused":false,"wr":0}])") << "critical";
        QTest::newRow("behind") << QByteArray(R"([{"rec":true,"lag_s":120.5,"gap":100,"paused":false,"wr":1}])")
                                << "warning";
        QTest::newRow("paused") << QByteArray(R"([{"rec":"t","lag_s":1,"gap":0,"paused":"t","wr":"1"}])") << "warning";
        QTest::newRow("nothing replayed")
            << QByteArray(R"([{"rec":true,"lag_s":null,"gap":null,"paused":false,"wr":1}])") << "unknown";
        QTest::newRow("primary") << QByteArray(R"([{"rec":false,"lag_s":null,"gap":null,"paused":null,"wr":0}])")
                                 << "none";
    }

    void replicationOnTheStandby()
    {
        QFETCH(QByteArray, row);
        QFETCH(QString, status);
        QCOMPARE(statusOf(reportOf({part("receiver", row)}), "postgres.receiver"), status);
    }

    void slotStates()
    {
        const HealthReport report = reportOf({sample("slots", "pg15-slots")});
        QCOMPARE(statusOf(report, "postgres.slots", QStringLiteral("standby1")), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "postgres.slots", QStringLiteral("forgotten")), QStringLiteral("notice"));
        QCOMPARE(said(reportOf({sample("slots", "pg17-slot-lost")}), "postgres.slots", QStringLiteral("x")),
                 QStringLiteral("critical: lost: wal_removed"));
        const HealthReport bad = reportOf(
            {part("slots", R"([{"slot_name":"a","active":"f","wal_status":"unreserved","safe":"-5","retained":"10"},
            {"slot_name":"b","active":"f","wal_status":"reserved","inactive_s":"1000","retained":"10"},{"slot_name":"c","active":"t","wal_status":"extended","retained":"99999999999"}])")});
        QCOMPARE(statusOf(bad, "postgres.slots", QStringLiteral("a")), QStringLiteral("critical"));
        QCOMPARE(statusOf(bad, "postgres.slots", QStringLiteral("b")), QStringLiteral("warning"));
        QCOMPARE(statusOf(bad, "postgres.slots", QStringLiteral("c")), QStringLiteral("critical"));
    }

    void wraparound()
    {
        const HealthReport sampled = reportOf({sample("wraparound", "pg15-wrap")});
        QCOMPARE(statusOf(sampled, "postgres.wraparound", QStringLiteral("shop")), QStringLiteral("ok"));
        const HealthReport report = reportOf(
            {part("wraparound", R"([{"datname":"a","xid_age":260000000,"mxid_age":0,"fz":"200000000","fs":"1600000000"},
            {"datname":"b","xid_age":1650000000,"mxid_age":0,"fz":"200000000","fs":"1600000000"},{"datname":"c","xid_age":1700000000,"mxid_age":0,"fz":"2000000000","fs":null}])")});
        QCOMPARE(statusOf(report, "postgres.wraparound", QStringLiteral("a")), QStringLiteral("warning"));
        QCOMPARE(statusOf(report, "postgres.wraparound", QStringLiteral("b")), QStringLiteral("critical"));
        QCOMPARE(statusOf(report, "postgres.wraparound", QStringLiteral("c")), QStringLiteral("critical"));
    }

    void checkpointsOfAllVersions()
    {
        QCOMPARE(reportOf({sample("writer", "pg15-bgwriter")}).counters.value(QStringLiteral("checkpoints.timed")),
                 2.0);
        for (const char *file : {"pg17-checkpointer", "pg18-checkpointer"})
            QVERIFY(
                reportOf({sample("checkpointer", file)}).counters.contains(QStringLiteral("checkpoints.requested")));
    }

    void databaseCounters()
    {
        for (const char *file : {"pg12-dbstat", "pg15-dbstat"}) {
            const HealthReport report = reportOf({sample("databases", file)});
            QVERIFY(report.counters.contains(QStringLiteral("db.postgres.deadlocks")));
            QVERIFY(!find(report, "postgres.checksum_failures", QStringLiteral("postgres")));
        }
        const HealthReport report = reportOf({part(
            "databases", R"([{"datname":"shop","checksum_failures":"2","numbackends":"9","datconnlimit":"10"}])")});
        QCOMPARE(statusOf(report, "postgres.checksum_failures", QStringLiteral("shop")), QStringLiteral("critical"));
        QCOMPARE(statusOf(report, "postgres.connection_limit", QStringLiteral("shop")), QStringLiteral("warning"));
    }

    void dangerousSettings()
    {
        const HealthReport report = reportOf({part(
            "settings",
            R"([{"data_checksums":"off","fsync":"off","full_page_writes":"on","autovacuum":"on","pending_restart":"max_connections"}])")});
        QCOMPARE(statusOf(report, "postgres.settings", QStringLiteral("fsync")), QStringLiteral("critical"));
        QVERIFY(!find(report, "postgres.settings", QStringLiteral("full_page_writes")));
        QCOMPARE(statusOf(report, "postgres.settings", QStringLiteral("data_checksums")), QStringLiteral("notice"));
        QCOMPARE(statusOf(report, "postgres.settings", QStringLiteral("pending_restart")), QStringLiteral("warning"));
    }

    void asksTheNewViewOnlyWhereItExists()
    {
        SourceEntry entry;
        entry.database = database;
        QVERIFY(postgresHealthSource.requests(entry, {}).size() >= 15);
        QVERIFY(postgresHealthSource.requests(entry, {part("session", fullRights)}).empty());
        const Reply newer = part("session", R"([{"version_num":170002}])");
        const std::vector<Request> more = postgresHealthSource.requests(entry, {newer});
        QCOMPARE(more.size(), size_t(1));
        QVERIFY(postgresHealthSource.requests(entry, {newer, sample("checkpointer", "pg17-checkpointer")}).empty());
    }
};

QTEST_GUILESS_MAIN(PostgresChecksTest)
#include "tst_postgreschecks.moc"
