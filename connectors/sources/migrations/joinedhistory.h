// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "diskmigration.h"
#include "migrationreader.h"

/// A history of a tool that keeps a row per migration, held against its files.
namespace taffrail::sources::migrations {

/// What the table says of one migration.
struct RecordedMigration {
    QByteArray key;
    Migration migration; ///< flags without what only the files can tell
    bool isComparable = true; ///< a file of its own is expected
};

/// What the tool does with a file below the newest applied one.
enum class LateFiles {
    Run, ///< runs it at the next time
    Refused, ///< refuses to run as long as it lies there
    Skipped, ///< passes over it without a word
};

struct JoinRules {
    LateFiles late = LateFiles::Run;
    bool (*before)(const QByteArray &left, const QByteArray &right) = nullptr; ///< order of keys; null: there is none
    bool rowsHaveOrder = true; ///< false: the table is a set, shown in the order of the keys
    bool isOrderTime = false; ///< rows follow their times; those of one moment their keys
    bool isOneFolder = false; ///< the tool reads one folder: what lies beside it is another history's
    QString missing; ///< what the tool does when a file is missing
    QString lateNote;
    /// Tells whether the file is what was run; null: the tool keeps nothing to compare.
    void (*compare)(Migration &migration, const DiskMigration &disk) = nullptr;
};

void addNote(Migration &migration, const QString &note);
bool isApplied(const Migration &migration);
/// Fills `history` with the recorded ones and with what is only on disk.
void join(MigrationHistory &history, const HistoryInput &input, std::vector<RecordedMigration> recorded,
          const std::vector<DiskMigration> &disk, const JoinRules &rules);

/// Mismatch unless a checksum of the file equals the stored one; `what` names them ("SHA-384").
void compareChecksum(Migration &migration, const DiskMigration &disk);

// --- cells ---

/// A time of any shape that PostgreSQL writes; one without a zone is taken as UTC.
QDateTime anyTime(const SqlReply &rows, size_t row, const char *column);
/// SQL for a time column of either type as RFC 3339 in UTC; one without a zone is in the server's own.
QByteArray sqlAnyTime(const QByteArray &column);
/// SQL for a time column that is written in UTC whatever its type.
QByteArray sqlUtcTime(const QByteArray &column);
bool isTrue(const QByteArray &cell);
std::optional<qint64> numberOf(const SqlReply &rows, size_t row, const char *column);
/// A PostgreSQL array of text, or a JSON one.
QByteArrayList arrayOf(const QByteArray &cell);
/// bytea as PostgreSQL writes it (\x…) as lower case hexadecimal digits.
QByteArray hexOf(const QByteArray &cell);
/// The words for times without a zone.
QString timesWithoutZone();

} // namespace taffrail::sources::migrations
