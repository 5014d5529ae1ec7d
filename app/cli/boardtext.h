// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"

#include <vector>

namespace taffrail {

/// The board for a terminal: one line per environment, then what is wrong with evidence ages and hints.
QString boardText(const std::vector<EnvironmentStatePtr> &states, const QDateTime &now);
/// One pane of one environment in full.
QString paneText(const EnvironmentState &state, PaneKind pane, const QDateTime &now);
/// One line and performance data for Nagios and its kin: `TAFFRAIL WARNING - …|…`.
QString checkLine(const EnvironmentState &state, const QDateTime &now);

} // namespace taffrail
