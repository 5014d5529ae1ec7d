// SPDX-License-Identifier: GPL-3.0-or-later
// Releases, what carries requests to them, where they run.
#include "readinesssupport.h"

#include "rollbacktarget.h"
#include "rulesupport.h"
#include "text.h"

#include <algorithm>

namespace taffrail::readiness {

namespace {

using rules::counted;

constexpr qint64 apartSeconds = 5; // hosts switched that far apart: for so long old and new served side by side

using JudgeHistory = std::function<void(Judgement &, const QString &app, const DeploymentHistory &)>;

/// Judges the history of every app; without any deployments entry it is unknown what runs.
ReadinessResult forApps(const Facts &facts, const QString &fix, const JudgeHistory &judge)
{
    Judgement judgement;
    for (const SourceEntry *entry : writtenEntries(facts, PaneKind::Deployments)) {
        const Observation *observation = facts.snapshot.observation(entry->id);
        const auto *history = observation ? valueAs<DeploymentHistory>(*observation) : nullptr;
        if (!history) {
            judgement.unknown(QStringLiteral("%1: %2").arg(entry->id, reasonOf(observation)));
            continue;
        }
        judgement.seen(*observation);
        judge(judgement, rules::appOf(*observation, *history), *history);
    }
    if (judgement.isEmpty())
        return unknownBecause(QStringLiteral("the inventory names no deployments"),
                              QStringLiteral("Add a deployments entry for every app"));
    return judgement.fix(fix).result(ReadinessVerdict::Unknown);
}

QStringList unreadable(const DeploymentHistory &history)
{
    QStringList hosts;
    for (const HostRelease &host : history.hosts) {
        if (host.error)
            hosts << QStringLiteral("%1: %2").arg(host.host, host.error->text);
    }
    return hosts;
}

void judgeVersions(Judgement &judgement, const QString &app, const DeploymentHistory &history)
{
    QStringList live, hosts;
    for (const HostRelease &host : history.hosts) {
        if (host.error)
            continue;
        hosts << host.host;
        live << rules::releaseName(history, host.live);
        if (host.live.isEmpty() || host.dangling)
            judgement.unknown(QStringLiteral("%1 on %2: the live release is not known").arg(app, host.host));
        else if (!host.running.isEmpty() && host.running != host.live)
            judgement.fail(QStringLiteral("%1 on %2 still runs %3, live is %4")
                               .arg(app, host.host, rules::releaseName(history, host.running), live.last()));
    }
    for (const QString &each : unreadable(history))
        judgement.unknown(QStringLiteral("%1 on %2").arg(app, each));
    QStringList distinct = live;
    distinct.removeDuplicates();
    if (distinct.size() > 1) {
        QStringList words;
        for (qsizetype i = 0; i < hosts.size(); ++i)
            words << QStringLiteral("%1 runs %2").arg(hosts[i], live[i]);
        judgement.fail(QStringLiteral("%1: %2").arg(app, words.join(QStringLiteral(", "))));
    } else if (!live.isEmpty() && !live.first().isEmpty()) {
        judgement.pass(QStringLiteral("%1: %2 on %3").arg(app, live.first(), hosts.join(QStringLiteral(", "))));
    }
}

ReadinessResult versionsEqual(const ReadinessFacts &facts)
{
    return forApps(facts.facts,
                   QStringLiteral("Deploy the same release to every host, and restart what still runs the older one"),
                   judgeVersions);
}

ReadinessResult releasesRetained(const ReadinessFacts &facts)
{
    return forApps(
        facts.facts, QStringLiteral("Keep at least two releases on every host (Capistrano: keep_releases)"),
        [](Judgement &judgement, const QString &app, const DeploymentHistory &history) {
            const QStringList missing = unreadable(history);
            for (const QString &each : missing)
                judgement.unknown(QStringLiteral("%1 on %2").arg(app, each));
            const QString target = suggestedTarget(history);
            if (!target.isEmpty())
                judgement.pass(
                    QStringLiteral("%1: %2 is there to go back to").arg(app, rules::releaseName(history, target)));
            else if (missing.isEmpty())
                judgement.fail(QStringLiteral("%1: no earlier release that ran is on every host").arg(app));
        });
}

/// Old and new were up side by side: hosts of one app that switched one after another.
ReadinessResult zeroDowntime(const ReadinessFacts &facts)
{
    const QString fix
        = QStringLiteral("Switch the hosts one after another (\"strategy\": \"one-by-one\"), or start the new "
                         "process before the old one ends; a log of requests over a deploy proves it");
    return forApps(facts.facts, fix, [](Judgement &judgement, const QString &app, const DeploymentHistory &history) {
        QList<QDateTime> times;
        for (const HostRelease &host : history.hosts) {
            if (host.switchedAt.isValid() && !history.live.isEmpty() && host.live == history.live)
                times << host.switchedAt;
        }
        if (times.size() < 2) {
            judgement.unknown(
                QStringLiteral("%1: one host: whether old and new overlapped cannot be seen afterwards").arg(app));
            return;
        }
        const auto [first, last] = std::ranges::minmax(times);
        const qint64 apart = first.secsTo(last);
        if (apart >= apartSeconds && apart < 86400)
            judgement.pass(QStringLiteral("%1: the hosts switched one after another, %2 apart in all")
                               .arg(app, durationText(std::chrono::seconds(apart))));
        else
            judgement.unknown(QStringLiteral("%1: the hosts switched %2: no overlap of old and new was seen")
                                  .arg(app,
                                       apart < apartSeconds ? QStringLiteral("at the same time")
                                                            : QStringLiteral("on different days")));
    });
}

/// Files of an environment's own settings lie outside of the release.
ReadinessResult configSeparate(const ReadinessFacts &facts)
{
    Judgement judgement;
    bool hasApps = false;
    forEachHost(facts.facts, judgement, "code", [&](const HostPosture &posture) {
        for (const ConfigEntry *entry : posture.below(QStringLiteral("code"))) {
            const QStringList segments = keySegments(entry->key);
            if (segments.size() != 3 || segments[2] != QLatin1String("scanned"))
                continue;
            hasApps = true;
            const QString place = QStringLiteral("%1:%2").arg(posture.host, segments[1]);
            const QString prefix = joinKey(QStringLiteral("code"), segments[1]);
            const QString inside = posture.value(joinKey(prefix, QStringLiteral("config_inside")));
            const QString linked = posture.value(joinKey(prefix, QStringLiteral("config_linked")));
            if (!inside.isEmpty())
                judgement.fail(QStringLiteral("%1: %2 is part of the release").arg(place, inside));
            else if (!linked.isEmpty())
                judgement.pass(QStringLiteral("%1: links to %2 outside of the release").arg(place, linked));
            else
                judgement.unknown(QStringLiteral("%1: no config file was found, inside or linked").arg(place));
        }
    });
    judgement.fix(
        judgement.has(ReadinessVerdict::Fail)
            ? QStringLiteral("Link the file from a shared place (Capistrano: linked_files), or read the settings from "
                             "the process's environment")
            : QStringLiteral("Name the app's directory and its config files in the inventory"));
    if (!hasApps && !judgement.has(ReadinessVerdict::Unknown))
        return unknownBecause(QStringLiteral("no deployments entry names a directory on a host"),
                              QStringLiteral("Name the app's directory: \"path\" in its deployments entry"));
    return judgement.result(ReadinessVerdict::Unknown);
}

void judgeBalancer(Judgement &judgement, const HostPosture &posture, const char *kind)
{
    for (const ConfigEntry *entry : posture.below(QLatin1String(kind))) {
        const QStringList segments = keySegments(entry->key);
        if (segments.size() != 3 || segments[2] != QLatin1String("unchecked"))
            continue;
        const QString prefix = joinKey(QLatin1String(kind), segments[1]);
        const int servers = posture.value(joinKey(prefix, QStringLiteral("servers"))).toInt();
        if (servers < 2)
            continue;
        const QString place = QStringLiteral("%1: %2 %3").arg(posture.host, QLatin1String(kind), segments[1]);
        if (entry->value.toInt() > 0)
            judgement.fail(QStringLiteral("%1 sends to %2 that it never checks")
                               .arg(place, counted(entry->value.toInt(), "server")));
        else
            judgement.pass(QStringLiteral("%1 checks its %2").arg(place, counted(servers, "server")));
    }
}

/// nginx takes a server out after failures unless max_fails=0; haproxy checks only what says `check`.
ReadinessResult balancerChecks(const ReadinessFacts &facts)
{
    Judgement judgement;
    bool several = false;
    for (const SourceEntry *entry : writtenEntries(facts.facts, PaneKind::Deployments))
        several = several || entry->hosts.size() > 1;
    forEachHost(facts.facts, judgement, "nginx",
                [&](const HostPosture &posture) { judgeBalancer(judgement, posture, "nginx_upstream"); });
    forEachHost(facts.facts, judgement, "haproxy",
                [&](const HostPosture &posture) { judgeBalancer(judgement, posture, "haproxy_backend"); });
    judgement.fix(
        QStringLiteral("haproxy: option httpchk and `check` on every server; nginx: max_fails and fail_timeout in the "
                       "upstream; add the balancer's host to the inventory"));
    if (judgement.has(ReadinessVerdict::Fail) || judgement.has(ReadinessVerdict::Pass))
        return judgement.result(ReadinessVerdict::Unknown);
    if (!several)
        return notApplicable(QStringLiteral("every app runs on one host: there is nothing to choose among"));
    judgement.unknown(QStringLiteral("apps run on several hosts, and no balancer was seen on them"));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// Every running container was started from a digest.
ReadinessResult imagesPinned(const ReadinessFacts &facts)
{
    Judgement judgement;
    bool hasContainers = false;
    forEachHost(facts.facts, judgement, "containers", [&](const HostPosture &posture) {
        for (const ConfigEntry *entry : posture.below(QStringLiteral("containers"))) {
            const QStringList segments = keySegments(entry->key);
            if (segments.size() != 3 || segments[2] != QLatin1String("image"))
                continue;
            hasContainers = true;
            const QString line = QStringLiteral("%1: %2 runs %3").arg(posture.host, segments[1], entry->value);
            if (entry->value.contains(QLatin1String("@sha256:")) || entry->value.startsWith(QLatin1String("sha256:")))
                judgement.pass(line);
            else
                judgement.fail(line + QStringLiteral(": a name that can come to mean another image"));
        }
    });
    judgement.fix(
        judgement.has(ReadinessVerdict::Fail)
            ? QStringLiteral("Start containers from name@sha256:…")
            : QStringLiteral("Let Taffrail's user ask docker (group docker), or switch this off where none is used"));
    if (!hasContainers && !judgement.has(ReadinessVerdict::Unknown))
        return notApplicable(QStringLiteral("no containers run on these hosts"));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// Objects that the state itself says are not as they should be: tainted, deposed, or with a check that failed.
QStringList outOfStep(const ConfigSet &set)
{
    QStringList found;
    for (const ConfigEntry &entry : set.entries) {
        const QStringList segments = keySegments(entry.key);
        const bool isCheck = segments.size() == 2 && segments[0] == QLatin1String("checks");
        if (isCheck && (entry.value == QLatin1String("fail") || entry.value == QLatin1String("error")))
            found << QStringLiteral("the check of %1 says %2").arg(segments[1], entry.value);
        else if (segments.last() == QLatin1String("status") && entry.value == QLatin1String("tainted"))
            found << QStringLiteral("%1 is tainted").arg(entry.key.chopped(7));
        else if (const qsizetype at = segments.indexOf(QLatin1String("deposed")); at > 1)
            found << QStringLiteral("%1 has a deposed object").arg(segments.mid(0, at).join(QLatin1Char('.')));
    }
    found.removeDuplicates();
    return found;
}

QDateTime lastWritten(const ConfigSet &set)
{
    QDateTime last;
    for (const ConfigFile &file : set.files)
        last = !last.isValid() || file.modifiedAt > last ? file.modifiedAt : last;
    return last;
}

void judgeState(Judgement &judgement, const Facts &facts, const SourceEntry &entry, const QDateTime &plannedAt)
{
    const Observation *observation = facts.snapshot.observation(entry.id);
    QString why = reasonOf(observation);
    const ConfigSet *set = observation ? configsOf(facts, *observation, why) : nullptr;
    const auto broken = set
        ? std::ranges::find_if(set->files, [](const ConfigFile &file) { return file.error.has_value(); })
        : std::vector<ConfigFile>::const_iterator();
    if (!set || broken != set->files.end()) {
        judgement.unknown(QStringLiteral("%1: %2").arg(entry.id, set ? broken->error->text : why));
        return;
    }
    judgement.seen(*observation);
    for (const QString &line : outOfStep(*set).mid(0, 10))
        judgement.fail(QStringLiteral("%1: %2").arg(entry.id, line));
    const QDateTime last = lastWritten(*set);
    const QString written = last.isValid() ? QStringLiteral(", last applied %1").arg(ago(facts, last)) : QString();
    if (!plannedAt.isValid())
        judgement.unknown(
            QStringLiteral("%1: the state is read%2; no plan that compared it with what is really there is "
                           "on record")
                .arg(entry.id, written));
    else if (last.isValid() && last > plannedAt.addDays(1))
        judgement.unknown(
            QStringLiteral("%1: the state was changed %2, after that plan").arg(entry.id, ago(facts, last)));
    else
        judgement.note(QStringLiteral("%1: the state is read%2").arg(entry.id, written));
}

/// The state says which of its objects are not as they should be. That it is what is really there only a plan can say,
/// which needs the provider's keys: its day stands in the inventory.
ReadinessResult codeInStep(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    const ReadinessPolicy policy = readinessPolicyOf(facts.environment);
    Judgement judgement;
    if (policy.infrastructureInStepAt.isValid())
        judgeRecorded(judgement, facts, policy.infrastructureInStepAt, policy.infrastructureInStepEvery,
                      QStringLiteral("a plan found nothing to change"));
    for (const SourceEntry *entry : writtenEntries(facts, PaneKind::Configs)) {
        if (entry->source.startsWith(QLatin1String("terraform")))
            judgeState(judgement, facts, *entry, policy.infrastructureInStepAt);
    }
    if (judgement.isEmpty())
        return notApplicable(
            QStringLiteral("not set up: the inventory names neither a Terraform state nor the day of a "
                           "plan (readiness: infrastructure_in_step_at)"));
    judgement.fix(QStringLiteral("terraform plan -detailed-exitcode; when it ends with 0, write the day into the "
                                 "inventory: \"readiness\": {\"infrastructure_in_step_at\": \"%1\"}")
                      .arg(facts.now.toString(QStringLiteral("yyyy-MM-dd"))));
    return judgement.result(ReadinessVerdict::Unknown);
}

} // namespace

const std::vector<Criterion> &deploymentCriteria()
{
    static const std::vector<Criterion> table{
        {"deploy.same-everywhere", "Deployment", "Every host runs the same release", versionsEqual},
        {"deploy.way-back", "Deployment", "An earlier release is kept to go back to", releasesRetained},
        {"deploy.no-downtime", "Deployment", "Old and new overlap in a deploy", zeroDowntime},
        {"deploy.balancer-checks", "Deployment", "The load balancer checks its servers", balancerChecks},
        {"config.separate", "Deployment", "Settings lie apart from the code", configSeparate},
        {"containers.pinned", "Deployment", "Containers are pinned by digest", imagesPinned},
        {"infrastructure.in-step", "Deployment", "Infrastructure is in step with its code", codeInStep},
    };
    return table;
}

} // namespace taffrail::readiness
