// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackrun.h"

namespace taffrail {

/// A plan for a terminal: gates, changes, the steps of each host, and how to start it.
QString planText(const RollbackPlan &plan, const QDateTime &now);
/// How a run stands, host by host.
QString runText(const RollbackRun &run);
/// One line for one change of a run; "" when it says nothing new over `before`.
QString progressLine(const RollbackRun *before, const RollbackRun &run);

} // namespace taffrail
