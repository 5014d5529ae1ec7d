// SPDX-License-Identifier: GPL-3.0-or-later
// A real kubectl against a small API on loopback: rollouts undone by real jobs.
#include "clusterfixture.h"

using namespace taffrail;
using namespace taffrail::tests;
namespace stepexit = taffrail::executors::stepexit;

class TestKubernetesExecutor : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        QVERIFY(m_api.start());
        m_shop = std::make_unique<ClusterEntry>("kubernetes");
        m_shop->entry.options = {{QStringLiteral("workload"), QStringLiteral("deployment/shop")},
                                 {QStringLiteral("namespace"), QStringLiteral("prod")},
                                 {QStringLiteral("kubeconfig"), m_api.config()}};
    }
    void cleanup() { m_shop.reset(); }

    void forwardAndBack()
    {
        const auto plan = m_shop->plan(QStringLiteral("3"), QStringLiteral("1"));
        QVERIFY2(plan.forward, plan.forward ? "" : qPrintable(sentence(plan.forward.error())));
        QVERIFY(plan.back);
        const QString target = m_shop->part(m_shop->history(), QStringLiteral("3"), QStringLiteral("1")).to.revision;
        const auto done = m_shop->run(plan.forward);
        QVERIFY2(done.exitCode == 0, done.log.constData());
        QVERIFY2(done.log.contains("deployment.apps/shop rolled back"), done.log.constData());
        DeploymentHistory now = m_shop->history();
        QCOMPARE(now.live, QStringLiteral("4")); // a new number for the same template
        QCOMPARE(now.hosts.front().revision, target);
        // Once more: nothing is done, and nothing is wrong.
        const auto again = m_shop->run(plan.forward);
        QVERIFY2(again.exitCode == 0, again.log.constData());
        QVERIFY(again.log.contains("it is set to the target already"));
        QCOMPARE(m_shop->history().live, QStringLiteral("4"));
        // The way back was planned before revision 4 existed.
        const auto back = m_shop->run(plan.back);
        QVERIFY2(back.exitCode == 0, back.log.constData());
        now = m_shop->history();
        QCOMPARE(now.live, QStringLiteral("5"));
        QCOMPARE(now.releases.front().version, QStringLiteral("v3"));
    }

    void statefulSet()
    {
        m_shop->entry.options.insert(QStringLiteral("workload"), QStringLiteral("statefulset/store"));
        const auto plan = m_shop->plan(QStringLiteral("3"), QStringLiteral("2"));
        const auto done = m_shop->run(plan.forward);
        QVERIFY2(done.exitCode == 0, done.log.constData());
        QCOMPARE(m_shop->history().live, QStringLiteral("4"));
        QCOMPARE(m_shop->history().releases.front().version, QStringLiteral("v2"));
        QCOMPARE(m_shop->run(plan.back).exitCode, 0);
        QCOMPARE(m_shop->history().releases.front().version, QStringLiteral("v3"));
    }

    void somebodyWasFaster()
    {
        const auto plan = m_shop->plan(QStringLiteral("3"), QStringLiteral("1"));
        QCOMPARE(m_api.tell("{'deploy':'v4'}"), QByteArray("4"));
        const auto done = m_shop->run(plan.forward);
        QCOMPARE(done.exitCode, stepexit::liveDiffers);
        QCOMPARE(m_shop->history().live, QStringLiteral("4"));
        // Changed and changed back is a change, too.
        QCOMPARE(m_api.tell("{'deploy':'v3'}"), QByteArray("5"));
        QCOMPARE(m_shop->run(plan.forward).exitCode, stepexit::liveDiffers);
        QVERIFY(!m_shop->plan(QStringLiteral("4"), QStringLiteral("1")).forward);
    }

    void paused()
    {
        const auto plan = m_shop->plan(QStringLiteral("3"), QStringLiteral("1"));
        m_api.tell("{'paused':true}");
        QCOMPARE(m_shop->run(plan.forward).exitCode, stepexit::busy);
        const auto refused = m_shop->plan(QStringLiteral("3"), QStringLiteral("1")).forward;
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Busy);
        QVERIFY(refused.error().text.contains(QLatin1String("paused")));
    }

    void goneTarget()
    {
        const auto plan = m_shop->plan(QStringLiteral("3"), QStringLiteral("1"));
        m_api.tell("{'drop':'1'}");
        QCOMPARE(m_shop->run(plan.forward).exitCode, stepexit::noTarget);
    }

    void podsThatDoNotComeUp()
    {
        const auto plan = m_shop->plan(QStringLiteral("3"), QStringLiteral("1"));
        m_api.tell("{'stuck':true}");
        const auto done = m_shop->run(plan.forward);
        QCOMPARE(done.exitCode, stepexit::restartFailed);
        QVERIFY2(done.log.contains("progress deadline"), done.log.constData());
        const DeploymentHistory now = m_shop->history();
        QCOMPARE(now.releases.front().status, ReleaseStatus::Failed);
    }

    void aControllerThatSleeps()
    {
        const auto plan = m_shop->plan(QStringLiteral("3"), QStringLiteral("1"));
        m_api.tell("{'frozen':true}");
        const auto done = m_shop->run(plan.forward);
        QCOMPARE(done.exitCode, stepexit::restartFailed);
        QVERIFY2(done.log.contains("were not up within 6 s"), done.log.constData());
    }

    void whoMayNot_data()
    {
        QTest::addColumn<QByteArray>("state");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("words");
        QTest::newRow("no right") << QByteArray("{'mayPatch':false}") << int(ErrorKind::Denied) << "may not change";
        QTest::newRow("argo") << QByteArray("{'labels':{'argocd.argoproj.io/instance':'shop'}}")
                              << int(ErrorKind::Unsupported) << "Argo CD application shop manages it";
        QTest::newRow("forbidden") << QByteArray("{'refuse':'deployments.apps is forbidden'}")
                                   << int(ErrorKind::BadData) << "";
    }
    void whoMayNot()
    {
        QFETCH(QByteArray, state);
        QFETCH(int, kind);
        QFETCH(QString, words);
        m_api.tell(state);
        const auto refused = m_shop->plan(QStringLiteral("3"), QStringLiteral("1")).forward;
        QVERIFY(!refused);
        QCOMPARE(int(refused.error().kind), kind);
        QVERIFY2(refused.error().text.contains(words), qPrintable(refused.error().text));
    }

    void forbiddenIsSaid()
    {
        m_api.tell("{'refuse':'deployments.apps is forbidden'}");
        const DeploymentHistory now = m_shop->history();
        QVERIFY2(now.notes.value(0).contains(QLatin1String("failed: Error from server (Forbidden)")),
                 qPrintable(now.notes.join(QLatin1Char('\n'))));
    }

private:
    KubernetesApi m_api;
    std::unique_ptr<ClusterEntry> m_shop;
};

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (QStandardPaths::findExecutable(QStringLiteral("kubectl")).isEmpty())
        return skip("there is no kubectl");
    TestKubernetesExecutor test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_kubernetesexecutor.moc"
