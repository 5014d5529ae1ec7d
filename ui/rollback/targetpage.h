// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackmodels.h"
#include "rollbackpage.h"

class QComboBox;

namespace taffrail::ui {

class OpsTable;

/// Page 1: to which release of which application.
class TargetPage : public RollbackPage {
    Q_OBJECT

public:
    TargetPage(RollbackSession &session, QWidget *parent);

    void enter() override;
    QWidget *firstFocus() const override;
    bool isComplete() const override;
    OpsTable *table() const { return m_table; }
    QComboBox *entries() const { return m_entries; }
    QLabel *verdict() const { return m_verdict; }
    /// Shows an entry and marks one of its releases; "" = the suggested one.
    void choose(const QString &entry, const QString &target);

private:
    void fillEntries();
    void showEntry();
    void takeRow();
    void mark(const QString &release);
    void takeStates();

    items::TargetModel m_model;
    QLabel *m_entryLabel;
    QComboBox *m_entries;
    OpsTable *m_table;
    QLabel *m_verdict;
    QString m_askedEntry, m_askedTarget; ///< what was to be shown before anything was read
    bool m_isMarked = false; ///< a release was marked, by a person or for one
};

} // namespace taffrail::ui
