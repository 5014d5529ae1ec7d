// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackgates.h"

#include "assessment.h"
#include "rollbacktarget.h"
#include "rulesupport.h"
#include "text.h"

#include <algorithm>
#include <cmath>

namespace taffrail {

namespace gates {

namespace {

/// Clock offsets: those of the health rules (notice 2 s, warning 30 s); above 60 s no time-based verdict holds.
constexpr double clockWarnSeconds = 30;
constexpr double clockBlockSeconds = 60;

QDateTime seenAt(const RollbackQuestion &question)
{
    return question.observation.lastGood ? question.observation.lastGood->at : QDateTime();
}

Gate heldLock(const char *code, const QString &subject, const HeldLock &lock, const RollbackQuestion &question)
{
    const QString since = lock.since.isValid()
        ? QStringLiteral(" since %1").arg(ageText(ageOf(lock.since, question.facts.now)))
        : QString();
    Gate held = makeGate(code, subject, Verdict::Block,
                         QStringLiteral("%1 holds the lock%2%3")
                             .arg(lock.by.isEmpty() ? QStringLiteral("somebody") : lock.by, since,
                                  lock.reason.isEmpty() ? QString() : QStringLiteral(": ") + lock.reason),
                         false, seenAt(question));
    held.evidence = {{QStringLiteral("by"), lock.by},
                     {QStringLiteral("since"), lock.since},
                     {QStringLiteral("reason"), lock.reason}};
    held.hint = QStringLiteral("Ask them, or remove the lock with its own tool when nobody works any more.");
    return held;
}

} // namespace

Gate makeGate(const char *code, const QString &subject, Verdict verdict, const QString &answer, bool overridable,
              const QDateTime &observedAt)
{
    Gate gate;
    gate.code = QString::fromLatin1(code);
    gate.subject = subject;
    gate.verdict = verdict;
    gate.answer = answer;
    gate.overridable = overridable;
    gate.observedAt = observedAt;
    return gate;
}

Gate targetGate(const RollbackQuestion &question)
{
    const std::vector<RollbackTarget> targets = rollbackTargets(question.history);
    const auto found = std::ranges::find(targets, question.target, &RollbackTarget::release);
    if (found == targets.end())
        return makeGate("rollback.target", question.target, Verdict::Block, QStringLiteral("there is no such release"),
                        false, seenAt(question));
    if (!found->isPossible)
        return makeGate("rollback.target", question.target, Verdict::Block, found->reason, false, seenAt(question));
    if (!found->reason.isEmpty())
        return makeGate("rollback.target", question.target, Verdict::Warn, found->reason, true, seenAt(question));
    return makeGate("rollback.target", question.target, Verdict::Pass,
                    QStringLiteral("it lies on every host and was live before"), false, seenAt(question));
}

std::vector<Gate> hostGates(const RollbackQuestion &question)
{
    std::vector<Gate> found;
    for (const HostRelease &host : question.history.hosts) {
        if (host.error)
            found.push_back(makeGate("rollback.host", host.host, Verdict::Block,
                                     QStringLiteral("it cannot be read: %1").arg(sentence(*host.error)), false,
                                     seenAt(question)));
        else if (host.dangling)
            found.push_back(makeGate("rollback.host", host.host, Verdict::Warn,
                                     QStringLiteral("its live link points nowhere"), true, seenAt(question)));
        else if (host.live.isEmpty())
            found.push_back(makeGate("rollback.host", host.host, Verdict::Unknown,
                                     QStringLiteral("what it runs is not known"), false, seenAt(question)));
    }
    if (found.empty())
        found.push_back(makeGate("rollback.host", question.history.app, Verdict::Pass,
                                 QStringLiteral("every host answers and says what it runs"), false, seenAt(question)));
    return found;
}

Gate freshnessGate(const RollbackQuestion &question)
{
    QStringList old;
    for (const Observation &observation : question.facts.snapshot.observations) {
        const bool matters = observation.pane == PaneKind::Migrations || observation.pane == PaneKind::Backups
            || &observation == &question.observation;
        if (matters
            && (!observation.lastGood || isStale(observation, question.facts.now)
                || question.facts.snapshot.remembered))
            old << QStringLiteral("%1 of %2").arg(paneWord(observation.pane), observation.subject);
    }
    if (old.isEmpty())
        return makeGate("rollback.fresh", {}, Verdict::Pass,
                        QStringLiteral("everything that decides was read just now"), false);
    Gate stale = makeGate("rollback.fresh", {}, Verdict::Unknown,
                          QStringLiteral("too old, or never read: %1").arg(rules::listed(old)), false);
    stale.hint = QStringLiteral("Refresh the environment first.");
    return stale;
}

std::vector<Gate> lockGates(const RollbackQuestion &question)
{
    std::vector<Gate> found;
    if (question.history.locked)
        found.push_back(heldLock("rollback.lock", question.history.app, *question.history.locked, question));
    for (const Release &release : question.history.releases) {
        if (release.status == ReleaseStatus::Running)
            found.push_back(makeGate("rollback.lock", release.id, Verdict::Block,
                                     QStringLiteral("its deploy still runs"), false, seenAt(question)));
    }
    for (const AppHistory &each : historiesOf(question.facts.snapshot, question.policy)) {
        if (each.history->lock)
            found.push_back(heldLock("rollback.migration-lock",
                                     each.history->database + QLatin1Char(' ') + each.history->table,
                                     *each.history->lock, question));
    }
    if (found.empty())
        found.push_back(makeGate("rollback.lock", question.history.app, Verdict::Pass,
                                 QStringLiteral("nobody deploys or migrates"), false, seenAt(question)));
    return found;
}

std::vector<AppHistory> historiesOf(const Snapshot &snapshot, const RollbackPolicy &policy)
{
    std::vector<AppHistory> found;
    for (const Observation &observation : snapshot.observations) {
        const bool isNamed = policy.migrations.isEmpty() || policy.migrations.contains(observation.entry);
        const auto *histories = isNamed ? valueAs<MigrationHistories>(observation) : nullptr;
        for (size_t i = 0; histories && i < histories->histories.size(); ++i)
            found.push_back({&observation, &histories->histories[i]});
    }
    return found;
}

const CarriedMigrations *carriedOf(const RollbackQuestion &question, const MigrationHistory &history)
{
    const auto found = std::ranges::find_if(question.carried, [&](const CarriedMigrations &carried) {
        return carried.database == history.database && carried.table == history.table;
    });
    return found == question.carried.end() ? nullptr : &*found;
}

std::vector<Gate> schemaGates(const RollbackQuestion &question)
{
    std::vector<Gate> found;
    for (const AppHistory &each : historiesOf(question.facts.snapshot, question.policy)) {
        found.push_back(schemaGate({*each.history, carriedOf(question, *each.history), question.policy.migratesAtStart,
                                    each.observation->lastGood->at, each.observation->entry}));
    }
    for (const SourceEntry &entry : question.facts.environment.entries) {
        const bool isNamed = question.policy.migrations.isEmpty() || question.policy.migrations.contains(entry.id);
        const Observation *observation = question.facts.snapshot.observation(entry.id);
        if (entry.pane == PaneKind::Migrations && isNamed && (!observation || !observation->value()))
            found.push_back(makeGate("rollback.schema", entry.database.isEmpty() ? entry.id : entry.database,
                                     Verdict::Unknown, QStringLiteral("its migrations were never read"), true));
    }
    if (found.empty())
        found.push_back(makeGate("rollback.schema", {}, Verdict::Pass,
                                 QStringLiteral("no migration history belongs to this application"), true));
    return found;
}

Gate healthGate(const RollbackQuestion &question)
{
    QStringList bad, unknown;
    int known = 0;
    for (const Observation &observation : question.facts.snapshot.observations) {
        const bool isNamed
            = question.policy.healthGate.isEmpty() || question.policy.healthGate.contains(observation.entry);
        if (observation.pane != PaneKind::Health || !isNamed)
            continue;
        const auto *report = valueAs<HealthReport>(observation);
        if (!report || isStale(observation, question.facts.now)) {
            unknown << observation.subject;
            continue;
        }
        ++known;
        for (const HealthCheck &check : report->checks) {
            if (check.status >= Status::Warning)
                bad << (check.subject.isEmpty() ? check.code : check.code + QLatin1Char(' ') + check.subject);
        }
    }
    if (known == 0)
        return makeGate(
            "rollback.health", {}, Verdict::Unknown,
            QStringLiteral("nothing tells how healthy it is now, so nothing will tell whether the rollback helped"),
            true);
    Gate health = makeGate("rollback.health", {}, unknown.isEmpty() ? Verdict::Pass : Verdict::Warn,
                           bad.isEmpty() ? QStringLiteral("all checks are good now")
                                         : QStringLiteral("bad now: %1").arg(rules::listed(bad)),
                           true);
    if (!unknown.isEmpty())
        health.answer += QStringLiteral("; not known: %1").arg(rules::listed(unknown));
    health.evidence.insert(QStringLiteral("bad"), bad);
    return health;
}

std::vector<Gate> diskGates(const RollbackQuestion &question)
{
    std::vector<Gate> found;
    const qint64 least = question.policy.minFreeBytes.value_or(64LL * 1024 * 1024); // links, logs, a job's own state
    for (const HostRelease &host : question.history.hosts) {
        if (host.error)
            continue;
        if (host.freeBytes < 0)
            found.push_back(makeGate("rollback.disk", host.host, Verdict::Warn,
                                     QStringLiteral("how much room there is, is not known"), true, seenAt(question)));
        else if (host.freeBytes < least)
            found.push_back(
                makeGate("rollback.disk", host.host, Verdict::Block,
                         QStringLiteral("%1 free; %2 are needed").arg(bytesText(host.freeBytes), bytesText(least)),
                         true, seenAt(question)));
    }
    if (found.empty())
        found.push_back(makeGate("rollback.disk", {}, Verdict::Pass, QStringLiteral("every host has room"), true,
                                 seenAt(question)));
    return found;
}

std::vector<Gate> clockGates(const RollbackQuestion &question)
{
    std::vector<Gate> found;
    for (const Observation &observation : question.facts.snapshot.observations) {
        const auto *report = valueAs<HealthReport>(observation);
        if (!report || !report->clockOffsetSeconds)
            continue;
        const double offset = *report->clockOffsetSeconds;
        if (std::abs(offset) <= clockWarnSeconds + report->clockErrorSeconds)
            continue;
        const bool blocks = std::abs(offset) > clockBlockSeconds + report->clockErrorSeconds;
        found.push_back(makeGate("rollback.clock", observation.subject, blocks ? Verdict::Block : Verdict::Warn,
                                 QStringLiteral("its clock is %1 %2 ours")
                                     .arg(durationText(std::chrono::milliseconds(qint64(std::abs(offset) * 1000))),
                                          offset > 0 ? QStringLiteral("ahead of") : QStringLiteral("behind")),
                                 true, observation.lastGood->at));
    }
    if (found.empty())
        found.push_back(
            makeGate("rollback.clock", {}, Verdict::Pass, QStringLiteral("no clock is known to be off"), true));
    return found;
}

Gate windowGate(const RollbackQuestion &question)
{
    const auto open = isInWindow(question.policy.window, question.facts.now);
    if (question.policy.window.isEmpty())
        return makeGate("rollback.window", {}, Verdict::Pass, QStringLiteral("no change window is set"), true);
    if (!open)
        return makeGate("rollback.window", {}, Verdict::Unknown,
                        QStringLiteral("the change window \"%1\" cannot be read").arg(question.policy.window), true);
    return makeGate("rollback.window", {}, *open ? Verdict::Pass : Verdict::Block,
                    *open ? QStringLiteral("the change window is open")
                          : QStringLiteral("outside of the change window %1").arg(question.policy.window),
                    true);
}

Gate approvalGate(const RollbackQuestion &question)
{
    if (question.facts.environment.mode == Mode::Locked)
        return makeGate("rollback.approval", question.facts.environment.id, Verdict::Block,
                        QStringLiteral("the environment is locked against every act"), false);
    if (question.policy.approvals > 0)
        return makeGate("rollback.approval", question.facts.environment.id, Verdict::Block,
                        QStringLiteral("%1 of other people must agree, and there is no team store to ask them in")
                            .arg(rules::counted(question.policy.approvals, "approval")),
                        false);
    return makeGate("rollback.approval", question.facts.environment.id, Verdict::Pass,
                    QStringLiteral("nobody else has to agree"), false);
}

} // namespace gates

std::vector<Gate> rollbackGates(const RollbackQuestion &question)
{
    std::vector<Gate> all{gates::targetGate(question)};
    const auto add = [&all](std::vector<Gate> more) { std::ranges::move(more, std::back_inserter(all)); };
    add(gates::hostGates(question));
    all.push_back(gates::freshnessGate(question));
    add(gates::lockGates(question));
    add(gates::schemaGates(question));
    add(gates::undoPointGates(question));
    add(gates::lossNowGates(question));
    all.push_back(gates::healthGate(question));
    add(gates::diskGates(question));
    add(gates::clockGates(question));
    all.push_back(gates::windowGate(question));
    all.push_back(gates::approvalGate(question));
    return all;
}

} // namespace taffrail
