// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

#include "phpmigration.h"

// Laravel: a row per file stem with the batch of its run; PHP files "YYYY_MM_DD_HHMMSS_name.php".
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &fileShape()
{
    static const QRegularExpression shape(QStringLiteral("^([0-9]{4}_[0-9]{2}_[0-9]{2}_[0-9]{6}_(.+))\\.php$"));
    return shape;
}

bool isLaravelFile(const FileRoot &, const MigrationFile &file)
{
    return fileShape().match(QString::fromUtf8(file.name())).hasMatch();
}

std::vector<DiskMigration> diskLaravel(const Roots &roots)
{
    std::vector<DiskMigration> all;
    for (const FoundFile &found : filesFitting(roots, isLaravelFile)) {
        const auto match = fileShape().match(QString::fromUtf8(found.file->name()));
        DiskMigration disk;
        disk.key = match.captured(1).toUtf8();
        disk.version = sanitizedLine(disk.key, 300);
        disk.name = wordsOf(match.captured(2).toUtf8());
        disk.root = found.root;
        takePhp(disk, *found.file);
        all.push_back(std::move(disk));
    }
    std::ranges::stable_sort(all, {}, &DiskMigration::key);
    return all;
}

QByteArray selectLaravel(const TableName &table)
{
    return "SELECT id, migration, batch FROM " + quotedTable(table) + " ORDER BY id LIMIT "
        + QByteArray::number(maxRows + 1);
}

/// A dump that stands in for pruned files lists what it holds.
bool isSquashed(const Roots &roots, const QByteArray &migration)
{
    return std::ranges::any_of(roots, [&migration](const FileRoot *root) {
        return std::ranges::any_of(root->files, [&](const MigrationFile &file) {
            return placeOf(*root, file).contains("/schema/") && file.name().endsWith(".sql")
                && file.content.contains(migration);
        });
    });
}

MigrationHistory readLaravel(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "laravel");
    std::vector<RecordedMigration> recorded;
    const std::vector<DiskMigration> files = diskLaravel(input.roots);
    std::optional<qint64> lastBatch;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        RecordedMigration each{cellText(*input.rows, row, "migration"), {}};
        if (each.key.isEmpty())
            continue;
        each.migration.version = sanitizedLine(each.key, 300);
        const auto match = fileShape().match(QString::fromUtf8(each.key) + QStringLiteral(".php"));
        each.migration.name = wordsOf(match.captured(2).toUtf8());
        each.migration.flags = {MigrationState::Applied};
        if (const auto batch = numberOf(*input.rows, row, "batch")) {
            addNote(each.migration, QStringLiteral("batch %1").arg(*batch));
            lastBatch = std::max(lastBatch.value_or(*batch), *batch);
        }
        const bool hasFile
            = std::ranges::any_of(files, [&each](const DiskMigration &disk) { return disk.key == each.key; });
        if (!hasFile && isSquashed(input.roots, each.key)) {
            each.isComparable = false;
            addNote(each.migration, QStringLiteral("squashed into the schema dump"));
        }
        history.current = each.migration.version;
        recorded.push_back(std::move(each));
    }
    if (lastBatch)
        history.notes << QStringLiteral("last batch: %1").arg(*lastBatch);
    history.notes << noFailureRecord();
    JoinRules rules;
    rules.before = textBefore;
    rules.missing = QStringLiteral("a package may carry it, or it was deleted; Laravel does not say so");
    join(history, input, std::move(recorded), files, rules);
    return history;
}

} // namespace

const Tool laravelTool{
    .name = "laravel", .defaultTable = "migrations", .read = readLaravel, .select = selectLaravel, .disk = diskLaravel};

} // namespace taffrail::sources::migrations
