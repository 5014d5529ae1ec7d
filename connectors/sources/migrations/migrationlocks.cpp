// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationlocks.h"

#include "crc32.h"
#include "text.h"

#include <algorithm>

namespace taffrail::sources::migrations {

namespace {

QByteArray text(const SqlReply &reply, size_t row, const char *column)
{
    const QByteArray *cell = reply.cell(row, column);
    return cell ? *cell : QByteArray();
}

std::vector<qint64> lockKeys(const SqlReply &locks, const QString &tool, const TableName &table)
{
    if (tool == QLatin1String("rails"))
        return {railsLockKey(text(locks, 0, "database"))};
    if (tool == QLatin1String("flyway"))
        return {flywayLockKey(table)};
    if (tool == QLatin1String("golang-migrate"))
        return golangLockKeys(table, text(locks, 0, "database"));
    if (tool == QLatin1String("sqlx"))
        return {sqlxLockKey(text(locks, 0, "database"))};
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
    return found == fixed.cend() ? std::vector<qint64>() : std::vector<qint64>{*found};
}

/// The mode in which a tool locks its own table while it migrates; "" = it does not.
QByteArray tableLockOf(const QString &tool)
{
    static const QHash<QString, QByteArray> modes{
        {QStringLiteral("ecto"), "ShareUpdateExclusiveLock"},
        {QStringLiteral("efcore"), "AccessExclusiveLock"},
        {QStringLiteral("sqitch"), "ExclusiveLock"},
    };
    return modes.value(tool);
}

bool holdsTable(const SqlReply &locks, size_t row, const QString &tool, const TableName &table)
{
    const QByteArray mode = tableLockOf(tool);
    return !mode.isEmpty() && text(locks, row, "mode") == mode && text(locks, row, "relation") == table.name.toUtf8()
        && text(locks, row, "schema") == table.schema.toUtf8();
}

QStringList linesOf(const QByteArray &lines)
{
    QStringList result;
    for (const QByteArray &line : lines.split('\n')) {
        if (!line.isEmpty() && result.size() < 20)
            result << sanitizedLine("pid " + line, 160);
    }
    return result;
}

/// What the lock is, what its holder does, who waits for it, and the command that removes it: a text, never run.
QString told(const QString &what, const QString &doing, const QStringList &waiting, const QString &unlock)
{
    QStringList parts{what};
    if (!doing.isEmpty())
        parts << doing;
    if (!waiting.isEmpty())
        parts << QStringLiteral("waiting for it: ") + waiting.join(QStringLiteral(", "));
    if (!unlock.isEmpty())
        parts << QStringLiteral("to remove it by hand: ") + unlock;
    return parts.join(QStringLiteral("; "));
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
            ", r.nspname::text AS schema, r.relname::text AS relation, k.mode"
            ", a.state,"
            " (SELECT string_agg(w.pid || ' ' || coalesce(w.usename, '') || ' ' || coalesce(nullif(w.application_name,"
            " ''), '-'), E'\\n' ORDER BY w.pid) FROM pg_catalog.pg_stat_activity w"
            " WHERE w.pid IN (SELECT q.pid FROM pg_catalog.pg_locks q WHERE NOT q.granted) AND k.pid = ANY "
            "(pg_catalog.pg_blocking_pids(w.pid))) AS blocked"
            " FROM pg_catalog.pg_locks k LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = k.pid"
            " LEFT JOIN (SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
            " ON n.oid = c.relnamespace) r ON k.locktype = 'relation' AND r.oid = k.relation"
            " WHERE k.granted AND (k.locktype = 'advisory' AND k.objsubid = 1 OR k.locktype = 'relation'"
            " AND k.mode IN ('ShareUpdateExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')"
            " AND a.usesysid IS NOT NULL AND (r.relname IN ('schema_migrations', 'changes') OR r.relname"
            " ~* 'migration'))"
            " AND k.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
            " LIMIT 500) l ON true",
            {}};
}

std::optional<HeldLock> lockOf(const SqlReply &locks, const QString &tool, const TableName &table)
{
    const std::vector<qint64> wanted = lockKeys(locks, tool, table);
    if (wanted.empty() && tableLockOf(tool).isEmpty())
        return std::nullopt;
    for (size_t row = 0; row < locks.rows.size(); ++row) {
        bool ok = false;
        const qint64 key = text(locks, row, "key").toLongLong(&ok);
        if (!(ok && std::ranges::find(wanted, key) != wanted.end()) && !holdsTable(locks, row, tool, table))
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
        // The lock goes with its session; there is nothing to unlock but that.
        const QString end
            = QStringLiteral("SELECT pg_terminate_backend(%1);").arg(sanitizedLine(text(locks, row, "pid"), 20));
        lock.reason
            = told(QStringLiteral("advisory lock %1").arg(key), redacted(sanitizedLine(text(locks, row, "query"), 200)),
                   linesOf(text(locks, row, "blocked")), end);
        return lock;
    }
    return std::nullopt;
}

SqlQuery lockRowQuery(const TableName &lockTable, const TableName &history)
{
    const QByteArray oids = "ARRAY[to_regclass($1), to_regclass($2)]::oid[]";
    return {"SELECT (SELECT max(r.is_locked::int) FROM " + quotedTable(lockTable)
                + " r) AS is_locked,"
                  " (SELECT string_agg(u.pid || ' ' || coalesce(u.usename, '') || ' ' || coalesce(nullif("
                  "u.application_name, ''), '-'), E'\\n' ORDER BY u.pid) FROM pg_catalog.pg_stat_activity u"
                  " WHERE u.pid <> pg_catalog.pg_backend_pid() AND u.pid IN (SELECT k.pid FROM pg_catalog.pg_locks k"
                  " WHERE k.locktype = 'relation' AND k.granted AND k.relation = ANY ("
                + oids
                + ") AND k.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname ="
                  " pg_catalog.current_database()))) AS users",
            {quotedTable(lockTable), quotedTable(history)}};
}

std::optional<HeldLock> lockRowOf(const SqlReply &row, const QString &tool, const TableName &lockTable)
{
    const QByteArray value = text(row, 0, "is_locked");
    if (value.isEmpty() || value == "0" || value == "f")
        return std::nullopt;
    HeldLock lock;
    const QString unlock = tool == QLatin1String("kysely")
        ? QStringLiteral("UPDATE %1 SET is_locked = 0;").arg(QString::fromUtf8(quotedTable(lockTable)))
        : unlockCommand(tool);
    const QStringList users = linesOf(text(row, 0, "users"));
    lock.by = users.join(QStringLiteral(", "));
    lock.reason = told(
        QStringLiteral("row in %1").arg(shownName(lockTable)),
        users.isEmpty()
            ? QStringLiteral("the tool notes neither who nor when, and no session has the history open now: probably "
                             "left by a run that was killed")
            : QStringLiteral("the tool notes neither who nor when; these sessions have its tables open now"),
        {}, unlock);
    return lock;
}

QString unlockCommand(const QString &tool)
{
    static const QHash<QString, QString> commands{
        {QStringLiteral("knex"), QStringLiteral("knex migrate:unlock")},
    };
    return commands.value(tool);
}

bool isStandby(const SqlReply &locks)
{
    return text(locks, 0, "standby").startsWith('t');
}

SqlQuery debrisQuery()
{
    return {
        "SELECT 'index' AS kind, n.nspname || '.' || c.relname AS name FROM pg_catalog.pg_index i"
        " JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname !~ '^pg_(temp|toast)'"
        // One that is being built now is not left behind.
        " AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = c.oid)"
        " UNION ALL SELECT 'constraint', n.nspname || '.' || c.relname || ' ' || k.conname"
        " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT k.convalidated"
        " ORDER BY 1, 2 LIMIT 100",
        {}};
}

QString debrisText(const SqlReply &debris)
{
    constexpr size_t mostShown = 5;
    QStringList parts;
    for (size_t row = 0; row < std::min(debris.rows.size(), mostShown); ++row)
        parts << QStringLiteral("%1 %2").arg(text(debris, row, "kind") == "index"
                                                 ? QStringLiteral("invalid index")
                                                 : QStringLiteral("NOT VALID constraint"),
                                             sanitizedLine(text(debris, row, "name"), 150));
    if (debris.rows.size() > mostShown)
        parts << QStringLiteral("and %1 more").arg(debris.rows.size() - mostShown);
    return parts.isEmpty() ? QString() : QStringLiteral("left behind: ") + parts.join(QStringLiteral(", "));
}

qint64 railsLockKey(const QByteArray &database)
{
    return 2053462845LL * qint64(crc32(database));
}

std::vector<qint64> golangLockKeys(const TableName &table, const QByteArray &database)
{
    const QByteArray schema = table.schema.toUtf8() + '\0', name = table.name.toUtf8() + '\0';
    std::vector<qint64> keys;
    for (const QByteArray &path : {"/" + database, database}) {
        for (const QByteArray &text : {schema + name + path, schema + path, path})
            keys.push_back(qint64(crc32(text) * 1486364155U));
    }
    return keys;
}

qint64 sqlxLockKey(const QByteArray &database)
{
    return 0x3d32ad9eLL * qint64(crc32(database));
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
