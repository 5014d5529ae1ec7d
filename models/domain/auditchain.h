// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QString>

#include <optional>

namespace taffrail {

/// One entry of the audit: who did what, where, and the hash that ties it to the entry before.
struct AuditEntry {
    qint64 seq = 0; ///< from 1, without gaps
    qint64 at = 0; ///< microseconds since 1970, UTC
    QString actor; ///< "mary@laptop"
    QString app; ///< "taffrail 0.1.0"
    QString action; ///< "rollback.start"
    QString environment; ///< environment id, or ""
    QString object; ///< what was acted on: run id, app, host
    QByteArray detail; ///< a JSON object as it was written; hashed as these bytes, never written anew
    QByteArray previous; ///< hash of the entry before, 32 bytes
    QByteArray hash; ///< 32 bytes

    bool operator==(const AuditEntry &) const = default;
    QDateTime time() const { return QDateTime::fromMSecsSinceEpoch(at / 1000, Qt::UTC); }
};

/// Where a chain stands: the number and hash of its last entry.
struct AuditHead {
    qint64 seq = 0; ///< 0 = empty
    QByteArray hash;

    bool operator==(const AuditHead &) const = default;
};

/// The first entry that does not fit.
struct AuditFault {
    qint64 seq = 0;
    QString why; ///< in plain words

    bool operator==(const AuditFault &) const = default;
};

/// The head of an empty chain: SHA-256 of "taffrail-audit-v1".
AuditHead auditGenesis();

/// SHA-256 over: byte 0x01, the previous hash, seq and time as 8-byte big-endian numbers, then actor, app, action,
/// environment, object and detail, each as a 4-byte big-endian length and its UTF-8 bytes. The same bytes are hashed in
/// PostgreSQL, so that a chain can be checked by either.
QByteArray auditDigest(const AuditEntry &entry);

/// Walks a chain entry by entry, from `start` on.
class AuditWalk {
public:
    explicit AuditWalk(AuditHead start = auditGenesis()) : m_head(std::move(start)) {}

    /// The fault of this entry, if it does not follow the one before. The walk ends at the first.
    std::optional<AuditFault> step(const AuditEntry &entry);
    const AuditHead &head() const { return m_head; }

private:
    AuditHead m_head;
};

} // namespace taffrail
