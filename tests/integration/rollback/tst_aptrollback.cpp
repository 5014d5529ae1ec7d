// SPDX-License-Identifier: GPL-3.0-or-later
// Versions of a Debian package taken back by the program itself: real apt and dpkg in a chroot that is thrown away,
// reached by a real sshd whose every shell runs in there.
#include "../executors/aptfixture.h"
#include "rollbackworld.h"

using namespace taffrail::test;
using taffrail::tests::AptFixture;

namespace {

const QString two = QStringLiteral("1:1.2.0~rc1-1"), three = QStringLiteral("1:1.3.0-1");

} // namespace

class TestAptRollback : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY(m_debian.start());
        Sshd::Options options;
        options.extraConfig = "ForceCommand exec " + m_debian.entrance().join(QLatin1Char(' ')).toUtf8()
            + " /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"";
        m_sshd = std::make_unique<Sshd>(options);
    }
    void init()
    {
        QDir(m_world.file(QStringLiteral("state"))).removeRecursively();
        m_debian.run("rm -rf /var/lib/taffrail");
        m_debian.reset();
        for (const QString &version : {two, three})
            QVERIFY(m_debian.install("shop=" + version.toLatin1() + " shop-common=" + version.toLatin1()));
        QCOMPARE(live(), everywhere(three));
    }
    void cleanup()
    {
        m_debian.run("[ ! -f /tmp/holder ] || kill $(cat /tmp/holder); rm -f /tmp/holder");
        QVERIFY(m_world.auditIsWhole());
    }
    void cleanupTestCase()
    {
        m_sshd.reset();
        m_debian.stop();
    }

    void backAndForward();
    void theVersionIsGoneFromTheRepository();
    void theLockIsHeld();
    void theLockOfAnotherSystemIsNone();
    void theLockIsTakenInMidRun();
    void aVersionThatCannotBeSetUp();

private:
    QString inventory(const QJsonObject &rollback = {}) const
    {
        QJsonObject environment
            = m_world.environmentWith({{QStringLiteral("source"), QStringLiteral("apt")},
                                       {QStringLiteral("package"), QStringLiteral("shop")},
                                       {QStringLiteral("with"), QJsonArray{QStringLiteral("shop-common")}}},
                                      rollback);
        QJsonObject host = environment[QStringLiteral("hosts")].toArray().first().toObject();
        host.insert(QStringLiteral("ssh"),
                    QJsonObject{{QStringLiteral("host"), m_sshd->address()},
                                {QStringLiteral("port"), m_sshd->port()},
                                {QStringLiteral("user"), Sshd::currentUser()},
                                {QStringLiteral("identity_file"), m_sshd->clientKey()},
                                {QStringLiteral("host_key"), m_sshd->fingerprint()}});
        environment.insert(QStringLiteral("hosts"), QJsonArray{host});
        return m_world.writeInventory({environment});
    }
    QStringList base(const QString &file) const
    {
        return {QStringLiteral("rollback"), QStringLiteral("shop"), QStringLiteral("--inventory"), file};
    }
    CliResult roll(const QString &inventory, const QString &target)
    {
        const QStringList arguments = m_world.confirmation(QStringLiteral("shop"), inventory, target);
        return arguments.isEmpty() ? CliResult{} : m_world.cli(arguments);
    }
    QStringList live() const { return {m_debian.version(), m_debian.version("shop-common")}; }
    static QStringList everywhere(const QString &version)
    {
        return {version + QStringLiteral(" installed"), version + QStringLiteral(" installed")};
    }
    /// Another program takes dpkg's lock, when `until` comes true.
    void holdLock(const QByteArray &until = "true") const { holdLockOn(m_debian, until); }
    static void holdLockOn(const AptFixture &debian, const QByteArray &until)
    {
        debian.run("cat >/usr/local/bin/apt-holder <<'X'\n#!/usr/bin/perl\nuse Fcntl; "
                   "open(F,'>','/var/lib/dpkg/lock-frontend'); $l=pack('ssx4qqix4',F_WRLCK,0,0,0,0); "
                   "fcntl(F,F_SETLK,$l) or die; sleep 300;\nX\n"
                   "chmod 755 /usr/local/bin/apt-holder\n"
                   "setsid sh -c 'until "
                   + until
                   + "; do sleep 0.05; done; exec /usr/local/bin/apt-holder' >/dev/null 2>&1 </dev/null & "
                     "echo $! >/tmp/holder\n");
    }

    AptFixture m_debian;
    RollbackWorld m_world{1};
    std::unique_ptr<Sshd> m_sshd;
};

void TestAptRollback::backAndForward()
{
    const QString file = inventory();
    const CliResult plan = m_world.cli(base(file) + QStringList{QStringLiteral("--plan")});
    QVERIFY2(plan.exitCode == 0 || plan.exitCode == 1, plan.out + plan.err);
    QVERIFY2(plan.out.contains("shop-common"), plan.out);
    const CliResult back = roll(file, {}); // the one before
    QVERIFY2(back.exitCode == 0, back.out + back.err);
    QCOMPARE(live(), everywhere(two));
    const CliResult forward = roll(file, three);
    QVERIFY2(forward.exitCode == 0, forward.out + forward.err);
    QCOMPARE(live(), everywhere(three));
    QCOMPARE(m_world.audited(QStringLiteral("rollback.succeeded")), 2);
    QCOMPARE(m_debian.run("ls /var/lib/taffrail"), QStringLiteral("shop.apt"));
}

void TestAptRollback::theVersionIsGoneFromTheRepository()
{
    const QString file = inventory();
    const QStringList confirmed = m_world.confirmation(QStringLiteral("shop"), file, two);
    QVERIFY(!confirmed.isEmpty());
    m_debian.run("rm /srv/repo/shop_1.2.0~rc1-1_all.deb; cd /srv/repo && awk -v RS= -v ORS='\\n\\n' "
                 "'!/Version: 1:1.2.0~rc1-1/ || !/Package: shop\\n/' all.Packages >Packages && apt-get update -q");
    const CliResult plan = m_world.cli(base(file) + QStringList{QStringLiteral("--to"), two, QStringLiteral("--plan")});
    QVERIFY2(plan.exitCode == 77, plan.out + plan.err);
    QVERIFY2(plan.out.contains("BLOCK"), plan.out);
    // The plan of before does not help.
    const CliResult result = m_world.cli(confirmed);
    QVERIFY2(result.exitCode == 77, result.out + result.err);
    QCOMPARE(live(), everywhere(three));
    QCOMPARE(m_world.audited(QStringLiteral("rollback.host")), 0);
}

void TestAptRollback::theLockIsHeld()
{
    const QString file = inventory();
    holdLock();
    QTRY_VERIFY(!m_debian.run("grep $(stat -c :%i /var/lib/dpkg/lock-frontend) /proc/locks").isEmpty());
    const CliResult plan = m_world.cli(base(file) + QStringList{QStringLiteral("--plan")});
    QVERIFY2(plan.exitCode == 77, plan.out + plan.err);
    QVERIFY2(plan.out.contains("apt-holder"), plan.out);
    QCOMPARE(live(), everywhere(three));
}

// Such as a container's: its processes and their locks are seen here, and its files often have the same inodes.
void TestAptRollback::theLockOfAnotherSystemIsNone()
{
    AptFixture other;
    QVERIFY(other.start());
    const char inode[] = "stat -c %i /var/lib/dpkg/lock-frontend";
    holdLockOn(other, "true");
    QTRY_VERIFY(!other.run("grep :$(stat -c %i /var/lib/dpkg/lock-frontend) /proc/locks").isEmpty());
    QCOMPARE(other.run(inode), m_debian.run(inode));
    const CliResult plan = m_world.cli(base(inventory()) + QStringList{QStringLiteral("--plan")});
    other.run("kill $(cat /tmp/holder)");
    QVERIFY2(plan.exitCode == 0 || plan.exitCode == 1, plan.out + plan.err);
}

void TestAptRollback::theLockIsTakenInMidRun()
{
    const QString file = inventory();
    const QStringList confirmed = m_world.confirmation(QStringLiteral("shop"), file, two);
    holdLock("ls -d /var/lib/taffrail/shop.apt/*/started");
    const CliResult result = m_world.cli(confirmed);
    QVERIFY2(result.exitCode == 75, result.out + result.err);
    QVERIFY2(result.out.contains("the deploy tool's own lock is held"), result.out);
    QVERIFY2(result.out.contains("nothing was switched for good"), result.out);
    QCOMPARE(live(), everywhere(three));
    // It is let go of: the same run goes on.
    m_debian.run("kill $(cat /tmp/holder); rm /tmp/holder");
    const CliResult again
        = m_world.cli(base(file) + QStringList{QStringLiteral("--retry"), RollbackWorld::runIn(result.err)});
    QVERIFY2(again.exitCode == 0, again.out + again.err);
    QCOMPARE(live(), everywhere(two));
}

void TestAptRollback::aVersionThatCannotBeSetUp()
{
    const QString broken = QStringLiteral("1:2.0-1");
    QJsonObject environment = QJsonDocument::fromJson(Sshd::read(inventory())).object();
    QByteArray text = QJsonDocument(environment).toJson(QJsonDocument::Compact);
    text.replace(",\"with\":[\"shop-common\"]", "");
    Sshd::writeFile(m_world.file(QStringLiteral("inventory.json")), text);
    const QString file = m_world.file(QStringLiteral("inventory.json"));
    const CliResult result = roll(file, broken);
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains("its host is switched in part"), result.out);
    QCOMPARE(m_debian.version(), broken + QStringLiteral(" half-configured"));
    QCOMPARE(m_world.audited(QStringLiteral("rollback.failed")), 1);
    const CliResult back = roll(file, three);
    QVERIFY2(back.exitCode == 0, back.out + back.err);
    QCOMPARE(m_debian.version(), three + QStringLiteral(" installed"));
}

int main(int argc, char **argv)
{
    if (const char *obstacle = AptFixture::obstacle())
        return taffrail::tests::skip(obstacle);
    QCoreApplication application(argc, argv);
    TestAptRollback test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_aptrollback.moc"
