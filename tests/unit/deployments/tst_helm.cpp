// SPDX-License-Identifier: GPL-3.0-or-later
// What helm prints, as a history.
#include "deploytool.h"
#include "rollbacktarget.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;
using sources::helmSource;

namespace {

QByteArray withNewest(const QByteArray &status, const QByteArray &updated)
{
    QByteArray text = sample("helm-history.json").trimmed();
    text.chop(1);
    return text
        + quoted(",{'revision':6,'updated':'" + updated + "','status':'" + status
                 + "','chart':'shop-0.5.0','app_version':'1.5.0','description':'Preparing upgrade'}]");
}

} // namespace

class TestHelm : public QObject {
    Q_OBJECT

private slots:
    void history()
    {
        const DeploymentHistory found = historyOf(helmSource, {sample("helm-history.json")});
        QCOMPARE(found.live, QStringLiteral("5"));
        QCOMPARE(found.releases.size(), size_t(5));
        const Release live = releaseIn(found, "5");
        QCOMPARE(live.status, ReleaseStatus::Live);
        QCOMPARE(live.kind, ReleaseKind::Rollback);
        QCOMPARE(live.version, QStringLiteral("1.3.0"));
        QCOMPARE(live.revision, releaseIn(found, "2").revision); // the same chart and values
        QVERIFY(live.revision != releaseIn(found, "1").revision);
        QCOMPARE(releaseIn(found, "3").status, ReleaseStatus::Failed);
        QVERIFY(releaseIn(found, "3").note.contains(QLatin1String("timed out")));
        QCOMPARE(releaseIn(found, "3").deployedAt, QDateTime(QDate(2026, 11, 10), QTime(9, 0), Qt::UTC));
        QCOMPARE(releaseIn(found, "4").status, ReleaseStatus::RolledBack);
        QCOMPARE(found.keepReleases, 10);
        QCOMPARE(releaseIn(found, "1").deploysUntilPruned, 6);
        QVERIFY(!found.locked);
        QCOMPARE(suggestedTarget(found), QStringLiteral("1"));
        for (const RollbackTarget &target : rollbackTargets(found)) {
            if (target.release == QLatin1String("2"))
                QVERIFY(!target.isPossible && target.reason.contains(QLatin1String("same revision")));
            if (target.release == QLatin1String("3"))
                QCOMPARE(target.reason, QStringLiteral("its deploy failed"));
        }
    }

    void pending_data()
    {
        QTest::addColumn<QByteArray>("status");
        QTest::addColumn<QByteArray>("updated");
        QTest::addColumn<bool>("isHeld");
        QTest::addColumn<int>("outcome");
        const int running = int(ReleaseStatus::Running), unfinished = int(ReleaseStatus::Unfinished);
        QTest::newRow("young") << QByteArray("pending-upgrade") << QByteArray("2026-11-20T15:50:00Z") << true
                               << running;
        QTest::newRow("old") << QByteArray("pending-rollback") << QByteArray("2026-11-20T15:44:00Z") << false
                             << unfinished;
        QTest::newRow("no time") << QByteArray("pending-install") << QByteArray("?") << true << running;
        QTest::newRow("unknown") << QByteArray("unknown") << QByteArray("2026-11-20T15:50:00Z") << false << unfinished;
        QTest::newRow("failed") << QByteArray("failed") << QByteArray("2026-11-20T15:50:00Z") << false
                                << int(ReleaseStatus::Failed);
    }
    void pending()
    {
        QFETCH(QByteArray, status);
        QFETCH(QByteArray, updated);
        QFETCH(bool, isHeld);
        QFETCH(int, outcome);
        const DeploymentHistory found = historyOf(helmSource, {withNewest(status, updated)});
        QCOMPARE(found.live, QStringLiteral("5"));
        QCOMPARE(found.locked.has_value(), isHeld);
        QCOMPARE(int(releaseIn(found, "6").status), outcome);
        QVERIFY(says(found, "degraded"));
        if (isHeld)
            QVERIFY(found.locked->reason.contains(QString::fromLatin1(status)));
    }

    void secrets()
    {
        const DeploymentHistory found = historyOf(helmSource, {sample("helm-secrets.json")});
        QCOMPARE(found.app, QStringLiteral("shop"));
        QCOMPARE(found.live, QStringLiteral("5"));
        QCOMPARE(releaseIn(found, "5").kind, ReleaseKind::Rollback);
        QCOMPARE(releaseIn(found, "5").version, QStringLiteral("1.3.0"));
        QCOMPARE(releaseIn(found, "5").revision, QStringLiteral("helm:2"));
        QCOMPARE(releaseIn(found, "4").status, ReleaseStatus::RolledBack); // of its labels alone
    }

    void otherCommands()
    {
        const QByteArray list
            = quoted("[{'name':'shop','namespace':'prod','revision':'5','updated':'2026-11-12 10:00:00.99 "
                     "+0000 UTC','status':'deployed','chart':'shop-0.3.1','app_version':'1.3.0'},"
                     "{'name':'other','namespace':'prod','revision':'1','updated':'','status':'deployed',"
                     "'chart':'o-1','app_version':''}]");
        QVERIFY(says(historyOf(helmSource, {list}), "ERROR bad-config"));
        const DeploymentHistory named
            = historyOf(helmSource, {list, 0, {}, {{QStringLiteral("release"), QStringLiteral("shop")}}});
        QCOMPARE(named.live, QStringLiteral("5"));
        QCOMPARE(named.releases.front().deployedAt.date(), QDate(2026, 11, 12));
        const QByteArray status = quoted("{'name':'shop','info':{'last_deployed':'2026-11-12T10:00:00Z','description':"
                                         "'Upgrade complete','status':'deployed'},'version':7,'namespace':'prod'}");
        QCOMPARE(historyOf(helmSource, {status}).live, QStringLiteral("7"));
        const QByteArray table
            = "REVISION\tUPDATED                 \tSTATUS    \tCHART     \tAPP VERSION\tDESCRIPTION     \n"
              "1       \tSun Nov  1 10:00:00 2026\tsuperseded\tshop-0.3.0\t1.2.0      \tInstall complete\n"
              "2       \tMon Nov  2 10:00:00 2026\tdeployed  \tshop-0.3.0\t1.2.0      \tRollback to 1   \n";
        const DeploymentHistory read = historyOf(helmSource, {table});
        QCOMPARE(read.live, QStringLiteral("2"));
        QCOMPARE(read.releases.front().kind, ReleaseKind::Rollback);
        QCOMPARE(read.releases.front().deployedAt, QDateTime(QDate(2026, 11, 2), QTime(10, 0), Qt::UTC));
    }

    void corruptRecord()
    {
        QByteArray text = sample("helm-history.json");
        text.replace("\"chart\":\"shop-0.3.0\"", "\"chart\":\"MISSING\"");
        const Release first = releaseIn(historyOf(helmSource, {text}), "1");
        QVERIFY(first.presentOn.isEmpty());
        QVERIFY(first.note.contains(QLatin1String("corrupt")));
    }

    void uninstalled()
    {
        const DeploymentHistory found
            = historyOf(helmSource,
                        {quoted("[{'revision':1,'updated':'2026-11-01T10:00:00Z','status':'uninstalled','chart':'s-1',"
                                "'app_version':'1','description':'Uninstallation complete'}]")});
        QCOMPARE(found.live, QString());
        QVERIFY(says(found, "no revision is deployed"));
    }

    void hostile()
    {
        for (const QByteArray &text : hostileTexts(sample("helm-history.json")))
            QVERIFY2(!parsed(helmSource, {text}), text.left(60).constData());
        for (const QByteArray &text : hostileTexts(sample("helm-secrets.json")))
            QVERIFY2(!parsed(helmSource, {text}), text.left(60).constData());
        QVERIFY(!parsed(helmSource, {"Error: release: not found", 1, "Error: release: not found"}));
        const QByteArray round
            = quoted("[{'revision':2,'status':'deployed','rollback_revision':3},{'revision':3,'status':"
                     "'superseded','rollback_revision':2}]");
        QCOMPARE(historyOf(helmSource, {round}).live, QStringLiteral("2"));
    }
};

QTEST_GUILESS_MAIN(TestHelm)
#include "tst_helm.moc"
