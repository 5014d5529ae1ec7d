// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drillrun.h"

namespace taffrail {

/// A plan for a terminal: gates, what runs in each phase, and how to start it.
QString drillPlanText(const DrillPlan &plan);
/// How a drill stands, or ended: phases with times, checks, what was measured.
QString drillText(const DrillRun &run);
/// One line for one change; "" when it says nothing new over `before`.
QString drillProgress(const DrillRun *before, const DrillRun &run);
/// One line each.
QString drillListText(const std::vector<std::shared_ptr<const DrillRun>> &runs, const QDateTime &now);

} // namespace taffrail
