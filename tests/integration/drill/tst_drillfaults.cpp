// SPDX-License-Identifier: GPL-3.0-or-later
// Restore drills whose console, job or host fails, and such that must not be begun.
#include "drillworld.h"

#include <signal.h>

using namespace taffrail::test;

class TestDrillFaults : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup();
    void aKilledConsoleLosesNothing_data();
    void aKilledConsoleLosesNothing();
    void aKilledJobLeavesNothing_data();
    void aKilledJobLeavesNothing();
    void theSweepTakesWhatTheKeeperCouldNot();
    void anAbortedDrillLeavesNothing();
    void twoAtOnceAreOne();
    void theLiveDirectoryIsRefused_data();
    void theLiveDirectoryIsRefused();
    void aFolderOfSomebodyElseIsLeftAlone();
    void aDiskTooSmallIsRefused();
    void anotherPlanIsRefused();
    void anotherMachineFindsIt();

private:
    QString inventory(QJsonObject policy = {})
    {
        // Long enough to be caught in the middle.
        if (!policy.contains(QStringLiteral("checks")))
            policy.insert(
                QStringLiteral("checks"),
                QJsonArray{QJsonObject{{QStringLiteral("name"), QStringLiteral("slow")},
                                       {QStringLiteral("sql"), QStringLiteral("select count(*) from pg_sleep(1.5)")}}});
        return m_world->inventory(m_world->pgbackrestEntry(), policy);
    }
    /// Starts a drill and waits for these words in what it prints.
    std::unique_ptr<QProcess> startUntil(const QByteArray &words, QString *run = nullptr)
    {
        const QStringList arguments = m_world->confirmation(inventory());
        if (arguments.isEmpty())
            return nullptr;
        auto process = m_world->start(arguments);
        QByteArray out, err;
        const bool isSeen = QTest::qWaitFor(
            [&] {
                out += process->readAllStandardOutput();
                err += process->readAllStandardError();
                return out.contains(words) || process->state() == QProcess::NotRunning;
            },
            60'000);
        if (run)
            *run = DrillWorld::runIn(err);
        return isSeen && out.contains(words) ? std::move(process) : nullptr;
    }
    CliResult attach(const QString &run, const QString &state = QStringLiteral("state"))
    {
        return m_world->cli({QStringLiteral("drill"), QStringLiteral("shop"), QStringLiteral("--inventory"),
                             inventory(), QStringLiteral("--attach"), run, QStringLiteral("--json")},
                            state);
    }
    CliResult sweep()
    {
        return m_world->cli({QStringLiteral("drill"), QStringLiteral("shop"), QStringLiteral("--inventory"),
                             inventory(), QStringLiteral("--sweep")});
    }
    /// The processes of the job: its runner and its script; with `withKeeper` what clears up after it, too.
    QList<qint64> jobProcesses(const QString &run, bool withKeeper) const
    {
        QList<qint64> found;
        for (const QString &pid : QDir(QStringLiteral("/proc")).entryList({QStringLiteral("[0-9]*")}, QDir::Dirs)) {
            QFile words(QStringLiteral("/proc/%1/cmdline").arg(pid)),
                environment(QStringLiteral("/proc/%1/environ").arg(pid));
            const QByteArray line = words.open(QIODevice::ReadOnly) ? words.readAll() : QByteArray();
            const QByteArray variables = environment.open(QIODevice::ReadOnly) ? environment.readAll() : QByteArray();
            const bool isKeeper = variables.contains("TF_KEEPER=");
            if (line.contains(run.toLatin1()) && line.startsWith("sh") && (withKeeper || !isKeeper))
                found << pid.toLongLong();
        }
        return found;
    }

    std::unique_ptr<DrillWorld> m_world;
};

void TestDrillFaults::initTestCase()
{
    m_world = std::make_unique<DrillWorld>();
    QVERIFY2(m_world->trouble().isEmpty(), qPrintable(m_world->trouble()));
    const QString wrong = m_world->pgbackrest(QStringLiteral("backup --type=full"));
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
}

void TestDrillFaults::cleanup()
{
    QTRY_COMPARE_WITH_TIMEOUT(m_world->scratch(), QStringList(), 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(m_world->strays(), QStringList(), 5'000);
}

void TestDrillFaults::aKilledConsoleLosesNothing_data()
{
    QTest::addColumn<QByteArray>("at");
    for (const char *phase : {"preflight", "restore", "start", "recovery", "checks", "integrity", "teardown"})
        QTest::newRow(phase) << QByteArray("== ") + phase;
}

void TestDrillFaults::aKilledConsoleLosesNothing()
{
    QFETCH(QByteArray, at);
    QString run;
    const auto process = startUntil(at, &run);
    QVERIFY(process);
    process->kill();
    process->waitForFinished();
    QVERIFY(!run.isEmpty());
    const CliResult result = attach(run);
    QVERIFY2(result.exitCode == 0, result.out + result.err);
    QCOMPARE(result.json()[QStringLiteral("outcome")].toString(), QStringLiteral("passed"));
}

void TestDrillFaults::aKilledJobLeavesNothing_data()
{
    QTest::addColumn<QByteArray>("at");
    QTest::newRow("with a server") << QByteArray("== checks");
    QTest::newRow("while it restores") << QByteArray("== restore");
}

void TestDrillFaults::aKilledJobLeavesNothing()
{
    QFETCH(QByteArray, at);
    QString run;
    const auto process = startUntil(at, &run);
    QVERIFY(process);
    const QList<qint64> job = jobProcesses(run, false);
    QVERIFY(!job.isEmpty());
    for (const qint64 pid : job)
        ::kill(pid_t(pid), SIGKILL);
    const CliResult result = DrillWorld::finish(*process);
    QVERIFY2(result.exitCode == 3 || result.exitCode == 2, result.out + result.err);
    QCOMPARE(m_world->scratch(), QStringList()); // the keeper beside the job
}

void TestDrillFaults::theSweepTakesWhatTheKeeperCouldNot()
{
    QString run;
    const auto process = startUntil("== checks", &run);
    QVERIFY(process);
    for (const qint64 pid : jobProcesses(run, true))
        ::kill(pid_t(pid), SIGKILL);
    process->kill();
    process->waitForFinished();
    QCOMPARE(m_world->scratch().size(), 1);
    QVERIFY(!m_world->strays().isEmpty());
    const CliResult result = sweep();
    QVERIFY2(result.exitCode == 0, result.out + result.err);
    QVERIFY2(result.out.contains(": removed"), result.out);
    QCOMPARE(m_world->scratch(), QStringList());
    QCOMPARE(m_world->strays(), QStringList());
    const CliResult again = attach(run);
    QVERIFY2(again.exitCode == 3, again.out + again.err); // nobody knows how it ended
}

void TestDrillFaults::anAbortedDrillLeavesNothing()
{
    QString run;
    const auto process = startUntil("== checks", &run);
    QVERIFY(process);
    const CliResult aborted
        = m_world->cli({QStringLiteral("drill"), QStringLiteral("shop"), QStringLiteral("--inventory"), inventory(),
                        QStringLiteral("--abort"), run, QStringLiteral("--json")});
    QVERIFY2(aborted.exitCode == 2, aborted.out + aborted.err);
    QVERIFY(aborted.json()[QStringLiteral("result")][QStringLiteral("teardown_proven")].toBool());
    QVERIFY(!aborted.json()[QStringLiteral("result")][QStringLiteral("backup_at_fault")].toBool());
    DrillWorld::finish(*process);
}

void TestDrillFaults::twoAtOnceAreOne()
{
    const QStringList arguments = m_world->confirmation(inventory());
    QVERIFY(!arguments.isEmpty());
    const auto first = m_world->start(arguments), second = m_world->start(arguments, QStringLiteral("other"));
    const CliResult one = DrillWorld::finish(*first), two = DrillWorld::finish(*second);
    const QByteArray all = one.out + one.err + two.out + two.err;
    QVERIFY2((one.exitCode == 0) != (two.exitCode == 0), all);
    QVERIFY2(one.exitCode == 75 || two.exitCode == 75, all);
}

void TestDrillFaults::theLiveDirectoryIsRefused_data()
{
    QTest::addColumn<QString>("folder");
    QTest::newRow("itself") << "live";
    QTest::newRow("inside") << "live/base";
    QTest::newRow("through a link") << "link";
}

void TestDrillFaults::theLiveDirectoryIsRefused()
{
    QFETCH(QString, folder);
    QFile::link(m_world->path(QStringLiteral("live/base")), m_world->path(QStringLiteral("link")));
    const CliResult planned = m_world->plan(inventory({{QStringLiteral("folder"), m_world->path(folder)}}));
    QVERIFY2(planned.exitCode == 77, planned.out + planned.err);
    QVERIFY2(planned.out.contains("data directory"), planned.out);
    QVERIFY(m_world->psql(QStringLiteral("select count(*) from orders")).toInt() > 0);
}

void TestDrillFaults::aFolderOfSomebodyElseIsLeftAlone()
{
    const QString file = inventory();
    const QString scratch = m_world->plan(file).json()[QStringLiteral("scratch")].toString();
    QVERIFY(scratch.startsWith(m_world->path(QStringLiteral("scratch/taffrail-drill-"))));
    QCOMPARE(m_world->shell(QStringLiteral("mkdir '%1'; echo mine > '%1/file'").arg(scratch)), QString());
    const CliResult result = m_world->drill(file);
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains("not a drill's"), result.out);
    QCOMPARE(m_world->shell(QStringLiteral("grep -q mine '%1/file' && rm -r '%1'").arg(scratch)), QString());
}

void TestDrillFaults::aDiskTooSmallIsRefused()
{
    if (geteuid() != 0)
        return; // only root can make a small disk
    const QString disk = m_world->path(QStringLiteral("small"));
    QDir().mkpath(disk);
    QCOMPARE(QProcess::execute(QStringLiteral("mount"),
                               {QStringLiteral("-t"), QStringLiteral("tmpfs"), QStringLiteral("-o"),
                                QStringLiteral("size=20m,mode=1777"), QStringLiteral("small"), disk}),
             0);
    const CliResult planned = m_world->plan(inventory({{QStringLiteral("folder"), disk}}));
    QProcess::execute(QStringLiteral("umount"), {disk});
    QVERIFY2(planned.exitCode == 77, planned.out + planned.err);
    QVERIFY2(planned.out.contains("are needed"), planned.out);
}

void TestDrillFaults::anotherPlanIsRefused()
{
    QStringList arguments = m_world->confirmation(inventory());
    QVERIFY(!arguments.isEmpty());
    arguments[arguments.indexOf(QStringLiteral("--plan-digest")) + 1] = QString(64, QLatin1Char('0'));
    const CliResult result = m_world->cli(arguments);
    QVERIFY2(result.exitCode == 77, result.out + result.err);
}

void TestDrillFaults::anotherMachineFindsIt()
{
    QString run;
    const auto process = startUntil("== checks", &run);
    QVERIFY(process);
    const CliResult result = attach(run, QStringLiteral("elsewhere"));
    QVERIFY2(result.exitCode == 0, result.out + result.err);
    QCOMPARE(DrillWorld::finish(*process).exitCode, 0);
}

QTEST_GUILESS_MAIN(TestDrillFaults)
#include "tst_drillfaults.moc"
