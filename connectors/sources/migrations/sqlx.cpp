// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QCryptographicHash>
#include <QRegularExpression>

#include <map>

// sqlx: a row per migration with SHA-384 of its up file; success = false blocks every further run.
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &fileShape()
{
    static const QRegularExpression shape(QStringLiteral("^([0-9]+)_(.+?)(\\.up|\\.down)?\\.sql$"));
    return shape;
}

bool isSqlxFile(const FileRoot &, const MigrationFile &file)
{
    return fileShape().match(QString::fromUtf8(file.name())).hasMatch() && !isMarkedForAnother(file);
}

std::vector<QByteArray> checksumsOf(const MigrationFile &file)
{
    if (!file.isWhole)
        return {};
    const auto sum
        = [](const QByteArray &text) { return QCryptographicHash::hash(text, QCryptographicHash::Sha384).toHex(); };
    std::vector<QByteArray> sums{sum(file.content)};
    for (const QByteArray &other : withOtherLineEnds(file.content))
        sums.push_back(sum(other));
    return sums;
}

std::vector<DiskMigration> diskSqlx(const Roots &roots)
{
    struct Pair {
        std::vector<FoundFile> up, down;
    };
    std::map<QByteArray, Pair, NumberLess> byVersion;
    for (const FoundFile &found : filesFitting(roots, isSqlxFile)) {
        const auto match = fileShape().match(QString::fromUtf8(found.file->name()));
        Pair &pair = byVersion[plainNumber(match.captured(1).toLatin1())];
        (match.captured(3) == QLatin1String(".down") ? pair.down : pair.up).push_back(found);
    }
    std::vector<DiskMigration> all;
    for (const auto &[version, pair] : byVersion) {
        for (const FoundFile &up : pair.up) {
            DiskMigration disk;
            disk.key = version;
            disk.version = QString::fromLatin1(version);
            disk.name = wordsOf(fileShape().match(QString::fromUtf8(up.file->name())).captured(2).toUtf8());
            disk.root = up.root;
            takeSql(disk, *up.file);
            takeDown(disk, pair.down.empty() ? nullptr : pair.down.front().file, QStringLiteral(".down.sql"));
            if (up.file->content.startsWith("-- no-transaction"))
                disk.note += (disk.note.isEmpty() ? QString() : QStringLiteral("; "))
                    + QStringLiteral("runs without a transaction: a failure can leave half of it");
            disk.checksums = checksumsOf(*up.file);
            all.push_back(std::move(disk));
        }
    }
    return all;
}

QByteArray selectSqlx(const TableName &table)
{
    return "SELECT version, description, " + sqlAnyTime("installed_on")
        + " AS installed_on, success, checksum, execution_time FROM " + quotedTable(table)
        + " t ORDER BY t.installed_on, t.version LIMIT " + QByteArray::number(maxRows + 1);
}

MigrationHistory readSqlx(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "sqlx");
    history.recordsFailures = true;
    std::vector<RecordedMigration> recorded;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        const SqlReply &rows = *input.rows;
        RecordedMigration each{plainNumber(cellText(rows, row, "version")), {}};
        if (each.key.isEmpty())
            continue;
        Migration &migration = each.migration;
        migration.version = sanitizedLine(each.key, 40);
        migration.name = sanitizedLine(cellText(rows, row, "description"), 200);
        migration.appliedAt = anyTime(rows, row, "installed_on");
        migration.checksum = QString::fromLatin1(hexOf(cellText(rows, row, "checksum")));
        const bool isGood = isTrue(cellText(rows, row, "success"));
        migration.flags = {MigrationState::Applied};
        if (!isGood)
            migration.flags = {MigrationState::Failed, MigrationState::Dirty};
        const auto took = numberOf(rows, row, "execution_time");
        if (took && *took >= 0)
            migration.took = std::chrono::milliseconds(*took / 1'000'000);
        else if (!isGood)
            addNote(migration, QStringLiteral("it still runs, or was cut off: no end is noted"));
        if (isGood && (history.current.isEmpty() || numberBefore(history.current.toUtf8(), each.key)))
            history.current = migration.version;
        recorded.push_back(std::move(each));
    }
    const bool isBlocked = std::ranges::any_of(
        recorded, [](const RecordedMigration &each) { return each.migration.flags.contains(MigrationState::Failed); });
    if (isBlocked)
        history.notes << QStringLiteral("dirty: sqlx refuses every further run until the row is mended by hand");
    JoinRules rules;
    rules.isOrderTime = true;
    rules.isOneFolder = true;
    rules.before = numberBefore;
    rules.missing = QStringLiteral("sqlx refuses to run unless told to ignore missing ones");
    rules.compare = compareChecksum;
    join(history, input, std::move(recorded), diskSqlx(input.roots), rules);
    return history;
}

QByteArray numberKey(const QString &version)
{
    return plainNumber(version.toUtf8());
}

} // namespace

const Tool sqlxTool{.name = "sqlx",
                    .defaultTable = "_sqlx_migrations",
                    .read = readSqlx,
                    .select = selectSqlx,
                    .disk = diskSqlx,
                    .keyOf = numberKey};

} // namespace taffrail::sources::migrations
