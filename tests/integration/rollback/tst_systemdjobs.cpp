// SPDX-License-Identifier: GPL-3.0-or-later
// Jobs on a host with systemd: whoever starts one, it outlives the connection, or it is refused.
#include "jobs.h"
#include "systemdhost.h"

#include <QUuid>

using namespace taffrail;
using namespace taffrail::jobs;
using namespace taffrail::test;

class TestSystemdJobs : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY2(m_host.boot(), qPrintable(m_host.console())); }
    void outlivesItsConnection_data() { launchers(); }
    void outlivesItsConnection();
    void cutAnywhereItRunsOnce_data() { launchers(); }
    void cutAnywhereItRunsOnce();
    void stopIsPoliteThenFirm_data() { launchers(); }
    void stopIsPoliteThenFirm();
    void oneLockOneJobAndTheClaimHolds_data() { launchers(); }
    void oneLockOneJobAndTheClaimHolds();
    void whatItLeavesBehindLivesOn_data() { launchers(); }
    void whatItLeavesBehindLivesOn();
    void whoIsKilledAtLogoutIsRefused();
    void whoIsSparedAtLogoutIsNot();
    void aManagerThatCannotBeAskedIsNoObstacle_data();
    void aManagerThatCannotBeAskedIsNoObstacle();

private:
    void launchers()
    {
        QTest::addColumn<QString>("user");
        QTest::addColumn<bool>("kills");
        QTest::addColumn<QString>("launcher");
        QTest::newRow("root") << "root" << false << "system";
        QTest::newRow("root where logind kills") << "root" << true << "system";
        QTest::newRow("linger") << "lingering" << false << "user";
        QTest::newRow("linger where logind kills") << "lingering" << true << "user";
        QTest::newRow("no linger") << "fleeting" << false << "setsid";
    }
    /// Takes the user of this row and sets logind as this row has it.
    void prepare(const QString &user, bool kills)
    {
        m_user = user;
        m_home = user == QLatin1String("root") ? QStringLiteral("/root") : QStringLiteral("/home/") + user;
        // All that a shell or a service manager could replace.
        m_places = {QStringLiteral("/nowhere"), m_home + QStringLiteral("/jobs of 'it' ${HOME} $$ %h")};
        m_host.setKillUserProcesses(kills);
    }
    JobSpec spec(const QByteArray &script, const QString &lock = {}, const QString &claim = {}) const
    {
        return {QUuid::createUuid().toString(QUuid::WithoutBraces), lock, 0, claim, script, "{}", m_places};
    }
    Result<JobStatus> started(const JobSpec &job) const
    {
        return parsedStatus(m_host.as(m_user, startScript(job)), m_user);
    }
    JobStatus statusOf(const QString &id) const
    {
        const auto status = parsedStatus(m_host.as(m_user, statusScript(m_places, id)), m_user);
        return status ? *status : JobStatus();
    }
    JobStatus ended(const QString &id) const
    {
        JobStatus status;
        static_cast<void>(QTest::qWaitFor(
            [&] {
                status = statusOf(id);
                return status.state == JobState::Exited || status.state == JobState::Lost;
            },
            30'000));
        return status;
    }
    QByteArray logOf(const QString &id) const
    {
        const auto log = parsedLog(m_host.as(m_user, readScript(m_places, id, 0, 1 << 20)), m_user, 0);
        return log ? log->data : describe(log);
    }
    /// A file of the job, past sshd: reading it keeps nobody signed in.
    QByteArray peek(const QString &id, const char *name) const
    {
        return Sshd::read(
            m_host.file(m_places.last() + QLatin1Char('/') + id + QLatin1Char('/') + QLatin1String(name)));
    }
    static QByteArray counting(int lines)
    {
        return "i=0; while [ $i -lt " + QByteArray::number(lines)
            + " ]; do echo \"line $i\"; i=$((i+1)); sleep 0.1; done\nexit 42";
    }
    static QByteArray counted(int lines)
    {
        QByteArray text;
        for (int i = 0; i < lines; ++i)
            text += "line " + QByteArray::number(i) + '\n';
        return text;
    }

    SystemdHost m_host;
    QString m_user, m_home;
    Places m_places;
};

void TestSystemdJobs::outlivesItsConnection()
{
    QFETCH(QString, user);
    QFETCH(bool, kills);
    prepare(user, kills);
    // Longer than logind waits before it clears away what a user left.
    const JobSpec job = spec("echo \"$HOME $USER $LOGNAME $SHELL $PWD $(umask)\"\n" + counting(60));
    const auto begun = started(job);
    QVERIFY2(begun, describe(begun));
    QCOMPARE(begun->state, JobState::Running);
    QVERIFY(m_host.isSignedOut(user));
    QVERIFY2(QTest::qWaitFor([&] { return peek(job.id, "exit").startsWith("42"); }, 30'000), peek(job.id, "log"));
    const JobStatus status = ended(job.id);
    QCOMPARE(status.exitCode, 42);
    QTEST(status.launcher, "launcher");
    // Whichever way it was started, it finds what a login of that user finds.
    const QByteArray shell = user == QLatin1String("root") ? "/bin/bash" : "/bin/sh";
    const QByteArray home = m_home.toLatin1(), name = user.toLatin1();
    QCOMPARE(logOf(job.id), home + ' ' + name + ' ' + name + ' ' + shell + ' ' + home + " 0077\n" + counted(60));
}

void TestSystemdJobs::cutAnywhereItRunsOnce()
{
    QFETCH(QString, user);
    QFETCH(bool, kills);
    prepare(user, kills);
    for (int round = 0; round < 5; ++round) {
        const JobSpec job = spec(counting(10));
        const auto process = m_host.begin(user, startScript(job));
        QVERIFY(process->waitForStarted());
        static_cast<void>(process->waitForFinished(80 + 70 * round));
        process->kill();
        m_host.inside("pkill -KILL -f '^sshd: " + user.toLatin1() + "'");
        process->waitForFinished();
        for (int again = 0; again < 2; ++again)
            QVERIFY(started(job));
        const JobStatus status = ended(job.id);
        QCOMPARE(status.state, JobState::Exited);
        QCOMPARE(status.exitCode, 42);
        QVERIFY(started(job));
        QCOMPARE(logOf(job.id), counted(10));
    }
}

void TestSystemdJobs::stopIsPoliteThenFirm()
{
    QFETCH(QString, user);
    QFETCH(bool, kills);
    prepare(user, kills);
    const JobSpec polite = spec("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.1; done");
    const JobSpec deaf = spec("trap '' TERM; echo up; while :; do sleep 0.1; done");
    for (const JobSpec &job : {polite, deaf}) {
        QVERIFY(started(job));
        QTRY_COMPARE(peek(job.id, "log"), QByteArray("up\n"));
        m_host.as(user, stopScript(m_places, job.id, 1));
    }
    QCOMPARE(ended(polite.id).exitCode, 7);
    QVERIFY2(logOf(polite.id).endsWith("bye\n"), logOf(polite.id)); // a shell may tell of the end of its sleep
    QCOMPARE(ended(deaf.id).exitCode, 137);
}

void TestSystemdJobs::oneLockOneJobAndTheClaimHolds()
{
    QFETCH(QString, user);
    QFETCH(bool, kills);
    prepare(user, kills);
    const QString lock = QStringLiteral("shop");
    const JobSpec mine = spec("sleep 2", lock, QStringLiteral("run-1"));
    const JobSpec theirs = spec("exit 0", lock, QStringLiteral("run-2"));
    QVERIFY(started(mine));
    QVERIFY(started(theirs));
    QCOMPARE(ended(theirs.id).exitCode, jobexit::lockHeld); // its lock is held
    QCOMPARE(ended(mine.id).exitCode, 0);
    const JobSpec later = spec("exit 0", lock, QStringLiteral("run-2"));
    QVERIFY(started(later));
    QCOMPARE(ended(later.id).exitCode, jobexit::lockHeld); // its claim is
    const auto claim = parsedClaim(m_host.as(user, claimScript(m_places, lock)), user);
    QVERIFY2(claim && *claim, describe(claim));
    QCOMPARE((*claim)->run, QStringLiteral("run-1"));
    const auto released = parsedClaim(m_host.as(user, releaseScript(m_places, lock, QStringLiteral("run-1"))), user);
    QVERIFY2(released && !*released, describe(released));
    const JobSpec last = spec("exit 0", lock, QStringLiteral("run-2"));
    QVERIFY(started(last));
    QCOMPARE(ended(last.id).exitCode, 0);
    m_host.as(user, releaseScript(m_places, lock, QStringLiteral("run-2")));
}

void TestSystemdJobs::whatItLeavesBehindLivesOn()
{
    QFETCH(QString, user);
    QFETCH(bool, kills);
    prepare(user, kills);
    // As a restart command does that puts an application into the background.
    const JobSpec job = spec("sleep 1000 </dev/null >/dev/null 2>&1 &\necho $!");
    QVERIFY(started(job));
    QVERIFY(QTest::qWaitFor([&] { return peek(job.id, "exit").startsWith("0"); }, 20'000));
    QVERIFY(m_host.isSignedOut(user));
    const QByteArray process = peek(job.id, "log").trimmed();
    const QByteArray units = "systemctl list-units --no-legend 'tf-*'; runuser -u lingering -- env XDG_RUNTIME_DIR="
                             "/run/user/$(id -u lingering) systemctl --user list-units --no-legend 'tf-*'";
    QVERIFY2(QTest::qWaitFor([&] { return m_host.inside(units).isEmpty(); }, 20'000), m_host.inside(units));
    QCOMPARE(m_host.inside("cat /proc/" + process + "/comm"), QByteArray("sleep"));
    m_host.inside("kill " + process);
}

void TestSystemdJobs::whoIsKilledAtLogoutIsRefused()
{
    prepare(QStringLiteral("fleeting"), true);
    const JobSpec job = spec("touch ran");
    const auto refused = started(job);
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, ErrorKind::Unsupported);
    QVERIFY2(refused.error().text.contains(QLatin1String("KillUserProcesses")), describe(refused));
    QVERIFY2(refused.error().hint.contains(QLatin1String("enable-linger")), describe(refused));
    QCOMPARE(statusOf(job.id).state, JobState::Absent);
    QVERIFY(!QFile::exists(m_host.file(m_home + QStringLiteral("/ran"))));
}

void TestSystemdJobs::whoIsSparedAtLogoutIsNot()
{
    prepare(QStringLiteral("fleeting"), true);
    m_host.inside("printf 'KillExcludeUsers=root fleeting\\n' >>/etc/systemd/logind.conf.d/60-kill.conf; systemctl "
                  "reset-failed systemd-logind; systemctl restart systemd-logind");
    const JobSpec job = spec(counting(30));
    QVERIFY(started(job));
    QVERIFY(m_host.isSignedOut(m_user));
    QTRY_VERIFY_WITH_TIMEOUT(peek(job.id, "exit").startsWith("42"), 20'000);
    QCOMPARE(statusOf(job.id).launcher, QStringLiteral("setsid"));
}

void TestSystemdJobs::aManagerThatCannotBeAskedIsNoObstacle_data()
{
    QTest::addColumn<QString>("user");
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("login");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QString>("launcher");
    const QByteArray uid = "$(id -u lingering)", nothing;
    QTest::newRow("a login that names no runtime folder")
        << "lingering" << nothing << QByteArray("unset XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS\n") << nothing
        << "user";
    QTest::newRow("the user's manager is gone")
        << "lingering" << QByteArray("systemctl stop user@" + uid + "; systemctl mask --runtime user@" + uid) << nothing
        << QByteArray("systemctl unmask --runtime user@" + uid + "; systemctl start user@" + uid) << "setsid";
    QTest::newRow("systemd-run does not work") << "root" << QByteArray("mount --bind /bin/false /usr/bin/systemd-run")
                                               << nothing << QByteArray("umount /usr/bin/systemd-run") << "setsid";
}

void TestSystemdJobs::aManagerThatCannotBeAskedIsNoObstacle()
{
    QFETCH(QString, user);
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, login);
    QFETCH(QByteArray, after);
    prepare(user, false);
    m_host.inside(before);
    const JobSpec job = spec(counting(10));
    const auto begun = parsedStatus(m_host.as(user, login + startScript(job)), user);
    const JobStatus status = begun ? ended(job.id) : JobStatus();
    m_host.inside(after);
    QVERIFY2(begun, describe(begun));
    QCOMPARE(status.exitCode, 42);
    QTEST(status.launcher, "launcher");
    QCOMPARE(logOf(job.id), counted(10));
}

int main(int argc, char **argv)
{
    if (const QString obstacle = SystemdHost::obstacle(); !obstacle.isEmpty())
        return skipped(obstacle);
    QCoreApplication application(argc, argv);
    TestSystemdJobs test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_systemdjobs.moc"
