// SPDX-License-Identifier: GPL-3.0-or-later
#include "rulesupport.h"

#include <algorithm>

namespace taffrail::rules {

Finding findingOn(const Observation &observation, const char *code, Status severity, const QString &subject,
                  const QString &title)
{
    Finding finding;
    finding.code = QString::fromLatin1(code);
    finding.pane = observation.pane;
    finding.severity = severity;
    finding.subject = subject;
    finding.entry = observation.entry;
    finding.title = title;
    if (observation.lastGood)
        finding.observedAt = observation.lastGood->at;
    return finding;
}

QString listed(const QStringList &words, int limit)
{
    if (words.size() <= limit)
        return words.join(QStringLiteral(", "));
    return QStringLiteral("%1 and %2 more")
        .arg(words.mid(0, limit).join(QStringLiteral(", ")), QString::number(words.size() - limit));
}

QString counted(qsizetype count, const char *one)
{
    return QStringLiteral("%1 %2%3").arg(QString::number(count), QLatin1String(one),
                                         count == 1 ? QString() : QStringLiteral("s"));
}

QString appOf(const Observation &observation, const DeploymentHistory &history)
{
    return history.app.isEmpty() ? observation.entry : history.app;
}

const Release *releaseOf(const DeploymentHistory &history, const QString &id)
{
    if (id.isEmpty())
        return nullptr;
    const auto found = std::ranges::find(history.releases, id, &Release::id);
    return found == history.releases.end() ? nullptr : &*found;
}

QString releaseName(const DeploymentHistory &history, const QString &id)
{
    const Release *release = releaseOf(history, id);
    return release && !release->version.isEmpty() ? release->version : id;
}

bool isHostDown(const Facts &facts, const QString &host)
{
    const Link *link = facts.snapshot.link(host, false);
    return link && link->state == LinkState::Down;
}

bool isDatabaseDown(const Facts &facts, const QString &database)
{
    if (database.isEmpty())
        return false;
    const Link *link = facts.snapshot.link(database, true);
    if (link && link->state == LinkState::Down)
        return true;
    const DatabaseSpec *spec = facts.environment.database(database);
    return spec && !spec->via.isEmpty() && isHostDown(facts, spec->via);
}

bool isCutOff(const Facts &facts, const SourceEntry &entry)
{
    if (isDatabaseDown(facts, entry.database))
        return true;
    return !entry.hosts.isEmpty()
        && std::ranges::all_of(entry.hosts, [&](const QString &host) { return isHostDown(facts, host); });
}

const Snapshot *promotionSource(const Facts &facts)
{
    if (facts.environment.promotesFrom.isEmpty())
        return nullptr;
    for (const SnapshotPtr &sibling : facts.siblings) {
        if (sibling && sibling->environment == facts.environment.promotesFrom)
            return sibling.get();
    }
    return nullptr;
}

} // namespace taffrail::rules
