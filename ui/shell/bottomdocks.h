// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDockWidget>

class QPlainTextEdit;

namespace taffrail::ui {

class OpsTable;
class WindowModels;

/// What happened in this run of the console, and the whole text of the chosen line.
class ActivityDock : public QDockWidget {
    Q_OBJECT

public:
    ActivityDock(WindowModels &models, QWidget *parent);

    OpsTable *table() const { return m_table; }

private:
    void showDetail();

    OpsTable *m_table;
    QPlainTextEdit *m_detail;
};

/// The findings of the open environment: what its status rests on, and what to do next.
class FindingsDock : public QDockWidget {
    Q_OBJECT

public:
    FindingsDock(WindowModels &models, QWidget *parent);

    OpsTable *table() const { return m_table; }

signals:
    void detailsRequested();

private:
    void updateTitle();

    WindowModels &m_models;
    OpsTable *m_table;
};

} // namespace taffrail::ui
