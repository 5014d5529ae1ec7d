// SPDX-License-Identifier: GPL-3.0-or-later
// Rollbacks on three real hosts by the program itself, and what happens when something goes wrong.
#include "rollbackworld.h"

using namespace taffrail::test;

class TestRollbackCli : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_world = std::make_unique<RollbackWorld>(3);
        m_world->deployAll();
    }
    void backAndForward();
    void aPlanSaysWhatWouldBeDoneAndDoesNothing();
    void whatIsMissingIsRefused_data();
    void whatIsMissingIsRefused();
    void aPlanOfYesterdayIsRefused();
    void aKilledConsoleLosesNothing_data();
    void aKilledConsoleLosesNothing();
    void aHostThatIsDownStopsTheRun();
    void aHostThatChangedMeanwhileIsLeftAlone_data();
    void aHostThatChangedMeanwhileIsLeftAlone();
    void aRestartThatHangsFails();
    void aRestartThatFailsIsTriedAgain();
    void aRestartThatTalksTooMuchFillsNothing();
    void hostsThatDisagreeAreBroughtTogether();
    void whatNeverBecomesGoodFails();
    void aForeignClaimIsShownAndCanBeEnded();
    void noAuditNoAction();
    void aFullDiskOnTheHostStartsNothing();
    void theServerMayRestartMeanwhile();
    void twoConsolesAtOnceRunOnce_data();
    void twoConsolesAtOnceRunOnce();

private:
    QString inventory(const QJsonObject &rollback = {}) const
    {
        return m_world->writeInventory(
            {m_world->environment(QStringLiteral("shop"), QStringLiteral("shop"), rollback)});
    }
    QStringList confirmation(const QString &inventory, const QString &target = {},
                             const QString &state = QStringLiteral("state"))
    {
        return m_world->confirmation(QStringLiteral("shop"), inventory, target, state);
    }
    CliResult roll(const QString &inventory, const QString &target = {})
    {
        const QStringList arguments = confirmation(inventory, target);
        return arguments.isEmpty() ? CliResult{} : m_world->cli(arguments);
    }
    QStringList live() const
    {
        QStringList all;
        for (int i = 0; i < m_world->hostCount(); ++i)
            all << m_world->live(i);
        return all;
    }
    static QStringList everywhere(const QString &release, int hosts = 3)
    {
        QStringList all;
        for (int i = 0; i < hosts; ++i)
            all << release;
        return all;
    }
    std::unique_ptr<RollbackWorld> m_world;
};

void TestRollbackCli::backAndForward()
{
    const QString file = inventory();
    const CliResult back = roll(file);
    QVERIFY2(back.exitCode == 0, back.out + back.err);
    QCOMPARE(live(), everywhere(olderRelease));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(m_world->restarts(i), QStringList{olderRelease});
    QVERIFY(back.out.contains("web3| live: " + olderRelease.toLatin1())); // the job's own words
    const CliResult forward = roll(file, newerRelease);
    QVERIFY2(forward.exitCode == 0, forward.out + forward.err);
    QCOMPARE(live(), everywhere(newerRelease));
    QVERIFY(m_world->auditIsWhole());
    QCOMPARE(m_world->audited(QStringLiteral("rollback.start")), 2);
    QCOMPARE(m_world->audited(QStringLiteral("rollback.host")), 6);
    QCOMPARE(m_world->audited(QStringLiteral("rollback.succeeded")), 2);
    // Nothing was destroyed, and nothing that a name said was carried out.
    QVERIFY(QDir(m_world->appFolder(0) + QStringLiteral("/releases/") + newerRelease).exists());
    QVERIFY(!QFile::exists(QStringLiteral("oops")));
}

void TestRollbackCli::aPlanSaysWhatWouldBeDoneAndDoesNothing()
{
    const QString file = inventory();
    QJsonObject first, second;
    QVERIFY(!m_world->confirmation(QStringLiteral("shop"), file, {}, QStringLiteral("state"), &first).isEmpty());
    QVERIFY(!m_world->confirmation(QStringLiteral("shop"), file, {}, QStringLiteral("state"), &second).isEmpty());
    QCOMPARE(first[QStringLiteral("target")].toString(), olderRelease);
    QCOMPARE(first[QStringLiteral("hosts")].toArray().size(), 3);
    QCOMPARE(first[QStringLiteral("digest")], second[QStringLiteral("digest")]);
    QCOMPARE(live(), everywhere(newerRelease));
    QVERIFY(!QDir(m_world->appFolder(0) + QStringLiteral("/.taffrail")).exists());
}

void TestRollbackCli::whatIsMissingIsRefused_data()
{
    QTest::addColumn<QString>("cut");
    QTest::addColumn<QString>("put");
    QTest::addColumn<int>("exitCode");
    QTest::newRow("no reason") << "--reason"
                               << "" << 64;
    QTest::newRow("blank reason") << "--reason"
                                  << " " << 64;
    QTest::newRow("another environment") << "--confirm"
                                         << "shop2" << 64;
    QTest::newRow("no digest") << "--plan-digest"
                               << "" << 64;
    QTest::newRow("another digest") << "--plan-digest" << QString(64, QLatin1Char('0')) << 77;
    QTest::newRow("no such release") << "--to"
                                     << "20200101000000" << 77;
}

void TestRollbackCli::whatIsMissingIsRefused()
{
    QFETCH(QString, cut);
    QFETCH(QString, put);
    QStringList arguments = confirmation(inventory(), olderRelease);
    const qsizetype at = arguments.indexOf(cut);
    QVERIFY(at > 0);
    if (put.isEmpty())
        arguments.remove(at, 2);
    else
        arguments[at + 1] = put;
    const CliResult result = m_world->cli(arguments);
    QTEST(result.exitCode, "exitCode");
    QVERIFY(!result.err.isEmpty());
    QCOMPARE(live(), everywhere(newerRelease));
    QCOMPARE(m_world->audited(QStringLiteral("rollback.host")), 0);
}

void TestRollbackCli::aPlanOfYesterdayIsRefused()
{
    const QString file = inventory();
    const QStringList arguments = confirmation(file);
    m_world->makeLive(1, olderRelease); // somebody else was faster on one host
    const CliResult result = m_world->cli(arguments);
    QCOMPARE(result.exitCode, 77);
    QVERIFY2(result.err.contains("digest"), result.err);
    QCOMPARE(live(), QStringList({newerRelease, olderRelease, newerRelease}));
}

void TestRollbackCli::aKilledConsoleLosesNothing_data()
{
    QTest::addColumn<QByteArray>("at");
    QTest::newRow("at its start") << QByteArray("running:");
    for (int host = 1; host <= 3; ++host) {
        const QByteArray web = "web" + QByteArray::number(host);
        QTest::addRow("%s starting", web.constData()) << web + ": starting";
        QTest::addRow("%s checked", web.constData()) << web + ": check that";
        QTest::addRow("%s switched its link", web.constData()) << web + ": switch current";
        QTest::addRow("%s in its restart", web.constData()) << web + ": restart: running";
        QTest::addRow("%s restarted", web.constData()) << web + ": restart: done";
        QTest::addRow("%s done", web.constData()) << web + ": switched";
    }
    QTest::newRow("while verifying") << QByteArray("verifying:");
}

void TestRollbackCli::aKilledConsoleLosesNothing()
{
    QFETCH(QByteArray, at);
    const QString file
        = inventory({{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 0.4; "))}});
    const auto process = m_world->start(confirmation(file));
    QByteArray out, err;
    QVERIFY2(QTest::qWaitFor(
                 [&] {
                     out += process->readAllStandardOutput();
                     err += process->readAllStandardError();
                     return out.contains(at) || process->state() == QProcess::NotRunning;
                 },
                 60'000),
             out);
    process->kill();
    process->waitForFinished();
    err += process->readAllStandardError();
    const QString run = RollbackWorld::runIn(err);
    QVERIFY2(!run.isEmpty(), err);
    QVERIFY(m_world->auditIsWhole());

    // Another console looks, and goes on where there is more to do.
    const QStringList base{QStringLiteral("rollback"), QStringLiteral("shop"), QStringLiteral("--inventory"), file};
    CliResult next = m_world->cli(base + QStringList{QStringLiteral("--attach"), run});
    QVERIFY2(next.exitCode == 0 || next.exitCode == 3, next.out + next.err);
    for (const QString &release : live())
        QVERIFY(release == olderRelease || release == newerRelease);
    if (next.exitCode == 3)
        next = m_world->cli(base + QStringList{QStringLiteral("--continue"), run});
    QVERIFY2(next.exitCode == 0, next.out + next.err);
    QCOMPARE(live(), everywhere(olderRelease));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(m_world->restarts(i), QStringList{olderRelease}); // once, on each host
    QVERIFY(m_world->auditIsWhole());
}

void TestRollbackCli::aHostThatIsDownStopsTheRun()
{
    const QString file
        = inventory({{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 1; "))}});
    const auto process = m_world->start(confirmation(file));
    QVERIFY(QTest::qWaitFor([&] { return m_world->live(0) == olderRelease; }, 60'000));
    m_world->sshd(1).crash();
    const CliResult result = RollbackWorld::finish(*process);
    QCOMPARE(result.exitCode, 2);
    QVERIFY2(result.out.contains("1 of 3 hosts are switched"), result.out);
    QCOMPARE(live(), QStringList({olderRelease, newerRelease, newerRelease}));
    QVERIFY(m_world->auditIsWhole());
    // The host is back: only what failed is tried again, and the rest follows.
    m_world->sshd(1).start();
    const CliResult again
        = m_world->cli({QStringLiteral("rollback"), QStringLiteral("shop"), QStringLiteral("--inventory"), file,
                        QStringLiteral("--retry"), RollbackWorld::runIn(result.err)});
    QVERIFY2(again.exitCode == 0, again.out + again.err);
    QCOMPARE(live(), everywhere(olderRelease));
    QCOMPARE(m_world->restarts(0).size(), 1);
}

void TestRollbackCli::aHostThatChangedMeanwhileIsLeftAlone_data()
{
    QTest::addColumn<QString>("change");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("another release is live") << "live" << QByteArray("another release went live");
    QTest::newRow("the target is gone") << "target" << QByteArray("the target release is gone");
    QTest::newRow("the application is gone") << "app" << QByteArray("failed");
}

void TestRollbackCli::aHostThatChangedMeanwhileIsLeftAlone()
{
    QFETCH(QString, change);
    QFETCH(QByteArray, words);
    const QString file
        = inventory({{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 1; "))}});
    const QString third = QStringLiteral("20261103120000");
    const auto process = m_world->start(confirmation(file));
    QVERIFY(QTest::qWaitFor([&] { return m_world->live(0) == olderRelease; }, 60'000));
    const QDir app(m_world->appFolder(1));
    if (change == QLatin1String("live")) {
        app.mkpath(QStringLiteral("releases/") + third);
        m_world->makeLive(1, third);
    } else if (change == QLatin1String("target")) {
        QVERIFY(QDir(app.filePath(QStringLiteral("releases/") + olderRelease)).removeRecursively());
    } else {
        QVERIFY(QDir().rename(app.path(), app.path() + QStringLiteral(".away")));
    }
    const CliResult result = RollbackWorld::finish(*process);
    QCOMPARE(result.exitCode, 2);
    QVERIFY2(result.out.contains(words), result.out);
    QCOMPARE(m_world->live(0), olderRelease);
    QCOMPARE(m_world->live(1),
             change == QLatin1String("live")         ? third
                 : change == QLatin1String("target") ? newerRelease
                                                     : QString());
    QCOMPARE(m_world->live(2), newerRelease);
    QVERIFY(m_world->auditIsWhole());
}

void TestRollbackCli::aRestartThatHangsFails()
{
    const CliResult result = roll(inventory({{QStringLiteral("restart"), QStringLiteral("exec sleep 1000")},
                                             {QStringLiteral("restart_timeout"), QStringLiteral("1s")}}));
    QCOMPARE(result.exitCode, 2);
    QVERIFY2(result.out.contains("the restart did not end within 1 s"), result.out);
    QCOMPARE(live(), QStringList({olderRelease, newerRelease, newerRelease}));
    QVERIFY(m_world->auditIsWhole());
}

void TestRollbackCli::aRestartThatFailsIsTriedAgain()
{
    const QString flag = m_world->file(QStringLiteral("mended"));
    const QString file
        = inventory({{QStringLiteral("restart"),
                      RollbackWorld::restartCommand(QStringLiteral("test -e '%1' || exit 7; ").arg(flag))}});
    const CliResult result = roll(file);
    QCOMPARE(result.exitCode, 2);
    QVERIFY2(result.out.contains("the restart failed with exit code 7"), result.out);
    QCOMPARE(live(), QStringList({olderRelease, newerRelease, newerRelease}));
    Sshd::writeFile(flag, "x");
    const CliResult again
        = m_world->cli({QStringLiteral("rollback"), QStringLiteral("shop"), QStringLiteral("--inventory"), file,
                        QStringLiteral("--retry"), RollbackWorld::runIn(result.err)});
    QVERIFY2(again.exitCode == 0, again.out + again.err);
    QCOMPARE(live(), everywhere(olderRelease));
}

void TestRollbackCli::aRestartThatTalksTooMuchFillsNothing()
{
    m_world = std::make_unique<RollbackWorld>(1);
    m_world->deployAll();
    const QString file = inventory(
        {{QStringLiteral("restart"),
          RollbackWorld::restartCommand(QStringLiteral("head -c 1073741824 /dev/zero | tr '\\000' x; echo; "))}});
    const CliResult result = m_world->cli(confirmation(file) << QStringLiteral("--json"));
    QVERIFY2(result.exitCode == 0, result.err);
    QCOMPARE(m_world->live(0), olderRelease);
    QDirIterator logs(m_world->appFolder(0) + QStringLiteral("/.taffrail"), {QStringLiteral("log")}, QDir::Files,
                      QDirIterator::Subdirectories);
    QVERIFY(logs.hasNext());
    logs.next();
    QVERIFY(logs.fileInfo().size() > 60 * 1024 * 1024);
    QVERIFY(logs.fileInfo().size() < 70 * 1024 * 1024);
}

void TestRollbackCli::hostsThatDisagreeAreBroughtTogether()
{
    m_world->makeLive(1, olderRelease);
    QJsonObject plan;
    const QStringList arguments
        = m_world->confirmation(QStringLiteral("shop"), inventory(), olderRelease, QStringLiteral("state"), &plan);
    QCOMPARE(plan[QStringLiteral("hosts")].toArray().size(), 2);
    const CliResult result = m_world->cli(arguments);
    QVERIFY2(result.exitCode == 0, result.out + result.err);
    QCOMPARE(live(), everywhere(olderRelease));
    QVERIFY(m_world->restarts(1).isEmpty());
}

void TestRollbackCli::whatNeverBecomesGoodFails()
{
    // Each restart puts the link back at once: the job says yes, the host says no.
    const QString back = QStringLiteral("(sleep 0.5; ln -sfn \"%1/releases/%2\" \"%1/current\") >/dev/null 2>&1 &")
                             .arg(m_world->appPath().replace(QLatin1Char('$'), QStringLiteral("\\$")), newerRelease);
    const CliResult result = roll(inventory({{QStringLiteral("restart"), back},
                                             {QStringLiteral("verify_timeout"), QStringLiteral("3s")},
                                             {QStringLiteral("hold"), QStringLiteral("2s")}}));
    QCOMPARE(result.exitCode, 2);
    QVERIFY2(result.out.contains("it did not become good"), result.out + result.err);
    QCOMPARE(m_world->audited(QStringLiteral("rollback.failed")), 1);
}

void TestRollbackCli::aForeignClaimIsShownAndCanBeEnded()
{
    const QString file
        = inventory({{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 1; "))}});
    const auto process = m_world->start(confirmation(file), QStringLiteral("mary"));
    QVERIFY(QTest::qWaitFor([&] { return m_world->live(0) == olderRelease; }, 60'000));
    process->kill();
    process->waitForFinished();
    const QString run = RollbackWorld::runIn(process->readAllStandardError());
    QVERIFY(QTest::qWaitFor([&] { return m_world->restarts(0).size() == 1; }, 30'000));

    // John, on another machine: he sees who holds it, adopts the run from the host, and ends it.
    const QStringList base{QStringLiteral("rollback"), QStringLiteral("shop"), QStringLiteral("--inventory"), file};
    const QString john = QStringLiteral("john");
    const CliResult plan = m_world->cli(base + QStringList{QStringLiteral("--plan")}, john);
    QCOMPARE(plan.exitCode, 77);
    QVERIFY2(plan.out.contains(run.toLatin1()), plan.out);
    const CliResult aborted = m_world->cli(base + QStringList{QStringLiteral("--abort"), run}, john);
    QVERIFY2(aborted.exitCode == 2, aborted.out + aborted.err);
    QVERIFY(m_world->auditIsWhole(john));
    const CliResult after = m_world->cli(base + QStringList{QStringLiteral("--plan")}, john);
    QVERIFY2(!after.out.contains(run.toLatin1()), after.out);
    QCOMPARE(live(), QStringList({olderRelease, newerRelease, newerRelease}));
}

void TestRollbackCli::noAuditNoAction()
{
    const QString file = inventory();
    QStringList arguments = confirmation(file);
    // A file where the folder should be: nothing can be written, whoever we are.
    Sshd::writeFile(m_world->file(QStringLiteral("blocked")), "x");
    const CliResult result = m_world->cli(arguments, QStringLiteral("blocked"));
    QCOMPARE(result.exitCode, 77);
    QVERIFY2(result.err.contains("no audit, no action"), result.err);
    QCOMPARE(live(), everywhere(newerRelease));
}

void TestRollbackCli::aFullDiskOnTheHostStartsNothing()
{
    const QString file = inventory();
    const QStringList arguments = confirmation(file);
    // The place for jobs on a disk without room: /dev/full has none for anybody.
    const QDir place(m_world->appFolder(0) + QStringLiteral("/.taffrail"));
    QVERIFY(QFile::link(QStringLiteral("/proc/self/fdinfo"), place.path()));
    const CliResult result = m_world->cli(arguments);
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains("nothing was started"), result.out);
    QCOMPARE(live(), everywhere(newerRelease));
    QVERIFY(m_world->auditIsWhole());
}

void TestRollbackCli::theServerMayRestartMeanwhile()
{
    const QString file
        = inventory({{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 1; "))}});
    const auto process = m_world->start(confirmation(file));
    for (int i = 0; i < 3; ++i) {
        QVERIFY2(QTest::qWaitFor([&] { return m_world->live(i) == olderRelease; }, 60'000),
                 process->readAllStandardOutput() + process->readAllStandardError());
        m_world->sshd(i).crash();
        m_world->sshd(i).start();
    }
    const CliResult result = RollbackWorld::finish(*process);
    QVERIFY2(result.exitCode == 0, result.out + result.err);
    QCOMPARE(live(), everywhere(olderRelease));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(m_world->restarts(i).size(), 1);
}

void TestRollbackCli::twoConsolesAtOnceRunOnce_data()
{
    QTest::addColumn<QString>("other");
    QTest::newRow("one person") << "state";
    QTest::newRow("two machines") << "other";
}

void TestRollbackCli::twoConsolesAtOnceRunOnce()
{
    QFETCH(QString, other);
    const int rounds
        = qEnvironmentVariableIntValue("TAFFRAIL_ROUNDS") > 0 ? qEnvironmentVariableIntValue("TAFFRAIL_ROUNDS") : 4;
    m_world = std::make_unique<RollbackWorld>(1);
    const QString file = inventory();
    for (int round = 0; round < rounds; ++round) {
        m_world->deployAll();
        const QStringList arguments = confirmation(file);
        const auto first = m_world->start(arguments), second = m_world->start(arguments, other);
        const CliResult one = RollbackWorld::finish(*first), two = RollbackWorld::finish(*second);
        const QByteArray both = one.out + one.err + two.out + two.err;
        QVERIFY2((one.exitCode == 0) != (two.exitCode == 0), both);
        const int loser = one.exitCode == 0 ? two.exitCode : one.exitCode;
        QVERIFY2(loser == 75 || loser == 77 || loser == 2, both);
        QCOMPARE(m_world->live(0), olderRelease);
        QCOMPARE(m_world->restarts(0), QStringList{olderRelease});
    }
    QVERIFY(m_world->auditIsWhole());
    QVERIFY(m_world->auditIsWhole(other));
}

QTEST_GUILESS_MAIN(TestRollbackCli)
#include "tst_rollbackcli.moc"
