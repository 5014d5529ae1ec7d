// SPDX-License-Identifier: GPL-3.0-or-later
#include "healthcheckprobe.h"

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

namespace {

const QString url = QStringLiteral("https://shop.example.test/healthz");

HealthReport reportOf(int code, const QByteArray &body, const QByteArray &type, const QVariantMap &expect = {},
                      const QUrl &redirect = {})
{
    SourceEntry entry;
    entry.options.insert(QStringLiteral("url"), url);
    if (!expect.isEmpty())
        entry.options.insert(QStringLiteral("expect"), expect);
    HttpReply reply;
    reply.code = code;
    reply.body = body;
    reply.contentType = type;
    reply.redirectedTo = redirect;
    reply.total = std::chrono::milliseconds(80);
    const Result<Value> value = httpSource.parse(entry, {answer(QString(), url, reply)}, {sampleTime(), {}});
    return value ? std::get<HealthReport>(*value) : HealthReport();
}

QString worstOf(const HealthReport &report)
{
    Status worst = Status::None;
    for (const HealthCheck &check : report.checks)
        worst = worse(worst, check.status);
    return statusWord(worst);
}

} // namespace

class HttpHealthTest : public QObject {
    Q_OBJECT

private slots:
    void verdict_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QString>("worst");
        const QByteArray json = "application/json";
        const QByteArray plain = "text/plain; charset=utf-8";
        QTest::newRow("plain ok") << 200 << QByteArray("ok") << plain << "ok";
        QTest::newRow("plain, own words") << 200 << QByteArray("pong") << plain << "ok";
        QTest::newRow("503") << 503 << QByteArray("unavailable") << plain << "critical";
        QTest::newRow("404") << 404 << QByteArray() << plain << "critical";
        QTest::newRow("sign-in wanted") << 401 << QByteArray() << plain << "unknown";
        QTest::newRow("204") << 204 << QByteArray() << QByteArray() << "ok";
        QTest::newRow("no body") << 200 << QByteArray() << plain << "unknown";
        QTest::newRow("html that says ok")
            << 200 << QByteArray("<html><body>ok</body></html>") << QByteArray("text/html") << "unknown";
        QTest::newRow("html without a type") << 200 << QByteArray("<!DOCTYPE html><p>OK") << QByteArray() << "unknown";
        QTest::newRow("spring up") << 200 << captured(QStringLiteral("spring-up-minimal.json")) << json << "ok";
        QTest::newRow("spring down") << 503 << captured(QStringLiteral("spring-down.json")) << json << "critical";
        QTest::newRow("spring unknown") << 200 << QByteArray(R"({"status":"UNKNOWN"})") << json << "unknown";
        QTest::newRow("aspnet degraded") << 200 << captured(QStringLiteral("aspnet-plain-degraded.txt")) << plain
                                         << "warning";
        QTest::newRow("aspnet writer") << 200 << captured(QStringLiteral("aspnet-json-writer.json")) << json
                                       << "warning";
        QTest::newRow("aspnet unhealthy") << 503 << QByteArray("Unhealthy") << plain << "critical";
        QTest::newRow("health+json warn") << 200 << captured(QStringLiteral("health-json-warn.json"))
                                          << QByteArray("application/health+json") << "warning";
        QTest::newRow("health+json upper case")
            << 200 << QByteArray(R"({"status":"PASS"})") << QByteArray("application/health+json") << "ok";
        QTest::newRow("says down with 200") << 200 << QByteArray(R"({"status":"fail"})") << json << "critical";
        QTest::newRow("says up with 503") << 503 << QByteArray(R"({"status":"UP"})") << json << "critical";
        QTest::newRow("good sum, bad component")
            << 200 << QByteArray(R"({"status":"UP","components":{"db":{"status":"DOWN"}}})") << json << "critical";
        QTest::newRow("broken json") << 200 << QByteArray("{\"status\":") << json << "unknown";
        QTest::newRow("bytes") << 200 << QByteArray("\xff\xfe\0\x1b[31m", 9) << plain << "ok";
    }

    void verdict()
    {
        QFETCH(int, code);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, type);
        QFETCH(QString, worst);
        const HealthReport report = reportOf(code, body, type);
        QCOMPARE(worstOf(report), worst);
        QVERIFY(find(report, "http.latency", url));
    }

    void contradictionsAreTold()
    {
        QVERIFY(said(reportOf(200, R"({"status":"DOWN"})", "application/json"), "http.status", url)
                    .contains(QStringLiteral("contradict")));
        QVERIFY(said(reportOf(503, R"({"status":"UP"})", "application/json"), "http.status", url)
                    .contains(QStringLiteral("contradict")));
        QVERIFY(!said(reportOf(503, R"({"status":"DOWN"})", "application/json"), "http.status", url)
                     .contains(QStringLiteral("contradict")));
    }

    void componentsKeepTheirTimeAndWords()
    {
        const HealthReport report
            = reportOf(200, captured(QStringLiteral("health-json-warn.json")), "application/health+json");
        QCOMPARE(report.version, QStringLiteral("2026.11.3"));
        const HealthCheck *check = find(report, "http.component", QStringLiteral("postgres:connections db-1"));
        QVERIFY(check);
        QCOMPARE(check->status, Status::Warning);
        QVERIFY(check->text.contains(QStringLiteral("pool nearly exhausted")));
        QCOMPARE(check->dataAt.toSecsSinceEpoch(), qint64(1795190400));
        const HealthReport spring = reportOf(503, captured(QStringLiteral("spring-down.json")), "application/json");
        QCOMPARE(statusOf(spring, "http.component", QStringLiteral("db")), QStringLiteral("critical"));
        QCOMPARE(statusOf(spring, "http.component", QStringLiteral("queue")), QStringLiteral("notice"));
        QVERIFY(!find(spring, "http.component", QStringLiteral("ping")));
    }

    void expectations()
    {
        const QVariantMap teapot{{QStringLiteral("status"), 418}};
        QCOMPARE(statusOf(reportOf(418, "x", "text/plain", teapot), "http.status", url), QStringLiteral("ok"));
        QCOMPARE(statusOf(reportOf(200, "x", "text/plain", teapot), "http.status", url), QStringLiteral("critical"));
        const QVariantMap several{{QStringLiteral("status"), QVariantList{200, 302}}};
        QCOMPARE(statusOf(reportOf(302, {}, {}, several, QUrl(QStringLiteral("https://other.example.test/"))),
                          "http.status", url),
                 QStringLiteral("ok"));
        const QVariantMap words{{QStringLiteral("body_contains"), QStringLiteral("shop")}};
        QCOMPARE(statusOf(reportOf(200, "<html>the shop</html>", "text/html", words), "http.body", url),
                 QStringLiteral("ok"));
        QCOMPARE(statusOf(reportOf(200, "<html></html>", "text/html", words), "http.body", url),
                 QStringLiteral("critical"));
    }

    void aRedirectToAnotherHostIsUnknown()
    {
        const HealthReport report
            = reportOf(302, {}, {}, {}, QUrl(QStringLiteral("https://login.example.test/?next=secret")));
        QCOMPARE(statusOf(report, "http.status", url), QStringLiteral("unknown"));
        QVERIFY(!said(report, "http.status", url).contains(QStringLiteral("secret")));
    }

    void refusedIsAFactAndSilenceIsNot()
    {
        SourceEntry entry;
        const Result<Value> refused = httpSource.parse(
            entry, {refusal(QString(), url, ErrorKind::Unreachable, QStringLiteral("connection refused"))}, {});
        QVERIFY(refused);
        QCOMPARE(worstOf(std::get<HealthReport>(*refused)), QStringLiteral("critical"));
        QVERIFY(!httpSource.parse(entry, {refusal(QString(), url, ErrorKind::Timeout, QStringLiteral("silent"))}, {}));
        QVERIFY(!httpSource.parse(entry, {}, {}));
    }

    void secretsInTheAddressAreNotShown()
    {
        SourceEntry entry;
        entry.options.insert(QStringLiteral("url"), QStringLiteral("https://user:pass@shop.example.test/h?token=abc"));
        const std::vector<Request> requests = httpSource.requests(entry, {});
        QCOMPARE(requests.size(), size_t(1));
        QVERIFY(!requests[0].subject.contains(QStringLiteral("pass")));
        QVERIFY(!requests[0].subject.contains(QStringLiteral("abc")));
    }

    void survivesGarbage()
    {
        const QByteArray deep = QByteArray(50'000, '[') + QByteArray(50'000, ']');
        QByteArray nested = R"({"status":"UP","components":)";
        for (int i = 0; i < 2000; ++i)
            nested += R"({"a":{"status":"UP","components":)";
        for (const QByteArray &body : {deep, nested, QByteArray(R"({"status":{"x":1},"checks":[1,2],"components":7})"),
                                       QByteArray(R"({"checks":{"a":null,"b":{},"c":[[]]}})")})
            (void)reportOf(200, body, "application/json");
    }
};

QTEST_GUILESS_MAIN(HttpHealthTest)
#include "tst_httphealth.moc"
