// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationreader.h"

namespace taffrail::sources::migrations {

/// The companion table of this kind: that whose name goes with the history's, else the one of the tool's own name, else
/// the only one.
const FoundCompanion *companionOf(const Detected &found, const CompanionPart &part);

} // namespace taffrail::sources::migrations
