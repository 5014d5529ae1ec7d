// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationreader.h"

#include "namedselects.h"
#include "text.h"

#include <algorithm>

namespace taffrail::sources::migrations {

namespace {

QByteArray limitText()
{
    return " LIMIT " + QByteArray::number(maxRows + 1);
}

QByteArray selectAlembic(const TableName &table)
{
    return "SELECT version_num FROM " + quotedTable(table) + " ORDER BY 1" + limitText();
}

QByteArray selectRails(const TableName &table)
{
    return "SELECT version FROM " + quotedTable(table) + " ORDER BY 1" + limitText();
}

// The column has no zone: the writer's was the server's default, unless the tool set another one.
QByteArray selectFlyway(const TableName &table)
{
    return "SELECT installed_rank, version, description, type, script, checksum, installed_by, "
        + sqlTime("installed_on AT TIME ZONE (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'TimeZone')")
        + " AS installed_on, execution_time, success FROM " + quotedTable(table) + " ORDER BY installed_rank"
        + limitText();
}

QByteArray selectDjango(const TableName &table)
{
    return "SELECT id, app, name, " + sqlTime("applied") + " AS applied FROM " + quotedTable(table) + " ORDER BY id"
        + limitText();
}

constexpr Tool tools[] = {
    {"alembic", "alembic_version", readAlembic, selectAlembic},
    {"rails", "schema_migrations", readRails, selectRails},
    {"flyway", "flyway_schema_history", readFlyway, selectFlyway},
    {"django", "django_migrations", readDjango, selectDjango},
    {"prisma", "_prisma_migrations", readPrisma, selectPrisma},
    {"knex", "knex_migrations", readKnex, selectKnex},
    {"node-pg-migrate", "pgmigrations", readNodePgMigrate, selectNodePgMigrate},
    {"typeorm", "migrations", readTypeOrm, selectTypeOrm},
    {"sequelize", "SequelizeMeta", readSequelize, selectSequelize},
    {"drizzle", "__drizzle_migrations", readDrizzle, selectDrizzle},
    {"mikro-orm", "mikro_orm_migrations", readMikroOrm, selectMikroOrm},
    {"kysely", "kysely_migration", readKysely, selectKysely},
    {"db-migrate", "migrations", readDbMigrate, selectNodePgMigrate},
};

} // namespace

const Tool *toolNamed(const QString &name)
{
    const auto found
        = std::ranges::find_if(tools, [&name](const Tool &tool) { return name == QLatin1String(tool.name); });
    if (found != std::end(tools))
        return found;
    const auto further
        = std::ranges::find_if(furtherTools(), [&name](const Tool *tool) { return name == QLatin1String(tool->name); });
    return further == furtherTools().end() ? nullptr : *further;
}

MigrationHistory startHistory(const HistoryInput &input, const char *tool)
{
    MigrationHistory history;
    history.source = QLatin1String(tool);
    history.database = input.database;
    history.table = shownName(input.table);
    if (!input.rows)
        history.notes << QStringLiteral("the table does not exist: nothing was ever applied here");
    return history;
}

void finishHistory(MigrationHistory &history, const HistoryInput &input)
{
    int order = 0;
    for (Migration &migration : history.migrations) {
        migration.state = headline(migration.flags);
        migration.order = order++;
    }
    if (input.rows && input.rows->rows.size() > size_t(maxRows))
        history.notes << QStringLiteral("only the first %1 rows are read").arg(maxRows);
    if (history.filesFrom.isEmpty())
        history.notes << QStringLiteral("no files compared: what is pending is not known");
}

std::vector<RootedFile> filesWhere(const HistoryInput &input,
                                   bool (*fits)(const FileRoot &root, const MigrationFile &file))
{
    std::vector<RootedFile> files;
    for (const FileRoot *root : input.roots) {
        for (const MigrationFile &file : root->files) {
            if (fits(*root, file))
                files.push_back({root, &file});
        }
    }
    return files;
}

void nameFiles(MigrationHistory &history, const std::vector<RootedFile> &files)
{
    QStringList names;
    for (const RootedFile &rooted : files) {
        const QString name = sanitizedLine(rooted.root->spec.shown().toUtf8());
        if (names.contains(name))
            continue;
        names << name;
        history.notes << rooted.root->notes;
    }
    history.filesFrom = names.join(QStringLiteral(", "));
}

QByteArray cellText(const SqlReply &rows, size_t row, const char *column)
{
    const QByteArray *cell = rows.cell(row, column);
    return cell ? *cell : QByteArray();
}

QDateTime cellTime(const SqlReply &rows, size_t row, const char *column)
{
    const QByteArray *cell = rows.cell(row, column);
    return cell ? fromRfc3339(QString::fromLatin1(*cell)).toUTC() : QDateTime();
}

QByteArray sqlTime(const QByteArray &column)
{
    return "to_char((" + column + ") AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
}

QString wordsOf(const QByteArray &slug)
{
    QByteArray words = slug;
    words.replace('_', ' ');
    return sanitizedLine(words.trimmed());
}

QString externalApp()
{
    return QStringLiteral("external: its app is not among the compared files");
}

QString noFailureRecord()
{
    return QStringLiteral("no failure record in this tool: a failed migration shows as pending");
}

} // namespace taffrail::sources::migrations
