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
