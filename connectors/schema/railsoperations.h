// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationverdict.h"

namespace taffrail::schema {

/// What `change` or `up` of a Rails migration does, by the commands of Active Record and its SQL, and whether it can be
/// turned round. Rows that are changed through models are data; what it cannot follow (loops, values made when it runs,
/// commands of other libraries) is Unknown. `created` carries over to the next migration of the set.
MigrationVerdict classifyRails(const QByteArray &ruby, CreatedObjects &created);

} // namespace taffrail::schema
