// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deployerprobe.h"

namespace taffrail::sources::deployer {

/// One line of .dep/releases_log (JSON, version 7 and later). Nothing for a line that is none, or is cut.
std::optional<LogEntry> readLogLine(const QByteArray &line);
/// One line "YYYYMMDDHHMMSS,N" of .dep/releases (before version 7).
std::optional<LogEntry> readOldLine(const QByteArray &line);
/// "2026-11-20T15:57:28+0000,Ada Ops"
Mark readMark(const QByteArray &text);

/// The file .dep/releases_log itself.
void readLogFile(const QByteArray &text, HostFacts &facts);
/// The table that `dep releases` prints, of its first host. False when there is none.
bool readTable(const QByteArray &text, HostFacts &facts);

} // namespace taffrail::sources::deployer
