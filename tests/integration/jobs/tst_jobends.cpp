// SPDX-License-Identifier: GPL-3.0-or-later
// Jobs that are stopped, killed and lost, and clocks that are set meanwhile.
#include "jobplace.h"

using namespace taffrail;
using namespace taffrail::jobs;

class TestJobEnds : public JobPlace {
    Q_OBJECT

private slots:
    void init() { makePlace(); }
    void aDeadKeeperIsToldAndHoldsTheLock();
    void aDeadJobIsLostAndStaysLost();
    void aClockThatIsSetMakesNoJobLost();
    void stopIsPoliteThenFirm();
    void whatIsStoppedBeforeItBeginsNeverBegins_data();
    void whatIsStoppedBeforeItBeginsNeverBegins();
};

void TestJobEnds::aDeadKeeperIsToldAndHoldsTheLock()
{
    const JobSpec job = spec("sleep 30", QStringLiteral("shop"));
    run(startScript(job));
    QCOMPARE(statusOf(job.id).state, JobState::Running);
    QTRY_VERIFY(processIn(job.id, "child") > 0);
    ::kill(pid_t(processIn(job.id, "pid")), SIGKILL);
    QTRY_COMPARE(statusOf(job.id).state, JobState::Orphaned);
    const JobSpec next = spec("exit 0", QStringLiteral("shop"));
    run(startScript(next));
    QCOMPARE(ended(next.id).exitCode, jobexit::lockHeld);
    run(stopScript(m_places, job.id, 1));
    QTRY_COMPARE(statusOf(job.id).state, JobState::Lost);
    const JobSpec last = spec("exit 0", QStringLiteral("shop"));
    run(startScript(last));
    QCOMPARE(ended(last.id).exitCode, 0);
}

void TestJobEnds::aDeadJobIsLostAndStaysLost()
{
    const QString counter = m_folder->filePath(QStringLiteral("counter"));
    const JobSpec job = spec("echo x >> \"" + counter.toUtf8() + "\"; sleep 30");
    run(startScript(job));
    QTRY_VERIFY(processIn(job.id, "child") > 0);
    const pid_t child = pid_t(processIn(job.id, "child"));
    ::kill(pid_t(processIn(job.id, "pid")), SIGKILL);
    ::kill(-child, SIGKILL);
    QTRY_COMPARE(statusOf(job.id).state, JobState::Lost);
    run(startScript(job));
    QCOMPARE(statusOf(job.id).state, JobState::Lost);
    QCOMPARE(contentOf(counter), QByteArray("x\n"));
}

void TestJobEnds::aClockThatIsSetMakesNoJobLost()
{
    // A start in its first moment, on a host whose clock is set two hours ahead just then.
    const JobSpec job = spec("exit 0");
    run(startScript(job));
    QCOMPARE(ended(job.id).exitCode, 0);
    const QString folder = folderOf(job.id);
    for (const char *each : {"/pid", "/child"})
        QVERIFY(QFile::remove(folder + QLatin1String(each)));
    QVERIFY(QFile::remove(folder + QStringLiteral("/exit")));
    QCOMPARE(
        QProcess::execute(QStringLiteral("touch"),
                          {QStringLiteral("-d"), QStringLiteral("2 hours ago"), folder + QStringLiteral("/started")}),
        0);
    QCOMPARE(statusOf(job.id).state, JobState::Starting);
    // Nothing of it for a minute: that is no start any more, whatever the clock says.
    QFile launched(folder + QStringLiteral("/launched"));
    QVERIFY(launched.open(QIODevice::ReadOnly));
    const QByteArrayList words = launched.readAll().trimmed().split(' ');
    launched.close();
    QVERIFY(launched.open(QIODevice::WriteOnly));
    launched.write(QByteArray::number(words.value(0).toLongLong() - 61) + ' ' + words.value(1) + '\n');
    launched.close();
    QCOMPARE(QProcess::execute(QStringLiteral("touch"), {folder + QStringLiteral("/started")}), 0);
    QCOMPARE(statusOf(job.id).state, JobState::Lost);
}

void TestJobEnds::stopIsPoliteThenFirm()
{
    const JobSpec polite = spec("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.1; done");
    run(startScript(polite));
    QTRY_COMPARE(contentOf(folderOf(polite.id) + QStringLiteral("/log")), QByteArray("up\n"));
    run(stopScript(m_places, polite.id, 5));
    QCOMPARE(ended(polite.id).exitCode, 7);
    const JobSpec deaf = spec("trap '' TERM; echo up; while :; do sleep 0.1; done");
    run(startScript(deaf));
    QTRY_COMPARE(contentOf(folderOf(deaf.id) + QStringLiteral("/log")), QByteArray("up\n"));
    run(stopScript(m_places, deaf.id, 1));
    QCOMPARE(ended(deaf.id).exitCode, 137);
}

void TestJobEnds::whatIsStoppedBeforeItBeginsNeverBegins_data()
{
    QTest::addColumn<bool>("hasArrived");
    QTest::addColumn<bool>("hasPlace");
    QTest::newRow("its start is on the way") << false << true;
    QTest::newRow("its start is on the way to a host that never had one") << false << false;
    QTest::newRow("it arrived, and nothing started it") << true << true;
}

void TestJobEnds::whatIsStoppedBeforeItBeginsNeverBegins()
{
    QFETCH(bool, hasArrived);
    QFETCH(bool, hasPlace);
    const QString counter = m_folder->filePath(QStringLiteral("counter"));
    const JobSpec job = spec("echo x >> \"" + counter.toUtf8() + '"', QStringLiteral("shop"));
    if (hasPlace)
        QVERIFY(QDir().mkpath(m_places.last()));
    if (hasArrived) {
        // As the start leaves it when its connection ends just after the rename.
        QVERIFY(QDir().mkpath(folderOf(job.id)));
        const QMap<QString, QByteArray> files{{QStringLiteral("script"), job.script + "\n# tf-end\n"},
                                              {QStringLiteral("journal"), "{}\n"},
                                              {QStringLiteral("exit"), "pending          \n"},
                                              {QStringLiteral("log"), {}},
                                              {QStringLiteral("steps"), {}},
                                              {QStringLiteral("lockname"), "shop 0 -\n"}};
        for (auto each = files.constBegin(); each != files.constEnd(); ++each) {
            QFile file(folderOf(job.id) + QLatin1Char('/') + each.key());
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(each.value());
        }
        QCOMPARE(statusOf(job.id).state, JobState::Prepared);
    }
    const auto stopped = parsedStatus(run(stopScript(m_places, job.id, 1)), QStringLiteral("here"));
    QVERIFY(stopped);
    QCOMPARE(stopped->state, JobState::Exited);
    QCOMPARE(stopped->exitCode, jobexit::neverBegun);
    run(startScript(job)); // now it comes
    QCOMPARE(ended(job.id).exitCode, jobexit::neverBegun);
    QCOMPARE(contentOf(counter), QByteArray());
    // It holds nothing: the next one runs.
    const JobSpec next = spec("exit 0", QStringLiteral("shop"));
    run(startScript(next));
    QCOMPARE(ended(next.id).exitCode, 0);
}

QTEST_GUILESS_MAIN(TestJobEnds)
#include "tst_jobends.moc"
