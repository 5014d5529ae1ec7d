// SPDX-License-Identifier: GPL-3.0-or-later
#include "sshdfixture.h"

using namespace taffrail;
using namespace taffrail::test;
using namespace std::chrono_literals;

namespace {

/// Questions about host keys, held until the test answers.
class Questions {
public:
    std::function<void(const HostKeyQuestion &, std::function<void(QString)>)> function()
    {
        return [this](const HostKeyQuestion &, std::function<void(QString)> give) {
            const std::lock_guard lock(m_mutex);
            ++m_count;
            m_open.push_back(std::move(give));
        };
    }
    int count()
    {
        const std::lock_guard lock(m_mutex);
        return m_count;
    }
    void answer(const QString &fingerprint)
    {
        std::vector<std::function<void(QString)>> open;
        {
            const std::lock_guard lock(m_mutex);
            open.swap(m_open);
        }
        for (const auto &give : open)
            give(fingerprint);
    }

private:
    std::mutex m_mutex;
    std::vector<std::function<void(QString)>> m_open;
    int m_count = 0;
};

} // namespace

class TestSshHostKeys : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_server = std::make_unique<Sshd>(); }
    void cleanupTestCase() { m_server.reset(); }

    void knownIsSilent()
    {
        const auto reply = run(m_server->settings(), m_server->endpoint());
        QVERIFY2(reply, describe(reply));
    }

    void unknownWithNobodyThere()
    {
        const auto reply = run(unknown(), m_server->endpoint());
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::HostKeyUnknown);
        QCOMPARE(reply.error().step, QStringLiteral("host key"));
        QVERIFY2(reply.error().hint.contains(QStringLiteral("--accept-new-host-keys")), describe(reply));
        QVERIFY2(reply.error().hint.contains(m_server->fingerprint()), describe(reply));
        QVERIFY(knownHosts().isEmpty());
    }

    void unknownInProductionSaysHowToPin()
    {
        ssh::Settings settings = unknown();
        settings.acceptNewHostKeys = true; // never for production
        const auto reply = run(settings, production());
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::HostKeyUnknown);
        QVERIFY2(reply.error().hint.contains(QStringLiteral("\"host_key\": \"%1\"").arg(m_server->fingerprint())),
                 describe(reply));
        QVERIFY(knownHosts().isEmpty());
    }

    void acceptedOnRequestAndStored()
    {
        ssh::Settings settings = unknown();
        settings.acceptNewHostKeys = true;
        const auto reply = run(settings, m_server->endpoint());
        QVERIFY2(reply, describe(reply));
        QVERIFY(!knownHosts().isEmpty());
        settings.acceptNewHostKeys = false;
        const auto again = run(settings, production()); // known by now
        QVERIFY2(again, describe(again));
    }

    void asksAPerson_data()
    {
        QTest::addColumn<bool>("isProduction");
        QTest::addColumn<QString>("answer");
        QTest::addColumn<bool>("accepted");
        const QString real = m_server->fingerprint();
        // clang-format off
        QTest::newRow("confirmed") << false << real << true;
        QTest::newRow("confirmed, production") << true << real << true;
        QTest::newRow("pasted without its prefix") << true << QString(QLatin1Char(' ') + real.mid(7) + QLatin1Char('\n')) << true;
        QTest::newRow("refused") << false << QString() << false;
        QTest::newRow("refused, production") << true << QString() << false;
        QTest::newRow("another fingerprint") << false << QStringLiteral("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") << false;
        QTest::newRow("another fingerprint, production") << true << QStringLiteral("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") << false;
        QTest::newRow("a plain yes, production") << true << QStringLiteral("yes") << false;
        QTest::newRow("the prefix alone") << true << QStringLiteral("SHA256:") << false;
        // clang-format on
    }
    void asksAPerson()
    {
        QFETCH(bool, isProduction);
        QFETCH(QString, answer);
        QFETCH(bool, accepted);
        ssh::Settings settings = unknown();
        std::promise<HostKeyQuestion> asked;
        settings.asking.hostKey = [&asked, answer](const HostKeyQuestion &question, std::function<void(QString)> give) {
            asked.set_value(question);
            give(answer);
        };
        const auto reply = run(settings, isProduction ? production() : m_server->endpoint());
        QCOMPARE(bool(reply), accepted);
        const HostKeyQuestion question = asked.get_future().get();
        QCOMPARE(question.fingerprint, m_server->fingerprint());
        QCOMPARE(question.keyType, QStringLiteral("ssh-ed25519"));
        QCOMPARE(question.production, isProduction);
        QCOMPARE(question.host, QStringLiteral("[127.0.0.1]:%1").arg(m_server->port()));
        QCOMPARE(knownHosts().isEmpty(), !accepted);
        if (!accepted)
            QCOMPARE(reply.error().kind, ErrorKind::HostKeyUnknown);
    }

    void twoWhoAskAboutOneKeyAreOneQuestion_data()
    {
        QTest::addColumn<bool>("isFileWritable");
        QTest::newRow("stored") << true;
        QTest::newRow("not to be stored") << false;
    }
    void twoWhoAskAboutOneKeyAreOneQuestion()
    {
        QFETCH(bool, isFileWritable);
        Sshd::Options options;
        options.extraConfig = "LogLevel DEBUG1";
        const Sshd server(options);
        ssh::Settings settings = server.settings();
        server.write(QStringLiteral("known_hosts"), "");
        if (!isFileWritable)
            settings.knownHostsFiles = {QStringLiteral("/proc/taffrail/cannot/be/written")};
        Questions asked;
        settings.asking.hostKey = asked.function();
        ssh::Pool pool(settings);
        ssh::Endpoint other = server.endpoint();
        other.spec.user = QStringLiteral("somebody-else");
        auto first = startExec(pool, server.endpoint(), "true");
        auto second = startExec(pool, other, "true");
        const auto exchanges = [&] { return server.log().count(QStringLiteral("SSH2_MSG_NEWKEYS received")); };
        QTRY_COMPARE_WITH_TIMEOUT(exchanges(), 2, 10'000); // both have seen the key
        QTRY_COMPARE_WITH_TIMEOUT(asked.count(), 1, 10'000);
        asked.answer(server.fingerprint());
        const auto one = first.get();
        const auto two = second.get();
        QVERIFY2(one, describe(one));
        QCOMPARE(two.error().kind, ErrorKind::AuthRefused); // past the key: nobody has that name there
        QCOMPARE(asked.count(), 1);
        if (isFileWritable)
            QCOMPARE(Sshd::read(server.path(QStringLiteral("known_hosts"))).count('\n'), 1);
        // Somebody who comes later is not asked either, written or not; production is another matter.
        other.spec.user = QStringLiteral("yet-another");
        QCOMPARE(startExec(pool, other, "true").get().error().kind, ErrorKind::AuthRefused);
        QCOMPARE(asked.count(), 1);
    }

    void aPinDecidesAlone()
    {
        ssh::Endpoint endpoint = production();
        endpoint.spec.hostKey = m_server->fingerprint();
        const auto reply = run(unknown(), endpoint);
        QVERIFY2(reply, describe(reply));
        QVERIFY(knownHosts().isEmpty());

        endpoint.spec.hostKey = QStringLiteral("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        const auto wrong = run(m_server->settings(), endpoint); // although known_hosts has the key
        QVERIFY(!wrong);
        QVERIFY2(wrong.error().kind == ErrorKind::HostKeyChanged, describe(wrong));
        QVERIFY2(wrong.error().text.contains(m_server->fingerprint()), describe(wrong));
    }

    void thePinnedKeyMayBeOfAnotherType()
    {
        Sshd::Options options;
        const QString rsa = m_server->makeKey(QStringLiteral("second"), QStringLiteral("rsa"));
        options.extraConfig = "HostKey " + rsa.toUtf8();
        const Sshd both(options);
        ssh::Endpoint endpoint = both.endpoint();
        endpoint.spec.hostKey = Sshd::fingerprintOfFile(rsa + QStringLiteral(".pub"));
        ssh::Settings settings = both.settings();
        both.write(QStringLiteral("known_hosts"), "");
        const auto reply = run(settings, endpoint);
        QVERIFY2(reply, describe(reply));
    }

    void asksForTheKnownType()
    {
        // The server prefers another type than the one that known_hosts has.
        Sshd::Options options;
        const QString rsa = m_server->makeKey(QStringLiteral("third"), QStringLiteral("rsa"));
        options.extraConfig = "HostKey " + rsa.toUtf8();
        const Sshd both(options);
        ssh::Settings settings = both.settings();
        const QByteArrayList words = Sshd::read(rsa + QStringLiteral(".pub")).split(' ');
        both.write(QStringLiteral("known_hosts"),
                   "[127.0.0.1]:" + QByteArray::number(both.port()) + ' ' + words[0] + ' ' + words[1] + '\n');
        const auto reply = run(settings, both.endpoint());
        QVERIFY2(reply, describe(reply));
    }

    void changedIsRefused_data()
    {
        QTest::addColumn<QString>("keyType");
        QTest::addColumn<bool>("asking");
        QTest::newRow("same type") << QStringLiteral("ed25519") << false;
        QTest::newRow("same type, somebody would say yes") << QStringLiteral("ed25519") << true;
        QTest::newRow("known by another type only") << QStringLiteral("ecdsa") << true;
    }
    void changedIsRefused()
    {
        QFETCH(QString, keyType);
        QFETCH(bool, asking);
        ssh::Settings settings = m_server->settings();
        QTemporaryDir folder;
        QProcess::execute(QStringLiteral("ssh-keygen"),
                          {QStringLiteral("-q"), QStringLiteral("-t"), keyType, QStringLiteral("-N"), QString(),
                           QStringLiteral("-f"), folder.filePath(QStringLiteral("other"))});
        const QByteArrayList words = Sshd::read(folder.filePath(QStringLiteral("other.pub"))).split(' ');
        m_server->write(QStringLiteral("known_hosts"),
                        "[127.0.0.1]:" + QByteArray::number(m_server->port()) + ' ' + words[0] + ' ' + words[1] + '\n');
        settings.acceptNewHostKeys = true;
        if (asking)
            settings.asking.hostKey = [](const HostKeyQuestion &question, std::function<void(QString)> give) {
                give(question.fingerprint);
            };
        const auto reply = run(settings, m_server->endpoint());
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::HostKeyChanged);
        QCOMPARE(reply.error().step, QStringLiteral("host key"));
    }

    void changedDuringTheRunIsRefusedAlthoughAFileAllowsIt()
    {
        auto first = std::make_unique<Sshd>();
        Sshd::Options options;
        options.port = first->port();
        options.clientKey = first->clientKey();
        const ssh::Endpoint endpoint = first->endpoint();
        ssh::Settings settings = first->settings();
        ssh::Pool pool(settings);
        const auto before = startExec(pool, endpoint, "true").get();
        QVERIFY2(before, describe(before));
        first->stop();
        const Sshd second(options);
        first->write(QStringLiteral("known_hosts"), second.knownHostsLine());
        QTRY_VERIFY_WITH_TIMEOUT(pool.connectionCount() == 0, 5'000);
        pool.wake();
        const auto reply = startExec(pool, endpoint, "true").get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::HostKeyChanged);
    }

    void revokedIsRefusedEvenWhenPinned()
    {
        ssh::Settings settings = m_server->settings();
        m_server->write(QStringLiteral("known_hosts"),
                        "@revoked * " + m_server->knownHostsLine().split(' ').mid(1).join(' ')
                            + m_server->knownHostsLine());
        ssh::Endpoint endpoint = m_server->endpoint();
        endpoint.spec.hostKey = m_server->fingerprint();
        const auto reply = run(settings, endpoint);
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::HostKeyRevoked);
    }

    void aPlainYesDoesNotReachProduction()
    {
        // One machine named by a testing and by a production environment, in one run.
        ssh::Settings settings = unknown();
        settings.knownHostsFiles = {QStringLiteral("/proc/taffrail/cannot/be/written")};
        settings.acceptNewHostKeys = true;
        ssh::Pool pool(settings);
        const auto testing = startExec(pool, m_server->endpoint(), "true").get();
        QVERIFY2(testing, describe(testing));
        const auto reply = startExec(pool, production(), "true").get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::HostKeyUnknown);
    }

private:
    ssh::Settings unknown() const
    {
        ssh::Settings settings = m_server->settings();
        m_server->write(QStringLiteral("known_hosts"), "");
        return settings;
    }
    QByteArray knownHosts() const { return Sshd::read(m_server->path(QStringLiteral("known_hosts"))); }
    ssh::Endpoint production() const
    {
        ssh::Endpoint endpoint = m_server->endpoint();
        endpoint.production = true;
        return endpoint;
    }
    static Result<ExecReply> run(const ssh::Settings &settings, const ssh::Endpoint &endpoint)
    {
        ssh::Pool pool(settings);
        return startExec(pool, endpoint, "true").get();
    }

    std::unique_ptr<Sshd> m_server;
};

QTEST_GUILESS_MAIN(TestSshHostKeys)
#include "tst_sshhostkeys.moc"
