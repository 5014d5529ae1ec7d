// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakedrilldesk.h"

#include "demotests.h"

#include "actionregistry.h"
#include "armedbutton.h"
#include "drillwindow.h"
#include "drillwindows.h"
#include "environmentpage.h"
#include "mainwindow.h"
#include "opstable.h"
#include "paneframe.h"
#include "windowmodels.h"

#include <QAbstractItemModelTester>
#include <QLineEdit>
#include <QTest>

using namespace taffrail;
using namespace taffrail::ui;

class TestDrillWindow : public QObject {
    Q_OBJECT

    std::unique_ptr<items::ConsoleModels> m_console;
    std::unique_ptr<demo::FakeDrillDesk> m_desk;
    std::unique_ptr<WindowModels> m_models;
    std::unique_ptr<MainWindow> m_window;
    const QString m_production = QStringLiteral("shop-production");

    DrillWindow *open()
    {
        m_console->select(m_production);
        return m_window->drills()->open(m_production);
    }
    DrillPlanPtr plan(Verdict worst = Verdict::Pass)
    {
        DrillPlan made = demo::drillPlan();
        made.gates[3].verdict = worst;
        made.gates[3].overridable = worst == Verdict::Warn;
        return std::make_shared<const DrillPlan>(made);
    }

private slots:
    void init()
    {
        m_console = std::make_unique<items::ConsoleModels>();
        demo::feed(*m_console, demo::allStates());
        m_desk = std::make_unique<demo::FakeDrillDesk>();
        m_models = std::make_unique<WindowModels>(*m_console);
        m_models->setDrillDesk(m_desk.get());
        m_window = std::make_unique<MainWindow>(*m_models, QString());
        m_window->show();
    }
    void cleanup()
    {
        m_window.reset();
        m_models.reset();
        m_desk.reset();
        m_console.reset();
    }

    void thePaneOffersIt()
    {
        m_console->select(m_production);
        PaneFrame *pane = m_window->environmentPage()->pane(PaneKind::Backups);
        QAction *action = nullptr;
        for (QAction *each : pane->table()->actions()) {
            if (each->text().contains(QLatin1String("drill")))
                action = each;
        }
        QVERIFY(action);
        pane->table()->setCurrentIndex(pane->table()->model()->index(0, 0));
        action->trigger();
        QVERIFY(m_desk->wished.value(0).startsWith(QLatin1String("plan shop-production")));
    }

    void aReasonStartsIt()
    {
        DrillWindow *window = open();
        QVERIFY(window && !window->isModal());
        emit m_desk->planned(plan());
        QVERIFY(!window->startButton()->isEnabled());
        QTest::keyClicks(window->reasonLine(), QStringLiteral("monthly"));
        QTRY_VERIFY(window->startButton()->isEnabled());
        QTest::keyClick(window->reasonLine(), Qt::Key_Return); // never starts it
        QCOMPARE(m_desk->wished.size(), 1);
        window->startButton()->click();
        QCOMPARE(m_desk->wished.last(), QStringLiteral("start aaaa monthly"));
        emit m_desk->drillChanged(std::make_shared<const DrillRun>(demo::drillUnderWay()));
        QVERIFY(window->run());
        QVERIFY(m_desk->wished.last().startsWith(QLatin1String("watch")));
        QVERIFY(!window->startButton()->isVisible());
        emit m_desk->drillChanged(std::make_shared<const DrillRun>(demo::passedDrill()));
        QVERIFY2(window->noticeText().contains(QLatin1String("comes up")), qPrintable(window->noticeText()));
    }

    void whatBlocksStopsIt()
    {
        DrillWindow *window = open();
        emit m_desk->planned(plan(Verdict::Block));
        window->reasonLine()->setText(QStringLiteral("monthly"));
        QTRY_VERIFY(window->startButton()->isArmed());
        QVERIFY(!window->startButton()->isEnabled());
    }

    void aRefusalIsShown()
    {
        DrillWindow *window = open();
        emit m_desk->planRefused(m_production,
                                 {ErrorKind::NotFound,
                                  QStringLiteral("plan"),
                                  QStringLiteral("x"),
                                  QStringLiteral("no usable backup is listed"),
                                  {}});
        QVERIFY(window->noticeText().contains(QLatin1String("no usable backup")));
    }

    void theOneUnderWayComesFirst()
    {
        m_desk->known = {std::make_shared<const DrillRun>(demo::drillUnderWay())};
        DrillWindow *window = open();
        QVERIFY(window->run());
        QVERIFY(!m_desk->wished.join(QLatin1Char(' ')).contains(QLatin1String("plan ")));
    }

    void theModelsHold()
    {
        items::DrillPhaseModel phases;
        items::DrillCheckModel checks;
        const QAbstractItemModelTester one(&phases), two(&checks);
        for (const DrillRun &run : {demo::drillUnderWay(), demo::passedDrill(), demo::failedDrill()}) {
            phases.show(run);
            checks.show(run);
            QCOMPARE(phases.rowCount(), drillPhaseCount);
            QVERIFY(checks.rowCount() > 0);
        }
        phases.show(demo::drillPlan());
        checks.show(demo::drillPlan());
        QCOMPARE(checks.rowCount(), 3);
    }
};

QTEST_MAIN(TestDrillWindow)
#include "tst_drillwindow.moc"
