// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationverdict.h"

namespace taffrail::schema {

/// What the upgrade() of an Alembic revision does, by its operations (op.…, batch_op.…) and its SQL, and whether its
/// downgrade() takes it back. What it cannot follow (loops, values made when it runs, other calls) is Unknown.
/// `created` carries over to the next migration of the set.
MigrationVerdict classifyAlembic(const QByteArray &python, CreatedObjects &created);

} // namespace taffrail::schema
