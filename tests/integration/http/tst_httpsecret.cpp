// SPDX-License-Identifier: GPL-3.0-or-later
// A request that names a secret: who gets it, who does not, and who never sees it.
#include "httpfixture.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;

namespace {

int portNow()
{
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    bind(descriptor, reinterpret_cast<sockaddr *>(&address), length);
    getsockname(descriptor, reinterpret_cast<sockaddr *>(&address), &length);
    close(descriptor);
    return ntohs(address.sin_port);
}

} // namespace

class TestHttpSecret : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const QByteArray other = QByteArray::number(m_other);
        const QByteArray echo = "{ return 200 \"$http_authorization|$http_private_token|$http_accept|$http_x_api\"; }";
        QVERIFY2(
            m_nginx.start(
                "server { listen 127.0.0.1:" + QByteArray::number(m_port) + "; location = /echo " + echo
                    + " location = /home { return 302 /echo; } location = /away { return 302 http://127.0.0.1:" + other
                    + "/echo; } }\nserver { listen 127.0.0.1:" + other + "; location = /echo " + echo + " }\n",
                m_port),
            m_nginx.log().constData());
    }

    void whereItGoes_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("asked") << "/echo" << QByteArray("Bearer s3cret||text/json|1");
        QTest::newRow("sent on to the same place") << "/home" << QByteArray("Bearer s3cret||text/json|1");
        QTest::newRow("sent on to another port") << "/away" << QByteArray("||text/json|1");
    }
    void whereItGoes()
    {
        QFETCH(QString, path);
        QFETCH(QByteArray, body);
        http::Client client(resolver());
        const auto reply = getNow(client, asking(path));
        QVERIFY2(reply, reply ? "" : qPrintable(sentence(reply.error())));
        QCOMPARE(reply->body, body);
        QCOMPARE(m_asked.load(), 1);
    }

    void fieldOfItsOwn()
    {
        http::Client client(resolver());
        sources::HttpGet request = asking(QStringLiteral("/echo"));
        request.secretField = "PRIVATE-TOKEN";
        request.secretPrefix.clear();
        request.headers.clear();
        QCOMPARE(getNow(client, request)->body, QByteArray("|s3cret|*/*|"));
    }

    void withoutASecretNobodyIsAsked()
    {
        http::Client client(resolver());
        sources::HttpGet request = asking(QStringLiteral("/echo"));
        request.secret.clear();
        QCOMPARE(getNow(client, request)->body, QByteArray("||text/json|1"));
        QCOMPARE(m_asked.load(), 0);
    }

    void refusals_data()
    {
        QTest::addColumn<QString>("reference");
        QTest::addColumn<QString>("url");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("words");
        const QString here = QStringLiteral("http://127.0.0.1:%1/echo").arg(m_port);
        QTest::newRow("absent") << "env:NONE" << here << int(ErrorKind::NotFound) << "no such variable";
        QTest::newRow("empty") << "env:EMPTY" << here << int(ErrorKind::BadConfig) << "empty";
        QTest::newRow("two lines") << "env:LINES" << here << int(ErrorKind::BadConfig) << "not one line";
        QTest::newRow("not encrypted") << "env:TOKEN"
                                       << "http://example.org/x" << int(ErrorKind::BadConfig) << "without encryption";
    }
    void refusals()
    {
        QFETCH(QString, reference);
        QFETCH(QString, url);
        QFETCH(int, kind);
        QFETCH(QString, words);
        http::Client client(resolver());
        sources::HttpGet request = asking(QStringLiteral("/echo"));
        request.secret = reference;
        request.url = QUrl(url);
        const auto reply = getNow(client, request);
        QVERIFY(!reply);
        QCOMPARE(int(reply.error().kind), kind);
        const QString said = sentence(reply.error());
        QVERIFY2(said.contains(words), qPrintable(said));
        QVERIFY2(!said.contains(QLatin1String("s3cret")), qPrintable(said));
    }

    void nobodyToResolve()
    {
        http::Client client;
        const auto reply = getNow(client, asking(QStringLiteral("/echo")));
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::Unsupported);
    }

    // The client may end while a secret is still being fetched.
    void endsMeanwhile()
    {
        std::future<Result<sources::HttpReply>> reply;
        std::promise<void> release;
        const std::shared_future<void> gate = release.get_future().share();
        {
            http::Client client([gate](const QString &) -> Result<QByteArray> {
                gate.wait();
                return QByteArray("s3cret");
            });
            reply = startGet(client, asking(QStringLiteral("/echo")));
        }
        QCOMPARE(reply.get().error().kind, ErrorKind::Cancelled);
        release.set_value();
    }

private:
    sources::HttpGet asking(const QString &path) const
    {
        sources::HttpGet request = getOf(QStringLiteral("http://127.0.0.1:%1%2").arg(m_port).arg(path));
        request.secret = QStringLiteral("env:TOKEN");
        request.headers = {{"Accept", "text/json"}, {"X-Api", "1"}, {"X-Bad", "a\r\nInjected: yes"}};
        return request;
    }
    http::SecretResolver resolver()
    {
        m_asked = 0;
        return [this](const QString &reference) -> Result<QByteArray> {
            ++m_asked;
            if (reference == QLatin1String("env:TOKEN"))
                return QByteArray("s3cret");
            if (reference == QLatin1String("env:EMPTY"))
                return QByteArray();
            if (reference == QLatin1String("env:LINES"))
                return QByteArray("s3cret\r\nInjected: yes");
            return failure(ErrorKind::NotFound, QStringLiteral("secret"), reference,
                           QStringLiteral("no such variable"));
        };
    }

    Nginx m_nginx;
    int m_port = portNow(), m_other = portNow();
    std::atomic<int> m_asked{0};
};

QTEST_GUILESS_MAIN(TestHttpSecret)
#include "tst_httpsecret.moc"
