// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hostshell.h"
#include "jobs.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QTimer>

namespace taffrail {

/// Follows one job on one host to its end, whatever the connection does: sends it, asks how it stands, sends it again
/// as long as the host says that it never arrived. The host runs it once at most.
class HostJob : public QObject {
    Q_OBJECT
public:
    HostJob(HostShell &shell, EnvironmentSpecPtr environment, QString host, jobs::JobSpec job, QObject *parent);

    const QString &host() const { return m_host; }
    /// Starts it, or finds it started.
    void begin();
    /// Only looks: a job that never arrived is not sent.
    void watch();
    /// TERM to its processes, KILL after `graceSeconds`; one that has not begun never will. Asked until the host
    /// answers.
    void stop(int graceSeconds);

signals:
    /// How it stands; `trouble` "" or why that is not known just now.
    void changed(const taffrail::jobs::JobStatus &status, const QString &trouble);
    /// It ended: Exited, Lost, or Absent (only looked for, never there). Or it certainly was not started, and why.
    void ended(const taffrail::Result<taffrail::jobs::JobStatus> &status);

private:
    static constexpr std::chrono::milliseconds callLimit{20'000};

    void send();
    void ask();
    void sendStop();
    void call(const QByteArray &script, bool isStart, std::chrono::milliseconds limit = callLimit);
    void answered(const Result<ExecReply> &reply, bool wasSent);
    void failed(const Error &error, bool wasSent);
    void took(const jobs::JobStatus &status);
    void end(const Result<jobs::JobStatus> &status);

    HostShell &m_shell;
    EnvironmentSpecPtr m_environment;
    QString m_host;
    jobs::JobSpec m_job;
    jobs::JobStatus m_status;
    QTimer m_timer;
    QElapsedTimer m_sinceBegin;
    int m_failures = 0; ///< in a row
    int m_looks = 0;
    int m_stopGrace = -1; ///< seconds; -1 = nobody stops it
    bool m_maySend = false;
    bool m_mayBeThere = false; ///< something was sent and its fate is not known, or it was seen
    bool m_ended = false;
};

} // namespace taffrail
