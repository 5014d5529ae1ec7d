// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "status.h"

#include <QDateTime>
#include <QHash>
#include <QStringList>

#include <optional>
#include <vector>

namespace taffrail {

/// One fact held against its limits.
struct HealthCheck {
    QString code; ///< "host.disk", "postgres.connections", "http.status", "tls.expiry"
    QString subject; ///< mount point, unit, database, URL …
    QString host; ///< host or database id it was read on
    Status status = Status::Unknown;
    std::optional<double> value;
    QString unit; ///< "%", "B", "s", "ms", "d", "" (count)
    std::optional<double> warning, critical;
    QString text; ///< one line in plain words, also the reason of an unknown
    QDateTime dataAt; ///< when the fact itself was made, if older than the observation
    QString hint; ///< what to do, e.g. the missing GRANT

    bool operator==(const HealthCheck &) const = default;
};

/// What one health source says of one subject.
struct HealthReport {
    QString source;
    std::vector<HealthCheck> checks; ///< ordered by code, then subject
    /// Raw counters for rates between two observations, e.g. "oom_kill", "cpu.busy", "cpu.total" (monotonic unless
    /// reset).
    QHash<QString, double> counters;
    QString epoch; ///< boot id or postmaster start: when it changes, counters start anew
    std::optional<double> clockOffsetSeconds; ///< other side minus ours; positive = it is ahead
    double clockErrorSeconds = 0; ///< bound of the offset: half the round trip plus the resolution
    QString version; ///< release that the subject itself reports (HTTP health), or server version
    QStringList notes;

    bool operator==(const HealthReport &) const = default;
};

} // namespace taffrail
