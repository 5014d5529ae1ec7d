// SPDX-License-Identifier: GPL-3.0-or-later
#include "httpfixture.h"
#include "pgasking.h"
#include "pgfixture.h"
#include "tlsfixture.h"

#include <QSslCertificate>
#include <QTest>

using namespace taffrail;
using namespace taffrail::tests;
using namespace std::chrono_literals;

/// What a TLS server shows of itself, good or bad.
class TestTlsProbe : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void servers_data();
    void servers();
    void anAuthorityIsTrustedByWhoNamesIt();
    void serverNameChoosesTheCertificate();
    void throughATunnel();
    void postgres();
    void postgresWithoutTls();
    void postgresThatIsNone();
    void failures_data();
    void failures();
    void silentServer();

private:
    sources::TlsProbe probeOf(int port, const QString &serverName = QStringLiteral("localhost")) const
    {
        sources::TlsProbe probe;
        probe.host = QStringLiteral("127.0.0.1");
        probe.port = port;
        probe.serverName = serverName;
        return probe;
    }
    QByteArray der(const QString &name) const
    {
        return QSslCertificate::fromData(m_authority.bytes(name), QSsl::Pem).value(0).toDer();
    }

    Nginx m_nginx;
    CertificateAuthority m_authority;
    PgCluster m_cluster;
    int m_good = freePort();
    int m_expired = freePort();
    int m_alone = freePort();
    int m_noMiddle = freePort();
    int m_old = freePort();
};

void TestTlsProbe::initTestCase()
{
    const auto name = [](const char *text) { return QString::fromLatin1(text); };
    const QString local = name("DNS:localhost");
    QVERIFY2(m_authority.isGood() && m_authority.issue(name("good"), local)
                 && m_authority.issue(name("expired"), local, -1)
                 && m_authority.issue(name("second"), name("DNS:second.test"))
                 && m_authority.issueSelfSigned(name("alone"), local),
             m_authority.log().constData());
    for (const char *each : {"good", "expired", "second"})
        m_authority.chainFile(name(each));
    const auto server = [&](int port, const char *certificate, const char *key, const QByteArray &more = {}) {
        return "server { listen 127.0.0.1:" + QByteArray::number(port) + " ssl; " + more + " ssl_certificate "
            + m_authority.path(name(certificate)).toUtf8() + "; ssl_certificate_key "
            + m_authority.path(name(key)).toUtf8() + "; }\n";
    };
    QVERIFY2(m_nginx.start(server(m_good, "good.chain.pem", "good.key", "server_name localhost;")
                               + server(m_good, "second.chain.pem", "second.key", "server_name second.test;")
                               + server(m_expired, "expired.chain.pem", "expired.key")
                               + server(m_alone, "alone.pem", "alone.key") + server(m_noMiddle, "good.pem", "good.key")
                               + server(m_old, "good.chain.pem", "good.key", "ssl_protocols TLSv1.2;"),
                           m_good),
             m_nginx.log().constData());
}

void TestTlsProbe::servers_data()
{
    QTest::addColumn<int>("port");
    QTest::addColumn<QString>("leaf");
    QTest::addColumn<int>("sent");
    QTest::addColumn<QString>("protocol");
    QTest::addColumn<QString>("words"); // "" = trusted
    QTest::newRow("good") << m_good << "good.pem" << 2 << "TLSv1.3"
                          << "";
    QTest::newRow("older protocol") << m_old << "good.pem" << 2 << "TLSv1.2"
                                    << "";
    QTest::newRow("expired") << m_expired << "expired.pem" << 2 << "TLSv1.3"
                             << "expired on 2020-02-01";
    QTest::newRow("self-signed") << m_alone << "alone.pem" << 1 << "TLSv1.3"
                                 << "signed by itself";
    QTest::newRow("no intermediate") << m_noMiddle << "good.pem" << 1 << "TLSv1.3"
                                     << "an intermediate certificate is missing";
}

void TestTlsProbe::servers()
{
    QFETCH(int, port);
    QFETCH(QString, leaf);
    QFETCH(int, sent);
    QFETCH(QString, protocol);
    QFETCH(QString, words);
    http::Client client;
    client.addTrusted(m_authority.root());
    const auto reply = probeNow(client, probeOf(port));
    QVERIFY2(reply, reply ? "" : qPrintable(sentence(reply.error())));
    QCOMPARE(int(reply->chainDer.size()), sent);
    QCOMPARE(reply->chainDer[0], der(leaf));
    if (sent == 2)
        QCOMPARE(reply->chainDer[1], der(QStringLiteral("middle.pem")));
    QCOMPARE(reply->protocol, protocol);
    QVERIFY2(words.isEmpty() ? reply->verifyError.isEmpty() : reply->verifyError.contains(words),
             qPrintable(reply->verifyError));
    QVERIFY(reply->handshake.count() >= 0);
}

void TestTlsProbe::anAuthorityIsTrustedByWhoNamesIt()
{
    http::Client client;
    sources::TlsProbe probe = probeOf(m_good);
    for (const bool isNamed : {false, true, false, true}) {
        probe.caFile = isNamed ? m_authority.path(QStringLiteral("root.pem")) : QString();
        const auto reply = probeNow(client, probe);
        QVERIFY(reply);
        QCOMPARE(reply->verifyError.isEmpty(), isNamed);
    }
    probe.caFile = QStringLiteral("/no/such/authority.pem");
    QCOMPARE(probeNow(client, probe).error().kind, ErrorKind::BadConfig);
}

void TestTlsProbe::serverNameChoosesTheCertificate()
{
    http::Client client;
    client.addTrusted(m_authority.root());
    QCOMPARE(probeNow(client, probeOf(m_good, QStringLiteral("second.test")))->chainDer[0],
             der(QStringLiteral("second.pem")));
    // The name is the reader's business: the chain itself is fine.
    const auto other = probeNow(client, probeOf(m_good, QStringLiteral("third.test")));
    QCOMPARE(other->chainDer[0], der(QStringLiteral("good.pem")));
    QCOMPARE(other->verifyError, QString());
}

void TestTlsProbe::throughATunnel()
{
    SocketTunnel tunnel;
    http::Client client;
    client.addTrusted(m_authority.root());
    sources::TlsProbe probe = probeOf(m_good, {});
    probe.host = QStringLiteral("second.test");
    const auto reply = probeNow(client, probe, tunnel.function());
    QVERIFY2(reply, reply ? "" : qPrintable(sentence(reply.error())));
    QCOMPARE(reply->chainDer[0], der(QStringLiteral("second.pem")));
    QCOMPARE(tunnel.lastHost(), QStringLiteral("second.test"));
}

void TestTlsProbe::postgres()
{
    const QString certificate
        = m_cluster.writeFile(QStringLiteral("server.pem"), m_authority.bytes(QStringLiteral("good.chain.pem")), 0644);
    const QString key
        = m_cluster.writeFile(QStringLiteral("server.key"), m_authority.bytes(QStringLiteral("good.key")), 0600);
    QVERIFY2(m_cluster.create({QStringLiteral("ssl = on"), QStringLiteral("ssl_cert_file = '%1'").arg(certificate),
                               QStringLiteral("ssl_key_file = '%1'").arg(key)}),
             m_cluster.log().constData());
    http::Client client;
    client.addTrusted(m_authority.root());
    sources::TlsProbe probe = probeOf(m_cluster.port());
    probe.startTls = sources::TlsProbe::StartTls::Postgres;
    const auto reply = probeNow(client, probe);
    QVERIFY2(reply, reply ? "" : qPrintable(sentence(reply.error())));
    QCOMPARE(reply->chainDer[0], der(QStringLiteral("good.pem")));
    QCOMPARE(reply->chainDer.size(), size_t(2));
    QCOMPARE(reply->verifyError, QString());
    SocketTunnel tunnel;
    QCOMPARE(probeNow(client, probe, tunnel.function())->chainDer.size(), size_t(2));
}

void TestTlsProbe::postgresWithoutTls()
{
    m_cluster.execute("ALTER SYSTEM SET ssl = off");
    QVERIFY(m_cluster.reload());
    http::Client client;
    sources::TlsProbe probe = probeOf(m_cluster.port());
    probe.startTls = sources::TlsProbe::StartTls::Postgres;
    QTRY_VERIFY(!probeNow(client, probe));
    const auto reply = probeNow(client, probe);
    QCOMPARE(reply.error().kind, ErrorKind::Unsupported);
    QVERIFY(reply.error().text.contains(QLatin1String("does not speak TLS")));
}

void TestTlsProbe::postgresThatIsNone()
{
    http::Client client;
    // The second: more than one byte would be plain text smuggled into the encryption.
    for (const QByteArray &bytes : {QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n"), QByteArray("Sx")}) {
        const RawServer server(bytes, false);
        sources::TlsProbe probe = probeOf(server.port);
        probe.startTls = sources::TlsProbe::StartTls::Postgres;
        const auto reply = probeNow(client, probe);
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::BadData);
    }
}

void TestTlsProbe::failures_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::addColumn<int>("kind");
    QTest::newRow("refused") << "127.0.0.1" << 1 << int(ErrorKind::Unreachable);
    QTest::newRow("unknown name") << "no-such-host.invalid" << 443 << int(ErrorKind::NameNotFound);
    QTest::newRow("no host") << "" << 443 << int(ErrorKind::BadConfig);
    QTest::newRow("no port") << "localhost" << 0 << int(ErrorKind::BadConfig);
}

void TestTlsProbe::failures()
{
    QFETCH(QString, host);
    QFETCH(int, port);
    QFETCH(int, kind);
    http::Client client;
    sources::TlsProbe probe;
    probe.host = host;
    probe.port = port;
    const auto reply = probeNow(client, probe);
    QVERIFY(!reply);
    QCOMPARE(int(reply.error().kind), kind);
}

void TestTlsProbe::silentServer()
{
    const RawServer server({}, false);
    http::Client client;
    sources::TlsProbe probe = probeOf(server.port);
    probe.limit = 200ms;
    const auto reply = probeNow(client, probe);
    QVERIFY(!reply);
    QCOMPARE(reply.error().kind, ErrorKind::Timeout);
}

QTEST_GUILESS_MAIN(TestTlsProbe)
#include "tst_tlsprobe.moc"
