// SPDX-License-Identifier: GPL-3.0-or-later
#include "capistranoevents.h"

#include "text.h"

#include <QSet>

#include <algorithm>

namespace taffrail::sources::capistrano {

namespace {

bool isReadable(const HostFacts &facts)
{
    return !facts.error;
}

/// "" when every host that keeps a log has the line, else the hosts that have it.
QString hostsText(const QStringList &having, const std::vector<HostFacts> &hosts)
{
    const auto withLog = std::ranges::count_if(hosts, [](const HostFacts &facts) { return !facts.error && facts.log; });
    return having.size() == withLog ? QString() : having.join(QStringLiteral(", "));
}

QString describedFrom(const HostFacts &facts)
{
    return facts.host.isEmpty() ? QStringLiteral("the host") : facts.host;
}

// A rollback line has no time: it lies between the deploys around it. The last line was written when the log changed.
void boundTimes(std::vector<DeployEvent> &oldestFirst, const std::vector<HostFacts> &hosts)
{
    QDateTime last;
    for (DeployEvent &event : oldestFirst) {
        if (event.at.isValid())
            last = event.at;
        else
            event.notBefore = last;
    }
    QDateTime next;
    for (auto event = oldestFirst.rbegin(); event != oldestFirst.rend(); ++event) {
        if (event->at.isValid())
            next = event->at;
        else
            event->notAfter = next;
    }
    if (oldestFirst.empty() || oldestFirst.back().at.isValid())
        return;
    DeployEvent &newest = oldestFirst.back();
    for (const HostFacts &facts : hosts) {
        if (facts.error || !facts.log)
            continue;
        const bool switchFits = facts.live == newest.release && facts.switchedAt.isValid()
            && facts.switchedAt <= facts.logChangedAt
            && (!newest.notBefore.isValid() || facts.switchedAt >= newest.notBefore);
        newest.at = switchFits ? facts.switchedAt : facts.logChangedAt;
        newest.notAfter = facts.logChangedAt;
        return;
    }
}

std::vector<DeployEvent> loggedEvents(const std::vector<FleetLine> &lines, const std::vector<HostFacts> &hosts)
{
    std::vector<DeployEvent> events;
    QHash<QString, QString> revisions;
    QString live;
    for (const FleetLine &entry : lines) {
        const LogLine &line = entry.line;
        DeployEvent event;
        event.release = line.release;
        event.from = live == line.release && line.kind == ReleaseKind::Deploy ? QString() : live;
        event.kind = line.kind;
        event.actor = line.user;
        event.host = hostsText(entry.hosts, hosts);
        event.raw = line.raw;
        event.confidence = line.kind == ReleaseKind::Deploy ? Confidence::Logged : Confidence::Inferred;
        if (line.kind == ReleaseKind::Deploy) {
            event.at = stampTime(line.release);
            if (!line.revision.isEmpty() && revisions.value(live) == line.revision)
                event.kind = ReleaseKind::Redeploy;
            revisions.insert(line.release, line.revision);
        }
        if (line.kind == ReleaseKind::Rollback && !events.empty() && live != line.release)
            events.back().outcome = ReleaseStatus::RolledBack;
        if (!line.release.isEmpty())
            live = line.release;
        events.push_back(event);
    }
    boundTimes(events, hosts);
    return events;
}

/// The release that this host's own log ends with; "" when the log can't tell.
QString lastLogged(const HostFacts &facts)
{
    for (auto line = facts.log->rbegin(); line != facts.log->rend(); ++line) {
        if (line->trimmed().isEmpty())
            continue;
        const LogLine read = readLogLine(*line);
        if (line == facts.log->rbegin() && facts.logPartial && read.kind == ReleaseKind::Unknown)
            continue;
        return read.release;
    }
    return {};
}

DeployEvent switchEvent(const HostFacts &facts, const QString &from)
{
    DeployEvent event;
    event.release = facts.live;
    event.from = from;
    event.kind = ReleaseKind::OutOfBand;
    event.confidence = Confidence::Reconciled;
    event.outcome = ReleaseStatus::Live;
    event.at = facts.switchedAt;
    event.host = facts.host;
    return event;
}

// One event for the hosts that were switched from and to the same release.
void addSwitch(std::vector<DeployEvent> &events, size_t firstSwitch, const DeployEvent &event)
{
    for (size_t i = firstSwitch; i < events.size(); ++i) {
        if (events[i].release == event.release && events[i].from == event.from) {
            events[i].host += QStringLiteral(", ") + event.host;
            events[i].at = std::max(events[i].at, event.at);
            return;
        }
    }
    events.push_back(event);
}

void addSwitches(std::vector<DeployEvent> &events, const std::vector<HostFacts> &hosts)
{
    const size_t first = events.size();
    const auto readable = std::ranges::count_if(hosts, isReadable);
    for (const HostFacts &facts : hosts) {
        if (facts.error || facts.live.isEmpty())
            continue;
        if (!facts.log || facts.log->empty()) {
            // Nothing contradicts here: the switch is simply all that is known.
            DeployEvent event = switchEvent(facts, {});
            event.kind = ReleaseKind::Unknown;
            event.confidence = Confidence::Inferred;
            if (!facts.logHidden && events.size() == first && events.empty())
                addSwitch(events, first, event);
            continue;
        }
        const QString last = lastLogged(facts);
        if (!last.isEmpty() && last != facts.live)
            addSwitch(events, first, switchEvent(facts, last));
    }
    for (size_t i = first; i < events.size(); ++i) {
        if (events[i].host.split(QStringLiteral(", ")).size() == readable)
            events[i].host.clear();
    }
}

void addHostNotes(QStringList &notes, const HostFacts &facts)
{
    const QString host = describedFrom(facts);
    if (facts.error) {
        notes << sentence(*facts.error);
        return;
    }
    if (facts.current == LinkKind::Absent)
        notes << QStringLiteral("%1: there is no live link: nothing is live").arg(host);
    else if (facts.current == LinkKind::Directory)
        notes << QStringLiteral("%1: \"current\" is a directory, not a link: the live release is not known").arg(host);
    if (facts.dangling)
        notes << QStringLiteral("%1: the live link points to %2, which does not exist").arg(host, facts.target);
    if (facts.targetHidden)
        notes << QStringLiteral("%1: no right to look into the live release").arg(host);
    if (facts.releasesAbsent)
        notes << QStringLiteral("%1: there is no directory \"releases\"").arg(host);
    else if (!facts.releasesReadable)
        notes << QStringLiteral("%1: no right to list \"releases\"").arg(host);
    if (facts.olderReleases > 0)
        notes << QStringLiteral("%1: %2 older releases are not listed").arg(host).arg(facts.olderReleases);
    if (facts.otherNames.contains(QStringLiteral("current")))
        notes << QStringLiteral(
                     "%1: a link \"releases/current\" is left over: the next deploy will fail with \"File exists\"")
                     .arg(host);
    QStringList others = facts.otherNames;
    others.removeAll(QStringLiteral("current"));
    if (!others.isEmpty())
        notes << QStringLiteral("%1: not a release, ignored: %2").arg(host, others.join(QStringLiteral(", ")));
}

void addLogNotes(QStringList &notes, const HostFacts &facts)
{
    const QString host = describedFrom(facts);
    if (facts.logHidden)
        notes << QStringLiteral("%1: no right to read revisions.log: only what exists is known, not what was done")
                     .arg(host);
    else if (!facts.log)
        notes
            << QStringLiteral("%1: there is no revisions.log: only what exists is known, not what was done").arg(host);
    if (facts.logCut)
        notes << QStringLiteral("%1: only the newest lines of revisions.log are read").arg(host);
    if (facts.logPartial)
        notes << QStringLiteral("%1: the last line of revisions.log is not complete").arg(host);
}

void addProcessNotes(QStringList &notes, const HostFacts &facts, const HostRelease &release)
{
    if (!facts.asksProcess)
        return;
    if (facts.processFolder.isEmpty()) {
        notes << QStringLiteral("%1: not known which release the process runs: %2").arg(facts.host, facts.processText);
    } else if (release.running.isEmpty()) {
        notes << QStringLiteral("%1: process %2 runs in %3, which is no release")
                     .arg(facts.host, facts.processText, facts.processFolder);
    } else if (release.running != release.live) {
        notes << QStringLiteral("%1: process %2 still runs release %3: it was not restarted since the switch")
                     .arg(facts.host, facts.processText, release.running);
    }
}

} // namespace

std::vector<DeployEvent> buildEvents(const std::vector<FleetLine> &lines, const std::vector<HostFacts> &hosts)
{
    std::vector<DeployEvent> events = loggedEvents(lines, hosts);
    const bool isLast = !events.empty() && std::ranges::any_of(hosts, [&events](const HostFacts &facts) {
        return !facts.error && facts.live == events.back().release && !facts.live.isEmpty();
    });
    if (isLast)
        events.back().outcome = ReleaseStatus::Live;
    addSwitches(events, hosts);
    std::ranges::reverse(events);
    return events;
}

QStringList buildNotes(const std::vector<FleetLine> &lines, const std::vector<HostFacts> &hosts,
                       const DeploymentHistory &history)
{
    QStringList notes;
    for (size_t i = 0; i < hosts.size(); ++i) {
        addHostNotes(notes, hosts[i]);
        if (hosts[i].error)
            continue;
        addLogNotes(notes, hosts[i]);
        addProcessNotes(notes, hosts[i], history.hosts[i]);
    }
    const auto unknown
        = std::ranges::count_if(lines, [](const FleetLine &entry) { return entry.line.kind == ReleaseKind::Unknown; });
    if (unknown > 0)
        notes << QStringLiteral("%1 lines of revisions.log are not in the tool's own words").arg(unknown);
    for (const DeployEvent &event : history.events) {
        if (event.kind == ReleaseKind::Rollback && event.from == event.release)
            notes << QStringLiteral("a rollback to %1 by %2 changed nothing: that release was live already")
                         .arg(event.release, event.actor);
    }
    return notes;
}

} // namespace taffrail::sources::capistrano
