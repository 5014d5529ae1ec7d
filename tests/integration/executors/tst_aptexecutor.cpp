// SPDX-License-Identifier: GPL-3.0-or-later
// Versions of a package, switched by real apt and dpkg in real jobs.
#include "aptfixture.h"

#include <QRegularExpression>

using namespace taffrail;
using namespace taffrail::tests;
using executors::HostSteps;
namespace stepexit = taffrail::executors::stepexit;

namespace {

const QString one = QStringLiteral("1:1.1.0-1"), two = QStringLiteral("1:1.2.0~rc1-1"),
              three = QStringLiteral("1:1.3.0-1"), broken = QStringLiteral("1:2.0-1");

} // namespace

class TestAptExecutor : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_entry.id = m_entry.source = QStringLiteral("apt");
        m_entry.pane = PaneKind::Deployments;
        m_entry.hosts = QStringList{QStringLiteral("web1")};
        QVERIFY(m_debian.start());
    }
    void init()
    {
        m_debian.reset();
        m_policy = {};
        m_entry.options = {{QStringLiteral("package"), QStringLiteral("shop")},
                           {QStringLiteral("with"), QStringList{QStringLiteral("shop-common")}}};
    }

    void forwardAndBack();
    void everyShellRunsIt_data();
    void everyShellRunsIt();
    void theHistoryTellsWhatHappened();
    void anotherVersionIsLive();
    void theTargetIsGone();
    void otherPackagesAreNotRemoved();
    void aHoldIsRespected();
    void theLockIsHeld();
    void aVersionThatCannotBeSetUp();
    void killedWhileDpkgWorks();
    void theWorldChangedSinceThePlan();
    void filesOfTheTarget();

private:
    executors::HostSwitch part(const QString &from, const QString &to) const
    {
        Release present, target;
        present.id = present.version = from;
        target.id = target.version = to;
        return {m_entry, m_policy, QStringLiteral("prod"), QStringLiteral("web1"), present, target};
    }
    Result<HostSteps> plan(const QString &from, const QString &to) const
    {
        return m_debian.host().plan(executors::aptExecutor, part(from, to));
    }
    DeploymentHistory history() const
    {
        const Result<Value> value = m_debian.host().read(sources::aptDeploymentsSource, m_entry);
        return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory();
    }
    bool deploy(const QString &version) const
    {
        const QByteArray text = version.toLatin1();
        return m_debian.install("shop=" + text + " shop-common=" + text);
    }

    AptFixture m_debian;
    SourceEntry m_entry;
    RollbackPolicy m_policy;
};

void TestAptExecutor::forwardAndBack()
{
    QVERIFY(deploy(two) && deploy(three));
    m_debian.run("echo 'by the admin' >/etc/shop.conf");
    QCOMPARE(history().live, three);
    m_policy.restart = QStringLiteral("echo restarted >>/tmp/restarts");
    const Result<HostSteps> planned = plan(three, two), back = plan(two, three);
    QVERIFY2(planned, planned ? "" : qPrintable(sentence(planned.error())));
    QVERIFY2(back, back ? "" : qPrintable(sentence(back.error())));
    QStringList changes;
    for (const PlannedChange &change : planned->changes)
        changes << change.subject + QLatin1Char(' ') + change.before + QLatin1Char(' ') + change.after;
    changes.sort();
    QCOMPARE(changes,
             (QStringList{QStringLiteral("web1:/etc/shop.conf  was changed on the host: it stays as it is"),
                          QStringLiteral("web1:shop %1 %2").arg(three, two),
                          QStringLiteral("web1:shop-common %1 %2").arg(three, two)}));

    auto outcome = m_debian.host().runJob(planned->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QCOMPARE(m_debian.version(), two + QStringLiteral(" installed"));
    QCOMPARE(m_debian.version("shop-common"), two + QStringLiteral(" installed"));
    QCOMPARE(m_debian.run("cat /etc/shop.conf /usr/share/shop/version"), QStringLiteral("by the admin\n") + two);
    QCOMPARE(outcome.steps.size(), 10); // five steps begin and end
    DeploymentHistory now = history();
    QCOMPARE(now.live, two);
    QCOMPARE(now.events.front().kind, ReleaseKind::Rollback);
    QCOMPARE(now.events.front().from, three);
    QCOMPARE(now.events.front().outcome, ReleaseStatus::Live);

    outcome = m_debian.host().runJob(planned->script); // once more: nothing to do
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QCOMPARE(m_debian.run("grep -c Downgrade /var/log/apt/history.log"), QStringLiteral("1"));

    outcome = m_debian.host().runJob(back->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    now = history();
    QCOMPARE(now.live, three);
    QCOMPARE(now.events.front().kind, ReleaseKind::Deploy);
    QCOMPARE(m_debian.run("cat /etc/shop.conf"), QStringLiteral("by the admin"));
}

void TestAptExecutor::everyShellRunsIt_data()
{
    QTest::addColumn<QStringList>("shell");
    for (const char *words : {"bash --posix -s", "busybox sh -s"})
        QTest::newRow(words) << QString::fromLatin1(words).split(QLatin1Char(' '));
}

void TestAptExecutor::everyShellRunsIt()
{
    QFETCH(QStringList, shell);
    QVERIFY(deploy(three));
    const ExecutorHost host = m_debian.hostWith(shell);
    const Result<HostSteps> planned = host.plan(executors::aptExecutor, part(three, two));
    QVERIFY2(planned, planned ? "" : qPrintable(sentence(planned.error())));
    const sources::ShellReply reply = host.run("TF_STEPS=/dev/null\n" + planned->script);
    QVERIFY2(reply.exitCode == 0, reply.out + reply.err);
    const Result<Value> value = host.read(sources::aptDeploymentsSource, m_entry);
    QVERIFY(value);
    QCOMPARE(std::get<DeploymentHistory>(*value).live, two);
    QCOMPARE(std::get<DeploymentHistory>(*value).events.front().kind, ReleaseKind::Rollback);
}

void TestAptExecutor::theHistoryTellsWhatHappened()
{
    QVERIFY(history().live.isEmpty());
    QVERIFY(history().notes.join(QLatin1Char('|')).contains(QStringLiteral("shop is not installed")));
    QVERIFY(deploy(one) && deploy(two));
    QVERIFY(!m_debian.install("shop=" + broken.toLatin1()));
    // Now by hand, past apt, and with a rotated and packed log.
    m_debian.run(
        "gzip -c /var/log/apt/history.log >/var/log/apt/history.log.2.gz; : >/var/log/apt/history.log; dpkg -i "
        "/srv/kept/shop_1.3.0-1_all.deb");
    m_debian.run("apt-get download -q shop=" + two.toLatin1()
                 + "; cp /srv/kept/shop_1.1.0-1_all.deb "
                   "/var/cache/apt/archives/shop_1%3a1.1.0-1_all.deb");
    const DeploymentHistory found = history();
    QCOMPARE(found.live, three);
    QStringList told;
    for (const DeployEvent &event : found.events)
        told << releaseKindWord(event.kind) + QLatin1Char(' ') + event.release + QLatin1Char(' ')
                + releaseStatusWord(event.outcome) + (event.at.isValid() ? QString() : QStringLiteral(" without time"));
    QCOMPARE(told,
             (QStringList{QStringLiteral("rollback %1 live").arg(three), QStringLiteral("deploy %1 failed").arg(broken),
                          QStringLiteral("deploy %1 superseded").arg(two),
                          QStringLiteral("deploy %1 superseded").arg(one)}));
    QStringList releases;
    for (const Release &release : found.releases)
        releases << release.id;
    QCOMPARE(releases, (QStringList{broken, three, two, one})); // newest first, as dpkg compares
    QVERIFY(found.releases[3].note.contains(QStringLiteral("cache")));
    QVERIFY(found.notes.join(QLatin1Char('|')).contains(QStringLiteral("shop-common is %1, not %2").arg(two, three)));
    QVERIFY(found.hosts.front().freeBytes > 0);
    const qint64 age = found.events.front().at.secsTo(QDateTime::currentDateTimeUtc());
    QVERIFY2(age >= 0 && age < 120, qPrintable(QString::number(age)));
}

void TestAptExecutor::anotherVersionIsLive()
{
    QVERIFY(deploy(three));
    const Result<HostSteps> planned = plan(three, two);
    QVERIFY(deploy(one));
    QCOMPARE(m_debian.host().runJob(planned->script).exitCode, stepexit::liveDiffers);
    QCOMPARE(m_debian.version(), one + QStringLiteral(" installed"));
    QVERIFY(!plan(three, two));
    m_debian.run("dpkg --purge shop shop-common");
    QCOMPARE(m_debian.host().runJob(planned->script).exitCode, stepexit::noPlace);
    QVERIFY(!plan(three, two));
}

void TestAptExecutor::theTargetIsGone()
{
    QVERIFY(deploy(three));
    const Result<HostSteps> planned = plan(three, two);
    QVERIFY(planned);
    m_debian.run("rm /srv/repo/shop_1.2.0~rc1-1_all.deb"); // the lists still name it
    const Result<HostSteps> again = plan(three, two);
    QVERIFY(!again);
    QCOMPARE(again.error().kind, ErrorKind::NotFound);
    QCOMPARE(m_debian.host().runJob(planned->script).exitCode, stepexit::noTarget);
    QCOMPARE(m_debian.version(), three + QStringLiteral(" installed"));
    QCOMPARE(m_debian.version("shop-common"), three + QStringLiteral(" installed"));
    const Result<HostSteps> never = plan(three, QStringLiteral("1:1.0-1"));
    QVERIFY(!never);
    QCOMPARE(never.error().kind, ErrorKind::NotFound);
}

void TestAptExecutor::otherPackagesAreNotRemoved()
{
    QVERIFY(deploy(three));
    const Result<HostSteps> before = plan(three, two);
    QVERIFY(m_debian.install("addon"));
    const Result<HostSteps> planned = plan(three, two);
    QVERIFY(!planned);
    QVERIFY2(planned.error().text.contains(QStringLiteral("addon")), qPrintable(planned.error().text));
    // Nor when it came after the plan.
    const auto outcome = m_debian.host().runJob(before->script);
    QCOMPARE(outcome.exitCode, stepexit::liveDiffers);
    QVERIFY(outcome.log.contains("addon"));
    QCOMPARE(m_debian.version("addon"), QStringLiteral("1-1 installed"));
    QCOMPARE(m_debian.version(), three + QStringLiteral(" installed"));
}

void TestAptExecutor::aHoldIsRespected()
{
    QVERIFY(deploy(three));
    m_debian.run("apt-mark hold shop");
    QVERIFY(history().notes.join(QLatin1Char('|')).contains(QStringLiteral("shop is on hold")));
    const Result<HostSteps> planned = plan(three, two);
    QVERIFY(!planned);
    QVERIFY(planned.error().text.contains(QStringLiteral("hold")));
}

void TestAptExecutor::theLockIsHeld()
{
    QVERIFY(deploy(three));
    const Result<HostSteps> planned = plan(three, two);
    m_debian.run(
        "cat >/usr/local/bin/apt-holder <<'X'\n#!/usr/bin/perl\nuse Fcntl; open(F,'>','/var/lib/dpkg/lock-frontend'); "
        "$l=pack('ssx4qqix4',F_WRLCK,0,0,0,0); fcntl(F,F_SETLK,$l) or die; sleep 60;\nX\n"
        "chmod 755 /usr/local/bin/apt-holder; setsid /usr/local/bin/apt-holder >/dev/null 2>&1 </dev/null & "
        "echo $! >/tmp/holder");
    QTRY_VERIFY(history().locked.has_value());
    QVERIFY(history().locked->reason.contains(QStringLiteral("apt-holder")));
    const Result<HostSteps> now = plan(three, two);
    QVERIFY(now && now->warnings.join(QLatin1Char('|')).contains(QStringLiteral("lock is held")));
    QByteArray script = planned->script;
    script.replace("Lock::Timeout=30", "Lock::Timeout=1");
    const auto outcome = m_debian.host().runJob(script);
    m_debian.run("kill $(cat /tmp/holder)");
    QVERIFY2(outcome.exitCode == stepexit::busy, outcome.log);
    QCOMPARE(m_debian.version(), three + QStringLiteral(" installed"));
    QTRY_VERIFY(!history().locked);
}

void TestAptExecutor::aVersionThatCannotBeSetUp()
{
    QVERIFY(deploy(three));
    m_entry.options.remove(QStringLiteral("with"));
    const Result<HostSteps> planned = plan(three, broken);
    QVERIFY2(planned, planned ? "" : qPrintable(sentence(planned.error())));
    const auto outcome = m_debian.host().runJob(planned->script);
    QCOMPARE(outcome.exitCode, 100);
    QCOMPARE(m_debian.version(), broken + QStringLiteral(" half-configured"));
    const DeploymentHistory found = history();
    QVERIFY(found.notes.join(QLatin1Char('|')).contains(QStringLiteral("shop is half-configured")));
    QCOMPARE(found.events.front().outcome, ReleaseStatus::Failed);
    // Back from there.
    const Result<HostSteps> back = plan(broken, three);
    QVERIFY2(back, back ? "" : qPrintable(sentence(back.error())));
    const auto returned = m_debian.host().runJob(back->script);
    QVERIFY2(returned.exitCode == 0, returned.log);
    QCOMPARE(m_debian.version(), three + QStringLiteral(" installed"));
}

// dpkg killed at some moment, and the same script again.
void TestAptExecutor::killedWhileDpkgWorks()
{
    QVERIFY(deploy(three));
    const Result<HostSteps> planned = plan(three, two);
    m_debian.run(
        "mkdir -p /opt/cut; printf '%s\\n' '#!/bin/sh' 'case \"$*\" in *--unpack*) /usr/bin/dpkg \"$@\"; kill -9 "
        "$(cat /tmp/cut.pid); kill -9 $PPID ;; *) exec /usr/bin/dpkg \"$@\" ;; esac' >/opt/cut/dpkg; chmod 755 "
        "/opt/cut/dpkg");
    QByteArray script = planned->script;
    script.replace("-o Dpkg::Use-Pty=0", "-o Dpkg::Use-Pty=0 -o Dir::Bin::dpkg=/opt/cut/dpkg");
    const auto cut = m_debian.host().runJob("echo $$ >/tmp/cut.pid\n" + script);
    QVERIFY2(cut.exitCode != 0, cut.log);
    QVERIFY2(!m_debian.version().endsWith(QLatin1String(" installed")), qPrintable(m_debian.version()));
    const auto outcome = m_debian.host().runJob(planned->script);
    QVERIFY2(outcome.exitCode == 0, cut.log + outcome.log);
    QCOMPARE(m_debian.version(), two + QStringLiteral(" installed"));
    QCOMPARE(m_debian.version("shop-common"), two + QStringLiteral(" installed"));
    QCOMPARE(history().live, two);
}

void TestAptExecutor::theWorldChangedSinceThePlan()
{
    QVERIFY(deploy(three));
    const Result<HostSteps> planned = plan(three, two);
    // The same version now wants something else installed too.
    m_debian.run(
        "cd /srv/repo && sed -i '/^Package: shop$/{n;s/^Version: 1:1.2.0~rc1-1/&\\nDepends: addon2/}' Packages && "
        "printf 'Package: addon2\\nVersion: 1\\nArchitecture: all\\nFilename: ./x.deb\\nSize: 1\\nSHA256: "
        "0000000000000000000000000000000000000000000000000000000000000000\\n\\n' >>Packages && apt-get update -q");
    const auto outcome = m_debian.host().runJob(planned->script);
    QVERIFY2(outcome.exitCode == stepexit::liveDiffers, outcome.log);
    QVERIFY(outcome.log.contains("addon2"));
    QCOMPARE(m_debian.version(), three + QStringLiteral(" installed"));
}

void TestAptExecutor::filesOfTheTarget()
{
    QVERIFY(deploy(three));
    const auto place = executors::aptExecutor.carried(part(three, two), QStringLiteral("/usr/share/shop/migrations"));
    QVERIFY(place);
    const sources::ShellReply reply = m_debian.host().run(place->before + "ls -- " + sources::shellQuoted(place->path)
                                                          + '\n' + place->after + "ls -d /tmp/.taffrail-*\n");
    QCOMPARE(reply.out, QByteArray("1:1.2.0~rc1-1.sql\n"));
    m_debian.run("rm /srv/repo/shop_*; cp /srv/kept/shop_1.2.0~rc1-1_all.deb "
                 "/var/cache/apt/archives/shop_1%3a1.2.0~rc1-1_all.deb");
    const auto cached = executors::aptExecutor.carried(part(three, two), QStringLiteral("/usr/share/shop/migrations"));
    QCOMPARE(
        m_debian.host().run(cached->before + "ls -- " + sources::shellQuoted(cached->path) + '\n' + cached->after).out,
        QByteArray("1:1.2.0~rc1-1.sql\n"));
    QVERIFY(!executors::aptExecutor.carried(part(three, two), QStringLiteral("etc")));
}

int main(int argc, char **argv)
{
    if (const char *obstacle = AptFixture::obstacle())
        return skip(obstacle);
    QCoreApplication application(argc, argv);
    TestAptExecutor test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_aptexecutor.moc"
