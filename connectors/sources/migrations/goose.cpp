// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

#include <map>

// goose: a row per run of a version, the newest decides; SQL files with "-- +goose Up", or Go.
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &fileShape()
{
    static const QRegularExpression shape(QStringLiteral("^([0-9]+)_(.+)\\.(sql|go)$"));
    return shape;
}

bool isGooseFile(const FileRoot &, const MigrationFile &file)
{
    const QByteArray name = file.name();
    if (!fileShape().match(QString::fromUtf8(name)).hasMatch() || name.endsWith("_test.go"))
        return false;
    const bool isKnown = file.isRead && file.content.size() > 0;
    if (name.endsWith(".go"))
        return !isKnown || file.content.contains("goose");
    return !isKnown || file.content.toLower().contains("+goose") || !file.isWhole;
}

std::vector<DiskMigration> diskGoose(const Roots &roots)
{
    std::map<QByteArray, std::vector<DiskMigration>, NumberLess> byVersion;
    for (const FoundFile &found : filesFitting(roots, isGooseFile)) {
        const auto match = fileShape().match(QString::fromUtf8(found.file->name()));
        DiskMigration disk;
        disk.key = plainNumber(match.captured(1).toLatin1());
        disk.version = QString::fromLatin1(disk.key);
        disk.name = wordsOf(match.captured(2).toUtf8());
        disk.root = found.root;
        disk.file = found.file;
        if (match.captured(3) == QLatin1String("go")) {
            takeCode(disk, QStringLiteral("a Go migration"));
        } else if (found.file->isWhole) {
            const Sections sections = sectionsOf(found.file->content, "^\\s*--\\s*\\+goose\\s+(up|down)\\b(.*)$");
            disk.sql = sections.up.value_or(QByteArray());
            disk.line = sections.upLine;
            takeDownText(disk, sections.down, QStringLiteral("down section"));
            if (!sections.up)
                disk.note = QStringLiteral("no up section: goose refuses the file");
            if (found.file->content.toUpper().contains("+GOOSE NO TRANSACTION"))
                disk.note += (disk.note.isEmpty() ? QString() : QStringLiteral("; "))
                    + QStringLiteral("runs without a transaction: a failure can leave half of it");
        }
        if (disk.key != "0")
            byVersion[disk.key].push_back(std::move(disk));
    }
    std::vector<DiskMigration> all;
    for (auto &[version, files] : byVersion)
        std::ranges::move(files, std::back_inserter(all));
    return all;
}

QByteArray selectGoose(const TableName &table)
{
    return "SELECT id, version_id, is_applied, " + sqlAnyTime("tstamp") + " AS tstamp FROM " + quotedTable(table)
        + " ORDER BY id LIMIT " + QByteArray::number(maxRows + 1);
}

QByteArray selectLock(const TableName &table)
{
    return "SELECT lock_id, locked, locked_by, " + sqlAnyTime("locked_at") + " AS locked_at, "
        + sqlAnyTime("lease_expires_at") + " AS lease_expires_at, lease_expires_at < now() AS is_over FROM "
        + quotedTable(table) + " ORDER BY 1 LIMIT 100";
}

void readLock(MigrationHistory &history, const SqlReply *rows)
{
    for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
        if (!isTrue(cellText(*rows, row, "locked")))
            continue;
        HeldLock lock;
        lock.by = sanitizedLine(cellText(*rows, row, "locked_by"), 100);
        lock.since = anyTime(*rows, row, "locked_at");
        lock.reason = isTrue(cellText(*rows, row, "is_over"))
            ? QStringLiteral("the lease in goose_lock is over: the next run takes it")
            : QStringLiteral("goose_lock has a lease that still runs");
        history.lock = lock;
    }
}

MigrationHistory readGoose(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "goose");
    // Of several rows of a version the newest decides, and it stands where that one ran.
    std::map<QByteArray, size_t> last;
    std::map<std::pair<qint64, size_t>, size_t> byId;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row)
        byId[{numberOf(*input.rows, row, "id").value_or(0), row}] = row;
    for (const auto &[id, row] : byId)
        last[plainNumber(cellText(*input.rows, row, "version_id"))] = row;
    std::vector<RecordedMigration> recorded;
    for (const auto &[id, row] : byId) {
        const QByteArray key = plainNumber(cellText(*input.rows, row, "version_id"));
        if (key == "0" || key.isEmpty() || last.at(key) != row)
            continue;
        RecordedMigration each{key, {}};
        each.migration.version = sanitizedLine(key, 100);
        each.migration.appliedAt = anyTime(*input.rows, row, "tstamp");
        const bool isIn = isTrue(cellText(*input.rows, row, "is_applied"));
        each.migration.flags = {isIn ? MigrationState::Applied : MigrationState::RolledBack};
        if (isIn && (history.current.isEmpty() || numberBefore(history.current.toUtf8(), key)))
            history.current = each.migration.version;
        recorded.push_back(std::move(each));
    }
    readLock(history, input.parts.value("lock"));
    if (input.rows && !input.rows->rows.empty())
        history.notes << timesWithoutZone();
    history.notes << noFailureRecord();
    JoinRules rules;
    rules.isOneFolder = true;
    rules.before = numberBefore;
    rules.late = LateFiles::Refused;
    rules.lateNote = QStringLiteral("below the highest applied version: goose refuses to run unless told to allow it");
    rules.missing = QStringLiteral("goose does not speak of it");
    join(history, input, std::move(recorded), diskGoose(input.roots), rules);
    return history;
}

QByteArray numberKey(const QString &version)
{
    return plainNumber(version.toUtf8());
}

constexpr CompanionPart companions[] = {{"lock", "+goose-lock", "goose_lock", selectLock}};

} // namespace

const Tool gooseTool{.name = "goose",
                     .defaultTable = "goose_db_version",
                     .read = readGoose,
                     .select = selectGoose,
                     .disk = diskGoose,
                     .keyOf = numberKey,
                     .companions = companions};

} // namespace taffrail::sources::migrations
