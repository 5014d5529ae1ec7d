// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "readiness.h"
#include "sqlitefile.h"

#include <memory>

namespace taffrail {

/// One scorecard that was made: "9 of 12" at that time.
struct ReadinessPoint {
    QDateTime at; ///< UTC
    int passed = 0, counted = 0, failed = 0;

    bool operator==(const ReadinessPoint &) const = default;
};

/// Totals of earlier scorecards and how full file systems were then, in one SQLite file. Kept for two years of daily
/// looks at most. Belongs to the thread that opened it; blocks, so it is not for the UI thread.
class ReadinessHistory {
public:
    /// $XDG_STATE_HOME/taffrail/readiness.db
    static QString defaultPath();
    /// Opens or makes the file (0600); a damaged one is moved aside, and notice() says so. Errors: Denied, Busy,
    /// Unsupported, ToolFailed.
    static Result<std::unique_ptr<ReadinessHistory>> open(const QString &path);
    Q_DISABLE_COPY_MOVE(ReadinessHistory)

    QString notice() const { return m_notice; } ///< what a person should know about opening; "" = nothing

    Result<void> remember(const ReadinessReport &report, const std::vector<CapacitySample> &room);
    /// Oldest first, the last `limit`.
    Result<std::vector<ReadinessPoint>> trend(const QString &environment, int limit = 400);
    Result<std::vector<CapacitySample>> capacity(const QString &environment);

private:
    explicit ReadinessHistory(const QString &path) : m_file(path) {}
    Result<void> prepare();

    SqliteFile m_file;
    QString m_notice;
};

} // namespace taffrail
