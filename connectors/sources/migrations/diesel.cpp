// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

#include <map>

// Diesel: a folder per migration with up.sql and down.sql; the version is what stands before the first "_".
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &folderShape()
{
    static const QRegularExpression shape(QStringLiteral("(?:^|/)([0-9][0-9-]*)_([^/]*)$"));
    return shape;
}

QString folderOf(const FileRoot &root, const MigrationFile &file)
{
    return QString::fromUtf8(file.folder().isEmpty() ? root.rootName() : file.folder());
}

bool isDieselFile(const FileRoot &root, const MigrationFile &file)
{
    const QByteArray name = file.name();
    return (name == "up.sql" || name == "down.sql") && folderShape().match(folderOf(root, file)).hasMatch();
}

std::vector<DiskMigration> diskDiesel(const Roots &roots)
{
    struct Pair {
        FoundFile up, down;
    };
    std::map<std::pair<QByteArray, QByteArray>, Pair> byFolder; // version, folder
    for (const FoundFile &found : filesFitting(roots, isDieselFile)) {
        const QString folder = folderOf(*found.root, *found.file);
        const QByteArray version = folderShape().match(folder).captured(1).toLatin1().replace('-', "");
        Pair &pair = byFolder[{version, folder.toUtf8()}];
        FoundFile &place = found.file->name() == "up.sql" ? pair.up : pair.down;
        if (!place.file)
            place = found;
    }
    std::vector<DiskMigration> all;
    for (const auto &[key, pair] : byFolder) {
        if (!pair.up.file)
            continue; // Diesel refuses such a folder
        DiskMigration disk;
        disk.key = key.first;
        disk.version = QString::fromLatin1(key.first);
        disk.name = wordsOf(folderShape().match(QString::fromUtf8(key.second)).captured(2).toUtf8());
        disk.root = pair.up.root;
        takeSql(disk, *pair.up.file);
        takeDown(disk, pair.down.file, QStringLiteral("down.sql"));
        all.push_back(std::move(disk));
    }
    return all;
}

QByteArray selectDiesel(const TableName &table)
{
    return "SELECT version, " + sqlAnyTime("run_on") + " AS run_on FROM " + quotedTable(table)
        + " t ORDER BY t.run_on, t.version LIMIT " + QByteArray::number(maxRows + 1);
}

MigrationHistory readDiesel(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "diesel");
    std::vector<RecordedMigration> recorded;
    QByteArray highest;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        RecordedMigration each{cellText(*input.rows, row, "version"), {}};
        if (each.key.isEmpty())
            continue;
        each.migration.version = sanitizedLine(each.key, 100);
        each.migration.appliedAt = anyTime(*input.rows, row, "run_on");
        each.migration.flags = {MigrationState::Applied};
        highest = std::max(highest, each.key);
        recorded.push_back(std::move(each));
    }
    history.current = sanitizedLine(highest, 100);
    history.notes << noFailureRecord();
    if (!recorded.empty())
        history.notes << timesWithoutZone();
    JoinRules rules;
    rules.isOrderTime = true;
    rules.isOneFolder = true;
    rules.before = textBefore;
    join(history, input, std::move(recorded), diskDiesel(input.roots), rules);
    return history;
}

} // namespace

const Tool dieselTool{.name = "diesel",
                      .defaultTable = "__diesel_schema_migrations",
                      .read = readDiesel,
                      .select = selectDiesel,
                      .disk = diskDiesel};

} // namespace taffrail::sources::migrations
