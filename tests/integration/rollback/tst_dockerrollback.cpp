// SPDX-License-Identifier: GPL-3.0-or-later
// Releases of a container taken back by the program itself, on a real Docker Engine: here, and over SSH.
#include "../executors/dockerfixture.h"
#include "dockerprobe.h"
#include "rollbackworld.h"

using namespace taffrail::test;
using taffrail::tests::DockerFixture;

class TestDockerRollback : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_world = std::make_unique<RollbackWorld>(1);
        QVERIFY(m_engine.start());
        m_three = m_engine.addImage(QStringLiteral("1.3"));
    }
    void init()
    {
        m_engine.removeAll();
        m_one = m_engine.addImage(QStringLiteral("1.1"), {QStringLiteral("CMD [\"/bin/false\"]")});
        m_two = m_engine.addImage(QStringLiteral("1.2"), {QStringLiteral("ENV ONLY_IN_TWO=x")});
        m_container = m_engine.runContainer(QStringLiteral("shop"),
                                            {QStringLiteral("--restart=always"), QStringLiteral("-e"),
                                             QStringLiteral("GREETING=it's \"two\" $(words)")},
                                            m_three);
        QDir(m_world->file(QStringLiteral("state"))).removeRecursively();
        m_world->setWrapper({});
    }
    void cleanup()
    {
        // Whatever happened: one container runs under the name, with what it was given.
        QCOMPARE(settled(), QStringLiteral("true always"));
        QVERIFY(m_engine.inspect(QStringLiteral("shop"), QStringLiteral("{{.Config.Env}}"))
                    .contains(QStringLiteral("GREETING=it's \"two\" $(words)")));
        QVERIFY(m_world->auditIsWhole());
    }
    void cleanupTestCase()
    {
        m_engine.stop();
        m_world.reset();
    }

    void backAndForward_data();
    void backAndForward();
    void theTargetIsRemovedAfterThePlan();
    void theTargetIsRemovedInMidRun();
    void theTargetDoesNotStayUp();
    void theEngineIsGone();
    void theConsoleIsKilled();
    void aRestartThatHangsIsAborted();

private:
    QString inventory(bool isLocal = false, const QString &engine = {}, QJsonObject rollback = {}) const
    {
        if (!rollback.contains(QStringLiteral("verify_timeout")))
            rollback.insert(QStringLiteral("verify_timeout"), QStringLiteral("2s"));
        QJsonObject environment
            = m_world->environmentWith({{QStringLiteral("source"), QStringLiteral("docker")},
                                        {QStringLiteral("container"), QStringLiteral("shop")},
                                        {QStringLiteral("engine"), engine.isEmpty() ? m_engine.engine() : engine}},
                                       rollback);
        if (isLocal)
            environment.insert(
                QStringLiteral("hosts"),
                QJsonArray{QJsonObject{{QStringLiteral("id"), m_world->hostId(0)}, {QStringLiteral("local"), true}}});
        return m_world->writeInventory({environment});
    }
    CliResult roll(const QString &inventory, const QString &target)
    {
        const QStringList arguments = m_world->confirmation(QStringLiteral("shop"), inventory, target);
        return arguments.isEmpty() ? CliResult{} : m_world->cli(arguments);
    }
    QString live() { return m_engine.inspect(QStringLiteral("shop"), QStringLiteral("{{.Image}}")); }
    QString settled()
    {
        return m_engine.inspect(QStringLiteral("shop"),
                                QStringLiteral("{{.State.Running}} {{.HostConfig.RestartPolicy.Name}}"));
    }
    QString keptState(const QString &image)
    {
        return m_engine.inspect(taffrail::sources::docker::keptName(QStringLiteral("shop"), image),
                                QStringLiteral("{{.State.Status}} {{.Image}}"));
    }

    DockerFixture m_engine;
    std::unique_ptr<RollbackWorld> m_world;
    QString m_one, m_two, m_three; ///< image ids; the first one does not stay up
    QString m_container;
};

void TestDockerRollback::backAndForward_data()
{
    QTest::addColumn<bool>("isLocal");
    QTest::newRow("this machine") << true;
    QTest::newRow("over SSH") << false;
}

void TestDockerRollback::backAndForward()
{
    QFETCH(bool, isLocal);
    const QString file = inventory(isLocal);
    if (isLocal) // with a /var/lib of its own, so that nothing is left behind on this machine
        m_world->setWrapper({QStringLiteral("unshare"), QStringLiteral("-m"), QStringLiteral("sh"),
                             QStringLiteral("-c"),
                             QStringLiteral("mount --make-rprivate / && mount --bind \"$1\" /var/lib && shift && exec "
                                            "\"$@\""),
                             QStringLiteral("sh"), m_world->varLib(0)});
    const QStringList base{QStringLiteral("rollback"), QStringLiteral("shop"), QStringLiteral("--inventory"), file};
    const CliResult plan
        = m_world->cli(base + QStringList{QStringLiteral("--to"), QStringLiteral("1.2"), QStringLiteral("--plan")});
    QVERIFY2(plan.exitCode == 0 || plan.exitCode == 1, plan.out + plan.err);
    static const QRegularExpression version(QStringLiteral("version +web1 +1\\.3 +1\\.2"));
    QVERIFY2(QString::fromUtf8(plan.out).contains(version), plan.out);
    QVERIFY2(plan.out.contains("ONLY_IN_TWO") && plan.out.contains("web1:shop"), plan.out);

    const CliResult back = roll(file, QStringLiteral("1.2"));
    QVERIFY2(back.exitCode == 0, back.out + back.err);
    QCOMPARE(live(), m_two);
    QCOMPARE(keptState(m_three), QStringLiteral("exited ") + m_three);
    const CliResult forward = roll(file, QStringLiteral("1.3"));
    QVERIFY2(forward.exitCode == 0, forward.out + forward.err);
    QCOMPARE(live(), m_three);
    QCOMPARE(keptState(m_two), QStringLiteral("exited ") + m_two);
    QCOMPARE(m_world->audited(QStringLiteral("rollback.succeeded")), 2);
}

void TestDockerRollback::theTargetIsRemovedAfterThePlan()
{
    const QStringList arguments = m_world->confirmation(QStringLiteral("shop"), inventory(), QStringLiteral("1.2"));
    QVERIFY(!arguments.isEmpty());
    m_engine.docker({QStringLiteral("rmi"), m_two}, false);
    const CliResult result = m_world->cli(arguments);
    QVERIFY2(result.exitCode == 77, result.out + result.err);
    QCOMPARE(m_engine.inspect(QStringLiteral("shop"), QStringLiteral("{{.ID}}")), m_container);
    QCOMPARE(m_world->audited(QStringLiteral("rollback.host")), 0);
}

// After the console's last look: the job's own first question to the engine comes too late.
void TestDockerRollback::theTargetIsRemovedInMidRun()
{
    RollbackWorld &world = *m_world;
    const QString client = QStandardPaths::findExecutable(QStringLiteral("docker"));
    const QString real = world.file(QStringLiteral("docker.real")), late = world.file(QStringLiteral("docker.late"));
    if (!QFile::exists(real))
        QVERIFY(QFile::copy(QFileInfo(client).canonicalFilePath(), real));
    Sshd::writeFile(late,
                    "#!/bin/sh\n[ -z \"$TF_JOB\" ] || '" + real.toUtf8() + "' -H " + m_engine.engine().toUtf8()
                        + " rmi " + m_two.toUtf8() + " >/dev/null 2>&1\nexec '" + real.toUtf8() + "' \"$@\"\n");
    QFile::setPermissions(late, QFile::Permissions(0x7755));
    const auto inHost = [&](const QStringList &words) {
        return QProcess::execute(QStringLiteral("nsenter"),
                                 QStringList{QStringLiteral("-t"), QString::number(world.sshd(0).pid()),
                                             QStringLiteral("-m"), QStringLiteral("--")}
                                     + words);
    };
    QCOMPARE(inHost({QStringLiteral("mount"), QStringLiteral("--bind"), late, client}), 0);
    const CliResult result = roll(inventory(), QStringLiteral("1.2"));
    QCOMPARE(inHost({QStringLiteral("umount"), client}), 0);
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains("the target release is gone"), result.out);
    QCOMPARE(m_engine.inspect(QStringLiteral("shop"), QStringLiteral("{{.ID}}")), m_container);
}

void TestDockerRollback::theTargetDoesNotStayUp()
{
    const CliResult result = roll(inventory(), QStringLiteral("1.1"));
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains("the target did not start: the former release runs again"), result.out);
    QVERIFY2(result.out.contains("nothing was switched for good"), result.out);
    QCOMPARE(m_engine.inspect(QStringLiteral("shop"), QStringLiteral("{{.ID}}")), m_container);
    QCOMPARE(live(), m_three);
    QCOMPARE(m_world->audited(QStringLiteral("rollback.failed")), 1);
    // The claim is given up, and the next plan tells of the failure.
    const CliResult next = roll(inventory(), QStringLiteral("1.2"));
    QVERIFY2(next.exitCode == 0, next.out + next.err);
    QCOMPARE(live(), m_two);
}

void TestDockerRollback::theEngineIsGone()
{
    const CliResult plan
        = m_world->cli({QStringLiteral("rollback"), QStringLiteral("shop"), QStringLiteral("--inventory"),
                        inventory(false, QStringLiteral("unix:///nowhere/docker.sock")), QStringLiteral("--plan")});
    QVERIFY2(plan.exitCode == 69, plan.out + plan.err);
    QVERIFY2(plan.err.contains("no Docker engine answers"), plan.err);
}

void TestDockerRollback::theConsoleIsKilled()
{
    const QString file = inventory(false, {}, {{QStringLiteral("restart"), QStringLiteral("sleep 2")}});
    const auto process = m_world->start(m_world->confirmation(QStringLiteral("shop"), file, QStringLiteral("1.2")));
    QVERIFY(QTest::qWaitFor([&] { return live() == m_two || process->state() == QProcess::NotRunning; }, 60'000));
    process->kill();
    process->waitForFinished();
    const QString run = RollbackWorld::runIn(process->readAllStandardError());
    QVERIFY(!run.isEmpty());
    const CliResult result = m_world->cli({QStringLiteral("rollback"), QStringLiteral("shop"),
                                           QStringLiteral("--inventory"), file, QStringLiteral("--attach"), run});
    QVERIFY2(result.exitCode == 0, result.out + result.err);
    QVERIFY2(result.out.contains("web1| live:"), result.out); // its log from the first byte
    QCOMPARE(live(), m_two);
    QCOMPARE(keptState(m_three), QStringLiteral("exited ") + m_three);
}

// After the switch: what is live then is told, not hidden.
void TestDockerRollback::aRestartThatHangsIsAborted()
{
    const QString file = inventory(false, {}, {{QStringLiteral("restart"), QStringLiteral("sleep 1000")}});
    const auto process = m_world->start(m_world->confirmation(QStringLiteral("shop"), file, QStringLiteral("1.2")));
    QByteArray out;
    QVERIFY2(QTest::qWaitFor(
                 [&] {
                     out += process->readAllStandardOutput();
                     return out.contains("restart: running") || process->state() == QProcess::NotRunning;
                 },
                 60'000),
             out);
    process->kill();
    process->waitForFinished();
    const QString run = RollbackWorld::runIn(process->readAllStandardError());
    const CliResult aborted = m_world->cli({QStringLiteral("rollback"), QStringLiteral("shop"),
                                            QStringLiteral("--inventory"), file, QStringLiteral("--abort"), run});
    QVERIFY2(aborted.exitCode == 2, aborted.out + aborted.err);
    QVERIFY2(aborted.out.contains("its host is switched in part"), aborted.out);
    QVERIFY2(aborted.out.contains("roll forward"), aborted.out);
    QCOMPARE(live(), m_two);
    const CliResult forward = roll(inventory(), QStringLiteral("1.3"));
    QVERIFY2(forward.exitCode == 0, forward.out + forward.err);
    QCOMPARE(live(), m_three);
}

int main(int argc, char **argv)
{
    if (const char *obstacle = DockerFixture::obstacle())
        return taffrail::tests::skip(obstacle);
    QCoreApplication application(argc, argv);
    TestDockerRollback test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_dockerrollback.moc"
