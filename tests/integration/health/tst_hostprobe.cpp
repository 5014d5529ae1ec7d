// SPDX-License-Identifier: GPL-3.0-or-later
#include "sourceruns.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

/// The host source's own probe, on this machine, in the shells that hosts have.
class HostProbeTest : public QObject {
    Q_OBJECT

private slots:
    void readsThisMachine_data()
    {
        QTest::addColumn<QStringList>("shell");
        QTest::newRow("sh") << QStringList{QStringLiteral("/bin/sh")};
        QTest::newRow("dash") << QStringList{QStringLiteral("dash")};
        QTest::newRow("bash --posix") << QStringList{QStringLiteral("bash"), QStringLiteral("--posix")};
        QTest::newRow("busybox sh") << QStringList{QStringLiteral("busybox"), QStringLiteral("sh")};
    }

    void readsThisMachine()
    {
        QFETCH(QStringList, shell);
        SourceEntry entry;
        entry.hosts = {QStringLiteral("here")};
        const Replies replies = runParts(hostSource, entry, QStringLiteral("here"), shell, Lane::Fast);
        QCOMPARE(replies.size(), size_t(11));
        const Result<Value> value = hostSource.parse(entry, replies, {QDateTime::currentDateTimeUtc(), {}});
        QVERIFY(value);
        const HealthReport &report = std::get<HealthReport>(*value);
        const auto statusOf = [&](const char *code) {
            for (const HealthCheck &check : report.checks) {
                if (check.code == QLatin1String(code))
                    return check.status;
            }
            return Status::None;
        };
        for (const char *code : {"host.load", "host.memory", "host.disk", "host.files", "host.uptime", "host.clock"})
            QVERIFY2(statusOf(code) != Status::None && statusOf(code) != Status::Unknown, code);
        QCOMPARE(statusOf("host.clock"), Status::Ok);
        QVERIFY(!report.epoch.isEmpty());
        QVERIFY(report.counters.value(QStringLiteral("cpu.total")) > 0);
    }

    void theSlowLaneAnswers()
    {
        SourceEntry entry;
        entry.hosts = {QStringLiteral("here")};
        const Replies replies
            = runParts(hostSource, entry, QStringLiteral("here"), {QStringLiteral("/bin/sh")}, Lane::Slow);
        QCOMPARE(replies.size(), size_t(3));
        QVERIFY(hostSource.parse(entry, replies, {QDateTime::currentDateTimeUtc(), {}}));
    }

    void hostileUnitNamesAreData()
    {
        SourceEntry entry;
        entry.hosts = {QStringLiteral("here")};
        const QString marker = QDir::tempPath() + QStringLiteral("/taffrail-injected");
        QFile::remove(marker);
        entry.options.insert(QStringLiteral("units"),
                             QStringList{QStringLiteral("a'; touch %1; '").arg(marker),
                                         QStringLiteral("$(touch %1)").arg(marker), QStringLiteral("--help")});
        (void)runParts(hostSource, entry, QStringLiteral("here"), {QStringLiteral("/bin/sh")}, Lane::Fast);
        QVERIFY(!QFile::exists(marker));
    }
};

QTEST_GUILESS_MAIN(HostProbeTest)
#include "tst_hostprobe.moc"
