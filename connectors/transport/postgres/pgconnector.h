// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "loopbackdoor.h"
#include "pgloop.h"
#include "pgplan.h"

#include <libpq-fe.h>

#include <optional>

namespace taffrail::pg {

struct ConnectionDeleter {
    void operator()(PGconn *connection) const { PQfinish(connection); }
};
using ConnectionPtr = std::unique_ptr<PGconn, ConnectionDeleter>;

/// Makes one connection without blocking: tries the plan's endpoints in order, each within its own time limit. Lives on
/// one loop.
class Connector : public std::enable_shared_from_this<Connector> {
public:
    /// `password` is used for all endpoints; null = the plan's.
    Connector(ConnectPlan plan, SecretPtr password, const Target &target, const Batch &first,
              std::weak_ptr<Mailbox> mailbox);

    /// Called at each stage that is behind; set it before start(). Null = nobody listens.
    std::function<void(ConnectStage stage, bool used, const QString &detail)> staged;

    void start();
    void collect(std::vector<pollfd> &descriptors) const;
    void ready(int descriptor);
    void advance(Clock::time_point now);
    Clock::time_point nextTimer() const;

    bool isDecided() const { return m_connected || m_error.has_value(); }
    const std::optional<Error> &error() const { return m_error; }
    /// The connection once it stands: non-blocking, read-only proven where the server reports it (14 and later).
    ConnectionPtr take() { return std::move(m_connection); }
    QString place() const; ///< "10.0.0.9:5432" of the endpoint in use, as the user wrote it
    QString phaseText() const; ///< what it is waiting for, for the words of a deadline
    const Endpoint &endpoint() const; ///< in use, or tried last

private:
    void tryNext();
    void beginAttempt(const Endpoint &endpoint);
    bool openConnection(const Endpoint &endpoint, const QByteArray &address, const QByteArray &port);
    void proceed();
    void attemptFailed();
    void follow();
    void passed(ConnectStage last);
    void tell(ConnectStage stage) const;
    void finishAttempt(Error error, bool mayTryNext);
    void letIn();
    void tunnelReported(size_t attempt, const Result<bool> &result);
    void connected();
    QByteArray sessionKind() const;

    ConnectPlan m_plan;
    SecretPtr m_password;
    Target m_target;
    QByteArray m_limits; ///< statement_timeout and lock_timeout as startup options
    std::weak_ptr<Mailbox> m_mailbox;
    LoopbackDoor m_door;
    ConnectionPtr m_connection;
    ConnStatusType m_phase = CONNECTION_NEEDED;
    PostgresPollingStatusType m_waitsFor = PGRES_POLLING_WRITING;
    size_t m_attempt = 0; ///< endpoints tried so far
    Clock::time_point m_limit = Clock::time_point::max();
    bool m_tunnelOpen = false;
    int m_told = int(ConnectStage::Resolved); ///< the last stage of this attempt that was told
    std::optional<Error> m_held; ///< libpq's view, while the tunnel may still know better
    std::optional<Error> m_error;
    bool m_connected = false;
};

} // namespace taffrail::pg
