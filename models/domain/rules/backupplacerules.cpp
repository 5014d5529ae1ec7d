// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupfacts.h"

#include "backupsizes.h"
#include "rules.h"
#include "text.h"

#include <algorithm>

namespace taffrail::rules {

namespace {

bool isAway(const BackupLocation &place)
{
    return place.kind == QLatin1String("offsite") || place.kind == QLatin1String("immutable");
}

QString placeName(const BackupSet &set, const QString &location)
{
    return !location.isEmpty() ? location : set.repository;
}

} // namespace

/// Holes in the WAL that some backup's recovery needs. Critical when the newest usable backup cannot be rolled forward
/// over it, or when a hole inside the backups leaves none that is usable; else a warning. No threshold.
std::vector<Finding> walHoles(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        const Backup *newest = newestUsable(set, facts.now, false);
        const WalGap *worst = nullptr;
        bool isCritical = false;
        qint64 missing = 0;
        for (const WalGap &gap : set.gaps) {
            if (gap.breaks.isEmpty() && !set.backups.empty())
                continue; // nothing that is kept needs it
            missing += gap.count;
            const bool isGrave = newest ? !gap.insideBackup && gap.breaks.contains(newest->id)
                                        : gap.insideBackup && !set.backups.empty();
            if (!worst || (isGrave && !isCritical))
                worst = &gap;
            isCritical = isCritical || isGrave;
        }
        if (!worst)
            return;
        const QString subject = subjectOf(facts, observation);
        Finding finding
            = findingOn(observation, "backup.wal-gap", isCritical ? Status::Critical : Status::Warning, subject,
                        worst->insideBackup
                            ? QStringLiteral("WAL that a backup of %1 needs is missing").arg(subject)
                            : QStringLiteral("The WAL archive of %1 has a hole: recovery ends before it").arg(subject));
        finding.evidence.insert(QStringLiteral("first"), worst->first);
        finding.evidence.insert(QStringLiteral("last"), worst->last);
        finding.evidence.insert(QStringLiteral("segments"), missing);
        finding.evidence.insert(QStringLiteral("inside_backup"), worst->insideBackup);
        if (const QString place = placeName(set, worst->location); !place.isEmpty())
            finding.evidence.insert(QStringLiteral("place"), place);
        if (!worst->breaks.isEmpty())
            finding.evidence.insert(QStringLiteral("backups"), listed(worst->breaks));
        finding.hint = worst->insideBackup
            ? QStringLiteral("Take another backup: this one cannot become consistent.")
            : QStringLiteral("Take a full backup: only from there can time be chosen again.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Usable backups of this database in a place away from it, where the inventory tells the kinds of places (3-2-1).
std::vector<Finding> copiesAway(const Facts &facts)
{
    std::vector<Finding> findings;
    QStringList done;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        const bool isTold
            = std::ranges::any_of(set.locations, [](const BackupLocation &place) { return !place.kind.isEmpty(); });
        const QString subject = subjectOf(facts, observation);
        if (!isTold || done.contains(subject))
            return;
        QStringList places;
        int away = 0;
        int verified = 0;
        forEach<BackupSet>(facts, [&](const Observation &other, const BackupSet &each) {
            if (other.entry != observation.entry && !isSameDatabase(facts, observation.entry, other.entry))
                return;
            for (const BackupLocation &place : each.locations) {
                const auto newest = std::ranges::find_if(each.backups, [&](const Backup &backup) {
                    return backup.location == place.name && countsAsFresh(backup, facts.now);
                });
                const QString name = placeName(each, place.name);
                if (newest == each.backups.end() || places.contains(name))
                    continue;
                places.append(name);
                away += isAway(place) ? 1 : 0;
                verified += newest->trust >= Trust::Checksums ? 1 : 0;
            }
        });
        done.append(subject);
        if (away > 0 || places.isEmpty())
            return; // without any usable backup another finding speaks
        Finding finding = findingOn(observation, "backup.no-offsite", Status::Warning, subject,
                                    QStringLiteral("No usable backup of %1 lies away from it").arg(subject));
        finding.evidence.insert(QStringLiteral("places"), places.join(QStringLiteral(", ")));
        finding.evidence.insert(QStringLiteral("copies"), int(places.size()));
        finding.evidence.insert(QStringLiteral("verified_copies"), verified);
        finding.hint = QStringLiteral("Three copies, two kinds of storage, one of them elsewhere.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Backups in an offsite place that anybody who gets at it can read. No threshold.
std::vector<Finding> plaintextAway(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        QStringList places;
        for (const BackupLocation &place : set.locations) {
            const bool isPlain = std::ranges::any_of(set.backups, [&](const Backup &backup) {
                return backup.location == place.name && backup.encrypted == false && isUsable(backup);
            });
            if (isAway(place) && (isPlain || place.cipher == QLatin1String("none")))
                places.append(placeName(set, place.name));
        }
        if (places.isEmpty())
            return;
        const QString subject = subjectOf(facts, observation);
        Finding finding = findingOn(observation, "backup.plaintext-offsite", Status::Warning, subject,
                                    QStringLiteral("Backups of %1 lie elsewhere without encryption").arg(subject));
        finding.evidence.insert(QStringLiteral("places"), places.join(QStringLiteral(", ")));
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// The newest full backup or dump of an odd size: see oddSizes().
std::vector<Finding> backupSizes(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        const std::vector<SizeAnomaly> odd = oddSizes(set);
        if (odd.empty())
            return;
        const SizeAnomaly &first = odd.front();
        const QString subject = subjectOf(facts, observation);
        Finding finding
            = findingOn(observation, "backup.size", Status::Warning, subject,
                        first.compared > 0 ? QStringLiteral("The newest %1 backup of %2 has %3; usual are %4")
                                                 .arg(backupTypeWord(first.type), subject, bytesText(first.bytes),
                                                      bytesText(first.usualBytes))
                                           : QStringLiteral("The newest %1 backup of %2 has %3")
                                                 .arg(backupTypeWord(first.type), subject, bytesText(first.bytes)));
        finding.evidence.insert(QStringLiteral("backup"), first.backup);
        finding.evidence.insert(QStringLiteral("bytes"), first.bytes);
        finding.evidence.insert(QStringLiteral("usual_bytes"), first.usualBytes);
        finding.evidence.insert(QStringLiteral("compared"), first.compared);
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// What the next run of retention leaves: critical when no usable backup that restores alone would be left, although
/// there is one now.
std::vector<Finding> lastCopies(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<BackupSet>(facts, [&](const Observation &observation, const BackupSet &set) {
        if (!set.expiring || !newestUsable(set, facts.now, true))
            return;
        QStringList losing;
        bool isOneKept = false;
        for (const Backup &backup : set.backups) {
            const bool isPart = backup.type == BackupType::Differential || backup.type == BackupType::Incremental;
            if (isPart || !countsAsFresh(backup, facts.now))
                continue;
            if (set.expiring->contains(backup.id))
                losing.append(backup.id);
            else
                isOneKept = true;
        }
        if (isOneKept)
            return;
        const QString subject = subjectOf(facts, observation);
        Finding finding
            = findingOn(observation, "backup.expires-last", Status::Critical, subject,
                        QStringLiteral("The next run of retention removes the last usable backup of %1").arg(subject));
        finding.evidence.insert(QStringLiteral("backups"), listed(losing));
        findings.push_back(std::move(finding));
    });
    return findings;
}

} // namespace taffrail::rules
