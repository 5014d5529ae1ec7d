// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

#include <map>

// sql-migrate: a row per file, by its name; SQL files with "-- +migrate Up".
namespace taffrail::sources::migrations {

namespace {

/// Names that begin with a number go by it, then by their bytes.
bool fileBefore(const QByteArray &left, const QByteArray &right)
{
    const auto numberOfName = [](const QByteArray &name) {
        qsizetype end = 0;
        while (end < name.size() && name[end] >= '0' && name[end] <= '9')
            ++end;
        return plainNumber(name.left(end));
    };
    const QByteArray a = numberOfName(left), b = numberOfName(right);
    if (a.isEmpty() || b.isEmpty() || a == b)
        return left < right;
    return numberBefore(a, b);
}

bool isSqlMigrateFile(const FileRoot &, const MigrationFile &file)
{
    if (!file.name().endsWith(".sql"))
        return false;
    const bool isKnown = file.isRead && !file.content.isEmpty() && file.isWhole;
    return isKnown ? file.content.contains("+migrate") : !isMarkedForAnother(file, "-- +migrate up");
}

std::vector<DiskMigration> diskSqlMigrate(const Roots &roots)
{
    std::vector<DiskMigration> all;
    for (const FoundFile &found : filesFitting(roots, isSqlMigrateFile)) {
        const QByteArray name = found.file->name();
        DiskMigration disk;
        disk.key = name;
        disk.version = sanitizedLine(name, 300);
        disk.root = found.root;
        disk.file = found.file;
        const QByteArray stem = name.chopped(4);
        const qsizetype dash = stem.indexOf(stem.contains('_') ? '_' : '-');
        disk.name = wordsOf(dash > 0 && isAllDigits(stem.left(dash)) ? stem.mid(dash + 1) : stem);
        disk.isUnsure = !found.file->isWhole && !found.file->content.contains("+migrate");
        if (found.file->isWhole) {
            const Sections sections = sectionsOf(found.file->content, "^\\s*--\\s*\\+migrate\\s+(up|down)\\b(.*)$");
            disk.sql = sections.up.value_or(QByteArray());
            disk.line = sections.upLine;
            takeDownText(disk, sections.down, QStringLiteral("down section"));
            if (sections.options.contains("notransaction"))
                disk.note += (disk.note.isEmpty() ? QString() : QStringLiteral("; "))
                    + QStringLiteral("runs without a transaction: a failure can leave half of it");
        }
        all.push_back(std::move(disk));
    }
    std::ranges::stable_sort(all, fileBefore, &DiskMigration::key);
    return all;
}

QByteArray selectSqlMigrate(const TableName &table)
{
    return "SELECT id, " + sqlAnyTime("applied_at") + " AS applied_at FROM " + quotedTable(table)
        + " t ORDER BY t.applied_at, t.id LIMIT " + QByteArray::number(maxRows + 1);
}

MigrationHistory readSqlMigrate(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "sql-migrate");
    std::vector<RecordedMigration> recorded;
    QByteArray highest;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        RecordedMigration each{cellText(*input.rows, row, "id"), {}};
        if (each.key.isEmpty())
            continue;
        each.migration.version = sanitizedLine(each.key, 300);
        each.migration.appliedAt = anyTime(*input.rows, row, "applied_at");
        each.migration.flags = {MigrationState::Applied};
        if (highest.isEmpty() || fileBefore(highest, each.key))
            highest = each.key;
        recorded.push_back(std::move(each));
    }
    history.current = sanitizedLine(highest, 300);
    history.notes << noFailureRecord();
    JoinRules rules;
    rules.isOrderTime = true;
    rules.isOneFolder = true;
    rules.before = fileBefore;
    rules.missing = QStringLiteral("sql-migrate refuses to run: unknown migration in database");
    join(history, input, std::move(recorded), diskSqlMigrate(input.roots), rules);
    return history;
}

} // namespace

const Tool sqlmigrateTool{.name = "sql-migrate",
                          .defaultTable = "gorp_migrations",
                          .read = readSqlMigrate,
                          .select = selectSqlMigrate,
                          .disk = diskSqlMigrate};

} // namespace taffrail::sources::migrations
