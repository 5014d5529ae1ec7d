// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "diskmigration.h"
#include "migrationverdict.h"

/// What a migration does by its files, for every tool whose migrations are SQL.
namespace taffrail::sources::migrations {

/// Each reason names its statement. One that is code, or whose file is not known as a whole, is unknown and says why.
schema::MigrationVerdict classifyDisk(const DiskMigration &disk, schema::CreatedObjects &created);
/// "its way back loses data: DROP TABLE …", "" when nothing is known to be lost.
QString lossOfWayBack(const DiskMigration &disk);

} // namespace taffrail::sources::migrations
