// SPDX-License-Identifier: GPL-3.0-or-later
// Releases taken back by a program of the person's own, on two real hosts, by the program itself.
#include "rollbackworld.h"

using namespace taffrail::test;

namespace {

// Keeps its releases in a file, one a line, and the live one in another. "hook" is what goes wrong with it.
constexpr char ownProgram[] = R"sh(#!/bin/sh
cd -- "$(dirname -- "$0")" || exit 3
quote() { printf '"%s"' "$(printf '%s\n' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g')"; }
case $1 in
list)
    printf '{"app": "till", "live": '; quote "$(cat live)"; printf ', "releases": ['
    comma=
    while IFS='|' read -r id version at; do
        printf '%s{"id": ' "$comma"; quote "$id"
        printf ', "version": '; quote "$version"
        printf ', "deployed_at": "%s"}\n' "$at"
        comma=,
    done <releases
    echo ']}' ;;
switch)
    printf '%s|' "$TAFFRAIL_ENVIRONMENT" "$TAFFRAIL_APP" "$TAFFRAIL_HOST" "$TAFFRAIL_FROM" "$TAFFRAIL_TO" "$2" >>calls
    echo >>calls
    [ ! -e hook ] || . ./hook
    [ "$(cat live)" = "$TAFFRAIL_FROM" ] || { echo "another is live"; exit 9; }
    printf '%s\n' "$TAFFRAIL_TO" >live ;;
esac
)sh";
const QString argument = QStringLiteral("--force it's $(touch oops)");
const QString older = QStringLiteral("r 41"), newer = QStringLiteral("r 42");

} // namespace

class TestCommandRollback : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        if (!m_world)
            m_world = std::make_unique<RollbackWorld>(2);
        QDir(m_world->file(QStringLiteral("state"))).removeRecursively();
        for (int i = 0; i < 2; ++i) {
            QDir(m_world->varLib(i) + QStringLiteral("/taffrail")).removeRecursively();
            QDir(m_world->appFolder(i)).removeRecursively();
            QDir().mkpath(m_world->appFolder(i));
            Sshd::writeFile(path(i, "own program"), ownProgram);
            QFile::setPermissions(path(i, "own program"), QFile::Permissions(0x7755));
        }
        deploy(older, newer);
    }
    void cleanupTestCase() { m_world.reset(); }

    void backAndForward_data();
    void backAndForward();
    void aNameThatWouldNotArriveUnharmedIsNoRelease_data();
    void aNameThatWouldNotArriveUnharmedIsNoRelease();
    void aProgramThatLiesFails();
    void aProgramThatFailsOnTheSecondHost();
    void codesOfTheProgramAreItsOwn_data();
    void codesOfTheProgramAreItsOwn();
    void aProgramThatIsMissing();
    void aProgramThatHangsIsAborted_data();
    void aProgramThatHangsIsAborted();
    void anAbortThatTheDriverDoesNotHear();
    void aProgramThatTakesTooLongIsEnded_data();
    void aProgramThatTakesTooLongIsEnded();

private:
    QString path(int host, const char *name) const
    {
        return m_world->appFolder(host) + QLatin1Char('/') + QLatin1String(name);
    }
    /// Two releases on both hosts, the second one live.
    void deploy(const QString &first, const QString &second) const
    {
        for (int i = 0; i < 2; ++i) {
            Sshd::writeFile(
                path(i, "releases"),
                QStringLiteral("%2|version of %2|2026-11-02T12:00:00Z\n%1|version of %1|2026-11-01T12:00:00Z\n")
                    .arg(first, second)
                    .toUtf8());
            Sshd::writeFile(path(i, "live"), second.toUtf8() + '\n');
        }
    }
    void hook(int host, const QByteArray &script) const { Sshd::writeFile(path(host, "hook"), script); }
    QStringList live() const
    {
        QStringList all;
        for (int i = 0; i < 2; ++i)
            all << QString::fromUtf8(Sshd::read(path(i, "live"))).chopped(1);
        return all;
    }
    QStringList calls(int host) const
    {
        return QString::fromUtf8(Sshd::read(path(host, "calls"))).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    }
    static bool isGone(const QByteArray &pid)
    {
        const QByteArray stat = Sshd::read(QStringLiteral("/proc/%1/stat").arg(pid.toInt()));
        return stat.isEmpty() || stat.contains(") Z ");
    }
    QString inventory(const QString &limit = QStringLiteral("10m")) const
    {
        const QString program = m_world->appPath() + QStringLiteral("/own program");
        return m_world->writeInventory({m_world->environmentWith(
            {{QStringLiteral("source"), QStringLiteral("command")},
             {QStringLiteral("app"), QStringLiteral("till")},
             {QStringLiteral("command"), QJsonArray{program, QStringLiteral("list")}}},
            {{QStringLiteral("method"), QStringLiteral("command")},
             {QStringLiteral("verify_timeout"), QStringLiteral("1s")},
             {QStringLiteral("command_timeout"), limit},
             {QStringLiteral("command"), QJsonArray{program, QStringLiteral("switch"), argument}}})});
    }
    QStringList base() const
    {
        return {QStringLiteral("rollback"), QStringLiteral("shop"), QStringLiteral("--inventory"), inventory()};
    }
    CliResult roll(const QString &target)
    {
        const QStringList arguments = m_world->confirmation(QStringLiteral("shop"), inventory(), target);
        return arguments.isEmpty() ? CliResult{} : m_world->cli(arguments);
    }
    std::unique_ptr<RollbackWorld> m_world;
};

void TestCommandRollback::backAndForward_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::newRow("spaces and quotes") << "it's \"41\"  of two"
                                       << "it's \"42\"";
    QTest::newRow("substitutions") << "$(touch oops)"
                                   << "`touch oops` $HOME";
    QTest::newRow("options") << "--plan"
                             << "-rf";
    QTest::newRow("marks of the shell") << "a\\nb\\\\ 'c' ; touch oops & # %s%n"
                                        << "* ~ ? [a] <b >c !d";
    QTest::newRow("other scripts") << QStringLiteral("строка-41") << QStringLiteral("版本-42");
}

void TestCommandRollback::backAndForward()
{
    QFETCH(QString, first);
    QFETCH(QString, second);
    deploy(first, second);
    const CliResult back = roll(first);
    QVERIFY2(back.exitCode == 0, back.out + back.err);
    QCOMPARE(live(), QStringList({first, first}));
    const CliResult forward = roll(second);
    QVERIFY2(forward.exitCode == 0, forward.out + forward.err);
    QCOMPARE(live(), QStringList({second, second}));
    for (int i = 0; i < 2; ++i) {
        const auto call = [&](const QString &from, const QString &to) {
            return QStringList{QStringLiteral("shop"), QStringLiteral("till"), m_world->hostId(i), from, to, argument}
                       .join(QLatin1Char('|'))
                + QLatin1Char('|');
        };
        QCOMPARE(calls(i), QStringList({call(second, first), call(first, second)}));
        QVERIFY(!QFile::exists(path(i, "oops")));
        QVERIFY(!QFile::exists(m_world->sshd(i).path(QStringLiteral("home/oops"))));
    }
    QVERIFY(!QFile::exists(QStringLiteral("oops")));
    QVERIFY(m_world->auditIsWhole());
    QCOMPARE(m_world->audited(QStringLiteral("rollback.succeeded")), 2);
    // What a plan says for pasting is one word to a shell, whatever the name.
    const CliResult plan = m_world->cli(base() + QStringList{QStringLiteral("--to"), first, QStringLiteral("--plan")});
    const qsizetype at = plan.out.indexOf("taffrail rollback shop");
    QVERIFY2(at > 0, plan.out);
    QProcess shell;
    shell.start(QStringLiteral("sh"), {QStringLiteral("-s")});
    shell.write("taffrail() { printf '%s\\n' \"$@\"; }\n" + plan.out.mid(at));
    shell.closeWriteChannel();
    QVERIFY(shell.waitForFinished());
    const QStringList words = QString::fromUtf8(shell.readAllStandardOutput()).split(QLatin1Char('\n'));
    QCOMPARE(words.value(words.indexOf(QStringLiteral("--to")) + 1), first);
}

void TestCommandRollback::aNameThatWouldNotArriveUnharmedIsNoRelease_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("a space at its end") << "r 41 ";
    QTest::newRow("a mark that turns text around") << QStringLiteral("r\u202e41");
    QTest::newRow("a terminal's commands") << QStringLiteral("r\\u001b[2J41");
    QTest::newRow("too long") << QString(401, QLatin1Char('r'));
}

void TestCommandRollback::aNameThatWouldNotArriveUnharmedIsNoRelease()
{
    QFETCH(QString, name);
    deploy(name, newer);
    for (int i = 0; i < 2 && name.contains(QLatin1Char('\\')); ++i) { // only JSON's own escapes bring it in
        Sshd::writeFile(path(i, "own program"), QByteArray(ownProgram).replace("s/\\\\/\\\\\\\\/g; ", ""));
        QFile::setPermissions(path(i, "own program"), QFile::Permissions(0x7755));
    }
    const CliResult plan = m_world->cli(base() + QStringList{QStringLiteral("--plan")});
    QVERIFY2(plan.exitCode == 69, plan.out + plan.err);
    QVERIFY2(plan.err.contains("/releases/1/id"), plan.err);
    QCOMPARE(live(), QStringList({newer, newer}));
    QVERIFY(calls(0).isEmpty());
}

void TestCommandRollback::aProgramThatLiesFails()
{
    for (int i = 0; i < 2; ++i)
        hook(i, "exit 0\n");
    const CliResult result = roll(older);
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains("web1 has r 42 live, not r 41"), result.out);
    QCOMPARE(live(), QStringList({newer, newer}));
    QCOMPARE(m_world->audited(QStringLiteral("rollback.failed")), 1);
    QCOMPARE(m_world->audited(QStringLiteral("rollback.succeeded")), 0);
    QVERIFY(m_world->auditIsWhole());
}

void TestCommandRollback::aProgramThatFailsOnTheSecondHost()
{
    hook(1, "echo 'no disk left'; exit 7\n");
    const CliResult result = roll(older);
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains("1 of 2 hosts are switched") && result.out.contains("it failed with exit code 7")
                 && result.out.contains("web2| no disk left"),
             result.out);
    QCOMPARE(live(), QStringList({older, newer}));
    QFile::remove(path(1, "hook"));
    const CliResult again
        = m_world->cli(base() + QStringList{QStringLiteral("--retry"), RollbackWorld::runIn(result.err)});
    QVERIFY2(again.exitCode == 0, again.out + again.err);
    QCOMPARE(live(), QStringList({older, older}));
    QCOMPARE(calls(0).size(), 1);
    QCOMPARE(calls(1).size(), 2);
    QVERIFY(m_world->auditIsWhole());
}

void TestCommandRollback::codesOfTheProgramAreItsOwn_data()
{
    QTest::addColumn<int>("code");
    for (const int code : {75, 77, 92, 98})
        QTest::addRow("%d", code) << code;
}

// Each means something else when the host's job says it: a lock that is held, a target that is gone.
void TestCommandRollback::codesOfTheProgramAreItsOwn()
{
    QFETCH(int, code);
    const QByteArray number = QByteArray::number(code);
    for (int i = 0; i < 2; ++i)
        hook(i, "echo \"$TAFFRAIL_TO\" >live; exit " + number + '\n');
    const CliResult result = roll(older);
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains("web1| it ended with exit code " + number), result.out);
    QVERIFY2(!result.out.contains("lock is held") && !result.out.contains("holds the lock")
                 && !result.out.contains("gone"),
             result.out);
    // It had changed what is live before it failed, which nobody may be told otherwise.
    QVERIFY2(!result.out.contains("nothing was switched"), result.out);
    QVERIFY2(result.out.contains("roll forward to r 42 again"), result.out);
    for (int i = 0; i < 2; ++i)
        QFile::remove(path(i, "hook"));
    const CliResult forward = roll(newer);
    QVERIFY2(forward.exitCode == 0, forward.out + forward.err);
    QCOMPARE(live(), QStringList({newer, newer}));
}

void TestCommandRollback::aProgramThatIsMissing()
{
    const QString file = inventory();
    // Only the switch is gone; the listing is another name of the same program.
    for (int i = 0; i < 2; ++i)
        QVERIFY(QFile::copy(path(i, "own program"), path(i, "lists")));
    QByteArray text = Sshd::read(file);
    text.replace("own program\",\n                        \"list\"", "lists\",\n                        \"list\"");
    QVERIFY(text.contains("lists\""));
    Sshd::writeFile(file, text);
    QFile::remove(path(1, "own program"));
    const CliResult plan = m_world->cli({QStringLiteral("rollback"), QStringLiteral("shop"),
                                         QStringLiteral("--inventory"), file, QStringLiteral("--plan")});
    QVERIFY2(plan.exitCode == 77, plan.out + plan.err);
    QVERIFY2(plan.out.contains("there is no program"), plan.out);
}

void TestCommandRollback::aProgramThatHangsIsAborted_data()
{
    QTest::addColumn<QByteArray>("program");
    QTest::addColumn<QByteArray>("words");
    QTest::addColumn<bool>("isDriven"); // by a console that lives
    const QByteArray polite = "sleep 1000 & echo $! $$ >pids; wait\n",
                     deaf = "trap '' TERM; sleep 1000 & echo $! $$ >pids; wait; sleep 1000\n";
    for (const bool isDriven : {false, true}) {
        const char *driven = isDriven ? "while its console lives" : "after its console has gone";
        QTest::addRow("hears TERM, %s", driven) << polite << QByteArray("it was stopped") << isDriven;
        QTest::addRow("deaf to TERM, %s", driven) << deaf << QByteArray("it was killed") << isDriven;
    }
}

void TestCommandRollback::aProgramThatHangsIsAborted()
{
    QFETCH(QByteArray, program);
    QFETCH(QByteArray, words);
    QFETCH(bool, isDriven);
    hook(0, program);
    const auto process = m_world->start(m_world->confirmation(QStringLiteral("shop"), inventory(), older));
    QVERIFY(QTest::qWaitFor([&] { return !Sshd::read(path(0, "pids")).isEmpty(); }, 60'000));
    const QByteArrayList pids = Sshd::read(path(0, "pids")).trimmed().split(' ');
    QCOMPARE(pids.size(), 2);
    QByteArray err;
    QVERIFY(QTest::qWaitFor(
        [&] {
            err += process->readAllStandardError();
            return !RollbackWorld::runIn(err).isEmpty();
        },
        30'000));
    if (!isDriven) {
        ::kill(pid_t(process->processId()), SIGINT);
        QVERIFY(QTest::qWaitFor([&] { return process->state() == QProcess::NotRunning; }, 30'000));
        QCOMPARE(::kill(pids[0].toInt(), 0), 0); // the job goes on without a console
    }
    const CliResult result = m_world->cli(base() + QStringList{QStringLiteral("--abort"), RollbackWorld::runIn(err)});
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains(words), result.out);
    for (const QByteArray &pid : pids)
        QVERIFY(isGone(pid)); // what holds the lock is gone before the lock is
    if (isDriven) {
        const CliResult driver = RollbackWorld::finish(*process, 30'000);
        QVERIFY2(driver.exitCode == 2 && driver.out.contains("It was aborted"), driver.out + driver.err);
    }
    QCOMPARE(live(), QStringList({newer, newer}));
    QVERIFY(calls(1).isEmpty());
    QVERIFY(m_world->auditIsWhole());
    QCOMPARE(m_world->audited(QStringLiteral("rollback.abort")), 1);
    QCOMPARE(m_world->audited(QStringLiteral("rollback.failed")), 1);
    // The claim is given up: the next run goes through.
    QFile::remove(path(0, "hook"));
    const CliResult next = roll(older);
    QVERIFY2(next.exitCode == 0, next.out + next.err);
    QCOMPARE(live(), QStringList({older, older}));
}

void TestCommandRollback::anAbortThatTheDriverDoesNotHear()
{
    hook(0, "echo $$ >pids; sleep 1000\n");
    const auto process = m_world->start(m_world->confirmation(QStringLiteral("shop"), inventory(), older));
    QVERIFY(QTest::qWaitFor([&] { return !Sshd::read(path(0, "pids")).isEmpty(); }, 60'000));
    QVERIFY(process->waitForReadyRead());
    const QString run = RollbackWorld::runIn(process->readAllStandardError());
    ::kill(pid_t(process->processId()), SIGSTOP);
    const CliResult result = m_world->cli(base() + QStringList{QStringLiteral("--abort"), run});
    QVERIFY2(result.exitCode == 75, result.out + result.err);
    QVERIFY2(result.err.contains("does not let go")
                 && result.err.contains("process " + QByteArray::number(process->processId())),
             result.err);
    QTRY_VERIFY(isGone(Sshd::read(path(0, "pids")).trimmed())); // its job ended all the same
    ::kill(pid_t(process->processId()), SIGCONT);
    const CliResult driver = RollbackWorld::finish(*process, 30'000);
    QVERIFY2(driver.exitCode == 3 || driver.exitCode == 2, driver.out + driver.err); // and it begins nothing more
    const CliResult again = m_world->cli(base() + QStringList{QStringLiteral("--abort"), run});
    QVERIFY2(again.exitCode == 2, again.out + again.err);
    QCOMPARE(live(), QStringList({newer, newer}));
    QVERIFY(calls(1).isEmpty());
    QVERIFY(m_world->auditIsWhole());
}

void TestCommandRollback::aProgramThatTakesTooLongIsEnded_data()
{
    QTest::addColumn<QByteArray>("program");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("hears TERM") << QByteArray("echo $$ >pids; sleep 1000\n") << QByteArray("it took too long");
    QTest::newRow("deaf to TERM") << QByteArray("trap '' TERM; echo $$ >pids; while :; do sleep 1; done\n")
                                  << QByteArray("it took too long");
    QTest::newRow("its own word") << QByteArray("echo $$ >pids; exit 124\n") << QByteArray("exit code 124");
}

void TestCommandRollback::aProgramThatTakesTooLongIsEnded()
{
    QFETCH(QByteArray, program);
    QFETCH(QByteArray, words);
    hook(0, program);
    const CliResult result
        = m_world->cli(m_world->confirmation(QStringLiteral("shop"), inventory(QStringLiteral("3s")), older));
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(result.out.contains(words), result.out);
    QVERIFY(isGone(Sshd::read(path(0, "pids")).trimmed()));
    QCOMPARE(live(), QStringList({newer, newer}));
    QVERIFY(calls(1).isEmpty());
    QVERIFY(m_world->auditIsWhole());
}

QTEST_GUILESS_MAIN(TestCommandRollback)
#include "tst_commandrollback.moc"
