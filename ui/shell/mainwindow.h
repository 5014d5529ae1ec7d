// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "preferences.h"
#include "windowstate.h"

#include <QMainWindow>
#include <QPointer>

class QStackedWidget;

namespace taffrail::ui {

class ActionRegistry;
class ActivityDock;
class AuditPage;
class ReadinessPage;
class Appearance;
class BoardPage;
class CommandPalette;
class ComparePage;
class ConnectionsPage;
class DetailsDock;
class EnvironmentPage;
class EnvironmentsDock;
class FindingsDock;
class Notifier;
class OpsTable;
class Page;
class QuestionArea;
class DrillWindows;
class RollbackWindows;
class RunNotice;
class SettingsDialog;
class SetupPage;
class WindowModels;

/// Arranges screens and docks; owns nothing that they show. `uiStatePath` is the ini file of sizes and places, "" =
/// none.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    MainWindow(WindowModels &models, const QString &uiStatePath, QWidget *parent = nullptr);
    ~MainWindow() override;

    void showBoard();
    void showConnections();
    /// Tests the chosen connections; from another page it only goes there.
    void testConnection();
    void testAllConnections();
    /// Selects the environment and shows its page; nothing for an unknown one.
    void openEnvironment(const QString &environment);
    void showSetup();
    void showAudit();
    void showCompare();
    /// Puts the selected environment and its relatives side by side.
    void compareSelected();
    /// The report of the compare page or the audit; nothing on other screens.
    void exportCurrent();
    void showReadiness();
    /// Opens the rollback window of the selected environment, with the release that is chosen in its deployments pane
    /// where one is.
    void rollBack();
    /// Opens the settings beside the window, or brings them to the front.
    void showSettings();
    /// "board", "environment", "compare", "connections", "audit", "readiness", "setup"; false for another name.
    bool showPage(const QString &name);
    /// Docks and columns as they were at first.
    void resetLayout();

    ActionRegistry &actions() const { return *m_actions; }
    CommandPalette *commandPalette() const { return m_palette; }
    BoardPage *boardPage() const { return m_board; }
    EnvironmentPage *environmentPage() const { return m_environment; }
    ConnectionsPage *connectionsPage() const { return m_connections; }
    SetupPage *setupPage() const { return m_setup; }
    AuditPage *auditPage() const { return m_audit; }
    ComparePage *comparePage() const { return m_compare; }
    ReadinessPage *readinessPage() const { return m_readiness; }
    RollbackWindows *rollbacks() const { return m_rollbacks; }
    DrillWindows *drills() const { return m_drills; }
    /// Opens the drill window of the selected environment, with the backup that is chosen in its backups pane.
    void tryBackup();
    RunNotice *runNotice() const { return m_runNotice; }
    ActivityDock *activityDock() const { return m_activity; }
    /// Null until it was opened.
    SettingsDialog *settingsDialog() const { return m_settings; }
    Preferences &preferences() { return m_preferences; }
    Notifier *notifier() const { return m_notifier; }
    QuestionArea *questionArea() const { return m_questions; }
    DetailsDock *detailsDock() const { return m_details; }
    EnvironmentsDock *environmentsDock() const { return m_environments; }
    /// The table that has or last had the focus.
    OpsTable *currentTable() const;

    void refreshCurrent();
    void refreshAll();
    void stepEnvironment(int by);
    void goBack() { step(-1); }
    void goForward() { step(1); }
    void toggleWall();
    void toggleDetails();
    void showDetails();
    void copyRows(bool asMarkdown);
    void showShortcuts();
    void popUpPalette(const QString &typed);
    Page *currentPage() const;

protected:
    void closeEvent(QCloseEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    struct Place {
        Page *page;
        QString environment;
        bool operator==(const Place &) const = default;
    };

    QList<Page *> pages() const;
    void applyPreference(Preferences::Key key);
    void setupPreferences();
    void setupNotifier();
    void setupRollbacks();
    void setupCompare();
    void askToLeaveRuns();
    void setupPages();
    void setupDocks();
    void connectPages();
    void visit(const Place &place, bool remember = true);
    void step(int by);
    void updateTitle();
    void followFocus(QWidget *now);

    WindowModels &m_models;
    WindowState m_state;
    Preferences m_preferences;
    Appearance *m_appearance;
    ActionRegistry *m_actions;
    QuestionArea *m_questions;
    QStackedWidget *m_stack;
    BoardPage *m_board = nullptr;
    EnvironmentPage *m_environment = nullptr;
    ConnectionsPage *m_connections = nullptr;
    SetupPage *m_setup = nullptr;
    AuditPage *m_audit = nullptr;
    ComparePage *m_compare = nullptr;
    ReadinessPage *m_readiness = nullptr;
    SettingsDialog *m_settings = nullptr;
    RollbackWindows *m_rollbacks = nullptr;
    DrillWindows *m_drills = nullptr;
    RunNotice *m_runNotice = nullptr;
    Notifier *m_notifier = nullptr;
    EnvironmentsDock *m_environments = nullptr;
    ActivityDock *m_activity = nullptr;
    FindingsDock *m_findings = nullptr;
    DetailsDock *m_details = nullptr;
    CommandPalette *m_palette = nullptr;
    QPointer<OpsTable> m_lastTable;
    QList<Place> m_history;
    qsizetype m_at = -1; // in the history
    QByteArray m_firstLayout;
    bool m_wall = false;
    bool m_leavesRuns = false; // a person wants to quit although runs are open
    QByteArray m_beforeWall;
    QFont m_usualFont;
};

} // namespace taffrail::ui
