// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backuptool.h"

/// What Barman (3.4 and later) prints, in JSON and as text.
namespace taffrail::sources {

enum class BarmanOutput { List, Show, Check, Status, Verify, CheckBackup, Other };
/// What a captured answer is: by the command line if told, else by its own words.
BarmanOutput barmanOutputOf(const Captured &captured, const QString &partName);

/// `list-backup`. Newer than `now` and what an unfinished entry means is judged against it.
Result<BackupSet> readBarmanList(const Captured &captured, const QTimeZone &zone);
/// `show-backup`: one backup, with its WAL and its error.
Result<BackupSet> readBarmanShow(const Captured &captured, const QTimeZone &zone);
/// `check`, also as text and with --nagios.
Result<BackupSet> readBarmanCheck(const Captured &captured);
/// `status`.
Result<BackupSet> readBarmanStatus(const Captured &captured);
/// `verify-backup`, which runs pg_verifybackup.
BackupSet readBarmanVerify(const Captured &captured);
/// `check-backup`: says nothing and changes the list.
BackupSet readBarmanCheckBackup(const Captured &captured);

/// The problem word of pg_verifybackup's errors; "none" for its success, "nothing_checked" for neither.
QString problemOfVerifybackup(const ShellReply &reply);

} // namespace taffrail::sources
