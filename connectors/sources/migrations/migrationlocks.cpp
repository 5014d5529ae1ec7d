// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationlocks.h"

#include "crc32.h"
#include "text.h"

namespace taffrail::sources::migrations {

namespace {

QByteArray text(const SqlReply &reply, size_t row, const char *column)
{
    const QByteArray *cell = reply.cell(row, column);
    return cell ? *cell : QByteArray();
}

std::optional<qint64> lockKey(const SqlReply &locks, const QString &tool, const TableName &table)
{
    if (tool == QLatin1String("rails"))
        return railsLockKey(text(locks, 0, "database"));
    if (tool == QLatin1String("flyway"))
        return flywayLockKey(table);
    // Fixed keys of tools whose rows are not read yet: that somebody migrates is worth knowing all the same.
    static const QHash<QString, qint64> fixed{
        {QStringLiteral("prisma"), 72707369},
        {QStringLiteral("sqitch"), 75474063},
        {QStringLiteral("node-pg-migrate"), 7241865325823964},
        {QStringLiteral("graphile-migrate"), 4727445306447283},
        {QStringLiteral("kysely"), 3853314791062309107},
        {QStringLiteral("goose"), 4097083626},
        {QStringLiteral("atlas"), 2686470616},
    };
    const auto found = fixed.constFind(tool);
    return found == fixed.cend() ? std::nullopt : std::optional<qint64>(*found);
}

} // namespace

SqlQuery locksQuery()
{
    return {"SELECT d.database, d.standby, l.* FROM"
            " (SELECT pg_catalog.current_database()::text AS database, pg_catalog.pg_is_in_recovery() AS standby) d"
            " LEFT JOIN (SELECT (k.classid::bigint << 32) | k.objid::bigint AS key, k.pid, a.usename::text AS usename,"
            " a.application_name, host(a.client_addr) AS client,"
            " to_char(a.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') AS since,"
            " left(a.query, 200) AS query"
            " FROM pg_catalog.pg_locks k LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = k.pid"
            " WHERE k.locktype = 'advisory' AND k.objsubid = 1 AND k.granted"
            " AND k.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
            " LIMIT 500) l ON true",
            {}};
}

std::optional<HeldLock> lockOf(const SqlReply &locks, const QString &tool, const TableName &table)
{
    const std::optional<qint64> wanted = lockKey(locks, tool, table);
    if (!wanted)
        return std::nullopt;
    for (size_t row = 0; row < locks.rows.size(); ++row) {
        bool ok = false;
        const qint64 key = text(locks, row, "key").toLongLong(&ok);
        if (!ok || key != *wanted)
            continue;
        HeldLock lock;
        QStringList who;
        if (const QByteArray user = text(locks, row, "usename"); !user.isEmpty())
            who << sanitizedLine(user, 60);
        if (const QByteArray name = text(locks, row, "application_name"); !name.isEmpty())
            who << QStringLiteral("(%1)").arg(sanitizedLine(name, 60));
        who << QStringLiteral("pid %1").arg(sanitizedLine(text(locks, row, "pid"), 20));
        if (const QByteArray client = text(locks, row, "client"); !client.isEmpty())
            who << QStringLiteral("from %1").arg(sanitizedLine(client, 60));
        lock.by = who.join(QLatin1Char(' '));
        lock.since = fromRfc3339(QString::fromLatin1(text(locks, row, "since"))).toUTC();
        lock.reason = redacted(sanitizedLine(text(locks, row, "query"), 200));
        return lock;
    }
    return std::nullopt;
}

bool isStandby(const SqlReply &locks)
{
    return text(locks, 0, "standby").startsWith('t');
}

qint64 railsLockKey(const QByteArray &database)
{
    return 2053462845LL * qint64(crc32(database));
}

qint64 flywayLockKey(const TableName &table)
{
    // Java hashes UTF-16 units, as QString stores them.
    const QString text = QStringLiteral("\"%1\".\"%2\"").arg(table.schema, table.name);
    quint32 hash = 0;
    for (const QChar character : text)
        hash = hash * 31U + character.unicode();
    return 77431708279161LL + static_cast<qint32>(hash);
}

} // namespace taffrail::sources::migrations
