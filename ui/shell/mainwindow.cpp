// SPDX-License-Identifier: GPL-3.0-or-later
#include "mainwindow.h"

#include "actionregistry.h"
#include "appearance.h"
#include "auditpage.h"
#include "readinesspage.h"
#include "boardpage.h"
#include "bottomdocks.h"
#include "commandpalette.h"
#include "comparepage.h"
#include "connectionspage.h"
#include "detailsdock.h"
#include "environmentpage.h"
#include "environmentsdock.h"
#include "opstable.h"
#include "paneframe.h"
#include "questionarea.h"
#include "drillwindows.h"
#include "rollbackwindows.h"
#include "runnotice.h"
#include "setuppage.h"
#include "statusline.h"
#include "tableaccessible.h"
#include "windowactions.h"
#include "windowmodels.h"

#include <QApplication>
#include <QCloseEvent>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QVBoxLayout>

namespace taffrail::ui {

namespace {

constexpr int storeEveryMs = 5000;

} // namespace

MainWindow::MainWindow(WindowModels &models, const QString &uiStatePath, QWidget *parent)
    : QMainWindow(parent),
      m_models(models),
      m_state(uiStatePath, models.save),
      m_preferences(m_state, this),
      m_appearance(new Appearance(this)),
      m_actions(new ActionRegistry(this)),
      m_questions(nullptr),
      m_stack(nullptr)
{
    TableAccessible::install();
    setObjectName(QStringLiteral("mainWindow"));
    setDockOptions(AnimatedDocks | AllowTabbedDocks);
    resize(1280, 800);
    setupPages();
    setupDocks();
    setupActions(*this, models, *m_actions);
    m_palette = new CommandPalette(models, *m_actions, this);
    connectPages();
    auto *line = new StatusLine(models, statusBar());
    connect(line, &StatusLine::connectionsRequested, this, &MainWindow::showConnections);
    m_firstLayout = saveState(WindowState::layoutVersion);
    m_state.restore(*this);
    setupPreferences();
    setupNotifier();
    setupRollbacks();
    setupCompare();
    visit({m_models.console.environments().isEmpty() ? static_cast<Page *>(m_setup) : m_board, {}});
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget *, QWidget *now) { followFocus(now); });
    auto *timer = new QTimer(this);
    timer->setTimerType(Qt::VeryCoarseTimer);
    connect(timer, &QTimer::timeout, this, [this] {
        if (isVisible() && !m_wall)
            m_state.store(*this);
    });
    timer->start(storeEveryMs);
}

MainWindow::~MainWindow()
{
    // The focus moves once more while ~QWidget takes the window apart: nothing of this class is left by then.
    disconnect(qApp, nullptr, this, nullptr);
}

void MainWindow::setupPages()
{
    auto *centre = new QWidget(this);
    m_questions = new QuestionArea(m_models, centre);
    m_stack = new QStackedWidget(centre);
    m_board = new BoardPage(m_models, m_stack);
    m_environment = new EnvironmentPage(m_models, m_stack);
    m_connections = new ConnectionsPage(m_models, m_stack);
    m_setup = new SetupPage(m_models, m_stack);
    m_audit = new AuditPage(m_models, m_stack);
    m_compare = new ComparePage(m_models, m_stack);
    m_readiness = new ReadinessPage(m_models, m_stack);
    m_rollbacks = new RollbackWindows(m_models, this);
    m_drills = new DrillWindows(m_models, this);
    m_runNotice = new RunNotice(m_models, centre);
    for (Page *page : pages())
        m_stack->addWidget(page);
    auto *column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_questions);
    column->addWidget(m_runNotice);
    column->addWidget(m_stack, 1);
    setCentralWidget(centre);
}

QList<Page *> MainWindow::pages() const
{
    return {m_board, m_environment, m_compare, m_connections, m_setup, m_audit, m_readiness};
}

void MainWindow::setupDocks()
{
    m_environments = new EnvironmentsDock(m_models, this);
    m_activity = new ActivityDock(m_models, this);
    m_findings = new FindingsDock(m_models, this);
    m_details = new DetailsDock(m_models, this);
    addDockWidget(Qt::LeftDockWidgetArea, m_environments);
    addDockWidget(Qt::BottomDockWidgetArea, m_findings);
    addDockWidget(Qt::BottomDockWidgetArea, m_activity);
    tabifyDockWidget(m_findings, m_activity);
    m_findings->raise();
    addDockWidget(Qt::RightDockWidgetArea, m_details);
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    m_details->hide();
    const int em = fontMetrics().averageCharWidth();
    resizeDocks({m_environments, m_details}, {em * 44, em * 44}, Qt::Horizontal);
    resizeDocks({m_findings}, {fontMetrics().height() * 9}, Qt::Vertical);
}

void MainWindow::connectPages()
{
    for (Page *page : pages()) {
        connect(page, &Page::environmentOpened, this, &MainWindow::openEnvironment);
        connect(page, &Page::detailsRequested, this, &MainWindow::showDetails);
        connect(page, &Page::failureRequested, m_details, &DetailsDock::showLines);
    }
    connect(m_findings, &FindingsDock::detailsRequested, this, &MainWindow::showDetails);
    connect(m_environments, &EnvironmentsDock::environmentOpened, this, &MainWindow::openEnvironment);
    connect(m_palette, &CommandPalette::environmentChosen, this, &MainWindow::openEnvironment);
    connect(m_palette, &CommandPalette::releaseChosen, this, [this](const QString &row) {
        visit({m_environment, m_models.console.selected()});
        OpsTable *table = m_environment->pane(PaneKind::Deployments)->table();
        const QModelIndex place = table->proxy()->mapFromSource(
            m_models.console.deployments.index(m_models.console.deployments.rowOf(row), 0));
        table->setCurrentIndex(place);
        table->setFocus(Qt::OtherFocusReason);
    });
    connect(&m_models.console, &items::ConsoleModels::selectionChanged, this, &MainWindow::updateTitle);
}

Page *MainWindow::currentPage() const
{
    return static_cast<Page *>(m_stack->currentWidget());
}

void MainWindow::visit(const Place &place, bool remember)
{
    if (!place.environment.isEmpty())
        m_models.console.select(place.environment);
    m_stack->setCurrentWidget(place.page);
    if (remember && (m_at < 0 || m_history[m_at] != place)) {
        m_history.resize(m_at + 1);
        m_history << place;
        m_at = m_history.size() - 1;
    }
    if (OpsTable *table = place.page->mainTable()) {
        m_lastTable = table;
        m_details->follow(table);
    }
    place.page->takeFocus();
    updateTitle();
}

void MainWindow::step(int by)
{
    const qsizetype wanted = m_at + by;
    if (wanted < 0 || wanted >= m_history.size())
        return;
    m_at = wanted;
    visit(m_history[m_at], false);
}

void MainWindow::showBoard()
{
    visit({m_board, {}});
}

void MainWindow::showConnections()
{
    visit({m_connections, {}});
}

void MainWindow::showSetup()
{
    visit({m_setup, {}});
}

void MainWindow::showAudit()
{
    visit({m_audit, {}});
}

void MainWindow::showCompare()
{
    visit({m_compare, {}});
}

void MainWindow::showReadiness()
{
    visit({m_readiness, {}});
}

void MainWindow::openEnvironment(const QString &environment)
{
    if (m_models.console.state(environment))
        visit({m_environment, environment});
}

bool MainWindow::showPage(const QString &name)
{
    if (name == QLatin1String("board")) {
        showBoard();
    } else if (name == QLatin1String("connections")) {
        showConnections();
    } else if (name == QLatin1String("compare")) {
        showCompare();
    } else if (name == QLatin1String("audit")) {
        showAudit();
    } else if (name == QLatin1String("readiness")) {
        showReadiness();
    } else if (name == QLatin1String("setup")) {
        showSetup();
    } else if (name == QLatin1String("environment")) {
        const QStringList all = m_models.console.environments();
        const QString selected = m_models.console.selected();
        visit({m_environment, !selected.isEmpty() ? selected : all.value(0)});
    } else {
        return false;
    }
    return true;
}

void MainWindow::updateTitle()
{
    QStringList parts{currentPage()->title(), QStringLiteral("Taffrail")};
    const EnvironmentStatePtr state = m_models.console.state(m_models.console.selected());
    if (state && currentPage() == m_environment)
        parts.prepend(state->environment->name.isEmpty() ? state->environment->id : state->environment->name);
    setWindowTitle(parts.join(QStringLiteral(" \u2014 ")));
}

void MainWindow::followFocus(QWidget *now)
{
    auto *table = qobject_cast<OpsTable *>(now);
    if (!table || table->window() != this)
        return;
    m_lastTable = table;
    m_details->follow(table);
}

OpsTable *MainWindow::currentTable() const
{
    if (auto *focused = qobject_cast<OpsTable *>(QApplication::focusWidget()))
        return focused;
    return m_lastTable && m_lastTable->isVisible() ? m_lastTable.data() : currentPage()->mainTable();
}

void MainWindow::showEvent(QShowEvent *event)
{
    QMainWindow::showEvent(event);
    currentPage()->takeFocus();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (!m_leavesRuns && !m_models.runs.open().empty()) {
        event->ignore();
        askToLeaveRuns();
        return;
    }
    if (m_wall)
        toggleWall();
    m_state.store(*this);
    emit m_models.quitRequested();
    QMainWindow::closeEvent(event);
}

} // namespace taffrail::ui
