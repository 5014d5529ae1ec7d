// SPDX-License-Identifier: GPL-3.0-or-later
#include "capistranolog.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::sources::capistrano;

class TestCapistranoLog : public QObject {
    Q_OBJECT

private slots:
    void lines_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("release");
        QTest::addColumn<QString>("branch");
        QTest::addColumn<QString>("user");
        // clang-format off
        QTest::newRow("deploy") << QByteArray("Branch v1.4 (at 6e59e7533e9c794bfcdc33d3a4fb47867a289348) deployed as release 20261120154853 by ada")
            << QStringLiteral("deploy") << QStringLiteral("20261120154853") << QStringLiteral("v1.4") << QStringLiteral("ada");
        QTest::newRow("user with by") << QByteArray("Branch v1.3 (at 8039) deployed as release 20261120155020 by Ada O'Brien by night")
            << QStringLiteral("deploy") << QStringLiteral("20261120155020") << QStringLiteral("v1.3") << QStringLiteral("Ada O'Brien by night");
        QTest::newRow("branch with at") << QByteArray("Branch fix (at home) (at 8039) deployed as release 20261120155020 by ada")
            << QStringLiteral("deploy") << QStringLiteral("20261120155020") << QStringLiteral("fix (at home)") << QStringLiteral("ada");
        QTest::newRow("no sha") << QByteArray("Branch x (at ) deployed as release 20261120155020 by ada") << QStringLiteral("deploy") << QStringLiteral("20261120155020") << QStringLiteral("x") << QStringLiteral("ada");
        QTest::newRow("no user") << QByteArray("Branch x (at 80) deployed as release 20261120155020 by ") << QStringLiteral("deploy") << QStringLiteral("20261120155020") << QStringLiteral("x") << QStringLiteral("");
        QTest::newRow("not ASCII") << QByteArray("Branch x (at 80) deployed as release 20261120155020 by Zo\xc3\xab") << QStringLiteral("deploy") << QStringLiteral("20261120155020") << QStringLiteral("x")
            << QStringLiteral("Zoë");
        QTest::newRow("rollback") << QByteArray("ada rolled back to release 20261120154850") << QStringLiteral("rollback") << QStringLiteral("20261120154850") << QStringLiteral("") << QStringLiteral("ada");
        QTest::newRow("rollback by a name with blanks") << QByteArray("Ada by day rolled back to release 20261120154850") << QStringLiteral("rollback") << QStringLiteral("20261120154850") << QStringLiteral("") << QStringLiteral("Ada by day");
        QTest::newRow("carriage return") << QByteArray("ada rolled back to release 20261120154850\r") << QStringLiteral("rollback") << QStringLiteral("20261120154850") << QStringLiteral("") << QStringLiteral("ada");
        QTest::newRow("cut") << QByteArray("Branch v1.4 (at 6e59) deployed as rele") << QStringLiteral("unknown") << QStringLiteral("") << QStringLiteral("") << QStringLiteral("");
        QTest::newRow("own words with a stamp") << QByteArray("ada shipped 20261120154850 (v7)") << QStringLiteral("unknown") << QStringLiteral("20261120154850") << QStringLiteral("") << QStringLiteral("");
        QTest::newRow("own words with two stamps") << QByteArray("20261120154850 -> 20261120154853") << QStringLiteral("unknown") << QStringLiteral("") << QStringLiteral("") << QStringLiteral("");
        QTest::newRow("15 digits") << QByteArray("ada rolled back to release 202611201548501") << QStringLiteral("unknown") << QStringLiteral("") << QStringLiteral("") << QStringLiteral("");
        QTest::newRow("empty") << QByteArray() << QStringLiteral("unknown") << QStringLiteral("") << QStringLiteral("") << QStringLiteral("");
        // clang-format on
    }
    void lines()
    {
        QFETCH(QByteArray, line);
        QFETCH(QString, kind);
        QFETCH(QString, release);
        QFETCH(QString, branch);
        QFETCH(QString, user);
        const LogLine read = readLogLine(line);
        QCOMPARE(releaseKindWord(read.kind), kind);
        QCOMPARE(read.release, release);
        QCOMPARE(read.branch, branch);
        QCOMPARE(read.user, user);
    }

    void merge_data()
    {
        QTest::addColumn<QByteArrayList>("one");
        QTest::addColumn<QByteArrayList>("two");
        QTest::addColumn<QStringList>("merged");
        using L = QByteArrayList;
        // clang-format off
        QTest::newRow("same") << L {"a", "b"} << L {"a", "b"} << QStringList {QStringLiteral("a@1,2"), QStringLiteral("b@1,2")};
        QTest::newRow("joined later") << L {"a", "b", "c"} << L {"c"} << QStringList {QStringLiteral("a@1"), QStringLiteral("b@1"), QStringLiteral("c@1,2")};
        QTest::newRow("first is the younger") << L {"c"} << L {"a", "b", "c", "d"} << QStringList {QStringLiteral("a@2"), QStringLiteral("b@2"), QStringLiteral("c@1,2"), QStringLiteral("d@2")};
        QTest::newRow("gap in the middle") << L {"a", "c"} << L {"a", "b", "c"} << QStringList {QStringLiteral("a@1,2"), QStringLiteral("b@2"), QStringLiteral("c@1,2")};
        QTest::newRow("repeated words") << L {"a", "b", "a"} << L {"a", "b", "a"} << QStringList {QStringLiteral("a@1,2"), QStringLiteral("b@1,2"), QStringLiteral("a@1,2")};
        QTest::newRow("other order") << L {"a", "b"} << L {"b", "a"} << QStringList {QStringLiteral("a@1,2"), QStringLiteral("b@1,2")};
        QTest::newRow("empty") << L {} << L {"a"} << QStringList {QStringLiteral("a@2")};
        // clang-format on
    }
    void merge()
    {
        QFETCH(QByteArrayList, one);
        QFETCH(QByteArrayList, two);
        QFETCH(QStringList, merged);
        std::vector<HostFacts> hosts(2);
        hosts[0].host = QStringLiteral("1");
        hosts[1].host = QStringLiteral("2");
        hosts[0].log = std::vector<QByteArray>(one.cbegin(), one.cend());
        hosts[1].log = std::vector<QByteArray>(two.cbegin(), two.cend());
        QStringList words;
        for (const FleetLine &line : mergeLogs(hosts))
            words << line.line.raw + QLatin1Char('@') + line.hosts.join(QLatin1Char(','));
        QCOMPARE(words, merged);
    }

    void stamps()
    {
        QVERIFY(stampTime(QStringLiteral("20261120154850")).isValid());
        QVERIFY(!stampTime(QStringLiteral("20261320154850")).isValid());
        QVERIFY(!stampTime(QStringLiteral("20261120246060")).isValid());
        QVERIFY(!isStamp(QStringLiteral("2026112015485")));
        QVERIFY(!isStamp(QStringLiteral("2026112015485x")));
        QVERIFY(!isStamp(QString::fromUtf8("２０２６１１２０１５４８５０")));
    }

    void words()
    {
        for (const ReleaseStatus status :
             {ReleaseStatus::Live, ReleaseStatus::Available, ReleaseStatus::Running, ReleaseStatus::Failed,
              ReleaseStatus::Unfinished, ReleaseStatus::Bad, ReleaseStatus::RolledBack, ReleaseStatus::Superseded,
              ReleaseStatus::Removed})
            QCOMPARE(releaseStatusFromWord(releaseStatusWord(status)), status);
        for (const ReleaseKind kind : {ReleaseKind::Deploy, ReleaseKind::Rollback, ReleaseKind::Redeploy,
                                       ReleaseKind::Config, ReleaseKind::OutOfBand, ReleaseKind::Unknown})
            QCOMPARE(releaseKindFromWord(releaseKindWord(kind)), kind);
        for (const Confidence confidence : {Confidence::Logged, Confidence::Inferred, Confidence::Reconciled})
            QCOMPARE(confidenceFromWord(confidenceWord(confidence)), confidence);
        QCOMPARE(releaseStatusFromWord(QStringLiteral("nonsense")), ReleaseStatus::Removed);
    }
};

QTEST_GUILESS_MAIN(TestCapistranoLog)
#include "tst_capistranolog.moc"
