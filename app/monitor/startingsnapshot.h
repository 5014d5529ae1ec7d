// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"

namespace taffrail {

/// The snapshot that an environment starts with: an empty slot for every entry of the inventory, filled with the last
/// known value where the same source was remembered under the same entry. Generation 0, links idle.
Snapshot startingSnapshot(const EnvironmentSpec &environment, const Snapshot *remembered);

/// What the window shows before anything was read in this run: the remembered values, judged as old as they are.
std::vector<EnvironmentStatePtr> rememberedStates(const std::vector<EnvironmentSpecPtr> &environments,
                                                  const std::vector<SnapshotPtr> &remembered, const QDateTime &now);

} // namespace taffrail
