// SPDX-License-Identifier: GPL-3.0-or-later
// Real checkouts, read by the part's own shell text in every shell of this machine.
#include "gitsite.h"

#include "gitprobe.h"

#include <QtTest>

#include <unistd.h>

using namespace taffrail;
using namespace taffrail::tests;

namespace {

const Release *releaseOf(const DeploymentHistory &history, const QString &id)
{
    const auto found = std::ranges::find(history.releases, id, &Release::id);
    return found == history.releases.end() ? nullptr : &*found;
}

bool hasNote(const DeploymentHistory &history, const QString &part)
{
    return std::ranges::any_of(history.notes, [&part](const QString &note) { return note.contains(part); });
}

DeploymentHistory captured(const QByteArray &text, const QString &command = {})
{
    SourceEntry entry;
    entry.hosts = QStringList{QStringLiteral("host")};
    if (!command.isEmpty())
        entry.options = {{QStringLiteral("command"), command}};
    const Result<Value> value = sources::gitSource.parse(entry, {replyFrom(QStringLiteral("host"), {0, text, {}})}, {});
    return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory{};
}

QDateTime at(int minute)
{
    return {QDate(2026, 11, 20), QTime(15, minute), Qt::UTC};
}

} // namespace

class TestGitDeployments : public QObject {
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
        const GitSite site;
        const QString one = site.commit("one", 1), two = site.commit("two", 2);
        site.git("tag -a v1.0 -m one " + one.toLatin1());
        site.git("tag v1.1 " + two.toLatin1());
        const QString three = site.commit("three", 3);
        site.move("reset -q --hard v1.0", 10);
        site.move("checkout -q v1.1", 20);
        const DeploymentHistory history = site.read(shell);
        QCOMPARE(history.source, QStringLiteral("git"));
        QCOMPARE(history.live, two);
        QCOMPARE(history.hosts[0].switchedAt, at(20));
        QCOMPARE(releaseOf(history, two)->version, QStringLiteral("v1.1"));
        QCOMPARE(releaseOf(history, two)->status, ReleaseStatus::Live);
        QCOMPARE(releaseOf(history, one)->version, QStringLiteral("v1.0"));
        QCOMPARE(releaseOf(history, one)->status, ReleaseStatus::Available);
        QCOMPARE(releaseOf(history, one)->deployedAt, at(10));
        QCOMPARE(releaseOf(history, one)->deployedBy, QStringLiteral("Deploy"));
        QCOMPARE(releaseOf(history, three)->status, ReleaseStatus::RolledBack);
        QVERIFY(releaseOf(history, three)->note.contains(QStringLiteral("Ada: say three")));
        QCOMPARE(history.events[0].kind, ReleaseKind::Deploy);
        QCOMPARE(history.events[0].outcome, ReleaseStatus::Live);
        QCOMPARE(history.events[1].kind, ReleaseKind::Rollback);
        QCOMPARE(history.events[1].from, three);
        QCOMPARE(history.events[1].release, one);
        QCOMPARE(history.events[1].raw, QStringLiteral("reset: moving to v1.0"));
        QCOMPARE(history.events[1].confidence, Confidence::Logged);
        QVERIFY(hasNote(history, QStringLiteral("HEAD is detached")));
        QVERIFY(!hasNote(history, QStringLiteral("edited")));
        QVERIFY(history.hosts[0].freeBytes > 0);
    }

    void localEditsAndLocks()
    {
        const GitSite site;
        site.commit("one", 1);
        site.commit("two", 2);
        site.write(QStringLiteral("app"), "edited\n");
        site.write(QStringLiteral(".git/index.lock"), {});
        site.write(QStringLiteral(".git/MERGE_HEAD"), "x");
        site.write(QStringLiteral(".git/hooks/post-checkout"), "#!/bin/sh\n");
        QFile(site.path(QStringLiteral(".git/hooks/post-checkout"))).setPermissions(QFile::Permissions(0x7755));
        const DeploymentHistory history = site.read();
        QVERIFY(hasNote(history, QStringLiteral("1 files were edited on the host: app")));
        QVERIFY(hasNote(history, QStringLiteral("a merge was begun")));
        QVERIFY(hasNote(history, QStringLiteral("hooks post-checkout")));
        QVERIFY(history.locked);
        QVERIFY(history.locked->since.isValid());
        QVERIFY(history.locked->reason.contains(QStringLiteral("index.lock")));
    }

    // What a repository's settings name must not run because somebody looked.
    void runsNothingOfTheRepository()
    {
        const GitSite site;
        site.commit("one", 1);
        const QByteArray trap = sources::shellQuoted(site.path(QStringLiteral("../trapped")));
        site.run("printf '#!/bin/sh\\ntouch %s\\n' " + trap
                 + " > ../trap && chmod +x ../trap\n"
                   "for k in core.fsmonitor gpg.program core.pager core.sshCommand; do git config $k \"$PWD/../trap\"; "
                   "done\n"
                   "git config log.showSignature true\nmkdir -p h && cp ../trap h/post-index-change && git config "
                   "core.hooksPath \"$PWD/h\"");
        QVERIFY(site.tryRead());
        QVERIFY(!QFile::exists(site.path(QStringLiteral("../trapped"))));
    }

    void collectedCommitIsRemoved()
    {
        const GitSite site;
        const QString one = site.commit("one", 1), two = site.commit("two", 2);
        site.move("reset -q --hard " + one.toLatin1(), 3);
        site.run("cp .git/logs/HEAD ../keep; git reflog expire --expire=all --all; git gc -q --prune=now; cp ../keep "
                 ".git/logs/HEAD");
        const DeploymentHistory history = site.read();
        QCOMPARE(history.live, one);
        QCOMPARE(releaseOf(history, two)->status, ReleaseStatus::Removed);
        QCOMPARE(history.events[0].kind, ReleaseKind::Rollback); // seen before, though the commit is gone
    }

    void headAgainstTheReflog()
    {
        const GitSite site;
        const QString one = site.commit("one", 1), two = site.commit("two", 2);
        site.write(QStringLiteral(".git/HEAD"), one.toLatin1() + '\n');
        const DeploymentHistory history = site.read();
        QCOMPARE(history.live, one);
        QCOMPARE(history.events[0].kind, ReleaseKind::OutOfBand);
        QCOMPARE(history.events[0].confidence, Confidence::Reconciled);
        QCOMPARE(history.events[0].from, two);
    }

    void foreignOwnerIsReadAllTheSame()
    {
        if (::geteuid() != 0)
            return; // nobody else can give files away
        const GitSite site;
        const QString one = site.commit("one", 1);
        site.run("chown -R 1234:1234 .");
        site.write(QStringLiteral("app"), "edited\n");
        const DeploymentHistory history = site.read();
        QCOMPARE(history.live, one);
        QVERIFY(hasNote(history, QStringLiteral("another owner")));
        QVERIFY(!hasNote(history, QStringLiteral("edited on the host")));
    }

    void withoutGitItsFilesAreRead()
    {
        const GitSite site;
        const QString one = site.commit("one", 1), two = site.commit("two", 2);
        site.move("reset -q --hard " + one.toLatin1(), 3);
        site.run("git pack-refs --all");
        const QByteArray script
            = std::get<sources::ShellPart>(sources::gitSource.requests(site.entry(), {})[0].what).script;
        // Everything but git.
        const QByteArray hidden
            = "mkdir ../bin; for p in cat head tail sed cut sort tr wc stat id readlink grep pwd; do ln "
              "-sf \"$(command -v $p)\" ../bin/$p; done; PATH=$(cd ../bin && pwd)\n";
        const Result<Value> value = sources::gitSource.parse(
            site.entry(),
            {replyFrom(QStringLiteral("web1"),
                       runShell("cd -- " + sources::shellQuoted(site.path()) + "\n" + hidden + script))},
            {});
        QVERIFY2(value, value ? "" : qPrintable(sentence(value.error())));
        const auto history = std::get<DeploymentHistory>(*value);
        QCOMPARE(history.live, one);
        QVERIFY(hasNote(history, QStringLiteral("there is no program git")));
        QCOMPARE(releaseOf(history, two)->status, ReleaseStatus::RolledBack);
        QVERIFY(releaseOf(history, two)->note.contains(QStringLiteral("not known whether its commit")));
    }

    void worktreeAndNoRepository()
    {
        const GitSite site;
        const QString one = site.commit("one", 1);
        site.git("worktree add -q ../tree -b side");
        SourceEntry entry = site.entry();
        entry.options[QStringLiteral("path")] = site.path(QStringLiteral("../tree"));
        const auto ask = [](const SourceEntry &each) {
            return sources::gitSource.parse(
                each,
                {replyFrom(
                    QStringLiteral("web1"),
                    runShell(std::get<sources::ShellPart>(sources::gitSource.requests(each, {})[0].what).script))},
                {});
        };
        Result<Value> value = ask(entry);
        QVERIFY2(value, value ? "" : qPrintable(sentence(value.error())));
        QCOMPARE(std::get<DeploymentHistory>(*value).live, one);
        entry.options[QStringLiteral("path")] = site.path(QStringLiteral("../bare nothing"));
        QDir().mkpath(site.path(QStringLiteral("../bare nothing")));
        value = ask(entry);
        QVERIFY(!value);
        QCOMPARE(value.error().kind, ErrorKind::NotFound);
    }

    // A process that is older than the switch runs what was checked out when it began.
    void processThatWasNotRestarted()
    {
        const GitSite site;
        const QString one = site.commit("one", 1), two = site.commit("two", 2);
        QProcess process;
        process.start(QStringLiteral("sleep"), {QStringLiteral("60")});
        QVERIFY(process.waitForStarted());
        site.write(QStringLiteral("../pid"), QByteArray::number(process.processId()) + '\n');
        SourceEntry entry = site.entry();
        entry.options[QStringLiteral("pid_file")] = QStringLiteral("../pid");
        const auto read = [&entry] {
            const auto script = std::get<sources::ShellPart>(sources::gitSource.requests(entry, {})[0].what).script;
            const Result<Value> value
                = sources::gitSource.parse(entry, {replyFrom(QStringLiteral("web1"), runShell(script))}, {});
            return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory{};
        };
        site.run("sed -i 's/> [0-9]* /> 1000000000 /' .git/logs/HEAD"); // long ago
        QCOMPARE(read().hosts[0].running, two);
        site.run("GIT_COMMITTER_DATE=2090-01-01T00:00:00Z git reset -q --hard " + one.toLatin1());
        const DeploymentHistory history = read();
        QCOMPARE(history.live, one);
        QCOMPARE(history.hosts[0].running, two);
        QVERIFY(hasNote(history, QStringLiteral("it was not restarted since")));
        process.kill();
        process.waitForFinished();
    }

    void capturedForms_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("live");
        QTest::addColumn<int>("events");
        const QByteArray a(40, 'a'), b(40, 'b'), zero(40, '0');
        QTest::newRow("raw reflog") << zero + ' ' + a + " Ada <a@x> 1795190000 +0000\tclone: from x\n" + a + ' ' + b
                + " Bob B. <b@x> 1795190426 -0500\tcheckout: moving from main to v2\n"
                                    << QString::fromLatin1(b) << 2;
        QTest::newRow("log -g") << b + "\tHEAD@{2026-11-20T16:00:26+00:00}\tdeploy\td@x\treset: moving to v1.2\n" + a
                + "\tHEAD@{2026-11-20T15:00:26+00:00}\tdeploy\td@x\tclone: from x\n"
                                << QString::fromLatin1(b) << 2;
        QTest::newRow("reflog") << QByteArray(
            "bbbbbbb HEAD@{0}: reset: moving to v1.2\naaaaaaa (tag: v1) HEAD@{1}: clone: from x\n")
                                << QStringLiteral("bbbbbbb") << 2;
        QTest::newRow("status") << "# branch.oid " + b
                + "\n# branch.head main\n1 .M N... 100644 100644 100644 aaa bbb db/x y.rb\n? new\n"
                                << QString::fromLatin1(b) << 0;
        QTest::newRow("garbage") << QByteArray("\xff\xfe what\n") << QString() << 0;
    }
    void capturedForms()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, live);
        QFETCH(int, events);
        const DeploymentHistory history = captured(text);
        QCOMPARE(history.live, live);
        QCOMPARE(int(history.events.size()), events);
        if (text.startsWith("# branch"))
            QVERIFY(hasNote(history, QStringLiteral("1 files were edited on the host: db/x y.rb")));
        if (events == 2 && live.size() == 40) {
            QVERIFY(history.events[0].at.isValid());
            QCOMPARE(history.events[0].from, QString(40, QLatin1Char('a')));
        }
    }
};

QTEST_GUILESS_MAIN(TestGitDeployments)
#include "tst_gitdeployments.moc"
