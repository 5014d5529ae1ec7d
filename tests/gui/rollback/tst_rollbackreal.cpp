// SPDX-License-Identifier: GPL-3.0-or-later
// The real window, the real runner, real hosts: a release is taken back and forward again by clicks and keys.
#include "../../integration/rollback/rollbackworld.h"

#include "realconsole.h"

#include "auditpage.h"
#include "logview.h"
#include "opstable.h"
#include "runpage.h"
#include "tableaccessible.h"
#include "verifypage.h"

#include <QSignalSpy>

using namespace taffrail;
using namespace taffrail::test;

class TestRollbackReal : public QObject {
    Q_OBJECT

    std::unique_ptr<RollbackWorld> m_world;
    std::unique_ptr<Console> m_console;
    ui::RollbackWizard *m_wizard = nullptr;

    void openConsole(const QString &inventory, const QString &state = QStringLiteral("window"))
    {
        QDir().mkpath(m_world->file(state));
        m_console = std::make_unique<Console>(inventory, m_world->file(state));
        QTRY_VERIFY_WITH_TIMEOUT(m_console->isRead, 10'000);
    }
    /// From the first page to the start, as a person goes.
    void goThrough(const QString &reason) { m_console->goThrough(*m_wizard, QStringLiteral("shop"), reason); }
    void keep(const char *name)
    {
        m_wizard->grab().save(QStringLiteral("rollbackreal-%1.png").arg(QLatin1String(name)));
    }
    QStringList live() const { return {m_world->live(0), m_world->live(1), m_world->live(2)}; }
    static QStringList everywhere(const QString &release) { return {release, release, release}; }

private slots:
    void initTestCase() { ui::TableAccessible::install(); }
    void init()
    {
        m_world = std::make_unique<RollbackWorld>(3);
        m_world->deployAll();
        qputenv("HOME", QFile::encodeName(m_world->file(QStringLiteral("home"))));
        qunsetenv("SSH_AUTH_SOCK");
    }
    void cleanup()
    {
        m_console.reset();
        m_world.reset();
    }
    void backAndForwardByClicksAndKeys();
    void aWindowThatGoesAwayIsTakenUpAgain();
};

void TestRollbackReal::backAndForwardByClicksAndKeys()
{
    openConsole(m_world->writeInventory({m_world->environment(QStringLiteral("shop"))}));
    m_wizard = m_console->window->rollbacks()->open(QStringLiteral("shop"));
    QVERIFY(m_wizard);
    goThrough(QStringLiteral("5xx since the deploy"));
    QTRY_COMPARE_WITH_TIMEOUT(live(), everywhere(olderRelease), 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(
        !m_console->desk->runs().empty() && m_console->desk->runs().front()->stage == RunStage::Succeeded, 60'000);
    QTRY_COMPARE_WITH_TIMEOUT(m_wizard->currentId(), int(ui::VerifyId), 5'000);
    keep("verified");
    for (int i = 0; i < 3; ++i)
        QCOMPARE(m_world->restarts(i), QStringList{olderRelease});
    QTRY_VERIFY_WITH_TIMEOUT(m_wizard->runPage()->log()->toPlainText().contains(QStringLiteral("live: ")), 10'000);

    QTest::mouseClick(m_wizard->verifyPage()->forward(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(m_console->window->rollbacks()->window(QStringLiteral("shop")) != m_wizard, 10'000);
    m_wizard = m_console->window->rollbacks()->window(QStringLiteral("shop")); // a window of its own
    QCOMPARE(m_wizard->currentId(), int(ui::TargetId));
    goThrough(QStringLiteral("it was not the release"));
    QTRY_COMPARE_WITH_TIMEOUT(live(), everywhere(newerRelease), 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(
        m_console->desk->runs().size() == 2 && m_console->desk->runs().front()->stage == RunStage::Succeeded, 60'000);
    // What was done stands in the audit, and its chain is whole.
    QSignalSpy verified(m_console->desk.get(), &items::RollbackDesk::auditVerified);
    m_console->desk->verifyAudit();
    QTRY_COMPARE(verified.size(), 1);
    QCOMPARE(verified[0][1].value<AuditFault>().seq, 0);
    QCOMPARE(verified[0][0].value<AuditHead>().seq, 16); // twice: start, 3 hosts begun and ended, the end
}

void TestRollbackReal::aWindowThatGoesAwayIsTakenUpAgain()
{
    const QString inventory = m_world->writeInventory({m_world->environment(
        QStringLiteral("shop"), QStringLiteral("shop"),
        {{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 1; "))}})});
    openConsole(inventory);
    m_wizard = m_console->window->rollbacks()->open(QStringLiteral("shop"));
    goThrough(QStringLiteral("5xx since the deploy"));
    QTRY_COMPARE_WITH_TIMEOUT(m_world->live(0), olderRelease, 60'000);
    m_console.reset(); // the laptop is closed in the middle of the first host's restart
    QTRY_COMPARE_WITH_TIMEOUT(m_world->restarts(0), QStringList{olderRelease}, 30'000);
    QCOMPARE(m_world->live(1), newerRelease);

    openConsole(inventory);
    QTRY_VERIFY_WITH_TIMEOUT(
        !m_console->desk->runs().empty() && m_console->desk->runs().front()->stage == RunStage::Paused, 30'000);
    const RollbackRunPtr paused = m_console->desk->runs().front();
    QCOMPARE(paused->hosts[0].stage, HostStage::Switched);
    m_wizard = m_console->window->rollbacks()->openRun(paused->id);
    QVERIFY(m_wizard);
    keep("paused");
    QTRY_VERIFY_WITH_TIMEOUT(m_wizard->runPage()->proceed()->isEnabled(), 10'000);
    QTest::mouseClick(m_wizard->runPage()->proceed(), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(live(), everywhere(olderRelease), 60'000);
    QTRY_COMPARE_WITH_TIMEOUT(m_console->desk->runs().front()->stage, RunStage::Succeeded, 60'000);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(m_world->restarts(i), QStringList{olderRelease});
}

QTEST_MAIN(TestRollbackReal)
#include "tst_rollbackreal.moc"
