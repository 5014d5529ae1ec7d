// SPDX-License-Identifier: GPL-3.0-or-later
// Migrations, and whether the way back was ever walked.
#include "readinesssupport.h"

#include "rules.h"
#include "rulesupport.h"
#include "text.h"

#include <algorithm>

namespace taffrail::readiness {

namespace {

using rules::counted;

bool isApplied(const Migration &migration)
{
    switch (migration.state) {
    case MigrationState::Applied:
    case MigrationState::Baseline:
    case MigrationState::Mismatch:
    case MigrationState::Missing:
    case MigrationState::Outdated: return true;
    case MigrationState::OutOfOrder: return !migration.flags.contains(MigrationState::Pending);
    default: return false;
    }
}

QString placeOf(const MigrationHistory &history)
{
    return QStringLiteral("%1 %2").arg(history.database, history.table).trimmed();
}

ReadinessResult noDatabase()
{
    return notApplicable(QStringLiteral("the inventory names no database here"));
}

/// Unknown lines for the entries that could not be read; the histories of the others.
std::vector<std::pair<const Observation *, const MigrationHistories *>> readHistories(const Facts &facts,
                                                                                      Judgement &judgement)
{
    std::vector<std::pair<const Observation *, const MigrationHistories *>> found;
    for (const SourceEntry *entry : writtenEntries(facts, PaneKind::Migrations)) {
        const Observation *observation = facts.snapshot.observation(entry->id);
        const auto *histories = observation ? valueAs<MigrationHistories>(*observation) : nullptr;
        if (!histories) {
            judgement.unknown(QStringLiteral("%1: %2").arg(entry->id, reasonOf(observation)));
            continue;
        }
        judgement.seen(*observation);
        found.emplace_back(observation, histories);
    }
    return found;
}

/// A migration tool keeps its record in the database.
ReadinessResult migrationsAutomated(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    if (facts.environment.databases.empty())
        return noDatabase();
    Judgement judgement;
    for (const auto &[observation, histories] : readHistories(facts, judgement)) {
        for (const MigrationHistory &history : histories->histories)
            judgement.pass(QStringLiteral("%1: %2").arg(placeOf(history),
                                                        history.source.isEmpty()
                                                            ? QStringLiteral("a history table that may not be read")
                                                            : QStringLiteral("kept by %1").arg(history.source)));
        if (histories->histories.empty())
            judgement.fail(QStringLiteral("%1: no migration tool keeps a record in it").arg(observation->subject));
    }
    judgement.fix(QStringLiteral("Change the schema by a migration tool, and name it in a migrations entry"));
    if (judgement.isEmpty())
        return unknownBecause(QStringLiteral("the inventory names no migrations"),
                              QStringLiteral("Add {\"source\": \"auto\", \"database\": …} to the migrations entries"));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// Nothing pending, failed, dirty, missing or changed; pending is known only where files were compared.
ReadinessResult migrationsClean(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    if (facts.environment.databases.empty())
        return noDatabase();
    Judgement judgement;
    const auto read = readHistories(facts, judgement);
    for (const auto &rule : {rules::migrationStates, rules::migrationHeads, rules::migrationLocks}) {
        for (const Finding &finding : rule(facts)) {
            if (finding.severity == Status::Running || finding.severity == Status::Unknown)
                judgement.unknown(QStringLiteral("%1: %2").arg(finding.subject, finding.title));
            else
                judgement.fail(QStringLiteral("%1: %2").arg(finding.subject, finding.title));
        }
    }
    for (const auto &[observation, histories] : read) {
        for (const MigrationHistory &history : histories->histories) {
            if (!history.readable)
                judgement.unknown(QStringLiteral("%1: its rows are not known").arg(placeOf(history)));
            else if (history.filesFrom.isEmpty())
                judgement.unknown(
                    QStringLiteral("%1: no files were compared, pending is not known").arg(placeOf(history)));
            else
                judgement.pass(QStringLiteral("%1: %2, at %3")
                                   .arg(placeOf(history),
                                        counted(std::ranges::count_if(history.migrations, isApplied), "migration"),
                                        history.current.isEmpty() ? QStringLiteral("nothing") : history.current));
        }
        if (histories->histories.empty())
            judgement.unknown(QStringLiteral("%1: no history to judge").arg(observation->subject));
    }
    judgement.fix(
        judgement.has(ReadinessVerdict::Fail)
            ? QStringLiteral("Apply, mend or take back the migrations named; taffrail migrations ENV shows each")
            : QStringLiteral(
                "Name the files: \"files\": {\"host\", \"path\"} in the migrations entry, and grant SELECT "
                "on the history table"));
    if (judgement.isEmpty())
        return unknownBecause(QStringLiteral("the inventory names no migrations"),
                              QStringLiteral("Add {\"source\": \"auto\", \"database\": …} to the migrations entries"));
    return judgement.result(ReadinessVerdict::Unknown);
}

const MigrationHistory *sameHistory(const Snapshot &snapshot, const MigrationHistory &ours)
{
    for (const Observation &observation : snapshot.observations) {
        const auto *histories = valueAs<MigrationHistories>(observation);
        for (size_t i = 0; histories && i < histories->histories.size(); ++i) {
            const MigrationHistory &each = histories->histories[i];
            if (each.readable && each.source == ours.source && each.table == ours.table)
                return &each;
        }
    }
    return nullptr;
}

void judgeOrder(Judgement &judgement, const QString &staging, const MigrationHistory &ours,
                const MigrationHistory &theirs)
{
    QStringList ahead, late;
    int earlier = 0, untold = 0;
    for (const Migration &migration : ours.migrations) {
        if (!isApplied(migration))
            continue;
        const auto there = std::ranges::find(theirs.migrations, migration.version, &Migration::version);
        if (there == theirs.migrations.end() || !isApplied(*there))
            ahead << migration.version;
        else if (!migration.appliedAt.isValid() || !there->appliedAt.isValid())
            ++untold;
        else if (there->appliedAt > migration.appliedAt)
            late << migration.version;
        else
            ++earlier;
    }
    const QString place = placeOf(ours);
    if (!ahead.isEmpty())
        judgement.fail(QStringLiteral("%1: applied here and not in %2: %3").arg(place, staging, rules::listed(ahead)));
    if (!late.isEmpty())
        judgement.fail(QStringLiteral("%1: applied here before %2: %3").arg(place, staging, rules::listed(late)));
    if (earlier > 0)
        judgement.pass(QStringLiteral("%1: %2 applied in %3 first").arg(place, counted(earlier, "migration"), staging));
    if (untold > 0)
        judgement.unknown(QStringLiteral("%1: %2 in both, but %3 keeps no times: which came first is not known")
                              .arg(place, counted(untold, "migration"), ours.source));
}

/// Each migration here was applied where this environment promotes from, and earlier.
ReadinessResult stagingFirst(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    if (facts.environment.databases.empty())
        return noDatabase();
    const QString staging = facts.environment.promotesFrom;
    if (staging.isEmpty())
        return facts.environment.tier == Tier::Production
            ? unknownBecause(QStringLiteral("the inventory does not say where releases are tried first"),
                             QStringLiteral("\"promotes_from\": \"ID\" in the environment"))
            : notApplicable(QStringLiteral("nothing comes before this environment"));
    const Snapshot *source = rules::promotionSource(facts);
    if (!source)
        return unknownBecause(QStringLiteral("%1 was not read").arg(staging),
                              QStringLiteral("Read it in the same look"));
    Judgement judgement;
    for (const auto &[observation, histories] : readHistories(facts, judgement)) {
        for (const MigrationHistory &ours : histories->histories) {
            const MigrationHistory *theirs = sameHistory(*source, ours);
            if (!ours.readable || !theirs)
                judgement.unknown(
                    QStringLiteral("%1: %2").arg(placeOf(ours),
                                                 theirs ? QStringLiteral("its rows are not known")
                                                        : QStringLiteral("%1 shows no such history").arg(staging)));
            else
                judgeOrder(judgement, staging, ours, *theirs);
        }
    }
    judgement.fix(judgement.has(ReadinessVerdict::Fail)
                      ? QStringLiteral("Apply migrations in %1 first").arg(staging)
                      : QStringLiteral("Keep the times of migrations (a log of the pipeline), or "
                                       "let Taffrail read both histories"));
    return judgement.isEmpty() ? unknownBecause(QStringLiteral("no migration history was read"),
                                                QStringLiteral("Add migrations entries to both environments"))
                               : judgement.result(ReadinessVerdict::Unknown);
}

struct Rehearsal {
    QDateTime at;
    QString words;
};

void keepNewest(Rehearsal &newest, const QDateTime &at, const QString &words)
{
    if (at.isValid() && (!newest.at.isValid() || at > newest.at))
        newest = {at, words};
}

void fromHistories(Rehearsal &newest, const Snapshot &snapshot, const QDateTime &now)
{
    for (const Observation &observation : snapshot.observations) {
        const auto *history = valueAs<DeploymentHistory>(observation);
        for (size_t i = 0; history && i < history->events.size(); ++i) {
            const DeployEvent &event = history->events[i];
            const bool worked = event.outcome != ReleaseStatus::Failed && event.outcome != ReleaseStatus::Unfinished
                && event.outcome != ReleaseStatus::Running;
            // A tool that notes no time (Capistrano) leaves bounds: the earlier one makes it no younger than it is.
            const QDateTime at = event.at.isValid() ? event.at : event.notBefore;
            if (event.kind == ReleaseKind::Rollback && worked && at <= now)
                keepNewest(newest, at,
                           QStringLiteral("%1: %2 taken back to %3%4")
                               .arg(snapshot.environment, rules::appOf(observation, *history),
                                    rules::releaseName(*history, event.release),
                                    event.actor.isEmpty() ? QString() : QStringLiteral(" by ") + event.actor));
        }
    }
}

/// A rollback that worked, here or where this environment promotes from, within the policy's time.
ReadinessResult rollbackRehearsed(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    const auto limit = readinessPolicyOf(facts.environment).rollbackRehearsedEvery;
    Rehearsal newest;
    fromHistories(newest, facts.snapshot, facts.now);
    if (const Snapshot *source = rules::promotionSource(facts))
        fromHistories(newest, *source, facts.now);
    for (const RehearsedRollback &each : all.rollbacks) {
        if (each.environment == facts.environment.id || each.environment == facts.environment.promotesFrom)
            keepNewest(newest, each.at,
                       QStringLiteral("%1: %2 taken back by Taffrail").arg(each.environment, each.app));
    }
    Judgement judgement;
    judgement.fix(QStringLiteral("Take a release back and forward again in staging: taffrail rollback ENV --plan"));
    judgement.seen(facts.snapshot.takenAt);
    if (newest.at.isValid()) {
        const auto age = ageOf(newest.at, facts.now);
        const QString line = QStringLiteral("%1, %2 (at most %3 is asked for)")
                                 .arg(newest.words, ago(facts, newest.at), ageText(limit));
        age <= limit ? judgement.pass(line) : judgement.fail(line);
        return judgement.result(ReadinessVerdict::Unknown);
    }
    bool read = false;
    for (const SourceEntry *entry : writtenEntries(facts, PaneKind::Deployments)) {
        const Observation *observation = facts.snapshot.observation(entry->id);
        const bool isRead = observation && valueAs<DeploymentHistory>(*observation);
        read = read || isRead;
        if (!isRead)
            judgement.unknown(QStringLiteral("%1: %2").arg(entry->id, reasonOf(observation)));
    }
    if (read && !judgement.has(ReadinessVerdict::Unknown))
        judgement.fail(
            QStringLiteral("no rollback is on record, neither in the deploy tool's history nor in Taffrail's"));
    else if (!read)
        judgement.unknown(QStringLiteral("no deployment history was read"));
    return judgement.result(ReadinessVerdict::Unknown);
}

} // namespace

const std::vector<Criterion> &schemaCriteria()
{
    static const std::vector<Criterion> table{
        {"rollback.rehearsed", "Deployment", "A rollback was rehearsed lately", rollbackRehearsed},
        {"migrations.automated", "Deployment", "The schema is changed by a migration tool", migrationsAutomated},
        {"migrations.clean", "Deployment", "No migration is pending, failed or changed", migrationsClean},
        {"migrations.staging-first", "Deployment", "Migrations were tried on staging first", stagingFirst},
    };
    return table;
}

} // namespace taffrail::readiness
