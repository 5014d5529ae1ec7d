// SPDX-License-Identifier: GPL-3.0-or-later
#include "capistranosite.h"

#include "probe.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;

// One host: directories are really built and read by the part's own shell text, in every shell of this machine.
class TestCapistrano : public QObject {
    Q_OBJECT

private:
    static void addShells()
    {
        QTest::addColumn<QStringList>("shell");
        for (const QStringList &shell : shells())
            QTest::newRow(qPrintable(shell.join(QLatin1Char(' ')))) << shell;
    }

private slots:
    void readsHistory_data() { addShells(); }
    void readsHistory()
    {
        QFETCH(QStringList, shell);
        const CapistranoSite site;
        layHistory(site);
        const DeploymentHistory history = readSite(site, capistranoEntry(site), shell);
        QCOMPARE(history.source, QStringLiteral("capistrano"));
        QCOMPARE(history.app, QStringLiteral("shop"));
        QCOMPARE(history.live, QStringLiteral("20261120154000"));
        QCOMPARE(history.keepReleases, 5);
        QStringList words;
        for (const Release &release : history.releases)
            words << release.id + QLatin1Char(' ') + releaseStatusWord(release.status);
        QCOMPARE(words,
                 (QStringList{QStringLiteral("20261120155000 rolled-back"), QStringLiteral("20261120154000 live"),
                              QStringLiteral("20261120153000 available"), QStringLiteral("20261120152000 failed"),
                              QStringLiteral("20261120151000 available"), QStringLiteral("20261120150000 available")}));
        const Release *named = releaseOf(history, QStringLiteral("20261120151000"));
        QCOMPARE(named->deployedBy, QStringLiteral("Ada O'Brien by night"));
        QCOMPARE(named->branch, QStringLiteral("v1.1"));
        QCOMPARE(named->revision, QStringLiteral("20261120151000aabbccddeeff00112233445566"));
        QVERIFY(named->note.contains(
            QStringLiteral("revisions.log names commit 6e59e7533e9c794bfcdc33d3a4fb47867a289348")));
        QCOMPARE(named->deployedAt, QDateTime(QDate(2026, 11, 20), QTime(15, 10), Qt::UTC));
        QCOMPARE(named->confidence, Confidence::Logged);
        QCOMPARE(releaseOf(history, QStringLiteral("20261120153000"))->branch, QStringLiteral("feature (at work)"));
        QCOMPARE(releaseOf(history, QStringLiteral("20261120152000"))->confidence, Confidence::Inferred);
        QCOMPARE(history.hosts.size(), size_t(1));
        QCOMPARE(history.hosts[0].live, history.live);
        QVERIFY(history.hosts[0].freeBytes > 0);
        QVERIFY(history.hosts[0].switchedAt.isValid());
        QCOMPARE(history.hosts[0].revision, QStringLiteral("20261120154000aabbccddeeff00112233445566"));
        QVERIFY(!history.locked);
    }

    void eventsAreNewestFirst()
    {
        const CapistranoSite site;
        layHistory(site);
        const DeploymentHistory history = readSite(site, capistranoEntry(site));
        QCOMPARE(history.events.size(), size_t(6));
        const DeployEvent &back = history.events[0];
        QCOMPARE(back.kind, ReleaseKind::Rollback);
        QCOMPARE(back.from, QStringLiteral("20261120155000"));
        QCOMPARE(back.release, QStringLiteral("20261120154000"));
        QCOMPARE(back.actor, QStringLiteral("bob"));
        QCOMPARE(back.outcome, ReleaseStatus::Live);
        QCOMPARE(back.host, QString());
        QCOMPARE(history.events[1].outcome, ReleaseStatus::RolledBack);
        QCOMPARE(history.events.back().release, QStringLiteral("20261120150000"));
        QCOMPARE(history.events.back().outcome, ReleaseStatus::Superseded);
    }

    // A rollback line carries no time: the last one was written when the log changed, earlier ones lie between deploys.
    void rollbackTimesAreBounded()
    {
        const CapistranoSite site;
        site.addRelease(QStringLiteral("20261120150000"));
        site.addRelease(QStringLiteral("20261120151000"));
        site.makeLive(QStringLiteral("20261120150000"));
        site.write(QStringLiteral("revisions.log"),
                   CapistranoSite::deployed("20261120140000") + CapistranoSite::deployed("20261120150000")
                       + CapistranoSite::rolledBack("20261120140000") + CapistranoSite::deployed("20261120151000")
                       + CapistranoSite::rolledBack("20261120150000"));
        const QDateTime written(QDate(2026, 11, 20), QTime(15, 20), Qt::UTC);
        site.setTime(QStringLiteral("revisions.log"), written);
        site.setTime(QStringLiteral("current"), written.addSecs(-2));
        const DeploymentHistory history = readSite(site, capistranoEntry(site));
        QCOMPARE(history.events[0].at, written.addSecs(-2));
        QCOMPARE(history.events[0].notAfter, written);
        QCOMPARE(history.events[0].confidence, Confidence::Inferred);
        QVERIFY(!history.events[2].at.isValid());
        QCOMPARE(history.events[2].notBefore, QDateTime(QDate(2026, 11, 20), QTime(15, 0), Qt::UTC));
        QCOMPARE(history.events[2].notAfter, QDateTime(QDate(2026, 11, 20), QTime(15, 10), Qt::UTC));
        QCOMPARE(releaseOf(history, QStringLiteral("20261120140000"))->status, ReleaseStatus::Removed);
    }

    void liveThatTheLogDoesNotKnow()
    {
        const CapistranoSite site;
        layHistory(site);
        site.makeLive(QStringLiteral("20261120152000"));
        const DeploymentHistory history = readSite(site, capistranoEntry(site));
        QCOMPARE(history.live, QStringLiteral("20261120152000"));
        const DeployEvent &event = history.events[0];
        QCOMPARE(event.kind, ReleaseKind::OutOfBand);
        QCOMPARE(event.confidence, Confidence::Reconciled);
        QCOMPARE(event.from, QStringLiteral("20261120154000"));
        QCOMPARE(event.outcome, ReleaseStatus::Live);
        QVERIFY(event.at.isValid());
        const Release *release = releaseOf(history, history.live);
        QCOMPARE(release->kind, ReleaseKind::OutOfBand);
        QCOMPARE(release->status, ReleaseStatus::Live);
    }

    void switchedByHandToALoggedRelease()
    {
        const CapistranoSite site;
        layHistory(site);
        site.makeLive(QStringLiteral("20261120151000"));
        const DeploymentHistory history = readSite(site, capistranoEntry(site));
        QCOMPARE(history.events[0].kind, ReleaseKind::OutOfBand);
        QCOMPARE(releaseOf(history, history.live)->kind, ReleaseKind::Deploy);
    }

    void danglingLink_data() { addShells(); }
    void danglingLink()
    {
        QFETCH(QStringList, shell);
        const CapistranoSite site;
        layHistory(site);
        site.link(site.path(QStringLiteral("releases/20261120150505")), QStringLiteral("current"));
        const DeploymentHistory history = readSite(site, capistranoEntry(site), shell);
        QVERIFY(history.hosts[0].dangling);
        QCOMPARE(history.hosts[0].live, QStringLiteral("20261120150505"));
        QVERIFY(releaseOf(history, QStringLiteral("20261120150505"))->liveOn.isEmpty());
        QCOMPARE(releaseOf(history, QStringLiteral("20261120150505"))->status, ReleaseStatus::Removed);
        QVERIFY(hasNote(history, QStringLiteral("does not exist")));
    }

    void strangeEntries_data() { addShells(); }
    void strangeEntries()
    {
        QFETCH(QStringList, shell);
        const CapistranoSite site;
        layHistory(site);
        site.link(site.path(QStringLiteral("releases/20261120154000")), QStringLiteral("releases/current"));
        QDir().mkpath(site.path(QStringLiteral("releases/evil\nRELEASE\t20261120160000\tdirectory\tabc\t")));
        QDir().mkpath(site.path(QStringLiteral("releases/.hidden")));
        QDir().mkpath(site.path(QStringLiteral("releases/20269999999999")));
        site.write(QStringLiteral("rolled-back-release-20261120120000.tar.gz"), "x");
        site.write(QStringLiteral("releases/20261120150000/REVISION_TIME"), "1795185000\n");
        const DeploymentHistory history = readSite(site, capistranoEntry(site), shell);
        QVERIFY(!releaseOf(history, QStringLiteral("20261120160000")));
        QVERIFY(hasNote(history, QStringLiteral("releases/current")));
        QVERIFY(hasNote(history, QStringLiteral(".hidden")));
        QVERIFY(!releaseOf(history, QStringLiteral("20269999999999"))->deployedAt.isValid());
        const Release *archived = releaseOf(history, QStringLiteral("20261120120000"));
        QVERIFY(archived);
        QCOMPARE(archived->status, ReleaseStatus::Removed);
        QVERIFY(archived->note.contains(QStringLiteral("archived on web1")));
        QVERIFY(releaseOf(history, QStringLiteral("20261120150000"))->note.contains(QStringLiteral("commit of 2026-")));
    }

    void unfinishedOrFailed_data()
    {
        QTest::addColumn<int>("minutesLater");
        QTest::addColumn<QByteArray>("log");
        QTest::addColumn<ReleaseStatus>("status");
        const QByteArray before = CapistranoSite::deployed("20261120150000");
        QTest::newRow("a minute old") << 1 << before << ReleaseStatus::Unfinished;
        QTest::newRow("an hour old") << 60 << before << ReleaseStatus::Failed;
        QTest::newRow("followed by another")
            << 1 << before + CapistranoSite::deployed("20261120160000") << ReleaseStatus::Failed;
        QTest::newRow("log begins later")
            << 60 << CapistranoSite::deployed("20261120160000") << ReleaseStatus::Available;
        QTest::newRow("own words in the log") << 60 << before + "a deploy happened\n" << ReleaseStatus::Available;
        QTest::newRow("own words with the stamp") << 60 << before + "20261120155000 is out\n"
                                                  << ReleaseStatus::Available;
        QTest::newRow("empty log") << 60 << QByteArray("\n") << ReleaseStatus::Failed;
    }
    void unfinishedOrFailed()
    {
        QFETCH(int, minutesLater);
        QFETCH(QByteArray, log);
        QFETCH(ReleaseStatus, status);
        const CapistranoSite site;
        site.addRelease(QStringLiteral("20261120150000"));
        site.addRelease(QStringLiteral("20261120155000"), {});
        site.makeLive(QStringLiteral("20261120150000"));
        site.write(QStringLiteral("revisions.log"), log);
        const QDateTime now = QDateTime(QDate(2026, 11, 20), QTime(15, 50), Qt::UTC).addSecs(minutesLater * 60);
        const DeploymentHistory history = readSite(site, capistranoEntry(site), {QStringLiteral("/bin/sh")}, now);
        const Release *release = releaseOf(history, QStringLiteral("20261120155000"));
        QCOMPARE(releaseStatusWord(release->status), releaseStatusWord(status));
        QVERIFY(release->note.contains(QStringLiteral("no REVISION on web1")));
    }

    void pruneHorizon()
    {
        const CapistranoSite site;
        layHistory(site);
        SourceEntry entry = capistranoEntry(site);
        entry.options.insert(QStringLiteral("keep_releases"), 4);
        const DeploymentHistory history = readSite(site, entry);
        QList<int> left;
        for (const Release &release : history.releases)
            left << release.deploysUntilPruned;
        QCOMPARE(left, (QList<int>{4, 3, 2, 1, 1, 1}));
    }

    void logIsGoneOrHuge()
    {
        const CapistranoSite site;
        layHistory(site);
        QFile::remove(site.path(QStringLiteral("revisions.log")));
        DeploymentHistory history = readSite(site, capistranoEntry(site));
        QVERIFY(hasNote(history, QStringLiteral("no revisions.log")));
        QCOMPARE(releaseOf(history, QStringLiteral("20261120155000"))->status, ReleaseStatus::Available);
        QCOMPARE(history.events.size(), size_t(1));
        QCOMPARE(history.events[0].kind, ReleaseKind::Unknown);

        QByteArray log;
        for (int i = 0; i < 10'000; ++i)
            log += CapistranoSite::deployed(QByteArray::number(20260101000000 + i));
        site.write(QStringLiteral("revisions.log"),
                   log + CapistranoSite::deployed("20261120154000") + "Branch main (at 6e59) deplo");
        history = readSite(site, capistranoEntry(site));
        QCOMPARE(history.events[0].release, QStringLiteral("20261120154000"));
        QCOMPARE(history.events[0].kind, ReleaseKind::Redeploy); // of the same commit
        QVERIFY(hasNote(history, QStringLiteral("only the newest lines")));
        QVERIFY(hasNote(history, QStringLiteral("is not complete")));
        QVERIFY(history.events.size() > 400 && history.events.size() <= 500);
    }

    void windowsLineEnds()
    {
        const CapistranoSite site;
        site.addRelease(QStringLiteral("20261120150000"));
        site.makeLive(QStringLiteral("20261120150000"));
        site.write(QStringLiteral("revisions.log"),
                   CapistranoSite::deployed("20261120150000", "main", "ada").replace("\n", "\r\n"));
        const DeploymentHistory history = readSite(site, capistranoEntry(site));
        QCOMPARE(history.events[0].actor, QStringLiteral("ada"));
    }

    void noLiveLink()
    {
        const CapistranoSite site;
        site.addRelease(QStringLiteral("20261120150000"));
        DeploymentHistory history = readSite(site, capistranoEntry(site));
        QVERIFY(hasNote(history, QStringLiteral("there is no live link")));
        QCOMPARE(history.live, QString());
        QDir().mkpath(site.path(QStringLiteral("current")));
        history = readSite(site, capistranoEntry(site));
        QVERIFY(hasNote(history, QStringLiteral("is a directory, not a link")));
    }

    void liveElsewhere()
    {
        const CapistranoSite site;
        layHistory(site);
        site.write(QStringLiteral("hotfix/REVISION"), "abc\n");
        site.link(QStringLiteral("hotfix"), QStringLiteral("current"));
        const DeploymentHistory history = readSite(site, capistranoEntry(site));
        QCOMPARE(history.live, QStringLiteral("hotfix"));
        QVERIFY(!history.hosts[0].dangling);
        QCOMPARE(history.hosts[0].revision, QStringLiteral("abc"));
        QCOMPARE(releaseOf(history, QStringLiteral("hotfix"))->confidence, Confidence::Reconciled);
    }

    void noOpRollback()
    {
        const CapistranoSite site;
        layHistory(site);
        site.write(QStringLiteral("revisions.log"),
                   CapistranoSite::deployed("20261120154000") + CapistranoSite::rolledBack("20261120154000", "bob"));
        QVERIFY(hasNote(readSite(site, capistranoEntry(site)), QStringLiteral("changed nothing")));
    }

    void partFitsIntoAProbe()
    {
        const CapistranoSite site;
        layHistory(site);
        const SourceEntry entry = capistranoEntry(site);
        const std::vector<sources::Request> asked = sources::capistranoSource.requests(entry, {});
        QCOMPARE(asked.size(), size_t(1));
        const QByteArray nonce(32, 'a');
        const sources::Probe probe
            = sources::assembleProbe(nonce, {{"shop", std::get<sources::ShellPart>(asked[0].what)}});
        QProcess shell;
        shell.start(QStringLiteral("/bin/sh"), {QStringLiteral("-s")});
        shell.write(probe.script);
        shell.closeWriteChannel();
        QVERIFY(shell.waitForFinished(30'000));
        const sources::ProbeAnswer answer
            = sources::parseProbe(nonce, shell.readAllStandardOutput(), shell.readAllStandardError());
        QVERIFY(answer.complete);
        const Result<Value> value = sources::capistranoSource.parse(
            entry, {replyFrom(QStringLiteral("web1"), answer.sections.value("shop"))}, {});
        QVERIFY(value.has_value());
        QCOMPARE(std::get<DeploymentHistory>(*value).live, QStringLiteral("20261120154000"));
    }

    void pathWithQuotesAndBlanks_data() { addShells(); }
    void pathWithQuotesAndBlanks()
    {
        QFETCH(QStringList, shell);
        const CapistranoSite site;
        layHistory(site);
        const QString odd = QFileInfo(site.path()).path() + QStringLiteral("/it's $(false) `x` \"&");
        QVERIFY(QFile::rename(site.path(), odd));
        SourceEntry entry = capistranoEntry(site);
        entry.options.insert(QStringLiteral("path"), odd);
        const DeploymentHistory history = readSite(site, entry, shell);
        QCOMPARE(history.releases.size(), size_t(6));
        QVERIFY(history.hosts[0].dangling); // the link still names the old place
    }
};

QTEST_GUILESS_MAIN(TestCapistrano)
#include "tst_capistrano.moc"
