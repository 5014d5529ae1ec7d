// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackmodels.h"
#include "rollbackpage.h"

class QPlainTextEdit;
class QPushButton;

namespace taffrail::ui {

class ArmedButton;
class OpsTable;

/// Page 7: what every host proves, whether health holds, and how it ends.
class VerifyPage : public RollbackPage {
    Q_OBJECT

public:
    VerifyPage(RollbackSession &session, QWidget *parent);

    void enter() override;
    QWidget *firstFocus() const override;
    OpsTable *table() const { return m_table; }
    QLabel *headline() const { return m_headline; }
    QLabel *hold() const { return m_hold; }
    QPlainTextEdit *problems() const { return m_problems; }
    ArmedButton *retry() const { return m_retry; }
    QPushButton *forward() const { return m_forward; }
    QPushButton *stepsAndLog() const { return m_stepsAndLog; }

signals:
    void rollForwardRequested();
    void stepsRequested();

private:
    void setupButtons();
    void showRun();
    void showHold();

    items::ProofModel m_model;
    QLabel *m_headline;
    QLabel *m_hold;
    OpsTable *m_table;
    QLabel *m_problemLabel;
    QPlainTextEdit *m_problems;
    ArmedButton *m_retry = nullptr;
    QPushButton *m_forward = nullptr;
    QPushButton *m_stepsAndLog = nullptr;
};

} // namespace taffrail::ui
