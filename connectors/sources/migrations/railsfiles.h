// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationfiles.h"

namespace taffrail::sources::migrations {

bool isRailsFile(const FileRoot &root, const MigrationFile &file);
/// Rails compares versions as integers: leading zeros don't count.
QByteArray railsVersion(const QByteArray &digits);

} // namespace taffrail::sources::migrations
