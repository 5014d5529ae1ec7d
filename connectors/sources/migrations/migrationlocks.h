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

/// The statement that reads a tool's lock row and who uses its table now: columns is_locked, users. No other tool's.
SqlQuery lockRowQuery(const TableName &lockTable, const TableName &history);
/// What the row says; none when it is not locked. Knex and Kysely note neither holder nor time: who has the history
/// open tells a run that goes on from one that was killed.
std::optional<HeldLock> lockRowOf(const SqlReply &row, const QString &tool, const TableName &lockTable);
/// The tool's own command that removes a lock left behind; "" where there is none to run.
QString unlockCommand(const QString &tool);

/// What aborted migrations leave beside the history: columns kind ("index", "constraint"), name.
SqlQuery debrisQuery();
/// "left behind: …", or "" when there is nothing.
QString debrisText(const SqlReply &debris);

/// 2053462845 × crc32(database): ActiveRecord.
qint64 railsLockKey(const QByteArray &database);
/// 77431708279161 + Java's hashCode of "schema"."table", quotes included.
qint64 flywayLockKey(const TableName &table);
/// Of golang-migrate: CRC-32 of schema, table and database, NUL between them, times 1486364155 in 32 bits; opened by a
/// URL the database is its path with the slash. Old versions leave the table out.
std::vector<qint64> golangLockKeys(const TableName &table, const QByteArray &database);
/// 0x3d32ad9e × crc32(database): sqlx.
qint64 sqlxLockKey(const QByteArray &database);

} // namespace taffrail::sources::migrations
