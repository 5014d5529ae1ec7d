// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationfiles.h"
#include "migrations.h"
#include "schemagate.h"

/// What the files of a checkout say about a history: which of its migrations they carry, and what those do.
namespace taffrail::sources::migrations {

/// The versions of the history's tool that a checkout carries, written as the history writes them. A migration that
/// stands in for others (a squash, a baseline) counts as they do, and an external app's as carried. An Error when the
/// files are not known, when the tool is not read, or when the checkout has no file of this tool: nobody can tell then
/// whether the folder is the right one.
Result<CarriedMigrations> carriedMigrations(const MigrationHistory &history, const FileRoot &root);

/// How many of the newest applied migrations, and of the next pending ones, classify() looks at.
inline constexpr size_t mostClassified = 30;

/// Sets kinds, reversible and note of the newest applied migrations and of the next pending ones whose whole file is
/// among these roots. Applied ones are judged each for itself, since a release may lie between any two; pending ones as
/// one set. What has no file, or only the beginning of one, stays unclassified.
void classify(MigrationHistory &history, const std::vector<const FileRoot *> &roots);
void classify(MigrationHistory &history, const std::vector<FileRoot> &roots);

/// The same for exactly these versions, as one set that a release brought or would take back: what one of them makes,
/// another may change or drop without disturbing the release before them. The history's own order counts.
void classifySet(MigrationHistory &history, const std::vector<FileRoot> &roots, const QStringList &versions);

} // namespace taffrail::sources::migrations
