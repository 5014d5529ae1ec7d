// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationverdict.h"

namespace taffrail::schema {

/// What the operations of a Django migration of the app with this label do. A default= lives in the program only:
/// Django takes it off the column again, so a new field must allow NULL or have a db_default= to disturb nobody. An
/// AlterField does not tell what it changes, and custom operations are opaque: both are Unknown. `created` carries over
/// to the next migration of the set.
MigrationVerdict classifyDjango(const QByteArray &python, const QByteArray &app, CreatedObjects &created);

} // namespace taffrail::schema
