// SPDX-License-Identifier: GPL-3.0-or-later
#include "mainwindow.h"

#include "actionregistry.h"
#include "boardpage.h"
#include "bottomdocks.h"
#include "commandpalette.h"
#include "connectionspage.h"
#include "detailsdock.h"
#include "environmentpage.h"
#include "environmentsdock.h"
#include "opstable.h"
#include "paneframe.h"
#include "questionarea.h"
#include "statusline.h"
#include "tableaccessible.h"
#include "windowactions.h"
#include "windowmodels.h"

#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QMessageBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QVBoxLayout>

namespace taffrail::ui {

namespace {

constexpr int layoutVersion = 1;
constexpr int storeEveryMs = 5000;

} // namespace

MainWindow::MainWindow(WindowModels &models, const QString &uiStatePath, QWidget *parent)
    : QMainWindow(parent), m_models(models), m_state(uiStatePath, models.save), m_actions(new ActionRegistry(this)),
      m_questions(nullptr), m_stack(nullptr)
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
    m_firstLayout = saveState(layoutVersion);
    m_state.restore(*this);
    visit({m_board, {}});
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget *, QWidget *now) { followFocus(now); });
    auto *timer = new QTimer(this);
    timer->setTimerType(Qt::VeryCoarseTimer);
    connect(timer, &QTimer::timeout, this, [this] {
        if (isVisible() && !m_wall)
            m_state.store(*this);
    });
    timer->start(storeEveryMs);
}

MainWindow::~MainWindow() = default;

void MainWindow::setupPages()
{
    auto *centre = new QWidget(this);
    m_questions = new QuestionArea(m_models, centre);
    m_stack = new QStackedWidget(centre);
    m_board = new BoardPage(m_models, m_stack);
    m_environment = new EnvironmentPage(m_models, m_stack);
    m_connections = new ConnectionsPage(m_models, m_stack);
    for (Page *page : {static_cast<Page *>(m_board), static_cast<Page *>(m_environment), static_cast<Page *>(m_connections)})
        m_stack->addWidget(page);
    auto *column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_questions);
    column->addWidget(m_stack, 1);
    setCentralWidget(centre);
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
    for (Page *page : {static_cast<Page *>(m_board), static_cast<Page *>(m_environment), static_cast<Page *>(m_connections)}) {
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
        table->setFocus(Qt::OtherFocusReason);
    }
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
    QStringList parts {currentPage()->title(), QStringLiteral("Taffrail")};
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

void MainWindow::refreshCurrent()
{
    const bool one = currentPage() == m_environment && !m_models.console.selected().isEmpty();
    emit m_models.refreshRequested(one ? m_models.console.selected() : QString());
}

void MainWindow::refreshAll()
{
    emit m_models.refreshRequested({});
}

void MainWindow::stepEnvironment(int by)
{
    const QStringList all = m_models.console.environments();
    if (all.isEmpty())
        return;
    const auto at = all.indexOf(m_models.console.selected());
    openEnvironment(all[at < 0 ? 0 : (at + by + all.size()) % all.size()]);
}

void MainWindow::toggleWall()
{
    m_wall = !m_wall;
    if (m_wall) {
        m_beforeWall = saveState(layoutVersion);
        m_usualFont = QApplication::font();
        for (QDockWidget *dock : {static_cast<QDockWidget *>(m_environments), static_cast<QDockWidget *>(m_activity),
                                  static_cast<QDockWidget *>(m_findings), static_cast<QDockWidget *>(m_details)})
            dock->hide();
        QFont large = m_usualFont;
        large.setPointSizeF(large.pointSizeF() * 1.6);
        QApplication::setFont(large);
        showFullScreen();
    } else {
        QApplication::setFont(m_usualFont);
        showNormal();
        restoreState(m_beforeWall, layoutVersion);
    }
}

void MainWindow::showDetails()
{
    m_details->follow(currentTable());
    m_details->show();
}

void MainWindow::toggleDetails()
{
    m_details->setVisible(m_details->isHidden());
}

void MainWindow::copyRows(bool asMarkdown)
{
    if (const OpsTable *table = currentTable())
        QApplication::clipboard()->setText(asMarkdown ? table->asMarkdown() : table->asTabSeparated());
}

void MainWindow::showShortcuts()
{
    auto *box = new QMessageBox(QMessageBox::NoIcon, tr("Keys"), {}, QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::PlainText);
    box->setText(m_actions->shortcutList());
    box->open();
}

void MainWindow::popUpPalette(const QString &typed)
{
    m_palette->popUp(typed);
}

void MainWindow::resetLayout()
{
    restoreState(m_firstLayout, layoutVersion);
    const QList<OpsTable *> tables = findChildren<OpsTable *>();
    for (OpsTable *table : tables)
        table->resetColumns();
    for (QSplitter *splitter : m_environment->splitters())
        splitter->setSizes(QList<int>(splitter->count(), 1000));
}

void MainWindow::showEvent(QShowEvent *event)
{
    QMainWindow::showEvent(event);
    if (OpsTable *table = currentPage()->mainTable())
        table->setFocus(Qt::OtherFocusReason);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (m_wall)
        toggleWall();
    m_state.store(*this);
    emit m_models.quitRequested();
    QMainWindow::closeEvent(event);
}

} // namespace taffrail::ui
