// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backupsupport.h"

#include <QTimeZone>

/// What the sources of backup tools have in common: how the tool is started on its host, and how a set is judged.
namespace taffrail::sources {

/// Shell text that runs `words` (already quoted) as `entry`'s user with UTC times and its environment file read by the
/// tool's own shell there: what the file holds never leaves the host, and nothing of it stands in an argument list.
/// Exit code 127: the tool is absent; 77: the environment file cannot be read.
QByteArray toolScript(const SourceEntry &entry, const QByteArray &tool, const QByteArray &words);
/// A shell function `tool`, to be called with the tool's own arguments; see toolScript().
QByteArray toolFunction(const SourceEntry &entry, const QByteArray &tool);
/// Options "user" and "environment_file", which every such source has.
const Option &userOption();
const Option &environmentFileOption();
/// Options "location" and "locations": where the backups lie, for the count of places.
const Option &locationOption();
const Option &locationsOption();
/// A path or text option as one quoted word after `flag`; "" when it is not set.
QByteArray optionWord(const SourceEntry &entry, const char *key, const QByteArray &flag = {});

/// Why an exit code and error text of the shell around the tool say that it never ran; empty when it did run.
std::optional<Error> notRun(const Reply &reply, const QString &tool);

/// The zone in which a captured command printed its times: "TZ=…" of the command, else option `timezone`, else UTC.
QTimeZone zoneOfCaptured(const SourceEntry &entry, const QString &command);
/// "2026-11-20T16:04:43.000000" in `zone`, or with an offset of its own; invalid for anything else.
QDateTime timeInZone(const QString &text, const QTimeZone &zone);
/// "Fri Nov 20 15:59:39 2026" in `zone`.
QDateTime ctimeInZone(const QString &text, const QTimeZone &zone);

/// An RFC 3339 time in whole seconds, as the other tools tell theirs; invalid for anything else.
QDateTime secondOf(const QString &rfc3339Text);

/// Marks backups of another system than the live server's (what `system` replied, else option
/// `live_system_identifier`).
void flawForeign(BackupSet &set, const QString &liveSystemId);
/// What the running server says of itself: the reply named "system", else option `live_system_identifier`.
QString liveSystemIdOf(const SourceEntry &entry, const Replies &replies);
/// The request that liveSystemIdOf() reads; none for an entry without a database.
std::vector<Request> systemRequest(const SourceEntry &entry);

/// The word for a list, newest first: that of the newest one which is no running one, "in_progress" when one runs,
/// "no_backups" when there is none.
QString problemOfList(const BackupSet &set);
/// flawForeign(), flawFutureTimes(), assessNewest().
void assess(BackupSet &set, const SourceEntry &entry, const Replies &replies, const Context &context,
            const QString &host);
/// Last step of every reader: option `max_age_s` ("stale"), and the kinds of places of options `location`,
/// `locations`.
void finish(BackupSet &set, const SourceEntry &entry, const Context &context);

/// The first of `verbs` that stands behind `tool` in a command line, in whichever of its commands; "" for none.
QString verbOf(const QString &command, const QString &tool, const QStringList &verbs);

/// Names of the WAL segments in a text with one name (and perhaps its time) a line, for walGaps().
struct WalListing {
    QStringList names;
    QString newest; ///< plain name of the newest segment
    QDateTime newestAt;
    bool isComplete = true; ///< false: the text was cut
};
WalListing walListingOf(const QByteArray &text);
/// Fills the gaps of one place, marks the backups that they break as flawed "wal_gap", and says which place was
/// checked.
void applyWal(BackupSet &set, const QString &location, const WalListing &listing, qint64 segmentBytes = 0);

} // namespace taffrail::sources
