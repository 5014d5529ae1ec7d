// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackpage.h"

class QLineEdit;

namespace taffrail::ui {

class ArmedButton;

/// Page 5: the last look, the reason, the environment's typed id. Only the armed button of this page starts anything.
class ConfirmPage : public RollbackPage {
    Q_OBJECT

public:
    /// `button` stands in the window's row of buttons.
    ConfirmPage(RollbackSession &session, ArmedButton &button, QWidget *parent);

    void enter() override;
    QWidget *firstFocus() const override;
    bool isComplete() const override;
    /// Asks for the start and stays: the run that then comes opens the next page.
    bool validatePage() override;
    QLineEdit *reason() const { return m_reason; }
    QLineEdit *typed() const { return m_typed; }
    QLabel *missing() const { return m_missing; }
    QString text() const;

private:
    void showPlan();
    void showMissing();

    ArmedButton &m_button;
    QLabel *m_headline;
    QLabel *m_summary;
    QLineEdit *m_reason;
    QLabel *m_typedLabel;
    QLineEdit *m_typed;
    QLabel *m_missing;
};

} // namespace taffrail::ui
