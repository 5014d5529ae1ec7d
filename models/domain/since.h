// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "observation.h"

namespace taffrail {

/// Since when a health check has had its status, as far as this run of the program saw it.
struct Since {
    QString entry; ///< SourceEntry::id that the check belongs to
    Status status = Status::Unknown;
    QDateTime at; ///< UTC: the first look that found this status
    bool isLowerBound = false; ///< it was so at the first look already: it began at `at` or earlier
    QDateTime seenAt; ///< UTC: the newest look that found it

    bool operator==(const Since &) const = default;
};

/// By sinceKey().
using SinceTable = QHash<QString, Since>;

/// Names one health check of one entry over all looks.
QString sinceKey(const QString &entry, const HealthCheck &check);

/// The table after one more snapshot. A check keeps its time while its status stays the same; another status begins
/// with the look that found it. What was not looked at for 10 × interval (at least 90 s), or never before in this run,
/// begins anew as a lower bound: nobody saw what was in between. Values read from disk at start begin nothing.
SinceTable carriedSince(const SinceTable &before, const Snapshot &next);

} // namespace taffrail
