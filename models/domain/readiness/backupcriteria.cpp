// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinesssupport.h"

#include "backupfacts.h"
#include "rules.h"
#include "rulesupport.h"
#include "text.h"

#include <algorithm>

namespace taffrail::readiness {

namespace {

using rules::counted;

using SetOf = std::pair<const Observation *, const BackupSet *>;

/// Unknown lines for the entries that could not be read; the sets that list backups.
std::vector<SetOf> readSets(const Facts &facts, Judgement &judgement)
{
    std::vector<SetOf> found;
    for (const SourceEntry *entry : writtenEntries(facts, PaneKind::Backups)) {
        const Observation *observation = facts.snapshot.observation(entry->id);
        const auto *set = observation ? valueAs<BackupSet>(*observation) : nullptr;
        if (!set) {
            judgement.unknown(QStringLiteral("%1: %2").arg(entry->id, reasonOf(observation)));
            continue;
        }
        judgement.seen(*observation);
        if (rules::listsBackups(*set))
            found.emplace_back(observation, set);
    }
    return found;
}

/// No database: no backups are asked for. No entry that lists backups: there are none, as far as is known.
std::optional<ReadinessResult> withoutBackups(const Facts &facts)
{
    if (facts.environment.databases.empty() && writtenEntries(facts, PaneKind::Backups).empty())
        return notApplicable(QStringLiteral("the inventory names no database here"));
    const auto entries = writtenEntries(facts, PaneKind::Backups);
    if (std::ranges::none_of(entries,
                             [](const SourceEntry *entry) { return entry->source != QLatin1String("postgres"); })) {
        Judgement judgement;
        judgement.fail(QStringLiteral("the inventory names no backups of its databases"));
        judgement.fix(QStringLiteral("Take backups, and name them in a backups entry with a target"));
        return judgement.result(ReadinessVerdict::Fail);
    }
    return std::nullopt;
}

/// One lack is one fail: what rests on backups that nobody named is not known beyond that.
ReadinessResult alsoWithout(ReadinessResult result)
{
    if (result.verdict == ReadinessVerdict::Fail)
        result.verdict = ReadinessVerdict::Unknown;
    return result;
}

/// Fresh, whole and within the targets: what the backup rules find, and a target to hold them against.
ReadinessResult backupsByPolicy(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    if (const auto without = withoutBackups(facts))
        return *without;
    Judgement judgement;
    const auto sets = readSets(facts, judgement);
    for (const auto &rule :
         {rules::missingBackups, rules::staleBackups, rules::badNewestBackup, rules::repositoryErrors,
          rules::backupClock, rules::foreignBackups, rules::archiver, rules::dataAtRisk}) {
        for (const Finding &finding : rule(facts)) {
            const QString line = QStringLiteral("%1: %2").arg(finding.subject, finding.title);
            if (finding.severity == Status::Unknown)
                judgement.unknown(line);
            else if (finding.severity >= Status::Warning)
                judgement.fail(line);
        }
    }
    for (const auto &[observation, set] : sets) {
        const BackupTarget target = rules::targetOf(facts, *observation);
        const Backup *newest = rules::newestUsable(*set, facts.now, false);
        if (!target.fullEvery && !target.rpo)
            judgement.unknown(QStringLiteral("%1: no target says how old a backup may be").arg(observation->entry));
        else if (newest)
            judgement.pass(QStringLiteral("%1: the newest usable one is from %2")
                               .arg(observation->entry, ago(facts, rules::freshnessTime(*newest))));
    }
    judgement.fix(judgement.has(ReadinessVerdict::Fail)
                      ? QStringLiteral("taffrail backups ENV shows each backup and what is wrong with it")
                      : QStringLiteral("\"target\": {\"rpo\": \"1h\", \"full_every\": \"7d\"} in the backups entry"));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// Usable backups of each database in several places.
ReadinessResult severalPlaces(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    if (const auto without = withoutBackups(facts))
        return alsoWithout(*without);
    const int asked = readinessPolicyOf(facts.environment).locations;
    Judgement judgement;
    QStringList told;
    const auto sets = readSets(facts, judgement);
    for (const auto &[observation, set] : sets) {
        QStringList places;
        int wanted = rules::targetOf(facts, *observation).locations.value_or(asked);
        for (const auto &[other, each] : sets) {
            if (other != observation && !rules::isSameDatabase(facts, observation->entry, other->entry))
                continue;
            for (const Backup &backup : each->backups) {
                if (rules::countsAsFresh(backup, facts.now))
                    places << (!backup.location.isEmpty()       ? backup.location
                                   : each->repository.isEmpty() ? other->entry
                                                                : each->repository);
            }
        }
        places.removeDuplicates();
        const QString subject = rules::subjectOf(facts, *observation);
        if (told.contains(subject))
            continue;
        told << subject;
        const QString line
            = QStringLiteral("%1: usable backups in %2%3")
                  .arg(subject, counted(places.size(), "place"),
                       places.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(rules::listed(places)));
        if (rules::isUnreachableProblem(set->assessment.problem))
            judgement.unknown(QStringLiteral("%1: %2").arg(subject, set->assessment.problem));
        else if (places.size() >= wanted)
            judgement.pass(line);
        else
            judgement.fail(line + QStringLiteral(", %1 are asked for").arg(wanted));
    }
    judgement.fix(QStringLiteral("Keep a second copy elsewhere (pgBackRest: repo2), and name it in a backups entry"));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// A restore that was carried through, by the record of the tool. A checksum is no restore.
ReadinessResult restoreTested(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    if (const auto without = withoutBackups(facts))
        return alsoWithout(*without);
    const auto otherwise = readinessPolicyOf(facts.environment).restoreTestedEvery;
    Judgement judgement;
    for (const auto &[observation, set] : readSets(facts, judgement)) {
        const auto limit = rules::targetOf(facts, *observation).restoreTestedEvery.value_or(otherwise);
        QDateTime proved;
        Trust best = Trust::Listed;
        for (const Backup &backup : set->backups) {
            best = std::max(best, backup.trust);
            if (backup.trust >= Trust::Restored && backup.verifiedAt.isValid() && backup.verifiedAt > proved)
                proved = backup.verifiedAt;
        }
        const QString subject = observation->entry;
        if (!proved.isValid())
            judgement.unknown(
                QStringLiteral("%1: no restore is on record; proved so far: %2").arg(subject, trustWord(best)));
        else if (ageOf(proved, facts.now) <= limit)
            judgement.pass(QStringLiteral("%1: restored %2").arg(subject, ago(facts, proved)));
        else
            judgement.fail(QStringLiteral("%1: last restored %2, one is due every %3")
                               .arg(subject, ago(facts, proved), ageText(limit)));
    }
    judgement.fix(
        QStringLiteral("Restore the newest backup into a scratch place and query it, then let its record be read"));
    return judgement.result(ReadinessVerdict::Unknown);
}

} // namespace

const std::vector<Criterion> &backupCriteria()
{
    static const std::vector<Criterion> table{
        {"backup.policy", "Backup", "Backups are fresh, whole and within their targets", backupsByPolicy},
        {"backup.places", "Backup", "Backups lie in several places", severalPlaces},
        {"backup.restore-tested", "Backup", "A restore was tested lately", restoreTested},
    };
    return table;
}

} // namespace taffrail::readiness
