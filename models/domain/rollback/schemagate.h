// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gate.h"
#include "migrations.h"

namespace taffrail {

/// How a tool's own start-up step meets a database that holds migrations which the release does not carry.
enum class StartReaction {
    Refuses, ///< it exits with an error: a release that migrates at start does not start
    Hints, ///< it says so and goes on
    Silent, ///< it says "up to date"
    Unknown,
};

/// The reaction of a tool by its source name ("alembic"), as observed by taking the newest files away and running its
/// "up" again.
StartReaction startReaction(const QString &source);

/// What the target release carries of one history: the versions of its migration files.
struct CarriedMigrations {
    QString database; ///< database id
    QString table; ///< schema.table
    QStringList versions;
    QStringList below; ///< those of them that stand below an applied one: applied, though the database names only heads
    QString from; ///< where they were read: "web1:/srv/shop/releases/2026…/db/migrate"
};

/// What decides for one history; the worst migration counts.
struct SchemaQuestion {
    const MigrationHistory &history;
    const CarriedMigrations *carried = nullptr; ///< null = not read: the verdict is Unknown
    bool migratesAtStart = false; ///< the release runs its migrations when it starts
    QDateTime observedAt;
    QString entry;
};

/// The schema gate: A = applied, T = carried. A − T empty: pass; each migration in A − T: expand passes, data and
/// unknown warn, contract and irreversible block. A tool that refuses to start on them blocks when the release migrates
/// at start, and warns otherwise. T − A not empty: warns (the target expects what is not applied). A history with a
/// failed or dirty migration, or one that cannot be read, is Unknown.
Gate schemaGate(const SchemaQuestion &question);

/// A − T in the order of the history: what the target does not know.
std::vector<Migration> migrationsBeyond(const MigrationHistory &history, const QStringList &carried);

} // namespace taffrail
