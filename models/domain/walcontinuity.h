// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backups.h"

namespace taffrail {

/// A segment of WAL: TTTTTTTTLLLLLLLLSSSSSSSS, 24 hex digits.
struct WalSegment {
    quint32 timeline = 0;
    quint32 log = 0;
    quint32 number = 0; ///< within the log

    bool operator==(const WalSegment &) const = default;
};

/// The segment that a file of an archive holds: the bare name, or with a tool's checksum ("-<40 hex>") and endings of
/// compression or encryption. Backup labels, timeline histories and partial files hold none.
std::optional<WalSegment> walSegmentOf(const QString &fileName);
QString walSegmentName(const WalSegment &segment);
/// Timeline of a "TTTTTTTT.history" file, with or without an ending; empty for other names.
std::optional<quint32> walHistoryOf(const QString &fileName);
/// Bytes of a segment by the numbers that the names use: where a log is left for the next one, its last number tells.
/// 16 MiB when no name tells another.
qint64 walSegmentBytesOf(const QStringList &fileNames);

/// Holes in one place's archive. `fileNames` are all that lie there, in any order, with anything else among them.
/// Holes before the oldest backup's start are what retention left and are no gap. A backup's own segments must all be
/// there (`insideBackup`); a hole after its end ends its recovery there. A later timeline continues an earlier one at
/// its first segment at the latest; it needs its history file, when any history file is listed at all.
/// `segmentBytes` 0 = told by the names.
std::vector<WalGap> walGaps(const QStringList &fileNames, const std::vector<Backup> &backups, const QString &location,
                            qint64 segmentBytes = 0);

} // namespace taffrail
