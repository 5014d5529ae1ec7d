// SPDX-License-Identifier: GPL-3.0-or-later
#include "webhistory.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

bool wentLive(const Release &release)
{
    return release.status == ReleaseStatus::Live || release.status == ReleaseStatus::Superseded
        || release.status == ReleaseStatus::Available || release.status == ReleaseStatus::RolledBack;
}

} // namespace

void judgeByRevision(Told &told)
{
    Release *before = nullptr;
    QStringList seen;
    told.events.clear();
    for (auto release = told.releases.rbegin(); release != told.releases.rend(); ++release) {
        release->kind = ReleaseKind::Deploy;
        const bool hasRevision = !release->revision.isEmpty();
        if (hasRevision && before && before->revision == release->revision)
            release->kind = ReleaseKind::Redeploy;
        else if (hasRevision && seen.contains(release->revision))
            release->kind = ReleaseKind::Rollback;
        DeployEvent event;
        event.release = release->id;
        event.from = before ? before->id : QString();
        event.kind = release->kind;
        event.confidence = release->confidence;
        event.outcome = release->status == ReleaseStatus::Available ? ReleaseStatus::Superseded : release->status;
        event.actor = release->deployedBy;
        event.at = release->deployedAt;
        event.raw = release->note;
        told.events.insert(told.events.begin(), event);
        if (!wentLive(*release))
            continue;
        if (release->kind == ReleaseKind::Rollback && before && before->status != ReleaseStatus::Live)
            before->status = ReleaseStatus::RolledBack;
        if (hasRevision)
            seen << release->revision;
        before = &*release;
    }
}

QString agoText(const QDateTime &then, const QDateTime &now)
{
    return then.isValid() ? ageText(ageOf(then, now)) : QStringLiteral("some time");
}

} // namespace taffrail::sources
