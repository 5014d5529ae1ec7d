// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"

#include <QFrame>

class QLabel;
class QLineEdit;
class QListWidget;
class QToolButton;

namespace taffrail::ui {

/// A list to tick environments in, beside the button that opened it. Escape leaves the choice as it was.
class EnvironmentPicker : public QFrame {
    Q_OBJECT

public:
    explicit EnvironmentPicker(QWidget *parent);

    /// Opens below `anchor`.
    void popUp(QWidget &anchor, const std::vector<EnvironmentSpecPtr> &offered, const QStringList &chosen);
    QStringList ticked() const;
    QListWidget *list() const { return m_list; }
    QLineEdit *field() const { return m_field; }
    QToolButton *compareButton() const { return m_compare; }
    QLabel *counts() const { return m_counts; }

signals:
    void chosen(const QStringList &environments);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void showCounts();

    QLineEdit *m_field;
    QListWidget *m_list;
    QLabel *m_counts;
    QToolButton *m_compare;
};

} // namespace taffrail::ui
