// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "capistranolog.h"

namespace taffrail::sources::capistrano {

/// What was done, newest first: the lines of the logs, and one event "out of band" for every switch that contradicts
/// them.
std::vector<DeployEvent> buildEvents(const std::vector<FleetLine> &lines, const std::vector<HostFacts> &hosts);

/// Everything in words that the values can't carry.
QStringList buildNotes(const std::vector<FleetLine> &lines, const std::vector<HostFacts> &hosts,
                       const DeploymentHistory &history);

} // namespace taffrail::sources::capistrano
