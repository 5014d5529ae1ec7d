// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

#include <QSet>

#include <map>

// golang-migrate: one row with the version and whether the run to it failed; what is applied is inferred from it.
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &fileShape()
{
    static const QRegularExpression shape(QStringLiteral("^([0-9]+)_(.*)\\.(down|up)\\.(.*)$"));
    return shape;
}

bool isGolangFile(const FileRoot &, const MigrationFile &file)
{
    return fileShape().match(QString::fromUtf8(file.name())).hasMatch();
}

std::vector<DiskMigration> diskGolang(const Roots &roots)
{
    struct Pair {
        std::vector<FoundFile> up, down;
    };
    std::map<QByteArray, Pair, NumberLess> byVersion;
    for (const FoundFile &found : filesFitting(roots, isGolangFile)) {
        const auto match = fileShape().match(QString::fromUtf8(found.file->name()));
        Pair &pair = byVersion[plainNumber(match.captured(1).toLatin1())];
        (match.captured(3) == QLatin1String("up") ? pair.up : pair.down).push_back(found);
    }
    std::vector<DiskMigration> all;
    for (const auto &[version, pair] : byVersion) {
        for (const FoundFile &up : pair.up.empty() ? pair.down : pair.up) {
            const auto match = fileShape().match(QString::fromUtf8(up.file->name()));
            DiskMigration disk;
            disk.key = version;
            disk.version = QString::fromLatin1(version);
            disk.name = wordsOf(match.captured(2).toUtf8());
            disk.root = up.root;
            disk.file = up.file;
            if (pair.up.empty())
                disk.note = QStringLiteral("there is no up file: nothing is run");
            else if (match.captured(4) == QLatin1String("sql"))
                takeSql(disk, *up.file);
            else
                takeCode(disk, QStringLiteral("a file that is not SQL"));
            takeDown(disk, pair.down.empty() ? nullptr : pair.down.front().file, QStringLiteral("down file"));
            all.push_back(std::move(disk));
        }
    }
    return all;
}

QByteArray selectGolang(const TableName &table)
{
    return "SELECT version, dirty FROM " + quotedTable(table) + " ORDER BY version DESC LIMIT 100";
}

void sayDirty(MigrationHistory &history, const QByteArray &version)
{
    history.notes << QStringLiteral(
                         "dirty: the run to version %1 failed, by its up file or by the down file of the next "
                         "one; nothing runs until a person repairs the schema and calls \"migrate force\"")
                         .arg(sanitizedLine(version, 40));
}

MigrationHistory readGolang(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "golang-migrate");
    history.recordsFailures = true;
    std::vector<DiskMigration> files = diskGolang(input.roots);
    const bool hasRow = input.rows && !input.rows->rows.empty();
    const QByteArray current = hasRow ? plainNumber(cellText(*input.rows, 0, "version")) : QByteArray();
    const bool isDirty = hasRow && isTrue(cellText(*input.rows, 0, "dirty"));
    const bool isVersion = isAllDigits(current);
    std::vector<RecordedMigration> recorded;
    QSet<QByteArray> seen;
    for (const DiskMigration &file : files) {
        if (!isVersion || !numberBefore(file.key, current) || seen.contains(file.key))
            continue;
        seen.insert(file.key);
        RecordedMigration each{file.key, {}};
        each.migration.version = file.version;
        each.migration.flags = {MigrationState::Applied};
        each.migration.provenance = Provenance::Inferred;
        recorded.push_back(std::move(each));
    }
    if (isVersion) {
        RecordedMigration each{current, {}};
        each.migration.version = QString::fromLatin1(current);
        each.migration.flags = {MigrationState::Applied};
        if (isDirty)
            each.migration.flags = {MigrationState::Failed, MigrationState::Dirty};
        recorded.push_back(std::move(each));
        history.current = QString::fromLatin1(current);
        if (!files.empty())
            history.notes << QStringLiteral("inferred: every file up to the version counts as applied; a file that was "
                                            "added below it later never runs, and nothing tells of it");
        else
            history.notes << QStringLiteral("the table holds one version: what lies below it is known by the files");
    } else if (hasRow && current != "-1") {
        history.notes << QStringLiteral("the version cannot be read: %1").arg(sanitizedLine(current, 40));
        history.readable = false;
    }
    if (isDirty)
        sayDirty(history, current);
    if (hasRow && input.rows->rows.size() > 1)
        history.notes << QStringLiteral("the table has %1 rows where the tool keeps one: the highest counts")
                             .arg(input.rows->rows.size());
    JoinRules rules;
    rules.isOneFolder = true;
    rules.before = numberBefore;
    rules.missing = QStringLiteral("golang-migrate refuses to run: no migration found for this version");
    join(history, input, std::move(recorded), files, rules);
    return history;
}

QByteArray numberKey(const QString &version)
{
    return plainNumber(version.toUtf8());
}

bool isBelow(const MigrationHistory &history, const DiskMigration &disk)
{
    const QByteArray current = history.current.toUtf8();
    return isAllDigits(current) && !numberBefore(current, disk.key);
}

} // namespace

const Tool golangmigrateTool{.name = "golang-migrate",
                             .defaultTable = "schema_migrations",
                             .read = readGolang,
                             .select = selectGolang,
                             .disk = diskGolang,
                             .keyOf = numberKey,
                             .isBelow = isBelow};

} // namespace taffrail::sources::migrations
