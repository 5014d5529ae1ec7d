// SPDX-License-Identifier: GPL-3.0-or-later
#include "connectiontest.h"

#include <QTest>

using namespace taffrail;
using namespace std::chrono_literals;

namespace {

using Letters = QString;

/// One letter a row: P passed, F failed, n not reached, u not used, r running, w waiting.
Letters lettersOf(const std::vector<StageRow> &rows)
{
    Letters letters;
    for (const StageRow &row : rows)
        letters += QLatin1Char("wrPFnu"[int(row.state)]);
    return letters;
}

std::vector<StageMoment> momentsOf(const std::vector<TestStage> &stages, int passed)
{
    std::vector<StageMoment> moments;
    for (int i = 0; i < passed; ++i)
        moments.push_back({stages[size_t(i)], (i + 1) * 10ms, {}, true});
    return moments;
}

Error errorOf(ErrorKind kind, const char *step)
{
    return {kind, QString::fromLatin1(step), QStringLiteral("web1"), QStringLiteral("why"), QStringLiteral("do this")};
}

} // namespace

class TestConnectionTest : public QObject {
    Q_OBJECT

private slots:
    void errorsNameTheirStage_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("passed");
        QTest::addColumn<int>("error");
        QTest::addColumn<QByteArray>("step");
        QTest::addColumn<QString>("expected");
        const auto host = [](const char *name, int passed, ErrorKind error, const char *step, const char *expected) {
            QTest::newRow(name) << int(TestedKind::Host) << passed << int(error) << QByteArray(step)
                                << QString::fromLatin1(expected);
        };
        // Resolve, TCP, Host key, Sign-in, Shell, Read probe
        host("name", 0, ErrorKind::NameNotFound, "resolve", "Fnnnnn");
        host("configuration", 0, ErrorKind::BadConfig, "read ssh configuration", "Fnnnnn");
        host("refused port", 1, ErrorKind::Unreachable, "connect", "PFnnnn");
        host("refused port, no times", 0, ErrorKind::Unreachable, "connect", "PFnnnn");
        host("silent port", 2, ErrorKind::Unreachable, "banner", "PPFnnn");
        host("silent port, no times", 0, ErrorKind::Unreachable, "banner", "PPFnnn");
        host("key exchange broke", 2, ErrorKind::Unreachable, "connect", "PPFnnn");
        host("changed key", 2, ErrorKind::HostKeyChanged, "host key", "PPFnnn");
        host("unknown key, no times", 0, ErrorKind::HostKeyUnknown, "host key", "PPFnnn");
        host("sign-in refused", 3, ErrorKind::AuthRefused, "sign in", "PPPFnn");
        host("key file", 3, ErrorKind::BadConfig, "key file", "PPPFnn");
        host("key file before the first packet", 0, ErrorKind::BadConfig, "key file", "nnnFnn");
        host("no shell", 4, ErrorKind::Denied, "shell", "PPPPFn");
        host("no channel", 4, ErrorKind::Busy, "channel", "PPPPFn");
        host("probe", 5, ErrorKind::BadData, "probe", "PPPPPF");
        host("probe's channel lost", 5, ErrorKind::OutcomeUnknown, "run", "PPPPPF");
        host("link broke after sign-in", 4, ErrorKind::ConnectionLost, "connect", "PPPPFn");
        host("deadline", 2, ErrorKind::Timeout, "connect", "PPFnnn");
        host("cancelled", 3, ErrorKind::Cancelled, "run", "PPPFnn");
        const auto base = [](const char *name, int passed, ErrorKind error, const char *step, const char *expected) {
            QTest::newRow(name) << int(TestedKind::Database) << passed << int(error) << QByteArray(step)
                                << QString::fromLatin1(expected);
        };
        // Resolve, TCP, TLS, Sign-in, Database, Read probe
        base("database: name", 0, ErrorKind::NameNotFound, "name", "Fnnnnn");
        base("database: refused", 1, ErrorKind::Unreachable, "connect", "PFnnnn");
        base("database: silent", 2, ErrorKind::Unreachable, "connect", "PPFnnn");
        base("database: certificate", 2, ErrorKind::CertificateRefused, "tls", "PPFnnn");
        base("database: password", 3, ErrorKind::AuthRefused, "sign in", "PPPFnn");
        base("database: none of that name", 3, ErrorKind::NotFound, "sign in", "PPPPFn");
        base("database: no right to connect", 4, ErrorKind::Denied, "sign in", "PPPPFn");
        base("database: secret unreadable", 1, ErrorKind::NotFound, "password", "PnnFnn");
        base("database: bad dsn", 0, ErrorKind::BadConfig, "connect", "Fnnnnn");
        base("database: statement", 5, ErrorKind::Timeout, "query", "PPPPPF");
    }
    void errorsNameTheirStage()
    {
        QFETCH(int, kind);
        QFETCH(int, passed);
        QFETCH(int, error);
        QFETCH(QByteArray, step);
        QFETCH(QString, expected);
        const auto stages = testStages(TestedKind(kind), false);
        const auto rows = stageRows(TestedKind(kind), stages, momentsOf(stages, passed),
                                    TestEnd{70ms, errorOf(ErrorKind(error), step.constData())});
        QCOMPARE(lettersOf(rows), expected);
        for (const StageRow &row : rows) {
            QCOMPARE(row.hint, row.state == StageState::Failed ? QStringLiteral("do this") : QString());
            QCOMPARE(row.text, row.state == StageState::Failed ? QStringLiteral("why") : QString());
            if (row.state == StageState::NotReached)
                QVERIFY(!row.took);
        }
    }

    void timesAreOfEachStage()
    {
        const auto stages = testStages(TestedKind::Host, false);
        const std::vector<StageMoment> moments{
            {TestStage::Resolve, 2ms, {}, true},  {TestStage::Connect, 5ms, QStringLiteral("10.0.0.5"), true},
            {TestStage::HostKey, 35ms, {}, true}, {TestStage::SignIn, 75ms, {}, true},
            {TestStage::Shell, 80ms, {}, true},   {TestStage::ReadProbe, 90ms, {}, true}};
        const auto rows = stageRows(TestedKind::Host, stages, moments, TestEnd{91ms, {}});
        QCOMPARE(lettersOf(rows), QStringLiteral("PPPPPP"));
        std::vector<std::chrono::microseconds> took;
        for (const StageRow &row : rows)
            took.push_back(row.took.value());
        QVERIFY((took == std::vector<std::chrono::microseconds>{2ms, 3ms, 30ms, 40ms, 5ms, 10ms}));
        QCOMPARE(rows[1].text, QStringLiteral("10.0.0.5"));
    }

    void anUntoldTimeIsNotGuessed()
    {
        const auto stages = testStages(TestedKind::Database, false);
        const std::vector<StageMoment> moments{
            {TestStage::Resolve, 1ms, {}, true}, {TestStage::Connect, 2ms, {}, true}, {TestStage::Tls, 2ms, {}, false}};
        const auto rows
            = stageRows(TestedKind::Database, stages, moments, TestEnd{9ms, errorOf(ErrorKind::NotFound, "sign in")});
        QCOMPARE(lettersOf(rows), QStringLiteral("PPuPFn"));
        QVERIFY(!rows[2].took); // not used
        QVERIFY(!rows[3].took); // passed, but nobody told when
        QVERIFY(!rows[4].took);
    }

    void behindAWayNothingWasTried()
    {
        const auto stages = testStages(TestedKind::Database, true);
        QCOMPARE(stages.front(), TestStage::Way);
        const auto rows
            = stageRows(TestedKind::Database, stages, {}, TestEnd{1s, errorOf(ErrorKind::AuthRefused, "sign in")});
        QCOMPARE(lettersOf(rows), QStringLiteral("Fnnnnnn"));
        const auto later = stageRows(TestedKind::Database, stages, {{TestStage::Way, 9ms, {}, true}},
                                     TestEnd{1s, errorOf(ErrorKind::Unreachable, "connect")});
        QCOMPARE(lettersOf(later), QStringLiteral("PPFnnnn"));
    }

    void underWay()
    {
        const auto stages = testStages(TestedKind::Host, false);
        QCOMPARE(lettersOf(stageRows(TestedKind::Host, stages, momentsOf(stages, 2), {})), QStringLiteral("PPrwww"));
        QCOMPARE(lettersOf(stageRows(TestedKind::Host, stages, {}, {})), QStringLiteral("rwwwww"));
        QVERIFY(stageRows(TestedKind::Host, {}, {}, TestEnd{1ms, errorOf(ErrorKind::Internal, "")}).empty());
    }

    void thisMachineHasNoWayThere()
    {
        const auto stages = testStages(TestedKind::LocalHost, true);
        QCOMPARE(stages.size(), size_t(2));
        const auto rows
            = stageRows(TestedKind::LocalHost, stages, {}, TestEnd{1ms, errorOf(ErrorKind::ToolFailed, "run")});
        QCOMPARE(lettersOf(rows), QStringLiteral("Fn"));
    }
};

QTEST_APPLESS_MAIN(TestConnectionTest)
#include "tst_connectiontest.moc"
