// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

#include <map>

// dbmate: a set of versions; SQL files with "-- migrate:up" and "-- migrate:down".
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &fileShape()
{
    static const QRegularExpression shape(QStringLiteral("^([0-9]+)(.*)\\.sql$"));
    return shape;
}

bool isDbmateFile(const FileRoot &, const MigrationFile &file)
{
    return fileShape().match(QString::fromUtf8(file.name())).hasMatch()
        && (!file.isRead || file.content.isEmpty() || !file.isWhole || file.content.contains("migrate:up"));
}

std::vector<DiskMigration> diskDbmate(const Roots &roots)
{
    std::map<QByteArray, std::vector<DiskMigration>> byVersion;
    for (const FoundFile &found : filesFitting(roots, isDbmateFile)) {
        const auto match = fileShape().match(QString::fromUtf8(found.file->name()));
        DiskMigration disk;
        disk.key = match.captured(1).toLatin1();
        disk.version = match.captured(1);
        disk.name = wordsOf(match.captured(2).toUtf8());
        disk.root = found.root;
        disk.file = found.file;
        if (found.file->isWhole) {
            const Sections sections = sectionsOf(found.file->content, "^\\s*--\\s*migrate:(up|down)\\b(.*)$");
            disk.sql = sections.up.value_or(QByteArray());
            disk.line = sections.upLine;
            takeDownText(disk, sections.down, QStringLiteral("down section"));
            if (sections.options.contains("transaction:false"))
                disk.note += (disk.note.isEmpty() ? QString() : QStringLiteral("; "))
                    + QStringLiteral("runs without a transaction: a failure can leave half of it");
        }
        byVersion[disk.key].push_back(std::move(disk));
    }
    std::vector<DiskMigration> all;
    for (auto &[version, files] : byVersion)
        std::ranges::move(files, std::back_inserter(all));
    return all;
}

QByteArray selectDbmate(const TableName &table)
{
    return "SELECT version FROM " + quotedTable(table) + " ORDER BY 1 LIMIT " + QByteArray::number(maxRows + 1);
}

MigrationHistory readDbmate(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "dbmate");
    std::vector<RecordedMigration> recorded;
    QByteArray highest;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        RecordedMigration each{cellText(*input.rows, row, "version"), {}};
        if (each.key.isEmpty())
            continue;
        each.migration.version = sanitizedLine(each.key, 200);
        each.migration.flags = {MigrationState::Applied};
        highest = std::max(highest, each.key);
        recorded.push_back(std::move(each));
    }
    history.current = sanitizedLine(highest, 200);
    history.notes << noFailureRecord();
    JoinRules rules;
    rules.before = textBefore;
    rules.rowsHaveOrder = false;
    rules.missing = QStringLiteral("\"dbmate status\" leaves it out");
    join(history, input, std::move(recorded), diskDbmate(input.roots), rules);
    return history;
}

} // namespace

const Tool dbmateTool{.name = "dbmate",
                      .defaultTable = "schema_migrations",
                      .read = readDbmate,
                      .select = selectDbmate,
                      .disk = diskDbmate};

} // namespace taffrail::sources::migrations
