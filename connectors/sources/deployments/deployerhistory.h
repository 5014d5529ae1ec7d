// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deployerprobe.h"

namespace taffrail::sources::deployer {

/// Joins what the hosts say into one history.
DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts, const QDateTime &now);

} // namespace taffrail::sources::deployer
