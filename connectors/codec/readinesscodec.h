// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "codec.h"
#include "readiness.h"

namespace taffrail::codec {

/// `taffrail readiness ENV --json`, for one environment.
Json toJson(const ReadinessReport &report);
template <> Result<ReadinessReport> fromJson<ReadinessReport>(const Json &json);
/// {"version","environments":[…]}
Json readinessJson(const std::vector<ReadinessReport> &reports);

} // namespace taffrail::codec
