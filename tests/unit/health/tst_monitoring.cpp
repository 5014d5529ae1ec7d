// SPDX-License-Identifier: GPL-3.0-or-later
// Other monitoring systems: Prometheus, Alertmanager, nginx, HAProxy, Nagios plugins.
#include "healthcheckprobe.h"

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

namespace {

const QDateTime captureTime = QDateTime(QDate(2026, 11, 20), QTime(16, 15, 6), Qt::UTC);

Result<Value> valueOf(const Source &source, const QString &part, const QByteArray &body,
                      const QVariantMap &options = {}, const QDateTime &now = captureTime)
{
    SourceEntry entry;
    entry.id = QString::fromLatin1(source.name);
    entry.options = options;
    HttpReply reply;
    reply.code = 200;
    reply.body = body;
    return source.parse(entry, {answer(part, QStringLiteral("there"), reply)}, {now, {}});
}

/// "warning prometheus.alert DiskLow {…}" for each fact that is not ok, or the error.
QStringList linesOf(const Result<Value> &value)
{
    if (!value)
        return {QStringLiteral("error: ") + value.error().text};
    QStringList lines;
    for (const HealthCheck &check : std::get<HealthReport>(*value).checks) {
        if (check.status != Status::Ok)
            lines
                << QStringLiteral("%1 %2 %3: %4").arg(statusWord(check.status), check.code, check.subject, check.text);
    }
    return lines;
}

QString found(const QStringList &lines, const QString &start)
{
    for (const QString &line : lines) {
        if (line.startsWith(start))
            return line;
    }
    return {};
}

QByteArray withQuotes(QByteArray text)
{
    return text.replace('\'', '"');
}

/// "ok warning" → a list
QStringList words(const char *text)
{
    return QString::fromLatin1(text).split(QLatin1Char(' '));
}

const QByteArray haproxyHeader = "# pxname,svname,qcur,qmax,scur,smax,slim,stot,status,type,bck,lastchg,last_chk,\n";
QByteArray haproxyLine(const QByteArray &server, const QByteArray &status, int type, int backup = 0, int queue = 0)
{
    return "app," + server + ',' + QByteArray::number(queue) + ",,0,0,,0," + status + ',' + QByteArray::number(type)
        + ',' + QByteArray::number(backup) + ",65,,\n";
}

} // namespace

class MonitoringTest : public QObject {
    Q_OBJECT

private slots:
    void prometheusRulesInErrorAreUnknown()
    {
        const QStringList lines = linesOf(
            valueOf(prometheusSource, QStringLiteral("rules"), captured(QStringLiteral("prom-rules-one-broken.json"))));
        QVERIFY2(found(lines, QStringLiteral("critical prometheus.alert HostDown {instance=127.0.0.1:29199"))
                     .contains(QLatin1String("firing since 2026-11-20T16:07:08.309Z: 127.0.0.1:29199 down")),
                 qPrintable(lines.join(QLatin1Char('\n'))));
        QVERIFY2(lines.filter(QStringLiteral("unknown prometheus.rule")).size() >= 1,
                 qPrintable(lines.join(QLatin1Char('\n'))));
        QVERIFY(!lines.filter(QStringLiteral("cannot be evaluated")).isEmpty());
    }

    /// What was captured long ago is no news: every rule is stale.
    void oldEvaluationsAreStale()
    {
        const auto value
            = valueOf(prometheusSource, QStringLiteral("rules"), captured(QStringLiteral("prom-rules-one-broken.json")),
                      {}, captureTime.addSecs(3600));
        QVERIFY(!linesOf(value).filter(QStringLiteral("was last evaluated at")).isEmpty());
    }

    void silenceWithoutRulesIsUnknown()
    {
        const auto value = valueOf(prometheusSource, QStringLiteral("rules"),
                                   withQuotes("{'status':'success','data':{'groups':[]}}"));
        QCOMPARE(linesOf(value).size(), 1);
        QVERIFY(linesOf(value).first().contains(QLatin1String("no alerting rules")));
    }

    void prometheusTargets()
    {
        const QStringList lines = linesOf(
            valueOf(prometheusSource, QStringLiteral("targets"), captured(QStringLiteral("prom-targets.json"))));
        QCOMPARE(lines.size(), 1);
        QVERIFY2(lines.first().startsWith(QLatin1String("warning prometheus.target target {instance=127.0.0.1:29199")),
                 qPrintable(lines.first()));
        QVERIFY(lines.first().contains(QLatin1String("connection refused")));
    }

    void prometheusAlerts()
    {
        const QStringList lines = linesOf(
            valueOf(prometheusSource, QStringLiteral("alerts"), captured(QStringLiteral("prom-alerts.json"))));
        QVERIFY(!found(lines, QStringLiteral("critical prometheus.alert HostDown")).isEmpty());
        QVERIFY(
            found(lines, QStringLiteral("notice prometheus.alert DiskLow")).contains(QLatin1String(": pending since")));
    }

    void prometheusQueries_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QVariantMap>("limits");
        QTest::addColumn<QStringList>("statuses");
        const QVariantMap none;
        const QVariantMap below{{QStringLiteral("critical"), 1}, {QStringLiteral("bad"), QStringLiteral("below")}};
        const QVariantMap above{{QStringLiteral("warning"), 5}, {QStringLiteral("critical"), 10}};
        const auto sample = [](const char *name) { return captured(QString::fromLatin1(name)); };
        QTest::newRow("vector") << sample("prom-query-vector.json") << none << words("ok ok");
        QTest::newRow("vector judged") << sample("prom-query-vector.json") << below << words("ok critical");
        QTest::newRow("range, last value") << sample("prom-query-range.json") << below << words("ok critical");
        QTest::newRow("no data is not 0") << sample("prom-query-empty.json") << above << words("unknown");
        QTest::newRow("NaN") << sample("prom-query-nan.json") << above << words("unknown unknown");
        QTest::newRow("infinite") << sample("prom-query-scalar-inf.json") << above << words("critical");
        QTest::newRow("infinite, bad below") << sample("prom-query-scalar-inf.json") << below << words("ok");
        QTest::newRow("an error") << sample("prom-query-error.json") << above << words("unknown");
        QTest::newRow("a string") << withQuotes("{'status':'success','data':{'resultType':'string','result':[1,'7']}}")
                                  << above << words("unknown");
        QTest::newRow("a number, not text")
            << withQuotes("{'status':'success','data':{'resultType':'scalar','result':[1,7]}}") << above
            << words("unknown");
        QTest::newRow("another shape") << withQuotes("{'status':'success','data':[]}") << above << words("unknown");
        QTest::newRow("a page") << QByteArray("<html>") << above << words("unknown");
        QTest::newRow("nothing") << QByteArray() << above << words("unknown");
    }

    void prometheusQueries()
    {
        QFETCH(QByteArray, body);
        QFETCH(QVariantMap, limits);
        QFETCH(QStringList, statuses);
        limits.insert(QStringLiteral("name"), QStringLiteral("up"));
        const auto value = valueOf(prometheusSource, QStringLiteral("query"), body,
                                   {{QStringLiteral("queries"), QVariantList{limits}}});
        QVERIFY(value);
        QStringList seen;
        for (const HealthCheck &check : std::get<HealthReport>(*value).checks)
            seen << statusWord(check.status);
        QCOMPARE(seen, statuses);
    }

    void prometheusAsksForItsQueries()
    {
        SourceEntry entry;
        entry.options = {{QStringLiteral("url"), QStringLiteral("http://mon:9090/prom/")},
                         {QStringLiteral("queries"),
                          QVariantList{QVariantMap{{QStringLiteral("name"), QStringLiteral("load")},
                                                   {QStringLiteral("query"), QStringLiteral("a{b=\"c&d\"} + 1")}}}}};
        const std::vector<Request> requests = prometheusSource.requests(entry, {});
        QCOMPARE(requests.size(), size_t(4));
        QCOMPARE(std::get<HttpGet>(requests[0].what).url.toString(),
                 QStringLiteral("http://mon:9090/prom/api/v1/rules?type=alert"));
        const QByteArray asked = std::get<HttpGet>(requests[3].what).url.toEncoded();
        QCOMPARE(asked, QByteArray("http://mon:9090/prom/api/v1/query?query=a%7Bb%3D%22c%26d%22%7D%20%2B%201"));
    }

    void alertmanagerAlerts()
    {
        for (const char *part : {"alerts", "groups"}) {
            const QStringList lines
                = linesOf(valueOf(alertmanagerSource, QString::fromLatin1(part),
                                  captured(QStringLiteral("am-%1.json").arg(QString::fromLatin1(part)))));
            QVERIFY2(found(lines, QStringLiteral("muted alertmanager.alert DiskNow"))
                         .contains(QLatin1String("held back by another alert")),
                     qPrintable(lines.join(QLatin1Char('\n'))));
        }
    }

    void silencesGiveTheirReason()
    {
        SourceEntry entry;
        const auto reply = [](const char *file) {
            HttpReply http;
            http.code = 200;
            http.body = captured(QString::fromLatin1(file));
            return http;
        };
        const auto value = alertmanagerSource.parse(
            entry,
            {answer(QStringLiteral("alerts"), QStringLiteral("x"), reply("am-alerts.json")),
             answer(QStringLiteral("silences"), QStringLiteral("x"), reply("am-silences.json")),
             answer(QStringLiteral("status"), QStringLiteral("x"), reply("am-status.json"))},
            {captureTime, {}});
        QVERIFY(value);
        QCOMPARE(std::get<HealthReport>(*value).version, QStringLiteral("0.25.0"));
        const QStringList lines = linesOf(value);
        QVERIFY2(
            !lines.filter(QStringLiteral("silenced by oncall@example.test until 2026-11-20T17:15:05Z: maintenance T-1"))
                 .isEmpty(),
            qPrintable(lines.join(QLatin1Char('\n'))));
    }

    void alertmanagerErrors()
    {
        for (const char *file : {"am-error-400.txt", "am-error-422.json", "am-post-silence-ok.json"}) {
            const QStringList lines
                = linesOf(valueOf(alertmanagerSource, QStringLiteral("alerts"), captured(QString::fromLatin1(file))));
            QCOMPARE(lines.size(), 1);
            QVERIFY2(lines.first().startsWith(QLatin1String("unknown alertmanager.api")), qPrintable(lines.first()));
        }
    }

    void nginxPage()
    {
        const auto value = valueOf(nginxHealthSource, QStringLiteral("stub_status"),
                                   captured(QStringLiteral("nginx-stub_status.txt")));
        QVERIFY(value);
        QCOMPARE(linesOf(value), QStringList());
        QCOMPARE(std::get<HealthReport>(*value).counters.value(QStringLiteral("nginx.requests")), 3260.0);
        const auto dropping
            = valueOf(nginxHealthSource, QStringLiteral("stub_status"),
                      "Active connections: 291 \nserver accepts handled requests\n 16630948 16630940 31070465 \n"
                      "Reading: 6 Writing: 179 Waiting: 106 \n");
        QCOMPARE(linesOf(dropping).size(), 1);
        QVERIFY(linesOf(dropping).first().contains(QLatin1String("8 connections dropped")));
        for (const char *text :
             {"", "<html>404</html>", "Active connections: 1 \n", "Active connections: 99999999999999999999 \n"})
            QVERIFY2(linesOf(valueOf(nginxHealthSource, QStringLiteral("stub_status"), text))
                         .first()
                         .startsWith(QLatin1String("error: line 1")),
                     text);
    }

    void haproxySample()
    {
        const QStringList lines = linesOf(
            valueOf(haproxySource, QStringLiteral("stat"), captured(QStringLiteral("haproxy-2.6-stats.csv"))));
        QVERIFY2(!lines.filter(QStringLiteral("haproxy.server")).isEmpty(), qPrintable(lines.join(QLatin1Char('\n'))));
        QVERIFY2(lines.filter(QStringLiteral("is cut")).isEmpty(), qPrintable(lines.join(QLatin1Char('\n'))));
        // HAProxy calls both backends of this page by the word of one server.
        QVERIFY(!found(lines, QStringLiteral("warning haproxy.backend app: 1 of 3 servers are up; HAProxy says UP"))
                     .isEmpty());
        QVERIFY(!found(lines, QStringLiteral("critical haproxy.backend bad: no server of 1 is up")).isEmpty());
    }

    void haproxyBackend_data()
    {
        QTest::addColumn<QByteArray>("servers");
        QTest::addColumn<QString>("status");
        QTest::addColumn<QString>("words");
        const auto line = [](const char *server, const char *status, int type, int backup = 0) {
            return haproxyLine(server, status, type, backup);
        };
        QTest::newRow("all up") << line("a", "UP", 2) + line("b", "UP", 2) << "ok"
                                << "2 of 2";
        QTest::newRow("half up") << line("a", "UP", 2) + line("b", "DOWN", 2) << "ok"
                                 << "1 of 2";
        QTest::newRow("under half") << line("a", "UP", 2) + line("b", "DOWN", 2) + line("c", "MAINT", 2) << "warning"
                                    << "1 of 3";
        QTest::newRow("failing checks") << line("a", "UP 1/3", 2) << "ok"
                                        << "1 of 1";
        QTest::newRow("coming back") << line("a", "DOWN 1/2", 2) << "critical"
                                     << "no server of 1";
        QTest::newRow("none checked") << line("a", "no check", 2) << "unknown"
                                      << "no server is checked";
        QTest::newRow("down and unchecked") << line("a", "DOWN", 2) + line("b", "no check", 2) << "unknown"
                                            << "no checked server";
        QTest::newRow("backup only") << line("a", "DOWN", 2) + line("b", "UP", 2, 1) << "warning"
                                     << "only backup";
        QTest::newRow("all in maintenance") << line("a", "MAINT", 2) + line("b", "MAINT (via x/y)", 2) << "critical"
                                            << "no server";
        QTest::newRow("a new word") << line("a", "SLEEPING", 2) << "critical"
                                    << "no server";
    }

    void haproxyBackend()
    {
        QFETCH(QByteArray, servers);
        QFETCH(QString, status);
        QFETCH(QString, words);
        const auto value
            = valueOf(haproxySource, QStringLiteral("stat"), haproxyHeader + servers + haproxyLine("BACKEND", "UP", 1));
        QVERIFY(value);
        for (const HealthCheck &check : std::get<HealthReport>(*value).checks) {
            if (check.code == QLatin1String("haproxy.backend")) {
                QCOMPARE(statusWord(check.status), status);
                QVERIFY2(check.text.startsWith(words), qPrintable(check.text));
                return;
            }
        }
        QFAIL("no verdict on the backend");
    }

    void haproxyCut()
    {
        const QByteArray whole = haproxyHeader + haproxyLine("a", "UP", 2) + haproxyLine("b", "UP", 2);
        QVERIFY(!linesOf(valueOf(haproxySource, QStringLiteral("stat"), whole.chopped(8)))
                     .filter(QStringLiteral("is cut"))
                     .isEmpty());
        QVERIFY(linesOf(valueOf(haproxySource, QStringLiteral("stat"), whole)).isEmpty());
        QVERIFY(linesOf(valueOf(haproxySource, QStringLiteral("stat"), "pxname,svname\n"))
                    .first()
                    .startsWith(QLatin1String("error: line 1")));
        // Quoted cells hold commas, quotes and newlines.
        const QByteArray quoted = haproxyHeader + "app,a,0,,0,0,,0,DOWN,2,0,65,\"said \"\"no\"\",\nthen more\",\n";
        QVERIFY(linesOf(valueOf(haproxySource, QStringLiteral("stat"), quoted))
                    .join(QLatin1Char(' '))
                    .contains(QLatin1String("said \"no\", then more")));
    }

    void nagiosPlugin_data()
    {
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<QString>("status");
        QTest::addColumn<QString>("text");
        QTest::newRow("ok") << 0 << QByteArray("DISK OK - free space: / 3326 MB (56%);\n") << "ok"
                            << "DISK OK - free space: / 3326 MB (56%);";
        QTest::newRow("warning") << 1 << QByteArray("LOAD WARNING|load1=7;5;10\n") << "warning"
                                 << "LOAD WARNING";
        QTest::newRow("critical") << 2 << QByteArray("x\ny\n") << "critical"
                                  << "x";
        QTest::newRow("unknown") << 3 << QByteArray("x\n") << "unknown"
                                 << "x";
        QTest::newRow("absent") << 127 << QByteArray() << "unknown"
                                << "the plugin did not end as one: the tool is not installed there";
        QTest::newRow("killed") << 137 << QByteArray("OK\n") << "unknown"
                                << "the plugin did not end as one: no answer within its time limit; it said: OK";
        QTest::newRow("without a word") << 0 << QByteArray() << "unknown"
                                        << "exit code 0 without a word";
        QTest::newRow("critical without a word") << 2 << QByteArray() << "critical"
                                                 << "exit code 2 without a word";
    }

    void nagiosPlugin()
    {
        QFETCH(int, exitCode);
        QFETCH(QByteArray, out);
        QFETCH(QString, status);
        QFETCH(QString, text);
        SourceEntry entry;
        const auto value = nagiosSource.parse(
            entry, {answer(QStringLiteral("plugin"), QStringLiteral("web1"), ShellReply{exitCode, out, {}})},
            {captureTime, {}});
        QVERIFY(value);
        const HealthCheck &check = std::get<HealthReport>(*value).checks.front();
        QCOMPARE(statusWord(check.status), status);
        QCOMPARE(check.text, text);
    }

    void nagiosFigures()
    {
        SourceEntry entry;
        const QByteArray out = "DISK OK | /=2643MB;5948;5958;0;5968 'it''s = a'=U time=0,25s;~:1;@2:3\n"
                               "more words\nlast words | /boot=68MB;88;93 bad\n/home=69357MB;253404\n";
        const auto value = nagiosSource.parse(
            entry, {answer(QStringLiteral("plugin"), QStringLiteral("web1"), ShellReply{0, out, {}})},
            {captureTime, {}});
        QVERIFY(value);
        QStringList seen;
        for (const HealthCheck &check : std::get<HealthReport>(*value).checks) {
            if (check.code == QLatin1String("nagios.value"))
                seen << QStringLiteral("%1 %2%3 %4 %5")
                            .arg(check.subject, check.value ? QString::number(*check.value) : QStringLiteral("?"),
                                 check.unit, check.warning ? QString::number(*check.warning) : QStringLiteral("-"),
                                 check.critical ? QString::number(*check.critical) : QStringLiteral("-"));
            else
                QCOMPARE(check.hint, QStringLiteral("more words\nlast words"));
        }
        QCOMPARE(seen,
                 QString::fromLatin1("/ 2643MB 5948 5958\n"
                                     "/boot 68MB 88 93\n"
                                     "/home 69357MB 253404 -\n"
                                     "bad ? - -\n"
                                     "it's = a ? - -\n"
                                     "time 0.25s 1 -")
                     .split(QLatin1Char('\n')));
    }

    /// Every byte may be missing, and any may be another.
    void nothingBreaksThem()
    {
        const std::vector<std::pair<const Source *, QByteArray>> samples{
            {&prometheusSource, captured(QStringLiteral("prom-rules-one-broken.json"))},
            {&alertmanagerSource, captured(QStringLiteral("am-groups.json"))},
            {&nginxHealthSource, captured(QStringLiteral("nginx-stub_status.txt"))},
            {&haproxySource, captured(QStringLiteral("haproxy-2.6-stats.csv"))},
        };
        for (const auto &[source, whole] : samples) {
            for (qsizetype size = 0; size < whole.size(); size += 1 + whole.size() / 200) {
                QByteArray changed = whole;
                changed[size] = char(changed.at(size) ^ 0x55);
                const QString part = QString::fromLatin1(source->parts.front());
                static_cast<void>(valueOf(*source, part, changed));
                const QStringList cut = linesOf(valueOf(*source, part, whole.left(size)));
                QVERIFY2(!cut.isEmpty() || whole.left(size).trimmed() == whole.trimmed(),
                         source->name); // half an answer is never all right
            }
        }
    }
};

QTEST_GUILESS_MAIN(MonitoringTest)
#include "tst_monitoring.moc"
