// SPDX-License-Identifier: GPL-3.0-or-later
// The restart of a host's script, run by real shells with a sudo and a systemctl that only tell what they were asked.
#include "executor.h"
#include "stepscript.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace taffrail;
using namespace taffrail::executors;

class TestRestartStep : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QDir(m_folder->path()).mkdir(QStringLiteral("bin"));
        program("sleep", "exit 0"); // nothing is to be waited for
        program("systemctl",
                "echo \"systemctl $*\" >>\"$HOME/asked\"\n"
                "[ \"$1\" != restart ] || [ ! -e \"$HOME/slow\" ] || exec /bin/sleep 100");
    }
    void sudoIsAskedBeforeTheFirstStep_data();
    void sudoIsAskedBeforeTheFirstStep();
    void aRestartThatHangsEndsWhenItsScriptIsStopped_data();
    void aRestartThatHangsEndsWhenItsScriptIsStopped();
    void aCommandRunsInItsFolder();

private:
    QString path(const QString &name) const { return m_folder->filePath(name); }
    void program(const char *name, const QByteArray &text) const
    {
        QFile file(path(QStringLiteral("bin/") + QLatin1String(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("#!/bin/sh\n" + text + '\n');
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    QByteArray asked() const
    {
        QFile file(path(QStringLiteral("asked")));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    std::unique_ptr<QProcess> begun(const RollbackPolicy &policy, const QString &shell = QStringLiteral("sh")) const
    {
        StepScript script;
        script.step(QStringLiteral("switch"), "echo switched >>\"$HOME/asked\"");
        addRestart(script, policy, m_folder->path());
        auto process = std::make_unique<QProcess>();
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        variables.insert(QStringLiteral("HOME"), m_folder->path());
        variables.insert(QStringLiteral("TF_STEPS"), path(QStringLiteral("steps")));
        variables.insert(QStringLiteral("PATH"),
                         path(QStringLiteral("bin:")) + variables.value(QStringLiteral("PATH")));
        process->setProcessEnvironment(variables);
        process->start(shell, {QStringLiteral("-c"), QString::fromUtf8(script.text())});
        return process;
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestRestartStep::sudoIsAskedBeforeTheFirstStep_data()
{
    QTest::addColumn<QByteArray>("rules"); // as "sudo -l" prints them
    QTest::addColumn<bool>("may");
    const QByteArray wanted = "/usr/bin/systemctl restart shop.service";
    QTest::newRow("this command") << "    (root) NOPASSWD: " + wanted << true;
    QTest::newRow("everything") << QByteArray("    (ALL : ALL) NOPASSWD: ALL") << true;
    QTest::newRow("the program") << QByteArray("    (root) NOPASSWD: /usr/bin/systemctl") << true;
    QTest::newRow("a pattern") << QByteArray("    (root) NOPASSWD: /usr/bin/systemctl * shop.*") << true;
    QTest::newRow("with a password") << QByteArray("    (ALL) ALL") << false;
    QTest::newRow("another without") << QByteArray("    (ALL) ALL\n    (root) NOPASSWD: /usr/bin/true") << false;
    QTest::newRow("another unit without")
        << QByteArray("    (ALL) ALL\n    (root) NOPASSWD: /usr/bin/systemctl restart shop2.service") << false;
    QTest::newRow("the last one counts") << QByteArray("    (ALL) NOPASSWD: ALL\n    (root) /usr/bin/systemctl")
                                         << false;
    QTest::newRow("tags go on") << "    (root) NOEXEC: NOPASSWD: /usr/bin/true, SETENV: " + wanted + ", PASSWD: /bin/x"
                                << true;
    QTest::newRow("tags end") << "    (root) NOPASSWD: /usr/bin/true, PASSWD: " + wanted << false;
    QTest::newRow("of another user") << "    (ALL) ALL\n    (postgres) NOPASSWD: ALL" + QByteArray() << false;
    QTest::newRow("nobody is asked") << QByteArray(
        "Matching Defaults entries for ada on web1:\n    env_reset, !authenticate\n\n    (ALL) ALL")
                                     << true;
    QTest::newRow("what is not understood")
        << QByteArray("    (root) NOPASSWD: ^/usr/bin/systemctl restart [a-z.]+$") << true;
}

void TestRestartStep::sudoIsAskedBeforeTheFirstStep()
{
    QFETCH(QByteArray, rules);
    QFETCH(bool, may);
    // As sudo itself does: "-l COMMAND" says yes as soon as any rule allows it.
    program(
        "sudo",
        "case \"$*\" in\n'-n -l -- systemctl restart shop.service') echo /usr/bin/systemctl restart shop.service ;;\n"
        "'-n -l') cat <<'RULES'\n"
            + rules
            + "\nRULES\n;;\n'-n -v') exit 1 ;;\n"
              "'-n -- '*) shift 2; exec \"$@\" ;;\n*) exit 9 ;; esac");
    RollbackPolicy policy;
    policy.restart = QStringLiteral("unit:shop.service");
    policy.sudo = true;
    for (const char *shell : {"sh", "bash"}) {
        QFile::remove(path(QStringLiteral("asked")));
        const auto process = begun(policy, QLatin1String(shell));
        QVERIFY(process->waitForFinished());
        QCOMPARE(process->exitCode(), may ? 0 : stepexit::sudoAsks);
        QCOMPARE(asked(),
                 may ? QByteArray("switched\nsystemctl restart shop.service\n"
                                  "systemctl is-active --quiet -- shop.service\n")
                     : QByteArray());
    }
}

void TestRestartStep::aRestartThatHangsEndsWhenItsScriptIsStopped_data()
{
    QTest::addColumn<QString>("restart");
    QTest::newRow("a unit") << "unit:shop.service";
    QTest::newRow("a command") << "exec systemctl restart shop.service";
}

void TestRestartStep::aRestartThatHangsEndsWhenItsScriptIsStopped()
{
    QFETCH(QString, restart);
    QFile slow(path(QStringLiteral("slow")));
    QVERIFY(slow.open(QIODevice::WriteOnly));
    RollbackPolicy policy;
    policy.restart = restart;
    policy.restartLimit = std::chrono::seconds(90);
    const auto process = begun(policy);
    QTRY_VERIFY(asked().contains("systemctl restart"));
    process->terminate();
    QVERIFY(process->waitForFinished(20'000)); // its output too: nothing of it runs on
    QCOMPARE(process->exitCode(), 143);
}

void TestRestartStep::aCommandRunsInItsFolder()
{
    RollbackPolicy policy;
    policy.restart = QStringLiteral("pwd -P >>\"$HOME/asked\"; exit 7");
    const auto process = begun(policy);
    QVERIFY(process->waitForFinished());
    QCOMPARE(process->exitCode(), stepexit::restartFailed);
    QCOMPARE(asked(), "switched\n" + QDir(m_folder->path()).canonicalPath().toUtf8() + '\n');
    QVERIFY(process->readAllStandardOutput().contains("the restart failed with exit code 7"));
}

QTEST_GUILESS_MAIN(TestRestartStep)
#include "tst_restartstep.moc"
