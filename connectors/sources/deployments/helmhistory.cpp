// SPDX-License-Identifier: GPL-3.0-or-later
#include "helmhistory.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources::helm {

namespace {

constexpr int defaultKeeps = 10; // HELM_MAX_HISTORY

ReleaseStatus statusOf(const Revision &revision, const Facts &facts, const QDateTime &now)
{
    const Revision *live = deployedOf(facts);
    if (revision.status == QLatin1String("deployed"))
        return live && live->number == revision.number ? ReleaseStatus::Live : ReleaseStatus::Available;
    if (revision.status == QLatin1String("superseded"))
        return ReleaseStatus::Available;
    if (revision.status == QLatin1String("failed"))
        return ReleaseStatus::Failed;
    if (isPending(revision) || revision.status == QLatin1String("uninstalling")) {
        const bool isNewest = facts.revisions.front().number == revision.number;
        // Of unknown age: it may well be under way.
        const bool isYoung = !revision.at.isValid() || revision.at.secsTo(now) < pendingSeconds;
        return isNewest && isYoung ? ReleaseStatus::Running : ReleaseStatus::Unfinished;
    }
    if (revision.status == QLatin1String("uninstalled"))
        return ReleaseStatus::Superseded;
    return ReleaseStatus::Unfinished;
}

Release releaseOf(const QString &host, const Revision &revision, const Facts &facts, const QDateTime &now)
{
    Release release;
    release.id = QString::number(revision.number);
    release.revision = QStringLiteral("helm:%1").arg(originOf(facts, revision.number));
    const bool isCorrupt = revision.chart == QLatin1String("MISSING");
    release.version = isCorrupt ? QString() : revision.appVersion;
    release.deployedAt = revision.at;
    release.status = statusOf(revision, facts, now);
    release.kind = revision.backTo >= 0 ? ReleaseKind::Rollback : ReleaseKind::Deploy;
    if (!isCorrupt)
        release.presentOn << host;
    if (isCorrupt)
        release.note = QStringLiteral("its record is corrupt: the chart is missing");
    else if (!revision.chart.isEmpty())
        release.note = revision.chart;
    if (!revision.description.isEmpty())
        addWords(release.note, revision.description);
    if (isPending(revision))
        addWords(release.note,
                 release.status == ReleaseStatus::Running
                     ? QStringLiteral("%1: it is under way").arg(revision.status)
                     : QStringLiteral("%1: it died on the way; going back to the last deployed revision frees it")
                           .arg(revision.status));
    else if (revision.status == QLatin1String("uninstalled") || revision.status == QLatin1String("uninstalling")
             || revision.status == QLatin1String("unknown"))
        addWords(release.note, QStringLiteral("Helm says: %1").arg(revision.status));
    return release;
}

} // namespace

bool isPending(const Revision &revision)
{
    return revision.status.startsWith(QLatin1String("pending-"));
}

const Revision *deployedOf(const Facts &facts)
{
    const auto found = std::ranges::find(facts.revisions, QStringLiteral("deployed"), &Revision::status);
    return found == facts.revisions.end() ? nullptr : &*found;
}

qint64 originOf(const Facts &facts, qint64 number)
{
    for (size_t steps = 0; steps <= facts.revisions.size(); ++steps) {
        const auto found = std::ranges::find(facts.revisions, number, &Revision::number);
        if (found == facts.revisions.end() || found->backTo < 0 || found->backTo >= number)
            return number;
        number = found->backTo;
    }
    return number;
}

Told toldOf(const QString &host, const Settings &settings, const Facts &facts, const QDateTime &now)
{
    Told told;
    told.app = facts.name;
    told.notes = facts.notes;
    const int count = int(facts.revisions.size());
    told.keepReleases = settings.keeps > 0            ? settings.keeps
        : settings.keeps < 0 && count <= defaultKeeps ? defaultKeeps
                                                      : -1;
    int rank = 0;
    for (const Revision &revision : facts.revisions) {
        Release release = releaseOf(host, revision, facts, now);
        if (told.keepReleases > 0)
            release.deploysUntilPruned = std::max(1, told.keepReleases - rank);
        ++rank;
        told.releases.push_back(release);
    }
    const Revision *live = deployedOf(facts);
    if (live) {
        told.host.live = QString::number(live->number);
        told.host.revision = QStringLiteral("helm:%1").arg(originOf(facts, live->number));
        told.host.switchedAt = live->at;
    } else {
        told.notes << QStringLiteral("no revision is deployed; the newest is %1").arg(facts.revisions.front().status);
    }
    const Revision &newest = facts.revisions.front();
    if (live && newest.number != live->number)
        told.notes << QStringLiteral(
                          "degraded: revision %1 is %2; revision %3 counts as deployed, and what runs may be a "
                          "mixture")
                          .arg(newest.number)
                          .arg(newest.status)
                          .arg(live->number);
    if (isPending(newest) && told.releases.front().status == ReleaseStatus::Running)
        told.locked = HeldLock{QStringLiteral("helm"), newest.at,
                               QStringLiteral("revision %1 is %2").arg(newest.number).arg(newest.status)};
    else if (isPending(newest))
        told.notes << QStringLiteral("revision %1 is %2 since %3: the operation died, and upgrades are refused")
                          .arg(newest.number)
                          .arg(newest.status, newest.at.isValid() ? rfc3339(newest.at) : QStringLiteral("some time"));
    QString before;
    for (auto revision = facts.revisions.rbegin(); revision != facts.revisions.rend(); ++revision) {
        Release &release = told.releases[size_t(std::distance(revision, facts.revisions.rend()) - 1)];
        DeployEvent event;
        event.release = release.id;
        event.from = before;
        event.kind = release.kind;
        event.at = revision->at;
        event.outcome = release.status == ReleaseStatus::Available ? ReleaseStatus::Superseded : release.status;
        event.raw
            = QStringLiteral("revision %1 %2: %3").arg(revision->number).arg(revision->status, revision->description);
        told.events.insert(told.events.begin(), event);
        const bool went = release.status == ReleaseStatus::Live || release.status == ReleaseStatus::Available;
        if (went && release.kind == ReleaseKind::Rollback && !before.isEmpty()) {
            const auto left = std::ranges::find(told.releases, before, &Release::id);
            if (left != told.releases.end() && left->status == ReleaseStatus::Available
                && left->revision != release.revision)
                left->status = ReleaseStatus::RolledBack;
        }
        if (went)
            before = release.id;
    }
    return told;
}

} // namespace taffrail::sources::helm
