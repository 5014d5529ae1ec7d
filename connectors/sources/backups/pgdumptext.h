// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backupsupport.h"

namespace taffrail::sources {

/// What is known of one dump file.
struct DumpFile {
    QByteArray path;
    qint64 size = -1;
    QDateTime modifiedAt;
    bool isDirectory = false;
    bool isGrowing = false; ///< two looks differ
    bool isProbed = false; ///< the fields below were read
    bool isUnread = false; ///< all its bytes could be read, and are not yet
    QByteArray magic; ///< first bytes
    QDateTime startedAt, completedAt; ///< told by the content
    bool isComplete = false; ///< its trailer or its whole content was seen
    QString problem, detail;
    Trust trust = Trust::Listed;
    QDateTime verifiedAt;
};

/// Seconds east of UTC of the machine that made the dumps: pg_restore prints its wall clock with a foreign zone's name.
struct DumpZone {
    int offsetSeconds = 0;
};

/// Reads "; Archive created at …" and the errors of `pg_restore -l` or `pg_restore -f /dev/null`.
QDateTime createdAtOf(const QByteArray &listing, DumpZone zone);
/// "-- Started on …" / "-- Completed on …" of a verbose plain dump.
QDateTime commentTimeOf(const QByteArray &text, const QByteArray &words, DumpZone zone);
/// The problem word of pg_restore's or gzip's error text; "" when the text names none that is known.
QString problemOfDumpError(const QByteArray &err);
/// A time in the file's name (20261120T160500Z, 2026-11-20_16-05 …), read in `zone` unless it ends with Z.
QDateTime timeInName(const QByteArray &name, DumpZone zone);

/// Whether the file is one that the slow lane reads to its end: a custom or directory dump, or a gzip; and finished, as
/// far as can be seen.
bool isToBeRead(const DumpFile &file);
/// The backup that a file is, judged.
Backup backupOf(const DumpFile &file, DumpZone zone, const QDateTime &now);
/// The set of all files: assessment and problem by the newest ones.
BackupSet setOf(const std::vector<DumpFile> &files, DumpZone zone, const QDateTime &now);

/// One captured output of pg_restore, stat, gzip …: see the cases of the samples.
BackupSet readCapturedDump(const Captured &captured, DumpZone zone);

} // namespace taffrail::sources
