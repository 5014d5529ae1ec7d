// SPDX-License-Identifier: GPL-3.0-or-later
#include "rulesupport.h"

#include "promotionfacts.h"
#include "rules.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::rules {

namespace {

bool isHash(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A[0-9a-f]{7,64}\\z"));
    return shape.match(text).hasMatch();
}

bool isStamp(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A\\d{14}\\z"));
    return shape.match(text).hasMatch();
}

bool names(const Release &release, const QString &reported)
{
    if (reported == release.id || (!release.version.isEmpty() && withoutV(reported) == withoutV(release.version)))
        return true;
    const QString hash = reported.toLower();
    return isHash(hash) && !release.revision.isEmpty()
        && (release.revision.startsWith(hash) || (isHash(release.revision) && hash.startsWith(release.revision)));
}

/// Whether a service that reports this could be speaking of releases of this history at all: a service may name itself
/// by a number that the deploy tool never sees.
bool isComparable(const DeploymentHistory &history, const Release &live, const QString &reported)
{
    const bool known
        = std::ranges::any_of(history.releases, [&](const Release &each) { return names(each, reported); });
    return known || !live.version.isEmpty() || (isStamp(reported) && isStamp(live.id))
        || (isHash(reported.toLower()) && !isStamp(reported) && !live.revision.isEmpty());
}

} // namespace

/// The release that the service itself reports (the version of its HTTP health answer) against the live one of the
/// deploy record: they differ when a switch was not followed by a restart. Said only where the two can be compared. No
/// threshold.
std::vector<Finding> reportedVersion(const Facts &facts)
{
    std::vector<Finding> findings;
    const std::vector<LiveRelease> live = liveReleases(facts.snapshot);
    if (live.empty())
        return findings;
    forEach<HealthReport>(facts, [&](const Observation &observation, const HealthReport &report) {
        if (report.source != QLatin1String("http") || report.version.isEmpty())
            return;
        const bool fits
            = std::ranges::any_of(live, [&](const LiveRelease &each) { return names(*each.release, report.version); });
        const auto compared = std::ranges::find_if(
            live, [&](const LiveRelease &each) { return isComparable(*each.history, *each.release, report.version); });
        if (fits || compared == live.end())
            return;
        const QString subject = observation.subject.isEmpty() ? observation.entry : observation.subject;
        Finding finding = findingOn(observation, "deploy.health-version-differs", Status::Warning, subject,
                                    QStringLiteral("The service reports %1, but %2 is deployed")
                                        .arg(report.version, releaseTitle(*compared->release)));
        finding.pane = PaneKind::Deployments;
        finding.entry = compared->observation->entry;
        finding.evidence.insert(QStringLiteral("reported"), report.version);
        finding.evidence.insert(QStringLiteral("live"), compared->release->id);
        finding.hint = QStringLiteral("Restart the service: it may still run the release before the switch.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Hosts whose process still works in the folder of another release than the live one: switched, but not restarted
/// (deployments reference 1, verify). No threshold.
std::vector<Finding> runningRelease(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<DeploymentHistory>(facts, [&](const Observation &observation, const DeploymentHistory &history) {
        for (const HostRelease &host : history.hosts) {
            if (host.running.isEmpty() || host.live.isEmpty() || host.running == host.live)
                continue;
            Finding finding
                = findingOn(observation, "deploy.not-restarted", Status::Warning, host.host,
                            QStringLiteral("%1 is live on %2, but its process still runs %3")
                                .arg(releaseName(history, host.live), host.host, releaseName(history, host.running)));
            finding.evidence.insert(QStringLiteral("live"), host.live);
            finding.evidence.insert(QStringLiteral("running"), host.running);
            finding.evidence.insert(QStringLiteral("app"), appOf(observation, history));
            finding.hint = QStringLiteral("Restart the service on %1.").arg(host.host);
            findings.push_back(std::move(finding));
        }
    });
    return findings;
}

/// The environment that this one promotes from runs a newer release of the same app. Harmless; no threshold.
std::vector<Finding> behindPromotion(const Facts &facts)
{
    std::vector<Finding> findings;
    const Snapshot *source = promotionSource(facts);
    if (!source)
        return findings;
    const std::vector<LiveRelease> theirs = liveReleases(*source);
    const std::vector<LiveRelease> ours = liveReleases(facts.snapshot);
    for (const LiveRelease &mine : ours) {
        const auto other = std::ranges::find_if(theirs, [&](const LiveRelease &each) {
            return each.history->app == mine.history->app || (theirs.size() == 1 && ours.size() == 1);
        });
        if (other == theirs.end() || isSameRelease(*mine.release, *other->release)
            || !other->release->deployedAt.isValid() || !mine.release->deployedAt.isValid()
            || other->release->deployedAt <= mine.release->deployedAt)
            continue;
        Finding finding = findingOn(
            *mine.observation, "deploy.behind-promotion", Status::Notice, appOf(*mine.observation, *mine.history),
            QStringLiteral("%1 already runs %2").arg(source->environment, releaseTitle(*other->release)));
        finding.evidence.insert(QStringLiteral("environment"), source->environment);
        finding.evidence.insert(QStringLiteral("theirs"), other->release->id);
        finding.evidence.insert(QStringLiteral("ours"), mine.release->id);
        finding.evidence.insert(QStringLiteral("theirs_deployed_at"), other->release->deployedAt);
        findings.push_back(std::move(finding));
    }
    return findings;
}

} // namespace taffrail::rules
