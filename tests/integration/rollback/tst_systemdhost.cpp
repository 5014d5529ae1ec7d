// SPDX-License-Identifier: GPL-3.0-or-later
// Rollbacks by the program itself on a host with systemd: a real unit, real sudo, a real power cut.
#include "rollbackworld.h"
#include "systemdhost.h"

using namespace taffrail::test;

namespace {

const QByteArray allowed = "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart shop.service";

// Starting takes long while /run/slow is there.
const QByteArray unit
    = R"sh(printf '%s\n' >/etc/systemd/system/shop.service '[Unit]' StartLimitIntervalSec=0 '[Service]' 'User=deploy' \
    'WorkingDirectory=/srv/shop/current' "ExecStartPre=/bin/sh -c '[ ! -e /run/slow ] || sleep 600'" \
    'ExecStart=/srv/shop/current/run' 'TimeoutStartSec=900' 'TimeoutStopSec=2' \
    '[Install]' 'WantedBy=multi-user.target'
systemctl enable shop
)sh";

} // namespace

class TestSystemdHost : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void backAndForward_data();
    void backAndForward();
    void aUnitThatDoesNotStartFails();
    void aRestartThatHangsFails();
    void aRestartThatHangsCanBeStopped();
    void sudoThatAsksBlocksThePlan_data();
    void sudoThatAsksBlocksThePlan();
    void sudoThatNeedNotAskIsEnough_data();
    void sudoThatNeedNotAskIsEnough();
    void sudoThatAsksLaterSwitchesNothing();
    void anUnknownUnitIsWarnedOf();
    void aPowerCutIsTold_data();
    void aPowerCutIsTold();

private:
    QString inventory(QJsonObject rollback = {}, const QString &user = QStringLiteral("deploy")) const
    {
        if (!rollback.contains(QStringLiteral("restart")))
            rollback.insert(QStringLiteral("restart"), QStringLiteral("unit:shop.service"));
        rollback.insert(QStringLiteral("sudo"), user != QLatin1String("root"));
        QJsonObject environment = m_world->environment(QStringLiteral("shop"), QStringLiteral("shop"), rollback);
        const QJsonObject ssh{{QStringLiteral("host"), m_host.address()},
                              {QStringLiteral("port"), m_host.port()},
                              {QStringLiteral("user"), user},
                              {QStringLiteral("identity_file"), m_host.clientKey()},
                              {QStringLiteral("host_key"), m_host.fingerprint()}};
        environment.insert(
            QStringLiteral("hosts"),
            QJsonArray{QJsonObject{{QStringLiteral("id"), QStringLiteral("web1")}, {QStringLiteral("ssh"), ssh}}});
        QJsonObject entry = environment.value(QStringLiteral("deployments")).toArray().first().toObject();
        entry.insert(QStringLiteral("hosts"), QJsonArray{QStringLiteral("web1")});
        entry.insert(QStringLiteral("path"), QStringLiteral("/srv/shop"));
        entry.insert(QStringLiteral("unit"), QStringLiteral("shop.service"));
        environment.insert(QStringLiteral("deployments"), QJsonArray{entry});
        return m_world->writeInventory({environment});
    }
    QStringList confirmation(const QString &file, const QString &target = {}) const
    {
        return m_world->confirmation(QStringLiteral("shop"), file, target);
    }
    /// "--plan", or "--retry" of a run and its like.
    CliResult act(const QString &file, const QString &word, const QString &run = {}) const
    {
        QStringList words{QStringLiteral("rollback"), QStringLiteral("shop"), QStringLiteral("--inventory"), file,
                          word};
        return m_world->cli(run.isEmpty() ? words : words << run);
    }
    QString live() const { return release("readlink /srv/shop/current"); }
    /// The release whose folder the unit's process runs in.
    QString running() const { return release("readlink /proc/$(systemctl show -p MainPID --value shop)/cwd"); }
    QString release(const QByteArray &link) const
    {
        return QString::fromUtf8(m_host.inside(link)).section(QLatin1Char('/'), -1);
    }
    bool isActivating() const { return m_host.inside("systemctl is-active shop") == "activating"; }
    void allow(const QByteArray &lines) const
    {
        m_host.inside("cat >/etc/sudoers.d/shop <<'EOF'\n" + lines + "\nEOF\nchmod 440 /etc/sudoers.d/shop");
    }

    SystemdHost m_host;
    std::unique_ptr<RollbackWorld> m_world;
};

void TestSystemdHost::initTestCase()
{
    QVERIFY2(m_host.boot(), qPrintable(m_host.console()));
    m_host.inside(unit);
}

void TestSystemdHost::init()
{
    m_world = std::make_unique<RollbackWorld>(0);
    QByteArray text = "systemctl stop shop; rm -rf /run/slow /srv/shop; mkdir -p /srv/shop/shared; cd /srv/shop\n";
    for (const QString &release : {olderRelease, newerRelease}) {
        const QByteArray name = release.toLatin1(), revision = RollbackWorld::revisionOf(release).toLatin1();
        text += "mkdir -p releases/" + name + "; echo " + revision + " >releases/" + name + "/REVISION\n";
        text += "printf '#!/bin/sh\\nexec sleep infinity\\n' >releases/" + name + "/run; chmod 755 releases/" + name
            + "/run; ln -sfn /srv/shop/releases/" + name + " current\n";
        text += "echo 'Branch main (at " + revision + ") deployed as release " + name + " by ada' >>revisions.log\n";
    }
    m_host.inside(text + "chown -Rh deploy:deploy /srv/shop; systemctl start shop");
    allow(allowed);
    QCOMPARE(running(), newerRelease);
}

void TestSystemdHost::backAndForward_data()
{
    QTest::addColumn<QString>("user");
    QTest::newRow("an ordinary user") << "deploy";
    QTest::newRow("root") << "root";
}

void TestSystemdHost::backAndForward()
{
    QFETCH(QString, user);
    const QString file = inventory({}, user);
    for (const QString &target : {olderRelease, newerRelease}) {
        const CliResult result = m_world->cli(confirmation(file, target));
        QVERIFY2(result.exitCode == 0, result.out + result.err);
        QCOMPARE(live(), target);
        QCOMPARE(running(), target);
        QVERIFY2(m_world->cli({QStringLiteral("audit"), QStringLiteral("export")})
                     .out.contains("its process runs " + target.toLatin1()),
                 result.out);
    }
    QVERIFY(m_world->auditIsWhole());
    QCOMPARE(m_world->audited(QStringLiteral("rollback.succeeded")), 2);
}

void TestSystemdHost::aUnitThatDoesNotStartFails()
{
    m_host.inside("printf '#!/bin/sh\\nexit 3\\n' >/srv/shop/releases/" + olderRelease.toLatin1() + "/run");
    const QString file = inventory();
    const CliResult result = m_world->cli(confirmation(file));
    QCOMPARE(result.exitCode, 2);
    QVERIFY2(result.out.contains("the unit is failed after its restart"), result.out);
    QVERIFY2(result.out.contains("roll forward to " + newerRelease.toLatin1()), result.out);
    QVERIFY2(result.out.contains("It failed; its host is switched in part."), result.out);
    QCOMPARE(live(), olderRelease);
    const CliResult forward = m_world->cli(confirmation(file, newerRelease));
    QVERIFY2(forward.exitCode == 0, forward.out + forward.err);
    QCOMPARE(running(), newerRelease);
    QVERIFY(m_world->auditIsWhole());
}

void TestSystemdHost::aRestartThatHangsFails()
{
    const QStringList arguments = confirmation(inventory({{QStringLiteral("restart_timeout"), QStringLiteral("2s")}}));
    m_host.inside("touch /run/slow");
    const CliResult result = m_world->cli(arguments);
    QCOMPARE(result.exitCode, 2);
    QVERIFY2(result.out.contains("the restart did not end within 2 s"), result.out);
    QVERIFY(isActivating()); // nobody waited for it
    QCOMPARE(live(), olderRelease);
    QVERIFY(m_world->auditIsWhole());
}

void TestSystemdHost::aRestartThatHangsCanBeStopped()
{
    const QString file = inventory({{QStringLiteral("restart_timeout"), QStringLiteral("10m")}});
    const QStringList arguments = confirmation(file);
    m_host.inside("touch /run/slow");
    const auto console = m_world->start(arguments);
    QTRY_VERIFY_WITH_TIMEOUT(isActivating(), 60'000);
    console->kill();
    console->waitForFinished();
    const CliResult result
        = act(file, QStringLiteral("--abort"), RollbackWorld::runIn(console->readAllStandardError()));
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains("it was stopped"), result.out);
    QVERIFY2(result.out.contains("roll forward to " + newerRelease.toLatin1()), result.out);
    QVERIFY(m_world->auditIsWhole());
}

void TestSystemdHost::sudoThatAsksBlocksThePlan_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::newRow("nothing is allowed") << QByteArray("# none");
    QTest::newRow("all, with a password") << QByteArray("deploy ALL=(ALL) ALL");
    QTest::newRow("all with a password, another without")
        << QByteArray("deploy ALL=(ALL) ALL\ndeploy ALL=(root) NOPASSWD: /usr/bin/true");
    QTest::newRow("all without, this with")
        << QByteArray("deploy ALL=(ALL) NOPASSWD: ALL\ndeploy ALL=(root) PASSWD: /usr/bin/systemctl");
    QTest::newRow("another unit") << QByteArray("deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart shop2.service");
}

void TestSystemdHost::sudoThatAsksBlocksThePlan()
{
    QFETCH(QByteArray, lines);
    allow(lines);
    const CliResult result = act(inventory(), QStringLiteral("--plan"));
    const QByteArray said = result.out + result.err;
    QVERIFY2(result.exitCode == 77, said);
    QVERIFY2(said.contains("sudo would ask for a password to restart shop.service"), said);
    QVERIFY2(said.contains("NOPASSWD: /usr/bin/systemctl restart shop.service"), said);
    QCOMPARE(live(), newerRelease);
}

void TestSystemdHost::sudoThatNeedNotAskIsEnough_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::newRow("this command") << allowed;
    QTest::newRow("everything") << QByteArray("deploy ALL=(ALL:ALL) NOPASSWD: ALL");
    QTest::newRow("the program") << QByteArray("deploy ALL=NOPASSWD: /usr/bin/systemctl");
    QTest::newRow("a pattern") << QByteArray(
        "deploy ALL=(ALL) ALL\ndeploy ALL=(root) NOPASSWD: /usr/bin/systemctl * shop*");
    QTest::newRow("among others") << QByteArray(
        "Cmnd_Alias SHOP = /usr/bin/true, /usr/bin/systemctl restart shop.service\n"
        "deploy ALL=(ALL) ALL, NOEXEC: NOPASSWD: SHOP, PASSWD: /usr/bin/false");
    QTest::newRow("nobody is asked") << QByteArray("Defaults:deploy !authenticate\ndeploy ALL=(ALL) ALL");
}

void TestSystemdHost::sudoThatNeedNotAskIsEnough()
{
    QFETCH(QByteArray, lines);
    allow(lines);
    QCOMPARE(m_host.as(QStringLiteral("deploy"), "sudo -n systemctl restart shop.service && echo yes"),
             QByteArray("yes\n"));
    const CliResult result = act(inventory(), QStringLiteral("--plan"));
    QVERIFY2(result.exitCode == 0 || result.exitCode == 1, result.out + result.err);
    QVERIFY2(!result.out.contains("sudo would"), result.out);
}

void TestSystemdHost::sudoThatAsksLaterSwitchesNothing()
{
    const QString file = inventory();
    const QStringList arguments = confirmation(file);
    // Somebody else's lock makes the run fail before its first step; a retry takes the plan as it is.
    m_host.inside(
        "cd /srv/shop; runuser -u deploy -- mkdir -m 700 .taffrail; runuser -u deploy -- touch "
        ".taffrail/lock.shop.shop\nsetsid flock .taffrail/lock.shop.shop sleep 1000 </dev/null >/dev/null 2>&1 &\n"
        "echo $! >/run/holder; sleep 0.5");
    const CliResult held = m_world->cli(arguments);
    QVERIFY2(held.out.contains("another run holds the lock"), held.out + held.err);
    const QString run = RollbackWorld::runIn(held.err);
    m_host.inside("pkill -s \"$(cat /run/holder)\"");
    allow("# none");
    const CliResult asked = act(file, QStringLiteral("--retry"), run);
    QVERIFY2(asked.exitCode == 2, asked.out + asked.err);
    QVERIFY2(asked.out.contains("sudo would ask for a password"), asked.out);
    QVERIFY2(asked.out.contains("nothing was switched"), asked.out);
    QCOMPARE(live(), newerRelease);
    allow(allowed);
    const CliResult done = act(file, QStringLiteral("--retry"), run);
    QVERIFY2(done.exitCode == 0, done.out + done.err);
    QCOMPARE(running(), olderRelease);
    QVERIFY(m_world->auditIsWhole());
}

void TestSystemdHost::anUnknownUnitIsWarnedOf()
{
    allow("deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart nothing.service");
    const CliResult result = act(inventory({{QStringLiteral("restart"), QStringLiteral("unit:nothing.service")}}),
                                 QStringLiteral("--plan"));
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.out.contains("web1 does not know the unit nothing.service"), result.out);
}

void TestSystemdHost::aPowerCutIsTold_data()
{
    QTest::addColumn<QString>("user");
    QTest::addColumn<QString>("word");
    QTest::newRow("then retried") << "deploy"
                                  << "--retry";
    QTest::newRow("then aborted") << "deploy"
                                  << "--abort";
    QTest::newRow("of a service manager's job") << "root"
                                                << "--retry";
}

void TestSystemdHost::aPowerCutIsTold()
{
    QFETCH(QString, user);
    QFETCH(QString, word);
    const QString file = inventory({{QStringLiteral("restart_timeout"), QStringLiteral("10m")}}, user);
    const QStringList arguments = confirmation(file);
    m_host.inside("touch /run/slow");
    const auto console = m_world->start(arguments);
    QTRY_VERIFY_WITH_TIMEOUT(isActivating(), 60'000);
    m_host.powerCut();
    QVERIFY2(m_host.boot(), qPrintable(m_host.console()));
    const CliResult lost = RollbackWorld::finish(*console);
    // Here processes die one after the other: the job may have seen its restart fail before it went itself.
    QVERIFY2(lost.exitCode == 3 || lost.exitCode == 2, lost.out + lost.err);
    QVERIFY2(lost.out.contains(lost.exitCode == 3 ? "What happened on a host is not known" : "the restart failed"),
             lost.out);
    QCOMPARE(live(), olderRelease);

    const CliResult ended = act(file, word, RollbackWorld::runIn(lost.err));
    const bool isRetry = word == QLatin1String("--retry");
    QVERIFY2(ended.exitCode == (isRetry ? 0 : 2), ended.out + ended.err);
    QVERIFY(m_world->auditIsWhole());
    QCOMPARE(running(), olderRelease);
    const CliResult forward = m_world->cli(confirmation(file, newerRelease)); // no lock and no claim is left
    QVERIFY2(forward.exitCode == 0, forward.out + forward.err);
    QCOMPARE(running(), newerRelease);
}

int main(int argc, char **argv)
{
    if (const QString obstacle = SystemdHost::obstacle(); !obstacle.isEmpty())
        return skipped(obstacle);
    QCoreApplication application(argc, argv);
    TestSystemdHost test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_systemdhost.moc"
