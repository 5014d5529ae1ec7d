// SPDX-License-Identifier: GPL-3.0-or-later
#include "sshdfixture.h"

#include <QMutex>
#include <QRegularExpression>

#include <fcntl.h>
#include <netinet/tcp.h>

#include <thread>

using namespace taffrail;
using namespace taffrail::test;
using namespace std::chrono_literals;

namespace {

/// Accepts connections, says `greeting`, then nothing more.
class FakeServer {
public:
    explicit FakeServer(QByteArray greeting, bool closes = false) : m_greeting(std::move(greeting)), m_closes(closes)
    {
        sockaddr_in name{};
        m_listener = Sshd::bindTo(QStringLiteral("127.0.0.1"), 0, name);
        ::listen(m_listener, 16);
        m_port = ntohs(name.sin_port);
        m_thread = std::thread([this] { serve(); });
    }
    ~FakeServer()
    {
        ::shutdown(m_listener, SHUT_RDWR);
        m_thread.join();
        ::close(m_listener);
        for (const int fd : m_open)
            ::close(fd);
    }
    Q_DISABLE_COPY_MOVE(FakeServer)
    int port() const { return m_port; }

private:
    void serve()
    {
        for (;;) {
            const int fd = ::accept(m_listener, nullptr, nullptr);
            if (fd < 0)
                return;
            if (!m_greeting.isEmpty())
                ::send(fd, m_greeting.constData(), std::size_t(m_greeting.size()), MSG_NOSIGNAL);
            if (m_closes)
                ::close(fd);
            else
                m_open.push_back(fd);
        }
    }
    QByteArray m_greeting;
    bool m_closes;
    int m_listener = -1;
    int m_port = 0;
    std::vector<int> m_open;
    std::thread m_thread;
};

int entries(const char *folder)
{
    return int(
        QDir(QString::fromLatin1(folder)).entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot).size());
}

} // namespace

class TestSshFaults : public QObject {
    Q_OBJECT

private slots:
    void init() { m_server = std::make_unique<Sshd>(); }
    void cleanup() { m_server.reset(); }

    void aServerKilledInMidAnswer()
    {
        ssh::Pool pool(m_server->settings());
        const QByteArray flag = QFile::encodeName(m_server->path(QStringLiteral("begun")));
        const auto pending = startExec(pool, m_server->endpoint(), "echo first; : > " + flag + "; sleep 30", 60s);
        QTRY_VERIFY(QFile::exists(QFile::decodeName(flag)));
        m_server->stop();
        const auto reply = pending.get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::OutcomeUnknown);
        QCOMPARE(reply.error().step, QStringLiteral("run"));

        const auto refused = startExec(pool, m_server->endpoint(), "true").get();
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Unreachable);
        QElapsedTimer clock;
        clock.start();
        const auto atOnce = startExec(pool, m_server->endpoint(), "true").get(); // in back-off: no new try
        QVERIFY(!atOnce);
        QCOMPARE(atOnce.error().kind, ErrorKind::Unreachable);
        QVERIFY2(atOnce.error().hint.contains(QStringLiteral("Tried again in")), describe(atOnce));

        m_server->start();
        pool.wake(); // no more back-off
        const auto back = startExec(pool, m_server->endpoint(), "echo back").get();
        QVERIFY2(back, describe(back));
    }

    void aNewTryComesByItselfAfterTheBackOff()
    {
        ssh::Pool pool(m_server->settings());
        m_server->stop();
        QVERIFY(!startExec(pool, m_server->endpoint(), "true").get());
        m_server->start();
        QTRY_VERIFY_WITH_TIMEOUT(startExec(pool, m_server->endpoint(), "true").get(), 10'000);
    }

    void saysWhichStepFailed_data()
    {
        QTest::addColumn<QByteArray>("greeting");
        QTest::addColumn<bool>("closes");
        QTest::addColumn<QString>("step");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("words");
        // clang-format off
        QTest::newRow("silent port") << QByteArray() << false << QStringLiteral("banner") << int(ErrorKind::Unreachable) << QStringLiteral("said nothing");
        QTest::newRow("closes at once") << QByteArray() << true << QStringLiteral("banner") << int(ErrorKind::Unreachable) << QStringLiteral("without a word");
        QTest::newRow("MaxStartups") << QByteArray("Exceeded MaxStartups\r\n") << true << QStringLiteral("banner") << int(ErrorKind::Busy) << QStringLiteral("no more sign-ins");
        QTest::newRow("another protocol") << QByteArray("220 mail.example.com ESMTP\x1b[31m\r\n") << true << QStringLiteral("banner") << int(ErrorKind::Unreachable) << QStringLiteral("220 mail");
        QTest::newRow("hangs after its banner") << QByteArray("SSH-2.0-OpenSSH_9.2\r\n") << false << QStringLiteral("connect") << int(ErrorKind::Unreachable) << QStringLiteral("key exchange");
        QTest::newRow("closes after its banner") << QByteArray("SSH-2.0-OpenSSH_9.2\r\n") << true << QStringLiteral("connect") << int(ErrorKind::Unreachable) << QStringLiteral("key exchange");
        QTest::newRow("garbage after its banner") << QByteArray("SSH-2.0-x\r\n" + QByteArray(4000, '\xff')) << false << QStringLiteral("connect") << int(ErrorKind::Unreachable) << QStringLiteral("key exchange");
        QTest::newRow("endless line") << QByteArray(100'000, 'A') << false << QStringLiteral("banner") << int(ErrorKind::Unreachable) << QStringLiteral("AAAA");
        // clang-format on
    }
    void saysWhichStepFailed()
    {
        QFETCH(QByteArray, greeting);
        QFETCH(bool, closes);
        QFETCH(int, kind);
        QFETCH(QString, words);
        const FakeServer fake(greeting, closes);
        ssh::Settings settings = m_server->settings();
        settings.connectTimeout = 1s;
        ssh::Pool pool(settings);
        ssh::Endpoint endpoint = m_server->endpoint();
        endpoint.spec.port = fake.port();
        const auto reply = startExec(pool, endpoint, "true").get();
        QVERIFY(!reply);
        QVERIFY2(int(reply.error().kind) == kind, describe(reply));
        QTEST(reply.error().step, "step");
        QVERIFY2(reply.error().text.contains(words), describe(reply));
        QVERIFY2(!reply.error().text.contains(QChar(0x1b)), describe(reply));
        QVERIFY2(reply.error().subject.endsWith(QStringLiteral("@127.0.0.1:%1").arg(fake.port())), describe(reply));
    }

    void aRequestsOwnDeadlineSaysWhatItWaitedFor()
    {
        const FakeServer fake({});
        ssh::Pool pool(m_server->settings());
        ssh::Endpoint endpoint = m_server->endpoint();
        endpoint.spec.port = fake.port();
        const auto reply = startExec(pool, endpoint, "true", 500ms).get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::Timeout);
        QCOMPARE(reply.error().step, QStringLiteral("banner"));
    }

    void refusedPort()
    {
        ssh::Pool pool(m_server->settings());
        ssh::Endpoint endpoint = m_server->endpoint();
        endpoint.spec.port = Sshd::freePort(QStringLiteral("127.0.0.1"));
        const auto reply = startExec(pool, endpoint, "true").get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::Unreachable);
        QCOMPARE(reply.error().step, QStringLiteral("connect"));
        QVERIFY2(reply.error().text.contains(QStringLiteral("refused")), describe(reply));
    }

    void unknownName()
    {
        ssh::Pool pool(m_server->settings());
        ssh::Endpoint endpoint = m_server->endpoint();
        endpoint.spec.alias = QStringLiteral("no-such-host.invalid");
        const auto reply = startExec(pool, endpoint, "true").get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::NameNotFound);
        QCOMPARE(reply.error().step, QStringLiteral("resolve"));
    }

    void badAlias()
    {
        ssh::Pool pool(m_server->settings());
        ssh::Endpoint endpoint = m_server->endpoint();
        endpoint.spec.alias = QStringLiteral("-oProxyCommand=touch /tmp/x");
        const auto reply = startExec(pool, endpoint, "true").get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::BadConfig);
    }

    void aCircleOfJumpHosts()
    {
        ssh::Settings settings = m_server->settings();
        m_server->write(QStringLiteral("ssh_config"),
                        "Host a\n HostName 127.0.0.1\n ProxyJump b\nHost b\n HostName 127.0.0.1\n ProxyJump a\n");
        ssh::Pool pool(settings);
        ssh::Endpoint endpoint;
        endpoint.spec.alias = QStringLiteral("a");
        const auto reply = startExec(pool, endpoint, "true").get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::BadConfig);
    }

    void manySilentHostsHoldUpNobody()
    {
        const FakeServer fake({});
        ssh::Settings settings = m_server->settings();
        settings.connectTimeout = 3s;
        ssh::Pool pool(settings);
        std::vector<Pending<ExecReply>> silent;
        for (int i = 0; i < 40; ++i) {
            ssh::Endpoint endpoint = m_server->endpoint();
            endpoint.spec.port = fake.port();
            endpoint.spec.user = QStringLiteral("user%1").arg(i);
            silent.push_back(startExec(pool, endpoint, "true", 10s));
        }
        QElapsedTimer clock;
        clock.start();
        const auto reply = startExec(pool, m_server->endpoint(), "true").get();
        QVERIFY2(reply, describe(reply));
        QVERIFY2(!silent.front().isDone() || clock.elapsed() > 3'000, "the silent ones should still be waiting");
        for (const auto &each : silent)
            QVERIFY(!each.get());
    }

    void aStoppedServerIsNoticed()
    {
        ssh::Pool pool(m_server->settings());
        QVERIFY(startExec(pool, m_server->endpoint(), "true").get());
        m_server->signalSessions(SIGSTOP);
        pool.wake(); // as after sleep: each link has to show that it lives
        QTRY_VERIFY_WITH_TIMEOUT(pool.connectionCount() == 0, 12'000);
        const auto reply = startExec(pool, m_server->endpoint(), "echo fresh").get();
        QVERIFY2(reply, describe(reply));
        m_server->killSessions();
    }

    void aWarmLinkSurvivesWaking()
    {
        ssh::Pool pool(m_server->settings());
        QVERIFY(startExec(pool, m_server->endpoint(), "true").get());
        for (int i = 0; i < 3; ++i)
            pool.wake();
        // Longer than a link has to answer.
        QVERIFY(!QTest::qWaitFor([&pool] { return pool.connectionCount() != 1; }, 4'500));
        QVERIFY(startExec(pool, m_server->endpoint(), "true").get());
        QCOMPARE(int(m_server->log().count(QRegularExpression(QStringLiteral("Accepted publickey")))), 1);
    }

    void tellsHowTheLinkChanges()
    {
        ssh::Pool pool(m_server->settings());
        QMutex mutex;
        std::vector<ssh::LinkEvent> events;
        pool.onLink([&](const ssh::LinkEvent &event) {
            const QMutexLocker lock(&mutex);
            events.push_back(event);
        });
        QVERIFY(startExec(pool, m_server->endpoint(), "true").get());
        m_server->stop();
        QTRY_COMPARE(pool.connectionCount(), 0);
        QVERIFY(!startExec(pool, m_server->endpoint(), "true").get());
        const QMutexLocker lock(&mutex);
        QList<int> states;
        for (const ssh::LinkEvent &event : events) {
            QCOMPARE(event.key, ssh::Pool::keyOf(m_server->endpoint()));
            QCOMPARE(event.error.has_value(), event.state == LinkState::Down);
            states << int(event.state);
        }
        QCOMPARE(states,
                 (QList<int>{int(LinkState::Idle), int(LinkState::Connecting), int(LinkState::Up), int(LinkState::Down),
                             int(LinkState::Connecting), int(LinkState::Down)}));
        QVERIFY(events.back().retryAt > QDateTime::currentDateTimeUtc().addSecs(-5));
        QVERIFY(events.back().peer.contains(QString::number(m_server->port())));
    }

    void theSocketNoticesADeadPath()
    {
        // What makes the kernel report a silent path within 12 s, and what keeps a full buffer from blocking the
        // thread.
        ssh::Pool pool(m_server->settings());
        QVERIFY(startExec(pool, m_server->endpoint(), "true").get());
        int found = 0;
        for (const QString &entry :
             QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot)) {
            const int fd = entry.toInt();
            sockaddr_in peer{};
            socklen_t size = sizeof peer;
            if (::getpeername(fd, static_cast<sockaddr *>(static_cast<void *>(&peer)), &size) != 0
                || ntohs(peer.sin_port) != m_server->port())
                continue;
            ++found;
            QVERIFY((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
            QCOMPARE(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
            QCOMPARE(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
            QCOMPARE(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 5);
            QCOMPARE(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 2);
            QCOMPARE(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
            QCOMPARE(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 10'000);
        }
        QCOMPARE(found, 1);
    }

    void leaksNothing()
    {
        Sshd::Options options;
        for (int i = 2; i <= 10; ++i)
            options.extraConfig += "\nListenAddress 127.0.0." + QByteArray::number(i);
        const Sshd server(options);
        ssh::Settings settings = server.settings();
        settings.acceptNewHostKeys = true;
        ssh::Pool pool(settings);
        const auto cutTen = [&] {
            std::vector<Pending<ExecReply>> all;
            for (int i = 1; i <= 10; ++i) {
                ssh::Endpoint endpoint = server.endpoint();
                endpoint.spec.alias = QStringLiteral("127.0.0.%1").arg(i);
                all.push_back(startProbe(pool, endpoint, "true"));
            }
            for (const auto &each : all) {
                const auto reply = each.get();
                QVERIFY2(reply, describe(reply));
            }
            QCOMPARE(pool.connectionCount(), 10);
            server.killSessions();
            QTRY_COMPARE(pool.connectionCount(), 0);
            pool.wake();
        };
        cutTen();
        const int descriptors = entries("/proc/self/fd");
        for (int i = 0; i < 5; ++i)
            cutTen();
        QVERIFY2(entries("/proc/self/fd") <= descriptors, QByteArray::number(entries("/proc/self/fd")));
        // the network thread, and the two groups of workers at their most
        QVERIFY2(entries("/proc/self/task") <= 3 + 8 + 16, QByteArray::number(entries("/proc/self/task")));
    }

    void aPoolLeavesNothingOpen()
    {
        {
            ssh::Pool pool(m_server->settings());
            QVERIFY(startExec(pool, m_server->endpoint(), "true").get());
        }
        const int before = entries("/proc/self/fd");
        for (int i = 0; i < 5; ++i) {
            ssh::Pool pool(m_server->settings());
            QVERIFY(startExec(pool, m_server->endpoint(), "true").get());
            startProbe(pool, m_server->endpoint(), "sleep 20");
        }
        QCOMPARE(entries("/proc/self/fd"), before);
    }

private:
    static int option(int fd, int level, int name)
    {
        int value = -1;
        socklen_t size = sizeof value;
        getsockopt(fd, level, name, &value, &size);
        return value;
    }

    std::unique_ptr<Sshd> m_server;
};

QTEST_GUILESS_MAIN(TestSshFaults)
#include "tst_sshfaults.moc"
