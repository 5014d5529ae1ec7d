// SPDX-License-Identifier: GPL-3.0-or-later
#include "capturedreply.h"
#include "text.h"

#include <QFile>
#include <QTest>

using namespace taffrail;

namespace {

QByteArray contentOf(const QString &name)
{
    QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/unit/health/data/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// The worst that `taffrail parse health/SOURCE[.PART]` says of it, or "error", or "nothing" without a fact.
QString worstOf(const QString &word, const QByteArray &text)
{
    const sources::Source *source = sources::findSource(PaneKind::Health, word.section(QLatin1Char('.'), 0, 0));
    if (!source)
        return QStringLiteral("no source");
    QString part = word.section(QLatin1Char('.'), 1);
    if (part.isEmpty())
        part = QString::fromLatin1(source->parts.front());
    SourceEntry entry;
    const Result<Value> value
        = parseCaptured(*source, {}, {{part, text}}, {}, 0, fromRfc3339(QStringLiteral("2026-11-20T16:15:06Z")), entry);
    if (!value)
        return QStringLiteral("error");
    const auto &checks = std::get<HealthReport>(*value).checks;
    Status worst = Status::None;
    for (const HealthCheck &check : checks)
        worst = worse(worst, check.status);
    return checks.empty() ? QStringLiteral("nothing") : statusWord(worst);
}

} // namespace

/// Every captured answer of a health source, read by the code of `taffrail parse`. What a part cannot read, or what
/// says nothing by itself, must never come out as ok.
class ParseHealthTest : public QObject {
    Q_OBJECT

private slots:
    void sample_data()
    {
        QTest::addColumn<QString>("word");
        QTest::addColumn<QString>("worst");
        const auto row = [](const char *file, const char *word, const char *worst) {
            QTest::newRow(file) << QString::fromLatin1(word) << QString::fromLatin1(worst);
        };
        row("list-units-failed.legacy-text.txt", "host.units", "warning");
        row("list-units-plain.txt", "host.units", "warning");
        row("show-manager.txt", "host.units", "warning");
        row("list-units-failed.json", "host.units", "unknown");
        row("list-units-services.json", "host.units", "unknown");
        row("list-timers.json", "host.units", "unknown");
        row("err.jsonl", "host.journal", "ok");
        row("docker-20.10-ps.jsonl", "host.ctr", "warning");
        row("docker-inspect-line.txt", "host.ctr", "unknown");
        row("inst-lines.txt", "host.updates", "unknown");
        row("chronyc-no-daemon.txt", "host.ntp", "unknown");
        row("chronyc-tracking-local.csv", "host.ntp", "ok");
        row("timedatectl-show.txt", "host.ntp", "notice");
        row("gnu-Pk.txt", "host.dfk", "nothing");
        row("gnu-Pi.txt", "host.dfi", "nothing");
        row("mounts.txt", "host.mounts", "nothing");
        row("aspnet-json-writer.json", "http", "warning");
        row("aspnet-plain-degraded.txt", "http", "warning");
        row("health-json-warn.json", "http", "warning");
        row("spring-down.json", "http", "critical");
        row("spring-up-minimal.json", "http", "ok");
        row("haproxy-2.6-stats.csv", "haproxy", "critical");
        row("nginx-stub_status.txt", "nginx", "ok");
        row("tls-leaf-12d.pem", "tls", "critical");
        row("am-alerts.json", "alertmanager", "ok"); // all silenced or held back
        row("am-groups.json", "alertmanager.groups", "ok");
        row("am-silences.json", "alertmanager.silences", "ok");
        row("am-status.json", "alertmanager.status", "ok");
        row("am-error-400.txt", "alertmanager", "unknown");
        row("am-error-422.json", "alertmanager", "unknown");
        row("am-post-silence-ok.json", "alertmanager", "unknown");
        row("prom-alerts.json", "prometheus.alerts", "critical");
        row("prom-rules-one-broken.json", "prometheus", "critical");
        row("prom-targets.json", "prometheus.targets", "warning");
        row("prom-buildinfo.json", "prometheus.buildinfo", "nothing");
        row("prom-query-empty.json", "prometheus.query", "unknown");
        row("prom-query-error.json", "prometheus.query", "unknown");
        row("prom-query-nan.json", "prometheus.query", "unknown");
        row("prom-query-range.json", "prometheus.query", "ok");
        row("prom-query-scalar-inf.json", "prometheus.query", "ok");
        row("prom-query-vector.json", "prometheus.query", "ok");
    }

    void sample()
    {
        QFETCH(QString, word);
        QFETCH(QString, worst);
        const QByteArray text = contentOf(QString::fromLatin1(QTest::currentDataTag()));
        QVERIFY(!text.isEmpty());
        QCOMPARE(worstOf(word, text), worst);
    }

    /// Text of something else altogether is never good news. (An HTTP endpoint may say any words with its 200.)
    void somethingElse()
    {
        for (const char *word : {"host.st", "host.units", "host.journal", "host.ctr", "host.ntp", "host.updates",
                                 "haproxy", "nginx", "tls", "alertmanager", "prometheus", "prometheus.query"}) {
            for (const char *text :
                 {"<html><body>Sign in</body></html>", "\x01\x02\xff\xfe", "{\"a\":", "null", "[]"}) {
                const QString worst = worstOf(QString::fromLatin1(word), text);
                const bool isFine = worst == QLatin1String("ok")
                    // No failed unit, no alert: an empty list is an answer.
                    && qstrcmp(text, "[]") != 0;
                QVERIFY2(
                    !isFine,
                    qPrintable(QStringLiteral("%1 of %2").arg(QString::fromLatin1(word), QString::fromLatin1(text))));
            }
        }
    }
};

QTEST_GUILESS_MAIN(ParseHealthTest)
#include "tst_parsehealth.moc"
