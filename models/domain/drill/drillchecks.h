// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drillrun.h"

namespace taffrail {

/// What is expected of the answer, in plain words.
QString expectedWords(const DrillCheck &check);
/// Holds one answer of the copy (`asked`: there is one) against what is expected of it. `live`: what the live database
/// answered, or ""; `liveError`: why it did not.
DrillCheckResult judgedCheck(const DrillCheck &check, const QString &seen, bool asked, const QString &error,
                             const QString &live, const QString &liveError);

} // namespace taffrail
