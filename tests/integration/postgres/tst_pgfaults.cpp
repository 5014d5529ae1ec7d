// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgasking.h"
#include "pgfixture.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::tests;
using namespace std::chrono_literals;

namespace {

/// The links as observers saw them, safe to read from the test's thread.
class LinkNotes {
public:
    explicit LinkNotes(pg::Pool &pool)
    {
        pool.onLink([notes = m_notes](const QString &, const Link &link) {
            const std::lock_guard lock(notes->mutex);
            notes->links.push_back(link);
        });
    }
    Link last() const
    {
        const std::lock_guard lock(m_notes->mutex);
        return m_notes->links.empty() ? Link() : m_notes->links.back();
    }

private:
    struct Notes {
        std::mutex mutex;
        std::vector<Link> links;
    };
    std::shared_ptr<Notes> m_notes = std::make_shared<Notes>();
};

/// A port that takes connections and never says a word.
class SilentPort {
public:
    SilentPort() : m_descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof(address);
        bind(m_descriptor, reinterpret_cast<sockaddr *>(&address), length);
        listen(m_descriptor, 8);
        getsockname(m_descriptor, reinterpret_cast<sockaddr *>(&address), &length);
        port = ntohs(address.sin_port);
    }
    ~SilentPort() { close(m_descriptor); }
    int port = 0;

private:
    int m_descriptor;
};

} // namespace

/// Servers that hang, die, come back or are not what they were.
class TestPgFaults : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void hangingBackendCostsOnlyItself();
    void silentPort();
    void secondHostIsTried();
    void killedInMidQueryThenBack();
    void terminatedBackendSaysSo();
    void idleLossIsNoticedAtOnce();
    void backOffAnswersAtOnceUntilWoken();
    void wakeAsksAgainWhatWasUnderWay();
    void standby();
    void promotedStandbyIsSeen();

private:
    pg::Target target() const { return targetOf(m_cluster.socketDsn()); }
    PgCluster m_cluster;
    PgCluster m_standby;
};

void TestPgFaults::initTestCase()
{
    QVERIFY2(m_cluster.create({QStringLiteral("max_wal_senders = 4")}), m_cluster.log().constData());
}

void TestPgFaults::hangingBackendCostsOnlyItself()
{
    pg::Pool pool(1);
    const pg::Target hung = target();
    pg::Target other = target();
    other.spec.dsn += QStringLiteral(" fallback_application_name=other");
    const pid_t backend = pid_t(cellOf(answerOf(pool, hung, batchOf({"SELECT pg_backend_pid()"}))).toInt());
    QVERIFY(backend > 0);
    QCOMPARE(cellOf(answerOf(pool, other, batchOf({"SELECT 1"}))), "1");
    kill(backend, SIGSTOP);
    pg::Batch batch = batchOf({"SELECT 1"});
    batch.deadline = 700ms;
    auto waiting = ask(pool, hung, batch);
    for (int i = 0; i < 20; ++i)
        QCOMPARE(cellOf(answerOf(pool, other, batchOf({"SELECT 1"}))), "1");
    QVERIFY(waiting.wait_for(0s) == std::future_status::timeout);
    const Outcome outcome = waiting.get();
    kill(backend, SIGCONT);
    QCOMPARE(outcome.error().kind, ErrorKind::Timeout);
    QVERIFY2(outcome.error().text.contains(QLatin1String("did not answer within 700 ms")),
             qPrintable(outcome.error().text));
    pool.wake();
    QCOMPARE(cellOf(answerOf(pool, hung, batchOf({"SELECT 1"}))), "1");
}

void TestPgFaults::silentPort()
{
    const SilentPort silent;
    pg::Pool pool(1);
    const LinkNotes notes(pool);
    const QString dsn = QStringLiteral("host=127.0.0.1 port=%1 user=x dbname=x ").arg(silent.port);
    const Outcome limited = answerOf(pool, targetOf(dsn + QStringLiteral("connect_timeout=1")), batchOf({"SELECT 1"}));
    QCOMPARE(limited.error().kind, ErrorKind::Unreachable);
    QVERIFY2(limited.error().text.contains(QLatin1String("took the connection, but PostgreSQL did not answer")),
             qPrintable(limited.error().text));
    QTRY_COMPARE(notes.last().state, LinkState::Down);
    pg::Batch hasty = batchOf({"SELECT 1"});
    hasty.deadline = 200ms;
    const Outcome late = answerOf(pool, targetOf(dsn), hasty);
    QCOMPARE(late.error().kind, ErrorKind::Timeout);
    QCOMPARE(late.error().step, QStringLiteral("connect"));
}

void TestPgFaults::secondHostIsTried()
{
    pg::Pool pool(1, {}, testSecret);
    const QString dsn
        = QStringLiteral("host=127.0.0.1,127.0.0.1 port=1,%1 user=postgres dbname=postgres").arg(m_cluster.port());
    const Outcome outcome = answerOf(pool, targetOf(dsn, QStringLiteral("test:sesame")), batchOf({"SELECT 1"}));
    QCOMPARE(cellOf(outcome), "1");
    QVERIFY(outcome->session.peer.contains(QString::number(m_cluster.port())));
}

void TestPgFaults::killedInMidQueryThenBack()
{
    pg::Pool pool(1);
    const LinkNotes notes(pool);
    QCOMPARE(cellOf(answerOf(pool, target(), batchOf({"SELECT 1"}))), "1");
    pg::Batch batch = batchOf({"SELECT 1", "SELECT pg_sleep(30)"});
    batch.statementTimeout = 60s; // a session of its own
    batch.deadline = 60s;
    auto sleeping = ask(pool, target(), batch);
    QTRY_COMPARE(m_cluster.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%'"), "1");
    m_cluster.stop(SIGQUIT);
    const Outcome lost = sleeping.get();
    QCOMPARE(cellOf(lost, 0), "1"); // what was answered stays
    QCOMPARE(lost->results[1].error().kind, ErrorKind::ConnectionLost);
    QTRY_COMPARE(notes.last().state, LinkState::Down);
    const Outcome gone = answerOf(pool, target(), batchOf({"SELECT 1"}));
    QVERIFY2(gone.error().kind == ErrorKind::Unreachable, qPrintable(sentence(gone.error())));
    QVERIFY2(m_cluster.start(), m_cluster.log().constData());
    pool.wake();
    QCOMPARE(cellOf(answerOf(pool, target(), batchOf({"SELECT 2"}))), "2");
    QTRY_COMPARE(notes.last().state, LinkState::Up);
    QVERIFY(notes.last().peer.endsWith(QLatin1String("(primary)")));
}

void TestPgFaults::terminatedBackendSaysSo()
{
    pg::Pool pool(1);
    QVERIFY(answerOf(pool, target(), batchOf({"SELECT 1"})));
    pg::Batch batch = batchOf({"SELECT pg_sleep(2.5)"});
    batch.statementTimeout = 3s;
    auto sleeping = ask(pool, target(), batch);
    QTRY_COMPARE(m_cluster.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(2.5)%'"),
                 "1");
    m_cluster.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(2.5)%'");
    const Outcome outcome = sleeping.get();
    QCOMPARE(outcome.error().kind, ErrorKind::ConnectionLost);
    QVERIFY2(outcome.error().text.contains(QLatin1String("terminating connection due to administrator command")),
             qPrintable(outcome.error().text));
    QCOMPARE(cellOf(answerOf(pool, target(), batchOf({"SELECT 1"}))), "1"); // the first loss costs no pause
}

void TestPgFaults::idleLossIsNoticedAtOnce()
{
    pg::Pool pool(1);
    const LinkNotes notes(pool);
    const QByteArray backend = cellOf(answerOf(pool, target(), batchOf({"SELECT pg_backend_pid()"})));
    QTRY_COMPARE(notes.last().state, LinkState::Up);
    m_cluster.execute("SELECT pg_terminate_backend(" + backend + ")");
    QTRY_COMPARE(notes.last().state, LinkState::Down);
    QCOMPARE(notes.last().error->kind, ErrorKind::ConnectionLost);
    QVERIFY(cellOf(answerOf(pool, target(), batchOf({"SELECT pg_backend_pid()"}))) != backend);
}

void TestPgFaults::backOffAnswersAtOnceUntilWoken()
{
    const int port = freePort();
    pg::Pool pool(1);
    const LinkNotes notes(pool);
    const pg::Target absent = targetOf(QStringLiteral("host=127.0.0.1 port=%1 user=x dbname=x").arg(port));
    const Outcome first = answerOf(pool, absent, batchOf({"SELECT 1"}));
    QCOMPARE(first.error().kind, ErrorKind::Unreachable);
    QTRY_VERIFY(notes.last().retryAt.isValid());
    QVERIFY(notes.last().retryAt > QDateTime::currentDateTimeUtc().addMSecs(-200));
    QCOMPARE(answerOf(pool, absent, batchOf({"SELECT 1"})).error(), first.error());
}

void TestPgFaults::wakeAsksAgainWhatWasUnderWay()
{
    pg::Pool pool(1);
    auto asleep = ask(pool, target(), batchOf({"SELECT pg_backend_pid() FROM pg_sleep(0.7)"}));
    const QByteArray count = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE "
                             "'%pg_sleep(0.7)%' AND pid <> pg_backend_pid()";
    QTRY_COMPARE(m_cluster.value(count), "1");
    pool.wake();
    QVERIFY(cellOf(asleep.get()).toInt() > 0);
}

void TestPgFaults::standby()
{
    QVERIFY2(m_standby.createStandbyOf(m_cluster), m_standby.log().constData());
    pg::Pool pool(1, {}, testSecret);
    const Outcome outcome = answerOf(pool, targetOf(m_standby.socketDsn()),
                                     batchOf({"SELECT pg_is_in_recovery()", "CREATE TABLE public.x (id int)"}));
    QCOMPARE(cellOf(outcome), "t");
    QVERIFY(outcome->session.inRecovery);
    QVERIFY(outcome->session.peer.endsWith(QLatin1String("(standby)")));
    QCOMPARE(outcome->session.systemId.toLatin1(),
             m_cluster.value("SELECT system_identifier FROM pg_control_system()"));
    QCOMPARE(outcome->results[1].error().kind, ErrorKind::Denied);

    const QString both
        = QStringLiteral("host=127.0.0.1,127.0.0.1 port=%1,%2 user=postgres dbname=postgres target_session_attrs=")
              .arg(QString::number(m_standby.port()), QString::number(m_cluster.port()));
    for (const auto &[kind, port] :
         {std::pair("primary", m_cluster.port()), std::pair("standby", m_standby.port()),
          std::pair("prefer-standby", m_standby.port()), std::pair("any", m_standby.port())}) {
        const Outcome chosen = answerOf(pool, targetOf(both + QLatin1String(kind), QStringLiteral("test:sesame")),
                                        batchOf({"SELECT 1"}));
        QVERIFY2(chosen, chosen ? "" : qPrintable(sentence(chosen.error())));
        QVERIFY2(chosen->session.peer.contains(QString::number(port)), kind);
    }
}

void TestPgFaults::promotedStandbyIsSeen()
{
    pg::Pool pool(1);
    QVERIFY(answerOf(pool, targetOf(m_standby.socketDsn()), batchOf({"SELECT 1"}))->session.inRecovery);
    m_standby.execute("SELECT pg_promote()");
    QTRY_VERIFY(!answerOf(pool, targetOf(m_standby.socketDsn()), batchOf({"SELECT 1"}))->session.inRecovery);
}

QTEST_GUILESS_MAIN(TestPgFaults)
#include "tst_pgfaults.moc"
