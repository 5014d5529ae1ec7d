// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"

#include <nlohmann/json_fwd.hpp>

/// Domain values as versioned JSON and back, without loss. Times are RFC 3339 UTC with Z, durations seconds (`…_s`),
/// sizes bytes (`…_bytes`), 64-bit ids text; what is absent is null, never "" or 0. Readers ignore members that they
/// don't know, and name the JSON path of what they cannot read. All functions are pure and may run in any thread.
namespace taffrail::codec {

using Json = nlohmann::json;

/// The version written into snapshots and outward shapes. Fields are added without raising it, never renamed.
inline constexpr int version = 1;

Json toJson(const Error &error);
Json toJson(
    const Value &value); ///< the outward shape of its kind, with every field and "kind": deployments | migrations | …
Json toJson(const Finding &finding);
Json toJson(const Observation &observation);
Json toJson(const Link &link);
Json toJson(const Snapshot &snapshot);

/// Reads back what toJson() wrote. Defined for Error, Value, Finding, Observation, Link and Snapshot. The error is
/// BadData with subject "$.observations[2].took_s" and what was expected there. Evidence text that reads as a UTC time
/// becomes one.
template <typename T> Result<T> fromJson(const Json &json);
template <> Result<Error> fromJson<Error>(const Json &json);
template <> Result<Value> fromJson<Value>(const Json &json);
template <> Result<Finding> fromJson<Finding>(const Json &json);
template <> Result<Observation> fromJson<Observation>(const Json &json);
template <> Result<Link> fromJson<Link>(const Json &json);
template <> Result<Snapshot> fromJson<Snapshot>(const Json &json);

/// JSON text from anywhere: at most `maxBytes`, 64 levels deep, valid UTF-8. Never throws.
Result<Json> parseJson(const QByteArray &text, qint64 maxBytes = 64 * 1024 * 1024);
/// Compact text; `indent` > 0 spreads it over lines. Text that is no valid UTF-8 is replaced, never thrown at.
QByteArray jsonText(const Json &json, int indent = -1);

/// A snapshot as the store keeps it: without its settings.
QByteArray encoded(const Snapshot &snapshot);
Result<Snapshot> decodedSnapshot(const QByteArray &text);

/// `taffrail status --json`: {"version","generated_at","environments":[…]}; the values only when asked for.
Json statusJson(const std::vector<EnvironmentStatePtr> &states, const QDateTime &now, bool withValues);
/// `taffrail deployments|migrations|backups|health ENV --json`: {"environment","pane":PANE}, with values.
Json paneJson(const EnvironmentState &state, PaneKind pane);
/// `taffrail parse`: {"value","error","findings"}.
Json parseResultJson(const Result<Value> &result, const std::vector<Finding> &findings);

} // namespace taffrail::codec
