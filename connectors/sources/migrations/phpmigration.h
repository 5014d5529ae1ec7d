// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "diskmigration.h"

/// What a migration in PHP says of its way back.
namespace taffrail::sources::migrations {

/// Sets the file, that it is code, and whether its down method does anything.
void takePhp(DiskMigration &disk, const MigrationFile &file);

} // namespace taffrail::sources::migrations
