// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackmodels.h"
#include "rollbackpage.h"

class QComboBox;
class QPushButton;

namespace taffrail::ui {

class ArmedButton;
class LogView;
class OpsTable;

/// Page 6: the steps on every host, the log of one of them, and what may be done about the run.
class RunPage : public RollbackPage {
    Q_OBJECT

public:
    /// `stop` stands in the window's row of buttons, where Cancel was.
    RunPage(RollbackSession &session, ArmedButton &stop, QWidget *parent);
    ~RunPage() override;
    Q_DISABLE_COPY_MOVE(RunPage)

    void enter() override;
    QWidget *firstFocus() const override;
    bool isComplete() const override;
    OpsTable *table() const { return m_table; }
    LogView *log() const { return m_log; }
    QComboBox *hosts() const { return m_hosts; }
    QLabel *progress() const { return m_progress; }
    ArmedButton *proceed() const { return m_proceed; }
    ArmedButton *retry() const { return m_retry; }
    QPushButton *forward() const { return m_forward; }
    QPushButton *abort() const { return m_abort; }
    ArmedButton *abortNow() const { return m_abortNow; }

signals:
    void rollForwardRequested();

private:
    void setupButtons(class QVBoxLayout &column);
    void showRun();
    void showButtons(const RollbackRun &run);
    void fillHosts(const RollbackRun &run);
    void watch(const QString &host);
    void unwatch();
    void showAbortStep(bool shown);

    items::RunStepModel m_model;
    QLabel *m_progress;
    OpsTable *m_table;
    QComboBox *m_hosts;
    LogView *m_log;
    ArmedButton &m_stop;
    ArmedButton *m_proceed = nullptr;
    ArmedButton *m_retry = nullptr;
    QPushButton *m_forward = nullptr;
    QPushButton *m_abort = nullptr;
    QWidget *m_abortStep = nullptr;
    ArmedButton *m_abortNow = nullptr;
    QString m_watchedRun, m_watchedHost;
    bool m_hostChosen = false; // by the person: the log no longer follows the run from host to host
};

} // namespace taffrail::ui
