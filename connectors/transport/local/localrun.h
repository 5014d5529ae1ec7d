// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "exec.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>

#include <optional>

#include <sys/types.h>

namespace taffrail {

/// One `/bin/sh -s` of this machine with its three pipes. Leads its own session, so that one kill ends it with
/// everything that it started. Used by one thread.
class LocalRun {
public:
    LocalRun(RequestId id, ExecRequest request, Done<ExecReply> done);
    ~LocalRun(); ///< kills what still runs
    Q_DISABLE_COPY_MOVE(LocalRun)

    RequestId id() const { return m_id; }
    /// Starts the shell; the error when it cannot be started.
    std::optional<Error> start();
    /// Moves whatever can be moved without waiting. True: the run has ended and finish() may be called.
    bool advance();
    /// Milliseconds until advance() must be called even if no descriptor is ready.
    int waitMs() const;
    /// Descriptors to poll for: stdin (write), stdout and stderr (read), process (read); -1 = closed or of no more
    /// interest.
    int in() const { return m_in; }
    int out() const { return m_out; }
    int err() const { return m_err; }
    int process() const { return m_exited ? -1 : m_process; }

    /// Kills the group, reaps, and calls `done` once: with the reply, or with the error of advance() or the one given.
    void finish(std::optional<Error> error = {});

private:
    void writeScript();
    bool read(int &fd, QByteArray &into, qint64 limit);
    void reap();

    RequestId m_id;
    ExecRequest m_request;
    Done<ExecReply> m_done;
    ExecReply m_reply;
    std::optional<Error> m_error;
    QDeadlineTimer m_deadline;
    QDeadlineTimer m_grace{QDeadlineTimer::Forever}; ///< after the shell ended, for what still holds its pipes
    QElapsedTimer m_clock;
    qsizetype m_written = 0;
    pid_t m_pid = -1;
    int m_in = -1, m_out = -1, m_err = -1, m_process = -1;
    bool m_exited = false;
};

} // namespace taffrail
