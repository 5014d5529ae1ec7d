// SPDX-License-Identifier: GPL-3.0-or-later
// What the actions of the window do; the arrangement is in mainwindow.cpp.
#include "mainwindow.h"

#include "actionregistry.h"
#include "appearance.h"
#include "auditpage.h"
#include "bottomdocks.h"
#include "commandpalette.h"
#include "comparepage.h"
#include "connectionspage.h"
#include "detailsdock.h"
#include "environmentpage.h"
#include "environmentsdock.h"
#include "notifier.h"
#include "opstable.h"
#include "drillmodels.h"
#include "drillwindows.h"
#include "rollbackwindows.h"
#include "runnotice.h"
#include "settingsdialog.h"
#include "windowmodels.h"

#include <QApplication>
#include <QClipboard>
#include <QMessageBox>
#include <QPushButton>
#include <QTimer>

namespace taffrail::ui {

void MainWindow::refreshCurrent()
{
    const bool one = currentPage() == m_environment && !m_models.console.selected().isEmpty();
    emit m_models.refreshRequested(one ? m_models.console.selected() : QString());
}

void MainWindow::testConnection()
{
    // Elsewhere there is no row to test: the page shows which one it would be.
    if (currentPage() == m_connections)
        m_connections->testChosen();
    else
        showConnections();
}

void MainWindow::testAllConnections()
{
    showConnections();
    m_connections->testAll();
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
        m_beforeWall = saveState(WindowState::layoutVersion);
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
        // Once the docks have the smaller font: before, they would not give way as far as they did.
        QTimer::singleShot(0, this, [this] { restoreState(m_beforeWall, WindowState::layoutVersion); });
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

void MainWindow::setupPreferences()
{
    connect(&m_preferences, &Preferences::changed, this, &MainWindow::applyPreference);
    applyPreference(Preferences::Density);
    applyPreference(Preferences::Zone);
    if (!m_models.themeGiven)
        applyPreference(Preferences::Scheme);
    const QStringList told = m_actions->remap(m_preferences.shortcuts());
    if (!told.isEmpty())
        m_models.tell(Status::Notice, tr("Some stored shortcuts are not used."), told.join(QLatin1Char('\n')));
}

void MainWindow::applyPreference(Preferences::Key key)
{
    const QString word = m_preferences.value(key);
    switch (key) {
    case Preferences::Scheme: m_appearance->choose(word); break;
    case Preferences::Density: {
        const QList<OpsTable *> tables = findChildren<OpsTable *>();
        for (OpsTable *table : tables)
            table->setComfortable(word == QLatin1String("comfortable"));
        break;
    }
    case Preferences::Zone: m_models.time.setLocal(word == QLatin1String("local")); break;
    case Preferences::Notify:
        m_notifier->setLevel(word == QLatin1String("off")       ? Notifier::Level::Off
                                 : word == QLatin1String("all") ? Notifier::Level::All
                                                                : Notifier::Level::Critical);
        break;
    case Preferences::Sound: m_notifier->setSound(word == QLatin1String("on")); break;
    }
}

void MainWindow::setupNotifier()
{
    m_notifier = new Notifier(this);
    m_notifier->setWatched([this](const QString &environment) {
        return isActiveWindow() && currentPage() == m_environment && m_models.console.selected() == environment;
    });
    applyPreference(Preferences::Notify);
    applyPreference(Preferences::Sound);
    connect(&m_models.console, &items::ConsoleModels::applied, m_notifier,
            [this](const EnvironmentStatePtr &, const EnvironmentStatePtr &after) { m_notifier->take(after); });
    m_notifier->setActive([] { return QApplication::activeWindow() != nullptr; });
    if (items::RollbackDesk *desk = m_models.desk())
        connect(desk, &items::RollbackDesk::runChanged, m_notifier, &Notifier::takeRun);
    connect(m_notifier, &Notifier::openRunRequested, this, [this](const QString &run) { m_rollbacks->openRun(run); });
    connect(m_notifier, &Notifier::openRequested, this, [this](const QString &environment) {
        openEnvironment(environment);
        setWindowState(windowState() & ~Qt::WindowMinimized);
        raise();
        activateWindow();
    });
}

void MainWindow::setupRollbacks()
{
    connect(m_runNotice, &RunNotice::runWanted, m_rollbacks, &RollbackWindows::openRun);
    connect(m_activity, &ActivityDock::runOpened, m_rollbacks, &RollbackWindows::openRun);
    connect(m_environment, &EnvironmentPage::drillRequested, m_drills, &DrillWindows::open);
    connect(m_environment, &EnvironmentPage::rollbackRequested, m_rollbacks,
            [this](const QString &environment, const QString &entry, const QString &release) {
                m_rollbacks->open(environment, entry, release);
            });
}

void MainWindow::setupCompare()
{
    m_palette->setKeys([this] { return m_compare->shownKeys(); });
    connect(m_palette, &CommandPalette::keyChosen, this, [this](const QString &id) {
        showCompare();
        m_compare->goToKey(id);
    });
}

void MainWindow::compareSelected()
{
    const QString environment = m_models.console.selected();
    if (!m_models.console.state(environment)) {
        m_models.tell(Status::Notice, tr("Choose the environment to compare first: open it from the board."));
        return;
    }
    showCompare();
    m_compare->compareWith(environment);
}

void MainWindow::exportCurrent()
{
    if (currentPage() == m_compare)
        m_compare->askExport();
    else if (currentPage() == m_audit && m_models.desk())
        m_audit->askExport(QStringLiteral("markdown"));
}

void MainWindow::rollBack()
{
    const QString environment = m_models.console.selected();
    const EnvironmentStatePtr state = m_models.console.state(environment);
    if (!state) {
        m_models.tell(Status::Notice, tr("Choose the environment to roll back first: open it from the board."));
        return;
    }
    items::ReleasePlace place;
    const items::EnvironmentSelection &selection = m_models.console.selection;
    if (!selection.isEmpty() && selection.pane() == PaneKind::Deployments)
        place = items::releaseOfRow(*state, selection.id());
    m_rollbacks->open(environment, place.entry, place.release);
}

void MainWindow::tryBackup()
{
    const QString environment = m_models.console.selected();
    const EnvironmentStatePtr state = m_models.console.state(environment);
    if (!state) {
        m_models.tell(Status::Notice,
                      tr("Choose the environment whose backup is tried first: open it from the board."));
        return;
    }
    items::BackupPlace place;
    const items::EnvironmentSelection &selection = m_models.console.selection;
    if (!selection.isEmpty() && selection.pane() == PaneKind::Backups)
        place = items::backupOfRow(*state, selection.id());
    m_drills->open(environment, place.entry, place.backup);
}

// Jobs go on where they run, but between two hosts a run waits for a console.
void MainWindow::askToLeaveRuns()
{
    if (findChild<QMessageBox *>(QStringLiteral("leaveRuns")))
        return;
    QStringList names;
    for (const RollbackRunPtr &run : m_models.runs.open())
        names << run->plan.environmentName;
    auto *box = new QMessageBox(QMessageBox::Warning, tr("Quit"), {}, QMessageBox::Cancel, this);
    box->setObjectName(QStringLiteral("leaveRuns"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::PlainText);
    box->setText(tr("Quit while a rollback has not ended?"));
    box->setInformativeText(tr("%1: the host at work ends its steps. After it the run waits until a console continues "
                               "it.")
                                .arg(names.join(QStringLiteral(", "))));
    QPushButton *quit = box->addButton(tr("Quit and leave the run"), QMessageBox::DestructiveRole);
    quit->setAutoDefault(false);
    box->setDefaultButton(QMessageBox::Cancel);
    box->setEscapeButton(QMessageBox::Cancel);
    connect(quit, &QPushButton::clicked, this, [this] {
        m_leavesRuns = true;
        // Once the box is gone.
        QTimer::singleShot(0, this, &QWidget::close);
    });
    box->open();
}

void MainWindow::showSettings()
{
    if (!m_settings)
        m_settings = new SettingsDialog(m_preferences, *m_actions, m_models, m_state.path(), this);
    m_settings->show();
    m_settings->raise();
    m_settings->activateWindow();
}

void MainWindow::popUpPalette(const QString &typed)
{
    m_palette->popUp(typed);
}

void MainWindow::resetLayout()
{
    restoreState(m_firstLayout, WindowState::layoutVersion);
    const QList<OpsTable *> tables = findChildren<OpsTable *>();
    for (OpsTable *table : tables)
        table->resetColumns();
    m_environment->resetSplitters();
}

} // namespace taffrail::ui
