// SPDX-License-Identifier: GPL-3.0-or-later
// node-pg-migrate, and db-migrate: their tables have the same columns. db-migrate's names begin with "/".
#include "namedhistory.h"

#include "text.h"

#include <QDateTime>

#include <algorithm>

namespace taffrail::sources::migrations {

namespace {

constexpr char fileZone[] = "times have no zone in this tool: read in the server's own zone";

QByteArray digitsOf(const QByteArray &id)
{
    qsizetype end = 0;
    while (end < id.size() && id[end] >= '0' && id[end] <= '9')
        ++end;
    return id.left(end);
}

/// The number that a name begins with, of 20 digits: 17 of them are a date in UTC, others count as they are.
QByteArray sortKey(const QByteArray &id)
{
    QByteArray digits = digitsOf(id);
    if (digits.size() == 17) {
        const QDateTime time = QDateTime::fromString(QString::fromLatin1(digits), QStringLiteral("yyyyMMddHHmmsszzz"));
        if (time.isValid())
            digits = QByteArray::number(QDateTime(time.date(), time.time(), Qt::UTC).toMSecsSinceEpoch());
    }
    return digits.rightJustified(20, '0') + id;
}

bool isSqlOfNode(const FileRoot &root, const MigrationFile &file)
{
    return file.path.endsWith(".sql") && !digitsOf(file.name()).isEmpty() && liesInMigrations(root, file);
}

bool isDbMigrate(const HistoryInput &input)
{
    if (!input.rows || input.rows->rows.empty())
        return input.table.name == QLatin1String("migrations"); // its default name; node-pg-migrate's is pgmigrations
    for (size_t row = 0; row < input.rows->rows.size(); ++row) {
        if (!cellText(*input.rows, row, "name").startsWith('/'))
            return false;
    }
    return true;
}

std::vector<NamedRow> rowsOf(const HistoryInput &input)
{
    std::vector<NamedRow> rows;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        QByteArray name = cellText(*input.rows, row, "name");
        if (name.startsWith('/'))
            name.remove(0, 1);
        rows.push_back({name, cellTime(*input.rows, row, "run_on"), {}});
    }
    return rows;
}

/// Held against the files in their order, as the tool does before it runs anything: the first that differs.
QString firstMismatch(const std::vector<NamedRow> &rows, const std::vector<NamedFile> &files)
{
    for (size_t i = 0; i < std::min(rows.size(), files.size()); ++i) {
        if (rows[i].id != files[i].id)
            return QStringLiteral("node-pg-migrate refuses to run: \"Not run migration %1 is preceding already run "
                                  "migration %2\"")
                .arg(sanitizedLine(files[i].id, 100), sanitizedLine(rows[i].id, 100));
    }
    return {};
}

} // namespace

// An SQL file holds both ways, or "x.up.sql" and "x.down.sql" hold one each.
std::vector<NamedFile> nodePgMigrateFiles(const Roots &roots)
{
    std::vector<NamedFile> files;
    for (const FileRoot *root : roots) {
        for (const MigrationFile &file : root->files) {
            QByteArray name = file.name();
            if (isSqlOfNode(*root, file) && !name.endsWith(".down.sql"))
                files.push_back({name.chopped(name.endsWith(".up.sql") ? 7 : 4), {}, {root, &file}, {}});
            else if (isScriptOf("node-pg-migrate", *root, file) && !digitsOf(name).isEmpty())
                files.push_back({withoutScriptEnding(name), {}, {root, &file}, {}});
        }
    }
    sortNamed(files, sortKey);
    return files;
}

// SQL lies beside in sqls/ and is called by the script.
std::vector<NamedFile> dbMigrateFiles(const Roots &roots)
{
    std::vector<NamedFile> files;
    for (const FileRoot *root : roots) {
        for (const MigrationFile &file : root->files) {
            if (isScriptOf("db-migrate", *root, file) && !digitsOf(file.name()).isEmpty())
                files.push_back({withoutScriptEnding(file.name()), {}, {root, &file}, {}});
        }
    }
    sortNamed(files);
    return files;
}

MigrationHistory readDbMigrate(const HistoryInput &input)
{
    MigrationHistory history = readNamed(input, rowsOf(input), dbMigrateFiles(input.roots), {"db-migrate"});
    history.notes << QString::fromLatin1(fileZone);
    return history;
}

MigrationHistory readNodePgMigrate(const HistoryInput &input)
{
    if (isDbMigrate(input))
        return readDbMigrate(input);
    const std::vector<NamedRow> rows = rowsOf(input);
    const std::vector<NamedFile> files = nodePgMigrateFiles(input.roots);
    NamedRules rules{"node-pg-migrate", Late::Refused,
                     "precedes an applied one: node-pg-migrate refuses to run anything unless its order check is off",
                     ""};
    rules.key = sortKey;
    MigrationHistory history = readNamed(input, rows, files, rules);
    if (const QString refusal = firstMismatch(rows, files); !refusal.isEmpty())
        history.notes << refusal;
    if (!rows.empty())
        history.notes << QString::fromLatin1(fileZone);
    return history;
}

} // namespace taffrail::sources::migrations
