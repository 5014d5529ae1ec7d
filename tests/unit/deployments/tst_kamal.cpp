// SPDX-License-Identifier: GPL-3.0-or-later
#include "posixshell.h"
#include "registry.h"

#include "kamalprobe.h"

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>

using namespace taffrail;
using namespace taffrail::tests;

namespace {

const QByteArray one(40, '1'), two(40, '2'), three(40, '3');
const QDateTime now(QDate(2026, 11, 20), QTime(18, 0), Qt::UTC);

QByteArray json(QByteArray text)
{
    return text.replace('\'', '"');
}

QByteArray imageId(const QByteArray &version)
{
    return "sha256:" + version.left(1).repeated(64);
}

QByteArray container(const QByteArray &version, int hour, const QByteArray &state = "exited",
                     const QByteArray &role = "web", const QByteArray &suffix = {}, const QByteArray &image = {})
{
    const QByteArray name = "shop-" + role + '-' + version + suffix;
    return json(
        "C\t{'id':'id-" + name + "','name':'/" + name + "','image':'" + (image.isEmpty() ? imageId(version) : image)
        + "','tag':'reg/shop:" + version + "','created':'2026-11-20T" + QByteArray::number(hour) + ":00:00Z','state':'"
        + state + "','started':'2026-11-20T" + QByteArray::number(hour)
        + ":00:01Z','exit':0,'trouble':'','memory':false,'restarts':0,'health':'','labels':{'service':'shop','role':'"
        + role + "','destination':''},'variable':['" + version + "',null]}\n");
}

QByteArray image(const QByteArray &version, bool isLatest = false)
{
    return json("I\t{'id':'" + imageId(version) + "','tags':['reg/shop:" + version
                + (isLatest ? "','reg/shop:latest" : "")
                + "'],'created':'2026-11-20T10:00:00Z','version':'','revision':''}\n");
}

QByteArray audit(int hour, int minute, const QByteArray &text, const QByteArray &who = "ada@example.org")
{
    return "AUDIT\t[2026-11-20T" + QByteArray::number(hour) + ':' + QByteArray::number(minute).rightJustified(2, '0')
        + ":02Z] [" + who + "] [web] " + text + '\n';
}

QByteArray deployed(int hour, const QByteArray &version)
{
    return audit(hour, 1, "Pulled image with version " + version) + audit(hour, 2, "Booted app version " + version)
        + audit(hour, 3, "Tagging reg/shop:" + version + " as the latest image");
}

const QByteArray head = "ENGINE\t28.2.2\n";
const QByteArray tail = "DONE\n";

SourceEntry entry(const QVariantMap &more = {})
{
    SourceEntry made;
    made.id = made.source = QStringLiteral("kamal");
    made.pane = PaneKind::Deployments;
    made.hosts = QStringList{QStringLiteral("web1")};
    made.options = {{QStringLiteral("service"), QStringLiteral("shop")}};
    for (auto each = more.begin(); each != more.end(); ++each)
        made.options[each.key()] = each.value();
    return made;
}

Result<Value> parsed(const QByteArray &out, const SourceEntry &of = entry(), const QDateTime &at = now)
{
    return sources::kamalSource.parse(of, {replyFrom(of.hosts.first(), {0, out, {}})}, {at, {}});
}

DeploymentHistory read(const QByteArray &out, const SourceEntry &of = entry(), const QDateTime &at = now)
{
    const Result<Value> value = parsed(out, of, at);
    return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory{};
}

const Release *releaseOf(const DeploymentHistory &history, const QByteArray &id)
{
    const auto found = std::ranges::find(history.releases, QString::fromLatin1(id), &Release::id);
    return found == history.releases.end() ? nullptr : &*found;
}

bool hasNote(const DeploymentHistory &history, const QString &part)
{
    return std::ranges::any_of(history.notes, [&part](const QString &note) { return note.contains(part); });
}

const QByteArray threeReleases = container(three, 15, "running") + container(two, 14) + container(one, 13)
    + image(three, true) + image(two) + image(one) + "IMAGES\nLINES\t9\n";

} // namespace

class TestKamal : public QObject {
    Q_OBJECT

private slots:
    void readsHistory()
    {
        const DeploymentHistory history
            = read(head + threeReleases + deployed(13, one) + deployed(14, two) + deployed(15, three) + tail);
        QCOMPARE(history.source, QStringLiteral("kamal"));
        QCOMPARE(history.live, QString::fromLatin1(three));
        QCOMPARE(history.keepReleases, 5);
        QCOMPARE(releaseOf(history, three)->status, ReleaseStatus::Live);
        QCOMPARE(releaseOf(history, two)->status, ReleaseStatus::Available);
        QCOMPARE(releaseOf(history, two)->presentOn, QStringList{QStringLiteral("web1")});
        QCOMPARE(releaseOf(history, two)->deployedBy, QStringLiteral("ada@example.org"));
        QCOMPARE(releaseOf(history, two)->confidence, Confidence::Logged);
        QCOMPARE(releaseOf(history, two)->revision, QString::fromLatin1(two));
        QCOMPARE(releaseOf(history, two)->deploysUntilPruned, 5);
        QCOMPARE(releaseOf(history, one)->deploysUntilPruned, 4);
        QCOMPARE(history.events.size(), size_t(3));
        QCOMPARE(history.events[0].outcome, ReleaseStatus::Live);
        QCOMPARE(history.events[0].from, QString::fromLatin1(two));
        QVERIFY(!history.locked);
    }

    void rollbackIsAVersionBootedAgain()
    {
        const DeploymentHistory history = read(
            head + container(two, 16, "running") + container(two, 14, "exited", "web", "_replaced_0123456789abcdef")
            + container(three, 15) + image(three) + image(two, true) + deployed(14, two) + deployed(15, three)
            + audit(16, 1, "Renaming container " + two + " to " + two + "_replaced_0123456789abcdef")
            + deployed(16, two) + tail);
        QCOMPARE(history.live, QString::fromLatin1(two));
        QCOMPARE(history.events[0].kind, ReleaseKind::Rollback);
        QCOMPARE(history.events[0].from, QString::fromLatin1(three));
        QCOMPARE(history.events[1].outcome, ReleaseStatus::RolledBack);
        QCOMPARE(releaseOf(history, three)->status, ReleaseStatus::RolledBack);
    }

    // "Booted" is written before the container is healthy: only "Tagging" says that it went well everywhere.
    void bootedButNeverTagged()
    {
        const QByteArray out = head + container(three, 15, "exited") + container(two, 14, "running") + image(three)
            + image(two, true) + deployed(14, two) + audit(15, 2, "Booted app version " + three) + tail;
        const DeploymentHistory history = read(out);
        QCOMPARE(releaseOf(history, three)->status, ReleaseStatus::Failed);
        QCOMPARE(history.events[0].outcome, ReleaseStatus::Failed);
        QCOMPARE(history.live, QString::fromLatin1(two));
        QCOMPARE(history.events[1].outcome, ReleaseStatus::Live);
        const QByteArray lock = "LOCK\t1795186922\troot\t"
            + QByteArray("Locked by: Ada at 2026-11-20T15:02:02Z\nVersion: x\nMessage: Automatic deploy lock")
                  .toBase64()
            + '\n';
        const DeploymentHistory running = read(out.chopped(tail.size()) + lock + tail, entry(),
                                               QDateTime(QDate(2026, 11, 20), QTime(15, 3), Qt::UTC));
        QCOMPARE(releaseOf(running, three)->status, ReleaseStatus::Running);
        QCOMPARE(running.locked->by, QStringLiteral("Ada"));
        QCOMPARE(running.locked->since, QDateTime(QDate(2026, 11, 20), QTime(15, 2, 2), Qt::UTC));
        QVERIFY(running.locked->reason.contains(QStringLiteral("Automatic deploy lock")));
    }

    void liveIsTheLatestThatRuns()
    {
        // A deploy that failed half-way left two running: the tag says which one is served.
        const DeploymentHistory history = read(head + container(three, 15, "running") + container(two, 14, "running")
                                               + image(three) + image(two, true) + tail);
        QCOMPARE(history.live, QString::fromLatin1(two));
        QVERIFY(hasNote(history, QStringLiteral("runs beside the live container")));
    }

    void rolesThatDiffer()
    {
        const DeploymentHistory history
            = read(head + container(three, 15, "running") + container(two, 14, "running", "job") + container(two, 14)
                   + image(three, true) + image(two) + tail);
        QCOMPARE(history.live, QString());
        QVERIFY(hasNote(history, QStringLiteral("its roles differ")));
        // Two has both roles, three only one.
        QVERIFY(releaseOf(history, three)->presentOn.isEmpty());
        QVERIFY(!releaseOf(history, two)->presentOn.isEmpty());
        QVERIFY(releaseOf(history, three)->note.contains(QStringLiteral("no container of it for job")));
        QCOMPARE(read(head + container(three, 15, "running") + container(two, 14, "running", "job") + image(three, true)
                          + tail,
                      entry({{QStringLiteral("role"), QStringLiteral("web")}}))
                     .live,
                 QString::fromLatin1(three));
    }

    void switchedWithoutTheLog()
    {
        const DeploymentHistory history = read(head + threeReleases + deployed(13, one) + deployed(14, two) + tail);
        QCOMPARE(history.events[0].kind, ReleaseKind::OutOfBand);
        QCOMPARE(history.events[0].confidence, Confidence::Reconciled);
        QCOMPARE(history.events[0].from, QString::fromLatin1(two));
    }

    void imageGoneOrContainerPruned()
    {
        const DeploymentHistory history
            = read(head + container(three, 15, "running") + container(two, 14) + image(three, true) + deployed(13, one)
                   + deployed(14, two) + deployed(15, three) + tail);
        QCOMPARE(releaseOf(history, one)->status, ReleaseStatus::Removed);
        QCOMPARE(releaseOf(history, two)->status, ReleaseStatus::Removed);
        QVERIFY(releaseOf(history, two)->note.contains(QStringLiteral("its image was removed")));
    }

    void secretsOfCommandsAreMasked()
    {
        const auto line = sources::kamal::readAuditLine(
            "[2026-11-20T15:59:02Z] [ada] [production] [web] Executed cmd 'deploy --with hunter2' on 1.2.3.4", {});
        QVERIFY(line);
        QVERIFY(!line->raw.contains(QStringLiteral("hunter2")));
        QCOMPARE(line->actor, QStringLiteral("ada"));
    }

    void capturedForms()
    {
        SourceEntry bare;
        bare.hosts = QStringList{QStringLiteral("host")};
        const QByteArray log = "App Host: 10.0.0.1\n[2026-11-20T14:01:02Z] [ada] [web] Booted app version " + two
            + "\n[2026-11-20T14:01:09Z] [ada] Tagging reg/shop:" + two + " as the latest image\n";
        DeploymentHistory history = read(log, bare);
        QCOMPARE(history.releases.size(), size_t(1));
        QCOMPARE(history.events.size(), size_t(1));
        QVERIFY(history.releases[0].note.contains(QStringLiteral("not known whether")));
        history = read(
            json("{'ID':'x','Names':'shop-web-" + two + "','Image':'reg/shop:" + two
                 + "','State':'running','Status':'Up 4 seconds','Labels':'service=shop,role=web,destination='}\n"),
            bare);
        QCOMPARE(history.live, QString::fromLatin1(two));
        QCOMPARE(history.app, QStringLiteral("shop"));
    }

    void probeRunsInEveryShell_data()
    {
        QTest::addColumn<QStringList>("shell");
        for (const QStringList &shell : shells())
            QTest::newRow(qPrintable(shell.join(QLatin1Char(' ')))) << shell;
    }
    // With an engine that is not there and one that a small program plays.
    void probeRunsInEveryShell()
    {
        QFETCH(QStringList, shell);
        QTemporaryDir folder;
        const QByteArray where = sources::shellQuoted(folder.path());
        runShell("cd " + where
                 + " && mkdir -p .kamal/lock-shop && printf '%s' 'Locked by: Bob at 2026-11-20T15:59:02Z\n"
                   "Version: x\nMessage: maintenance' | base64 > .kamal/lock-shop/details && printf '%s\\n' "
                   "'[2026-11-20T15:59:02Z] [ada] [web] Booted app version "
                 + two
                 + "' '[2026-11-20T15:59:05Z] [ada] Tagging "
                   "r/s:"
                 + two
                 + " as the latest image' 'x\tDONE' > .kamal/shop-audit.log && printf '#!/bin/sh\\ncase \"$1\" in "
                   "version) echo 1;; esac\\n' > docker && chmod +x docker");
        const QByteArray script
            = std::get<sources::ShellPart>(sources::kamalSource.requests(entry(), {})[0].what).script;
        const sources::ShellReply reply = runShell("cd " + where + "; PATH=" + where + ":$PATH\n" + script, shell);
        const DeploymentHistory history = read(reply.out);
        QVERIFY2(history.locked, reply.out + reply.err);
        QCOMPARE(history.locked->by, QStringLiteral("Bob"));
        QVERIFY(history.locked->reason.contains(QStringLiteral("maintenance")));
        QCOMPARE(history.events.size(), size_t(1));
        QVERIFY(hasNote(history, QStringLiteral("1 lines of the audit log cannot be read")));
    }

    void garbageIsAnError()
    {
        for (const QByteArray &out : {QByteArray(), head, QByteArray("\xff\xfe\n"), QByteArray("[[[[")})
            QVERIFY(!parsed(out));
        QVERIFY(parsed(head + "C\t{\nI\t[]\nC\t{\"id\":3}\nAUDIT\t\xff\nLOCK\t\t\t%%%\nIMAGES\nDONE\n"));
    }
};

QTEST_GUILESS_MAIN(TestKamal)
#include "tst_kamal.moc"
