// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace taffrail::ui {

class WindowModels;

/// The line under the panes: the way to a rollback plan, and what it would go to. Opens a window, changes nothing.
class RollbackStrip : public QWidget {
    Q_OBJECT

public:
    RollbackStrip(WindowModels &models, QWidget *parent);

    void showState(const EnvironmentStatePtr &state);
    QPushButton *button() const { return m_button; }
    QString text() const;

signals:
    void requested();

private:
    QString words(const EnvironmentState &state) const;

    WindowModels &m_models;
    QPushButton *m_button;
    QLabel *m_text;
};

} // namespace taffrail::ui
