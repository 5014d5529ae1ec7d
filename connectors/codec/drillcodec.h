// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "codec.h"
#include "drillrun.h"

namespace taffrail::codec {

class JsonReader;

/// `taffrail drill ENV --plan --json`.
Json toJson(const DrillPlan &plan);
/// The journal of a drill: `taffrail drill … --json`.
Json toJson(const DrillRun &run);
template <> Result<DrillPlan> fromJson<DrillPlan>(const Json &json);
template <> Result<DrillRun> fromJson<DrillRun>(const Json &json);

/// SHA-256, in hex, of the plan's canonical JSON (sorted keys, no spaces, UTF-8): what would be done, where, with what
/// expectations, and the verdict of each gate; without times, ages, the words of gates and what is estimated.
QString drillDigest(const DrillPlan &plan);

/// A gate as rollbacks and drills write it.
Json gateJson(const Gate &gate);
Gate readGate(const JsonReader &reader);

} // namespace taffrail::codec
