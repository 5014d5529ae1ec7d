// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "health.h"
#include "source.h"

#include <nlohmann/json.hpp>

namespace taffrail::sources {

/// Answers of other monitoring systems over HTTP, or captured.

/// The body of an HTTP answer or of captured standard output, or why there is none: no answer, a code that is not 2xx
/// (with what the body says), a body that was cut.
tl::expected<QByteArray, QString> bodyOf(const Reply &reply);
/// As bodyOf(), parsed; the error names the place where it stops being JSON.
tl::expected<nlohmann::json, QString> jsonBodyOf(const Reply &reply);
/// A member that is a string, made safe and cut; "" for anything else.
QString jsonText(const nlohmann::json &object, const char *key, int limit = 200);
/// A member that is an RFC 3339 time; invalid for anything else and for the year 1 ("never").
QDateTime jsonTime(const nlohmann::json &object, const char *key);
/// A member that is an array, or an empty one.
const nlohmann::json &jsonArray(const nlohmann::json &object, const char *key);

/// Labels of a time series as people write them: "HostDown {instance=web1:9100, job=node}", without alertname, severity
/// and __name__ among the braces.
QString labelledName(const nlohmann::json &labels, const QString &otherwise);
/// What the label "severity" asks for: critical, page … → Critical; info … → Notice; none (an alert that fires always,
/// to show that alerting works) → Ok; everything else, and nothing, → Warning.
Status severityOf(const nlohmann::json &labels);

/// The address `path` below the option "url"; an invalid one when the option is none.
QUrl addressBelow(const SourceEntry &entry, const QString &path);
/// A GET of it with the options "via" and "ca_file".
Request askFor(const SourceEntry &entry, const QString &name, const QUrl &url);
/// The options that such a source has, in front of its own.
std::vector<Option> addressOptions(const char *urlDescription, std::vector<Option> own = {});

} // namespace taffrail::sources
