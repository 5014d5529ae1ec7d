// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rulesupport.h"

namespace taffrail::rules {

/// The time that freshness counts from: the finish, or the start where the tool says no more. Invalid = not known.
QDateTime freshnessTime(const Backup &backup);
/// When the copied state was taken at the latest: a dump holds what was there at its start.
QDateTime contentTime(const Backup &backup);
/// A usable backup whose time is not in the future.
bool countsAsFresh(const Backup &backup, const QDateTime &now);
/// The newest one that counts, of any type or only of those that restore alone (no differential, no incremental).
const Backup *newestUsable(const BackupSet &set, const QDateTime &now, bool aloneOnly);
/// Whether this source lists backups at all; PostgreSQL's own archiver state does not.
bool listsBackups(const BackupSet &set);
/// The inventory's target of an observation; an empty one when there is none.
BackupTarget targetOf(const Facts &facts, const Observation &observation);
bool isEmpty(const BackupTarget &target);
/// What the set is of: its database, else the observation's subject, else the entry.
QString subjectOf(const Facts &facts, const Observation &observation);
/// Whether two entries speak of the same database: the same id, or both without one.
bool isSameDatabase(const Facts &facts, const QString &entryA, const QString &entryB);
/// The archiver's state for the database of this entry: its own, else that of another entry of the same database.
const ArchiveState *archiveFor(const Facts &facts, const Observation &observation, const BackupSet &set);
/// Whether this server archives by itself: a standby does only with archive_mode = always.
bool isArchiving(const ArchiveState &archive);

/// Groups of the problem words of the backup samples.
bool isUnreachableProblem(const QString &problem); ///< the repository cannot be read: nothing is known of its backups
bool isAbsentProblem(const QString &problem); ///< the repository or stanza does not exist
bool isPartialProblem(const QString &problem); ///< a part of it is broken, the rest is listed
bool isForeignProblem(const QString &problem); ///< the backups are of another database system
bool isFlawProblem(const QString &problem); ///< the contents are damaged

} // namespace taffrail::rules
