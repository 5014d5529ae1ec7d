// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QCryptographicHash>
#include <QRegularExpression>

#include <map>

// postgrator: a row per version with the MD5 of its file; row 0 is a seed. Files <version>.do.<name>.sql and .undo.
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &fileShape()
{
    static const QRegularExpression shape(
        QStringLiteral("^([0-9]+)\\.(do|undo)(?:\\.(.*))?\\.(sql|js|mjs|cjs|ts|mts|cts)$"));
    return shape;
}

bool isPostgratorFile(const FileRoot &, const MigrationFile &file)
{
    return fileShape().match(QString::fromUtf8(file.name())).hasMatch();
}

std::vector<QByteArray> checksumsOf(const MigrationFile &file)
{
    if (!file.isWhole)
        return {};
    const auto sum
        = [](const QByteArray &text) { return QCryptographicHash::hash(text, QCryptographicHash::Md5).toHex(); };
    std::vector<QByteArray> sums{sum(file.content)};
    for (const QByteArray &other : withOtherLineEnds(file.content))
        sums.push_back(sum(other));
    return sums;
}

std::vector<DiskMigration> diskPostgrator(const Roots &roots)
{
    struct Pair {
        std::vector<FoundFile> up, down;
    };
    std::map<QByteArray, Pair, NumberLess> byVersion;
    for (const FoundFile &found : filesFitting(roots, isPostgratorFile)) {
        const auto match = fileShape().match(QString::fromUtf8(found.file->name()));
        Pair &pair = byVersion[plainNumber(match.captured(1).toLatin1())];
        (match.captured(2) == QLatin1String("do") ? pair.up : pair.down).push_back(found);
    }
    std::vector<DiskMigration> all;
    for (const auto &[version, pair] : byVersion) {
        for (const FoundFile &up : pair.up) {
            const auto match = fileShape().match(QString::fromUtf8(up.file->name()));
            DiskMigration disk;
            disk.key = version;
            disk.version = QString::fromLatin1(version);
            disk.name = wordsOf(match.captured(3).toUtf8());
            disk.root = up.root;
            takeSql(disk, *up.file);
            if (match.captured(4) == QLatin1String("sql"))
                disk.checksums = checksumsOf(*up.file);
            else
                takeCode(disk, QStringLiteral("a JavaScript migration"));
            takeDown(disk, pair.down.empty() ? nullptr : pair.down.front().file, QStringLiteral("undo file"));
            all.push_back(std::move(disk));
        }
    }
    return all;
}

QByteArray selectPostgrator(const TableName &table)
{
    return "SELECT version, name, md5, " + sqlAnyTime("run_at") + " AS run_at FROM " + quotedTable(table)
        + " t ORDER BY t.run_at NULLS FIRST, t.version LIMIT " + QByteArray::number(maxRows + 1);
}

void comparePostgrator(Migration &migration, const DiskMigration &disk)
{
    if (!disk.opaque.isEmpty())
        addNote(migration, QStringLiteral("checksum not compared: the statements are made by code"));
    else
        compareChecksum(migration, disk);
}

MigrationHistory readPostgrator(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "postgrator");
    std::vector<RecordedMigration> recorded;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        RecordedMigration each{plainNumber(cellText(*input.rows, row, "version")), {}};
        if (each.key.isEmpty() || each.key == "0")
            continue;
        each.migration.version = sanitizedLine(each.key, 40);
        each.migration.name = wordsOf(cellText(*input.rows, row, "name"));
        each.migration.appliedAt = anyTime(*input.rows, row, "run_at");
        each.migration.checksum = sanitizedLine(cellText(*input.rows, row, "md5"), 64);
        each.migration.flags = {MigrationState::Applied};
        if (history.current.isEmpty() || numberBefore(history.current.toUtf8(), each.key))
            history.current = each.migration.version;
        recorded.push_back(std::move(each));
    }
    history.notes << noFailureRecord();
    JoinRules rules;
    rules.isOrderTime = true;
    rules.isOneFolder = true;
    rules.before = numberBefore;
    rules.late = LateFiles::Skipped;
    rules.lateNote = QStringLiteral("below the newest applied version: postgrator never runs it, and does not say so");
    rules.compare = comparePostgrator;
    join(history, input, std::move(recorded), diskPostgrator(input.roots), rules);
    return history;
}

QByteArray numberKey(const QString &version)
{
    return plainNumber(version.toUtf8());
}

} // namespace

const Tool postgratorTool{.name = "postgrator",
                          .defaultTable = "schemaversion",
                          .read = readPostgrator,
                          .select = selectPostgrator,
                          .disk = diskPostgrator,
                          .keyOf = numberKey};

} // namespace taffrail::sources::migrations
