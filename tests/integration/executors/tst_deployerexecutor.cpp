// SPDX-License-Identifier: GPL-3.0-or-later
// A deploy_path as Deployer lays it out, on a host behind a real sshd, switched by real jobs.
#include "../ssh/sshdfixture.h"
#include "executorhost.h"

#include <algorithm>

using namespace taffrail;
using namespace taffrail::tests;
using executors::HostSteps;

namespace {

QStringList ssh(const test::Sshd &sshd)
{
    return {QStringLiteral("ssh"),
            QStringLiteral("-i"),
            sshd.clientKey(),
            QStringLiteral("-p"),
            QString::number(sshd.port()),
            QStringLiteral("-oStrictHostKeyChecking=no"),
            QStringLiteral("-oUserKnownHostsFile=/dev/null"),
            QStringLiteral("-oLogLevel=ERROR"),
            QStringLiteral("-oBatchMode=yes"),
            QStringLiteral("-F"),
            QStringLiteral("/dev/null"),
            QStringLiteral("127.0.0.1"),
            QStringLiteral("exec /bin/sh -s")};
}

struct Shop {
    test::Sshd sshd;
    QTemporaryDir folder;
    ExecutorHost host{ssh(sshd)};
    SourceEntry entry;
    RollbackPolicy policy;

    QString path(const QString &name = {}) const
    {
        return folder.filePath(QStringLiteral("the 'shop'")) + (name.isEmpty() ? QString() : QLatin1Char('/') + name);
    }
    Shop()
    {
        entry.id = entry.source = QStringLiteral("deployer");
        entry.pane = PaneKind::Deployments;
        entry.hosts = QStringList{QStringLiteral("web1")};
        entry.options = {{QStringLiteral("path"), path()}};
        host.setPlace(folder.filePath(QStringLiteral("jobs")));
        run("mkdir -p releases .dep shared; for n in 1 2 3; do mkdir releases/$n; printf '%040d\\n' $n > "
            "releases/$n/REVISION; "
            "printf "
            "'{\"created_at\":\"2026-11-20T15:0%s:15+0000\",\"release_name\":\"%s\",\"user\":\"Ada\",\"target\":"
            "\"HEAD\"}\\n' $n "
            "$n >> .dep/releases_log; done; ln -s releases/3 current; echo 3 > .dep/latest_release");
    }
    QByteArray run(const QByteArray &script) const
    {
        const QByteArray where = sources::shellQuoted(path());
        return host.run("mkdir -p " + where + " && cd " + where + " || exit 1\n" + script + '\n').out.trimmed();
    }
    Release release(const QString &id) const
    {
        Release found;
        found.id = id;
        return found;
    }
    Result<HostSteps> plan(const QString &from, const QString &to) const
    {
        return host.plan(executors::deployerExecutor,
                         {entry, policy, QStringLiteral("prod"), QStringLiteral("web1"), release(from), release(to)});
    }
    DeploymentHistory history() const
    {
        const Result<Value> value = host.read(sources::deployerSource, entry);
        return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory{};
    }
    ReleaseStatus statusOf(const QString &id) const
    {
        const DeploymentHistory found = history();
        const auto at = std::ranges::find(found.releases, id, &Release::id);
        return at == found.releases.end() ? ReleaseStatus::Removed : at->status;
    }
};

} // namespace

class TestDeployerExecutor : public QObject {
    Q_OBJECT

private slots:
    void forwardAndBack()
    {
        Shop shop;
        shop.policy.restart = QStringLiteral("pwd -P >> ../../restarts");
        QCOMPARE(shop.history().live, QStringLiteral("3"));
        const Result<HostSteps> plan = shop.plan(QStringLiteral("3"), QStringLiteral("2"));
        QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
        const Result<HostSteps> back = shop.plan(QStringLiteral("2"), QStringLiteral("3"));
        QVERIFY(back);
        auto outcome = shop.host.runJob(plan->script);
        QVERIFY2(outcome.exitCode == 0, outcome.log);
        QCOMPARE(shop.run("readlink current"), QByteArray("releases/2")); // relative, as the tool made it
        QVERIFY(shop.run("cat releases/3/BAD_RELEASE").endsWith(" (taffrail)"));
        QCOMPARE(shop.run("ls -A .dep"), QByteArray("latest_release\nreleases_log"));
        QCOMPARE(shop.statusOf(QStringLiteral("3")), ReleaseStatus::Bad);
        const DeploymentHistory history = shop.history();
        QCOMPARE(history.events[0].kind, ReleaseKind::Rollback);
        QCOMPARE(history.events[0].release, QStringLiteral("2"));

        outcome = shop.host.runJob(plan->script); // again: nothing
        QVERIFY2(outcome.exitCode == 0, outcome.log);
        QVERIFY(outcome.log.contains("it is live already"));

        outcome = shop.host.runJob(back->script);
        QVERIFY2(outcome.exitCode == 0, outcome.log);
        QCOMPARE(shop.run("readlink current"), QByteArray("releases/3"));
        QCOMPARE(shop.run("find releases -name BAD_RELEASE"), QByteArray());
        QVERIFY(shop.run("cat restarts").endsWith("releases/3"));
    }

    // A mark that somebody else made stays.
    void marksOfOthersStay()
    {
        Shop shop;
        shop.run("echo '2026-11-20T15:57:28+0000,Bob' > releases/2/BAD_RELEASE; ln -nfs releases/1 current");
        const Result<HostSteps> plan = shop.plan(QStringLiteral("1"), QStringLiteral("2"));
        QVERIFY(plan);
        const auto outcome = shop.host.runJob(plan->script);
        QVERIFY2(outcome.exitCode == 0, outcome.log);
        QVERIFY(shop.run("cat releases/2/BAD_RELEASE").endsWith("Bob"));
        QCOMPARE(shop.run("find releases -name BAD_RELEASE"), QByteArray("releases/2/BAD_RELEASE"));
    }

    void lockIsHonoured()
    {
        Shop shop;
        const Result<HostSteps> plan = shop.plan(QStringLiteral("3"), QStringLiteral("2"));
        shop.run("echo 'Ada Ops' > .dep/deploy.lock");
        QVERIFY(shop.history().locked);
        QCOMPARE(shop.history().locked->by, QStringLiteral("Ada Ops"));
        const Result<HostSteps> late = shop.plan(QStringLiteral("3"), QStringLiteral("2"));
        QVERIFY(late);
        QVERIFY(std::ranges::any_of(
            late->warnings, [](const QString &each) { return each.contains(QStringLiteral("held by Ada Ops")); }));
        const auto outcome = shop.host.runJob(plan->script);
        QCOMPARE(outcome.exitCode, 98);
        QVERIFY(outcome.log.contains("held by Ada Ops"));
        QCOMPARE(shop.run("readlink current; cat .dep/deploy.lock"), QByteArray("releases/3\nAda Ops"));
    }

    // What a killed run of ours left is proven dead; a living one is not touched.
    void ownLockOfADeadRun()
    {
        Shop shop;
        const Result<HostSteps> plan = shop.plan(QStringLiteral("3"), QStringLiteral("2"));
        shop.run("echo \"root (taffrail $$ $(sed -n 's/^.*) //p' /proc/$$/stat | cut -d ' ' -f 20) $(cat "
                 "/proc/sys/kernel/random/boot_id))\" > .dep/deploy.lock"); // that shell has ended
        auto outcome = shop.host.runJob(plan->script);
        QVERIFY2(outcome.exitCode == 0, outcome.log);
        QVERIFY(outcome.log.contains("taken over"));
        QCOMPARE(shop.run("readlink current; ls .dep/deploy.lock 2>&1 >/dev/null | wc -l"),
                 QByteArray("releases/2\n1"));

        const QByteArray self = "root (taffrail " + QByteArray::number(QCoreApplication::applicationPid()) + ' '
            + shop.run("sed -n 's/^.*) //p' /proc/" + QByteArray::number(QCoreApplication::applicationPid())
                       + "/stat | cut -d ' ' -f 20")
            + ' ' + shop.run("cat /proc/sys/kernel/random/boot_id") + ')';
        shop.run("echo " + sources::shellQuoted(QString::fromLatin1(self))
                 + " > .dep/deploy.lock; ln -nfs releases/3 current");
        outcome = shop.host.runJob(plan->script);
        QVERIFY2(outcome.exitCode == 98, outcome.log);
        QCOMPARE(shop.run("readlink current"), QByteArray("releases/3"));
    }

    void whatChangedSince_data()
    {
        QTest::addColumn<QByteArray>("change");
        QTest::addColumn<int>("exitCode");
        QTest::newRow("deployed since") << QByteArray("mkdir releases/4; ln -nfs releases/4 current") << 93;
        QTest::newRow("pruned") << QByteArray("rm -r releases/2") << 92;
        QTest::newRow("moved away") << QByteArray("mv \"$PWD\" ../elsewhere") << 91;
    }
    void whatChangedSince()
    {
        QFETCH(QByteArray, change);
        QFETCH(int, exitCode);
        Shop shop;
        const Result<HostSteps> plan = shop.plan(QStringLiteral("3"), QStringLiteral("2"));
        shop.run(change);
        const auto outcome = shop.host.runJob(plan->script);
        QVERIFY2(outcome.exitCode == exitCode, outcome.log + QByteArray::number(outcome.exitCode));
        QCOMPARE(shop.run("find . -name BAD_RELEASE -o -name deploy.lock"), QByteArray());
    }

    void failedRestartTellsAndUnlocks()
    {
        Shop shop;
        shop.policy.restart = QStringLiteral("false");
        const Result<HostSteps> plan = shop.plan(QStringLiteral("3"), QStringLiteral("2"));
        const auto outcome = shop.host.runJob(plan->script);
        QCOMPARE(outcome.exitCode, 95);
        QCOMPARE(shop.run("readlink current; ls -A .dep"), QByteArray("releases/2\nlatest_release\nreleases_log"));
    }

    void strangeNamesAreRefused()
    {
        Shop shop;
        for (const char *name : {"-rf", "..", "a b", "$(id)", "3;x"})
            QVERIFY(!shop.plan(QStringLiteral("3"), QLatin1String(name)));
        const Result<HostSteps> missing = shop.plan(QStringLiteral("3"), QStringLiteral("77"));
        QVERIFY(!missing);
        QCOMPARE(missing.error().kind, ErrorKind::NotFound);
    }
};

QTEST_GUILESS_MAIN(TestDeployerExecutor)
#include "tst_deployerexecutor.moc"
