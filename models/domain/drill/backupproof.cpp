// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupproof.h"

#include "text.h"

#include <algorithm>

namespace taffrail {

namespace {

using std::chrono::milliseconds;

constexpr qint64 segmentBytes = 16 * 1024 * 1024;
constexpr size_t drillsOfRange = 5;
/// Reading back is slower than the copy that was written.
constexpr double guessFactor = 0.7;
/// Start, checks and hands, before anything was measured.
constexpr milliseconds guessFixed{30'000};

bool isOf(const BackupProof &proof, const Backup &backup)
{
    return proof.backup == backup.id && (proof.location.isEmpty() || proof.location == backup.location);
}

void assess(BackupSet &set)
{
    set.assessment.latestFinishedAt = {};
    set.assessment.type.reset();
    int usable = 0;
    for (const Backup &backup : set.backups) {
        if (!isUsable(backup))
            continue;
        if (usable++ == 0) {
            set.assessment.latestFinishedAt = backup.finishedAt;
            set.assessment.timeIsStart = backup.finishedIsStart;
            set.assessment.type = backup.type;
        }
    }
    set.assessment.count = usable;
}

milliseconds phaseTook(const DrillRun &run, std::initializer_list<DrillPhase> phases)
{
    milliseconds sum{0};
    for (const DrillPhase phase : phases) {
        const qint64 took = run.phases[size_t(phase)].tookMs;
        if (took < 0)
            return milliseconds(-1);
        sum += milliseconds(took);
    }
    return sum;
}

} // namespace

std::optional<BackupProof> proofOf(const DrillRun &run)
{
    const bool isPassed = run.stage == DrillStage::Passed;
    if (!isPassed
        && (run.stage != DrillStage::Failed || run.phases.size() < size_t(drillPhaseCount)
            || run.phases[size_t(DrillPhase::Restore)].stage == StepState::Stage::Waiting))
        return {};
    BackupProof proof;
    proof.environment = run.plan.environment;
    proof.entry = run.plan.entry;
    proof.location = run.plan.location;
    proof.backup = run.plan.backup;
    const bool isAsked = std::ranges::any_of(
        run.result.checks, [](const DrillCheckResult &check) { return check.verdict == CheckVerdict::Passed; });
    proof.depth = isAsked ? Trust::Queried : Trust::Restored;
    proof.passed = isPassed;
    proof.backupAtFault = !isPassed && run.result.backupAtFault;
    proof.at = run.endedAt;
    proof.by = QStringLiteral("drill by %1 on %2").arg(run.startedBy, run.plan.host);
    proof.detail = run.message;
    using enum DrillPhase;
    proof.took = phaseTook(run, {Preflight, Restore, Start, Recovery, Checks, Integrity, Teardown});
    proof.restoreTook = phaseTook(run, {Restore});
    proof.recoveryTook = phaseTook(run, {Start, Recovery});
    proof.otherTook = phaseTook(run, {Preflight, Checks});
    proof.bytes = run.result.restoredBytes;
    proof.walBytes = run.result.walFiles >= 0 ? run.result.walFiles * segmentBytes : -1;
    proof.recoveredTo = run.result.recoveredTo;
    return proof;
}

std::vector<BackupProof> proofsIn(const QString &environment, const QString &entry, const BackupSet &set)
{
    std::vector<BackupProof> proofs;
    for (const Backup &backup : set.backups) {
        if (!isUsable(backup) || backup.trust < Trust::Checksums || backup.trust > Trust::AllBytes
            || !backup.verifiedAt.isValid())
            continue;
        BackupProof proof;
        proof.environment = environment;
        proof.entry = entry;
        proof.location = backup.location;
        proof.backup = backup.id;
        proof.depth = backup.trust;
        proof.passed = true;
        proof.at = backup.verifiedAt;
        proof.by = backup.verifiedBy;
        proofs.push_back(std::move(proof));
    }
    return proofs;
}

BackupSet withProofs(BackupSet set, const std::vector<BackupProof> &proofs)
{
    bool isChanged = false;
    for (Backup &backup : set.backups) {
        const BackupProof *newestDrill = nullptr;
        const BackupProof *deepest = nullptr;
        for (const BackupProof &proof : proofs) {
            if (!isOf(proof, backup))
                continue;
            if (proof.depth >= Trust::Restored && (!newestDrill || newestDrill->at < proof.at))
                newestDrill = &proof;
            if (proof.passed
                && (!deepest || deepest->depth < proof.depth
                    || (deepest->depth == proof.depth && deepest->at < proof.at)))
                deepest = &proof;
        }
        const bool isRefuted = newestDrill && !newestDrill->passed && newestDrill->backupAtFault;
        if (isRefuted && isUsable(backup)) {
            backup.state = BackupState::Flawed;
            backup.problem = QStringLiteral("drill_failed");
            backup.detail = newestDrill->detail;
            backup.verifiedAt = newestDrill->at;
            backup.verifiedBy = newestDrill->by;
            isChanged = true;
        } else if (!isRefuted && deepest && isUsable(backup) && deepest->depth > backup.trust) {
            backup.trust = deepest->depth;
            backup.verifiedAt = deepest->at;
            backup.verifiedBy = deepest->by;
        } else if (!isRefuted && deepest && isUsable(backup) && deepest->depth == backup.trust
                   && (!backup.verifiedAt.isValid() || backup.verifiedAt < deepest->at)) {
            backup.verifiedAt = deepest->at;
            backup.verifiedBy = deepest->by;
        }
    }
    if (isChanged)
        assess(set);
    return set;
}

std::optional<RestoreEstimate> restoreEstimate(qint64 bytes, qint64 walBytes, double copyRate,
                                               const std::vector<BackupProof> &proofs, const QString &location)
{
    if (bytes < 0)
        return {};
    std::vector<const BackupProof *> drills;
    for (const BackupProof &proof : proofs) {
        if (proof.depth >= Trust::Restored && proof.passed && proof.location == location
            && proof.restoreTook.count() > 0 && proof.bytes > 0)
            drills.push_back(&proof);
    }
    std::ranges::sort(drills, std::greater(), [](const BackupProof *proof) { return proof->at; });
    drills.resize(std::min(drills.size(), drillsOfRange));
    RestoreEstimate estimate;
    if (drills.empty()) {
        if (copyRate <= 0)
            return {};
        estimate.isGuess = true;
        const double seconds = double(bytes + std::max<qint64>(0, walBytes)) / (copyRate * guessFactor);
        estimate.best = estimate.worst = guessFixed + milliseconds(qint64(seconds * 1000));
        estimate.dominatedBy = seconds * 1000 > double(guessFixed.count()) ? QStringLiteral("fetching")
                                                                           : QStringLiteral("start and checks");
        return estimate;
    }
    estimate.drills = int(drills.size());
    double fetch = 0, replay = 0, other = 0;
    for (const BackupProof *drill : drills) {
        const double fetchMs = double(drill->restoreTook.count()) * double(bytes) / double(drill->bytes);
        // The fixed part of start and recovery is told apart from replay only where WAL was replayed.
        const double recoveryMs = double(std::max<qint64>(0, drill->recoveryTook.count()));
        const bool hasReplayed = drill->walBytes > 0;
        const double replayMs
            = hasReplayed ? recoveryMs * double(std::max<qint64>(0, walBytes)) / double(drill->walBytes) : 0;
        const double otherMs = double(std::max<qint64>(0, drill->otherTook.count())) + (hasReplayed ? 0 : recoveryMs);
        const milliseconds all(qint64(fetchMs + replayMs + otherMs));
        estimate.best = drill == drills.front() ? all : std::min(estimate.best, all);
        estimate.worst = std::max(estimate.worst, all);
        fetch += fetchMs;
        replay += replayMs;
        other += otherMs;
    }
    estimate.dominatedBy = fetch >= replay && fetch >= other ? QStringLiteral("fetching")
        : replay >= other                                    ? QStringLiteral("replay")
                                                             : QStringLiteral("start and checks");
    return estimate;
}

namespace {

QString noteHead(const QString &backup)
{
    return QStringLiteral("Restoring %1 takes ").arg(backup);
}

} // namespace

QStringList restoreNotes(const BackupSet &set, const std::vector<BackupProof> &proofs)
{
    QStringList notes, places;
    for (const Backup &backup : set.backups) {
        if (!isUsable(backup) || places.contains(backup.location))
            continue;
        places << backup.location;
        const bool isTimed = backup.startedAt.isValid() && backup.finishedAt.isValid() && !backup.finishedIsStart
            && backup.finishedAt > backup.startedAt && backup.type == BackupType::Full;
        const double rate = isTimed && backup.sizeBytes > 0
            ? double(backup.sizeBytes) / double(backup.startedAt.secsTo(backup.finishedAt))
            : 0;
        if (const auto estimate = restoreEstimate(backup.sizeBytes, 0, rate, proofs, backup.location))
            notes << noteHead(backup.id) + estimateText(*estimate);
    }
    return notes;
}

QString restoreNoteOf(const BackupSet &set, const QString &backup)
{
    const QString head = noteHead(backup);
    for (const QString &note : set.notes) {
        if (note.startsWith(head))
            return note.mid(head.size());
    }
    return {};
}

QString estimateText(const RestoreEstimate &estimate)
{
    if (estimate.isGuess)
        return QStringLiteral("about %1 (guess: no drill was done)").arg(durationText(estimate.best));
    const QString drills
        = estimate.drills == 1 ? QStringLiteral("1 drill") : QStringLiteral("%1 drills").arg(estimate.drills);
    const QString best = durationText(estimate.best), worst = durationText(estimate.worst);
    return best == worst ? QStringLiteral("%1 (by %2, mostly %3)").arg(worst, drills, estimate.dominatedBy)
                         : QStringLiteral("%1 to %2 (by %3, mostly %4)").arg(best, worst, drills, estimate.dominatedBy);
}

} // namespace taffrail
