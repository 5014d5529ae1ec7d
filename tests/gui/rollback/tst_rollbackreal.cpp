// SPDX-License-Identifier: GPL-3.0-or-later
// The real window, the real runner, real hosts: a release is taken back and forward again by clicks and keys.
#include "../../integration/rollback/rollbackworld.h"

#include "approvalpage.h"
#include "armedbutton.h"
#include "auditpage.h"
#include "backend.h"
#include "changespage.h"
#include "confirmpage.h"
#include "inventoryreader.h"
#include "logview.h"
#include "mainwindow.h"
#include "opstable.h"
#include "preflightpage.h"
#include "rollbackservice.h"
#include "rollbacksession.h"
#include "rollbackwindows.h"
#include "rollbackwizard.h"
#include "runpage.h"
#include "tableaccessible.h"
#include "targetpage.h"
#include "verifypage.h"
#include "windowmodels.h"

#include <QAbstractButton>
#include <QCheckBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>

using namespace taffrail;
using namespace taffrail::test;

namespace {

/// One console: what the program puts together, without its command line.
class Console {
public:
    Console(const QString &inventory, const QString &state)
    {
        const auto read = inventory::readInventory({inventory});
        if (!read)
            qFatal("%s", qPrintable(problemText(read.error().front())));
        console.setEnvironments(read->environments);
        console.setNow(QDateTime::currentDateTimeUtc());
        backend = std::make_unique<Backend>(read->environments, Backend::Options{});
        Runner::Options options;
        options.auditPath = state + QStringLiteral("/audit.db");
        options.runsPath = state + QStringLiteral("/runs.db");
        desk = std::make_unique<RollbackService>(read->environments, backend->transports(), options);
        models.setDesk(desk.get());
        QObject::connect(&backend->monitor(), &Monitor::stateChanged, &desk->runner(), &Runner::takeState);
        QObject::connect(&desk->runner(), &Runner::refreshWanted, backend.get(), &Backend::refresh);
        QObject::connect(&backend->monitor(), &Monitor::stateChanged, &models,
                         [this](const EnvironmentStatePtr &judged) {
                             isRead = isRead || judged->snapshot->observations.front().value();
                             console.apply(judged);
                         });
        window = std::make_unique<ui::MainWindow>(models, state + QStringLiteral("/ui.ini"));
        window->resize(1280, 800);
        window->show();
        backend->start();
        desk->open();
    }

    bool isRead = false;
    items::ConsoleModels console;
    std::unique_ptr<Backend> backend;
    std::unique_ptr<RollbackService> desk;
    ui::WindowModels models{console};
    std::unique_ptr<ui::MainWindow> window;
};

} // namespace

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
    void clickNext()
    {
        QAbstractButton *next = m_wizard->button(QWizard::NextButton);
        QTRY_VERIFY_WITH_TIMEOUT(next->isEnabled(), 30'000);
        QTest::mouseClick(next, Qt::LeftButton);
    }
    static void type(QLineEdit &field, const QString &text)
    {
        QTest::mouseClick(&field, Qt::LeftButton);
        QTest::keyClicks(&field, text);
    }
    void keep(const char *name)
    {
        m_wizard->grab().save(QStringLiteral("rollbackreal-%1.png").arg(QLatin1String(name)));
    }
    /// From the first page to the start, as a person goes.
    void goThrough(const QString &reason)
    {
        QTRY_VERIFY_WITH_TIMEOUT(m_wizard->button(QWizard::NextButton)->isEnabled(), 30'000);
        clickNext(); // what changes
        QTRY_VERIFY_WITH_TIMEOUT(m_wizard->session().plan() != nullptr, 60'000);
        keep("changes");
        clickNext(); // preflight
        keep("preflight");
        for (const auto &each : m_wizard->preflightPage()->acceptances()) {
            QTest::mouseClick(each.tick, Qt::LeftButton, {}, QPoint(8, each.tick->height() / 2));
            type(*each.reason, QStringLiteral("seen"));
        }
        clickNext(); // approval
        clickNext(); // confirm
        type(*m_wizard->confirmPage()->reason(), reason);
        type(*m_wizard->confirmPage()->typed(), QStringLiteral("shop"));
        QTest::keyClick(m_wizard->confirmPage()->typed(), Qt::Key_Return); // never acts
        QTRY_VERIFY_WITH_TIMEOUT(m_wizard->startButton()->isEnabled(), 5'000);
        QVERIFY(m_console->desk->runs().empty() || hasEnded(*m_console->desk->runs().front()));
        QTest::mouseClick(m_wizard->startButton(), Qt::LeftButton);
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
