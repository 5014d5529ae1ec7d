// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDockWidget>

class QPlainTextEdit;
class QPushButton;
class QSplitter;

namespace taffrail::ui {

class OpsTable;
class WindowModels;

/// The rollbacks that have not ended, what happened in this run of the console, and the whole text of the chosen line.
class ActivityDock : public QDockWidget {
    Q_OBJECT

public:
    ActivityDock(WindowModels &models, QWidget *parent);

    OpsTable *table() const { return m_table; }
    /// Null where rollbacks are not offered.
    OpsTable *runs() const { return m_runs; }
    QPushButton *openRunButton() const { return m_openRun; }

signals:
    /// The window of a run is wanted.
    void runOpened(const QString &run);

private:
    void setupRuns(QSplitter *body);
    void showRuns();
    void openRun();
    void showDetail();

    WindowModels &m_models;
    OpsTable *m_table;
    QPlainTextEdit *m_detail;
    QWidget *m_runPart = nullptr;
    OpsTable *m_runs = nullptr;
    QPushButton *m_openRun = nullptr;
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
