// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QDateTime>
#include <QStringList>

#include <chrono>
#include <optional>
#include <vector>

namespace taffrail {

enum class BackupType { Full, Differential, Incremental, Logical, Archive, Snapshot };
enum class BackupState { Ok, Running, Failed, Flawed, Obsolete, Expired };
/// How far a backup was ever proved, weakest first.
enum class Trust { Listed, Metadata, Checksums, AllBytes, Restored, Queried };

struct Backup {
    QString id;
    BackupType type = BackupType::Full;
    QDateTime startedAt, finishedAt; ///< UTC; invalid = the tool does not say
    bool finishedIsStart = false; ///< only a start time is known; freshness counts from it
    qint64 sizeBytes = -1; ///< logical size; -1 = not known
    qint64 storedBytes = -1;
    QString location; ///< repository or place, plain words
    std::optional<bool> encrypted;
    BackupState state = BackupState::Ok;
    QString problem; ///< a word of the list in the backup samples ("truncated", "wal_gap" …), "" = none
    QString detail; ///< the problem in words
    Trust trust = Trust::Listed;
    QDateTime verifiedAt;
    QString verifiedBy;
    QString parent; ///< id it depends on
    QString walStart, walStop; ///< segments needed for consistency
    QString systemId; ///< 64-bit integer as text

    bool operator==(const Backup &) const = default;
};

/// One place that holds backups, as the tool and the inventory tell of it.
struct BackupLocation {
    QString name; ///< as in Backup::location
    QString kind; ///< "onsite" | "offsite" | "immutable"; "" = not told
    bool readable = true; ///< false: its backups are left out of the list and are unknown
    QString problem; ///< why not readable or what is wrong, in plain words; "" = nothing
    QString cipher; ///< "none", "aes-256-cbc", "repokey" …; "" = not known
    QString newestWal; ///< newest segment that lies there, or ""
    QDateTime newestWalAt; ///< UTC; invalid = not known
    qint64 freeBytes = -1, storedBytes = -1; ///< -1 = not known

    bool operator==(const BackupLocation &) const = default;
};

/// Segments of WAL that are missing in one place between others that lie there.
struct WalGap {
    QString location; ///< as in Backup::location
    QString first, last; ///< names of the first and the last missing segment
    qint64 count = 0;
    bool insideBackup = false; ///< a backup cannot become consistent without them; else recovery ends before the gap
    QStringList breaks; ///< ids of the backups that cannot be restored (inside) or not beyond the gap (after)

    bool operator==(const WalGap &) const = default;
};

/// PostgreSQL's own archiver. Times UTC by the database's clock.
struct ArchiveState {
    QString mode; ///< "on" | "always" | "off" | ""
    QDateTime serverNow;
    QDateTime lastArchivedAt, lastFailedAt;
    QString lastArchivedWal, lastFailedWal;
    qint64 archivedCount = -1, failedCount = -1;
    qint64 unarchivedBytes = -1; ///< WAL written but not archived; -1 = not known
    qint64 readySegments = -1;
    QDateTime oldestReadyAt;
    qint64 segmentBytes = 16 * 1024 * 1024;
    std::optional<std::chrono::seconds> lag; ///< what would be lost now; 0 on an idle server; empty = not known
    QString systemId;
    bool inRecovery = false;

    bool operator==(const ArchiveState &) const = default;
};

/// The newest *usable* backup and the first problem, in the words of the backup samples.
struct BackupAssessment {
    bool ok = false;
    QDateTime latestFinishedAt; ///< invalid = none
    bool timeIsStart = false;
    std::optional<BackupType> type;
    std::optional<int> count; ///< usable ones; empty when the output does not say
    QString problem = QStringLiteral("none");

    bool operator==(const BackupAssessment &) const = default;
};

/// What one backup source says.
struct BackupSet {
    QString source;
    QString repository;
    std::vector<Backup> backups; ///< newest first
    std::optional<ArchiveState> archive;
    BackupAssessment assessment;
    QStringList notes;
    std::vector<BackupLocation> locations; ///< empty = the tool tells of none
    std::vector<WalGap> gaps; ///< empty with `walChecked` = unbroken
    bool walChecked = false; ///< whether somebody looked for gaps
    std::optional<QStringList> expiring; ///< ids that the next run of retention removes; empty = not known

    bool operator==(const BackupSet &) const = default;
};

QString backupTypeWord(BackupType type); ///< full | diff | incr | logical | archive | snapshot
BackupType backupTypeFromWord(const QString &word);
QString backupStateWord(BackupState state);
BackupState backupStateFromWord(const QString &word);
QString trustWord(Trust trust); ///< "all-bytes"
Trust trustFromWord(const QString &word);
/// Whether a rollback could rely on it: complete, no flaw, not expired.
bool isUsable(const Backup &backup);

} // namespace taffrail
