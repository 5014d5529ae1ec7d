// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparison.h"

#include <QDialog>

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace taffrail::ui {

/// Which host names are each environment's own, and which lists have no order: patterns, one per line. Not modal:
/// nothing waits for it.
class ComparePatterns : public QDialog {
    Q_OBJECT

public:
    explicit ComparePatterns(QWidget *parent);

    void ask(const Normalisers &inUse); ///< shows them and opens
    QPlainTextEdit *hostNames() const { return m_hosts; }
    QPlainTextEdit *lists() const { return m_lists; }
    QLabel *trouble() const { return m_trouble; }
    QPushButton *applyButton() const { return m_apply; }

signals:
    void chosen(const QStringList &hostNames, const QStringList &lists);

private:
    void check();
    void take();

    QPlainTextEdit *m_hosts;
    QPlainTextEdit *m_lists;
    QLabel *m_trouble;
    QPushButton *m_apply;
};

} // namespace taffrail::ui
