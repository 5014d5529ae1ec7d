// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backupsupport.h"

namespace taffrail::sources {

/// What a captured answer of pgbackrest is, by the command line if told, else by its own words.
enum class PgbackrestOutput { Info, Verify, Check, Backup, RepoLs, Expire, Other };
PgbackrestOutput pgbackrestOutputOf(const Captured &captured, const QString &partName);

/// Text of `verify` (2.45): it always exits 0, and its status says nothing of holes in the WAL.
BackupSet readPgbackrestVerify(const Captured &captured);
/// `check`: whether archiving works from end to end.
BackupSet readPgbackrestCheck(const Captured &captured);
/// Log of `backup` (with the expiry that follows it).
BackupSet readPgbackrestBackup(const Captured &captured);
/// `repo-ls` of an archive, as text or JSON: holes between the segments that it names.
BackupSet readPgbackrestListing(const Captured &captured);
/// Log of `expire`, with or without --dry-run: what it removes.
BackupSet readPgbackrestExpire(const Captured &captured);
/// The problem word of an exit code (its list of error codes); "none" for 0.
QString problemOfExitCode(int exitCode, const QByteArray &err);

} // namespace taffrail::sources
