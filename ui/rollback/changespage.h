// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackmodels.h"
#include "rollbackpage.h"

class QPlainTextEdit;
class QTabWidget;

namespace taffrail::ui {

class OpsTable;

/// Page 2: what would be different, the exact commands on every host, and the prepared way back.
class ChangesPage : public RollbackPage {
    Q_OBJECT

public:
    ChangesPage(RollbackSession &session, QWidget *parent);

    void initializePage() override;
    void enter() override;
    QWidget *firstFocus() const override;
    bool isComplete() const override;
    QTabWidget *tabs() const { return m_tabs; }
    OpsTable *steps() const { return m_steps; }
    QPlainTextEdit *commands() const { return m_commands; }
    QPlainTextEdit *undo() const { return m_undo; }

private:
    void showPlan();
    void showPlanning();
    void showCommands();

    items::ChangeModel m_changeModel;
    items::PlannedStepModel m_stepModel;
    QLabel *m_summary;
    QTabWidget *m_tabs;
    OpsTable *m_changes;
    OpsTable *m_steps;
    QPlainTextEdit *m_commands;
    QPlainTextEdit *m_undo;
};

/// The steps of a host as one text: their titles as comments, the exact commands. Fit to show.
QString commandsText(const QString &host, const std::vector<PlannedStep> &steps);

} // namespace taffrail::ui
