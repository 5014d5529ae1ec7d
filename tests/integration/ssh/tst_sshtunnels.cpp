// SPDX-License-Identifier: GPL-3.0-or-later
#include "sshdfixture.h"

#include <thread>

using namespace taffrail;
using namespace taffrail::test;
using namespace std::chrono_literals;

namespace {

/// Sends back what it gets, on a thread of its own; ends with the object.
class Echo {
public:
    Echo()
    {
        sockaddr_in name{};
        m_listener = Sshd::bindTo(QStringLiteral("127.0.0.1"), 0, name);
        ::listen(m_listener, 16);
        m_port = ntohs(name.sin_port);
        m_thread = std::thread([this] { serve(); });
    }
    ~Echo()
    {
        ::shutdown(m_listener, SHUT_RDWR);
        m_thread.join();
        ::close(m_listener);
    }
    Q_DISABLE_COPY_MOVE(Echo)
    int port() const { return m_port; }

private:
    void serve() const
    {
        for (;;) {
            const int fd = ::accept(m_listener, nullptr, nullptr);
            if (fd < 0)
                return;
            char block[65536];
            for (ssize_t got = 0; (got = ::read(fd, block, sizeof block)) > 0;) {
                for (ssize_t at = 0; at < got;)
                    at += std::max<ssize_t>(0, ::send(fd, block + at, std::size_t(got - at), MSG_NOSIGNAL));
            }
            ::close(fd);
        }
    }
    int m_listener = -1;
    int m_port = 0;
    std::thread m_thread;
};

QByteArray readAll(int fd)
{
    QByteArray all;
    char block[65536];
    for (ssize_t got = 0; (got = ::read(fd, block, sizeof block)) > 0;)
        all.append(block, got);
    return all;
}

} // namespace

class TestSshTunnels : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_server = std::make_unique<Sshd>();
        m_pool = std::make_unique<ssh::Pool>(m_server->settings());
    }
    void cleanupTestCase()
    {
        m_pool.reset();
        m_server.reset();
    }

    // --- files ---

    void readsFiles_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {0, 1, 32'767, 32'768, 32'769, 262'144, 5'000'000})
            QTest::addRow("%d", size) << size;
    }
    void readsFiles()
    {
        QFETCH(int, size);
        QByteArray content(size, 0);
        for (int i = 0; i < size; ++i)
            content[i] = char((i * 31) ^ (i >> 9));
        m_server->write(QStringLiteral("file"), content);
        const auto reply = readFile(m_server->path(QStringLiteral("file")), 8'000'000);
        QVERIFY2(reply, describe(reply));
        QVERIFY(*reply == content);
    }

    void readsWhatHasNoSize()
    {
        const auto reply = readFile(QStringLiteral("/proc/self/status"), 100'000);
        QVERIFY2(reply, describe(reply));
        QVERIFY(reply->contains("VmRSS"));
    }

    void saysWhyNot_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<qint64>("limit");
        QTest::addColumn<int>("kind");
        m_server->write(QStringLiteral("big"), QByteArray(100'000, 'x'));
        ::mkfifo(QFile::encodeName(m_server->path(QStringLiteral("pipe"))).constData(), 0600);
        // clang-format off
        QTest::newRow("missing") << m_server->path(QStringLiteral("nothing")) << qint64(1000) << int(ErrorKind::NotFound);
        QTest::newRow("too large") << m_server->path(QStringLiteral("big")) << qint64(99'999) << int(ErrorKind::TooLarge);
        QTest::newRow("too large without a size") << QStringLiteral("/proc/self/status") << qint64(10) << int(ErrorKind::TooLarge);
        QTest::newRow("folder") << m_server->path(QString()) << qint64(1000) << int(ErrorKind::BadData);
        QTest::newRow("pipe") << m_server->path(QStringLiteral("pipe")) << qint64(1000) << int(ErrorKind::Unsupported);
        QTest::newRow("device") << QStringLiteral("/dev/zero") << qint64(1000) << int(ErrorKind::Unsupported);
        QTest::newRow("denied") << deniedFile() << qint64(1000) << int(ErrorKind::Denied);
        // clang-format on
    }
    void saysWhyNot()
    {
        QFETCH(QString, path);
        QFETCH(qint64, limit);
        QFETCH(int, kind);
        const auto reply = readFile(path, limit);
        QVERIFY(!reply);
        QVERIFY2(int(reply.error().kind) == kind, describe(reply));
        QCOMPARE(reply.error().step, QStringLiteral("read file"));
        QVERIFY(readFile(m_server->path(QStringLiteral("big")), 100'000));
    }

    void noSftp_data()
    {
        QTest::addColumn<QByteArray>("program");
        QTest::newRow("not offered") << QByteArray();
        QTest::newRow("not installed") << QByteArray("/nonexistent/sftp-server");
        QTest::newRow("prints text") << QByteArray("/bin/echo Welcome to this machine");
    }
    void noSftp()
    {
        QFETCH(QByteArray, program);
        Sshd::Options options;
        options.sftp = program;
        const Sshd server(options);
        ssh::Pool pool(server.settings());
        Pending<QByteArray> pending;
        pool.readFile(server.endpoint(), QStringLiteral("/etc/hostname"), 1000, 10s, pending.done());
        const auto reply = pending.get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().step, QStringLiteral("read file"));
    }

    // --- streams ---

    void forwardsBothWays()
    {
        const Echo echo;
        int ends[2];
        QCOMPARE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        const auto open = forward(*m_pool, m_server->endpoint(), QStringLiteral("127.0.0.1"), echo.port(), ends[1]);
        QVERIFY2(open, describe(open));
        // More than every window and buffer on the way, so that both directions have to wait for each other.
        const QByteArray sent(20'000'000, 'y');
        std::thread writer([&] {
            for (qsizetype at = 0; at < sent.size();)
                at += std::max<ssize_t>(0, ::write(ends[0], sent.constData() + at, std::size_t(sent.size() - at)));
            ::shutdown(ends[0], SHUT_WR);
        });
        const QByteArray got = readAll(ends[0]);
        writer.join();
        ::close(ends[0]);
        QVERIFY2(got == sent, QByteArray::number(got.size()));
    }

    void aClosedEndEndsTheOther()
    {
        const Echo echo;
        int ends[2];
        QCOMPARE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        QVERIFY(forward(*m_pool, m_server->endpoint(), QStringLiteral("127.0.0.1"), echo.port(), ends[1]));
        QCOMPARE(::write(ends[0], "hello", 5), 5);
        char back[5];
        QCOMPARE(::recv(ends[0], back, 5, MSG_WAITALL), 5);
        m_server->killSessions();
        QCOMPARE(readAll(ends[0]), QByteArray());
        ::close(ends[0]);
    }

    void nothingListensThere()
    {
        int ends[2];
        QCOMPARE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        const auto open = forward(*m_pool, m_server->endpoint(), QStringLiteral("127.0.0.1"),
                                  Sshd::freePort(QStringLiteral("127.0.0.1")), ends[1]);
        QVERIFY(!open);
        QCOMPARE(open.error().step, QStringLiteral("forward"));
        QCOMPARE(open.error().kind, ErrorKind::Unreachable);
        QCOMPARE(readAll(ends[0]), QByteArray()); // the descriptor was closed
        ::close(ends[0]);
    }

    // --- jumps ---

    void throughTwoHops()
    {
        const Chain chain;
        ssh::Pool pool(chain.settings);
        const auto reply = startExec(pool, chain.endpoint,
                                     "echo $SSH_CONNECTION; head -c 3000000 /dev/zero | tr '\\0' x", 20s, 4'000'000)
                               .get();
        QVERIFY2(reply, describe(reply));
        QVERIFY2(reply->out.contains(' ' + QByteArray::number(chain.last.port()) + '\n'), reply->out.left(80));
        QVERIFY(reply->out.size() > 3'000'000);
        QCOMPARE(pool.connectionCount(), 3);
        const auto again = startProbe(pool, chain.endpoint, "echo probed").get();
        QVERIFY2(again, describe(again));
        QCOMPARE(chain.first.sessionCount(), 1);
    }

    void everyHopIsVerified_data()
    {
        QTest::addColumn<int>("unknownHop");
        QTest::newRow("first") << 0;
        QTest::newRow("second") << 1;
        QTest::newRow("target") << 2;
    }
    void everyHopIsVerified()
    {
        QFETCH(int, unknownHop);
        const Chain chain;
        QByteArray known;
        int hop = 0;
        for (const Sshd *server : {&chain.first, &chain.second, &chain.last}) {
            if (hop++ != unknownHop)
                known += server->knownHostsLine();
        }
        chain.first.write(QStringLiteral("known_hosts"), known);
        ssh::Pool pool(chain.settings);
        const auto reply = startExec(pool, chain.endpoint, "true").get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::HostKeyUnknown);
    }

    void aBrokenJumpHostIsNamed()
    {
        Chain chain;
        chain.second.stop();
        ssh::Pool pool(chain.settings);
        const auto reply = startExec(pool, chain.endpoint, "true").get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::Unreachable);
        QVERIFY2(reply.error().text.contains(QString::number(chain.second.port())), describe(reply));
    }

    void aCutBastionIsNoticedBehindIt()
    {
        const Chain chain;
        ssh::Pool pool(chain.settings);
        QVERIFY(startExec(pool, chain.endpoint, "true").get());
        const auto pending = startProbe(pool, chain.endpoint, "sleep 30", 60s);
        const auto running = startExec(pool, chain.endpoint, "echo begun; sleep 30", 60s);
        QTRY_VERIFY(chain.last.sessionCount() == 1 && pool.connectionCount() == 3);
        QVERIFY(startExec(pool, chain.endpoint, "true").get()); // the two above are under way by now
        chain.first.killSessions();
        QCOMPARE(pending.get().error().kind, ErrorKind::ConnectionLost);
        QCOMPARE(running.get().error().kind, ErrorKind::OutcomeUnknown);
        QTRY_COMPARE(pool.connectionCount(), 0);
        pool.wake();
        const auto again = startExec(pool, chain.endpoint, "echo again").get();
        QVERIFY2(again, describe(again));
    }

    void manyHostsThroughOneBastion()
    {
        Sshd::Options options;
        options.extraConfig = "MaxStartups 8:100:8"; // more sign-ins at once are dropped
        options.clientKey = m_server->clientKey();
        const Sshd bastion(options);
        for (int i = 2; i <= 15; ++i) // sshd listens on 16 addresses at most
            options.extraConfig += "\nListenAddress 127.0.0." + QByteArray::number(i);
        const Sshd inner(options);
        ssh::Settings settings = bastion.settings();
        settings.acceptNewHostKeys = true;
        // The configured key serves the jump host, which has no identity file of its own in the inventory.
        bastion.write(QStringLiteral("ssh_config"),
                      "Host *\n  IdentityAgent none\n  IdentityFile " + m_server->clientKey().toUtf8() + '\n');
        ssh::Pool pool(settings);
        std::vector<Pending<ExecReply>> all;
        for (int i = 0; i < 15; ++i) {
            ssh::Endpoint endpoint = inner.endpoint();
            endpoint.spec.alias = QStringLiteral("127.0.0.%1").arg(1 + i);
            endpoint.spec.jump = {QStringLiteral("%1@127.0.0.1:%2").arg(Sshd::currentUser()).arg(bastion.port())};
            all.push_back(startExec(pool, endpoint, "echo " + QByteArray::number(i)));
        }
        for (int i = 0; i < 15; ++i) {
            const auto reply = all[std::size_t(i)].get();
            QVERIFY2(reply, describe(reply));
            QCOMPARE(reply->out.trimmed().toInt(), i);
        }
        QCOMPARE(pool.connectionCount(), 16);
    }

private:
    struct Chain {
        Sshd first{with(QStringLiteral("127.0.0.1"), {})};
        Sshd second{with(QStringLiteral("127.0.0.2"), first.clientKey())};
        Sshd last{with(QStringLiteral("127.0.0.3"), first.clientKey())};
        ssh::Settings settings = first.settings();
        ssh::Endpoint endpoint = last.endpoint();

        Chain()
        {
            first.write(QStringLiteral("known_hosts"),
                        first.knownHostsLine() + second.knownHostsLine() + last.knownHostsLine());
            first.write(QStringLiteral("ssh_config"),
                        "Host *\n  IdentityAgent none\n  IdentityFile " + first.clientKey().toUtf8() + '\n');
            endpoint.spec.jump = {hop(first), hop(second)};
        }
        static QString hop(const Sshd &server)
        {
            return QStringLiteral("%1@%2:%3")
                .arg(Sshd::currentUser(), server.address(), QString::number(server.port()));
        }
        static Sshd::Options with(const QString &address, const QString &clientKey)
        {
            Sshd::Options options;
            options.address = address;
            options.clientKey = clientKey;
            return options;
        }
    };

    /// A file that the signed-in user can't read: root is refused by the kernel only where nobody may write.
    QString deniedFile() const
    {
        if (geteuid() == 0)
            return QStringLiteral("/proc/sys/net/ipv4/route/flush"); // write-only, for root too
        const QString path = m_server->path(QStringLiteral("secret"));
        m_server->write(QStringLiteral("secret"), "x");
        ::chmod(QFile::encodeName(path).constData(), 0);
        return path;
    }
    Result<QByteArray> readFile(const QString &path, qint64 limit)
    {
        Pending<QByteArray> pending;
        m_pool->readFile(m_server->endpoint(), path, limit, 20s, pending.done());
        return pending.get();
    }
    static Result<bool> forward(ssh::Pool &pool, const ssh::Endpoint &endpoint, const QString &host, int port, int fd)
    {
        Pending<bool> pending;
        pool.forward(endpoint, host, port, fd, 20s, pending.done());
        return pending.get();
    }

    std::unique_ptr<Sshd> m_server;
    std::unique_ptr<ssh::Pool> m_pool;
};

QTEST_GUILESS_MAIN(TestSshTunnels)
#include "tst_sshtunnels.moc"
