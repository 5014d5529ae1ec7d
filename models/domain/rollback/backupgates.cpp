// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupfacts.h"
#include "rollbackgates.h"
#include "rulesupport.h"
#include "text.h"

#include <algorithm>

namespace taffrail::gates {

namespace {

/// Backups are a person's own risk to take: each of these gates may be overridden.
Gate backupGate(const char *code, const QString &subject, Verdict verdict, const QString &answer)
{
    return makeGate(code, subject, verdict, answer, true);
}

bool counts(const RollbackQuestion &question, const Observation &observation)
{
    return observation.pane == PaneKind::Backups
        && (question.policy.backups.isEmpty() || question.policy.backups.contains(observation.entry));
}

/// Migrations beyond the target whose effect a rollback of the code does not take back.
std::vector<Migration> lossy(const std::vector<Migration> &beyond)
{
    std::vector<Migration> found;
    std::ranges::copy_if(beyond, std::back_inserter(found), [](const Migration &migration) {
        return worstKind(migration.kinds) > MigrationKind::Expand
            && worstKind(migration.kinds) != MigrationKind::Unknown;
    });
    return found;
}

struct Reach {
    const Backup *backup = nullptr; ///< the newest usable one that ended before the moment
    bool hasWal = false; ///< WAL is archived from it up to now, as far as the archiver tells
    bool isDump = false;
    QDateTime observedAt;
    QString entry;
};

/// How near to `moment` a restore of this database can come.
Reach reachOf(const RollbackQuestion &question, const QString &database, const QDateTime &moment)
{
    Reach reach;
    for (const Observation &observation : question.facts.snapshot.observations) {
        const auto *set = counts(question, observation) ? valueAs<BackupSet>(observation) : nullptr;
        const SourceEntry *entry = question.facts.environment.entry(observation.entry);
        if (!set || (entry && !entry->database.isEmpty() && entry->database != database))
            continue;
        const ArchiveState *archive = rules::archiveFor(question.facts, observation, *set);
        const bool archives = archive && rules::isArchiving(*archive);
        for (const Backup &backup : set->backups) {
            const QDateTime ended = rules::freshnessTime(backup);
            if (!rules::countsAsFresh(backup, question.facts.now) || !ended.isValid() || ended > moment)
                continue;
            const bool isDump = backup.type == BackupType::Logical;
            // With WAL any moment after the backup can be reached; a dump is what it was when it began.
            const bool better = !reach.backup || (archives && !isDump && !reach.hasWal)
                || ended > rules::freshnessTime(*reach.backup);
            if (better)
                reach = {&backup, archives && !isDump, isDump, observation.lastGood->at, observation.entry};
        }
    }
    return reach;
}

Gate undoGate(const RollbackQuestion &question, const AppHistory &app, const std::vector<Migration> &taken)
{
    const QString subject = app.history->database;
    QDateTime first;
    for (const Migration &migration : taken) {
        if (!migration.appliedAt.isValid())
            return backupGate(
                "rollback.undo-point", subject, Verdict::Unknown,
                QStringLiteral("when migration %1 was applied is not known, so no moment before it can be named")
                    .arg(migration.version));
        first = first.isValid() ? std::min(first, migration.appliedAt) : migration.appliedAt;
    }
    const Reach reach = reachOf(question, app.history->database, first);
    if (!reach.backup) {
        Gate none
            = backupGate("rollback.undo-point", subject, Verdict::Block,
                         QStringLiteral("no usable backup is older than migration %1").arg(taken.front().version));
        none.hint = QStringLiteral("Roll forward with a fix: what these migrations changed cannot be brought back.");
        none.evidence.insert(QStringLiteral("moment"), first);
        return none;
    }
    const QDateTime ended = rules::freshnessTime(*reach.backup);
    Gate found = reach.hasWal
        ? backupGate("rollback.undo-point", subject, Verdict::Pass,
                     QStringLiteral("backup %1 and the archived WAL reach to the moment before the first migration")
                         .arg(reach.backup->id))
        : backupGate("rollback.undo-point", subject, Verdict::Block,
                     QStringLiteral(
                         "a restore comes back to %1, %2 before the first migration: what was written between is lost")
                         .arg(reach.backup->id, ageText(ageOf(ended, first))));
    found.evidence = {{QStringLiteral("moment"), first},
                      {QStringLiteral("backup"), reach.backup->id},
                      {QStringLiteral("backup_finished_at"), ended}};
    found.entry = reach.entry;
    found.observedAt = reach.observedAt;
    return found;
}

Gate lossGate(const RollbackQuestion &question, const Observation &observation, const BackupSet &set)
{
    const BackupTarget target = rules::targetOf(question.facts, observation);
    const QString subject = rules::subjectOf(question.facts, observation);
    const ArchiveState *archive = rules::archiveFor(question.facts, observation, set);
    const Backup *newest = rules::newestUsable(set, question.facts.now, false);
    std::optional<std::chrono::seconds> loss;
    if (archive && rules::isArchiving(*archive) && archive->lag)
        loss = archive->lag;
    else if (newest)
        loss = ageOf(rules::contentTime(*newest), question.facts.now);
    Gate found = backupGate("rollback.loss-now", subject, Verdict::Pass, {});
    found.entry = observation.entry;
    found.observedAt = observation.lastGood->at;
    if (!loss) {
        found.verdict = Verdict::Unknown;
        found.answer = QStringLiteral("what would be lost if the database died now is not known");
        return found;
    }
    found.evidence.insert(QStringLiteral("loss_s"), qlonglong(loss->count()));
    found.answer = QStringLiteral("%1 would be lost if the database died now").arg(ageText(*loss));
    if (target.rpo && *loss > *target.rpo) {
        found.verdict = Verdict::Warn;
        found.answer += QStringLiteral("; the target is %1").arg(ageText(*target.rpo));
    }
    return found;
}

} // namespace

std::vector<Gate> undoPointGates(const RollbackQuestion &question)
{
    std::vector<Gate> found;
    for (const AppHistory &app : historiesOf(question.facts.snapshot, question.policy)) {
        const CarriedMigrations *carried = carriedOf(question, *app.history);
        const std::vector<Migration> taken
            = carried ? lossy(migrationsBeyond(*app.history, carried->versions)) : std::vector<Migration>();
        if (!taken.empty())
            found.push_back(undoGate(question, app, taken));
    }
    if (found.empty())
        found.push_back(backupGate("rollback.undo-point", {}, Verdict::Pass,
                                   QStringLiteral("no migration has to be taken back with the data")));
    return found;
}

std::vector<Gate> lossNowGates(const RollbackQuestion &question)
{
    std::vector<Gate> found;
    bool hasSource = false;
    for (const SourceEntry &entry : question.facts.environment.entries) {
        const bool isNamed = question.policy.backups.isEmpty() || question.policy.backups.contains(entry.id);
        if (entry.pane != PaneKind::Backups || !isNamed)
            continue;
        hasSource = true;
        const Observation *observation = question.facts.snapshot.observation(entry.id);
        const auto *set = observation ? valueAs<BackupSet>(*observation) : nullptr;
        if (!set)
            found.push_back(backupGate("rollback.loss-now", entry.id, Verdict::Unknown,
                                       QStringLiteral("this backup source was never read")));
        else if (rules::listsBackups(*set))
            found.push_back(lossGate(question, *observation, *set));
    }
    if (!hasSource && !question.facts.environment.databases.empty())
        found.push_back(backupGate("rollback.loss-now", {}, Verdict::Warn,
                                   QStringLiteral("no backup source is set up for its databases")));
    if (found.empty())
        found.push_back(backupGate("rollback.loss-now", {}, Verdict::Pass, QStringLiteral("it has no database")));
    return found;
}

} // namespace taffrail::gates
