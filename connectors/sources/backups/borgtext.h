// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backuptool.h"

#include <nlohmann/json_fwd.hpp>

/// What BorgBackup (1.1 and later) and borgmatic (1.7 and later) print.
namespace taffrail::sources {

enum class BorgOutput { List, Info, Create, Check, Prune, Other };
BorgOutput borgOutputOf(const Captured &captured, const QString &tool, const QString &partName);

/// One document of `list --json` or `info --json`: its archives (times in `zone`) and its place.
void addBorgRepository(BackupSet &set, const nlohmann::json &document, const QTimeZone &zone);
/// `list`, as JSON or lines.
Result<BackupSet> readBorgList(const Captured &captured, const QTimeZone &zone);
/// `create --json`
BackupSet readBorgCreate(const Captured &captured, const QTimeZone &zone);
/// `check`: text or --log-json on stderr.
BackupSet readBorgCheck(const Captured &captured);
/// Any other command: only whether it worked.
BackupSet readBorgOther(const Captured &captured);
/// Whether a command that ended well printed what no create, prune or other command of Borg prints: exit code 0 proves
/// nothing then.
bool isStrayOutput(const Captured &captured);
/// `prune --dry-run --list`: names of archives that it would remove.
std::optional<QStringList> borgPrunedBy(const ShellReply &reply);

/// The problem word of Borg's message ids, texts and exit codes; "none" for 0.
QString problemOfBorg(const ShellReply &reply);
/// The messages of stderr, one a line, out of --log-json or plain.
QStringList borgMessages(const QByteArray &err);

} // namespace taffrail::sources
