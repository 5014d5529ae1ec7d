// SPDX-License-Identifier: GPL-3.0-or-later
#include "runcases.h"

#include <QSet>
#include <QTest>

using namespace taffrail;

class TestRollbackRun : public QObject {
    Q_OBJECT

private slots:
    void nextHosts_data();
    void nextHosts();
    void everyAttemptIsAJobOfItsOwn();
    void aNewRunHasDoneNothing();
    void unknownWordsNeverLookBetter();
};

void TestRollbackRun::nextHosts_data()
{
    QTest::addColumn<QString>("stages");
    QTest::addColumn<int>("batch");
    QTest::addColumn<bool>("stopAsked");
    QTest::addColumn<QString>("run");
    QTest::addColumn<QString>("next");
    const auto row = [](const char *name, const char *stages, int batch, const char *next, bool stop = false,
                        const char *run = "running") {
        QTest::newRow(name) << QString::fromLatin1(stages) << batch << stop << QString::fromLatin1(run)
                            << QString::fromLatin1(next);
    };
    row("first", "waiting waiting waiting", 1, "0");
    row("second", "switched waiting waiting", 1, "1");
    row("a batch", "switched waiting waiting", 2, "1 2");
    row("a batch is not topped up", "switched running waiting", 2, "");
    row("one under way", "starting waiting waiting", 1, "");
    row("after a failure nothing", "failed waiting waiting", 3, "");
    row("a later failure counts too", "waiting failed waiting", 1, "");
    row("after a lost job nothing", "switched lost waiting", 1, "");
    row("all through", "switched switched switched", 1, "");
    row("stop", "switched waiting waiting", 1, "", true);
    row("paused", "switched waiting waiting", 1, "", false, "paused");
    row("verifying", "waiting waiting waiting", 1, "", false, "verifying");
    row("a batch of nought", "waiting waiting waiting", 0, "0");
}

void TestRollbackRun::nextHosts()
{
    QFETCH(QString, stages);
    QFETCH(int, batch);
    QFETCH(bool, stopAsked);
    QFETCH(QString, run);
    RollbackRun journal = runcases::run();
    journal.plan.batch = batch;
    journal.stopAsked = stopAsked;
    journal.stage = runStageFromWord(run);
    const QStringList words = stages.split(QLatin1Char(' '));
    for (qsizetype i = 0; i < words.size(); ++i)
        journal.hosts[size_t(i)].stage = hostStageFromWord(words[i]);
    QStringList next;
    for (const size_t host : hostsToBegin(journal))
        next << QString::number(host);
    QTEST(next.join(QLatin1Char(' ')), "next");
}

void TestRollbackRun::everyAttemptIsAJobOfItsOwn()
{
    RollbackRun run = runcases::run();
    QSet<QString> ids;
    for (HostRun &host : run.hosts) {
        for (host.attempt = 0; host.attempt < 3; ++host.attempt) {
            ids << jobIdOf(run, host);
            QCOMPARE(jobIdOf(run, host), jobIdOf(runcases::run(), host)); // on another console
        }
    }
    run.id = QStringLiteral("11111111-d9cb-469f-a165-70867728950e");
    ids << jobIdOf(run, run.hosts[0]);
    QCOMPARE(ids.size(), 10);
}

void TestRollbackRun::aNewRunHasDoneNothing()
{
    const RollbackRun run = runcases::run();
    QCOMPARE(run.hosts.size(), size_t(3));
    QVERIFY(!hasEnded(run));
    for (const HostRun &host : run.hosts) {
        QCOMPARE(host.stage, HostStage::Waiting);
        QCOMPARE(host.steps.size(), size_t(2));
        QCOMPARE(host.steps[0].stage, StepState::Stage::Waiting);
        QVERIFY(!host.job.isEmpty());
    }
}

void TestRollbackRun::unknownWordsNeverLookBetter()
{
    QCOMPARE(runStageFromWord(QStringLiteral("splendid")), RunStage::Lost);
    QCOMPARE(hostStageFromWord({}), HostStage::Lost);
    QCOMPARE(stepStageFromWord(QStringLiteral("?")), StepState::Stage::Failed);
}

QTEST_GUILESS_MAIN(TestRollbackRun)
#include "tst_rollbackrun.moc"
