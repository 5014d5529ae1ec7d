// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupfacts.h"

#include "rules.h"
#include "text.h"

#include <algorithm>

namespace taffrail::rules {

namespace {

QString typeText(const Backup &backup)
{
    return backupTypeWord(backup.type);
}

const Backup *newestAttempt(const BackupSet &set)
{
    const Backup *newest = nullptr;
    for (const Backup &backup : set.backups) {
        if (backup.state == BackupState::Expired || backup.state == BackupState::Obsolete)
            continue;
        if (!newest || contentTime(backup) > contentTime(*newest))
            newest = &backup;
    }
    return newest;
}

void addBackup(Finding &finding, const Backup &backup)
{
    finding.evidence.insert(QStringLiteral("backup"), backup.id);
    finding.evidence.insert(QStringLiteral("type"), typeText(backup));
    if (freshnessTime(backup).isValid())
        finding.evidence.insert(QStringLiteral("finished_at"), freshnessTime(backup));
}

/// The newest time that any evidence of this set allows to call fresh.
QDateTime latestOf(const BackupSet &set, const QDateTime &now)
{
    if (const Backup *newest = newestUsable(set, now, false))
        return freshnessTime(*newest);
    return set.backups.empty() && set.assessment.latestFinishedAt <= now.addSecs(60) ? set.assessment.latestFinishedAt
                                                                                     : QDateTime();
}

} // namespace

/// No usable backup: critical where a target says that there should be one, else unknown. A repository that cannot be
/// read is a finding of its own, never "missing" (backups reference, rules for the pane).
std::vector<Finding> missingBackups(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        if (!listsBackups(set) || latestOf(set, facts.now).isValid() || isUnreachableProblem(set.assessment.problem)
            || isAbsentProblem(set.assessment.problem) || set.assessment.count.value_or(0) > 0
            || (set.assessment.ok && set.backups.empty() && !set.assessment.count))
            return;
        const bool wanted = !isEmpty(targetOf(facts, observation));
        const QString subject = subjectOf(facts, observation);
        Finding finding
            = findingOn(observation, "backup.none", wanted ? Status::Critical : Status::Unknown, subject,
                        set.backups.empty() ? QStringLiteral("There is no backup of %1").arg(subject)
                                            : QStringLiteral("There is no usable backup of %1").arg(subject));
        finding.evidence.insert(QStringLiteral("listed"), int(set.backups.size()));
        finding.evidence.insert(QStringLiteral("problem"), set.assessment.problem);
        finding.hint = set.notes.value(0);
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// The newest backup that restores alone against the target `full_every`: a warning beyond it, critical beyond twice it
/// (one run missed, two runs missed).
std::vector<Finding> staleBackups(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        const BackupTarget target = targetOf(facts, observation);
        if (!target.fullEvery || !listsBackups(set))
            return;
        const Backup *full = newestUsable(set, facts.now, true);
        const QDateTime at = full ? freshnessTime(*full) : set.backups.empty() ? latestOf(set, facts.now) : QDateTime();
        const bool partsOnly = !at.isValid() && latestOf(set, facts.now).isValid();
        if (!at.isValid() && !partsOnly)
            return; // backup.none speaks
        const std::chrono::seconds age = ageOf(at, facts.now);
        if (age <= *target.fullEvery)
            return;
        const QString subject = subjectOf(facts, observation);
        Finding finding = findingOn(
            observation, "backup.stale", age > 2 * *target.fullEvery ? Status::Critical : Status::Warning, subject,
            partsOnly ? QStringLiteral("No full backup of %1 is listed").arg(subject)
                      : QStringLiteral("The newest full backup of %1 is %2 old; one is due every %3")
                            .arg(subject, ageText(age), ageText(*target.fullEvery)));
        if (full)
            addBackup(finding, *full);
        if (at.isValid())
            finding.evidence.insert(QStringLiteral("age_s"), qint64(age.count()));
        finding.evidence.insert(QStringLiteral("target_s"), qint64(target.fullEvery->count()));
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// The newest run: running, failed, or finished with a flaw. A flaw or a failure is a warning while an older usable one
/// stands behind it; a flaw without one is critical. No threshold.
std::vector<Finding> badNewestBackup(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        const QString subject = subjectOf(facts, observation);
        const bool covered = latestOf(set, facts.now).isValid();
        const Backup *newest = newestAttempt(set);
        const QString problem = set.assessment.problem;
        Finding finding;
        if (newest && newest->state == BackupState::Running) {
            finding = findingOn(observation, "backup.running", Status::Running, subject,
                                QStringLiteral("A %1 backup of %2 is running").arg(typeText(*newest), subject));
        } else if (newest && newest->state == BackupState::Failed) {
            finding = findingOn(observation, "backup.failed", Status::Warning, subject,
                                QStringLiteral("The newest backup of %1 failed").arg(subject));
        } else if ((newest && newest->state == BackupState::Flawed) || isFlawProblem(problem)) {
            const QString flaw = newest && newest->state == BackupState::Flawed ? newest->problem : problem;
            finding
                = findingOn(observation, "backup.flawed-newest", covered ? Status::Warning : Status::Critical, subject,
                            QStringLiteral("The newest backup of %1 is damaged: %2")
                                .arg(subject, QString(flaw).replace(QLatin1Char('_'), QLatin1Char(' '))));
            finding.evidence.insert(QStringLiteral("problem"), flaw);
        } else if (problem == QLatin1String("failed_backup")) {
            finding = findingOn(observation, "backup.failed", Status::Warning, subject,
                                QStringLiteral("A backup of %1 failed").arg(subject));
        } else {
            return;
        }
        if (newest) {
            addBackup(finding, *newest);
            if (!newest->detail.isEmpty())
                finding.hint = newest->detail;
        }
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// The repository itself: not there (critical with a target), not readable (unknown), or readable in part (warning).
std::vector<Finding> repositoryErrors(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        const QString problem = set.assessment.problem;
        Status severity = Status::Unknown;
        if (isAbsentProblem(problem))
            severity = isEmpty(targetOf(facts, observation)) ? Status::Unknown : Status::Critical;
        else if (isPartialProblem(problem))
            severity = Status::Warning;
        else if (!isUnreachableProblem(problem))
            return;
        const QString place = set.repository.isEmpty() ? observation.source : set.repository;
        Finding finding = findingOn(observation, "backup.repo-error", severity, subjectOf(facts, observation),
                                    QStringLiteral("The backup repository %1 says: %2")
                                        .arg(place, QString(problem).replace(QLatin1Char('_'), QLatin1Char(' '))));
        finding.evidence.insert(QStringLiteral("problem"), problem);
        finding.evidence.insert(QStringLiteral("repository"), place);
        finding.hint = set.notes.value(0);
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Times later than now by more than 60 s (backups reference 10): a wrong zone or clock; such a backup is not counted
/// as fresh.
std::vector<Finding> backupClock(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        QStringList ids;
        QDateTime latest;
        for (const Backup &backup : set.backups) {
            if (isUsable(backup) && freshnessTime(backup).isValid() && !countsAsFresh(backup, facts.now)) {
                ids << backup.id;
                latest = qMax(latest, freshnessTime(backup));
            }
        }
        if (ids.isEmpty() && set.assessment.problem != QLatin1String("time_in_future"))
            return;
        const QString subject = subjectOf(facts, observation);
        Finding finding = findingOn(observation, "backup.time-in-future", Status::Warning, subject,
                                    QStringLiteral("A backup of %1 is dated in the future").arg(subject));
        if (!ids.isEmpty()) {
            finding.evidence.insert(QStringLiteral("backups"), listed(ids));
            finding.evidence.insert(QStringLiteral("finished_at"), latest);
            finding.evidence.insert(QStringLiteral("ahead_s"), facts.now.secsTo(latest));
        }
        finding.hint = QStringLiteral("Check the clock and the time zone of the machine that makes the backup.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Independent places that hold a usable backup of this database, over all its entries, against the target `locations`.
std::vector<Finding> backupPlaces(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        const BackupTarget target = targetOf(facts, observation);
        if (!target.locations || !listsBackups(set))
            return;
        QStringList places;
        forEach<BackupSet>(facts, [&](const Observation &other, const BackupSet &each) {
            if (other.entry != observation.entry && !isSameDatabase(facts, observation.entry, other.entry))
                return;
            for (const Backup &backup : each.backups) {
                if (countsAsFresh(backup, facts.now))
                    places << (!backup.location.isEmpty()      ? backup.location
                                   : each.repository.isEmpty() ? other.entry
                                                               : each.repository);
            }
        });
        places.removeDuplicates();
        if (places.size() >= *target.locations)
            return;
        Finding finding = findingOn(observation, "backup.locations", Status::Warning, subjectOf(facts, observation),
                                    QStringLiteral("Usable backups in %1; the target is %2")
                                        .arg(counted(places.size(), "place"), QString::number(*target.locations)));
        finding.evidence.insert(QStringLiteral("places"), places.join(QStringLiteral(", ")));
        finding.evidence.insert(QStringLiteral("count"), int(places.size()));
        finding.evidence.insert(QStringLiteral("target"), *target.locations);
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// The last proof by a restore against the target `restore_tested_every`: overdue is a warning; never proved is a
/// warning in production, a notice elsewhere.
std::vector<Finding> backupProof(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        const BackupTarget target = targetOf(facts, observation);
        if (!target.restoreTestedEvery || !listsBackups(set))
            return;
        QDateTime proved;
        for (const Backup &backup : set.backups) {
            if (backup.trust >= Trust::Restored && backup.verifiedAt.isValid() && backup.verifiedAt > proved)
                proved = backup.verifiedAt;
        }
        const std::chrono::seconds age = ageOf(proved, facts.now);
        if (age <= *target.restoreTestedEvery)
            return;
        const bool mild = !proved.isValid() && facts.environment.tier != Tier::Production;
        const QString subject = subjectOf(facts, observation);
        Finding finding = findingOn(
            observation, "backup.restore-untested", mild ? Status::Notice : Status::Warning, subject,
            proved.isValid() ? QStringLiteral("The last tested restore of %1 was %2 ago; one is due every %3")
                                   .arg(subject, ageText(age), ageText(*target.restoreTestedEvery))
                             : QStringLiteral("No backup of %1 is proved by a restore").arg(subject));
        if (proved.isValid()) {
            finding.evidence.insert(QStringLiteral("verified_at"), proved);
            finding.evidence.insert(QStringLiteral("age_s"), qint64(age.count()));
        }
        finding.evidence.insert(QStringLiteral("target_s"), qint64(target.restoreTestedEvery->count()));
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Backups of another database system: the newest usable one carries a system identifier that is not the live server's
/// (known from its archiver state), or the tool says so. They restore something else. No threshold.
std::vector<Finding> foreignBackups(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        const ArchiveState *archive = archiveFor(facts, observation, set);
        const Backup *newest = newestUsable(set, facts.now, false);
        const bool differs = archive && newest && !archive->systemId.isEmpty() && !newest->systemId.isEmpty()
            && archive->systemId != newest->systemId;
        if (!differs && !isForeignProblem(set.assessment.problem))
            return;
        const QString subject = subjectOf(facts, observation);
        Finding finding = findingOn(observation, "backup.wrong-database", Status::Critical, subject,
                                    QStringLiteral("The backups are of another database system than %1").arg(subject));
        if (differs) {
            finding.evidence.insert(QStringLiteral("backup_system"), newest->systemId);
            finding.evidence.insert(QStringLiteral("live_system"), archive->systemId);
        }
        finding.hint = QStringLiteral(
            "The cluster was made anew or the entry names the wrong stanza: take a full backup of the live one.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Backups that nothing is asked of: without a target they are not judged, and the pane says so.
std::vector<Finding> backupTargets(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &) {
        const bool covered = std::ranges::any_of(facts.environment.entries, [&](const SourceEntry &entry) {
            return entry.pane == PaneKind::Backups && !isEmpty(entry.target)
                && (entry.id == observation.entry || isSameDatabase(facts, entry.id, observation.entry));
        });
        if (covered)
            return;
        Finding finding = findingOn(observation, "backup.no-target", Status::Notice, subjectOf(facts, observation),
                                    QStringLiteral("No target is set: the backups are not judged"));
        finding.hint = QStringLiteral("Set \"target\": {\"rpo\", \"full_every\"} in the inventory.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

} // namespace taffrail::rules
