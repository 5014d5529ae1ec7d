// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backuptool.h"

/// What restic (0.14 and later) prints.
namespace taffrail::sources {

enum class ResticOutput { Snapshots, Check, Backup, Forget, Other };
ResticOutput resticOutputOf(const Captured &captured, const QString &partName);

/// `snapshots --json`, grouped or not, or its table.
Result<BackupSet> readResticSnapshots(const Captured &captured, const QTimeZone &zone);
/// `check`, with or without --read-data, as text or JSON.
BackupSet readResticCheck(const Captured &captured);
/// `backup --json`
BackupSet readResticBackup(const Captured &captured);
/// `forget --dry-run --json`: what it would keep and remove.
Result<BackupSet> readResticForget(const Captured &captured);
/// Other commands (`stats`, `cat lock`, `list locks`): only whether they worked.
BackupSet readResticOther(const Captured &captured);

/// The problem word of restic's errors and exit code; "none" for 0 without a word.
QString problemOfRestic(const ShellReply &reply);

} // namespace taffrail::sources
