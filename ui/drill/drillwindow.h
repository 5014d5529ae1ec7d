// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drilldesk.h"
#include "drillmodels.h"
#include "rollbackmodels.h"

#include <QDialog>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSplitter;
class QTabWidget;

namespace taffrail::ui {

class ArmedButton;
class InlineMessage;
class LogView;
class OpsTable;
class WindowModels;

/// One restore drill: its plan with what stands in the way, the button that starts it, then its phases as they go, its
/// log, and what it found. Nothing of the live system is changed by it, so no name is typed; the reason is.
class DrillWindow : public QDialog {
    Q_OBJECT

public:
    DrillWindow(WindowModels &models, const QString &environment, QWidget *parent);
    ~DrillWindow() override;

    /// Makes a plan; empty entry and backup = the suggested ones.
    void planFor(const QString &entry, const QString &backup);
    /// Shows a drill that was begun.
    void follow(const DrillRunPtr &run);
    const DrillRunPtr &run() const { return m_run; }
    const DrillPlanPtr &plan() const { return m_plan; }
    void bringUp();

    ArmedButton *startButton() const { return m_start; }
    QLineEdit *reasonLine() const { return m_reason; }
    QString noticeText() const;

private:
    void setupTables(QSplitter *split);
    void setupButtons();
    void makePlan();
    void takePlan(const DrillPlanPtr &plan);
    void takeRefusal(const Error &error);
    void takeRun(const DrillRunPtr &run);
    void showPlan();
    void showRun();
    void updateButtons();
    void begin();

    WindowModels &m_models;
    QString m_environment;
    QString m_entry, m_backup;
    DrillPlanPtr m_plan;
    DrillRunPtr m_run;
    bool m_isPlanning = false;
    bool m_isStarting = false;
    QLabel *m_what;
    InlineMessage *m_notice;
    QComboBox *m_target;
    QTabWidget *m_tabs;
    OpsTable *m_gateTable = nullptr;
    OpsTable *m_phaseTable = nullptr;
    OpsTable *m_checkTable = nullptr;
    QLabel *m_facts = nullptr;
    LogView *m_log = nullptr;
    QLabel *m_reasonLabel = nullptr;
    QLineEdit *m_reason = nullptr;
    ArmedButton *m_start = nullptr;
    ArmedButton *m_abort = nullptr;
    QPushButton *m_again = nullptr;
    QPushButton *m_close = nullptr;
    items::GateModel m_gates;
    items::DrillPhaseModel m_phases;
    items::DrillCheckModel m_checks;
};

} // namespace taffrail::ui
