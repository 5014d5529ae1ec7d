// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparedetails.h"

#include <QWidget>

class QCheckBox;
class QDateEdit;
class QLabel;
class QLineEdit;
class QToolButton;

namespace taffrail::ui {

class FlowLayout;
class OpsTable;
class WindowModels;

/// The expected differences of a comparison, and the form by which another is accepted. Nothing here happens by Enter.
class ExpectedTab : public QWidget {
    Q_OBJECT

public:
    ExpectedTab(WindowModels &models, QWidget *parent);

    /// The key that is chosen: row and column of the matrix, -1 = none.
    void showRow(const items::ComparisonPtr &comparison, int row, int column);
    /// Opens the form for the chosen key.
    void openForm();
    void closeForm();

    QLabel *sentence() const { return m_sentence; }
    QToolButton *openButton() const { return m_open; }
    QToolButton *takeBackButton() const { return m_takeBack; }
    QWidget *form() const { return m_form; }
    QLineEdit *key() const { return m_key; }
    QLineEdit *file() const { return m_file; }
    QLineEdit *reason() const { return m_reason; }
    QDateEdit *until() const { return m_until; }
    const QList<QCheckBox *> &environments() const { return m_environments; }
    QToolButton *acceptButton() const { return m_accept; }
    QLabel *trouble() const { return m_trouble; }
    OpsTable *rules() const { return m_rules; }

signals:
    void accepted(const taffrail::ExpectedDifference &rule);
    void takenBack(const taffrail::ExpectedDifference &rule);

private:
    void setupForm();
    void showSentence();
    void fillEnvironments(const QStringList &ticked);
    ExpectedDifference rule() const;
    void checkForm();
    const ExpectedDifference *chosenRule() const;

    WindowModels &m_models;
    items::ComparisonPtr m_comparison;
    QString m_name; // entry, file and key of the row
    int m_row = -1;
    int m_column = -1;
    items::ExpectedRulesModel m_model;
    QLabel *m_sentence;
    QToolButton *m_open;
    QToolButton *m_takeBack;
    OpsTable *m_rules;
    QWidget *m_form;
    QLineEdit *m_key;
    QLineEdit *m_file;
    FlowLayout *m_ticks = nullptr;
    QList<QCheckBox *> m_environments;
    QLineEdit *m_reason;
    QDateEdit *m_until;
    QToolButton *m_accept;
    QLabel *m_trouble;
    QList<QWidget *> m_buttons; // what gives way to the form
    ExpectedDifference m_base; // what the form started from
};

} // namespace taffrail::ui
