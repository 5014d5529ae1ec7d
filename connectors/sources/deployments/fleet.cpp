// SPDX-License-Identifier: GPL-3.0-or-later
#include "fleet.h"

#include <set>

namespace taffrail::sources::fleet {

namespace {

constexpr std::chrono::seconds oneDeploy = std::chrono::minutes(15);

QStringList hostsOf(const DeployEvent &event)
{
    return event.host.split(QStringLiteral(", "));
}

bool isOneDeploy(const DeployEvent &later, const DeployEvent &event)
{
    return later.release == event.release && later.from == event.from && later.outcome == event.outcome
        && later.kind == event.kind && event.at.isValid() && event.at.secsTo(later.at) < oneDeploy.count()
        && !hostsOf(later).contains(event.host);
}

} // namespace

std::vector<Request> askEveryHost(const SourceEntry &entry, const Replies &soFar, const ShellPart &part)
{
    std::vector<Request> asked;
    if (!soFar.empty())
        return asked;
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

std::vector<HostReply> repliesByHost(const SourceEntry &entry, const Replies &replies)
{
    std::vector<HostReply> found;
    for (const QString &host : entry.hosts)
        found.push_back({host, replyOf(replies, {}, host)});
    if (entry.hosts.isEmpty()) {
        for (const Reply *reply : repliesNamed(replies, {}))
            found.push_back({reply->subject, reply});
    }
    return found;
}

Error unanswered(const QString &action, const QString &host)
{
    return {ErrorKind::Internal, action, host, QStringLiteral("there is no answer"), {}};
}

Error noHostNamed(const SourceEntry &entry)
{
    return {ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, QStringLiteral("no host is named"), {}};
}

Error allFailed(Error first, size_t hosts)
{
    if (hosts > 1)
        first.text += QStringLiteral(" (and %1 further hosts could not be read)").arg(hosts - 1);
    return first;
}

void addNote(QString &note, const QString &text)
{
    if (!note.contains(text))
        note += note.isEmpty() ? text : QStringLiteral("; ") + text;
}

std::vector<DeployEvent> mergedEvents(std::vector<DeployEvent> events, qsizetype readableHosts)
{
    std::vector<DeployEvent> merged;
    for (DeployEvent &event : events) {
        const auto same
            = std::ranges::find_if(merged, [&event](const DeployEvent &later) { return isOneDeploy(later, event); });
        if (same == merged.end())
            merged.push_back(std::move(event));
        else
            same->host += QStringLiteral(", ") + event.host;
    }
    for (DeployEvent &event : merged) {
        if (readableHosts > 1 && hostsOf(event).size() == readableHosts)
            event.host.clear();
    }
    return merged;
}

void agreeOnLive(DeploymentHistory &history, const std::function<QString(const QString &)> &nameOf)
{
    std::set<QString> live;
    QStringList words;
    for (const HostRelease &host : history.hosts) {
        if (host.error)
            continue;
        live.insert(host.live);
        const QString name = host.live.isEmpty() ? QStringLiteral("nothing") : nameOf ? nameOf(host.live) : host.live;
        words << QStringLiteral("%1 on %2").arg(name, host.host);
    }
    history.live = live.size() == 1 ? *live.begin() : QString();
    if (live.size() > 1)
        history.notes.prepend(
            QStringLiteral("the hosts disagree about what is live: %1").arg(words.join(QStringLiteral(", "))));
}

} // namespace taffrail::sources::fleet
