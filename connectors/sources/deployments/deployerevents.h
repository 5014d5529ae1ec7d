// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deployerprobe.h"

namespace taffrail::sources::deployer {

/// Adds what was done on this host to history.events: deploys from its log, rollbacks from the marks of bad releases,
/// and a switch that neither explains. The releases of `history` must be judged before.
void addEvents(const HostFacts &facts, DeploymentHistory &history);
/// Everything about this host in words that the values can't carry.
QStringList hostNotes(const HostFacts &facts);

} // namespace taffrail::sources::deployer
