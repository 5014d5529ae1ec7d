// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

#include "phpmigration.h"

// Phinx: a row per version with start, end and a breakpoint; PHP files "<14 digits>_snake_name.php".
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &fileShape()
{
    static const QRegularExpression shape(QStringLiteral("^([0-9]{14})_([A-Za-z0-9_]+)\\.php$"));
    return shape;
}

bool isPhinxFile(const FileRoot &, const MigrationFile &file)
{
    return fileShape().match(QString::fromUtf8(file.name())).hasMatch();
}

std::vector<DiskMigration> diskPhinx(const Roots &roots)
{
    std::vector<DiskMigration> all;
    for (const FoundFile &found : filesFitting(roots, isPhinxFile)) {
        const auto match = fileShape().match(QString::fromUtf8(found.file->name()));
        DiskMigration disk;
        disk.key = plainNumber(match.captured(1).toUtf8());
        disk.version = QString::fromLatin1(disk.key);
        disk.name = wordsOf(match.captured(2).toUtf8());
        disk.root = found.root;
        takePhp(disk, *found.file);
        all.push_back(std::move(disk));
    }
    std::ranges::stable_sort(all, numberBefore, &DiskMigration::key);
    return all;
}

// Old tables have no name and no breakpoint.
QByteArray selectPhinx(const TableName &table)
{
    const auto time = [](const char *name) {
        return sqlTime(QByteArray("(j->>'") + name
                       + "')::timestamp AT TIME ZONE (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = "
                         "'TimeZone')")
            + " AS " + name;
    };
    return "SELECT j->>'version' AS version, j->>'migration_name' AS migration_name, " + time("start_time") + ", "
        + time("end_time") + ", j->>'breakpoint' AS breakpoint FROM (SELECT to_jsonb(t) AS j FROM " + quotedTable(table)
        + " t) x ORDER BY j->>'start_time', (j->>'version')::numeric LIMIT " + QByteArray::number(maxRows + 1);
}

MigrationHistory readPhinx(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "phinx");
    std::vector<RecordedMigration> recorded;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        const SqlReply &rows = *input.rows;
        RecordedMigration each{plainNumber(cellText(rows, row, "version")), {}};
        if (each.key.isEmpty())
            continue;
        Migration &migration = each.migration;
        migration.version = sanitizedLine(each.key, 40);
        migration.name = sanitizedLine(cellText(rows, row, "migration_name"), 200);
        const QDateTime start = anyTime(rows, row, "start_time"), end = anyTime(rows, row, "end_time");
        migration.appliedAt = end.isValid() ? end : start;
        if (start.isValid() && end.isValid() && start <= end)
            migration.took = std::chrono::milliseconds(start.msecsTo(end));
        migration.flags = {MigrationState::Applied};
        if (isTrue(cellText(rows, row, "breakpoint")))
            addNote(migration, QStringLiteral("breakpoint: it is not rolled back"));
        if (history.current.isEmpty() || numberBefore(history.current.toUtf8(), each.key))
            history.current = migration.version;
        recorded.push_back(std::move(each));
    }
    history.notes << noFailureRecord();
    if (!recorded.empty())
        history.notes << timesWithoutZone();
    JoinRules rules;
    rules.isOrderTime = true;
    rules.before = numberBefore;
    rules.missing = QStringLiteral("\"phinx status\" shows MISSING");
    join(history, input, std::move(recorded), diskPhinx(input.roots), rules);
    return history;
}

QByteArray numberKey(const QString &version)
{
    return plainNumber(version.toUtf8());
}

} // namespace

const Tool phinxTool{.name = "phinx",
                     .defaultTable = "phinxlog",
                     .read = readPhinx,
                     .select = selectPhinx,
                     .disk = diskPhinx,
                     .keyOf = numberKey};

} // namespace taffrail::sources::migrations
