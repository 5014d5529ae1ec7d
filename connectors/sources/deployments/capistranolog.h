// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "capistranoprobe.h"

namespace taffrail::sources::capistrano {

/// One line of revisions.log. The text is the tool's own unless the project overrides it; then `kind` is Unknown, and
/// `release` is the only stamp in the line, or "".
struct LogLine {
    ReleaseKind kind = ReleaseKind::Unknown;
    QString release;
    QString branch, revision, user;
    QString raw; ///< sanitised

    bool operator==(const LogLine &) const = default;
};
LogLine readLogLine(const QByteArray &line);

/// One line of all the hosts' logs; `hosts` have it.
struct FleetLine {
    LogLine line;
    QStringList hosts;
};

/// The logs of all hosts as one, oldest first. Every host's own order is kept; a line that several hosts have appears
/// once.
std::vector<FleetLine> mergeLogs(const std::vector<HostFacts> &hosts);

} // namespace taffrail::sources::capistrano
