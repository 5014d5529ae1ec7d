// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackpolicy.h"

#include <QTest>

using namespace taffrail;

class TestRollbackPolicy : public QObject {
    Q_OBJECT

private slots:
    void nothingWrittenIsTheDefault()
    {
        QStringList problems;
        QCOMPARE(rollbackPolicyOf({}, problems), RollbackPolicy());
        QVERIFY(problems.isEmpty());
    }

    void everythingIsRead()
    {
        SourceEntry entry;
        entry.rollback = {{QStringLiteral("method"), QStringLiteral("capistrano")},
                          {QStringLiteral("restart"), QStringLiteral("unit:shop")},
                          {QStringLiteral("strategy"), QVariantMap{{QStringLiteral("batch"), 3}}},
                          {QStringLiteral("hold"), QStringLiteral("2m")},
                          {QStringLiteral("health_gate"), QStringLiteral("http")},
                          {QStringLiteral("migrations"), QStringList{QStringLiteral("auto")}},
                          {QStringLiteral("backups"), QStringList{QStringLiteral("a"), QStringLiteral("b")}},
                          {QStringLiteral("approvals"), 1},
                          {QStringLiteral("window"), QStringLiteral("daily 00:00-24:00")},
                          {QStringLiteral("min_free_disk"), QStringLiteral("1.5GiB")}};
        QStringList problems;
        const RollbackPolicy policy = rollbackPolicyOf(entry, problems);
        QVERIFY(problems.isEmpty());
        QCOMPARE(policy.method, QStringLiteral("capistrano"));
        QCOMPARE(policy.restart, QStringLiteral("unit:shop"));
        QCOMPARE(policy.batch, 3);
        QCOMPARE(policy.hold, std::chrono::seconds(120));
        QCOMPARE(policy.healthGate, QStringList{QStringLiteral("http")});
        QCOMPARE(policy.backups.size(), 2);
        QCOMPARE(policy.approvals, 1);
        QCOMPARE(policy.minFreeBytes, std::optional<qint64>(1536LL * 1024 * 1024));
        entry.rollback.insert(QStringLiteral("min_free_disk"), QStringLiteral("10%"));
        QCOMPARE(rollbackPolicyOf(entry, problems).minFreeShare, std::optional<double>(0.1));
    }

    void anUnreadableWindowIsTold()
    {
        SourceEntry entry;
        entry.rollback = {{QStringLiteral("window"), QStringLiteral("when it rains")}};
        QStringList problems;
        rollbackPolicyOf(entry, problems);
        QCOMPARE(problems.size(), 1);
        QVERIFY(problems[0].contains(QLatin1String("when it rains")));
    }

    void window_data()
    {
        QTest::addColumn<QString>("window");
        QTest::addColumn<QString>("now");
        QTest::addColumn<int>("expected"); // 1 open, 0 closed, -1 cannot be read
        const auto row = [](const char *window, const char *now, int expected) {
            QTest::addRow("%s at %s", window, now)
                << QString::fromLatin1(window) << QString::fromLatin1(now) << expected;
        };
        // 2026-11-20 is a Friday.
        row("", "2026-11-20T03:00:00Z", 1);
        row("Mon-Fri 08:00-18:00", "2026-11-20T08:00:00Z", 1);
        row("Mon-Fri 08:00-18:00", "2026-11-20T18:00:00Z", 0);
        row("Mon-Fri 08:00-18:00 UTC", "2026-11-21T09:00:00Z", 0);
        row("Sat,Sun 00:00-24:00", "2026-11-21T23:59:00Z", 1);
        row("Sat-Mon 10:00-11:00", "2026-11-23T10:30:00Z", 1);
        row("Fri 22:00-02:00", "2026-11-20T23:00:00Z", 1);
        row("Fri 22:00-02:00", "2026-11-21T01:59:00Z", 1);
        row("Fri 22:00-02:00", "2026-11-20T01:00:00Z", 0);
        row("Sun 22:00-02:00", "2026-11-23T01:00:00Z", 1);
        row("daily 08:00-09:00; daily 20:00-21:00", "2026-11-20T20:30:00Z", 1);
        row("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-11-20T07:30:00Z", 1);
        row("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-07-17T06:30:00Z", 1); // summer time
        row("Mon-Fri 08:00-18:00 Atlantis/Capital", "2026-11-20T07:30:00Z", -1);
        row("Mon-Fri 08:00-18:60", "2026-11-20T07:30:00Z", -1);
        row("Mon-Fri 25:00-26:00", "2026-11-20T07:30:00Z", -1);
        row("Mox 08:00-18:00", "2026-11-20T07:30:00Z", -1);
        row("daily 08:00-08:00", "2026-11-20T08:00:00Z", -1);
        row("daily 08:00-09:00; nonsense", "2026-11-20T08:30:00Z", -1);
    }

    void window()
    {
        QFETCH(QString, window);
        QFETCH(QString, now);
        QFETCH(int, expected);
        const auto open = isInWindow(window, QDateTime::fromString(now, Qt::ISODate));
        QCOMPARE(open ? int(*open) : -1, expected);
    }
};

QTEST_GUILESS_MAIN(TestRollbackPolicy)
#include "tst_rollbackpolicy.moc"
