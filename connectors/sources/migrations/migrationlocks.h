// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "signatures.h"

/// "Is someone migrating right now?": advisory locks whose keys the tools are known to use.
namespace taffrail::sources::migrations {

/// Always at least one row: database, standby; key, pid, holder columns are NULL when nobody holds an advisory lock.
SqlQuery locksQuery();
/// The holder of this tool's lock; none when nobody holds it, or the tool takes none.
std::optional<HeldLock> lockOf(const SqlReply &locks, const QString &tool, const TableName &table);
bool isStandby(const SqlReply &locks);

/// 2053462845 × crc32(database): ActiveRecord.
qint64 railsLockKey(const QByteArray &database);
/// 77431708279161 + Java's hashCode of "schema"."table", quotes included.
qint64 flywayLockKey(const TableName &table);

} // namespace taffrail::sources::migrations
