// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backups.h"
#include "source.h"

namespace taffrail::sources {

/// A captured output of some command of the tool, as every reader of it takes it.
struct Captured {
    QString command; ///< the command line, if told
    ShellReply reply;
    QDateTime at; ///< when it was read
};

/// Fills latestFinishedAt, timeIsStart, type and count from the usable backups, newest finish first; sorts the list.
void assessNewest(BackupSet &set);
/// Sets the problem and whether somebody must act: none, in_progress, locked, obsolete, check_skipped ask for nobody.
void setProblem(BackupSet &set, const QString &problem);
/// Marks a backup as not usable.
void flaw(Backup &backup, BackupState state, const char *problem, const QString &detail);
/// Marks backups whose finish lies further in the future than a clock may be off (60 s).
void flawFutureTimes(BackupSet &set, const QDateTime &now, double clockOffsetSeconds);

/// Marks a usable backup that the slow lane has not read yet: its detail says so. While another one of the set is
/// proved by all its bytes, it does not count as usable ("not_read"): news that may be false must not hide what is
/// known.
void markUnread(BackupSet &set, const std::vector<size_t> &unread);

/// UTC time of Unix seconds; invalid for 0 and what no backup can have.
QDateTime timeOf(qint64 epochSeconds);
/// First line of a text that has something in it, cleaned.
QString firstLine(const QByteArray &text);
/// The text of option `key`, or "".
QString optionText(const SourceEntry &entry, const char *key);
/// The first reply that holds shell output; null when every host failed.
const Reply *firstAnswer(const Replies &replies, const QString &name);
/// The error to give when there is no answer at all.
Error whyNoAnswer(const Replies &replies, const SourceEntry &entry);

/// The end of a segment name in bytes of WAL ("000000010000000000000014" → 0x15000000 at 16 MiB); empty for other
/// names.
std::optional<quint64> segmentEnd(const QByteArray &name, qint64 segmentBytes);
/// "0/170001C0" → bytes.
std::optional<quint64> lsnBytes(const QByteArray &lsn);
/// The name after this one on the same timeline; "" for what is no segment name.
QByteArray nextSegment(const QByteArray &name, qint64 segmentBytes);

} // namespace taffrail::sources
