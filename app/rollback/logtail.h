// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hostshell.h"
#include "jobs.h"

#include <QTimer>

namespace taffrail {

/// Reads the log of one job from its first byte, and what is added, until the job has ended and all of it was read.
/// Only whole answers count, so that a cut connection loses and doubles nothing.
class LogTail : public QObject {
    Q_OBJECT
public:
    LogTail(HostShell &shell, EnvironmentSpecPtr environment, QString host, jobs::Places places, QString job,
            QObject *parent);

    void start() { ask(); }

signals:
    /// `offset`: of the first byte in the log; `bytes` as they are there.
    void grew(qint64 offset, const QByteArray &bytes);
    void finished();

private:
    void ask();
    void answered(const Result<ExecReply> &reply);

    HostShell &m_shell;
    EnvironmentSpecPtr m_environment;
    QString m_host;
    jobs::Places m_places;
    QString m_job;
    qint64 m_offset = 0;
    int m_failures = 0;
    QTimer m_timer;
};

} // namespace taffrail
