// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

// EF Core: a set of ids "<14 digits>_<Name>" with the version of the library that ran them; C# files of the same name.
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &fileShape()
{
    static const QRegularExpression shape(QStringLiteral("^([0-9]{14}_(.+))\\.cs$"));
    return shape;
}

bool isEfFile(const FileRoot &, const MigrationFile &file)
{
    const QByteArray name = file.name();
    return !name.endsWith(".Designer.cs") && fileShape().match(QString::fromUtf8(name)).hasMatch();
}

std::vector<DiskMigration> diskEf(const Roots &roots)
{
    std::vector<DiskMigration> all;
    for (const FoundFile &found : filesFitting(roots, isEfFile)) {
        const auto match = fileShape().match(QString::fromUtf8(found.file->name()));
        DiskMigration disk;
        disk.key = match.captured(1).toUtf8();
        disk.version = sanitizedLine(disk.key, 300);
        disk.name = sanitizedLine(match.captured(2).toUtf8(), 200);
        disk.root = found.root;
        disk.file = found.file;
        takeCode(disk, QStringLiteral("a C# migration"));
        if (found.file->isWhole) {
            const auto down = bracedBody(found.file->content, "\\boverride\\s+void\\s+Down\\s*\\(");
            disk.reversible = Reversible::Yes;
            if (!down && found.file->content.contains("void Down"))
                disk.reversible = Reversible::Unknown; // where it ends can't be told
            else if (!down || down->trimmed().isEmpty())
                disk.note = down ? QStringLiteral("its Down is empty") : QStringLiteral("no Down");
            else if (down->contains("NotSupportedException") || down->contains("NotImplementedException"))
                disk.note = QStringLiteral("its Down throws an exception");
            if (!disk.note.isEmpty())
                disk.reversible = Reversible::No;
        }
        all.push_back(std::move(disk));
    }
    std::ranges::stable_sort(all, {}, &DiskMigration::key);
    return all;
}

// A naming convention may have written the columns in another way.
QByteArray selectEf(const TableName &table)
{
    return "SELECT coalesce(j->>'MigrationId', j->>'migration_id') AS \"MigrationId\","
           " coalesce(j->>'ProductVersion', j->>'product_version') AS \"ProductVersion\""
           " FROM (SELECT to_jsonb(t) AS j FROM "
        + quotedTable(table) + " t) x ORDER BY 1 LIMIT " + QByteArray::number(maxRows + 1);
}

QByteArray cellOf(const SqlReply &rows, size_t row, const char *column, const char *other)
{
    const QByteArray text = cellText(rows, row, column);
    return text.isEmpty() ? cellText(rows, row, other) : text;
}

MigrationHistory readEf(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "efcore");
    std::vector<RecordedMigration> recorded;
    QByteArray product;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        RecordedMigration each{cellOf(*input.rows, row, "MigrationId", "migration_id"), {}};
        if (each.key.isEmpty())
            continue;
        each.migration.version = sanitizedLine(each.key, 300);
        each.migration.name = sanitizedLine(each.key.mid(each.key.indexOf('_') + 1), 200);
        each.migration.flags = {MigrationState::Applied};
        if (history.current.isEmpty() || history.current.toUtf8() < each.key) {
            history.current = each.migration.version;
            product = cellOf(*input.rows, row, "ProductVersion", "product_version");
        }
        recorded.push_back(std::move(each));
    }
    if (!product.isEmpty())
        history.notes << QStringLiteral("the newest was made with EF Core %1").arg(sanitizedLine(product, 40));
    history.notes << noFailureRecord();
    JoinRules rules;
    rules.before = textBefore;
    rules.rowsHaveOrder = false;
    join(history, input, std::move(recorded), diskEf(input.roots), rules);
    return history;
}

} // namespace

const Tool efcoreTool{
    .name = "efcore", .defaultTable = "__EFMigrationsHistory", .read = readEf, .select = selectEf, .disk = diskEf};

} // namespace taffrail::sources::migrations
