// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackpage.h"

class QFormLayout;

namespace taffrail::ui {

/// Page 4: the plan as it is frozen, and who has to agree.
class ApprovalPage : public RollbackPage {
    Q_OBJECT

public:
    ApprovalPage(RollbackSession &session, QWidget *parent);

    void enter() override;
    QWidget *firstFocus() const override;
    bool isComplete() const override;
    /// What the page says, line by line.
    QString text() const;

private:
    QLabel *addField(const QString &name);
    void showPlan();

    QWidget *m_scroll = nullptr;
    QFormLayout *m_form;
    QLabel *m_environment, *m_move, *m_extent, *m_method, *m_hold, *m_answers, *m_agreement, *m_digest, *m_frozen;
};

} // namespace taffrail::ui
