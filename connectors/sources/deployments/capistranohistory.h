// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "capistranolog.h"

namespace taffrail::sources::capistrano {

/// Joins what the hosts say into one history. Hosts with an error stay in it as errors; liveness is judged on the
/// others.
DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts, const QDateTime &now);

} // namespace taffrail::sources::capistrano
