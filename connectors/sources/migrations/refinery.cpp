// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include "siphash.h"

#include <QRegularExpression>
#include <QtEndian>

#include <map>

// refinery: a row per migration with SipHash-1-3 of name, version and SQL; V… in strict order, U… in any.
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &fileShape()
{
    static const QRegularExpression shape(QStringLiteral("^([UV])([0-9]+(?:\\.[0-9]+)?)__(\\w+)\\.(sql|rs)$"));
    return shape;
}

bool isRefineryFile(const FileRoot &, const MigrationFile &file)
{
    return fileShape().match(QString::fromUtf8(file.name())).hasMatch();
}

template <typename Int> QByteArray littleEndian(qint64 number)
{
    QByteArray bytes(sizeof(Int), '\0');
    qToLittleEndian(static_cast<Int>(number), bytes.data());
    return bytes;
}

// The version goes in as i32, or as i64 where that feature is on.
std::vector<QByteArray> checksumsOf(const QByteArray &name, const QByteArray &version, const MigrationFile &file)
{
    bool ok = false;
    const qint64 number = version.toLongLong(&ok);
    if (!ok || !file.isWhole)
        return {};
    std::vector<QByteArray> texts{file.content};
    for (const QByteArray &other : withOtherLineEnds(file.content))
        texts.push_back(other);
    std::vector<QByteArray> sums;
    const bool isWide = number > std::numeric_limits<qint32>::max();
    for (const QByteArray &text : texts) {
        const QByteArray end = text + '\xff';
        if (!isWide)
            sums.push_back(QByteArray::number(sipHash13(name + '\xff' + littleEndian<qint32>(number) + end)));
        sums.push_back(QByteArray::number(sipHash13(name + '\xff' + littleEndian<qint64>(number) + end)));
    }
    return sums;
}

std::vector<DiskMigration> diskRefinery(const Roots &roots)
{
    std::map<QByteArray, std::vector<DiskMigration>, NumberLess> byVersion;
    for (const FoundFile &found : filesFitting(roots, isRefineryFile)) {
        const auto match = fileShape().match(QString::fromUtf8(found.file->name()));
        DiskMigration disk;
        disk.key = plainNumber(match.captured(2).toLatin1());
        disk.version = QString::fromLatin1(disk.key);
        disk.name = wordsOf(match.captured(3).toUtf8());
        disk.root = found.root;
        disk.isRepeatable = false;
        disk.reversible = Reversible::No; // the tool has no way back
        if (match.captured(4) == QLatin1String("sql")) {
            takeSql(disk, *found.file);
            disk.checksums = checksumsOf(match.captured(3).toUtf8(), disk.key, *found.file);
        } else {
            disk.file = found.file;
            takeCode(disk, QStringLiteral("a Rust migration"));
        }
        if (match.captured(1) == QLatin1String("U"))
            disk.note = QStringLiteral("unversioned (U): may run in any order");
        byVersion[disk.key].push_back(std::move(disk));
    }
    std::vector<DiskMigration> all;
    for (auto &[version, files] : byVersion)
        std::ranges::move(files, std::back_inserter(all));
    return all;
}

QByteArray selectRefinery(const TableName &table)
{
    // applied_on is RFC 3339 text; what is not stays as it is
    return "SELECT version, name, applied_on, checksum FROM " + quotedTable(table)
        + " ORDER BY applied_on, version LIMIT " + QByteArray::number(maxRows + 1);
}

void compareRefinery(Migration &migration, const DiskMigration &disk)
{
    if (!disk.sql && !disk.opaque.isEmpty())
        addNote(migration, QStringLiteral("checksum not compared: the statements are made by code"));
    else if (disk.checksums.empty())
        compareChecksum(migration, disk);
    else if (std::ranges::none_of(disk.checksums, [&migration](const QByteArray &sum) {
                 return migration.checksum.toLatin1() == sum || migration.checksum.isEmpty();
             })) {
        migration.flags.insert(MigrationState::Mismatch);
        addNote(migration,
                QStringLiteral("name, version or text differ from what was run: refinery calls it divergent"));
    }
}

MigrationHistory readRefinery(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "refinery");
    const std::vector<DiskMigration> files = diskRefinery(input.roots);
    std::vector<RecordedMigration> recorded;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        RecordedMigration each{plainNumber(cellText(*input.rows, row, "version")), {}};
        if (each.key.isEmpty())
            continue;
        each.migration.version = sanitizedLine(each.key, 40);
        each.migration.name = wordsOf(cellText(*input.rows, row, "name"));
        each.migration.appliedAt = anyTime(*input.rows, row, "applied_on");
        each.migration.checksum = sanitizedLine(cellText(*input.rows, row, "checksum"), 40);
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
    rules.late = LateFiles::Refused;
    rules.lateNote = QStringLiteral("below the newest applied version: refinery refuses to run by default");
    rules.missing = QStringLiteral("refinery refuses to run by default");
    rules.compare = compareRefinery;
    join(history, input, std::move(recorded), files, rules);
    for (Migration &migration : history.migrations) { // U… may come late
        if (migration.flags.contains(MigrationState::Blocked)
            && migration.note.contains(QLatin1String("unversioned"))) {
            migration.flags = {MigrationState::Pending};
            migration.state = MigrationState::Pending;
            migration.note = QStringLiteral("unversioned (U): may run in any order");
        }
    }
    return history;
}

QByteArray numberKey(const QString &version)
{
    return plainNumber(version.toUtf8());
}

} // namespace

const Tool refineryTool{.name = "refinery",
                        .defaultTable = "refinery_schema_history",
                        .read = readRefinery,
                        .select = selectRefinery,
                        .disk = diskRefinery,
                        .keyOf = numberKey};

} // namespace taffrail::sources::migrations
