// SPDX-License-Identifier: GPL-3.0-or-later
// What the looks of all executors say of sudo: run by a real shell, with a sudo that only tells its rules.
#include "executor.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace taffrail;
using namespace taffrail::executors;

class TestSudoLook : public QObject {
    Q_OBJECT

private slots:
    void init();
    void aPlanIsRefusedWhenSudoWouldAsk_data();
    void aPlanIsRefusedWhenSudoWouldAsk();
    void everyLookAsksForTheUnit();

private:
    void program(const char *name, const QByteArray &text) const
    {
        QFile file(m_folder->filePath(QStringLiteral("bin/") + QLatin1String(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("#!/bin/sh\n" + text + '\n');
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    sources::ShellReply run(const QByteArray &script) const
    {
        QProcess process;
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        variables.insert(QStringLiteral("PATH"),
                         m_folder->filePath(QStringLiteral("bin:")) + variables.value(QStringLiteral("PATH")));
        process.setProcessEnvironment(variables);
        process.start(QStringLiteral("sh"), {QStringLiteral("-s")});
        process.write(script);
        process.closeWriteChannel();
        process.waitForFinished();
        sources::ShellReply reply;
        reply.out = process.readAllStandardOutput();
        return reply;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestSudoLook::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QDir(m_folder->path()).mkdir(QStringLiteral("bin"));
    program("systemctl", "echo loaded");
    program("own", "exit 0");
    program("dpkg-query", "case $3 in PACKAGE*) printf 'PACKAGE\\tshop\\t1.4.0-1\\tinstalled\\tinstall\\n' ;; esac");
    program("apt-get", "[ \"$1\" != -s ] || echo 'Inst shop [1.4.0-1] (1.3.0-1 origin [all])'");
    program("apt-cache", "exit 0");
    // As sudo itself does: "-l COMMAND" says yes as soon as any rule allows it, with or without a password.
    program("sudo",
            "case \"$*\" in\n'-n -l -- '*) shift 3; echo \"/usr/bin/$*\" ;;\n'-n -l') cat \"${0%/*}/../rules\" ;;\n*) "
            "exit 1 ;; esac");
}

void TestSudoLook::aPlanIsRefusedWhenSudoWouldAsk_data()
{
    QTest::addColumn<QString>("method");
    QTest::addColumn<QByteArray>("rules");
    QTest::addColumn<QString>("trouble"); // "" = none
    const QByteArray asks = "    (ALL : ALL) ALL\n",
                     unit = "    (root) NOPASSWD: /usr/bin/systemctl restart shop.service\n",
                     apt = "    (root) NOPASSWD: /usr/bin/apt-get\n",
                     narrow = "    (root) NOPASSWD: /usr/bin/apt-get install\n";
    const QString noApt = QStringLiteral("to run apt-get"), noUnit = QStringLiteral("to restart shop.service");
    QTest::newRow("apt: all") << "apt" << asks + apt + unit << QString();
    QTest::newRow("apt: asks for everything") << "apt" << asks << noApt;
    QTest::newRow("apt: another command is free") << "apt" << asks + unit << noApt;
    QTest::newRow("apt: other words are free") << "apt" << asks + narrow + unit << noApt;
    QTest::newRow("apt: the unit is not") << "apt" << asks + apt << noUnit;
    QTest::newRow("command: free") << "command" << asks + unit << QString();
    QTest::newRow("command: the unit is not") << "command" << asks + apt << noUnit;
}

void TestSudoLook::aPlanIsRefusedWhenSudoWouldAsk()
{
    QFETCH(QString, method);
    QFETCH(QByteArray, rules);
    QFETCH(QString, trouble);
    QFile file(m_folder->filePath(QStringLiteral("rules")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(rules);
    file.close();
    SourceEntry entry;
    entry.id = entry.source = method;
    entry.options = {{QStringLiteral("package"), QStringLiteral("shop")}};
    RollbackPolicy policy;
    policy.method = method;
    policy.sudo = true;
    policy.restart = QStringLiteral("unit:shop.service");
    policy.command = QStringList{QStringLiteral("own")};
    Release from, to;
    from.id = QStringLiteral("1.4.0-1");
    to.id = QStringLiteral("1.3.0-1");
    const HostSwitch part{entry, policy, QStringLiteral("prod"), QStringLiteral("web1"), from, to};
    const Executor *executor = executorFor(entry, policy);
    QVERIFY(executor);
    const auto look = executor->look(part);
    QVERIFY(look);
    const auto steps = executor->steps(part, run(look->script));
    QCOMPARE(steps.has_value(), trouble.isEmpty());
    if (!steps) {
        QCOMPARE(steps.error().kind, ErrorKind::Denied);
        QVERIFY2(steps.error().text.contains(trouble), qPrintable(steps.error().text));
    }
}

void TestSudoLook::everyLookAsksForTheUnit()
{
    RollbackPolicy policy;
    policy.sudo = true;
    policy.restart = QStringLiteral("unit:shop.service");
    policy.command = QStringList{QStringLiteral("own")};
    const QPair<QString, QString> images{QStringLiteral("sha256:") + QString(64, QLatin1Char('b')),
                                         QStringLiteral("sha256:") + QString(64, QLatin1Char('a'))};
    const QPair<QString, QString> commits{QString(40, QLatin1Char('b')), QString(40, QLatin1Char('a'))};
    const QHash<QString, QPair<QString, QString>> releases{
        {QStringLiteral("capistrano"), {QStringLiteral("20261102120000"), QStringLiteral("20261101120000")}},
        {QStringLiteral("apt"), {QStringLiteral("1.4.0-1"), QStringLiteral("1.3.0-1")}},
        {QStringLiteral("command"), {QStringLiteral("b"), QStringLiteral("a")}},
        {QStringLiteral("docker"), images},
        {QStringLiteral("compose"), images},
        {QStringLiteral("git"), commits},
        {QStringLiteral("kamal"), commits},
        {QStringLiteral("deployer"), {QStringLiteral("2"), QStringLiteral("1")}}};
    for (const Executor *executor : allExecutors()) {
        // What a scheduler runs has no unit of its own on a host.
        if (QStringList{QStringLiteral("kubernetes"), QStringLiteral("helm"), QStringLiteral("nomad")}.contains(
                QString::fromLatin1(executor->method)))
            continue;
        SourceEntry entry;
        entry.id = entry.source = QString::fromLatin1(executor->method);
        entry.options = {{QStringLiteral("package"), QStringLiteral("shop")},
                         {QStringLiteral("container"), QStringLiteral("shop")},
                         {QStringLiteral("project"), QStringLiteral("shop")},
                         {QStringLiteral("service"), QStringLiteral("shop")},
                         {QStringLiteral("path"), QStringLiteral("/srv/shop")}};
        Release from, to;
        from.id = releases.value(entry.id).first;
        to.id = releases.value(entry.id).second;
        const auto look = executor->look({entry, policy, QStringLiteral("prod"), QStringLiteral("web1"), from, to});
        QVERIFY2(look && look->script.contains("\ntf_may_sudo systemctl restart 'shop.service' ||"), executor->method);
    }
}

QTEST_GUILESS_MAIN(TestSudoLook)
#include "tst_sudolook.moc"
