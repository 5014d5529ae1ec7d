// SPDX-License-Identifier: GPL-3.0-or-later
#include "windowactions.h"

#include "actionregistry.h"
#include "detailsdock.h"
#include "environmentsdock.h"
#include "mainwindow.h"
#include "page.h"
#include "windowmodels.h"

#include <QDockWidget>
#include <QMenu>
#include <QMenuBar>

namespace taffrail::ui {

namespace {

constexpr Qt::KeyboardModifiers ctrlShift = Qt::ControlModifier | Qt::ShiftModifier;

QKeySequence keys(Qt::KeyboardModifiers modifiers, Qt::Key key)
{
    return QKeySequence(QKeyCombination(modifiers, key));
}

class Maker {
public:
    Maker(ActionRegistry &actions, QMenu *menu) : m_actions(actions), m_menu(menu) {}

    void add(const char *id, const QString &text, const QList<QKeySequence> &shortcuts,
             const std::function<void()> &act)
    {
        m_menu->addAction(
            m_actions.add({QString::fromLatin1(id), text, shortcuts, QStringLiteral("window"), false}, act));
    }

private:
    ActionRegistry &m_actions;
    QMenu *m_menu;
};

void makeGoMenu(MainWindow &window, ActionRegistry &actions)
{
    Maker go(actions, window.menuBar()->addMenu(MainWindow::tr("&Go")));
    go.add("go.palette", MainWindow::tr("&Find or run…"), {keys(Qt::ControlModifier, Qt::Key_K)},
           [&window] { window.popUpPalette({}); });
    go.add("go.board", MainWindow::tr("Show &board"), {keys(Qt::ControlModifier, Qt::Key_1)},
           [&window] { window.showBoard(); });
    go.add("go.environment", MainWindow::tr("Show &environment"), {keys(Qt::ControlModifier, Qt::Key_2)},
           [&window] { window.showPage(QStringLiteral("environment")); });
    go.add("go.compare", MainWindow::tr("Show co&mpare"), {keys(Qt::ControlModifier, Qt::Key_4)},
           [&window] { window.showCompare(); });
    go.add("go.audit", MainWindow::tr("Show a&udit"), {keys(Qt::ControlModifier, Qt::Key_6)},
           [&window] { window.showAudit(); });
    go.add("go.readiness", MainWindow::tr("Show &readiness"), {keys(Qt::ControlModifier, Qt::Key_7)},
           [&window] { window.showReadiness(); });
    go.add("go.connections", MainWindow::tr("Show &connections"), {keys(Qt::ControlModifier, Qt::Key_8)},
           [&window] { window.showConnections(); });
    go.add("go.back", MainWindow::tr("Bac&k"), {keys(Qt::AltModifier, Qt::Key_Left)}, [&window] { window.goBack(); });
    go.add("go.forward", MainWindow::tr("F&orward"), {keys(Qt::AltModifier, Qt::Key_Right)},
           [&window] { window.goForward(); });
    go.add("go.nextEnvironment", MainWindow::tr("&Next environment"), {keys(Qt::ControlModifier, Qt::Key_PageDown)},
           [&window] { window.stepEnvironment(1); });
    go.add("go.previousEnvironment", MainWindow::tr("&Previous environment"),
           {keys(Qt::ControlModifier, Qt::Key_PageUp)}, [&window] { window.stepEnvironment(-1); });
    go.add("go.nextPane", MainWindow::tr("Next p&ane"), {keys(Qt::NoModifier, Qt::Key_F6)},
           [&window] { window.currentPage()->cyclePane(true); });
    go.add("go.previousPane", MainWindow::tr("Pre&vious pane"), {keys(Qt::ShiftModifier, Qt::Key_F6)},
           [&window] { window.currentPage()->cyclePane(false); });
}

void makeViewMenu(MainWindow &window, WindowModels &models, ActionRegistry &actions)
{
    QMenu *menu = window.menuBar()->addMenu(MainWindow::tr("&View"));
    Maker view(actions, menu);
    view.add("view.filter", MainWindow::tr("&Filter"), {keys(Qt::ControlModifier, Qt::Key_F)},
             [&window] { window.currentPage()->focusFilter(); });
    view.add("view.details", MainWindow::tr("Show or hide &details"), {keys(Qt::ControlModifier, Qt::Key_I)},
             [&window] { window.toggleDetails(); });
    view.add("view.maximise", MainWindow::tr("&Maximise pane"), {keys(ctrlShift, Qt::Key_M)},
             [&window] { window.currentPage()->toggleMaximized(); });
    view.add("view.zone", MainWindow::tr("Switch UTC and local &time"), {keys(Qt::NoModifier, Qt::Key_F8)},
             [&models] { models.time.toggle(); });
    view.add("view.wall", MainWindow::tr("&Wall mode"), {keys(Qt::NoModifier, Qt::Key_F11)},
             [&window] { window.toggleWall(); });
    view.add("view.reset", MainWindow::tr("&Reset layout"), {}, [&window] { window.resetLayout(); });
    menu->addSeparator();
    const QList<QDockWidget *> docks = window.findChildren<QDockWidget *>();
    for (QDockWidget *dock : docks)
        menu->addAction(dock->toggleViewAction());
}

} // namespace

void setupActions(MainWindow &window, WindowModels &models, ActionRegistry &actions)
{
    Maker file(actions, window.menuBar()->addMenu(MainWindow::tr("&File")));
    file.add("file.setup", MainWindow::tr("&Add environments\u2026"), {}, [&window] { window.showSetup(); });
    file.add("file.quit", MainWindow::tr("&Quit"), {keys(Qt::ControlModifier, Qt::Key_Q)},
             [&window] { window.close(); });
    Maker edit(actions, window.menuBar()->addMenu(MainWindow::tr("&Edit")));
    edit.add("edit.copy", MainWindow::tr("&Copy rows"), {keys(Qt::ControlModifier, Qt::Key_C)},
             [&window] { window.copyRows(false); });
    edit.add("edit.copyMarkdown", MainWindow::tr("Copy rows as &Markdown"), {keys(ctrlShift, Qt::Key_C)},
             [&window] { window.copyRows(true); });
    if (models.desk() || models.compareDesk()) {
        edit.add("edit.export", MainWindow::tr("&Export\u2026"), {keys(ctrlShift, Qt::Key_E)},
                 [&window] { window.exportCurrent(); });
    }
    makeViewMenu(window, models, actions);
    makeGoMenu(window, actions);
    Maker environment(actions, window.menuBar()->addMenu(MainWindow::tr("&Environment")));
    environment.add("environment.refresh", MainWindow::tr("&Refresh this screen"), {keys(Qt::NoModifier, Qt::Key_F5)},
                    [&window] { window.refreshCurrent(); });
    environment.add("environment.refreshAll", MainWindow::tr("Refresh &all"), {keys(Qt::ShiftModifier, Qt::Key_F5)},
                    [&window] { window.refreshAll(); });
    environment.add("environment.retry", MainWindow::tr("Retr&y connections"), {},
                    [&models] { emit models.retryRequested(models.console.selected()); });
    environment.add("environment.test", MainWindow::tr("&Test connection"), {keys(ctrlShift, Qt::Key_T)},
                    [&window] { window.testConnection(); });
    environment.add("environment.testAll", MainWindow::tr("Test all co&nnections"), {},
                    [&window] { window.testAllConnections(); });
    if (models.compareDesk()) {
        environment.add("environment.compare", MainWindow::tr("&Compare with its relatives"),
                        {keys(ctrlShift, Qt::Key_K)}, [&window] { window.compareSelected(); });
    }
    if (models.desk()) {
        // Opens a window that only reads and plans: what acts has its own button there, and no shortcut.
        environment.add("environment.rollback", MainWindow::tr("Roll &back\u2026"), {keys(ctrlShift, Qt::Key_B)},
                        [&window] { window.rollBack(); });
    }
    if (models.drillDesk()) {
        environment.add("environment.drill", MainWindow::tr("Restore &drill\u2026"), {},
                        [&window] { window.tryBackup(); });
    }
    Maker tools(actions, window.menuBar()->addMenu(MainWindow::tr("&Tools")));
    tools.add("tools.settings", MainWindow::tr("&Settings\u2026"), {keys(Qt::ControlModifier, Qt::Key_Comma)},
              [&window] { window.showSettings(); });
    Maker help(actions, window.menuBar()->addMenu(MainWindow::tr("&Help")));
    help.add("help.keys", MainWindow::tr("Show &keys"),
             {keys(Qt::NoModifier, Qt::Key_F1), keys(Qt::ControlModifier, Qt::Key_Question)},
             [&window] { window.showShortcuts(); });
}

} // namespace taffrail::ui
