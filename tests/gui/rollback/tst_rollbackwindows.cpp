// SPDX-License-Identifier: GPL-3.0-or-later
#include "wizardfixture.h"

#include "actionregistry.h"
#include "bottomdocks.h"
#include "commandpalette.h"
#include "environmentpage.h"
#include "mainwindow.h"
#include "paneframe.h"
#include "rollbackstrip.h"
#include "rollbackwindows.h"
#include "runnotice.h"

#include <QMenu>
#include <QMessageBox>
#include <QSignalSpy>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;

/// The ways into the rollback window from the main window.
class TestRollbackWindows : public QObject {
    Q_OBJECT

    std::unique_ptr<items::ConsoleModels> m_console;
    std::unique_ptr<demo::FakeDesk> m_desk;
    std::unique_ptr<WindowModels> m_models;
    std::unique_ptr<MainWindow> m_window;
    const QString m_production = QStringLiteral("shop-production");

    void makeWindow(bool withDesk)
    {
        m_window.reset();
        m_models = std::make_unique<WindowModels>(*m_console);
        if (withDesk)
            m_models->setDesk(m_desk.get());
        m_window = std::make_unique<MainWindow>(*m_models, QString());
        m_window->show();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    RollbackWizard *wizard() { return m_window->rollbacks()->window(m_production); }

private slots:
    void init()
    {
        m_console = std::make_unique<items::ConsoleModels>();
        std::vector<EnvironmentStatePtr> states = demo::allStates();
        states[0] = demo::stateOf(demo::rollbackEnvironment());
        demo::feed(*m_console, states);
        m_desk = std::make_unique<demo::FakeDesk>();
        makeWindow(true);
    }

    void cleanup()
    {
        m_window.reset();
        m_models.reset();
        m_desk.reset();
        m_console.reset();
    }

    void withoutADeskNothingIsOffered()
    {
        makeWindow(false);
        QVERIFY(!m_window->actions().action(QStringLiteral("environment.rollback")));
        QVERIFY(!m_window->environmentPage()->rollbackStrip());
        m_window->openEnvironment(m_production);
        m_window->rollBack();
        QVERIFY(!wizard());
        QVERIFY(m_window->showPage(QStringLiteral("audit")));
    }

    void opensByKey()
    {
        m_window->openEnvironment(m_production);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(wizard() && wizard()->isVisible());
        QCOMPARE(wizard()->session().target(), QStringLiteral("20262.14.2"));
        QCOMPARE(m_desk->acts(), 0);
    }

    void opensFromThePalette()
    {
        m_window->openEnvironment(m_production);
        m_window->popUpPalette(QStringLiteral("> roll back"));
        QTest::keyClick(m_window->commandPalette()->field(), Qt::Key_Return);
        QVERIFY(wizard() && wizard()->isVisible());
    }

    void withoutAnEnvironmentItSaysSo()
    {
        QSignalSpy told(m_models.get(), &WindowModels::told);
        m_console->select({});
        m_window->rollBack();
        QCOMPARE(told.size(), 1);
    }

    void opensForTheChosenRelease()
    {
        m_window->openEnvironment(m_production);
        OpsTable *table = m_window->environmentPage()->pane(PaneKind::Deployments)->table();
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            if (table->model()
                    ->index(row, items::DeploymentModel::Release)
                    .data()
                    .toString()
                    .startsWith(QStringLiteral("2.14.0")))
                table->setCurrentIndex(table->model()->index(row, 0));
        }
        QCOMPARE(table->actions().size(), 1);
        table->actions().first()->trigger();
        QVERIFY(wizard());
        QCOMPARE(wizard()->session().target(), QStringLiteral("20262.14.0"));
    }

    void theStripNamesTheTarget()
    {
        m_window->openEnvironment(m_production);
        RollbackStrip *strip = m_window->environmentPage()->rollbackStrip();
        QVERIFY(strip->text().contains(QStringLiteral("20262.14.2")));
        OpsTable *table = m_window->environmentPage()->pane(PaneKind::Deployments)->table();
        table->setFocus();
        QTest::keyClick(table, Qt::Key_Down);
        QTest::keyClick(table, Qt::Key_Down);
        QVERIFY2(strip->text().contains(QStringLiteral("20262.14.1: its deploy failed")), qPrintable(strip->text()));
        strip->button()->click();
        QVERIFY(wizard() && !wizard()->button(QWizard::NextButton)->isEnabled());
        m_window->openEnvironment(QStringLiteral("tools-development"));
        QVERIFY(!strip->button()->isEnabled());
    }

    void oneForEachEnvironment()
    {
        RollbackWizard *first = m_window->rollbacks()->open(m_production);
        QCOMPARE(m_window->rollbacks()->open(m_production), first);
        RollbackWizard *other = m_window->rollbacks()->open(QStringLiteral("shop-staging"));
        QVERIFY(other && other != first);
        QVERIFY(first->isVisible() && other->isVisible());
        QVERIFY(!m_window->rollbacks()->open(QStringLiteral("nowhere")));
        const QString wanted = QStringLiteral("20262.14.0");
        first = m_window->rollbacks()->open(m_production, QStringLiteral("capistrano"), wanted);
        QCOMPARE(first->session().target(), wanted);
        QCOMPARE(m_window->rollbacks()->open(m_production, QStringLiteral("capistrano"), wanted), first);
        QPointer<RollbackWizard> gone(first);
        first->reject();
        QTRY_VERIFY(!gone);
        QVERIFY(!wizard());
    }

    void openRunsAreOfferedAtTheStart()
    {
        RollbackRun run = demo::runAt(demo::run(demo::plan(demo::goodGates())), 1, 1);
        run.stage = RunStage::Paused;
        m_desk->known = {std::make_shared<const RollbackRun>(run)};
        makeWindow(true);
        RunNotice *notice = m_window->runNotice();
        QVERIFY(!notice->isHidden());
        QVERIFY(notice->text().contains(QStringLiteral("paused")));
        QCOMPARE(notice->buttons().first()->text(), QStringLiteral("Resume watching"));
        notice->buttons().first()->click();
        QVERIFY(wizard());
        QCOMPARE(wizard()->currentId(), int(RunId));
        QVERIFY(wizard()->runPage()->proceed()->isVisible());
        QCOMPARE(m_desk->acts(), 0); // watching changes nothing
        notice->buttons().last()->click();
        QVERIFY(notice->isHidden());
        ++run.version;
        run.stage = RunStage::Lost;
        m_desk->tell(run);
        QVERIFY(!notice->isHidden()); // it stands otherwise now
    }

    void theActivityShowsOpenRuns()
    {
        ActivityDock *dock = m_window->activityDock();
        dock->raise();
        QVERIFY(dock->runs()->isHidden() || !dock->runs()->isVisible());
        RollbackRun run = demo::runAt(demo::run(demo::plan(demo::goodGates())), 1, 1);
        m_desk->tell(run);
        QCOMPARE(dock->runs()->model()->rowCount(), 1);
        QCOMPARE(dock->runs()->model()->index(0, items::RunModel::Progress).data().toString(),
                 QStringLiteral("host 2 of 3, 4 of 9 steps"));
        QVERIFY(dock->windowTitle().contains(QLatin1Char('1')));
        QTest::keyClick(dock->runs(), Qt::Key_Return);
        QVERIFY(wizard());
        QCOMPARE(wizard()->currentId(), int(RunId));
        wizard()->reject();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        dock->openRunButton()->click();
        QVERIFY(wizard());
        // The one way in goes to the run while it has not ended.
        QCOMPARE(m_window->rollbacks()->open(m_production), wizard());
        ++run.version;
        run.stage = RunStage::Succeeded;
        m_desk->tell(run);
        QCOMPARE(dock->runs()->model()->rowCount(), 0);
        const items::Activity &last = m_console->activity.activityAt(m_console->activity.rowCount() - 1);
        QVERIFY(last.text.contains(QStringLiteral("verified")));
    }

    void rollingForwardIsANewPlan()
    {
        RollbackRun run = demo::runAt(demo::run(demo::plan(demo::goodGates())), 3, 0);
        run.stage = RunStage::Failed;
        m_desk->tell(run);
        RollbackWizard *old = m_window->rollbacks()->openRun(run.id);
        QVERIFY(old);
        QCOMPARE(old->currentId(), int(VerifyId));
        old->verifyPage()->forward()->click();
        QVERIFY(wizard() && wizard() != old);
        QCOMPARE(wizard()->currentId(), int(TargetId));
        QCOMPARE(m_desk->acts(), 0);
    }

    void quittingAsksWhileARunIsOpen()
    {
        RollbackRun run = demo::runAt(demo::run(demo::plan(demo::goodGates())), 1, 1);
        m_desk->tell(run);
        QSignalSpy quit(m_models.get(), &WindowModels::quitRequested);
        m_window->close();
        QVERIFY(m_window->isVisible());
        auto *box = m_window->findChild<QMessageBox *>(QStringLiteral("leaveRuns"));
        QVERIFY(box && box->textFormat() == Qt::PlainText);
        QTest::keyClick(box, Qt::Key_Return);
        QTRY_VERIFY(!m_window->findChild<QMessageBox *>(QStringLiteral("leaveRuns")));
        QVERIFY(m_window->isVisible() && quit.isEmpty());
        m_window->close();
        box = m_window->findChild<QMessageBox *>(QStringLiteral("leaveRuns"));
        const QList<QAbstractButton *> buttons = box->buttons();
        for (QAbstractButton *button : buttons) {
            if (button != box->button(QMessageBox::Cancel))
                button->click();
        }
        QTRY_VERIFY(!m_window->isVisible());
        QCOMPARE(quit.size(), 1);
    }

    void theActionHasOneKeyAndIsNoAct()
    {
        const QAction *action = m_window->actions().action(QStringLiteral("environment.rollback"));
        QVERIFY(action && !action->shortcut().isEmpty());
        QVERIFY(m_window->actions().refused().isEmpty());
    }
};

QTEST_MAIN(TestRollbackWindows)
#include "tst_rollbackwindows.moc"
