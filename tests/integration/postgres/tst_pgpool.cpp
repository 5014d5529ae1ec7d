// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgasking.h"
#include "pgfixture.h"

#include <QTest>

#include <memory>

using namespace taffrail;
using namespace taffrail::tests;
using namespace std::chrono_literals;

/// One pool on one real cluster: what a batch answers, and what it costs the others.
class TestPgPool : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void answersInOrderWithOneFailingInTheMiddle();
    void typesAndNulls();
    void parametersAreData();
    void twoStatementsInOneAreRefused();
    void nothingCanBeWritten_data();
    void nothingCanBeWritten();
    void sessionIsAsAsked();
    void limitsFollowTheBatch();
    void statementTimeoutNamesTheStatement();
    void lockTimeoutIsBusy();
    void missingTableIsNotFound();
    void hugeAnswerIsCutAndTheNextStillComes();
    void copyIsRefusedAndTheConnectionRecovers();
    void connectionIsKept();
    void emptyBatchTellsTheSession();
    void slowBatchesDoNotDelayFastOnes();
    void cancelStopsTheStatementOnTheServer();
    void cancelOfAWaitingBatch();
    void twentyDatabasesOnOneThread();
    void endingThePoolAnswersEveryone();
    void endedPoolLeavesNoStatementBehind();
    void throughATunnel();
    void cancelThroughATunnel();
    void refusingTunnelSaysWhy();
    void nothingLeaks();

private:
    pg::Target socketTarget() const { return targetOf(m_cluster.socketDsn()); }
    QByteArray running(const QByteArray &text) const
    {
        return m_cluster.value(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND application_name = 'taffrail'"
            " AND query LIKE '%"
            + text + "%'");
    }

    PgCluster m_cluster;
};

void TestPgPool::initTestCase()
{
    QVERIFY2(m_cluster.create({QStringLiteral("max_connections = 60")}), m_cluster.log().constData());
    m_cluster.execute("CREATE TABLE public.item (id int PRIMARY KEY, name text)");
    m_cluster.execute("CREATE SEQUENCE public.counter");
    m_cluster.execute("INSERT INTO public.item VALUES (1, 'one'), (2, NULL)");
}

void TestPgPool::answersInOrderWithOneFailingInTheMiddle()
{
    pg::Pool pool(1);
    const Outcome outcome = answerOf(pool, socketTarget(), batchOf({"SELECT 1", "SELECT 1/0", "SELECT 3"}));
    QCOMPARE(cellOf(outcome, 0), "1");
    QVERIFY(outcome->results[1].error().text.contains(QLatin1String("division by zero")));
    QVERIFY(outcome->results[1].error().text.contains(QLatin1String("statement 2 of 3")));
    QCOMPARE(outcome->results[1].error().kind, ErrorKind::ToolFailed);
    QCOMPARE(cellOf(outcome, 2), "3");
    QVERIFY(outcome->took.count() > 0);
}

void TestPgPool::typesAndNulls()
{
    pg::Pool pool(1);
    const Outcome outcome = answerOf(
        pool, socketTarget(),
        batchOf({"SELECT id, name FROM public.item ORDER BY id", "SELECT 1 AS a WHERE false",
                 "SELECT 9007199254740993::int8 AS big, '' AS empty, true AS yes, E'a\\tb\\303\\251' AS text"}));
    QVERIFY(outcome);
    const sources::SqlReply &items = *outcome->results[0];
    QCOMPARE(items.columns, (QList<QByteArray>{"id", "name"}));
    QCOMPARE(items.rows.size(), size_t(2));
    QCOMPARE(*items.cell(0, "name"), "one");
    QVERIFY(items.cell(1, "name") == nullptr);
    QCOMPARE(outcome->results[1]->columns, QList<QByteArray>{"a"});
    QVERIFY(outcome->results[1]->rows.empty());
    const sources::SqlReply &types = *outcome->results[2];
    QCOMPARE(*types.cell(0, "big"), "9007199254740993");
    QCOMPARE(*types.cell(0, "empty"), "");
    QCOMPARE(*types.cell(0, "yes"), "t");
    QCOMPARE(*types.cell(0, "text"), "a\tb\xC3\xA9");
}

void TestPgPool::parametersAreData()
{
    pg::Pool pool(1);
    pg::Batch batch;
    batch.queries.push_back(
        {"SELECT $1::text || coalesce($2, '-')", {QByteArray("'; DROP TABLE item; --"), std::nullopt}});
    QCOMPARE(cellOf(answerOf(pool, socketTarget(), batch)), "'; DROP TABLE item; ---");
}

void TestPgPool::twoStatementsInOneAreRefused()
{
    pg::Pool pool(1);
    const Outcome outcome
        = answerOf(pool, socketTarget(), batchOf({"SELECT 1; SET default_transaction_read_only = off", "SELECT 2"}));
    QVERIFY(!outcome->results[0]);
    QVERIFY(outcome->results[0].error().text.contains(QLatin1String("multiple commands")));
    QCOMPARE(cellOf(outcome, 1), "2");
}

void TestPgPool::nothingCanBeWritten_data()
{
    QTest::addColumn<QByteArray>("sql");
    QTest::newRow("insert") << QByteArray("INSERT INTO public.item VALUES (3, 'three')");
    QTest::newRow("update") << QByteArray("UPDATE public.item SET name = 'x'");
    QTest::newRow("delete") << QByteArray("DELETE FROM public.item");
    QTest::newRow("create") << QByteArray("CREATE TABLE public.other (id int)");
    QTest::newRow("nextval") << QByteArray("SELECT nextval('public.counter')");
}

void TestPgPool::nothingCanBeWritten()
{
    QFETCH(QByteArray, sql);
    pg::Pool pool(1);
    const Outcome outcome = answerOf(pool, socketTarget(), batchOf({sql}));
    QVERIFY2(outcome && !outcome->results[0], "it was carried out");
    QCOMPARE(outcome->results[0].error().kind, ErrorKind::Denied);
    QVERIFY(outcome->results[0].error().text.contains(QLatin1String("read-only transaction")));
    QCOMPARE(m_cluster.value("SELECT count(*) FROM public.item WHERE name IS NOT DISTINCT FROM 'one' OR id = 2"), "2");
}

void TestPgPool::sessionIsAsAsked()
{
    pg::Pool pool(1);
    const Outcome outcome
        = answerOf(pool, socketTarget(),
                   batchOf({"SELECT concat_ws(' ', current_setting('application_name'), "
                            "current_setting('default_transaction_read_only'),"
                            " current_setting('statement_timeout'), current_setting('lock_timeout'),"
                            " current_setting('idle_in_transaction_session_timeout'), current_setting('search_path'),"
                            " current_setting('client_encoding'))"}));
    QCOMPARE(cellOf(outcome), "taffrail on 2s 200ms 10s pg_catalog UTF8");
    QVERIFY(outcome->session.serverVersion >= 150000);
    QVERIFY(!outcome->session.inRecovery);
    QVERIFY(!outcome->session.tls);
    QCOMPARE(outcome->session.user, PgCluster::superuser);
    QCOMPARE(outcome->session.systemId.toLatin1(),
             m_cluster.value("SELECT system_identifier FROM pg_control_system()"));
    QVERIFY2(outcome->session.peer.startsWith(QLatin1String("main at "))
                 && outcome->session.peer.endsWith(QLatin1String("(primary)")),
             qPrintable(outcome->session.peer));
    QVERIFY(outcome->session.missingGrants.isEmpty());
}

void TestPgPool::limitsFollowTheBatch()
{
    pg::Pool pool(1);
    const QByteArray shown = "SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout')";
    pg::Batch batch = batchOf({shown});
    QCOMPARE(cellOf(answerOf(pool, socketTarget(), batch)), "2s 200ms");
    batch.statementTimeout = 1'500ms;
    batch.lockTimeout = 90ms;
    QCOMPARE(cellOf(answerOf(pool, socketTarget(), batch)), "1500ms 90ms");
    QCOMPARE(cellOf(answerOf(pool, socketTarget(), batchOf({shown}))), "2s 200ms");
}

void TestPgPool::statementTimeoutNamesTheStatement()
{
    pg::Pool pool(1);
    pg::Batch batch = batchOf({"SELECT 1", "SELECT pg_sleep(30)", "SELECT 3"});
    batch.statementTimeout = 150ms;
    const Outcome outcome = answerOf(pool, socketTarget(), batch);
    QCOMPARE(cellOf(outcome, 0), "1");
    QCOMPARE(outcome->results[1].error().kind, ErrorKind::Timeout);
    QVERIFY2(outcome->results[1].error().text.contains(
                 QLatin1String("statement 2 of 3 (SELECT pg_sleep(30)) took longer than the 150 ms")),
             qPrintable(outcome->results[1].error().text));
    QCOMPARE(cellOf(outcome, 2), "3");
}

void TestPgPool::lockTimeoutIsBusy()
{
    pqxx::connection holder(m_cluster.socketDsn().toStdString());
    pqxx::work transaction(holder);
    transaction.exec("LOCK TABLE public.item IN ACCESS EXCLUSIVE MODE");
    pg::Pool pool(1);
    pg::Batch batch = batchOf({"SELECT count(*) FROM public.item", "SELECT 2"});
    batch.lockTimeout = 50ms;
    const Outcome outcome = answerOf(pool, socketTarget(), batch);
    QCOMPARE(outcome->results[0].error().kind, ErrorKind::Busy);
    QCOMPARE(cellOf(outcome, 1), "2");
}

void TestPgPool::missingTableIsNotFound()
{
    pg::Pool pool(1);
    const Outcome outcome = answerOf(pool, socketTarget(),
                                     batchOf({"SELECT * FROM public.schema_migrations", "SELECT item FROM item", ""}));
    QCOMPARE(outcome->results[0].error().kind, ErrorKind::NotFound);
    QCOMPARE(outcome->results[1].error().kind, ErrorKind::NotFound); // search_path is pg_catalog only
    QCOMPARE(outcome->results[2].error().kind, ErrorKind::Unsupported);
}

void TestPgPool::hugeAnswerIsCutAndTheNextStillComes()
{
    pg::Pool pool(1);
    pg::Batch batch = batchOf(
        {"SELECT repeat('x', 1000) FROM generate_series(1, 20000)", "SELECT 2", "SELECT repeat('y', 300000)"});
    batch.maxBytes = 200'000;
    const Outcome outcome = answerOf(pool, socketTarget(), batch);
    QCOMPARE(outcome->results[0].error().kind, ErrorKind::TooLarge);
    QCOMPARE(cellOf(outcome, 1), "2");
    QCOMPARE(outcome->results[2].error().kind, ErrorKind::TooLarge);
}

void TestPgPool::copyIsRefusedAndTheConnectionRecovers()
{
    pg::Pool pool(1);
    const Outcome outcome = answerOf(pool, socketTarget(), batchOf({"COPY public.item TO STDOUT"}));
    QVERIFY(!outcome || !outcome->results[0]);
    pool.wake();
    QCOMPARE(cellOf(answerOf(pool, socketTarget(), batchOf({"SELECT 2"}))), "2");
}

void TestPgPool::connectionIsKept()
{
    pg::Pool pool(2);
    const QByteArray first = cellOf(answerOf(pool, socketTarget(), batchOf({"SELECT pg_backend_pid()"})));
    QVERIFY(first.toInt() > 0);
    QCOMPARE(cellOf(answerOf(pool, socketTarget(), batchOf({"SELECT pg_backend_pid()"}))), first);
    pool.wake(); // after sleep nothing is trusted
    QVERIFY(cellOf(answerOf(pool, socketTarget(), batchOf({"SELECT pg_backend_pid()"}))) != first);
}

void TestPgPool::emptyBatchTellsTheSession()
{
    pg::Pool pool(1);
    for (int i = 0; i < 2; ++i) {
        const Outcome outcome = answerOf(pool, socketTarget(), {});
        QVERIFY(outcome && outcome->results.empty());
        QVERIFY(outcome->session.serverVersion >= 150000);
    }
    QCOMPARE(cellOf(answerOf(pool, socketTarget(), batchOf({"SELECT 1"}))), "1");
}

void TestPgPool::slowBatchesDoNotDelayFastOnes()
{
    pg::Pool pool(1);
    pg::Batch slow = batchOf({"SELECT pg_sleep(60)"});
    slow.statementTimeout = 120s;
    slow.deadline = 120s;
    RequestId id = 0;
    auto sleeping = ask(pool, socketTarget(), slow, &id);
    QTRY_COMPARE(running("pg_sleep(60)"), "1");
    QCOMPARE(cellOf(answerOf(pool, socketTarget(), batchOf({"SELECT 7"}))), "7");
    QVERIFY(sleeping.wait_for(0s) == std::future_status::timeout);
    pool.cancel(id);
    QCOMPARE(sleeping.get().error().kind, ErrorKind::Cancelled);
}

void TestPgPool::cancelStopsTheStatementOnTheServer()
{
    pg::Pool pool(1);
    pg::Batch batch = batchOf({"SELECT pg_sleep(61)"});
    batch.statementTimeout = 120s;
    RequestId id = 0;
    auto sleeping = ask(pool, socketTarget(), batch, &id);
    QTRY_COMPARE(running("pg_sleep(61)"), "1");
    pool.cancel(id);
    QCOMPARE(sleeping.get().error().kind, ErrorKind::Cancelled);
    QTRY_COMPARE(running("pg_sleep(61)"), "0");
    QCOMPARE(cellOf(answerOf(pool, socketTarget(), batchOf({"SELECT 8"}))), "8");
}

void TestPgPool::cancelOfAWaitingBatch()
{
    pg::Pool pool(1);
    RequestId first = 0;
    RequestId second = 0;
    auto running = ask(pool, socketTarget(), batchOf({"SELECT pg_sleep(1)"}), &first);
    auto waiting = ask(pool, socketTarget(), batchOf({"SELECT 2"}), &second);
    pool.cancel(second);
    pool.cancel(4711); // unknown: nothing happens
    QCOMPARE(waiting.get().error().kind, ErrorKind::Cancelled);
    QVERIFY(running.get());
}

void TestPgPool::twentyDatabasesOnOneThread()
{
    pg::Pool pool(1);
    std::vector<std::future<Outcome>> futures;
    QSet<QByteArray> backends;
    for (int i = 0; i < 20; ++i) {
        const QString dsn = m_cluster.socketDsn() + QStringLiteral(" fallback_application_name=n%1").arg(i);
        futures.push_back(ask(pool, targetOf(dsn), batchOf({"SELECT pg_backend_pid() FROM pg_sleep(0.3)"})));
    }
    QElapsedTimer timer;
    timer.start();
    for (auto &future : futures)
        backends << cellOf(future.get());
    QCOMPARE(backends.size(), 20);
    // One after the other would sleep 6 s; side by side they sleep together.
    QVERIFY2(timer.elapsed() < 5'000, qPrintable(QString::number(timer.elapsed())));
}

void TestPgPool::endingThePoolAnswersEveryone()
{
    std::future<Outcome> running;
    std::future<Outcome> waiting;
    {
        pg::Pool pool(1);
        running = ask(pool, socketTarget(), batchOf({"SELECT pg_sleep(1)"}));
        waiting = ask(pool, socketTarget(), batchOf({"SELECT 2"}));
    }
    QCOMPARE(running.get().error().kind, ErrorKind::Cancelled);
    QCOMPARE(waiting.get().error().kind, ErrorKind::Cancelled);
}

void TestPgPool::endedPoolLeavesNoStatementBehind()
{
    {
        pg::Pool pool(1);
        pg::Batch batch = batchOf({"SELECT pg_sleep(63)"});
        batch.statementTimeout = 120s;
        ask(pool, socketTarget(), batch);
        QTRY_COMPARE(running("pg_sleep(63)"), "1");
    }
    QTRY_COMPARE_WITH_TIMEOUT(running("pg_sleep(63)"), "0", 15'000);
}

void TestPgPool::throughATunnel()
{
    SocketTunnel tunnel;
    pg::Pool pool(1, {}, testSecret);
    pg::Target target
        = targetOf(QStringLiteral("host=db.internal port=%1 user=postgres dbname=postgres").arg(m_cluster.port()),
                   QStringLiteral("test:") + PgCluster::password);
    target.tunnel = tunnel.function();
    target.tunnelKey = QStringLiteral("web1");
    const Outcome outcome = answerOf(pool, target, batchOf({"SELECT 5"}));
    QCOMPARE(cellOf(outcome), "5");
    QCOMPARE(tunnel.lastHost(), QStringLiteral("db.internal"));
    QCOMPARE(tunnel.lastPort.load(), m_cluster.port());
    QCOMPARE(outcome->session.peer, QStringLiteral("main at db.internal:%1 (primary)").arg(m_cluster.port()));
    QCOMPARE(cellOf(answerOf(pool, target, batchOf({"SELECT 6"}))), "6");
    QCOMPARE(tunnel.joined.load(), 1);
}

void TestPgPool::cancelThroughATunnel()
{
    SocketTunnel tunnel;
    pg::Pool pool(1, {}, testSecret);
    pg::Target target = targetOf(m_cluster.dsn(), QStringLiteral("test:") + PgCluster::password);
    target.tunnel = tunnel.function();
    target.tunnelKey = QStringLiteral("web1");
    pg::Batch batch = batchOf({"SELECT pg_sleep(62)"});
    batch.statementTimeout = 120s;
    RequestId id = 0;
    auto sleeping = ask(pool, target, batch, &id);
    QTRY_COMPARE(running("pg_sleep(62)"), "1");
    pool.cancel(id);
    QCOMPARE(sleeping.get().error().kind, ErrorKind::Cancelled);
    QTRY_COMPARE(running("pg_sleep(62)"), "0");
    QTRY_COMPARE(tunnel.joined.load(), 2);
}

void TestPgPool::refusingTunnelSaysWhy()
{
    SocketTunnel tunnel;
    tunnel.refuses = true;
    pg::Pool pool(1, {}, testSecret);
    pg::Target target = targetOf(m_cluster.dsn(), QStringLiteral("test:") + PgCluster::password);
    target.tunnel = tunnel.function();
    const Outcome outcome = answerOf(pool, target, batchOf({"SELECT 5"}));
    QCOMPARE(outcome.error().text, QStringLiteral("web1 cannot reach the database"));
}

void TestPgPool::nothingLeaks()
{
    const auto round = [this] {
        SocketTunnel tunnel;
        pg::Pool pool(3, {}, testSecret);
        pg::Target target = targetOf(m_cluster.dsn(), QStringLiteral("test:") + PgCluster::password);
        QCOMPARE(cellOf(answerOf(pool, target, batchOf({"SELECT 1"}))), "1");
        target.tunnel = tunnel.function();
        target.tunnelKey = QStringLiteral("web1");
        QCOMPARE(cellOf(answerOf(pool, target, batchOf({"SELECT 1"}))), "1");
        QVERIFY(
            !answerOf(pool, targetOf(QStringLiteral("host=127.0.0.1 port=1 user=x dbname=x")), batchOf({"SELECT 1"})));
    };
    round(); // what libraries open once and keep
    const qsizetype before = openDescriptors();
    for (int i = 0; i < 5; ++i)
        round();
    // Fewer is possible: an earlier test's last tunnel may have closed meanwhile.
    QTRY_VERIFY2_WITH_TIMEOUT(openDescriptors() <= before, qPrintable(QString::number(before)), 15'000);
    QTRY_COMPARE_WITH_TIMEOUT(
        m_cluster.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'taffrail'"), "0", 15'000);
}

QTEST_GUILESS_MAIN(TestPgPool)
#include "tst_pgpool.moc"
