// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "codec.h"
#include "rollbackrun.h"

namespace taffrail::codec {

/// `taffrail rollback ENV --plan --json`, and what a run journal keeps.
Json toJson(const RollbackPlan &plan);
/// The run journal.
Json toJson(const RollbackRun &run);
template <> Result<RollbackPlan> fromJson<RollbackPlan>(const Json &json);
template <> Result<RollbackRun> fromJson<RollbackRun>(const Json &json);

/// SHA-256, in hex, of the plan's canonical JSON (sorted keys, no spaces, UTF-8): what would be done, where, from what
/// to what, and the verdict of each gate; without times, ages, the words of gates and what was ill before.
QString planDigest(const RollbackPlan &plan);

} // namespace taffrail::codec
