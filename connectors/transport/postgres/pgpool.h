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
    std::chrono::milliseconds statementTimeout {2'000};
    std::chrono::milliseconds lockTimeout {200};
    std::chrono::milliseconds deadline {15'000}; ///< connecting included
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
    std::chrono::microseconds took {0};
};

/// A small pool of threads over kept libpqxx connections. Every function may be called from any thread and returns at once.
class Pool {
public:
    /// `askPassword` answers the reference "prompt"; null = AnswerNeeded.
    explicit Pool(int threads = 4, std::function<void(QString subject, std::function<void(QByteArray)>)> askPassword = {});
    ~Pool();
    Q_DISABLE_COPY_MOVE(Pool)

    RequestId run(const Target &target, Batch batch, Done<BatchReply> done);
    /// Asks the server to cancel a running statement; `done` gets Cancelled.
    void cancel(RequestId id);
    void onLink(std::function<void(const QString &key, const Link &link)> observer);
    static QString keyOf(const Target &target);
    void wake();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace taffrail::pg
