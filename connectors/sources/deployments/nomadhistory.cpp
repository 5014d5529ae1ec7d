// SPDX-License-Identifier: GPL-3.0-or-later
#include "nomadhistory.h"

#include "kubernetesprobe.h"
#include "text.h"

#include <algorithm>

namespace taffrail::sources::nomad {

namespace {

constexpr int defaultKeeps = 6; // job_tracked_versions

Release releaseOf(const QString &host, const Version &version, const Facts &facts)
{
    const qint64 current = currentOf(facts);
    Release release;
    release.id = QString::number(version.number);
    release.revision = version.content;
    release.deployedAt = version.at;
    release.deployedBy = version.actor;
    release.presentOn << host;
    QStringList tags;
    for (const QString &image : version.images) {
        const QString tag = kubernetes::tagOf(image);
        if (!tag.isEmpty() && !tags.contains(tag))
            tags << tag;
    }
    release.version = !version.tag.isEmpty() ? version.tag : tags.join(QStringLiteral(", "));
    release.note = version.images.join(QStringLiteral(", "));
    const bool isCurrent = version.number == current && !facts.isStopped;
    release.status = isCurrent ? ReleaseStatus::Live : ReleaseStatus::Available;
    if (version.isStopped)
        addWords(release.note, QStringLiteral("this version stopped the job"));
    const Rollout *rollout = rolloutOf(facts, version.number);
    if (rollout && isUnderWay(*rollout)) {
        release.status = version.number == current ? ReleaseStatus::Running : ReleaseStatus::Unfinished;
        addWords(release.note, QStringLiteral("its deployment is %1: %2").arg(rollout->status, rollout->words));
    } else if (rollout && rollout->status == QLatin1String("failed")) {
        release.status = ReleaseStatus::Failed;
        addWords(release.note, QStringLiteral("its deployment failed: %1").arg(rollout->words));
    } else if (rollout && rollout->status == QLatin1String("cancelled") && !version.isStable) {
        release.status = isCurrent ? ReleaseStatus::Live : ReleaseStatus::Unfinished;
        addWords(release.note, QStringLiteral("its deployment was cancelled: %1").arg(rollout->words));
    } else if (rollout && rollout->status == QLatin1String("successful")) {
        const qint64 took = rollout->startedAt.msecsTo(rollout->endedAt);
        if (rollout->startedAt.isValid() && rollout->endedAt.isValid() && took > 0)
            addWords(release.note, QStringLiteral("deployed in %1").arg(durationText(std::chrono::milliseconds(took))));
    } else if (!version.isStable && version.type == QLatin1String("service")) {
        release.confidence = Confidence::Inferred;
        addWords(release.note, QStringLiteral("Nomad never called it stable, and its deployment is not told of"));
    }
    if (version.isStable)
        addWords(release.note, QStringLiteral("stable"));
    return release;
}

void judge(const Facts &facts, Told &told)
{
    QStringList seen;
    Release *before = nullptr;
    for (auto version = facts.versions.rbegin(); version != facts.versions.rend(); ++version) {
        Release &release = told.releases[size_t(std::distance(version, facts.versions.rend()) - 1)];
        if (before && before->revision == release.revision)
            release.kind = ReleaseKind::Redeploy;
        else if (seen.contains(release.revision))
            release.kind = ReleaseKind::Rollback;
        DeployEvent event;
        event.release = release.id;
        event.from = before ? before->id : QString();
        event.kind = release.kind;
        event.at = release.deployedAt;
        event.actor = release.deployedBy;
        event.outcome = release.status == ReleaseStatus::Available ? ReleaseStatus::Superseded : release.status;
        event.raw = QStringLiteral("version %1%2")
                        .arg(version->number)
                        .arg(version->isStable ? QStringLiteral(", stable") : QString());
        told.events.insert(told.events.begin(), event);
        if (release.kind == ReleaseKind::Rollback && before && before->status == ReleaseStatus::Available)
            before->status = ReleaseStatus::RolledBack;
        seen << release.revision;
        before = &release;
    }
}

} // namespace

qint64 currentOf(const Facts &facts)
{
    if (facts.current >= 0)
        return facts.current;
    return facts.versions.empty() ? -1 : facts.versions.front().number;
}

const Rollout *rolloutOf(const Facts &facts, qint64 version)
{
    const auto found = std::ranges::find(facts.rollouts, version, &Rollout::version);
    return found == facts.rollouts.end() ? nullptr : &*found;
}

bool isUnderWay(const Rollout &rollout)
{
    static const QStringList words{QStringLiteral("initializing"), QStringLiteral("pending"),
                                   QStringLiteral("running"),      QStringLiteral("paused"),
                                   QStringLiteral("blocked"),      QStringLiteral("unblocking")};
    return words.contains(rollout.status);
}

Told toldOf(const QString &host, const Settings &settings, const Facts &facts)
{
    Told told;
    told.app = facts.job;
    told.notes = facts.notes;
    const bool hasMore = int(facts.versions.size()) > defaultKeeps;
    told.keepReleases = settings.keeps > 0 ? settings.keeps : hasMore ? -1 : defaultKeeps;
    int rank = 0;
    for (const Version &version : facts.versions) {
        Release release = releaseOf(host, version, facts);
        if (!version.tag.isEmpty())
            addWords(release.note, QStringLiteral("its tag keeps it"));
        else if (told.keepReleases > 0)
            release.deploysUntilPruned = std::max(1, told.keepReleases - rank++);
        told.releases.push_back(release);
    }
    const qint64 current = currentOf(facts);
    const auto live = std::ranges::find(facts.versions, current, &Version::number);
    if (facts.isStopped || (facts.current < 0 && live != facts.versions.end() && live->isStopped)) {
        told.notes << QStringLiteral("the job is stopped: nothing of it runs");
    } else if (live != facts.versions.end()) {
        told.host.live = QString::number(current);
        told.host.revision = live->content;
        told.host.switchedAt = live->at;
    } else {
        told.notes << QStringLiteral("the versions of the job were not read");
    }
    if (facts.current < 0 && !facts.versions.empty())
        told.notes << QStringLiteral("the job itself was not read: its highest version is taken for the live one");
    if (!facts.hasRollouts && !facts.versions.empty())
        told.notes << QStringLiteral("its deployments were not read: which version failed is not known");
    const Rollout *rollout = rolloutOf(facts, current);
    if (rollout && isUnderWay(*rollout))
        told.notes
            << QStringLiteral("deployment of version %1 is %2: %3").arg(current).arg(rollout->status, rollout->words);
    judge(facts, told);
    return told;
}

} // namespace taffrail::sources::nomad
