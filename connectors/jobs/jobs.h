// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>
#include <QDateTime>
#include <QStringList>

#include <optional>
#include <vector>

namespace taffrail::jobs {

/// Where a host keeps jobs and locks: the first of these folders that exists is used; the last one is made when a job
/// starts and none does. All consoles that act on one app must name the same places. "~/" is the login's home.
using Places = QStringList;

/// A script that runs on a host to its end, whoever is connected.
struct JobSpec {
    QString id; ///< a UUID; a second start of one id starts nothing
    QString lock; ///< [A-Za-z0-9._-]+: at most one job runs under it; "" = none
    qint64 token = 0; ///< fencing: refused when older than one seen under this lock; 0 = the host issues the next
    QString claim; ///< the run it belongs to: holds the lock between its jobs, until releaseScript(); "" = no claim
    QByteArray script; ///< POSIX sh; it may append lines to "$TF_STEPS"
    QByteArray journal; ///< UTF-8 text that any console can read back
    Places places;
};

enum class JobState {
    Absent, ///< no such job there
    Prepared, ///< all of it arrived, nothing started it
    Starting,
    Running,
    Exited, ///< ended, with an exit code
    Orphaned, ///< its keeper is gone, its script still runs
    Lost, ///< nothing of it runs and it left no exit code
};

/// Exit codes that a job gets without its script having run.
namespace jobexit {
constexpr int cannotWrite = 74;
constexpr int lockHeld = 75;
constexpr int oldToken = 77;
constexpr int neverBegun = 79; ///< stopped before it began: it never will
} // namespace jobexit

struct JobStatus {
    JobState state = JobState::Absent;
    int exitCode = -1; ///< when Exited
    qint64 logSize = 0; ///< bytes
    QStringList steps; ///< the last lines of "$TF_STEPS", oldest first
    QString launcher; ///< "setsid" | "system" | "user"; "" = not told
    qint64 token = 0; ///< that the host gave or took; 0 = none yet

    bool operator==(const JobStatus &) const = default;
};

/// A piece of a job's log. The next one begins at `offset + data.size()`.
struct JobLog {
    JobStatus status;
    qint64 offset = 0;
    QByteArray data;
};

struct ListedJob {
    QString id;
    QDateTime startedAt; ///< UTC; invalid = it never started
    JobStatus status; ///< state and exit code only
};

/// A run that holds a lock between its jobs.
struct Claim {
    QString run;
    QDateTime since; ///< UTC, the host's clock
    QString job; ///< its newest job on this host: has the journal; "" = none
};

/// Scripts to be given to `/bin/sh -s`. A stream that is cut anywhere does nothing.
QByteArray startScript(const JobSpec &spec);
QByteArray statusScript(const Places &places, const QString &id);
QByteArray readScript(const Places &places, const QString &id, qint64 offset, qint64 most);
QByteArray journalScript(const Places &places, const QString &id);
QByteArray listScript(const Places &places);
/// TERM to the job's process group, KILL after `graceSeconds`. A job that has not begun, or not even arrived, never
/// will.
QByteArray stopScript(const Places &places, const QString &id, int graceSeconds);
/// Asks for the run that claims the lock.
QByteArray claimScript(const Places &places, const QString &lock);
/// Gives up the claim of a run that has ended. Another run's claim stays.
QByteArray releaseScript(const Places &places, const QString &lock, const QString &claim);

/// What the host answered. Errors: BadData (no or broken answer), Denied (the place cannot be written), Unsupported (no
/// way to outlive the connection, no flock, a network file system), NotFound (no such journal).
Result<JobStatus> parsedStatus(const QByteArray &out, const QString &host);
/// `offset` and `most` as they were asked. An answer with fewer bytes than it announces is BadData: ask again.
Result<JobLog> parsedLog(const QByteArray &out, const QString &host, qint64 offset);
Result<QByteArray> parsedJournal(const QByteArray &out, const QString &host);
/// Of claimScript() and releaseScript(): nothing = nobody claims it. Busy: a job still runs under the lock.
Result<std::optional<Claim>> parsedClaim(const QByteArray &out, const QString &host);
Result<std::vector<ListedJob>> parsedList(const QByteArray &out, const QString &host);

QString jobStateWord(JobState state); ///< "running"

} // namespace taffrail::jobs
