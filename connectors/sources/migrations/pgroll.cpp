// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

#include <QJsonDocument>
#include <QJsonObject>

#include <set>

// pgroll: a row per migration of a schema; done = false is started and not completed: two versions of the schema live.
namespace taffrail::sources::migrations {

namespace {

bool isPgrollFile(const FileRoot &, const MigrationFile &file)
{
    const QByteArray name = file.name();
    const bool fits = name.endsWith(".json") || name.endsWith(".yaml") || name.endsWith(".yml");
    return fits && (!file.isWhole || file.content.contains("operations"));
}

QByteArray nameOf(const MigrationFile &file)
{
    const QByteArray stem = file.name().left(file.name().lastIndexOf('.'));
    const QJsonDocument json = QJsonDocument::fromJson(file.content);
    if (json.isObject() && json.object().value(QStringLiteral("name")).isString())
        return json.object().value(QStringLiteral("name")).toString().toUtf8();
    static const QRegularExpression yaml(QStringLiteral("^name:\\s*[\"']?([^\"'\\s#]+)"),
                                         QRegularExpression::MultilineOption);
    const auto match = file.name().endsWith(".json") ? QRegularExpressionMatch()
                                                     : yaml.match(QString::fromUtf8(file.content.left(4096)));
    return match.hasMatch() ? match.captured(1).toUtf8() : stem;
}

std::vector<DiskMigration> diskPgroll(const Roots &roots)
{
    std::vector<DiskMigration> all;
    for (const FoundFile &found : filesFitting(roots, isPgrollFile)) {
        DiskMigration disk;
        disk.key = nameOf(*found.file);
        disk.version = sanitizedLine(disk.key, 200);
        disk.root = found.root;
        disk.file = found.file;
        disk.isUnsure = !found.file->isWhole && !found.file->content.contains("operations");
        takeCode(disk, QStringLiteral("a list of pgroll's own operations"));
        all.push_back(std::move(disk));
    }
    return all;
}

QByteArray selectPgroll(const TableName &table)
{
    return "SELECT j->>'schema' AS schema, j->>'name' AS name, j->>'parent' AS parent, j->>'done' AS done,"
           " j->>'migration_type' AS migration_type, "
        + sqlTime("(j->>'created_at')::timestamptz") + " AS created_at, " + sqlTime("(j->>'updated_at')::timestamptz")
        + " AS updated_at FROM (SELECT to_jsonb(t) - 'resulting_schema' - 'migration' AS j FROM " + quotedTable(table)
        + " t) x ORDER BY j->>'schema', j->>'created_at', j->>'name' LIMIT " + QByteArray::number(maxRows + 1);
}

QByteArray nameIn(const QByteArray &version, bool hasSchema)
{
    return hasSchema ? version.mid(version.indexOf('.') + 1) : version;
}

MigrationHistory readPgroll(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "pgroll");
    std::set<QByteArray> schemas;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row)
        schemas.insert(cellText(*input.rows, row, "schema"));
    const bool hasSchema = schemas.size() > 1;
    std::vector<RecordedMigration> recorded;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        const SqlReply &rows = *input.rows;
        const QByteArray schema = cellText(rows, row, "schema");
        const QByteArray type = cellText(rows, row, "migration_type");
        RecordedMigration each{cellText(rows, row, "name"), {}};
        Migration &migration = each.migration;
        migration.version = sanitizedLine(hasSchema ? schema + '.' + each.key : each.key, 200);
        migration.appliedAt = anyTime(rows, row, "created_at");
        migration.flags = {MigrationState::Applied};
        if (type == "baseline")
            migration.flags = {MigrationState::Baseline};
        each.isComparable = type.isEmpty() || type == "pgroll";
        if (type == "inferred")
            addNote(migration, QStringLiteral("inferred: somebody changed the schema without pgroll"));
        if (!isTrue(cellText(rows, row, "done"))) {
            migration.flags = {MigrationState::Pending};
            migration.reversible = Reversible::Yes;
            addNote(migration,
                    QStringLiteral("started, not completed: two versions of schema %1 live; \"pgroll complete\" "
                                   "or \"pgroll rollback\" ends it")
                        .arg(sanitizedLine(schema, 60)));
        } else {
            migration.reversible = Reversible::No;
            history.current = migration.version;
        }
        recorded.push_back(std::move(each));
    }
    history.notes << noFailureRecord();
    std::vector<DiskMigration> files = diskPgroll(input.roots);
    for (DiskMigration &disk : files)
        disk.reversible = Reversible::Unknown;
    std::vector<Reversible> known;
    for (const RecordedMigration &each : recorded)
        known.push_back(each.migration.reversible);
    join(history, input, std::move(recorded), files, {});
    for (size_t i = 0; i < known.size(); ++i)
        history.migrations[i].reversible = known[i]; // only a started one can be taken back
    return history;
}

QByteArray keyOf(const QString &version)
{
    return nameIn(version.toUtf8(), false);
}

} // namespace

const Tool pgrollTool{.name = "pgroll",
                      .defaultTable = "migrations",
                      .read = readPgroll,
                      .select = selectPgroll,
                      .disk = diskPgroll,
                      .keyOf = keyOf};

} // namespace taffrail::sources::migrations
