// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackmodels.h"
#include "rollbackpage.h"

class QCheckBox;
class QLineEdit;
class QPushButton;
class QSplitter;

namespace taffrail::ui {

class OpsTable;

/// Page 3: every question with its answer. A warning is accepted by a tick and a typed reason; what blocks, or is not
/// known, is not passed by.
class PreflightPage : public RollbackPage {
    Q_OBJECT

public:
    /// The answer to the warnings of one code.
    struct Acceptance {
        QString code;
        QCheckBox *tick;
        QLineEdit *reason;
    };

    PreflightPage(RollbackSession &session, QWidget *parent);

    void enter() override;
    QWidget *firstFocus() const override;
    bool isComplete() const override;
    bool validatePage() override;
    OpsTable *table() const { return m_table; }
    const QList<Acceptance> &acceptances() const { return m_acceptances; }
    QLabel *chosen() const { return m_chosen; }
    QLabel *missing() const { return m_missing; }
    QPushButton *planAgain() const { return m_again; }

private:
    void showPlan();
    void showChosen();
    void showNotice();
    void showMissing();
    void rebuildAcceptances();
    void shareRoom();

    items::GateModel m_model;
    QLabel *m_summary;
    QPushButton *m_again;
    QSplitter *m_split;
    OpsTable *m_table;
    QWidget *m_answers;
    QLabel *m_chosen;
    QLabel *m_missing;
    QWidget *m_acceptanceBody = nullptr;
    QList<Acceptance> m_acceptances;
    QStringList m_shownWarnings;
};

} // namespace taffrail::ui
