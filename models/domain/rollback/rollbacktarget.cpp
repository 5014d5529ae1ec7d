// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbacktarget.h"

#include <QSet>

#include <algorithm>

namespace taffrail {

namespace {

const Release *recordOf(const DeploymentHistory &history, const QString &id)
{
    const auto found = std::ranges::find(history.releases, id, &Release::id);
    return found == history.releases.end() ? nullptr : &*found;
}

/// Hosts that must switch: all that the entry names and that could be read.
QStringList hostsOf(const DeploymentHistory &history)
{
    QStringList hosts;
    for (const HostRelease &host : history.hosts)
        hosts << host.host;
    return hosts;
}

QStringList without(const QStringList &all, const QStringList &some)
{
    QStringList left;
    for (const QString &each : all) {
        if (!some.contains(each))
            left << each;
    }
    return left;
}

/// Whether every host runs this release, or one made of the very same revision.
bool isLiveEverywhere(const DeploymentHistory &history, const Release &release)
{
    return !history.hosts.empty() && std::ranges::all_of(history.hosts, [&](const HostRelease &host) {
        if (host.live == release.id)
            return true;
        const Release *live = recordOf(history, host.live);
        const QString revision = !host.revision.isEmpty() ? host.revision : live ? live->revision : QString();
        return !revision.isEmpty() && revision == release.revision;
    });
}

QString reasonAgainst(const DeploymentHistory &history, const Release &release)
{
    switch (release.status) {
    case ReleaseStatus::Failed: return QStringLiteral("its deploy failed");
    case ReleaseStatus::Unfinished: return QStringLiteral("its deploy never finished");
    case ReleaseStatus::Running: return QStringLiteral("its deploy still runs");
    case ReleaseStatus::Bad: return QStringLiteral("it was marked as bad");
    case ReleaseStatus::Removed: return QStringLiteral("it was removed from every host");
    case ReleaseStatus::Live:
    case ReleaseStatus::Available:
    case ReleaseStatus::RolledBack:
    case ReleaseStatus::Superseded: break;
    }
    const QStringList hosts = hostsOf(history);
    if (hosts.isEmpty())
        return QStringLiteral("no host is known");
    const QStringList gone = without(hosts, release.presentOn);
    if (gone.size() == hosts.size())
        return QStringLiteral("it is gone from every host");
    if (!gone.isEmpty())
        return QStringLiteral("it is gone from %1").arg(gone.join(QStringLiteral(", ")));
    if (isLiveEverywhere(history, release))
        return release.id == history.live ? QStringLiteral("it is live")
                                          : QStringLiteral("it is the same revision as the live release");
    return {};
}

} // namespace

std::vector<RollbackTarget> rollbackTargets(const DeploymentHistory &history)
{
    std::vector<RollbackTarget> targets;
    for (const Release &release : history.releases) {
        RollbackTarget target;
        target.release = release.id;
        target.reason = reasonAgainst(history, release);
        target.isPossible = target.reason.isEmpty();
        for (const DeployEvent &event : history.events) { // newest first
            const bool ranHere = event.outcome == ReleaseStatus::Live || event.outcome == ReleaseStatus::Superseded
                || event.outcome == ReleaseStatus::RolledBack;
            if (event.release == release.id && ranHere) {
                target.wasLive = true;
                target.lastLive = event.at.isValid() ? event.at : event.notAfter;
                break;
            }
        }
        if (target.isPossible && release.status == ReleaseStatus::RolledBack)
            target.reason = QStringLiteral("it was rolled back before");
        else if (target.isPossible && !target.wasLive)
            target.reason = QStringLiteral("the history does not say that it was ever live");
        targets.push_back(std::move(target));
    }
    return targets;
}

QString suggestedTarget(const DeploymentHistory &history)
{
    const std::vector<RollbackTarget> targets = rollbackTargets(history);
    const auto possible = [&](const QString &id) {
        const auto found = std::ranges::find(targets, id, &RollbackTarget::release);
        const Release *release = recordOf(history, id);
        return found != targets.end() && found->isPossible && found->wasLive && release
            && release->status != ReleaseStatus::RolledBack;
    };
    // Back along the history: what stood before the present release, then before that.
    for (const DeployEvent &event : history.events) {
        if (possible(event.release))
            return event.release;
        if (possible(event.from))
            return event.from;
    }
    return {};
}

} // namespace taffrail
