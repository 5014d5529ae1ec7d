// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "exec.h"
#include "inventory.h"
#include "observation.h"
#include "source.h"

#include <memory>

namespace taffrail::pg {

/// A database to ask. Targets that are equal share one kept connection.
struct Target {
    DatabaseSpec spec;
    bool production = false;
    /// Joins an accepted loopback socket with host:port on the far side; null = connect directly. The function owns fd.
    std::function<void(QString host, int port, int fd, Done<bool> done)> tunnel;
    QString tunnelKey; ///< names the way, so that two ways to one address are two connections
};

/// Statements for one database, pipelined in autocommit on a kept read-only session.
struct Batch {
    std::vector<sources::SqlQuery> queries;
    std::chrono::milliseconds statementTimeout{2'000};
    std::chrono::milliseconds lockTimeout{200};
    std::chrono::milliseconds deadline{15'000}; ///< connecting included
    qint64 maxBytes = 16 * 1024 * 1024; ///< of one answer; more is TooLarge
};

/// What the session is, learnt at connect.
struct SessionInfo {
    int serverVersion = 0; ///< 150020
    bool inRecovery = false;
    bool tls = false;
    QString user;
    QString peer; ///< "main at 10.0.0.9:5432 (primary)"
    QString systemId;
    QStringList missingGrants; ///< exact GRANT statements that would show more
};

struct BatchReply {
    std::vector<Result<sources::SqlReply>> results; ///< one per query; one failing query never hides the others
    SessionInfo session;
    std::chrono::microseconds took{0};
};

/// How far the making of a connection has come.
enum class ConnectStage {
    Resolved, ///< `detail` is the first address; `used` false: a socket, or the far side of a tunnel knows its own
              ///< names
    Connected, ///< `detail` is "10.0.0.9:5432"
    Secured, ///< `detail` is the TLS version; `used` false: without TLS
    SignedIn, ///< `detail` is the user
    Ready, ///< the database, `detail`, accepted the session
};

/// Told as it happens. Another address that is tried begins anew at Connected.
struct StageEvent {
    QString key;
    ConnectStage stage = ConnectStage::Resolved;
    std::chrono::steady_clock::time_point at;
    bool used = true;
    QString detail;
};

/// Answers a secret reference other than "prompt" (env:, file:, command:, keychain:). It may block: it is called on a
/// thread of its own, also when the pool has just ended, so it holds what it uses by value.
using SecretResolver = std::function<Result<QByteArray>(const QString &reference)>;

/// A few threads over kept, read-only connections; each drives any number of them, so that a hanging database costs
/// only itself. Every function may be called from any thread and returns at once; callbacks come on a thread of the
/// pool.
///
/// One batch at a time per connection; a target has at most two: batches with a statement timeout above 3 s have their
/// own. A connection that fails is tried again at the next batch, but not before its back-off (1 s doubling to 60 s,
/// jittered; 15 s at least after a refused login) has passed: until then batches fail at once with the last error.
/// wake() ends all back-offs. When at least one statement was answered, a deadline or a loss is told per statement.
class Pool {
public:
    /// `askPassword` answers the reference "prompt"; null = AnswerNeeded. It is asked once for a target, may answer
    /// later than the batch's deadline (the next one has it then), and with "" when the person declines (until wake()).
    explicit Pool(int threads = 4,
                  std::function<void(QString subject, std::function<void(QByteArray)>)> askPassword = {},
                  SecretResolver resolveSecret = {});
    ~Pool();
    Q_DISABLE_COPY_MOVE(Pool)

    RequestId run(const Target &target, Batch batch, Done<BatchReply> done);
    /// Asks the server to cancel a running statement; `done` gets Cancelled.
    void cancel(RequestId id);
    void onLink(std::function<void(const QString &key, const Link &link)> observer);
    /// Called on a thread of the pool.
    void onStage(std::function<void(const StageEvent &)> observer);
    static QString keyOf(const Target &target);
    /// After sleep, a change of network, or when a person asks for it now: back-offs end, idle connections are made
    /// anew, and what was under way is asked again on a new one.
    void wake();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace taffrail::pg
