// SPDX-License-Identifier: GPL-3.0-or-later
#include "httpfixture.h"
#include "pgasking.h"
#include "pgfixture.h"
#include "tlsfixture.h"
#include "trustfiles.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::tests;
using namespace std::chrono_literals;

/// GET against a real nginx, and against servers that do what nginx never would.
class TestHttpClient : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void plainAnswer();
    void failingServiceIsAnAnswer();
    void whatIsSent();
    void redirects_data();
    void redirects();
    void hugeBodyIsCut();
    void chunkedBody();
    void timesAreMeasured();
    void failures_data();
    void failures();
    void oddServers_data();
    void oddServers();
    void silentServerRunsIntoTheLimit();
    void drippingServerRunsIntoTheLimit();
    void refusedCertificates_data();
    void refusedCertificates();
    void anAuthorityIsTrustedByWhoNamesIt_data();
    void anAuthorityIsTrustedByWhoNamesIt();
    void aNamedAuthorityIsTheOnlyOne();
    void authorityFiles_data();
    void authorityFiles();
    void anAuthorityFileIsReadWhenItChanged();
    void certificatesNeedNotBeVerified();
    void throughATunnel();
    void refusingTunnelSaysWhy();
    void cancelled();
    void endingTheClientAnswersEveryone();
    void nothingLeaks();

private:
    QString plain(const QString &path) const { return QStringLiteral("http://127.0.0.1:%1%2").arg(m_plain).arg(path); }
    QByteArray tlsServer(int port, const QString &certificate, const QString &key) const
    {
        return "server { listen 127.0.0.1:" + QByteArray::number(port) + " ssl; ssl_certificate "
            + m_authority.path(certificate).toUtf8() + "; ssl_certificate_key " + m_authority.path(key).toUtf8()
            + "; location / { return 200 \"$ssl_server_name $http_host\"; } }\n";
    }

    Nginx m_nginx;
    CertificateAuthority m_authority;
    int m_plain = freePort();
    int m_good = freePort();
    int m_expired = freePort();
    int m_otherName = freePort();
    int m_selfSigned = freePort();
    int m_noMiddle = freePort();
};

void TestHttpClient::initTestCase()
{
    const auto name = [](const char *text) { return QString::fromLatin1(text); };
    const QString local = name("DNS:localhost,DNS:www.test,IP:127.0.0.1");
    QVERIFY2(m_authority.isGood() && m_authority.issue(name("good"), local)
                 && m_authority.issue(name("expired"), local, -1)
                 && m_authority.issue(name("other"), name("DNS:other.test"))
                 && m_authority.issueSelfSigned(name("alone"), local),
             m_authority.log().constData());
    for (const char *each : {"good", "expired", "other"})
        m_authority.chainFile(name(each));
    m_authority.write(name("huge"), QByteArray(3'000'000, 'x'));
    m_authority.write(name("page.shtml"), "<!--#echo var=\"request_method\" --> and so on");
    const QByteArray files = m_authority.path({}).toUtf8();
    const QByteArray servers = "server { listen 127.0.0.1:" + QByteArray::number(m_plain)
        + "; location = /ok { return 200 \"fine\"; } location = /down { return 503 '{\"status\":\"DOWN\"}'; }"
          " location = /echo { return 200 "
          "\"$http_host|$http_user_agent|$http_cookie|$args|$http_accept_encoding|$http_connection\"; }"
          " location = /away { return 302 https://login.example/sign-in?secret=1; } location = /home { return 301 /ok; "
          "}"
          " location = /one { return 302 /two; } location = /two { return 302 /three; } location = /three { return 302 "
          "/ok; }"
          " location = /four { return 302 /one; } location = /round { return 302 /round; }"
          " location = /other-scheme { return 302 ftp://127.0.0.1/x; } location = /cookie { add_header Set-Cookie a=b; "
          "return 302 /echo; }"
          " location = /huge { alias "
        + files + "/huge; } location = /page { ssi on; ssi_types *; alias " + files + "/page.shtml; } }\n"
        + tlsServer(m_good, name("good.chain.pem"), name("good.key"))
        + tlsServer(m_expired, name("expired.chain.pem"), name("expired.key"))
        + tlsServer(m_otherName, name("other.chain.pem"), name("other.key"))
        + tlsServer(m_selfSigned, name("alone.pem"), name("alone.key"))
        + tlsServer(m_noMiddle, name("good.pem"), name("good.key"));
    QVERIFY2(m_nginx.start(servers, m_plain), m_nginx.log().constData());
}

void TestHttpClient::plainAnswer()
{
    http::Client client;
    const auto reply = getNow(client, getOf(plain(QStringLiteral("/ok"))));
    QVERIFY2(reply, reply ? "" : qPrintable(sentence(reply.error())));
    QCOMPARE(reply->code, 200);
    QCOMPARE(reply->body, "fine");
    QCOMPARE(reply->contentType, "text/plain");
    QVERIFY(reply->headers.value("server").startsWith("nginx"));
    QVERIFY(reply->redirectedTo.isEmpty());
    QVERIFY(!reply->bodyCut);
}

void TestHttpClient::failingServiceIsAnAnswer()
{
    http::Client client;
    const auto reply = getNow(client, getOf(plain(QStringLiteral("/down"))));
    QVERIFY(reply);
    QCOMPARE(reply->code, 503);
    QCOMPARE(reply->body, "{\"status\":\"DOWN\"}");
}

void TestHttpClient::whatIsSent()
{
    http::Client client;
    const auto reply = getNow(client, getOf(plain(QStringLiteral("/echo?a=b%20c&d#part"))));
    QCOMPARE(reply->body, "127.0.0.1:" + QByteArray::number(m_plain) + "|Taffrail||a=b%20c&d|identity|close");
    QCOMPARE(getNow(client, getOf(plain(QStringLiteral("/cookie"))))->body.split('|').value(2),
             QByteArray()); // cookies are not kept
}

void TestHttpClient::redirects_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<int>("code"); // 0 = an error
    QTest::addColumn<QString>("target"); // redirectedTo
    QTest::newRow("same host") << "/home" << 200 << "";
    QTest::newRow("three hops") << "/one" << 200 << "";
    QTest::newRow("four hops") << "/four" << 0 << "";
    QTest::newRow("round and round") << "/round" << 0 << "";
    QTest::newRow("another host") << "/away" << 302 << "https://login.example/sign-in?secret=1";
    QTest::newRow("another scheme") << "/other-scheme" << 302 << "ftp://127.0.0.1/x";
}

void TestHttpClient::redirects()
{
    QFETCH(QString, path);
    QFETCH(int, code);
    QFETCH(QString, target);
    http::Client client;
    const auto reply = getNow(client, getOf(plain(path)));
    if (code == 0) {
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::BadData);
        QVERIFY2(reply.error().text.contains(QLatin1String("more than 3 redirects")), qPrintable(reply.error().text));
        return;
    }
    QVERIFY(reply);
    QCOMPARE(reply->code, code);
    QCOMPARE(reply->redirectedTo.toString(), target);
}

void TestHttpClient::hugeBodyIsCut()
{
    http::Client client;
    sources::HttpGet request = getOf(plain(QStringLiteral("/huge")));
    request.maxBytes = 10'000;
    const auto reply = getNow(client, request);
    QVERIFY(reply);
    QCOMPARE(reply->body.size(), 10'000);
    QVERIFY(reply->bodyCut);
}

void TestHttpClient::chunkedBody()
{
    http::Client client;
    const auto reply = getNow(client, getOf(plain(QStringLiteral("/page"))));
    QVERIFY(reply);
    QCOMPARE(reply->headers.value("transfer-encoding"), "chunked");
    QCOMPARE(reply->body, "GET and so on");
}

void TestHttpClient::timesAreMeasured()
{
    http::Client client;
    client.addTrusted(m_authority.root());
    const auto reply = getNow(client, getOf(QStringLiteral("https://localhost:%1/").arg(m_good)));
    QVERIFY2(reply, reply ? "" : qPrintable(sentence(reply.error())));
    QVERIFY(reply->tls.count() >= 1);
    QVERIFY(reply->firstByte.count() >= 1);
    QVERIFY(reply->total >= reply->dns + reply->connect + reply->tls);
    QCOMPARE(reply->body, "localhost localhost:" + QByteArray::number(m_good));
}

void TestHttpClient::failures_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("words");
    QTest::newRow("refused") << "http://127.0.0.1:1/" << int(ErrorKind::Unreachable)
                             << "127.0.0.1:1 refused the connection";
    QTest::newRow("refused, tls") << "https://localhost:1/" << int(ErrorKind::Unreachable) << "refused";
    QTest::newRow("unknown name") << "http://no-such-host.invalid/" << int(ErrorKind::NameNotFound)
                                  << "no-such-host.invalid";
    QTest::newRow("no host") << "http:///x" << int(ErrorKind::BadConfig) << "not an http or https URL";
    QTest::newRow("a file") << "file:///etc/passwd" << int(ErrorKind::BadConfig) << "not an http or https URL";
    QTest::newRow("empty") << "" << int(ErrorKind::BadConfig) << "not an http";
    QTest::newRow("password") << "http://me:hunter2@127.0.0.1/" << int(ErrorKind::BadConfig) << "user name or password";
    QTest::newRow("tls to a plain port") << QStringLiteral("https://127.0.0.1:%1/").arg(m_plain)
                                         << int(ErrorKind::CertificateRefused) << "no TLS with";
}

void TestHttpClient::failures()
{
    QFETCH(QString, url);
    QFETCH(int, kind);
    QFETCH(QString, words);
    http::Client client;
    const auto reply = getNow(client, getOf(url));
    QVERIFY(!reply);
    const QString said = sentence(reply.error());
    QVERIFY2(said.contains(words) && !said.contains(QLatin1String("hunter2")), qPrintable(said));
    QVERIFY2(int(reply.error().kind) == kind, qPrintable(errorKindWord(reply.error().kind)));
}

void TestHttpClient::oddServers_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("words");
    QTest::newRow("another protocol") << QByteArray("SSH-2.0-OpenSSH_9.2\r\n") << int(ErrorKind::BadData)
                                      << "\"SSH-2.0-OpenSSH_9.2\"";
    QTest::newRow("binary") << QByteArray("\x01\xFF\x1B[2Jrubbish") << int(ErrorKind::BadData) << "not HTTP";
    QTest::newRow("closes at once") << QByteArray() << int(ErrorKind::ConnectionLost) << "without an answer";
    QTest::newRow("breaks off") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
                                << int(ErrorKind::ConnectionLost) << "broke off";
}

void TestHttpClient::oddServers()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, kind);
    QFETCH(QString, words);
    const RawServer server(bytes);
    http::Client client;
    const auto reply = getNow(client, getOf(QStringLiteral("http://127.0.0.1:%1/").arg(server.port)));
    QVERIFY(!reply);
    QVERIFY2(reply.error().text.contains(words), qPrintable(reply.error().text));
    QCOMPARE(int(reply.error().kind), kind);
    QCOMPARE(server.accepted.load(), 1); // never asked twice behind our back
    QVERIFY(!reply.error().text.contains(QChar(0x1b)));
}

void TestHttpClient::silentServerRunsIntoTheLimit()
{
    const RawServer server({}, false);
    http::Client client;
    for (const char *scheme : {"http", "https"}) {
        sources::HttpGet request
            = getOf(QStringLiteral("%1://127.0.0.1:%2/").arg(QLatin1String(scheme)).arg(server.port));
        request.limit = 200ms;
        const auto reply = getNow(client, request);
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::Timeout);
        const char *waited = qstrcmp(scheme, "http") == 0 ? "an answer from" : "the TLS handshake with";
        QVERIFY2(reply.error().text.contains(QLatin1String(waited)), qPrintable(reply.error().text));
    }
}

void TestHttpClient::drippingServerRunsIntoTheLimit()
{
    const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", false);
    http::Client client;
    sources::HttpGet request = getOf(QStringLiteral("http://127.0.0.1:%1/").arg(server.port));
    request.limit = 200ms;
    QCOMPARE(getNow(client, request).error().kind, ErrorKind::Timeout);
}

void TestHttpClient::refusedCertificates_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::addColumn<QString>("words"); // "" = accepted
    QTest::newRow("good") << "localhost" << m_good << "";
    QTest::newRow("good, by address") << "127.0.0.1" << m_good << "";
    QTest::newRow("expired") << "localhost" << m_expired << "expired on 2020-02-01";
    QTest::newRow("other name") << "localhost" << m_otherName << "is for other.test, not for localhost";
    QTest::newRow("self-signed") << "localhost" << m_selfSigned << "signed by itself";
    QTest::newRow("no intermediate") << "localhost" << m_noMiddle << "the issuer \"Test intermediate\" is not known";
}

void TestHttpClient::refusedCertificates()
{
    QFETCH(QString, host);
    QFETCH(int, port);
    QFETCH(QString, words);
    http::Client client;
    const auto request = getOf(QStringLiteral("https://%1:%2/").arg(host).arg(port));
    const auto untrusted = getNow(client, request); // our authority is unknown before addTrusted()
    QVERIFY(!untrusted);
    QCOMPARE(untrusted.error().kind, ErrorKind::CertificateRefused);
    client.addTrusted(m_authority.root());
    const auto reply = getNow(client, request);
    if (words.isEmpty()) {
        QVERIFY2(reply, reply ? "" : qPrintable(sentence(reply.error())));
        return;
    }
    QVERIFY(!reply);
    QCOMPARE(reply.error().kind, ErrorKind::CertificateRefused);
    QCOMPARE(reply.error().step, QStringLiteral("tls"));
    QVERIFY2(reply.error().text.contains(words), qPrintable(reply.error().text));
}

void TestHttpClient::anAuthorityIsTrustedByWhoNamesIt_data()
{
    QTest::addColumn<QList<bool>>("names"); // whether each request in turn names the authority
    QTest::newRow("with, then without") << QList<bool>{true, false, true, false};
    QTest::newRow("without, then with") << QList<bool>{false, true, false, true};
}

/// One client, one server: what one request trusts says nothing to the next.
void TestHttpClient::anAuthorityIsTrustedByWhoNamesIt()
{
    QFETCH(QList<bool>, names);
    http::Client client;
    auto request = getOf(QStringLiteral("https://localhost:%1/").arg(m_good));
    for (const bool isNamed : names) {
        request.caFile = isNamed ? m_authority.path(QStringLiteral("root.pem")) : QString();
        const auto reply = getNow(client, request);
        QCOMPARE(reply.has_value(), isNamed);
        if (!isNamed)
            QCOMPARE(reply.error().kind, ErrorKind::CertificateRefused);
    }
    // Side by side as well.
    request.caFile = m_authority.path(QStringLiteral("root.pem"));
    auto with = startGet(client, request);
    request.caFile.clear();
    auto without = startGet(client, request);
    QVERIFY(waitFor(std::move(with)));
    QCOMPARE(waitFor(std::move(without)).error().kind, ErrorKind::CertificateRefused);
}

/// Whoever names an authority trusts that one, not whatever else is trusted.
void TestHttpClient::aNamedAuthorityIsTheOnlyOne()
{
    http::Client client;
    client.addTrusted(m_authority.root());
    auto request = getOf(QStringLiteral("https://localhost:%1/").arg(m_good));
    QVERIFY(getNow(client, request));
    request.caFile = m_authority.path(QStringLiteral("alone.pem"));
    const auto reply = getNow(client, request);
    QVERIFY(!reply);
    QCOMPARE(reply.error().kind, ErrorKind::CertificateRefused);
}

void TestHttpClient::authorityFiles_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("words");
    QTest::newRow("absent") << "/no/such/authority.pem"
                            << "cannot be trusted: No such file";
    QTest::newRow("no certificate") << "good.key"
                                    << "holds no PEM certificate";
    QTest::newRow("a folder") << "."
                              << "it is a folder";
    QTest::newRow("larger than any") << "huge"
                                     << "larger than 1 MiB";
}

void TestHttpClient::authorityFiles()
{
    QFETCH(QString, file);
    QFETCH(QString, words);
    http::Client client;
    auto request = getOf(QStringLiteral("https://localhost:%1/").arg(m_good));
    request.caFile = file.startsWith(QLatin1Char('/')) ? file : m_authority.path(file);
    const auto reply = getNow(client, request);
    QVERIFY(!reply);
    QCOMPARE(reply.error().kind, ErrorKind::BadConfig);
    QVERIFY2(reply.error().text.contains(words), qPrintable(reply.error().text));
    request.url = QUrl(plain(QStringLiteral("/ok"))); // nothing to trust there
    QVERIFY(getNow(client, request));
}

void TestHttpClient::anAuthorityFileIsReadWhenItChanged()
{
    http::TrustFiles files;
    const auto load = [&files](const QString &path) {
        auto promise = std::make_shared<std::promise<Result<QList<QSslCertificate>>>>();
        files.load(path, [promise](Result<QList<QSslCertificate>> loaded) { promise->set_value(std::move(loaded)); });
        return waitFor(promise->get_future());
    };
    const QString path = m_authority.write(QStringLiteral("changing.pem"), m_authority.root());
    const auto first = load(path);
    QVERIFY(first);
    for (int i = 0; i < 5; ++i)
        QCOMPARE(load(path)->size(), first->size());
    QCOMPARE(files.readings(), 1);
    m_authority.write(QStringLiteral("changing.pem"), m_authority.root() + m_authority.intermediate());
    QCOMPARE(load(path)->size(), first->size() + 1);
    QCOMPARE(files.readings(), 2);
    QVERIFY(QFile::remove(path));
    QCOMPARE(load(path).error().kind, ErrorKind::BadConfig); // what was read once is not trusted for ever
}

void TestHttpClient::certificatesNeedNotBeVerified()
{
    http::Client client;
    sources::HttpGet request = getOf(QStringLiteral("https://localhost:%1/").arg(m_expired));
    request.verifyTls = false;
    QCOMPARE(getNow(client, request)->code, 200);
}

void TestHttpClient::throughATunnel()
{
    SocketTunnel tunnel;
    http::Client client;
    client.addTrusted(m_authority.root());
    // The name is known only on the far side; SNI, the name check and the Host field still carry it.
    const auto reply = getNow(client, getOf(QStringLiteral("https://www.test:%1/").arg(m_good)), tunnel.function());
    QVERIFY2(reply, reply ? "" : qPrintable(sentence(reply.error())));
    QCOMPARE(reply->body, "www.test www.test:" + QByteArray::number(m_good));
    QCOMPARE(tunnel.lastHost(), QStringLiteral("www.test"));
    QCOMPARE(tunnel.lastPort.load(), m_good);
    const auto wrong = getNow(client, getOf(QStringLiteral("https://shop.test:%1/").arg(m_good)), tunnel.function());
    QCOMPARE(wrong.error().kind, ErrorKind::CertificateRefused);
    QCOMPARE(getNow(client, getOf(QStringLiteral("http://inside:%1/home").arg(m_plain)), tunnel.function())->body,
             "fine");
}

void TestHttpClient::refusingTunnelSaysWhy()
{
    SocketTunnel tunnel;
    tunnel.refuses = true;
    http::Client client;
    const auto reply = getNow(client, getOf(QStringLiteral("http://inside/")), tunnel.function());
    QVERIFY(!reply);
    QCOMPARE(reply.error().text, QStringLiteral("web1 cannot reach the database"));
}

void TestHttpClient::cancelled()
{
    const RawServer server({}, false);
    http::Client client;
    RequestId id = 0;
    auto waiting = startGet(client, getOf(QStringLiteral("http://127.0.0.1:%1/").arg(server.port)), {}, &id);
    QTRY_COMPARE(server.accepted.load(), 1);
    client.cancel(id);
    client.cancel(4711);
    QCOMPARE(waitFor(std::move(waiting)).error().kind, ErrorKind::Cancelled);
}

void TestHttpClient::endingTheClientAnswersEveryone()
{
    const RawServer server({}, false);
    std::vector<std::future<Result<sources::HttpReply>>> waiting;
    {
        http::Client client;
        for (int i = 0; i < 5; ++i)
            waiting.push_back(startGet(client, getOf(QStringLiteral("http://127.0.0.1:%1/").arg(server.port))));
    }
    for (auto &each : waiting)
        QCOMPARE(waitFor(std::move(each)).error().kind, ErrorKind::Cancelled);
}

void TestHttpClient::nothingLeaks()
{
    const auto round = [this] {
        SocketTunnel tunnel;
        http::Client client;
        client.addTrusted(m_authority.root());
        QCOMPARE(getNow(client, getOf(plain(QStringLiteral("/ok"))))->code, 200);
        QCOMPARE(getNow(client, getOf(QStringLiteral("https://www.test:%1/").arg(m_good)), tunnel.function())->code,
                 200);
        QVERIFY(!getNow(client, getOf(QStringLiteral("http://127.0.0.1:1/"))));
        QVERIFY(!getNow(client, getOf(QStringLiteral("https://localhost:%1/").arg(m_expired))));
    };
    round();
    const qsizetype before = openDescriptors();
    for (int i = 0; i < 10; ++i)
        round();
    QTRY_VERIFY(openDescriptors() <= before);
}

QTEST_GUILESS_MAIN(TestHttpClient)
#include "tst_httpclient.moc"
