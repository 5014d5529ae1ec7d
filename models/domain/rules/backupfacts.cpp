// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupfacts.h"

#include "text.h"

#include <algorithm>
#include <array>

namespace taffrail::rules {

namespace {

/// Clocks of two machines agree within this, or the pane says so elsewhere (clock offset; backups reference 10).
constexpr qint64 clockTolerance = 60;

template <size_t Count> bool isOneOf(const QString &problem, const std::array<const char *, Count> &words)
{
    return std::ranges::any_of(words, [&](const char *word) { return problem == QLatin1String(word); });
}

} // namespace

QDateTime freshnessTime(const Backup &backup)
{
    return backup.finishedAt.isValid() ? backup.finishedAt : backup.startedAt;
}

QDateTime contentTime(const Backup &backup)
{
    return backup.startedAt.isValid() ? backup.startedAt : backup.finishedAt;
}

bool countsAsFresh(const Backup &backup, const QDateTime &now)
{
    const QDateTime at = freshnessTime(backup);
    return isUsable(backup) && at.isValid() && at <= now.addSecs(clockTolerance);
}

const Backup *newestUsable(const BackupSet &set, const QDateTime &now, bool aloneOnly)
{
    const Backup *newest = nullptr;
    for (const Backup &backup : set.backups) {
        const bool isPart = backup.type == BackupType::Differential || backup.type == BackupType::Incremental;
        if (!countsAsFresh(backup, now) || (aloneOnly && isPart))
            continue;
        if (!newest || freshnessTime(backup) > freshnessTime(*newest))
            newest = &backup;
    }
    return newest;
}

bool listsBackups(const BackupSet &set)
{
    return !set.archive || !set.backups.empty() || set.assessment.count.has_value();
}

BackupTarget targetOf(const Facts &facts, const Observation &observation)
{
    const SourceEntry *entry = facts.environment.entry(observation.entry);
    return entry ? entry->target : BackupTarget();
}

bool isEmpty(const BackupTarget &target)
{
    return target == BackupTarget();
}

QString subjectOf(const Facts &facts, const Observation &observation)
{
    const SourceEntry *entry = facts.environment.entry(observation.entry);
    if (entry && !entry->database.isEmpty())
        return entry->database;
    return observation.subject.isEmpty() ? observation.entry : observation.subject;
}

bool isSameDatabase(const Facts &facts, const QString &entryA, const QString &entryB)
{
    const SourceEntry *a = facts.environment.entry(entryA);
    const SourceEntry *b = facts.environment.entry(entryB);
    return a && b && a->database == b->database;
}

const ArchiveState *archiveFor(const Facts &facts, const Observation &observation, const BackupSet &set)
{
    if (set.archive)
        return &*set.archive;
    for (const Observation &other : facts.snapshot.observations) {
        const auto *each = valueAs<BackupSet>(other);
        if (each && each->archive && isSameDatabase(facts, observation.entry, other.entry))
            return &*each->archive;
    }
    return nullptr;
}

bool isArchiving(const ArchiveState &archive)
{
    return archive.mode == QLatin1String("always") || (archive.mode == QLatin1String("on") && !archive.inRecovery);
}

bool isUnreachableProblem(const QString &problem)
{
    return isOneOf(problem,
                   std::array{"repo_error", "wrong_password", "unknown_server", "server_down", "backup_not_found"});
}

bool isAbsentProblem(const QString &problem)
{
    return isOneOf(problem, std::array{"missing_stanza", "repo_missing"});
}

bool isPartialProblem(const QString &problem)
{
    return isOneOf(problem, std::array{"repo_mixed", "partial_source", "receiver_down", "nothing_checked"});
}

bool isForeignProblem(const QString &problem)
{
    return isOneOf(problem, std::array{"db_mismatch", "wrong_database"});
}

bool isFlawProblem(const QString &problem)
{
    return isOneOf(problem,
                   std::array{"page_checksum_error", "checksum_mismatch", "file_missing", "manifest_missing",
                              "manifest_corrupt", "wal_gap", "wal_corrupt", "truncated", "zero_bytes", "empty_content",
                              "not_a_dump", "target_not_reached"});
}

} // namespace taffrail::rules
