// SPDX-License-Identifier: GPL-3.0-or-later
#include "rulesupport.h"

#include "rules.h"
#include "text.h"

#include <algorithm>
#include <map>

namespace taffrail::rules {

namespace {

using namespace std::chrono_literals;

/// A deploy takes minutes: what is unfinished or locked for longer than this was left behind (own choice).
constexpr std::chrono::seconds deployTime = 1h;

/// What each readable host runs; "nothing" for a host without a live release.
QStringList liveByHost(const DeploymentHistory &history)
{
    QStringList words;
    for (const HostRelease &host : history.hosts) {
        if (!host.error) {
            const QString live = host.live.isEmpty() ? QStringLiteral("nothing") : releaseName(history, host.live);
            words << QStringLiteral("%1 runs %2").arg(host.host, live);
        }
    }
    return words;
}

QStringList liveIds(const DeploymentHistory &history)
{
    QStringList ids;
    for (const HostRelease &host : history.hosts) {
        if (!host.error)
            ids << host.live;
    }
    ids.removeDuplicates();
    return ids;
}

bool isMixed(const DeploymentHistory &history)
{
    return liveIds(history).size() > 1;
}

/// The release that all readable hosts run, or "".
QString agreedLive(const DeploymentHistory &history)
{
    if (!history.live.isEmpty() || history.hosts.empty())
        return history.live;
    const QStringList ids = liveIds(history);
    return ids.size() == 1 ? ids.first() : QString();
}

bool isRolledBackSince(const DeploymentHistory &history, const Release &failed)
{
    if (history.events.empty())
        return false;
    const DeployEvent &last = history.events.front();
    if (last.kind != ReleaseKind::Rollback || last.release == failed.id)
        return false;
    const QDateTime at = last.at.isValid() ? last.at : last.notAfter;
    return !at.isValid() || !failed.deployedAt.isValid() || at >= failed.deployedAt;
}

QString because(const QString &note)
{
    return note.isEmpty() ? QString() : QStringLiteral(": ") + note;
}

} // namespace

/// Hosts of one app that run different releases, or one that runs none while others run one. Also the same release id
/// with different contents (revisions). Requests are answered by two versions: act now. No threshold.
std::vector<Finding> mixedReleases(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<DeploymentHistory>(facts, [&](const Observation &observation, const DeploymentHistory &history) {
        QStringList revisions;
        for (const HostRelease &host : history.hosts) {
            if (!host.error && !host.revision.isEmpty())
                revisions << QStringLiteral("%1 at %2").arg(host.host, host.revision.left(12));
        }
        QStringList distinct;
        for (const QString &each : revisions)
            distinct << each.section(QStringLiteral(" at "), -1);
        distinct.removeDuplicates();
        const bool mixed = isMixed(history);
        if (!mixed && distinct.size() < 2)
            return;
        const QStringList live = mixed ? liveByHost(history) : revisions;
        Finding finding = findingOn(
            observation, "deploy.mixed", Status::Critical, appOf(observation, history),
            mixed ? QStringLiteral("The hosts run different releases: %1").arg(listed(live))
                  : QStringLiteral("The hosts run different contents under one release: %1").arg(listed(live)));
        finding.evidence.insert(QStringLiteral("live"), live.join(QStringLiteral(", ")));
        finding.evidence.insert(QStringLiteral("hosts"), int(live.size()));
        finding.evidence.insert(QStringLiteral("releases"), int(mixed ? liveIds(history).size() : distinct.size()));
        finding.hint = QStringLiteral("Bring all hosts to one release: deploy again or roll back.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// A live link that points at nothing: the next restart on that host fails. No threshold.
std::vector<Finding> danglingLinks(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<DeploymentHistory>(facts, [&](const Observation &observation, const DeploymentHistory &history) {
        for (const HostRelease &host : history.hosts) {
            if (!host.dangling)
                continue;
            Finding finding
                = findingOn(observation, "deploy.dangling", Status::Critical, host.host,
                            QStringLiteral("The live release on %1 does not exist there%2")
                                .arg(host.host, host.live.isEmpty() ? QString() : QStringLiteral(": ") + host.live));
            finding.evidence.insert(QStringLiteral("release"), host.live);
            finding.evidence.insert(QStringLiteral("app"), appOf(observation, history));
            finding.hint = QStringLiteral("Switch to a release that is present on %1.").arg(host.host);
            findings.push_back(std::move(finding));
        }
    });
    return findings;
}

/// No host says what is live, or nothing was ever deployed, or the live id is in no record: what runs is unknown.
std::vector<Finding> unknownLive(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<DeploymentHistory>(facts, [&](const Observation &observation, const DeploymentHistory &history) {
        if (isMixed(history))
            return;
        const QString app = appOf(observation, history);
        const QString live = agreedLive(history);
        if (live.isEmpty() && history.releases.empty()) {
            Finding finding = findingOn(observation, "deploy.none", Status::Unknown, app,
                                        QStringLiteral("No deployment of %1 is recorded").arg(app));
            finding.hint = history.notes.value(0);
            findings.push_back(std::move(finding));
        } else if (live.isEmpty()) {
            Finding finding = findingOn(observation, "deploy.unknown-live", Status::Unknown, app,
                                        QStringLiteral("No release of %1 is live").arg(app));
            finding.evidence.insert(QStringLiteral("releases"), int(history.releases.size()));
            finding.hint = history.notes.value(0);
            findings.push_back(std::move(finding));
        } else if (!releaseOf(history, live)) {
            Finding finding = findingOn(observation, "deploy.unknown-live", Status::Unknown, app,
                                        QStringLiteral("The live release %1 of %2 is in no record").arg(live, app));
            finding.evidence.insert(QStringLiteral("release"), live);
            finding.evidence.insert(QStringLiteral("releases"), int(history.releases.size()));
            findings.push_back(std::move(finding));
        }
    });
    return findings;
}

/// The live release is not the one that the deploy tool's own record says: somebody switched by hand, or a deploy
/// failed after the switch (deployments reference 1: such a deploy leaves no line). No threshold.
std::vector<Finding> outOfBandSwitch(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<DeploymentHistory>(facts, [&](const Observation &observation, const DeploymentHistory &history) {
        const QString live = agreedLive(history);
        const Release *release = releaseOf(history, live);
        const DeployEvent *last = history.events.empty() ? nullptr : &history.events.front();
        const bool byRelease
            = release && (release->kind == ReleaseKind::OutOfBand || release->confidence == Confidence::Reconciled);
        const bool byEvent = last && last->kind == ReleaseKind::OutOfBand && (last->release == live || live.isEmpty());
        if (!byRelease && !byEvent)
            return;
        const QString app = appOf(observation, history);
        const auto logged = std::ranges::find(history.events, Confidence::Logged, &DeployEvent::confidence);
        const QString recorded = logged == history.events.end() ? QString() : releaseName(history, logged->release);
        const QString switchedTo = live.isEmpty() && last ? last->release : live;
        QString title = QStringLiteral("%1 was switched to %2 outside the deploy tool")
                            .arg(app, releaseName(history, switchedTo));
        if (!recorded.isEmpty())
            title += QStringLiteral("; its record ends with %1").arg(recorded);
        Finding finding = findingOn(observation, "deploy.out-of-band", Status::Warning, app, title);
        finding.evidence.insert(QStringLiteral("release"), switchedTo);
        if (!recorded.isEmpty())
            finding.evidence.insert(QStringLiteral("recorded"), logged->release);
        for (const HostRelease &host : history.hosts) {
            if (host.live == live && host.switchedAt.isValid())
                finding.evidence.insert(QStringLiteral("switched_at"), host.switchedAt);
        }
        finding.hint = QStringLiteral("Find out who switched it before the next deploy or rollback.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// The newest release failed, is unfinished or is being deployed. Failed: warning in production, notice elsewhere and
/// where a rollback answered it. Unfinished: running for an hour (deploys take minutes), then a warning.
std::vector<Finding> latestDeploy(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<DeploymentHistory>(facts, [&](const Observation &observation, const DeploymentHistory &history) {
        const auto newest = std::ranges::find_if(
            history.releases, [](const Release &release) { return release.status != ReleaseStatus::Removed; });
        if (newest == history.releases.end())
            return;
        const QString name = releaseName(history, newest->id);
        const bool isYoung = newest->deployedAt.isValid() && ageOf(newest->deployedAt, facts.now) < deployTime;
        Finding finding;
        if (newest->status == ReleaseStatus::Failed) {
            const bool answered = isRolledBackSince(history, *newest);
            const bool mild = answered || facts.environment.tier != Tier::Production;
            finding = findingOn(
                observation, "deploy.failed-latest", mild ? Status::Notice : Status::Warning,
                appOf(observation, history),
                QStringLiteral("The newest deploy, %1, failed%2%3")
                    .arg(name, answered ? QStringLiteral(" and was rolled back") : QString(), because(newest->note)));
        } else if (newest->status == ReleaseStatus::Running
                   || (newest->status == ReleaseStatus::Unfinished && isYoung)) {
            finding = findingOn(observation, "deploy.running", Status::Running, appOf(observation, history),
                                QStringLiteral("%1 is being deployed").arg(name));
        } else if (newest->status == ReleaseStatus::Unfinished) {
            finding = findingOn(
                observation, "deploy.unfinished",
                isRolledBackSince(history, *newest) ? Status::Notice : Status::Warning, appOf(observation, history),
                QStringLiteral("The newest deploy, %1, never finished%2").arg(name, because(newest->note)));
        } else {
            return;
        }
        finding.evidence.insert(QStringLiteral("release"), newest->id);
        if (newest->deployedAt.isValid())
            finding.evidence.insert(QStringLiteral("deployed_at"), newest->deployedAt);
        if (!newest->deployedBy.isEmpty())
            finding.evidence.insert(QStringLiteral("deployed_by"), newest->deployedBy);
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Somebody holds the deploy lock: running for an hour, then a notice (it may have been left behind; it is never broken
/// silently).
std::vector<Finding> deployLock(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<DeploymentHistory>(facts, [&](const Observation &observation, const DeploymentHistory &history) {
        if (!history.locked)
            return;
        const HeldLock &lock = *history.locked;
        const bool isOld = !lock.since.isValid() || ageOf(lock.since, facts.now) >= deployTime;
        const QString by = lock.by.isEmpty() ? QStringLiteral("somebody") : lock.by;
        Finding finding = findingOn(observation, "deploy.locked", isOld ? Status::Notice : Status::Running,
                                    appOf(observation, history),
                                    QStringLiteral("Deploys are locked by %1%2").arg(by, because(lock.reason)));
        finding.evidence.insert(QStringLiteral("by"), lock.by);
        if (lock.since.isValid())
            finding.evidence.insert(QStringLiteral("since"), lock.since);
        if (!lock.reason.isEmpty())
            finding.evidence.insert(QStringLiteral("reason"), lock.reason);
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// How long the way back stays open: no older release left, or the nearest one goes with the next deploy (the tool's
/// own limit, such as Capistrano's keep_releases).
std::vector<Finding> rollbackTarget(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<DeploymentHistory>(facts, [&](const Observation &observation, const DeploymentHistory &history) {
        const QString live = agreedLive(history);
        const auto current = std::ranges::find(history.releases, live, &Release::id);
        if (live.isEmpty() || current == history.releases.end())
            return;
        const auto target = std::find_if(std::next(current), history.releases.end(), [](const Release &release) {
            return release.status == ReleaseStatus::Available || release.status == ReleaseStatus::RolledBack
                || (release.status == ReleaseStatus::Superseded && !release.presentOn.isEmpty());
        });
        const QString app = appOf(observation, history);
        if (target == history.releases.end()) {
            Finding finding = findingOn(observation, "deploy.no-target", Status::Notice, app,
                                        QStringLiteral("There is no older release of %1 to roll back to").arg(app));
            finding.evidence.insert(QStringLiteral("live"), live);
            findings.push_back(std::move(finding));
        } else if (target->deploysUntilPruned == 0 || target->deploysUntilPruned == 1) {
            Finding finding = findingOn(observation, "deploy.prune-horizon", Status::Notice, app,
                                        QStringLiteral("The next deploy removes %1, the release to roll back to")
                                            .arg(releaseName(history, target->id)));
            finding.evidence.insert(QStringLiteral("release"), target->id);
            finding.evidence.insert(QStringLiteral("deploys_left"), target->deploysUntilPruned);
            if (history.keepReleases >= 0)
                finding.evidence.insert(QStringLiteral("keep_releases"), history.keepReleases);
            findings.push_back(std::move(finding));
        }
    });
    return findings;
}

/// Hosts whose release could not be read: what they run is unknown, or offline with their connection.
std::vector<Finding> unreadableHosts(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<DeploymentHistory>(facts, [&](const Observation &observation, const DeploymentHistory &history) {
        for (const HostRelease &host : history.hosts) {
            if (!host.error)
                continue;
            Finding finding = findingOn(
                observation, "deploy.host-unreadable", isHostDown(facts, host.host) ? Status::Offline : Status::Unknown,
                host.host,
                QStringLiteral("Cannot read the release on %1: %2")
                    .arg(host.host, host.error->text.isEmpty() ? errorKindWord(host.error->kind) : host.error->text));
            finding.evidence.insert(QStringLiteral("error"), errorKindWord(host.error->kind));
            finding.evidence.insert(QStringLiteral("app"), appOf(observation, history));
            finding.hint = host.error->hint;
            findings.push_back(std::move(finding));
        }
    });
    return findings;
}

} // namespace taffrail::rules
