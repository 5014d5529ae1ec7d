// SPDX-License-Identifier: GPL-3.0-or-later
// What may go wrong while a container is switched, on a real Docker Engine: afterwards one of the two releases runs.
#include "dockerswitch.h"

using namespace taffrail;
using namespace taffrail::tests;
using executors::HostSteps;
namespace stepexit = taffrail::executors::stepexit;

class TestDockerFaults : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY(m_shop.start()); }
    void init()
    {
        m_shop.engine.removeAll();
        m_shop.makeImages();
        m_shop.engine.runContainer(QStringLiteral("shop"), {QStringLiteral("--restart=always")}, m_shop.three);
    }

    void anotherReleaseIsLive();
    void theContainerWasMadeAnew();
    void theTargetIsGone();
    void theTargetDoesNotStayUp();
    void cutAtAnyAct_data();
    void cutAtAnyAct();
    void stoppedInTheMiddle();
    void aCommandThatHangsIsEnded();
    void onlyTheNewestAreKept();

private:
    Result<HostSteps> plan() { return m_shop.plan(m_shop.three, m_shop.two); }

    DockerShop m_shop;
};

void TestDockerFaults::anotherReleaseIsLive()
{
    const Result<HostSteps> planned = plan();
    QVERIFY(planned);
    m_shop.engine.removeAll();
    m_shop.engine.runContainer(QStringLiteral("shop"), {}, m_shop.one);
    QCOMPARE(m_shop.host.runJob(planned->script).exitCode, stepexit::liveDiffers);
    QCOMPARE(m_shop.imageOf(QStringLiteral("shop")), m_shop.one);
    QVERIFY(!plan());
    m_shop.engine.removeAll();
    QCOMPARE(m_shop.host.runJob(planned->script).exitCode, stepexit::noPlace);
}

void TestDockerFaults::theContainerWasMadeAnew()
{
    const Result<HostSteps> planned = plan();
    m_shop.engine.removeAll();
    m_shop.engine.runContainer(QStringLiteral("shop"), {QStringLiteral("--memory=64m")}, m_shop.three);
    QCOMPARE(m_shop.host.runJob(planned->script).exitCode, stepexit::liveDiffers);
    QCOMPARE(m_shop.stateOf(QStringLiteral("shop")), QStringLiteral("running"));
}

void TestDockerFaults::theTargetIsGone()
{
    const Result<HostSteps> planned = plan();
    m_shop.engine.docker({QStringLiteral("rmi"), m_shop.two}, false);
    QCOMPARE(m_shop.host.runJob(planned->script).exitCode, stepexit::noTarget);
    QCOMPARE(m_shop.stateOf(QStringLiteral("shop")), QStringLiteral("running"));
    const Result<HostSteps> again = plan();
    QVERIFY(!again);
    QCOMPARE(again.error().kind, ErrorKind::NotFound);
}

void TestDockerFaults::theTargetDoesNotStayUp()
{
    const QString bad = m_shop.engine.addImage(QStringLiteral("0.9"), {QStringLiteral("CMD [\"/bin/false\"]")});
    const QString id = m_shop.engine.inspect(QStringLiteral("shop"), QStringLiteral("{{.ID}}"));
    const Result<HostSteps> planned = m_shop.plan(m_shop.three, bad);
    QVERIFY(planned);
    for (int round = 0; round < 2; ++round) { // a second try finds what the first one left
        const auto outcome = m_shop.host.runJob(planned->script);
        QCOMPARE(outcome.exitCode, stepexit::putBack);
        QCOMPARE(m_shop.engine.inspect(QStringLiteral("shop"),
                                       QStringLiteral("{{.ID}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}")),
                 id + QStringLiteral(" running always"));
        QCOMPARE(m_shop.imageOf(QStringLiteral("shop.taffrail-failed")), bad);
    }
    const DeploymentHistory history = m_shop.history();
    QCOMPARE(history.live, m_shop.three);
    for (const Release &release : history.releases)
        QCOMPARE(release.status == ReleaseStatus::Failed, release.id == bad);
    m_shop.engine.docker({QStringLiteral("rm"), QStringLiteral("shop.taffrail-failed")});
    m_shop.engine.docker({QStringLiteral("rmi"), QStringLiteral("-f"), bad});
}

void TestDockerFaults::cutAtAnyAct_data()
{
    QTest::addColumn<int>("act");
    QTest::addColumn<bool>("done");
    for (int act = 1; act <= 6; ++act) {
        QTest::addRow("before act %d", act) << act << false;
        QTest::addRow("after act %d", act) << act << true;
    }
}

// The job is killed before or after its n-th act (create, update, stop, rename, rename, start). The same script, sent
// again, ends well.
void TestDockerFaults::cutAtAnyAct()
{
    QFETCH(int, act);
    QFETCH(bool, done);
    const Result<HostSteps> planned = plan();
    const QString folder = m_shop.engine.path(QStringLiteral("cut"));
    QVERIFY(QDir().mkpath(folder));
    QFile::remove(folder + QStringLiteral("/count"));
    QFile wrapper(folder + QStringLiteral("/docker"));
    QVERIFY(wrapper.open(QIODevice::WriteOnly));
    const QByteArray real = QStandardPaths::findExecutable(QStringLiteral("docker")).toUtf8();
    const QByteArray end = "for p in $(cat " + folder.toUtf8() + "/pid); do kill -9 $p; done; kill -9 $PPID; exit 1";
    wrapper.write("#!/bin/sh\ncase $3 in create|stop|update|rename|start) n=$(cat " + folder.toUtf8()
                  + "/count 2>/dev/null); n=$((n+1)); echo $n > " + folder.toUtf8()
                  + "/count\n[ $n = " + QByteArray::number(act) + " ] || exec " + real + " \"$@\"\n"
                  + (done ? real + " \"$@\" >/dev/null\n" : QByteArray()) + end + " ;; *) exec " + real
                  + " \"$@\" ;; esac\n");
    wrapper.close();
    wrapper.setPermissions(QFile::Permissions(0x7755));
    const auto cut = m_shop.host.runJob("echo $$ > " + folder.toUtf8() + "/pid\nPATH=" + folder.toUtf8() + ":$PATH\n"
                                        + planned->script);
    QVERIFY2(cut.exitCode != 0, cut.log);
    const auto outcome = m_shop.host.runJob(planned->script);
    QVERIFY2(outcome.exitCode == 0, cut.log + outcome.log);
    QCOMPARE(m_shop.history().live, m_shop.two);
    QCOMPARE(m_shop.engine.inspect(QStringLiteral("shop"),
                                   QStringLiteral("{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}")),
             QStringLiteral("running always"));
    QCOMPARE(m_shop.stateOf(m_shop.kept(m_shop.three)), QStringLiteral("exited"));
    QCOMPARE(m_shop.engine.docker({QStringLiteral("ps"), QStringLiteral("-aq")}).split(QLatin1Char('\n')).size(), 2);
}

// A polite stop while neither runs puts the former one back.
void TestDockerFaults::stoppedInTheMiddle()
{
    const Result<HostSteps> planned = plan();
    QByteArray script = planned->script;
    const qsizetype place = script.indexOf("d rename \"$NEW\" \"$N\"");
    QVERIFY(place > 0);
    script.insert(place, "kill -TERM $$; ");
    const auto outcome = m_shop.host.runJob(script);
    QCOMPARE(outcome.exitCode, 143);
    QCOMPARE(m_shop.engine.inspect(QStringLiteral("shop"),
                                   QStringLiteral("{{.Image}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}")),
             m_shop.three + QStringLiteral(" running always"));
}

// The engine takes the order to stop, and never answers.
void TestDockerFaults::aCommandThatHangsIsEnded()
{
    const Result<HostSteps> planned = plan();
    const QString folder = m_shop.engine.path(QStringLiteral("slow"));
    QVERIFY(QDir().mkpath(folder));
    QFile wrapper(folder + QStringLiteral("/docker"));
    QVERIFY(wrapper.open(QIODevice::WriteOnly));
    wrapper.write("#!/bin/sh\n[ \"$3\" != stop ] || exec sleep 1000\nexec "
                  + QStandardPaths::findExecutable(QStringLiteral("docker")).toUtf8() + " \"$@\"\n");
    wrapper.close();
    wrapper.setPermissions(QFile::Permissions(0x7755));
    QByteArray script = planned->script;
    QVERIFY(script.contains("tf_limit=120\n"));
    script.replace("tf_limit=120\n", "tf_limit=2\n");
    script.replace("tf_grace=10 ;;", "tf_grace=1 ;;");
    const auto outcome = m_shop.host.runJob("PATH=" + folder.toUtf8() + ":$PATH\n" + script);
    QVERIFY2(outcome.exitCode == stepexit::putBack, outcome.log);
    QVERIFY2(outcome.log.contains("the container could not be stopped"), outcome.log);
    QCOMPARE(m_shop.engine.inspect(QStringLiteral("shop"),
                                   QStringLiteral("{{.Image}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}")),
             m_shop.three + QStringLiteral(" running always"));
}

void TestDockerFaults::onlyTheNewestAreKept()
{
    const auto add = [&](const QString &name, bool isRun) {
        m_shop.engine.docker({isRun ? QStringLiteral("run") : QStringLiteral("create"), QStringLiteral("--name"), name,
                              m_shop.one, QStringLiteral("true")},
                             false);
    };
    // Others of a like name are not ours, and what never ran is older than what did.
    const QStringList others{
        QStringLiteral("shop.old"), QStringLiteral("shop.taffrail-mine"), QStringLiteral("shop.taffrail-0123456789abc"),
        QStringLiteral("shopXtaffrail-0123456789ab"), QStringLiteral("other.taffrail-0123456789ab")};
    for (const QString &name : others)
        add(name, false);
    for (const char *digit : {"a", "b"})
        add(QStringLiteral("shop.taffrail-") + QString(12, QLatin1Char(*digit)), false);
    for (const char *digit : {"1", "2"})
        add(QStringLiteral("shop.taffrail-") + QString(12, QLatin1Char(*digit)), true);
    const Result<HostSteps> planned = plan();
    const auto outcome = m_shop.host.runJob(planned->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QStringList names
        = m_shop.engine.docker({QStringLiteral("ps"), QStringLiteral("-a"), QStringLiteral("--format={{.Names}}")})
              .split(QLatin1Char('\n'));
    QStringList expected = others;
    expected << QStringLiteral("shop") << m_shop.kept(m_shop.three)
             << QStringLiteral("shop.taffrail-") + QString(12, QLatin1Char('1'))
             << QStringLiteral("shop.taffrail-") + QString(12, QLatin1Char('2'));
    names.sort();
    expected.sort();
    QCOMPARE(names, expected);
}

int main(int argc, char **argv)
{
    if (const char *obstacle = DockerFixture::obstacle())
        return skip(obstacle);
    QCoreApplication application(argc, argv);
    TestDockerFaults test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_dockerfaults.moc"
