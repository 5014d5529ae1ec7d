// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong around a rollback: the ssh-agent ends, disks fill up. After each, every host is in one of the two
// releases and known to be, and the run goes on once the cause is mended.
#include "faulttools.h"
#include "rollbackworld.h"

using namespace taffrail::test;

class TestRollbackFaults : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { m_world.reset(); }
    void anAgentThatIsGoneLosesNothing_data();
    void anAgentThatIsGoneLosesNothing();
    void anAgentThatStaysAwayStopsTheRun();
    void aFullDiskIsSeenByThePlan();
    void aDiskThatIsFullWhenTheHostBegins_data();
    void aDiskThatIsFullWhenTheHostBegins();
    void aDiskThatFillsUpInTheJob_data();
    void aDiskThatFillsUpInTheJob();
    void aConsoleWithoutRoomRunsNothing();
    void aConsoleThatRunsOutOfRoomBeginsNothingMore();

private:
    QString inventory(const QJsonObject &rollback) const
    {
        return m_world->writeInventory(
            {m_world->environment(QStringLiteral("shop"), QStringLiteral("shop"), rollback)});
    }
    QStringList confirmation(const QString &inventory, const QString &state = QStringLiteral("state"))
    {
        return m_world->confirmation(QStringLiteral("shop"), inventory, olderRelease, state);
    }
    static QStringList base(const QString &inventory)
    {
        return {QStringLiteral("rollback"), QStringLiteral("shop"), QStringLiteral("--inventory"), inventory};
    }
    CliResult retry(const QString &inventory, const QString &run)
    {
        return m_world->cli(base(inventory) + QStringList{QStringLiteral("--retry"), run});
    }
    QStringList live() const
    {
        QStringList all;
        for (int i = 0; i < m_world->hostCount(); ++i)
            all << m_world->live(i);
        return all;
    }
    /// Every host ran its restart once, and has the older release.
    void checkAllDone()
    {
        for (int i = 0; i < m_world->hostCount(); ++i) {
            QCOMPARE(m_world->live(i), olderRelease);
            QCOMPARE(m_world->restarts(i), QStringList{olderRelease});
        }
        QVERIFY(m_world->auditIsWhole());
    }
    /// What the program says of the hosts is what they have: a plan to `other` names those that have not got it.
    void checkIsKnown(const QString &inventory)
    {
        QJsonObject plan;
        m_world->confirmation(QStringLiteral("shop"), inventory, olderRelease, QStringLiteral("looker"), &plan);
        QStringList told, real;
        for (const QJsonValue &host : plan[QStringLiteral("hosts")].toArray())
            told << host[QStringLiteral("host")].toString() + QLatin1Char(' ')
                    + host[QStringLiteral("from")].toString();
        for (int i = 0; i < m_world->hostCount(); ++i) {
            const QString release = m_world->live(i);
            QVERIFY2(release == olderRelease || release == newerRelease, qPrintable(release));
            if (release == newerRelease)
                real << m_world->hostId(i) + QLatin1Char(' ') + release;
        }
        QCOMPARE(told, real);
        QVERIFY(m_world->auditIsWhole());
    }
    /// The key is in an agent only; consoles are told where that is.
    std::unique_ptr<Agent> agentOnly()
    {
        const QString key = m_world->sshd(0).clientKey(), hidden = m_world->file(QStringLiteral("hidden key"));
        if (!QFile::rename(key, hidden))
            qFatal("the key could not be hidden");
        auto agent = std::make_unique<Agent>(m_world->file(QStringLiteral("agent")), hidden);
        m_world->setVariable(QStringLiteral("SSH_AUTH_SOCK"), m_world->file(QStringLiteral("agent")));
        return agent;
    }
    /// Hosts with a small disk for their applications, and another one for the jobs when that has a place of its own.
    void useSmallDisks(bool hasPlace)
    {
        const QString disk = QStringLiteral("mount -t tmpfs -o size=%1k,nr_inodes=400,mode=755 small \"%2\"");
        QString mounts = disk.arg(1024).arg(QStringLiteral("$1"));
        if (hasPlace)
            mounts += QStringLiteral(" && mkdir -p /var/lib/taffrail/shop.shop && ")
                + disk.arg(512).arg(QStringLiteral("/var/lib/taffrail/shop.shop"));
        m_world = std::make_unique<RollbackWorld>(3, QStringLiteral("srv it's $(touch oops)"), mounts);
        m_world->deployAll();
    }
    static QJsonObject little(const QString &restart)
    {
        return {{QStringLiteral("restart"), restart},
                {QStringLiteral("min_free_disk"), QStringLiteral("16KiB")},
                {QStringLiteral("verify_timeout"), QStringLiteral("3s")}};
    }
    QString placeOf(int host, const QString &disk) const
    {
        return disk == QLatin1String("state") ? m_world->inside(host, QStringLiteral("/var/lib/taffrail/shop.shop"))
                                              : m_world->inside(host, m_world->appPath());
    }

    std::unique_ptr<RollbackWorld> m_world;
};

void TestRollbackFaults::anAgentThatIsGoneLosesNothing_data()
{
    QTest::addColumn<int>("cutHost"); // whose connections are cut with it; -1 = none
    QTest::addColumn<bool>("isStopped"); // it takes connections, and never answers
    QTest::newRow("ended, connections live on") << -1 << false;
    QTest::newRow("stopped, connections live on") << -1 << true;
    QTest::newRow("ended in the middle of a host's job") << 0 << false;
    QTest::newRow("stopped in the middle of a host's job") << 0 << true;
    QTest::newRow("ended between two hosts") << 1 << false;
    QTest::newRow("stopped between two hosts") << 1 << true;
}

void TestRollbackFaults::anAgentThatIsGoneLosesNothing()
{
    QFETCH(int, cutHost);
    QFETCH(bool, isStopped);
    m_world = std::make_unique<RollbackWorld>(3);
    m_world->deployAll();
    const auto agent = agentOnly();
    const QString file
        = inventory({{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 1; "))}});
    const QStringList arguments = confirmation(file);
    QVERIFY(!arguments.isEmpty());
    const auto process = m_world->start(arguments);
    QByteArray out;
    QVERIFY(QTest::qWaitFor([&] { return m_world->live(0) == olderRelease; }, 60'000));
    if (isStopped)
        agent->stop();
    else
        agent->end();
    if (cutHost >= 0) {
        m_world->sshd(cutHost).crash();
        m_world->sshd(cutHost).start();
        // It says what it waits for, and waits.
        QVERIFY2(QTest::qWaitFor(
                     [&] {
                         out += process->readAllStandardOutput();
                         return out.contains("agent") || process->state() == QProcess::NotRunning;
                     },
                     60'000),
                 out);
        QVERIFY2(process->state() == QProcess::Running, out + process->readAllStandardError());
        QCOMPARE(m_world->live(2), newerRelease);
        if (isStopped)
            agent->goOn();
        else
            agent->start();
    }
    const CliResult result = RollbackWorld::finish(*process);
    QVERIFY2(result.exitCode == 0, out + result.out + result.err);
    if (isStopped)
        agent->goOn();
    else if (cutHost < 0)
        agent->start();
    checkAllDone();
}

void TestRollbackFaults::anAgentThatStaysAwayStopsTheRun()
{
    m_world = std::make_unique<RollbackWorld>(3);
    m_world->deployAll();
    const auto agent = agentOnly();
    const QString file
        = inventory({{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 1; "))}});
    const auto process = m_world->start(confirmation(file));
    QVERIFY(QTest::qWaitFor([&] { return m_world->live(0) == olderRelease; }, 60'000));
    agent->end();
    m_world->sshd(1).crash();
    m_world->sshd(1).start();
    const CliResult result = RollbackWorld::finish(*process);
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains("agent") && result.out.contains("1 of 3 hosts are switched"), result.out);
    QCOMPARE(live(), QStringList({olderRelease, newerRelease, newerRelease}));
    agent->start();
    checkIsKnown(file);
    const CliResult again = retry(file, RollbackWorld::runIn(result.err));
    QVERIFY2(again.exitCode == 0, again.out + again.err);
    checkAllDone();
}

void TestRollbackFaults::aFullDiskIsSeenByThePlan()
{
    useSmallDisks(false);
    const QString file = inventory(little(RollbackWorld::restartCommand()));
    const QString filler = placeOf(1, QStringLiteral("releases")) + QStringLiteral("/filler");
    fill(filler);
    const CliResult plan
        = m_world->cli(base(file) + QStringList{QStringLiteral("--plan"), QStringLiteral("--to"), olderRelease});
    QCOMPARE(plan.exitCode, 77);
    QVERIFY2(plan.out.contains("BLOCK    disk") && plan.out.contains("web2"), plan.out);
    const CliResult refused = m_world->cli(confirmation(file));
    QVERIFY2(refused.exitCode == 77 && refused.err.contains("rollback.disk"), refused.err);
    QCOMPARE(live(), QStringList({newerRelease, newerRelease, newerRelease}));
    checkIsKnown(file);
    QVERIFY(QFile::remove(filler));
    const CliResult result = m_world->cli(confirmation(file));
    QVERIFY2(result.exitCode == 0, result.out + result.err);
    checkAllDone();
}

void TestRollbackFaults::aDiskThatIsFullWhenTheHostBegins_data()
{
    QTest::addColumn<QString>("disk");
    QTest::addColumn<bool>("hasPlace");
    QTest::addColumn<bool>("byFiles");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("releases and jobs together") << "releases" << false << false << QByteArray("nothing was started");
    QTest::newRow("jobs") << "state" << true << false << QByteArray("nothing was started");
    QTest::newRow("no room for a file") << "releases" << false << true << QByteArray("no place for jobs");
    QTest::newRow("jobs: no room for a file") << "state" << true << true << QByteArray("nothing was started");
    QTest::newRow("releases: no room for a link") << "releases" << true << true << QByteArray("web2");
}

void TestRollbackFaults::aDiskThatIsFullWhenTheHostBegins()
{
    QFETCH(QString, disk);
    QFETCH(bool, hasPlace);
    QFETCH(bool, byFiles);
    QFETCH(QByteArray, words);
    useSmallDisks(hasPlace);
    const QString file = inventory(little(RollbackWorld::restartCommand(QStringLiteral("sleep 1; "))));
    const auto process = m_world->start(confirmation(file));
    QVERIFY(QTest::qWaitFor([&] { return m_world->live(0) == olderRelease; }, 60'000));
    const QString filler = placeOf(1, disk) + QStringLiteral("/filler");
    if (byFiles)
        fillWithFiles(filler);
    else
        fill(filler);
    const CliResult result = RollbackWorld::finish(*process);
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains(words), result.out);
    QCOMPARE(live(), QStringList({olderRelease, newerRelease, newerRelease}));
    checkIsKnown(file);
    QVERIFY(byFiles ? QDir(filler).removeRecursively() : QFile::remove(filler));
    const CliResult again = retry(file, RollbackWorld::runIn(result.err));
    QVERIFY2(again.exitCode == 0, again.out + again.err);
    checkAllDone();
}

void TestRollbackFaults::aDiskThatFillsUpInTheJob_data()
{
    QTest::addColumn<bool>("hasPlace");
    QTest::addColumn<QString>("folder"); // where the restart fills it, as the host sees it
    QTest::addColumn<int>("exitCode"); // of the restart
    for (const int code : {0, 3}) {
        QTest::addRow("together, the restart ends with %d", code) << false << QString() << code;
        QTest::addRow("jobs, the restart ends with %d", code)
            << true << QStringLiteral("/var/lib/taffrail/shop.shop") << code;
    }
}

void TestRollbackFaults::aDiskThatFillsUpInTheJob()
{
    QFETCH(bool, hasPlace);
    QFETCH(QString, folder);
    QFETCH(int, exitCode);
    useSmallDisks(hasPlace);
    // It notes itself once it has filled the disk: for that there is a file with room in it.
    const QString filler = (folder.isEmpty() ? QStringLiteral("../..") : folder) + QStringLiteral("/filler");
    const QString flag = m_world->file(QStringLiteral("mended"));
    const QString restart = QStringLiteral("%1; test -e '%3' || { cat /dev/zero > %2; sleep 0.3; echo talk; head -c "
                                           "100000 /dev/zero; test %4 = 0 || exit %4; }")
                                .arg(RollbackWorld::restartCommand(), filler, flag)
                                .arg(exitCode);
    const QString file = inventory(little(restart));
    const CliResult result = m_world->cli(confirmation(file));
    if (exitCode == 0) {
        // Every host is switched, and a host whose disk is full is not in good health.
        QVERIFY2(result.exitCode == 2, result.out + result.err);
        QVERIFY2(result.out.contains("Every host is switched, but it did not become good"), result.out);
        QVERIFY2(result.out.contains("disk"), result.out);
        checkAllDone();
        return;
    }
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains("the restart failed"), result.out);
    QCOMPARE(live(), QStringList({olderRelease, newerRelease, newerRelease}));
    QVERIFY(QFile::remove(placeOf(0, hasPlace ? QStringLiteral("state") : QString()) + QStringLiteral("/filler")));
    checkIsKnown(file);
    Sshd::writeFile(flag, "x");
    const CliResult again = retry(file, RollbackWorld::runIn(result.err));
    QVERIFY2(again.exitCode == 0, again.out + again.err);
    QCOMPARE(live(), QStringList({olderRelease, olderRelease, olderRelease}));
    QVERIFY(m_world->auditIsWhole());
}

void TestRollbackFaults::aConsoleWithoutRoomRunsNothing()
{
    m_world = std::make_unique<RollbackWorld>(3);
    m_world->deployAll();
    const QString file = inventory({});
    const QStringList arguments = confirmation(file);
    const QString state = m_world->file(QStringLiteral("small"));
    QVERIFY(QDir().mkpath(state));
    const auto withDisk = [&](const QString &fill) {
        QStringList words{QStringLiteral("unshare"), QStringLiteral("-m")};
        if (geteuid() != 0)
            words << QStringLiteral("-r");
        m_world->setWrapper(
            words << QStringLiteral("sh") << QStringLiteral("-c")
                  << QStringLiteral("mount -t tmpfs -o size=2m small \"$1\" && %1; shift; exec \"$@\"").arg(fill)
                  << QStringLiteral("sh") << state);
    };
    // No byte, some bytes, the files but not their entries.
    for (const int left : {0, 4096, 40'960, 90'112}) {
        withDisk(QStringLiteral("head -c %1 /dev/zero > \"$1/filler\" 2>/dev/null").arg(2 * 1024 * 1024 - left));
        const CliResult result = m_world->cli(arguments, QStringLiteral("small"));
        QVERIFY2(result.exitCode == 77, result.out + result.err);
        QVERIFY2(result.err.contains("no audit, no action") || result.err.contains("disk"), result.err);
        QCOMPARE(live(), QStringList({newerRelease, newerRelease, newerRelease}));
    }
    withDisk(QStringLiteral(":"));
    const CliResult result = m_world->cli(arguments, QStringLiteral("small"));
    QVERIFY2(result.exitCode == 0, result.out + result.err);
}

void TestRollbackFaults::aConsoleThatRunsOutOfRoomBeginsNothingMore()
{
    m_world = std::make_unique<RollbackWorld>(3);
    m_world->deployAll();
    const QString file
        = inventory({{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 1; "))}});
    const QStringList arguments = confirmation(file);
    const QString state = m_world->file(QStringLiteral("small"));
    QVERIFY(QDir().mkpath(state));
    QStringList words{QStringLiteral("unshare"), QStringLiteral("-m")};
    if (geteuid() != 0)
        words << QStringLiteral("-r");
    m_world->setWrapper(words << QStringLiteral("sh") << QStringLiteral("-c")
                              << QStringLiteral("mount -t tmpfs -o size=2m small \"$1\" && shift && exec \"$@\"")
                              << QStringLiteral("sh") << state);
    const auto process = m_world->start(arguments, QStringLiteral("small"));
    QVERIFY(QTest::qWaitFor([&] { return m_world->live(0) == olderRelease; }, 60'000));
    fill(QStringLiteral("/proc/%1/root%2/filler").arg(process->processId()).arg(state));
    const CliResult result = RollbackWorld::finish(*process);
    QVERIFY2(result.exitCode == 3, result.out + result.err);
    QVERIFY2(result.out.contains("Nothing further is begun"), result.out + result.err);
    QCOMPARE(live(), QStringList({olderRelease, newerRelease, newerRelease}));
    m_world->setWrapper({});
    checkIsKnown(file);
    // Its own memory is gone with the disk; the hosts have the journal.
    const QString run = RollbackWorld::runIn(result.err);
    const CliResult attached = m_world->cli(base(file) + QStringList{QStringLiteral("--attach"), run});
    QVERIFY2(attached.exitCode == 3, attached.out + attached.err);
    const CliResult next = m_world->cli(base(file) + QStringList{QStringLiteral("--continue"), run});
    QVERIFY2(next.exitCode == 0, next.out + next.err);
    checkAllDone();
}

QTEST_GUILESS_MAIN(TestRollbackFaults)
#include "tst_rollbackfaults.moc"
