// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "eventloop.h"
#include "exec.h"

#include <memory>
#include <variant>

namespace taffrail::ssh {

/// How far a request has come: the words of a deadline depend on it.
enum class Phase { Connecting, Queued, Running };

/// One call of Pool. Lives on the network thread; finished exactly once.
class Request {
public:
    struct Exec {
        ExecRequest what;
        Done<ExecReply> done;
    };
    struct Probe {
        ExecRequest what;
        QByteArray nonce;
        Done<ExecReply> done;
    };
    struct ReadFile {
        QString path;
        qint64 maxBytes = 0;
        Done<QByteArray> done;
    };
    struct Forward {
        QByteArray host;
        int port = 0;
        int fd = -1; ///< owned until a channel takes it
        Done<bool> done;
    };
    using What = std::variant<Exec, Probe, ReadFile, Forward>;

    Request(RequestId id, What what, std::chrono::milliseconds deadline);
    ~Request(); ///< finishes with Cancelled what nobody finished
    Q_DISABLE_COPY_MOVE(Request)

    RequestId id() const { return m_id; }
    bool isFinished() const { return m_finished; }
    EventLoop::Clock::time_point deadline() const { return m_deadline; }
    std::chrono::milliseconds limit() const { return m_limit; } ///< as the caller gave it
    std::chrono::milliseconds left() const; ///< until the deadline, never negative

    template <typename T> T *as() { return std::get_if<T>(&m_what); }
    bool isForward() const { return std::holds_alternative<Forward>(m_what); }
    bool isProbe() const { return std::holds_alternative<Probe>(m_what); }

    void succeed(ExecReply reply);
    void succeed(QByteArray content);
    void succeed(bool open);
    void fail(const Error &error);
    /// The words of a deadline that passed, by phase.
    Error deadlineError() const;
    QString stepWord() const; ///< "run", "read file" or "forward"

    Phase phase = Phase::Connecting;
    QString subject; ///< "deploy@10.0.0.5:22" as far as known
    /// What the connection is waiting for: step and text are used. Null when it does not.
    std::function<Error()> connecting;
    /// Set by the connection: a deadline passed, so look whether the link still lives.
    std::function<void()> suspect;
    /// Set by the channel that runs it: stop, the caller has been answered.
    std::function<void()> stop;
    /// Set by the pool: forget it.
    std::function<void(RequestId)> forgotten;

private:
    void finish();

    RequestId m_id;
    What m_what;
    std::chrono::milliseconds m_limit;
    EventLoop::Clock::time_point m_deadline;
    bool m_finished = false;
};
using RequestPtr = std::shared_ptr<Request>;

} // namespace taffrail::ssh
