// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationfiles.h"
#include "schemagate.h"

/// What a release carries, whatever is applied.
namespace taffrail::sources::migrations {

/// The versions that a checkout's files declare for the tool of this history. Errors: the root's own; Unsupported for a
/// tool whose files are not read.
Result<CarriedMigrations> carriedMigrations(const MigrationHistory &history, const FileRoot &root);

} // namespace taffrail::sources::migrations
