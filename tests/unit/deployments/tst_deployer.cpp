// SPDX-License-Identifier: GPL-3.0-or-later
#include "capistranosite.h"

#include "deployerlog.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;

namespace {

const QDateTime noon(QDate(2026, 11, 21), QTime(12, 0), Qt::UTC);

QByteArray logged(int minute, const QByteArray &name, const QByteArray &user = "Ada Ops",
                  const QByteArray &target = "HEAD")
{
    return "{\"created_at\":\"2026-11-20T15:" + QByteArray::number(minute).rightJustified(2, '0')
        + ":15+0000\",\"release_name\":\"" + name + "\",\"user\":\"" + user + "\",\"target\":\"" + target + "\"}\n";
}

/// A deploy_path as the tool lays it out.
class Site : public CapistranoSite {
public:
    void add(const QString &name, const QByteArray &revision = {}) const
    {
        addRelease(name, revision.isEmpty() ? QByteArray(name.toLatin1()).rightJustified(40, 'a') : revision);
    }
    void live(const QString &name, int minute) const
    {
        link(QStringLiteral("releases/") + name, QStringLiteral("current"));
        setTime(QStringLiteral("current"), QDateTime(QDate(2026, 11, 20), QTime(15, minute), Qt::UTC));
    }
    SourceEntry entry(const QStringList &hosts = {QStringLiteral("web1")}) const
    {
        SourceEntry made = capistranoEntry(*this, hosts);
        made.id = made.source = QStringLiteral("deployer");
        return made;
    }
};

/// Releases 1 to 4; 5 was rolled back from, 6 was cut.
void lay(const Site &site)
{
    QByteArray log;
    for (int i = 1; i <= 6; ++i) {
        site.add(QString::number(i));
        log += logged(i * 5, QByteArray::number(i));
    }
    site.live(QStringLiteral("4"), 27);
    site.write(QStringLiteral("releases/5/BAD_RELEASE"), "2026-11-20T15:27:03+0000,Bob, the \"builder\"\n");
    site.link(QStringLiteral("releases/6"), QStringLiteral("release"));
    site.write(QStringLiteral(".dep/releases_log"), log);
    site.write(QStringLiteral(".dep/latest_release"), "6\n");
}

Result<Value> readAll(const SourceEntry &entry, const QStringList &shell = {QStringLiteral("/bin/sh")},
                      const QDateTime &now = noon)
{
    sources::Replies replies;
    for (const sources::Request &request : sources::deployerSource.requests(entry, {}))
        replies.push_back(
            replyFrom(request.subject, runShell(std::get<sources::ShellPart>(request.what).script, shell)));
    return sources::deployerSource.parse(entry, replies, {now, {}});
}

DeploymentHistory read(const SourceEntry &entry, const QStringList &shell = {QStringLiteral("/bin/sh")},
                       const QDateTime &now = noon)
{
    const Result<Value> value = readAll(entry, shell, now);
    return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory{};
}

DeploymentHistory captured(const QByteArray &text, const QString &command = {})
{
    SourceEntry entry;
    entry.hosts = QStringList{QStringLiteral("host")};
    if (!command.isEmpty())
        entry.options = {{QStringLiteral("command"), command}};
    const Result<Value> value
        = sources::deployerSource.parse(entry, {replyFrom(QStringLiteral("host"), {0, text, {}})}, {noon, {}});
    return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory{};
}

QStringList words(const DeploymentHistory &history)
{
    QStringList found;
    for (const Release &release : history.releases)
        found << release.id + QLatin1Char(' ') + releaseStatusWord(release.status);
    return found;
}

} // namespace

class TestDeployer : public QObject {
    Q_OBJECT

private slots:
    void readsHistory_data()
    {
        QTest::addColumn<QStringList>("shell");
        for (const QStringList &shell : shells())
            QTest::newRow(qPrintable(shell.join(QLatin1Char(' ')))) << shell;
    }
    void readsHistory()
    {
        QFETCH(QStringList, shell);
        const Site site;
        lay(site);
        const DeploymentHistory history = read(site.entry(), shell);
        QCOMPARE(history.source, QStringLiteral("deployer"));
        QCOMPARE(history.app, QStringLiteral("shop"));
        QCOMPARE(history.live, QStringLiteral("4"));
        QCOMPARE(history.keepReleases, 10);
        QCOMPARE(
            words(history),
            (QStringList{QStringLiteral("6 unfinished"), QStringLiteral("5 bad"), QStringLiteral("4 live"),
                         QStringLiteral("3 available"), QStringLiteral("2 available"), QStringLiteral("1 available")}));
        const Release *bad = releaseOf(history, QStringLiteral("5"));
        QVERIFY2(bad->note.contains(QStringLiteral("by Bob, the \"builder\" at 2026-11-20T15:27:03Z")),
                 qPrintable(bad->note));
        QCOMPARE(releaseOf(history, QStringLiteral("3"))->deployedBy, QStringLiteral("Ada Ops"));
        QCOMPARE(releaseOf(history, QStringLiteral("3"))->deployedAt,
                 QDateTime(QDate(2026, 11, 20), QTime(15, 15, 15), Qt::UTC));
        QCOMPARE(releaseOf(history, QStringLiteral("3"))->revision, QString(39, QLatin1Char('a')) + QLatin1Char('3'));
        QCOMPARE(releaseOf(history, QStringLiteral("6"))->deploysUntilPruned, 1);
        QCOMPARE(releaseOf(history, QStringLiteral("1"))->deploysUntilPruned, 5);
        QVERIFY(hasNote(history, QStringLiteral("good targets left: 3")));
        QVERIFY(!history.locked);
        QCOMPARE(history.hosts[0].switchedAt, QDateTime(QDate(2026, 11, 20), QTime(15, 27), Qt::UTC));
        QVERIFY(history.hosts[0].freeBytes > 0);
    }

    void eventsTellRollbacks()
    {
        const Site site;
        lay(site);
        const DeploymentHistory history = read(site.entry());
        QCOMPARE(history.events.size(), size_t(7));
        QCOMPARE(history.events[0].release, QStringLiteral("6"));
        QCOMPARE(history.events[0].outcome, ReleaseStatus::Unfinished);
        const DeployEvent &back = history.events[1];
        QCOMPARE(back.kind, ReleaseKind::Rollback);
        QCOMPARE(back.from, QStringLiteral("5"));
        QCOMPARE(back.release, QStringLiteral("4"));
        QCOMPARE(back.actor, QStringLiteral("Bob, the \"builder\""));
        QCOMPARE(back.outcome, ReleaseStatus::Live);
        QCOMPARE(history.events[2].release, QStringLiteral("5"));
        QCOMPARE(history.events[2].outcome, ReleaseStatus::RolledBack);
        QCOMPARE(history.events[2].from, QStringLiteral("4"));
        for (const DeployEvent &event : history.events)
            QVERIFY(event.kind != ReleaseKind::OutOfBand);
    }

    // Failed deploys look like the others in the log: only what is newer than the live one shows it.
    void newerThanLiveIsDoubtful()
    {
        const Site site;
        lay(site);
        QFile::remove(site.path(QStringLiteral("releases/5/BAD_RELEASE")));
        QFile::remove(site.path(QStringLiteral("release")));
        site.live(QStringLiteral("4"), 21);
        const DeploymentHistory history = read(site.entry());
        QCOMPARE(
            words(history).mid(0, 3),
            (QStringList{QStringLiteral("6 unfinished"), QStringLiteral("5 unfinished"), QStringLiteral("4 live")}));
        QVERIFY(history.events[0].kind != ReleaseKind::OutOfBand);
    }

    void switchedByHand()
    {
        const Site site;
        lay(site);
        QFile::remove(site.path(QStringLiteral("releases/5/BAD_RELEASE")));
        site.live(QStringLiteral("2"), 59); // long after the later deploys
        DeploymentHistory history = read(site.entry());
        QCOMPARE(history.events[0].kind, ReleaseKind::OutOfBand);
        QCOMPARE(history.events[0].confidence, Confidence::Reconciled);
        QCOMPARE(history.events[0].release, QStringLiteral("2"));
        site.add(QStringLiteral("hotfix"));
        site.live(QStringLiteral("hotfix"), 59);
        history = read(site.entry());
        QCOMPARE(history.live, QStringLiteral("hotfix"));
        QCOMPARE(releaseOf(history, QStringLiteral("hotfix"))->kind, ReleaseKind::OutOfBand);
        QCOMPARE(releaseOf(history, QStringLiteral("hotfix"))->confidence, Confidence::Reconciled);
    }

    void liveThatIsMarkedBad()
    {
        const Site site;
        lay(site);
        site.live(QStringLiteral("5"), 50);
        const DeploymentHistory history = read(site.entry());
        QCOMPARE(releaseOf(history, QStringLiteral("5"))->status, ReleaseStatus::Live);
        QVERIFY(hasNote(history, QStringLiteral("the live release 5 is marked as bad")));
        QCOMPARE(history.events[0].kind, ReleaseKind::OutOfBand);
    }

    void lockShowsWhoAndSince()
    {
        const Site site;
        lay(site);
        site.write(QStringLiteral(".dep/deploy.lock"), "Ada Ops\n");
        const QDateTime since(QDate(2026, 11, 20), QTime(15, 31), Qt::UTC);
        site.setTime(QStringLiteral(".dep/deploy.lock"), since);
        DeploymentHistory history = read(site.entry());
        QVERIFY(history.locked);
        QCOMPARE(history.locked->by, QStringLiteral("Ada Ops"));
        QCOMPARE(history.locked->since, since);
        QCOMPARE(releaseOf(history, QStringLiteral("6"))->status, ReleaseStatus::Unfinished);
        history = read(site.entry(), {QStringLiteral("/bin/sh")}, since.addSecs(60));
        QCOMPARE(releaseOf(history, QStringLiteral("6"))->status, ReleaseStatus::Running);
    }

    void withoutALog()
    {
        const Site site;
        lay(site);
        QFile::remove(site.path(QStringLiteral(".dep/releases_log")));
        const DeploymentHistory history = read(site.entry());
        QCOMPARE(history.live, QStringLiteral("4"));
        QVERIFY(hasNote(history, QStringLiteral("there is no .dep/releases_log")));
        QCOMPARE(releaseOf(history, QStringLiteral("3"))->confidence, Confidence::Inferred);
        QCOMPARE(releaseOf(history, QStringLiteral("3"))->deploysUntilPruned, -1);
    }

    void oldLogHasNoZone()
    {
        const Site site;
        lay(site);
        site.write(QStringLiteral(".dep/releases_log"), {});
        site.write(QStringLiteral(".dep/releases"), "20261120151515,3\n20261120152015,4\n");
        const DeploymentHistory history = read(site.entry());
        QCOMPARE(releaseOf(history, QStringLiteral("4"))->confidence, Confidence::Inferred);
        QVERIFY(hasNote(history, QStringLiteral("in a zone that is not known")));
    }

    void strangeNamesForgeNothing()
    {
        const Site site;
        lay(site);
        QDir().mkpath(site.path(QStringLiteral("releases/x\nRELEASE\t99\tdirectory\tabc\t")));
        QDir().mkpath(site.path(QStringLiteral("releases/-rf")));
        site.write(QStringLiteral("releases/3/BAD_RELEASE"), "x\nRELEASE\t98\tdirectory\tabc\t\n");
        site.write(QStringLiteral(".dep/releases_log"),
                   logged(10, "3", "a\\nRELEASE\\t97") + "{\"created_at\":\"2026-1");
        const DeploymentHistory history = read(site.entry());
        for (const char *id : {"99", "98", "97", "-rf"})
            QVERIFY(!releaseOf(history, QLatin1String(id)));
        QCOMPARE(releaseOf(history, QStringLiteral("3"))->status, ReleaseStatus::Bad);
        QVERIFY(hasNote(history, QStringLiteral("1 lines of .dep/releases_log cannot be read")));
        QVERIFY(hasNote(history, QStringLiteral("-rf")));
    }

    void danglingAndMissing()
    {
        const Site site;
        lay(site);
        site.live(QStringLiteral("77"), 59);
        DeploymentHistory history = read(site.entry());
        QVERIFY(history.hosts[0].dangling);
        QCOMPARE(releaseOf(history, QStringLiteral("77"))->status, ReleaseStatus::Removed);
        SourceEntry entry = site.entry();
        entry.options[QStringLiteral("path")] = site.path(QStringLiteral("nowhere"));
        const Result<Value> missing = readAll(entry);
        QVERIFY(!missing);
        QCOMPARE(missing.error().kind, ErrorKind::NotFound);
    }

    void hostsThatDisagree()
    {
        const Site one, two;
        lay(one);
        lay(two);
        two.live(QStringLiteral("3"), 27);
        const SourceEntry entry = one.entry({QStringLiteral("web1"), QStringLiteral("web2")});
        const auto script = [](const Site &site) {
            return std::get<sources::ShellPart>(sources::deployerSource.requests(site.entry(), {})[0].what).script;
        };
        const sources::Replies replies{replyFrom(QStringLiteral("web1"), runShell(script(one))),
                                       replyFrom(QStringLiteral("web2"), runShell(script(two)))};
        const Result<Value> value = sources::deployerSource.parse(entry, replies, {noon, {}});
        const auto history = std::get<DeploymentHistory>(*value);
        QCOMPARE(history.live, QString());
        QVERIFY(hasNote(history, QStringLiteral("the hosts disagree")));
        QCOMPARE(releaseOf(history, QStringLiteral("3"))->liveOn, QStringList{QStringLiteral("web2")});
        // What both logs have is one event.
        QCOMPARE(std::ranges::count(history.events, QStringLiteral("2"), &DeployEvent::release), 1);
    }

    void tableOfTheTool()
    {
        const QByteArray table = "task releases\n"
                                 "+---------------------+------example.org ------------+--------+-----------+\n"
                                 "| Date (UTC)          | Release     | Author         | Target | Commit    |\n"
                                 "+---------------------+-------------+----------------+--------+-----------+\n"
                                 "| 2021-11-06 20:51:45 | 1           | Anton Medvedev | HEAD   | unknown   |\n"
                                 "| 2021-11-06 21:00:50 | 2 (bad)     | Anton Medvedev | HEAD   | 392948a40 |\n"
                                 "| 2021-11-06 23:24:30 | 4 (current) | Anton Medvedev | v1.4   | a4057a36c |\n"
                                 "+---------------------+-------------+----------------+--------+-----------+\n";
        for (const QString &command : {QString(), QStringLiteral("releases")}) {
            const DeploymentHistory history = captured(table, command);
            QCOMPARE(history.live, QStringLiteral("4"));
            QCOMPARE(releaseOf(history, QStringLiteral("2"))->status, ReleaseStatus::Bad);
            QCOMPARE(releaseOf(history, QStringLiteral("1"))->status, ReleaseStatus::Available);
            QVERIFY(releaseOf(history, QStringLiteral("1"))->note.contains(QStringLiteral("not known whether")));
            QCOMPARE(releaseOf(history, QStringLiteral("4"))->branch, QStringLiteral("v1.4"));
            QCOMPARE(releaseOf(history, QStringLiteral("4"))->deployedAt,
                     QDateTime(QDate(2021, 11, 6), QTime(23, 24, 30), Qt::UTC));
        }
        QVERIFY(captured("garbage", QStringLiteral("releases")).releases.empty());
    }

    void logByItself()
    {
        const DeploymentHistory history = captured(logged(5, "1") + logged(10, "2") + "garbage\n");
        QCOMPARE(history.releases.size(), size_t(2));
        QCOMPARE(history.live, QString());
        QCOMPARE(history.releases[0].status, ReleaseStatus::Available);
    }

    void garbageIsAnError_data()
    {
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<int>("code");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("empty") << QByteArray() << 0 << ErrorKind::BadData;
        QTest::newRow("cut") << QByteArray("CURRENT\tlink\treleases/4\nRELEASE\t4\tdirec") << 0 << ErrorKind::BadData;
        QTest::newRow("bytes") << QByteArray("\xff\xfe\x00\x01", 4) << 0 << ErrorKind::BadData;
        QTest::newRow("too long") << QByteArray("CURRENT\tlink\treleases/4\n") << 124 << ErrorKind::Timeout;
    }
    void garbageIsAnError()
    {
        QFETCH(QByteArray, out);
        QFETCH(int, code);
        QFETCH(ErrorKind, kind);
        const Site site;
        const Result<Value> value = sources::deployerSource.parse(
            site.entry(), {replyFrom(QStringLiteral("web1"), {code, out, {}})}, {noon, {}});
        QVERIFY(!value);
        QCOMPARE(value.error().kind, kind);
    }
};

QTEST_GUILESS_MAIN(TestDeployer)
#include "tst_deployer.moc"
