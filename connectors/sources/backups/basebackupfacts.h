// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backuptool.h"

namespace taffrail::sources {

/// The base backups of one listing ("==> FOLDER" and the facts of each). `isStreaming`: the server says that one is
/// being taken. No finish time is stored in one: that of the manifest counts, which is written last.
std::vector<Backup> baseBackupsOf(const QByteArray &listing, bool isStreaming, const QDateTime &now);
/// What pg_verifybackup said of the newest ones, where the manifest is still the one that was read.
void applyBaseVerify(std::vector<Backup> &backups, const QByteArray &listing, const QByteArray &verified,
                     const QDateTime &at);
/// A captured output: pg_verifybackup, psql's rows of pg_stat_progress_basebackup, a backup_label, a backup_manifest.
BackupSet readCapturedBase(const Captured &captured, const QTimeZone &zone);

} // namespace taffrail::sources
