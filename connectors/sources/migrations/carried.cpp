// SPDX-License-Identifier: GPL-3.0-or-later
#include "carried.h"

#include "migrationreader.h"

namespace taffrail::sources::migrations {

Result<CarriedMigrations> carriedMigrations(const MigrationHistory &history, const FileRoot &root)
{
    if (root.error)
        return failure(*root.error);
    const Tool *tool = toolNamed(history.source);
    if (!tool)
        return failure(ErrorKind::Unsupported, QStringLiteral("migration files"), root.spec.shown(),
                       QStringLiteral("the files of %1 are not read").arg(history.source));
    HistoryInput input;
    input.database = history.database;
    input.table = tableNameFrom(history.table).value_or(TableName{});
    input.roots = {&root};
    CarriedMigrations carried{history.database, history.table, {}, {}, root.spec.shown()};
    for (const Migration &migration : tool->read(input).migrations)
        carried.versions << migration.version; // nothing is applied, so all of them come from files
    return carried;
}

} // namespace taffrail::sources::migrations
