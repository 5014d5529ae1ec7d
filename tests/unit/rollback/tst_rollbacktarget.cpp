// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbacktarget.h"

#include <QTest>

using namespace taffrail;

namespace {

const QStringList bothHosts{QStringLiteral("web1"), QStringLiteral("web2")};

Release release(const char *id, ReleaseStatus status = ReleaseStatus::Available)
{
    Release release;
    release.id = QString::fromLatin1(id);
    release.revision = QStringLiteral("rev-") + release.id;
    release.status = status;
    release.presentOn = bothHosts;
    return release;
}

DeployEvent eventOf(const char *to, const char *from, ReleaseKind kind = ReleaseKind::Deploy,
                    ReleaseStatus outcome = ReleaseStatus::Superseded)
{
    DeployEvent event;
    event.release = QString::fromLatin1(to);
    event.from = QString::fromLatin1(from);
    event.kind = kind;
    event.outcome = outcome;
    return event;
}

/// 4 is live; 3 failed; 2 and 1 were live before.
DeploymentHistory history()
{
    DeploymentHistory history;
    history.live = QStringLiteral("4");
    for (const QString &host : bothHosts) {
        HostRelease each;
        each.host = host;
        each.live = QStringLiteral("4");
        history.hosts.push_back(each);
    }
    history.releases
        = {release("4", ReleaseStatus::Live), release("3", ReleaseStatus::Failed), release("2"), release("1")};
    history.events
        = {eventOf("4", "2", ReleaseKind::Deploy, ReleaseStatus::Live),
           eventOf("3", "2", ReleaseKind::Deploy, ReleaseStatus::Failed), eventOf("2", "1"), eventOf("1", "")};
    return history;
}

RollbackTarget targetOf(const DeploymentHistory &history, const char *id)
{
    for (const RollbackTarget &target : rollbackTargets(history)) {
        if (target.release == QLatin1String(id))
            return target;
    }
    return {};
}

} // namespace

class TestRollbackTarget : public QObject {
    Q_OBJECT

private slots:
    void theLastLiveOneIsOffered() { QCOMPARE(suggestedTarget(history()), QStringLiteral("2")); }

    void whatCannotBeGoneToSaysWhy_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("reason");
        QTest::newRow("failed") << int(ReleaseStatus::Failed) << QStringLiteral("its deploy failed");
        QTest::newRow("unfinished") << int(ReleaseStatus::Unfinished) << QStringLiteral("its deploy never finished");
        QTest::newRow("running") << int(ReleaseStatus::Running) << QStringLiteral("its deploy still runs");
        QTest::newRow("bad") << int(ReleaseStatus::Bad) << QStringLiteral("it was marked as bad");
        QTest::newRow("removed") << int(ReleaseStatus::Removed) << QStringLiteral("it was removed from every host");
    }

    void whatCannotBeGoneToSaysWhy()
    {
        QFETCH(int, status);
        DeploymentHistory all = history();
        all.releases[2].status = ReleaseStatus(status);
        const RollbackTarget target = targetOf(all, "2");
        QVERIFY(!target.isPossible);
        QTEST(target.reason, "reason");
        QCOMPARE(suggestedTarget(all), QStringLiteral("1"));
    }

    void goneFromOneHostIsNotPossible()
    {
        DeploymentHistory all = history();
        all.releases[2].presentOn = {QStringLiteral("web1")};
        QCOMPARE(targetOf(all, "2").reason, QStringLiteral("it is gone from web2"));
        all.releases[2].presentOn.clear();
        QCOMPARE(targetOf(all, "2").reason, QStringLiteral("it is gone from every host"));
        QCOMPARE(suggestedTarget(all), QStringLiteral("1"));
    }

    void liveIsJudgedByContentNotByName()
    {
        DeploymentHistory all = history();
        QCOMPARE(targetOf(all, "4").reason, QStringLiteral("it is live"));
        all.releases[2].revision = all.releases[0].revision; // deployed twice
        QCOMPARE(targetOf(all, "2").reason, QStringLiteral("it is the same revision as the live release"));
        QVERIFY(!targetOf(all, "2").isPossible);
        QCOMPARE(suggestedTarget(all), QStringLiteral("1"));
    }

    void mixedHostsCanGoToEitherRelease()
    {
        DeploymentHistory all = history();
        all.live.clear();
        all.hosts[1].live = QStringLiteral("2");
        QVERIFY(targetOf(all, "4").isPossible);
        QVERIFY(targetOf(all, "2").isPossible);
    }

    void whatWasRolledBackFromIsNotOffered()
    {
        DeploymentHistory all = history(); // back from 4 to 2
        all.live = QStringLiteral("2");
        all.hosts[0].live = all.hosts[1].live = QStringLiteral("2");
        all.releases[0].status = ReleaseStatus::RolledBack;
        all.releases[2].status = ReleaseStatus::Live;
        all.events.insert(all.events.begin(), eventOf("2", "4", ReleaseKind::Rollback, ReleaseStatus::Live));
        QCOMPARE(suggestedTarget(all), QStringLiteral("1"));
        const RollbackTarget forward = targetOf(all, "4");
        QVERIFY(forward.isPossible);
        QCOMPARE(forward.reason, QStringLiteral("it was rolled back before"));
    }

    void neverLiveIsPossibleButNotOffered()
    {
        DeploymentHistory all = history();
        all.events = {all.events.front()};
        all.events.front().from.clear();
        QCOMPARE(suggestedTarget(all), QString());
        QVERIFY(targetOf(all, "2").isPossible);
        QVERIFY(targetOf(all, "2").reason.contains(QLatin1String("ever live")));
    }

    void nothingKnownOffersNothing()
    {
        QCOMPARE(suggestedTarget({}), QString());
        DeploymentHistory all = history();
        all.hosts.clear();
        QCOMPARE(suggestedTarget(all), QString());
    }
};

QTEST_GUILESS_MAIN(TestRollbackTarget)
#include "tst_rollbacktarget.moc"
