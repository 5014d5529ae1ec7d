// SPDX-License-Identifier: GPL-3.0-or-later
// The lab, rolled back and forward from the command line by each of the four executors. Docker and apt need root: where
// they cannot be, the program says so and ends with 77, which ctest shows as "Skipped", after the others were tried.
#include "labfixture.h"
#include "rollbackconsole.h"

using namespace taffrail::test;
using taffrail::tests::LabFixture;

namespace {

const QString notThere = QStringLiteral("not there");

} // namespace

class TestLabAllExecutors : public QObject {
    Q_OBJECT

public:
    /// What was left out, and where the lab says why.
    QStringList leftOut() const { return m_leftOut; }

private slots:
    void initTestCase();
    void cleanupTestCase() { QVERIFY2(m_lab.down(), qPrintable(m_lab.problem())); }
    void backAndForward_data();
    void backAndForward();

private:
    CliResult roll(const QString &environment, const QString &target)
    {
        const QStringList arguments = m_console.confirmation(environment, m_lab.inventory(), target);
        return arguments.isEmpty() ? CliResult{} : m_console.cli(arguments);
    }
    static QString ran(const QString &program, const QStringList &arguments)
    {
        QProcess process;
        process.setStandardInputFile(QProcess::nullDevice());
        process.start(program, arguments);
        process.waitForFinished(30'000);
        return process.exitCode() == 0 ? QString::fromUtf8(process.readAllStandardOutput()).trimmed() : notThere;
    }
    QString onHost(const QString &host, const QString &command) const
    {
        return ran(QStringLiteral("ssh"), {QStringLiteral("-F"), m_lab.sshConfig(), host, command});
    }
    /// What every host of the environment runs, asked past Taffrail; one answer when they agree.
    QStringList truth(const QString &environment) const;
    QString kiosk(const QString &format) const
    {
        const QString socket = m_lab.state()[QStringLiteral("engine")].toObject()[QStringLiteral("socket")].toString();
        return ran(QStringLiteral("docker"),
                   {QStringLiteral("-H"), socket, QStringLiteral("inspect"), QStringLiteral("-f"), format,
                    QStringLiteral("kiosk")});
    }

    LabFixture m_lab;
    RollbackConsole m_console;
    QStringList m_leftOut;
};

void TestLabAllExecutors::initTestCase()
{
    QVERIFY2(m_lab.up({QStringLiteral("--with"), QStringLiteral("docker,apt")}), qPrintable(m_lab.problem()));
    if (!m_lab.state().contains(QLatin1String("engine")))
        m_leftOut << QStringLiteral("docker");
    if (!m_lab.state().contains(QLatin1String("machine")))
        m_leftOut << QStringLiteral("apt");
}

QStringList TestLabAllExecutors::truth(const QString &environment) const
{
    QStringList found;
    if (environment == QLatin1String("shop-production")) {
        for (const char *host : {"shop-web1", "shop-web2", "shop-web3"}) {
            // The link, and what the process behind the web server says that it is.
            found << onHost(QLatin1String(host), QStringLiteral("basename \"$(readlink /srv/shop/current)\""));
            const QByteArray said = ran(QStringLiteral("curl"),
                                        {QStringLiteral("-s"), QStringLiteral("--cacert"), m_lab.caFile(),
                                         m_lab.healthUrl(QLatin1String(host))})
                                        .toUtf8();
            found << QJsonDocument::fromJson(said)[QLatin1String("releaseId")].toString(notThere);
        }
    } else if (environment == QLatin1String("reports-production")) {
        for (const char *host : {"reports-app1", "reports-app2"})
            found << onHost(QLatin1String(host), QStringLiteral("cat /srv/reports/live"));
    } else if (environment == QLatin1String("kiosk-staging")) {
        found << kiosk(QStringLiteral("{{if .State.Running}}{{.Image}}{{end}}"));
    } else {
        found << onHost(QStringLiteral("billing-app"), QStringLiteral("dpkg-query -W -f '${Version}' billing"));
        const int port = m_lab.state()[QStringLiteral("machine")].toObject()[QStringLiteral("service_port")].toInt();
        const QString url = QStringLiteral("http://%1:%2/healthz")
                                .arg(m_lab.host(QStringLiteral("billing-app")).address, QString::number(port));
        const QByteArray said = ran(QStringLiteral("curl"), {QStringLiteral("-s"), url}).toUtf8();
        found << QJsonDocument::fromJson(said)[QLatin1String("version")].toString(notThere);
    }
    found.removeDuplicates();
    return found;
}

void TestLabAllExecutors::backAndForward_data()
{
    QTest::addColumn<QString>("environment");
    QTest::newRow("capistrano") << QStringLiteral("shop-production");
    QTest::newRow("command") << QStringLiteral("reports-production");
    if (!m_leftOut.contains(QLatin1String("docker")))
        QTest::newRow("docker") << QStringLiteral("kiosk-staging");
    if (!m_leftOut.contains(QLatin1String("apt")))
        QTest::newRow("apt") << QStringLiteral("billing-production");
}

void TestLabAllExecutors::backAndForward()
{
    QFETCH(QString, environment);
    const int before = m_console.audited(QStringLiteral("rollback.succeeded"));
    const QStringList newer = truth(environment);
    QVERIFY2(newer.size() == 1 && newer[0] != notThere, qPrintable(newer.join(QLatin1Char(' '))));

    const CliResult back = roll(environment, {}); // to what was live and good before
    QVERIFY2(back.exitCode == 0, back.out + back.err);
    const QStringList older = truth(environment);
    QVERIFY2(older.size() == 1 && older[0] != notThere, qPrintable(older.join(QLatin1Char(' '))));
    QVERIFY(older != newer);

    const CliResult forward = roll(environment, newer[0]);
    QVERIFY2(forward.exitCode == 0, forward.out + forward.err);
    QCOMPARE(truth(environment), newer);
    QCOMPARE(m_console.audited(QStringLiteral("rollback.succeeded")), before + 2);
    QVERIFY(m_console.auditIsWhole());
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    TestLabAllExecutors test;
    const int result = QTest::qExec(&test, argc, argv);
    if (result != 0 || test.leftOut().isEmpty())
        return result;
    std::fprintf(stderr, "Skipped: %s: the lab says why\n", qPrintable(test.leftOut().join(QStringLiteral(", "))));
    return 77;
}
#include "tst_laballexecutors.moc"
