// SPDX-License-Identifier: GPL-3.0-or-later
// What the executors of Helm and Nomad make of their tools' answers and exit codes. The tools are stood for.
#include "clusterfixture.h"

using namespace taffrail;
using namespace taffrail::tests;
namespace stepexit = taffrail::executors::stepexit;

namespace {

QByteArray helmRevision(int number, const char *status, const char *description = "Upgrade complete",
                        const char *updated = "2026-11-01T10:00:00Z")
{
    return "{'revision':" + QByteArray::number(number) + ",'updated':'" + updated + "','status':'" + status
        + "','chart':'shop-0." + QByteArray::number(number) + ".0','app_version':'1','description':'" + description
        + "'}";
}

QByteArray nomadVersion(int number, const char *image)
{
    return "{'ID':'shop','Type':'service','Version':" + QByteArray::number(number)
        + ",'Stable':true,'Stop':false,'SubmitTime':1795190426000000000,'JobModifyIndex':"
        + QByteArray::number(100 + number)
        + ",'TaskGroups':[{'Name':'web','Tasks':[{'Name':'app','Config':{'image':'registry.example.org/shop:" + image
        + "'}}]}]}";
}

} // namespace

class TestScheduledExecutors : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        QVERIFY(m_helm.start("helmstub.py",
                             "{'history':[" + helmRevision(1, "superseded") + "," + helmRevision(2, "superseded") + ","
                                 + helmRevision(3, "deployed") + "]}"));
        QVERIFY(m_nomad.start("nomadstub.py",
                              "{'versions':[" + nomadVersion(2, "v3") + "," + nomadVersion(1, "v2") + ","
                                  + nomadVersion(0, "v1")
                                  + "],'deployments':[{'ID':'d2','JobID':'shop','JobVersion':2,'Status':'successful',"
                                    "'StatusDescription':'x','CreateIndex':202}]}"));
    }

    void helmForwardAndBack()
    {
        const ClusterEntry shop = helm();
        const auto plan = shop.plan(QStringLiteral("3"), QStringLiteral("1"));
        const auto done = shop.run(plan.forward);
        QVERIFY2(done.exitCode == 0, done.log.constData());
        QCOMPARE(shop.history().live, QStringLiteral("4"));
        QCOMPARE(shop.history().hosts.front().revision, QStringLiteral("helm:1"));
        const auto again = shop.run(plan.forward);
        QVERIFY2(again.exitCode == 0 && again.log.contains("live already"), again.log.constData());
        const auto back = shop.run(plan.back);
        QVERIFY2(back.exitCode == 0, back.log.constData());
        QCOMPARE(shop.history().live, QStringLiteral("5"));
        QCOMPARE(shop.history().hosts.front().revision, QStringLiteral("helm:3"));
        QCOMPARE(m_helm.state().value(QStringLiteral("calls")).toArray().size(), 2);
        const QJsonArray words = m_helm.state().value(QStringLiteral("calls")).toArray().first().toArray();
        QVERIFY(words.contains(QStringLiteral("--wait")));
    }

    void helmFaults_data()
    {
        QTest::addColumn<QByteArray>("mode");
        QTest::addColumn<int>("code");
        QTest::newRow("exit 0, nothing done") << QByteArray("nothing") << stepexit::unchanged;
        QTest::newRow("pods do not come up") << QByteArray("fails") << stepexit::restartFailed;
        QTest::newRow("refused") << QByteArray("refuses") << stepexit::unchanged;
    }
    void helmFaults()
    {
        QFETCH(QByteArray, mode);
        QFETCH(int, code);
        const ClusterEntry shop = helm();
        const auto plan = shop.plan(QStringLiteral("3"), QStringLiteral("1"));
        m_helm.setMode(mode.constData());
        const auto done = shop.run(plan.forward);
        QVERIFY2(done.exitCode == code, done.log.constData());
    }

    void helmChangedSince()
    {
        const ClusterEntry shop = helm();
        const auto plan = shop.plan(QStringLiteral("3"), QStringLiteral("1"));
        const QByteArray old = helmRevision(1, "superseded") + "," + helmRevision(2, "superseded") + ",";
        m_helm.set("{'history':[" + old + helmRevision(3, "superseded") + "," + helmRevision(4, "deployed") + "]}");
        QCOMPARE(shop.run(plan.forward).exitCode, stepexit::liveDiffers);
        m_helm.set("{'history':[" + old + helmRevision(3, "deployed") + "," + helmRevision(4, "pending-upgrade")
                   + "]}");
        QCOMPARE(shop.run(plan.forward).exitCode, stepexit::busy);
        m_helm.set("{'history':[" + helmRevision(2, "superseded") + "," + helmRevision(3, "deployed") + "]}");
        QCOMPARE(shop.run(plan.forward).exitCode, stepexit::noTarget);
        QVERIFY(!m_helm.state().contains(QStringLiteral("calls")));
    }

    void helmPending()
    {
        const ClusterEntry shop = helm();
        const QByteArray old
            = helmRevision(1, "superseded") + "," + helmRevision(2, "failed") + "," + helmRevision(3, "deployed") + ",";
        const QByteArray now = QDateTime::currentDateTimeUtc().toString(Qt::ISODate).toLatin1();
        m_helm.set("{'history':[" + old + helmRevision(4, "pending-upgrade", "Preparing upgrade", now.constData())
                   + "]}");
        QVERIFY(shop.history().locked);
        const auto refused = shop.plan(QStringLiteral("3"), QStringLiteral("1")).forward;
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Busy);
        // Long dead: the rollback goes over it, and says so.
        m_helm.set("{'hooks':'  annotations:\\n    \\'helm.sh/hook\\': pre-rollback,post-upgrade','history':[" + old
                   + helmRevision(4, "pending-upgrade") + "]}");
        QVERIFY(!shop.history().locked);
        const auto plan = shop.plan(QStringLiteral("3"), QStringLiteral("1"));
        QVERIFY2(plan.forward, plan.forward ? "" : qPrintable(sentence(plan.forward.error())));
        QVERIFY(plan.forward->warnings.join(QLatin1Char(' ')).contains(QLatin1String("counts as dead")));
        const auto done = shop.run(plan.forward);
        QVERIFY2(done.exitCode == 0, done.log.constData());
        const auto failed = shop.plan(QStringLiteral("5"), QStringLiteral("2")).forward;
        QVERIFY(!failed && failed.error().text.contains(QLatin1String("never ran well")));
    }

    void nomadForwardAndBack_data()
    {
        QTest::addColumn<QByteArray>("mode");
        QTest::newRow("enforced by the servers") << QByteArray();
        QTest::newRow("by the old command") << QByteArray("old");
    }
    void nomadForwardAndBack()
    {
        QFETCH(QByteArray, mode);
        m_nomad.setMode(mode.constData());
        const ClusterEntry shop = nomad();
        const QString target = shop.part(shop.history(), QStringLiteral("2"), QStringLiteral("0")).to.revision;
        const auto plan = shop.plan(QStringLiteral("2"), QStringLiteral("0"));
        const auto done = shop.run(plan.forward);
        QVERIFY2(done.exitCode == 0, done.log.constData());
        QCOMPARE(shop.history().live, QStringLiteral("3"));
        QCOMPARE(shop.history().hosts.front().revision, target);
        const auto again = shop.run(plan.forward);
        QVERIFY2(again.exitCode == 0 && again.log.contains("says the same already"), again.log.constData());
        const auto back = shop.run(plan.back);
        QVERIFY2(back.exitCode == 0, back.log.constData());
        QCOMPARE(shop.history().live, QStringLiteral("4"));
        QCOMPARE(shop.history().releases.front().version, QStringLiteral("v3"));
    }

    void nomadFaults_data()
    {
        QTest::addColumn<QByteArray>("mode");
        QTest::addColumn<int>("code");
        QTest::newRow("an evaluation, but no version") << QByteArray("nothing") << stepexit::unchanged;
        QTest::newRow("its deployment fails") << QByteArray("fails") << stepexit::restartFailed;
        QTest::newRow("another version in between") << QByteArray("race") << stepexit::liveDiffers;
    }
    void nomadFaults()
    {
        QFETCH(QByteArray, mode);
        QFETCH(int, code);
        const ClusterEntry shop = nomad();
        const auto plan = shop.plan(QStringLiteral("2"), QStringLiteral("0"));
        m_nomad.setMode(mode.constData());
        const auto done = shop.run(plan.forward);
        QVERIFY2(done.exitCode == code, done.log.constData());
    }

    void nomadSameContent()
    {
        const ClusterEntry shop = nomad();
        QVERIFY(
            m_nomad.set("{'versions':[" + nomadVersion(1, "v1") + "," + nomadVersion(0, "v1") + "],'deployments':[]}"));
        const auto refused = shop.plan(QStringLiteral("1"), QStringLiteral("0")).forward;
        QVERIFY(!refused && refused.error().text.contains(QLatin1String("would change nothing")));
    }

private:
    ClusterEntry helm() const
    {
        ClusterEntry shop("helm");
        shop.entry.options
            = {{QStringLiteral("release"), QStringLiteral("shop")}, {QStringLiteral("program"), m_helm.path()}};
        return shop;
    }
    ClusterEntry nomad() const
    {
        ClusterEntry shop("nomad");
        shop.entry.options
            = {{QStringLiteral("job"), QStringLiteral("shop")}, {QStringLiteral("program"), m_nomad.path()}};
        return shop;
    }

    StubTool m_helm, m_nomad;
};

QTEST_GUILESS_MAIN(TestScheduledExecutors)
#include "tst_scheduledexecutors.moc"
