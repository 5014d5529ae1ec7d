// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace taffrail {

/// The one status vocabulary, worst last (the numeric value is the rank of the window's table, so that max() is
/// "worst").
enum class Status {
    None = 0, ///< no source configured
    Muted = 10, ///< silenced by a person until a time
    Ok = 20, ///< fresh and good
    Notice = 30, ///< changed, harmless
    Running = 40, ///< in progress
    Stale = 50, ///< the last value was good but is too old
    Warning = 60, ///< act today
    Unknown = 70, ///< the check ran without an answer, or there is no data
    Offline = 80, ///< the connection is down
    Critical = 90, ///< act now
};

/// The worse of two by rank.
inline Status worse(Status a, Status b)
{
    return a < b ? b : a;
}

/// The word in JSON and on the command line: "critical", "offline", … "none".
QString statusWord(Status status);
/// The status of a word; Unknown for one that does not exist.
Status statusFromWord(const QString &word);
/// The word shown to a person: "Critical", "Not set up" …
QString statusTitle(Status status);

/// Exit code of `status`, `check`: critical 2; offline, unknown, stale 3; warning 1; else 0.
int exitCode(Status status);
/// The code to leave with when several apply: critical (2) before unknown (3) before warning (1) before ok.
int worseExitCode(int a, int b);

} // namespace taffrail
