// SPDX-License-Identifier: GPL-3.0-or-later
// A checkout, switched by real jobs with the real git.
#include "../../unit/deployments/gitsite.h"
#include "executorhost.h"

#include <algorithm>

using namespace taffrail;
using namespace taffrail::tests;
using executors::HostSteps;

namespace {

/// Three commits, the last one live on branch main.
struct Shop {
    GitSite site;
    QTemporaryDir jobs;
    ExecutorHost host;
    SourceEntry entry = site.entry();
    RollbackPolicy policy;
    QString one = site.commit("one", 1), two = site.commit("two", 2), three;

    Shop()
    {
        site.write(QStringLiteral("db/migrate/3 x.sql"), "select 3;\n");
        three = site.commit("three", 3);
        host.setPlace(jobs.filePath(QStringLiteral("jobs")));
    }
    Result<HostSteps> plan(const QString &from, const QString &to) const
    {
        Release present, target;
        present.id = from;
        target.id = to;
        return host.plan(executors::gitExecutor,
                         {entry, policy, QStringLiteral("prod"), QStringLiteral("web1"), present, target});
    }
    QString head() const { return site.git("rev-parse HEAD"); }
    QByteArray app() const { return site.run("cat app"); }
};

bool warns(const HostSteps &steps, const char *part)
{
    return std::ranges::any_of(steps.warnings,
                               [part](const QString &warning) { return warning.contains(QLatin1String(part)); });
}

} // namespace

class TestGitExecutor : public QObject {
    Q_OBJECT

private slots:
    void forwardAndBack()
    {
        Shop shop;
        shop.policy.restart = QStringLiteral("cat app >> ../restarts");
        const Result<HostSteps> plan = shop.plan(shop.three, shop.one);
        QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
        const Result<HostSteps> back = shop.plan(shop.one, shop.three); // made before, as the undo is
        QVERIFY2(back, back ? "" : qPrintable(sentence(back.error())));
        QVERIFY(warns(*plan, "branch main is moved"));
        QCOMPARE(std::ranges::count(plan->changes, QStringLiteral("commit"), &PlannedChange::kind), 2);

        auto outcome = shop.host.runJob(plan->script);
        QVERIFY2(outcome.exitCode == 0, outcome.log);
        QCOMPARE(shop.head(), shop.one);
        QCOMPARE(shop.app(), QByteArray("one"));
        QCOMPARE(shop.site.git("symbolic-ref --short HEAD"), QStringLiteral("main"));
        QVERIFY(!QFile::exists(shop.site.path(QStringLiteral("db/migrate/3 x.sql"))));
        const DeploymentHistory history = shop.site.read();
        QCOMPARE(history.live, shop.one);
        QCOMPARE(history.events[0].kind, ReleaseKind::Rollback);
        QCOMPARE(history.events[0].from, shop.three);
        QVERIFY(history.events[0].raw.contains(QStringLiteral("taffrail rollback")));

        // The same again does nothing.
        outcome = shop.host.runJob(plan->script);
        QVERIFY2(outcome.exitCode == 0, outcome.log);
        QVERIFY(outcome.log.contains("it is live already"));

        outcome = shop.host.runJob(back->script);
        QVERIFY2(outcome.exitCode == 0, outcome.log);
        QCOMPARE(shop.head(), shop.three);
        QCOMPARE(shop.app(), QByteArray("three"));
        QCOMPARE(shop.site.run("cat ../restarts"), QByteArray("one\none\nthree"));
    }

    void detachedStaysDetached()
    {
        Shop shop;
        shop.site.git("checkout -q --detach");
        const Result<HostSteps> plan = shop.plan(shop.three, shop.two);
        QVERIFY(plan);
        const auto outcome = shop.host.runJob(plan->script);
        QVERIFY2(outcome.exitCode == 0, outcome.log);
        QCOMPARE(shop.head(), shop.two);
        QCOMPARE(shop.site.git("rev-parse main"), shop.three); // no branch was moved
        QCOMPARE(shop.site.run("git symbolic-ref -q HEAD"), QByteArray());
    }

    void whatStandsInTheWay_data()
    {
        QTest::addColumn<QByteArray>("change");
        QTest::addColumn<QString>("refusal"); ///< of the plan
        QTest::addColumn<int>("exitCode"); ///< of a plan made before the change
        QTest::newRow("edited") << QByteArray("echo x > app") << QStringLiteral("edited on the host") << 93;
        QTest::newRow("staged") << QByteArray("echo x > app; git add app") << QStringLiteral("edited on the host")
                                << 93;
        QTest::newRow("in the way") << QByteArray(
            "git rm -q --cached gone; git commit -qm x; git tag -f was; git reset -q "
            "--soft HEAD~; git reset -q; echo mine > gone")
                                    << QStringLiteral("edited") << 93;
        QTest::newRow("merging") << QByteArray("git rev-parse HEAD > .git/MERGE_HEAD") << QStringLiteral("begun") << 93;
        QTest::newRow("deployed since") << QByteArray("git reset -q --hard HEAD~1") << QString() << 93;
        QTest::newRow("gone") << QByteArray("mv .git ../elsewhere") << QStringLiteral("git says") << 91;
        QTest::newRow("locked") << QByteArray("touch .git/index.lock") << QString() << 98;
    }
    void whatStandsInTheWay()
    {
        QFETCH(QByteArray, change);
        QFETCH(QString, refusal);
        QFETCH(int, exitCode);
        Shop shop;
        shop.site.write(QStringLiteral("gone"), "x\n");
        const QString four = shop.site.commit("four", 4);
        const Result<HostSteps> plan = shop.plan(four, shop.one);
        QVERIFY(plan);
        shop.site.run(change);
        const QByteArray before = shop.site.run("git rev-parse HEAD; cat app gone");
        if (!refusal.isEmpty()) {
            const Result<HostSteps> late = shop.plan(four, shop.one);
            QVERIFY(!late);
            QVERIFY2(sentence(late.error()).contains(refusal), qPrintable(sentence(late.error())));
        }
        const auto outcome = shop.host.runJob(plan->script);
        QVERIFY2(outcome.exitCode == exitCode, outcome.log + QByteArray::number(outcome.exitCode));
        QCOMPARE(shop.site.run("git rev-parse HEAD; cat app gone"), before);
    }

    // A file that the target has and git does not keep now must not be overwritten, not even an ignored one.
    void untrackedFileInTheWay()
    {
        Shop shop;
        shop.site.write(QStringLiteral("settings"), "old\n");
        const QString four = shop.site.commit("four", 4);
        shop.site.run("git rm -q settings && echo settings > .gitignore");
        const QString five = shop.site.commit("five", 5);
        shop.site.write(QStringLiteral("settings"), "precious\n");
        Result<HostSteps> plan = shop.plan(five, four);
        QVERIFY(!plan);
        QVERIFY(plan.error().text.contains(QStringLiteral("in the way: settings")));
        QFile::remove(shop.site.path(QStringLiteral("settings")));
        plan = shop.plan(five, four);
        QVERIFY(plan);
        shop.site.write(QStringLiteral("settings"), "precious\n");
        const auto outcome = shop.host.runJob(plan->script);
        QVERIFY2(outcome.exitCode == 93, outcome.log);
        QCOMPARE(shop.site.run("cat settings"), QByteArray("precious"));
        QCOMPARE(shop.head(), five);
    }

    void missingCommitAndForeignOwner()
    {
        Shop shop;
        const Result<HostSteps> plan = shop.plan(shop.three, QString(40, QLatin1Char('a')));
        QVERIFY(!plan);
        QCOMPARE(plan.error().kind, ErrorKind::NotFound);
        QVERIFY(!shop.plan(shop.three, QStringLiteral("main; touch x")));
        if (::geteuid() != 0)
            return; // nobody else can give files away
        shop.site.run("chown -R 1234:1234 .");
        const Result<HostSteps> foreign = shop.plan(shop.three, shop.one);
        QVERIFY(!foreign);
        QCOMPARE(foreign.error().kind, ErrorKind::Denied);
    }

    void restartThatFails()
    {
        Shop shop;
        shop.policy.restart = QStringLiteral("exit 3");
        const Result<HostSteps> plan = shop.plan(shop.three, shop.one);
        const auto outcome = shop.host.runJob(plan->script);
        QCOMPARE(outcome.exitCode, 95);
        QCOMPARE(shop.head(), shop.one);
    }

    void filesOfTheTarget()
    {
        Shop shop;
        Release present, target;
        present.id = shop.one;
        target.id = shop.three;
        const executors::HostSwitch part{shop.entry, shop.policy, QStringLiteral("prod"), QStringLiteral("web1"),
                                         present,    target};
        shop.site.git("reset -q --hard " + shop.one.toLatin1());
        const auto place = executors::gitExecutor.carried(part, shop.site.path(QStringLiteral("db/migrate")));
        QVERIFY(place);
        const auto listed
            = shop.host.run(place->before + "ls -1 -- " + sources::shellQuoted(place->path) + '\n' + place->after);
        QCOMPARE(listed.out, QByteArray("3 x.sql\n"));
        QVERIFY(!QFile::exists(place->path));
        QVERIFY(!executors::gitExecutor.carried(part, QStringLiteral("/elsewhere")));
    }
};

QTEST_GUILESS_MAIN(TestGitExecutor)
#include "tst_gitexecutor.moc"
