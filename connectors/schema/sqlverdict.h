// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrations.h"

#include <QByteArray>
#include <QSet>

#include <vector>

namespace taffrail::schema {

/// What one SQL statement means for a release that does not know of it.
struct StatementVerdict {
    QString text; ///< the statement in one line, shortened, safe to show
    int line = 1; ///< of the text that was given, from 1
    std::set<MigrationKind> kinds; ///< never empty
    QString why; ///< in plain words; "" when there is nothing to say
    QString lock; ///< the strongest lock on an existing table as pg_locks names it ("AccessExclusiveLock"); "" = none
    bool rewrites = false; ///< the whole table is written anew under that lock

    bool operator==(const StatementVerdict &) const = default;
};

/// Objects that earlier statements of the same set of migrations made: what happens to them concerns no older release.
/// Names as written, lower case unless quoted: "table public.items", "column items.note", "index x" …
using CreatedObjects = QSet<QString>;

/// What a piece of SQL means for the releases that ran before it.
struct SqlVerdict {
    std::vector<StatementVerdict> statements; ///< without BEGIN, COMMIT, SET and comments
    std::set<MigrationKind> kinds; ///< of all statements; {Expand} when there is none
    bool setsLockTimeout = false; ///< it limits how long it waits for locks
    bool isOpaque = false; ///< part of it could not be parsed: kinds has Unknown

    bool operator==(const SqlVerdict &) const = default;
};

/// Classes each statement by PostgreSQL's own grammar (version 15, libpg_query): expand, data, contract, irreversible,
/// or unknown where the text alone does not tell (DO, CALL, functions that are called, views that are replaced, what
/// does not parse). psql's meta-commands, COPY data and ${placeholders} are blanked out first. The rules and the locks
/// are those of PostgreSQL's manual (explicit locking, ALTER TABLE). At most 1 MiB is read; more is unknown. `created`
/// carries over to the next migration of the set.
SqlVerdict classifySql(const QByteArray &sql, CreatedObjects &created);

} // namespace taffrail::schema
