// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QCryptographicHash>
#include <QRegularExpression>

#include <map>

// graphile-migrate: a chain of hashes; files committed/<six digits>[-name].sql with a header of "--! " lines.
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &fileShape()
{
    static const QRegularExpression shape(QStringLiteral("^([0-9]{6})(?:-(.*))?\\.sql$"));
    return shape;
}

bool isGraphileFile(const FileRoot &, const MigrationFile &file)
{
    return fileShape().match(QString::fromUtf8(file.name())).hasMatch()
        && (!file.isRead || file.content.isEmpty() || file.content.contains("--! "));
}

/// The header's words by their names in lower case, and what follows it.
struct Headed {
    std::map<QByteArray, QByteArray> header;
    QByteArray body;
    int line = 1;
};

Headed headedOf(const QByteArray &content)
{
    Headed result;
    qsizetype at = 0;
    while (content.mid(at, 3) == "--!") {
        const qsizetype end = content.indexOf('\n', at);
        const QByteArray line = content.mid(at + 3, (end < 0 ? content.size() : end) - at - 3).trimmed();
        const qsizetype colon = line.indexOf(':');
        result.header[(colon < 0 ? line : line.left(colon)).toLower()]
            = colon < 0 ? QByteArray() : line.mid(colon + 1).trimmed();
        at = end < 0 ? content.size() : end + 1;
        ++result.line;
    }
    result.body = content.mid(at);
    return result;
}

QByteArray hashOf(const QByteArray &previous, const QByteArray &body)
{
    const QByteArray text = ((previous == "-" ? QByteArray() : previous) + '\n' + body.trimmed()).trimmed() + '\n';
    return "sha1:" + QCryptographicHash::hash(text, QCryptographicHash::Sha1).toHex();
}

std::vector<DiskMigration> diskGraphile(const Roots &roots)
{
    std::vector<DiskMigration> all;
    for (const FoundFile &found : filesFitting(roots, isGraphileFile)) {
        const auto match = fileShape().match(QString::fromUtf8(found.file->name()));
        DiskMigration disk;
        disk.key = match.captured(1).toLatin1();
        disk.version = match.captured(1);
        disk.name = match.captured(2).isEmpty() ? QString() : wordsOf(match.captured(2).toUtf8().replace('-', ' '));
        disk.root = found.root;
        disk.file = found.file;
        disk.reversible = Reversible::No; // the tool has no way back
        if (found.file->isWhole) {
            const Headed headed = headedOf(found.file->content);
            disk.sql = headed.body;
            disk.line = headed.line;
            const auto previous = headed.header.find("previous");
            const auto stated = headed.header.find("hash");
            if (const auto message = headed.header.find("message");
                message != headed.header.end() && disk.name.isEmpty())
                disk.name = sanitizedLine(message->second, 200);
            if (previous != headed.header.end()) {
                disk.checksums.push_back(hashOf(previous->second, headed.body));
                if (stated != headed.header.end() && stated->second != disk.checksums.front()) {
                    if (headed.header.contains("allowinvalidhash"))
                        disk.checksums.insert(disk.checksums.begin(), stated->second);
                    else
                        disk.note = QStringLiteral("its text does not fit its own hash: graphile-migrate refuses it");
                }
            }
        }
        all.push_back(std::move(disk));
    }
    std::ranges::stable_sort(all, {}, &DiskMigration::key);
    return all;
}

QByteArray selectGraphile(const TableName &table)
{
    return "SELECT hash, previous_hash, filename, " + sqlAnyTime("date") + " AS date FROM " + quotedTable(table)
        + " ORDER BY filename LIMIT " + QByteArray::number(maxRows + 1);
}

QByteArray selectCurrent(const TableName &table)
{
    // The text itself is nobody's business: only whether there is some.
    return "SELECT filename, " + sqlAnyTime("date") + " AS date, length(btrim(content, E' \\t\\r\\n')) AS length FROM "
        + quotedTable(table) + " ORDER BY 1 LIMIT 100";
}

QByteArray keyOfFile(const QByteArray &name)
{
    const QByteArray digits = name.left(6);
    return isAllDigits(digits) && digits.size() == 6 ? digits : name;
}

void sayUncommitted(MigrationHistory &history, const SqlReply *current)
{
    for (size_t row = 0; current && row < current->rows.size(); ++row) {
        const auto length = numberOf(*current, row, "length");
        const bool isThere = length ? *length > 0 : !cellText(*current, row, "content").trimmed().isEmpty();
        if (isThere)
            history.notes << QStringLiteral("uncommitted work was run on this database: %1 of %2 holds text")
                                 .arg(QStringLiteral("the table current"), rfc3339(anyTime(*current, row, "date")));
    }
}

MigrationHistory readGraphile(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "graphile-migrate");
    std::vector<RecordedMigration> recorded;
    QByteArray previous;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        const SqlReply &rows = *input.rows;
        RecordedMigration each{keyOfFile(cellText(rows, row, "filename")), {}};
        Migration &migration = each.migration;
        migration.version = sanitizedLine(each.key, 100);
        migration.appliedAt = anyTime(rows, row, "date");
        migration.checksum = sanitizedLine(cellText(rows, row, "hash"), 100);
        migration.flags = {MigrationState::Applied};
        if (cellText(rows, row, "previous_hash") != previous)
            addNote(migration, QStringLiteral("it does not hang on the one before it: the chain is broken here"));
        previous = cellText(rows, row, "hash");
        history.current = migration.version;
        recorded.push_back(std::move(each));
    }
    sayUncommitted(history, input.parts.value("current"));
    history.notes << input.notes << noFailureRecord();
    JoinRules rules;
    rules.isOneFolder = true;
    rules.before = textBefore;
    rules.late = LateFiles::Skipped;
    rules.lateNote = QStringLiteral("below the newest applied one: graphile-migrate never runs it");
    rules.compare = compareChecksum;
    join(history, input, std::move(recorded), diskGraphile(input.roots), rules);
    return history;
}

constexpr CompanionPart companions[] = {{"current", "+graphile-current", "current", selectCurrent}};

} // namespace

const Tool graphileTool{.name = "graphile-migrate",
                        .defaultTable = "migrations",
                        .read = readGraphile,
                        .select = selectGraphile,
                        .disk = diskGraphile,
                        .companions = companions};

} // namespace taffrail::sources::migrations
