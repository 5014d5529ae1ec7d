// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dockerprobe.h"

namespace taffrail::sources::docker {

/// Joins what the hosts say into one history. The engine keeps none, so all of it is inferred: from the images that are
/// there, and from the times of the containers that ran them. Hosts with an error stay in it as errors.
DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts);

/// The container of that name, or null.
const Container *containerNamed(const HostFacts &facts, const QString &name);

} // namespace taffrail::sources::docker
