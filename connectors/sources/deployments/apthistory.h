// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aptprobe.h"

namespace taffrail::sources::apt {

/// Joins what the hosts say into one history. Hosts with an error stay in it as errors.
DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts, const QDateTime &now);

} // namespace taffrail::sources::apt
