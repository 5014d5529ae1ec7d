// SPDX-License-Identifier: GPL-3.0-or-later
// The lab, rolled back and forward from the window by each of the four executors. Docker and apt need root: where they
// cannot be, the program says so and ends with 77, which ctest shows as "Skipped", after the others were tried.
#include "labfixture.h"
#include "realconsole.h"

#include "tableaccessible.h"
#include "verifypage.h"

#include <QApplication>
#include <QSignalSpy>

using namespace taffrail;
using namespace taffrail::test;
using taffrail::tests::LabFixture;

class TestRollbackLab : public QObject {
    Q_OBJECT

public:
    QStringList leftOut() const { return m_leftOut; }

private slots:
    void initTestCase();
    void cleanupTestCase();
    void backAndForward_data();
    void backAndForward();

private:
    /// What the console read last, by host; "" for one that could not be read.
    QStringList live(const QString &environment) const
    {
        QStringList found;
        const EnvironmentStatePtr state = m_console->console.state(environment);
        if (!state || !state->snapshot)
            return {};
        for (const Observation &each : state->snapshot->observations) {
            if (const auto *history = valueAs<DeploymentHistory>(each)) {
                for (const HostRelease &host : history->hosts)
                    found << (host.error ? QString() : host.live);
            }
        }
        found.removeDuplicates();
        return found;
    }
    bool hasSucceeded(int runs) const
    {
        return int(m_console->desk->runs().size()) == runs
            && m_console->desk->runs().front()->stage == RunStage::Succeeded;
    }

    LabFixture m_lab;
    QTemporaryDir m_state;
    std::unique_ptr<Console> m_console;
    QStringList m_leftOut;
    int m_runs = 0;
};

void TestRollbackLab::initTestCase()
{
    ui::TableAccessible::install();
    QVERIFY2(m_lab.up({QStringLiteral("--with"), QStringLiteral("docker,apt")}), qPrintable(m_lab.problem()));
    if (!m_lab.state().contains(QLatin1String("engine")))
        m_leftOut << QStringLiteral("docker");
    if (!m_lab.state().contains(QLatin1String("machine")))
        m_leftOut << QStringLiteral("apt");
    // Only now: the lab keeps what it made for the next time in the home of the person.
    qputenv("HOME", QFile::encodeName(m_state.path()));
    qunsetenv("SSH_AUTH_SOCK");
    m_console = std::make_unique<Console>(m_lab.inventory(), m_state.path());
}

void TestRollbackLab::cleanupTestCase()
{
    if (!m_console)
        return; // the lab did not come up
    QSignalSpy verified(m_console->desk.get(), &items::RollbackDesk::auditVerified);
    m_console->desk->verifyAudit();
    QTRY_COMPARE(verified.size(), 1);
    QCOMPARE(verified[0][1].value<AuditFault>().seq, 0);
    QVERIFY(verified[0][0].value<AuditHead>().seq >= 4 * m_runs); // start, at least one host, the end
    m_console.reset();
    QVERIFY2(m_lab.down(), qPrintable(m_lab.problem()));
}

void TestRollbackLab::backAndForward_data()
{
    QTest::addColumn<QString>("environment");
    QTest::newRow("capistrano") << QStringLiteral("shop-production");
    QTest::newRow("command") << QStringLiteral("reports-production");
    if (!m_leftOut.contains(QLatin1String("docker")))
        QTest::newRow("docker") << QStringLiteral("kiosk-staging");
    if (!m_leftOut.contains(QLatin1String("apt")))
        QTest::newRow("apt") << QStringLiteral("billing-production");
}

void TestRollbackLab::backAndForward()
{
    QFETCH(QString, environment);
    const QString pictures = QStringLiteral("rollbacklab-") + QLatin1String(QTest::currentDataTag());
    QTRY_VERIFY_WITH_TIMEOUT(live(environment).size() == 1, 60'000);
    const QStringList newer = live(environment);
    ui::RollbackWizard *wizard = m_console->window->rollbacks()->open(environment);
    QVERIFY(wizard);
    m_console->goThrough(*wizard, environment, QStringLiteral("5xx since the deploy"), pictures);
    QTRY_VERIFY_WITH_TIMEOUT(hasSucceeded(m_runs + 1), 120'000);
    ++m_runs;
    QTRY_COMPARE_WITH_TIMEOUT(wizard->currentId(), int(ui::VerifyId), 5'000);
    wizard->grab().save(pictures + QStringLiteral("-verified.png"));
    const QString older = m_console->desk->runs().front()->plan.target;
    QVERIFY(older != newer.first());
    QTRY_COMPARE_WITH_TIMEOUT(live(environment), QStringList{older}, 30'000);

    QTest::mouseClick(wizard->verifyPage()->forward(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(m_console->window->rollbacks()->window(environment) != wizard, 10'000);
    wizard = m_console->window->rollbacks()->window(environment);
    m_console->goThrough(*wizard, environment, QStringLiteral("it was not the release"),
                         pictures + QStringLiteral("-forward"));
    QTRY_VERIFY_WITH_TIMEOUT(hasSucceeded(m_runs + 1), 120'000);
    ++m_runs;
    QTRY_COMPARE_WITH_TIMEOUT(live(environment), newer, 30'000);
}

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    TestRollbackLab test;
    const int result = QTest::qExec(&test, argc, argv);
    if (result != 0 || test.leftOut().isEmpty())
        return result;
    std::fprintf(stderr, "Skipped: %s: the lab says why\n", qPrintable(test.leftOut().join(QStringLiteral(", "))));
    return 77;
}
#include "tst_rollbacklab.moc"
