// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupfacts.h"

#include "rules.h"
#include "text.h"

namespace taffrail::rules {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds failingCritical = 5min; ///< health reference B3, archiver
constexpr std::chrono::seconds stoppedWarning = 10min; ///< health reference B3, archiver

/// archived_count of the observation before, for "ready and nothing moved"; -1 = not known.
qint64 archivedBefore(const Facts &facts, const Observation &observation)
{
    const Observation *before = facts.previous ? facts.previous->observation(observation.entry) : nullptr;
    const BackupSet *set = before ? valueAs<BackupSet>(*before) : nullptr;
    return set && set->archive && before->lastGood->at < observation.lastGood->at ? set->archive->archivedCount : -1;
}

void addState(Finding &finding, const ArchiveState &archive)
{
    const auto add = [&finding](const char *key, const QVariant &value, bool known) {
        if (known)
            finding.evidence.insert(QString::fromLatin1(key), value);
    };
    add("ready_segments", archive.readySegments, archive.readySegments >= 0);
    add("unarchived_bytes", archive.unarchivedBytes, archive.unarchivedBytes >= 0);
    add("failed_count", archive.failedCount, archive.failedCount >= 0);
    add("last_archived_at", archive.lastArchivedAt, archive.lastArchivedAt.isValid());
    add("last_failed_at", archive.lastFailedAt, archive.lastFailedAt.isValid());
    add("last_failed_wal", archive.lastFailedWal, !archive.lastFailedWal.isEmpty());
}

bool isFailing(const ArchiveState &archive)
{
    if (!archive.lastFailedAt.isValid())
        return false;
    return (!archive.lastArchivedAt.isValid() || archive.lastFailedAt > archive.lastArchivedAt)
        && archive.readySegments != 0;
}

/// Segments wait although nothing failed: with the right to see them by their age, else by more than one whole segment.
bool isStopped(const ArchiveState &archive, const QDateTime &now)
{
    if (archive.readySegments == 0)
        return false;
    if (archive.readySegments > 0)
        return archive.oldestReadyAt.isValid() && ageOf(archive.oldestReadyAt, now) > stoppedWarning;
    return archive.unarchivedBytes >= 2 * archive.segmentBytes && archive.lastArchivedAt.isValid()
        && ageOf(archive.lastArchivedAt, now) > stoppedWarning;
}

} // namespace

/// PostgreSQL's archiver. Failing (the last failure is newer than the last success and segments wait): a warning,
/// critical after 5 min. Stopped (segments wait for 10 min without a failure): a warning, critical when nothing moved
/// since the last look. Off: a notice. An idle server archives nothing and is fine, however old its last segment is
/// (backups reference 10).
std::vector<Finding> archiver(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        if (!set.archive)
            return;
        const ArchiveState &archive = *set.archive;
        const QString subject = subjectOf(facts, observation);
        // Ages count on the clock that made the stamps.
        const QDateTime now = archive.serverNow.isValid() ? archive.serverNow : facts.now;
        Finding finding;
        if (archive.mode == QLatin1String("off")) {
            finding = findingOn(observation, "backup.archiving-off", Status::Notice, subject,
                                QStringLiteral("%1 archives no WAL: a restore ends at the last backup").arg(subject));
        } else if (!isArchiving(archive)) {
            return;
        } else if (isFailing(archive)) {
            const QDateTime since = archive.oldestReadyAt.isValid() ? archive.oldestReadyAt : archive.lastArchivedAt;
            const bool isLong = since.isValid() && ageOf(since, now) > failingCritical;
            finding = findingOn(observation, "backup.archiver-failing", isLong ? Status::Critical : Status::Warning,
                                subject,
                                QStringLiteral("WAL archiving of %1 fails since %2")
                                    .arg(subject, rfc3339(since.isValid() ? since : archive.lastFailedAt)));
            finding.hint
                = QStringLiteral("Run archive_command by hand as the server's user; its message is in the server log.");
        } else if (isStopped(archive, now)) {
            const qint64 before = archivedBefore(facts, observation);
            const bool still = before >= 0 && before == archive.archivedCount;
            finding
                = findingOn(observation, "backup.archiver-stopped", still ? Status::Critical : Status::Warning, subject,
                            QStringLiteral("WAL of %1 waits to be archived, and nothing fails").arg(subject));
            finding.hint = QStringLiteral("The archiver hangs or archive_command is empty.");
        } else {
            return;
        }
        addState(finding, archive);
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// What would be lost now against the target `rpo`: a warning beyond it, critical beyond twice it. With WAL archiving
/// it is the unarchived WAL; for dumps, and without archiving, the time since the start of the newest usable backup.
std::vector<Finding> dataAtRisk(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        const BackupTarget target = targetOf(facts, observation);
        if (!target.rpo)
            return;
        const QString subject = subjectOf(facts, observation);
        const ArchiveState *archive = archiveFor(facts, observation, set);
        const Backup *newest = newestUsable(set, facts.now, false);
        const bool byArchive
            = archive && archive->mode != QLatin1String("off") && (!newest || newest->type != BackupType::Logical);
        std::optional<std::chrono::seconds> risk;
        if (byArchive)
            risk = archive->lag;
        else if (newest)
            risk = ageOf(contentTime(*newest), facts.now);
        else if (listsBackups(set) && !set.assessment.latestFinishedAt.isValid())
            return; // backup.none speaks
        else if (set.assessment.latestFinishedAt.isValid())
            risk = ageOf(set.assessment.latestFinishedAt, facts.now);
        if (risk && *risk <= *target.rpo)
            return;
        const QString limit = durationText(*target.rpo);
        Finding finding = findingOn(
            observation, "backup.rpo",
            !risk                         ? Status::Unknown
                : *risk > 2 * *target.rpo ? Status::Critical
                                          : Status::Warning,
            subject,
            risk ? QStringLiteral("%1 of %2 would be lost now; the target is %3").arg(ageText(*risk), subject, limit)
                 : QStringLiteral("What would be lost of %1 now is not known; the target is %2").arg(subject, limit));
        if (risk)
            finding.evidence.insert(QStringLiteral("lag_s"), qint64(risk->count()));
        finding.evidence.insert(QStringLiteral("target_s"), qint64(target.rpo->count()));
        finding.evidence.insert(QStringLiteral("basis"),
                                byArchive ? QStringLiteral("unarchived WAL") : QStringLiteral("newest backup"));
        if (byArchive && archive->unarchivedBytes >= 0)
            finding.evidence.insert(QStringLiteral("unarchived_bytes"), archive->unarchivedBytes);
        findings.push_back(std::move(finding));
    });
    return findings;
}

} // namespace taffrail::rules
