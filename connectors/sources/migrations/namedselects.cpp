// SPDX-License-Identifier: GPL-3.0-or-later
#include "namedselects.h"

#include "migrationreader.h"

namespace taffrail::sources::migrations {

namespace {

QByteArray limitText()
{
    return " LIMIT " + QByteArray::number(maxRows + 1);
}

} // namespace

// A failed attempt keeps its error, which may be long.
QByteArray selectPrisma(const TableName &table)
{
    return "SELECT migration_name, checksum, " + sqlTime("started_at") + " AS started_at, " + sqlTime("finished_at")
        + " AS finished_at, " + sqlTime("rolled_back_at")
        + " AS rolled_back_at, applied_steps_count, left(logs, 8000) AS logs FROM " + quotedTable(table)
        + " t ORDER BY t.started_at, t.id" + limitText();
}

QByteArray selectKnex(const TableName &table)
{
    return "SELECT id, name, batch, " + sqlTime("migration_time") + " AS migration_time FROM " + quotedTable(table)
        + " ORDER BY id" + limitText();
}

// The column has no zone: the writer's was the server's default, unless the tool set another one.
QByteArray selectNodePgMigrate(const TableName &table)
{
    return "SELECT id, name, "
        + sqlTime("run_on AT TIME ZONE (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'TimeZone')")
        + " AS run_on FROM " + quotedTable(table) + " t ORDER BY t.run_on, t.id" + limitText();
}

QByteArray selectTypeOrm(const TableName &table)
{
    return "SELECT id, \"timestamp\", name FROM " + quotedTable(table) + " ORDER BY id" + limitText();
}

QByteArray selectSequelize(const TableName &table)
{
    return "SELECT name FROM " + quotedTable(table) + " ORDER BY name COLLATE \"C\"" + limitText();
}

// Version 1 has two columns more.
QByteArray selectDrizzle(const TableName &table)
{
    return "SELECT t.id, t.hash, t.created_at, to_jsonb(t)->>'name' AS name, "
        + sqlTime("(to_jsonb(t)->>'applied_at')::timestamptz") + " AS applied_at FROM " + quotedTable(table)
        + " t ORDER BY t.id" + limitText();
}

QByteArray selectMikroOrm(const TableName &table)
{
    return "SELECT id, name, " + sqlTime("executed_at") + " AS executed_at FROM " + quotedTable(table) + " ORDER BY id"
        + limitText();
}

QByteArray selectKysely(const TableName &table)
{
    return "SELECT name, \"timestamp\" FROM " + quotedTable(table) + " ORDER BY \"timestamp\", name COLLATE \"C\""
        + limitText();
}

} // namespace taffrail::sources::migrations
