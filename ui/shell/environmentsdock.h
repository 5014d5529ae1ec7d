// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDockWidget>

class QLineEdit;
class QTreeView;

namespace taffrail::ui {

class WindowModels;

/// Services and their environments, with a filter on top.
class EnvironmentsDock : public QDockWidget {
    Q_OBJECT

public:
    EnvironmentsDock(WindowModels &models, QWidget *parent);

    QTreeView *tree() const { return m_tree; }

signals:
    void environmentOpened(const QString &environment);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void markSelected();

    WindowModels &m_models;
    QLineEdit *m_filter;
    QTreeView *m_tree;
};

} // namespace taffrail::ui
