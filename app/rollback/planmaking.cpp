// SPDX-License-Identifier: GPL-3.0-or-later
#include "planmaking.h"

#include "rollbackcodec.h"
#include "rollbacktarget.h"
#include "releasetext.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::planning {

namespace {

using executors::HostSteps;
using executors::HostSwitch;

tl::unexpected<Error> refused(ErrorKind kind, const QString &subject, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), subject, text, hint);
}

Release releaseOf(const DeploymentHistory &history, const QString &id)
{
    const auto found = std::ranges::find(history.releases, id, &Release::id);
    if (found != history.releases.end())
        return *found;
    Release unknown;
    unknown.id = id;
    return unknown;
}

QString liveOn(const DeploymentHistory &history, const QString &host)
{
    const auto found = std::ranges::find(history.hosts, host, &HostRelease::host);
    return found == history.hosts.end() ? QString() : found->live;
}

Result<const SourceEntry *> entryOf(const EnvironmentSpec &environment, const QString &wanted)
{
    QStringList known;
    const SourceEntry *only = nullptr;
    for (const SourceEntry &entry : environment.entries) {
        if (entry.pane != PaneKind::Deployments)
            continue;
        known << entry.id;
        only = &entry;
        // A person knows the application, the inventory its entry.
        if (entry.id == wanted || entry.options.value(QStringLiteral("app")).toString() == wanted)
            return only;
    }
    if (wanted.isEmpty() && known.size() == 1)
        return only;
    if (known.isEmpty())
        return refused(ErrorKind::BadConfig, environment.id, QStringLiteral("it has no deployments entry"));
    return refused(
        ErrorKind::NotFound, environment.id,
        wanted.isEmpty()
            ? QStringLiteral("it has several applications: %1").arg(known.join(QStringLiteral(", ")))
            : QStringLiteral("it has no application \"%1\"; it has %2").arg(wanted, known.join(QStringLiteral(", "))),
        QStringLiteral("Name one with --app."));
}

Result<QString> targetOf(const DeploymentHistory &history, const QString &wanted)
{
    if (wanted.isEmpty() || wanted == QLatin1String("previous")) {
        const QString suggested = suggestedTarget(history);
        if (suggested.isEmpty())
            return refused(ErrorKind::NotFound, history.app,
                           QStringLiteral("no earlier release is known to have been live and to be there still"),
                           QStringLiteral("Name one with --to; \"deployments\" lists them."));
        return suggested;
    }
    QStringList found;
    for (const Release &release : history.releases) {
        if (release.id == wanted)
            return release.id;
        if (release.version == wanted || shortRelease(release.id) == wanted
            || (wanted.size() >= 7 && release.revision.startsWith(wanted)))
            found << release.id;
    }
    if (found.size() == 1)
        return found.first();
    return refused(ErrorKind::NotFound, history.app,
                   found.isEmpty() ? QStringLiteral("there is no release \"%1\"").arg(wanted)
                                   : QStringLiteral("\"%1\" names %2 releases: %3")
                                         .arg(wanted)
                                         .arg(found.size())
                                         .arg(found.join(QStringLiteral(", "))),
                   QStringLiteral("\"deployments\" lists the releases."));
}

Gate claimGate(const QString &host, const HostLook &look, const QDateTime &now)
{
    if (!look.claim)
        return gates::makeGate("rollback.run-lock", host, Verdict::Unknown, sentence(look.claim.error()), false, now);
    const jobs::Claim &claim = **look.claim;
    Gate gate = gates::makeGate("rollback.run-lock", host, Verdict::Block,
                                QStringLiteral("run %1 has not ended%2")
                                    .arg(claim.run,
                                         claim.since.isValid()
                                             ? QStringLiteral("; it began %1 ago").arg(ageText(ageOf(claim.since, now)))
                                             : QString()),
                                false, now);
    gate.evidence = {{QStringLiteral("run"), claim.run}, {QStringLiteral("since"), claim.since}};
    gate.hint = QStringLiteral("Go on with it (--attach %1), or end it (--abort %1).").arg(claim.run);
    return gate;
}

/// What stands in the way on the hosts themselves.
std::vector<Gate> lookGates(const Subject &subject, const QHash<QString, HostLook> &looks,
                            const QHash<QString, Result<HostSteps>> &steps, const QDateTime &now)
{
    std::vector<Gate> found;
    for (auto look = looks.begin(); look != looks.end(); ++look) {
        if (!look->claim || *look->claim)
            found.push_back(claimGate(look.key(), *look, now));
    }
    std::ranges::sort(found, {}, &Gate::subject);
    for (const QString &host : subject.hosts()) {
        const Result<HostSteps> made
            = steps.value(host, failure(ErrorKind::Internal, {}, host, QStringLiteral("it was not asked")));
        if (!made) {
            Gate gate = gates::makeGate("rollback.steps", host, Verdict::Block, made.error().text, false, now);
            gate.hint = made.error().hint;
            found.push_back(gate);
            continue;
        }
        for (const QString &warning : made->warnings)
            found.push_back(gates::makeGate("rollback.steps", host, Verdict::Warn, warning, true, now));
    }
    for (const QString &problem : subject.policyProblems)
        found.push_back(gates::makeGate("rollback.policy", subject.entry->id, Verdict::Warn, problem, true));
    return found;
}

std::vector<PlannedChange> changesOf(const Subject &subject, const RollbackQuestion &question,
                                     const QHash<QString, Result<HostSteps>> &steps)
{
    std::vector<PlannedChange> changes;
    for (const QString &host : subject.hosts()) {
        const HostSwitch part = subject.switchOf(host);
        changes.push_back({QStringLiteral("release"), host, part.from.id, part.to.id});
        // What people call them, where the id says little (an image's digest).
        const auto isNamed
            = [](const Release &release) { return !release.version.isEmpty() && release.version != release.id; };
        if (isNamed(part.from) || isNamed(part.to))
            changes.push_back({QStringLiteral("version"), host, part.from.version, part.to.version});
        if (!part.from.revision.isEmpty() || !part.to.revision.isEmpty())
            changes.push_back({QStringLiteral("revision"), host, part.from.revision, part.to.revision});
        if (const auto made = steps.find(host); made != steps.end() && *made) {
            for (const PlannedChange &change : (*made)->changes) {
                if (std::ranges::find(changes, change) == changes.end())
                    changes.push_back(change);
            }
        }
    }
    for (const gates::AppHistory &each : gates::historiesOf(question.facts.snapshot, question.policy)) {
        const CarriedMigrations *carried = gates::carriedOf(question, *each.history);
        if (!carried)
            continue;
        for (const Migration &migration : migrationsBeyond(*each.history, carried->versions))
            changes.push_back(
                {QStringLiteral("migration"), each.history->database,
                 QStringLiteral("%1 %2 (%3)")
                     .arg(migration.version, migration.name, migrationKindWord(worstKind(migration.kinds))),
                 QStringLiteral("stays applied; the target does not know it")});
    }
    return changes;
}

QStringList badNow(const std::vector<Gate> &gates)
{
    const auto health = std::ranges::find(gates, QStringLiteral("rollback.health"), &Gate::code);
    return health == gates.end() ? QStringList() : health->evidence.value(QStringLiteral("bad")).toStringList();
}

} // namespace

HostSwitch Subject::switchOf(const QString &host) const
{
    return {*entry,
            policy,
            state->environment->id,
            host,
            releaseOf(*history, liveOn(*history, host)),
            releaseOf(*history, target)};
}

HostSwitch Subject::undoOf(const QString &host) const
{
    HostSwitch part = switchOf(host);
    std::swap(part.from, part.to);
    return part;
}

QStringList Subject::hosts() const
{
    QStringList hosts;
    for (const HostRelease &host : history->hosts) {
        if (host.live != target || host.dangling)
            hosts << host.host;
    }
    return hosts;
}

Result<Subject> subjectOf(const EnvironmentStatePtr &state, const QString &entry, const QString &target)
{
    const Result<const SourceEntry *> found = entryOf(*state->environment, entry);
    if (!found)
        return failure(found.error());
    Subject subject;
    subject.state = state;
    subject.entry = *found;
    subject.policy = rollbackPolicyOf(**found, subject.policyProblems);
    subject.executor = executors::executorFor(**found, subject.policy);
    subject.observation = state->snapshot->observation((*found)->id);
    subject.history = subject.observation ? valueAs<DeploymentHistory>(*subject.observation) : nullptr;
    if (!subject.executor)
        return refused(ErrorKind::Unsupported, (*found)->id,
                       QStringLiteral("releases of \"%1\" can't be taken back from here").arg((*found)->source),
                       QStringLiteral("Give its \"rollback\" a \"method\": a program of your own is \"command\"."));
    if (!subject.history) {
        const Error *error = subject.observation ? subject.observation->error() : nullptr;
        return error ? Result<Subject>(failure(*error))
                     : Result<Subject>(refused(ErrorKind::NotFound, (*found)->id,
                                               QStringLiteral("its deployment history was never read")));
    }
    const Result<QString> release = targetOf(*subject.history, target);
    if (!release)
        return failure(release.error());
    subject.target = *release;
    return subject;
}

QString lockOf(const QString &environment, const SourceEntry &entry)
{
    static const QRegularExpression fileName(QStringLiteral("\\A[A-Za-z0-9._-]{1,80}\\z"));
    const QString app = entry.options.value(QStringLiteral("app")).toString();
    return environment + QLatin1Char('.') + (fileName.match(app).hasMatch() ? app : entry.id);
}

jobs::Places placesOf(const QString &environment, const SourceEntry &entry)
{
    jobs::Places places{QStringLiteral("/var/lib/taffrail/") + lockOf(environment, entry)};
    if (const QString path = entry.options.value(QStringLiteral("path")).toString(); path.startsWith(QLatin1Char('/')))
        places << path + QStringLiteral("/.taffrail");
    return places;
}

RollbackPlan planOf(const Subject &subject, const QHash<QString, HostLook> &looks,
                    const std::vector<CarriedMigrations> &carried, const QStringList &troubles, const QDateTime &now)
{
    const EnvironmentSpec &environment = *subject.state->environment;
    RollbackPlan plan;
    plan.environment = environment.id;
    plan.environmentName = environment.name;
    plan.tier = environment.tier;
    plan.app = subject.history->app;
    plan.entry = subject.entry->id;
    plan.method = QString::fromLatin1(subject.executor->method);
    plan.target = subject.target;
    plan.targetRevision = releaseOf(*subject.history, subject.target).revision;
    plan.batch = subject.policy.batch;
    plan.hold = subject.policy.hold;
    plan.patience = subject.policy.patience;
    plan.healthGate = subject.policy.healthGate;
    plan.madeAt = now;

    QHash<QString, Result<HostSteps>> steps;
    for (const QString &host : subject.hosts()) {
        const HostLook look = looks.value(host);
        const HostSwitch part = subject.switchOf(host);
        const Result<HostSteps> made
            = look.look ? subject.executor->steps(part, *look.look) : Result<HostSteps>(failure(look.look.error()));
        steps.insert(host, made);
        HostPlan each{host, part.from.id, {}, {}, {}, {}};
        if (made) {
            each.steps = made->steps;
            each.script = made->script;
        }
        if (const auto undo = made ? subject.executor->steps(subject.undoOf(host), *look.look) : made) {
            each.undoSteps = undo->steps;
            each.undo = undo->script;
        }
        plan.hosts.push_back(std::move(each));
    }

    const Facts facts{environment, *subject.state->snapshot, nullptr, {}, now};
    const RollbackQuestion question{facts,          *subject.observation, *subject.history,
                                    subject.policy, subject.target,       carried};
    plan.gates = rollbackGates(question);
    std::ranges::move(lookGates(subject, looks, steps, now), std::back_inserter(plan.gates));
    for (const QString &trouble : troubles)
        plan.gates.push_back(gates::makeGate("rollback.carried", {}, Verdict::Warn, trouble, true, now));
    plan.changes = changesOf(subject, question, steps);
    plan.badBefore = badNow(plan.gates);
    plan.digest = codec::planDigest(plan);
    return plan;
}

} // namespace taffrail::planning
