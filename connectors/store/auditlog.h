// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "auditchain.h"
#include "result.h"
#include "sqlitefile.h"

#include <functional>
#include <memory>
#include <vector>

namespace taffrail {

/// What a person did, to be written. `detail` is a JSON object in UTF-8 without secrets.
struct AuditRecord {
    QString action, environment, object;
    QByteArray detail = QByteArrayLiteral("{}");
};

/// Which entries to list: newest first, below `beforeSeq`.
struct AuditQuery {
    QString environment; ///< "" = all
    QString action; ///< begins with this; "" = all
    qint64 beforeSeq = 0; ///< 0 = from the newest
    int limit = 200;
};

/// The audit of a person who works alone: an append-only, hash-chained SQLite file. An entry is on disk before
/// append() returns. Several processes may append to one file. Belongs to the thread that opened it; blocks for a disk
/// sync (up to 5 s while another process writes), so it is not for the UI thread.
class AuditLog {
public:
    /// $XDG_STATE_HOME/taffrail/audit.db
    static QString defaultPath();

    /// Opens or makes the file (0600), checks it and its whole chain. A damaged file is moved aside, never repaired: a
    /// new chain begins, whose first entry says which file was left and at which entry; notice() says it in words.
    /// `head` beside the file remembers the last entry, so that a file that was put back to an older state is found.
    /// Errors: Denied, Busy, Unsupported (a newer schema), ToolFailed (disk full …).
    static Result<std::unique_ptr<AuditLog>> open(const QString &path, const QString &actor);
    ~AuditLog();
    Q_DISABLE_COPY_MOVE(AuditLog)

    QString notice() const { return m_notice; } ///< what a person should know about opening; "" = nothing

    /// Writes one entry and returns it. Errors: BadConfig (detail is no JSON object), Busy, Denied, ToolFailed.
    Result<AuditEntry> append(const AuditRecord &record);
    Result<std::vector<AuditEntry>> list(const AuditQuery &query);
    /// Every entry, oldest first, until `take` returns false.
    Result<void> walk(const std::function<bool(const AuditEntry &)> &take);
    /// The fault of the chain, or its head.
    Result<tl::expected<AuditHead, AuditFault>> verify();

private:
    AuditLog(const QString &path, QString actor);
    Result<void> prepare();
    Result<void> check();
    Result<AuditEntry> insert(const AuditRecord &record);
    /// The last entry that this program knows to have been written, from the file beside the log.
    std::optional<AuditHead> anchor() const;
    void writeAnchor(const AuditEntry &entry);

    SqliteFile m_file;
    QString m_actor;
    QString m_notice;
};

} // namespace taffrail
