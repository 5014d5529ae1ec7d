// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"
#include "rollbackrun.h"

namespace taffrail {

/// How old a plan may be when it is started: what it rests on was read then.
inline constexpr std::chrono::seconds planMayBe{300};

/// The last check before anything is done: the same for window, command line and whatever comes. `digest`: of the plan
/// that the person saw; `typed`: what they typed as the environment. Errors (Denied): another plan, too old a plan, the
/// wrong word, no reason, a gate that stands in the way, an override without a reason or of a gate that takes none.
Result<void> mayBegin(const RollbackPlan &plan, const QString &digest, const QString &typed, const QString &reason,
                      const std::vector<Override> &overrides, const QDateTime &now);

} // namespace taffrail
