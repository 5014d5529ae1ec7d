// SPDX-License-Identifier: GPL-3.0-or-later
#include "../rollback/runcases.h"
#include "rollbackcodec.h"

#include <QSet>
#include <QTest>

#include <nlohmann/json.hpp>

using namespace taffrail;

class TestRollbackCodec : public QObject {
    Q_OBJECT

private slots:
    void aPlanComesBack();
    void aRunComesBack();
    void brokenJournalsAreErrors_data();
    void brokenJournalsAreErrors();
    void theDigestCoversWhatDecides_data();
    void theDigestCoversWhatDecides();
    void theDigestLeavesOutTimesAndWords();
};

void TestRollbackCodec::aPlanComesBack()
{
    const RollbackPlan plan = runcases::plan();
    const auto text = codec::jsonText(codec::toJson(plan));
    const auto back = codec::fromJson<RollbackPlan>(*codec::parseJson(text));
    QVERIFY2(back, back ? "" : qPrintable(sentence(back.error())));
    QCOMPARE(*back, plan);
}

void TestRollbackCodec::aRunComesBack()
{
    RollbackRun run = runcases::run();
    run.version = 7;
    run.stage = RunStage::Verifying;
    run.stopAsked = true;
    run.endedAt = run.startedAt.addSecs(100);
    run.hosts[0].stage = HostStage::Failed;
    run.hosts[0].attempt = 2;
    run.hosts[0].token = 9'007'199'254'740'995;
    run.hosts[0].exitCode = 95;
    run.hosts[0].logSize = 1'234'567'890'123;
    run.hosts[0].trouble = QStringLiteral("restart failed");
    run.hosts[0].proof = QStringLiteral("link");
    run.hosts[0].steps[0] = {QStringLiteral("switch"), StepState::Stage::Failed, run.startedAt, run.endedAt, 95};
    run.verification = {run.startedAt, run.endedAt, {QStringLiteral("web1 is ill")}, 3};
    run.message = QStringLiteral("it failed");
    const auto back = codec::fromJson<RollbackRun>(*codec::parseJson(codec::jsonText(codec::toJson(run))));
    QVERIFY2(back, back ? "" : qPrintable(sentence(back.error())));
    QCOMPARE(*back, run);
}

void TestRollbackCodec::brokenJournalsAreErrors_data()
{
    QTest::addColumn<QByteArray>("patch");
    QTest::newRow("state") << QByteArray(R"({"state":"splendid"})");
    QTest::newRow("host state") << QByteArray(R"({"hosts":[{"host":"web1","state":"fine"}]})");
    QTest::newRow("hosts") << QByteArray(R"({"hosts":7})");
    QTest::newRow("plan") << QByteArray(R"({"plan":[]})");
    QTest::newRow("time") << QByteArray(R"({"started_at":"yesterday"})");
}

void TestRollbackCodec::brokenJournalsAreErrors()
{
    QFETCH(QByteArray, patch);
    codec::Json json = codec::toJson(runcases::run());
    json.update(*codec::parseJson(patch));
    const auto back = codec::fromJson<RollbackRun>(json);
    QVERIFY(!back);
    QCOMPARE(back.error().kind, ErrorKind::BadData);
}

void TestRollbackCodec::theDigestCoversWhatDecides_data()
{
    QTest::addColumn<int>("which");
    for (int i = 0; i < 12; ++i)
        QTest::addRow("%d", i) << i;
}

void TestRollbackCodec::theDigestCoversWhatDecides()
{
    QFETCH(int, which);
    RollbackPlan plan = runcases::plan();
    const QString before = codec::planDigest(plan);
    QCOMPARE(before.size(), 64);
    switch (which) {
    case 0: plan.environment += QLatin1Char('x'); break;
    case 1: plan.target += QLatin1Char('x'); break;
    case 2: plan.hosts[1].from += QLatin1Char('x'); break;
    case 3: plan.hosts[1].script += 'x'; break;
    case 4: plan.hosts[1].undo += 'x'; break;
    case 5: plan.hosts.pop_back(); break;
    case 6: plan.batch = 2; break;
    case 7: plan.hold += std::chrono::seconds(1); break;
    case 8: plan.gates[0].verdict = Verdict::Pass; break;
    case 9: plan.gates[0].overridable = false; break;
    case 10: plan.changes[0].before += QLatin1Char('x'); break;
    default: plan.healthGate.clear(); break;
    }
    QVERIFY(codec::planDigest(plan) != before);
}

void TestRollbackCodec::theDigestLeavesOutTimesAndWords()
{
    RollbackPlan plan = runcases::plan();
    const QString before = codec::planDigest(plan);
    plan.madeAt = plan.madeAt.addSecs(60);
    plan.gates[0].answer = QStringLiteral("63 s ago");
    plan.gates[0].observedAt = plan.madeAt;
    plan.gates[0].evidence.clear();
    plan.badBefore.clear();
    plan.digest.clear();
    QCOMPARE(codec::planDigest(plan), before);
    QCOMPARE(codec::planDigest(*codec::fromJson<RollbackPlan>(codec::toJson(plan))), before);
}

QTEST_GUILESS_MAIN(TestRollbackCodec)
#include "tst_rollbackcodec.moc"
