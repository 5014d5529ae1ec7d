// SPDX-License-Identifier: GPL-3.0-or-later
// Jobs that start, run and tell of themselves: streams that are cut, doubled, and locks.
#include "jobplace.h"

using namespace taffrail;
using namespace taffrail::jobs;

class TestJobs : public JobPlace {
    Q_OBJECT

private slots:
    void init() { makePlace(); }
    void runsToItsEndAndTellsHowItEnded_data();
    void runsToItsEndAndTellsHowItEnded();
    void aCutStreamStartsNothing();
    void startedTwentyTimesItRunsOnce();
    void oneLockOneJob();
    void tokensOnlyGrow();
    void aClaimHoldsTheLockBetweenJobs();
    void oldJobsAreRemovedOnceTheyEnded();
    void theLogIsTheSameInAnyPieces();
    void theJournalComesBackAsItWent();
    void aPayloadCannotEndItself();
    void listNamesEveryJob();
    void noPlaceIsAnError();
    void theFirstPlaceThatExistsIsUsed();
    void brokenAnswersAreErrors_data();
    void brokenAnswersAreErrors();
};

void TestJobs::runsToItsEndAndTellsHowItEnded_data()
{
    QTest::addColumn<QByteArray>("script");
    QTest::addColumn<int>("code");
    QTest::newRow("good") << QByteArray("echo \"switch ok\" >> \"$TF_STEPS\"; echo hello; echo trouble >&2") << 0;
    QTest::newRow("bad") << QByteArray("echo \"switch ok\" >> \"$TF_STEPS\"; echo hello; echo trouble >&2; exit 42")
                         << 42;
    QTest::newRow("killed") << QByteArray(
        "echo \"switch ok\" >> \"$TF_STEPS\"; echo hello; echo trouble >&2; kill -9 $$")
                            << 137;
}

void TestJobs::runsToItsEndAndTellsHowItEnded()
{
    QFETCH(QByteArray, script);
    const JobSpec job = spec(script, QStringLiteral("shop"));
    const auto begun = parsedStatus(run(startScript(job)), QStringLiteral("here"));
    QVERIFY(begun);
    const JobStatus status = ended(job.id);
    QCOMPARE(status.state, JobState::Exited);
    QTEST(status.exitCode, "code");
    QCOMPARE(status.steps, QStringList{QStringLiteral("switch ok")});
    QVERIFY(!status.launcher.isEmpty());
    const auto log = parsedLog(run(readScript(m_places, job.id, 0, 1000)), QStringLiteral("here"), 0);
    QVERIFY(log);
    QCOMPARE(log->data, QByteArray("hello\ntrouble\n"));
}

void TestJobs::aCutStreamStartsNothing()
{
    const JobSpec job = spec("touch \"" + m_folder->filePath(QStringLiteral("ran")).toUtf8() + '"');
    const QByteArray whole = startScript(job);
    // Up to here something of the payload is missing; from there on it may run.
    const qsizetype complete = whole.lastIndexOf("# tf-end\n") + qsizetype(sizeof "# tf-end") - 1;
    QList<QByteArray> pieces;
    for (qsizetype size = 1; size < complete; size += size < complete - 60 ? whole.size() / 120 : 1)
        pieces << whole.left(size);
    for (qsizetype i = 0; i < pieces.size(); i += 8)
        runAll(pieces.mid(i, 8));
    QVERIFY(!QFile::exists(m_folder->filePath(QStringLiteral("ran"))));
    QCOMPARE(statusOf(job.id).state, JobState::Absent);
    run(whole);
    QCOMPARE(ended(job.id).exitCode, 0);
    QVERIFY(QFile::exists(m_folder->filePath(QStringLiteral("ran"))));
}

void TestJobs::startedTwentyTimesItRunsOnce()
{
    const QString counter = m_folder->filePath(QStringLiteral("counter"));
    const JobSpec job = spec("echo x >> \"" + counter.toUtf8() + "\"; sleep 0.3");
    runAll(QList<QByteArray>(20, startScript(job)));
    QCOMPARE(ended(job.id).exitCode, 0);
    run(startScript(job)); // and once more when it has ended
    QCOMPARE(contentOf(counter), QByteArray("x\n"));
}

void TestJobs::oneLockOneJob()
{
    const QString counter = m_folder->filePath(QStringLiteral("counter"));
    QStringList ids;
    QList<QByteArray> scripts;
    for (int i = 0; i < 12; ++i) {
        const JobSpec job = spec("echo x >> \"" + counter.toUtf8() + "\"; sleep 2", QStringLiteral("shop"));
        ids << job.id;
        scripts << startScript(job);
    }
    runAll(scripts);
    int ran = 0, refused = 0;
    for (const QString &id : ids) {
        const JobStatus status = ended(id);
        ran += status.exitCode == 0 ? 1 : 0;
        refused += status.exitCode == jobexit::lockHeld ? 1 : 0;
    }
    QCOMPARE(contentOf(counter), QByteArray("x\n"));
    QCOMPARE(ran, 1);
    QCOMPARE(refused, 11);
    const JobSpec after = spec("exit 0", QStringLiteral("shop"));
    run(startScript(after));
    QCOMPARE(ended(after.id).exitCode, 0);
}

void TestJobs::tokensOnlyGrow()
{
    QList<int> codes;
    for (const qint64 token : {5, 7, 6, 7, 0, 8, 9}) { // 0: the host issues the next, which is 8
        JobSpec job = spec("exit 0", QStringLiteral("shop"));
        job.token = token;
        run(startScript(job));
        codes << ended(job.id).exitCode;
    }
    QCOMPARE(codes, (QList<int>{0, 0, jobexit::oldToken, 0, 0, 0, 0}));
}

void TestJobs::aClaimHoldsTheLockBetweenJobs()
{
    const QString lock = QStringLiteral("shop"), here = QStringLiteral("here");
    const auto claimNow = [&] { return parsedClaim(run(claimScript(m_places, lock)), here); };
    QVERIFY(claimNow());
    QVERIFY(!*claimNow()); // no place yet

    JobSpec mine = spec("exit 0", lock);
    mine.claim = freshId();
    run(startScript(mine));
    QCOMPARE(ended(mine.id).exitCode, 0);
    QCOMPARE(statusOf(mine.id).token, qint64(1));
    QVERIFY(claimNow() && *claimNow());
    QCOMPARE((*claimNow())->run, mine.claim);
    QCOMPARE((*claimNow())->job, mine.id);
    QVERIFY((*claimNow())->since.isValid());

    JobSpec theirs = spec("exit 0", lock);
    theirs.claim = freshId();
    run(startScript(theirs));
    QCOMPARE(ended(theirs.id).exitCode, jobexit::lockHeld);
    const JobSpec unclaimed = spec("exit 0", lock);
    run(startScript(unclaimed));
    QCOMPARE(ended(unclaimed.id).exitCode, jobexit::lockHeld);

    JobSpec next = spec("sleep 60", lock);
    next.claim = mine.claim;
    run(startScript(next));
    QCOMPARE(statusOf(next.id).state, JobState::Running);
    const auto busy = parsedClaim(run(releaseScript(m_places, lock, mine.claim)), here);
    QVERIFY(!busy);
    QCOMPARE(busy.error().kind, ErrorKind::Busy);
    run(stopScript(m_places, next.id, 2));

    const auto foreign = parsedClaim(run(releaseScript(m_places, lock, theirs.claim)), here);
    QVERIFY(foreign && *foreign);
    QCOMPARE((*foreign)->run, mine.claim);
    const auto released = parsedClaim(run(releaseScript(m_places, lock, mine.claim)), here);
    QVERIFY(released && !*released);
    JobSpec later = spec("exit 0", lock);
    later.claim = theirs.claim;
    run(startScript(later));
    QCOMPARE(ended(later.id).exitCode, 0);
}

void TestJobs::oldJobsAreRemovedOnceTheyEnded()
{
    JobSpec job = spec("exit 0", QStringLiteral("shop"));
    job.claim = freshId();
    const JobSpec old = spec("exit 3"), fresh = spec("exit 0"), lost = spec("exit 0");
    for (const JobSpec &each : {old, fresh, lost, job}) {
        run(startScript(each));
        QCOMPARE(ended(each.id).state, JobState::Exited);
    }
    QFile code(folderOf(lost.id) + QStringLiteral("/exit"));
    QVERIFY(code.open(QIODevice::WriteOnly)); // how it ended is not known
    code.write("pending          \n");
    code.close();
    for (const JobSpec &each : {old, lost})
        QCOMPARE(QProcess::execute(QStringLiteral("touch"),
                                   {QStringLiteral("-d"), QStringLiteral("40 days ago"), folderOf(each.id)}),
                 0);
    QVERIFY(parsedClaim(run(releaseScript(m_places, QStringLiteral("shop"), job.claim)), QStringLiteral("here")));
    QCOMPARE(statusOf(old.id).state, JobState::Absent);
    QCOMPARE(statusOf(fresh.id).state, JobState::Exited);
    QCOMPARE(statusOf(lost.id).state, JobState::Lost);
    QCOMPARE(statusOf(job.id).state, JobState::Exited);
}

void TestJobs::theLogIsTheSameInAnyPieces()
{
    const JobSpec job = spec("i=0; while [ $i -lt 4000 ]; do echo \"line $i\"; i=$((i+1)); done");
    run(startScript(job));
    QByteArray log;
    for (bool more = true; more;) {
        const auto piece
            = parsedLog(run(readScript(m_places, job.id, log.size(), 7001)), QStringLiteral("here"), log.size());
        QVERIFY(piece);
        log += piece->data;
        more = piece->status.state != JobState::Exited || log.size() < piece->status.logSize;
    }
    const QList<QByteArray> lines = log.split('\n');
    QCOMPARE(lines.size(), 4001);
    for (int i = 0; i < 4000; ++i)
        QCOMPARE(lines[i], "line " + QByteArray::number(i));
}

void TestJobs::theJournalComesBackAsItWent()
{
    JobSpec job = spec("exit 0");
    job.journal = QByteArrayLiteral("{\"a\":\"it's  two  blanks, $(id) `id` \\\\n \xc3\xbc\",\n\"b\":\"second line\"}");
    run(startScript(job));
    const auto journal = parsedJournal(run(journalScript(m_places, job.id)), QStringLiteral("here"));
    QVERIFY(journal);
    QCOMPARE(*journal, job.journal);
    const auto none = parsedJournal(run(journalScript(m_places, freshId())), QStringLiteral("here"));
    QVERIFY(!none);
    QCOMPARE(none.error().kind, ErrorKind::NotFound);
}

void TestJobs::aPayloadCannotEndItself()
{
    const JobSpec first = spec("cat <<EOF\n# tf-end\nTF_END_0123456789abcdef\nEOF\necho after");
    run(startScript(first));
    QCOMPARE(ended(first.id).exitCode, 0);
    const auto log = parsedLog(run(readScript(m_places, first.id, 0, 1000)), QStringLiteral("here"), 0);
    QCOMPARE(log->data, QByteArray("# tf-end\nTF_END_0123456789abcdef\nafter\n"));
}

void TestJobs::listNamesEveryJob()
{
    QVERIFY(parsedList(run(listScript(m_places)), QStringLiteral("here"))->empty());
    const JobSpec good = spec("exit 0"), bad = spec("exit 3");
    run(startScript(good));
    run(startScript(bad));
    ended(good.id);
    ended(bad.id);
    const auto list = parsedList(run(listScript(m_places)), QStringLiteral("here"));
    QVERIFY(list);
    QMap<QString, int> codes;
    for (const ListedJob &job : *list) {
        codes.insert(job.id, job.status.exitCode);
        QVERIFY(job.startedAt.isValid());
    }
    QCOMPARE(codes, (QMap<QString, int>{{good.id, 0}, {bad.id, 3}}));
}

void TestJobs::noPlaceIsAnError()
{
    QFile file(m_folder->filePath(QStringLiteral("file")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    m_places = {file.fileName() + QStringLiteral("/jobs")};
    const auto status = parsedStatus(run(startScript(spec("exit 0"))), QStringLiteral("here"));
    QVERIFY(!status);
    QCOMPARE(status.error().kind, ErrorKind::Denied);
    QCOMPARE(statusOf(freshId()).state, JobState::Absent);
}

void TestJobs::theFirstPlaceThatExistsIsUsed()
{
    const QString shared = m_folder->filePath(QStringLiteral("shared"));
    QVERIFY(QDir().mkdir(shared));
    m_places = {shared, m_folder->filePath(QStringLiteral("own"))};
    const JobSpec job = spec("exit 0");
    run(startScript(job));
    QCOMPARE(ended(job.id).exitCode, 0);
    QVERIFY(QFile::exists(shared + QLatin1Char('/') + job.id));
    QVERIFY(!QFile::exists(m_places.last()));
}

void TestJobs::brokenAnswersAreErrors_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("shell noise") << QByteArray("Welcome!\n");
    QTest::newRow("no state") << QByteArray("TF1 hello\n");
    QTest::newRow("unknown state") << QByteArray("TF1 state dancing log 0\n");
    QTest::newRow("no code") << QByteArray("TF1 state exited x log 0\n");
    QTest::newRow("no size") << QByteArray("TF1 state running 12 log x\n");
    QTest::newRow("cut") << QByteArray("TF1 state runn");
    QTest::newRow("error") << QByteArray("TF1 error strange words\n");
}

void TestJobs::brokenAnswersAreErrors()
{
    QFETCH(QByteArray, answer);
    QVERIFY(!parsedStatus(answer, QStringLiteral("here")));
    QVERIFY(!parsedLog(answer, QStringLiteral("here"), 0));
}

QTEST_GUILESS_MAIN(TestJobs)
#include "tst_jobs.moc"
