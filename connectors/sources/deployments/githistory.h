// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gitprobe.h"

namespace taffrail::sources::gitdeploy {

/// Joins what the hosts say into one history. A release is a commit that HEAD stood at, or one that a tag names.
DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts);

} // namespace taffrail::sources::gitdeploy
