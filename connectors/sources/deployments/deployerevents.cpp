// SPDX-License-Identifier: GPL-3.0-or-later
#include "deployerevents.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources::deployer {

namespace {

// The log has the clock of who deployed, the link that of the host.
constexpr int clocksMayDiffer = 90; // s

ReleaseStatus outcomeOf(const DeploymentHistory &history, const HostFacts &facts, const QString &id)
{
    const auto release = std::ranges::find(history.releases, id, &Release::id);
    if (id == facts.live && !facts.dangling)
        return ReleaseStatus::Live;
    if (release == history.releases.end())
        return ReleaseStatus::Superseded;
    switch (release->status) {
    case ReleaseStatus::Bad: return ReleaseStatus::RolledBack;
    case ReleaseStatus::Running:
    case ReleaseStatus::Unfinished: return release->status;
    default: return ReleaseStatus::Superseded;
    }
}

QString revisionOf(const HostFacts &facts, const QString &id)
{
    const auto folder = facts.folders.find(id);
    return folder == facts.folders.end() ? QString() : folder->second.revision;
}

std::vector<DeployEvent> deploys(const HostFacts &facts, const DeploymentHistory &history)
{
    std::vector<DeployEvent> events;
    QHash<QString, size_t> latest;
    for (const LogEntry &entry : facts.log.value_or(std::vector<LogEntry>())) {
        DeployEvent event;
        event.release = entry.release;
        event.kind = ReleaseKind::Deploy;
        event.confidence = entry.isOld ? Confidence::Inferred : Confidence::Logged;
        event.actor = entry.user;
        event.at = entry.at;
        event.host = facts.host;
        event.raw = entry.raw;
        latest[entry.release] = events.size();
        events.push_back(event);
    }
    // A name that was deployed twice: only the last deploy made what is there now.
    for (auto each = latest.cbegin(); each != latest.cend(); ++each)
        events[each.value()].outcome = outcomeOf(history, facts, each.key());
    return events;
}

const Folder *newestMark(const HostFacts &facts, QString *name = nullptr)
{
    const Folder *found = nullptr;
    for (const auto &[id, folder] : facts.folders) {
        if (folder.bad && folder.bad->at.isValid() && (!found || folder.bad->at > found->bad->at)) {
            found = &folder;
            if (name)
                *name = id;
        }
    }
    return found;
}

std::vector<DeployEvent> rollbacks(const HostFacts &facts, const DeploymentHistory &history)
{
    std::vector<DeployEvent> events;
    const Folder *newest = newestMark(facts);
    for (const auto &[id, folder] : facts.folders) {
        if (!folder.bad)
            continue;
        DeployEvent event;
        event.from = id;
        event.kind = ReleaseKind::Rollback;
        event.actor = folder.bad->by;
        event.at = folder.bad->at;
        event.host = facts.host;
        event.raw = redacted(folder.bad->raw);
        // The mark does not say where it went to; only of the last switch is that known.
        const QDateTime marked = folder.bad->at;
        const bool isLast = &folder == newest && facts.live != id
            && std::ranges::none_of(facts.log.value_or(std::vector<LogEntry>()), [&](const LogEntry &entry) {
                   const ReleaseStatus outcome = outcomeOf(history, facts, entry.release);
                   return entry.at.isValid() && entry.at > marked && outcome != ReleaseStatus::Unfinished
                       && outcome != ReleaseStatus::Running;
               });
        if (isLast) {
            event.release = facts.live;
            event.outcome = ReleaseStatus::Live;
        }
        events.push_back(event);
    }
    return events;
}

// Each event left what the one before it made live, as far as that is known.
void addFrom(std::vector<DeployEvent> &events, const HostFacts &facts)
{
    std::ranges::stable_sort(events, {}, &DeployEvent::at);
    QString live;
    for (DeployEvent &event : events) {
        if (event.kind == ReleaseKind::Rollback) {
            live = event.release;
            continue;
        }
        if (event.outcome == ReleaseStatus::Unfinished || event.outcome == ReleaseStatus::Running)
            continue;
        event.from = live == event.release ? QString() : live;
        const QString revision = revisionOf(facts, event.release);
        if (!revision.isEmpty() && !event.from.isEmpty() && revision == revisionOf(facts, event.from))
            event.kind = ReleaseKind::Redeploy;
        live = event.release;
    }
}

/// A switch by hand: to what is in no log, or back to an older release without a mark on what it left.
std::optional<DeployEvent> strangeSwitch(const HostFacts &facts, const std::vector<DeployEvent> &events)
{
    if (facts.live.isEmpty() || !facts.log || facts.log->empty())
        return std::nullopt;
    DeployEvent event;
    event.release = facts.live;
    event.kind = ReleaseKind::OutOfBand;
    event.confidence = Confidence::Reconciled;
    event.outcome = ReleaseStatus::Live;
    event.at = facts.switchedAt;
    event.host = facts.host;
    const auto own = std::find_if(facts.log->rbegin(), facts.log->rend(),
                                  [&](const LogEntry &entry) { return entry.release == facts.live; });
    const auto live = facts.folders.find(facts.live);
    if (own == facts.log->rend())
        // A log that was cut may have had it.
        return facts.logCut ? std::nullopt : std::optional(event);
    if (live != facts.folders.end() && live->second.bad)
        return event;
    // Later deploys that did not get live leave the link alone; a link younger than one of them was switched back.
    if (!facts.switchedAt.isValid())
        return std::nullopt;
    const bool isYounger = std::any_of(facts.log->rbegin(), own, [&](const LogEntry &entry) {
        return entry.at.isValid() && !entry.isOld && entry.at.secsTo(facts.switchedAt) > clocksMayDiffer;
    });
    const bool isMarked = std::ranges::any_of(events, [&](const DeployEvent &each) {
        return each.kind == ReleaseKind::Rollback
            && (!each.at.isValid() || std::abs(each.at.secsTo(facts.switchedAt)) < 10 * clocksMayDiffer);
    });
    return isYounger && !isMarked ? std::optional(event) : std::nullopt;
}

void addProcessNotes(QStringList &notes, const HostFacts &facts)
{
    notes << unitfacts::unitNotes(facts.host, facts.unit);
    if (facts.unit.folder.isEmpty()) {
        if (unitfacts::startedBefore(facts.unit, facts.switchedAt))
            notes << QStringLiteral("%1: its process began at %2, before the switch: it was not restarted since")
                         .arg(facts.host, rfc3339(facts.unit.startedAt));
        return;
    }
    if (!facts.unit.folder.contains(QStringLiteral("/releases/")))
        notes << QStringLiteral("%1: process %2 runs in %3, which is no release")
                     .arg(facts.host, facts.unit.pid, facts.unit.folder);
    else if (!facts.unit.folder.contains(QStringLiteral("/releases/") + facts.live))
        notes << QStringLiteral("%1: process %2 still runs in %3: it was not restarted since the switch")
                     .arg(facts.host, facts.unit.pid, facts.unit.folder);
}

void addLogNotes(QStringList &notes, const HostFacts &facts)
{
    if (facts.logHidden)
        notes << QStringLiteral("%1: no right to read .dep: only what exists is known, not what was done")
                     .arg(facts.host);
    else if (!facts.log)
        notes << QStringLiteral("%1: there is no .dep/releases_log: only what exists is known, not what was done")
                     .arg(facts.host);
    if (facts.logCut)
        notes << QStringLiteral("%1: only the newest lines of .dep/releases_log are read").arg(facts.host);
    if (facts.strangeLines > 0)
        notes << QStringLiteral("%1: %2 lines of .dep/releases_log cannot be read")
                     .arg(facts.host)
                     .arg(facts.strangeLines);
    if (facts.log && std::ranges::any_of(*facts.log, &LogEntry::isOld))
        notes << QStringLiteral("%1: times of some releases are in a zone that is not known").arg(facts.host);
}

} // namespace

void addEvents(const HostFacts &facts, DeploymentHistory &history)
{
    if (facts.error)
        return;
    std::vector<DeployEvent> events = deploys(facts, history);
    for (DeployEvent &event : rollbacks(facts, history))
        events.push_back(std::move(event));
    addFrom(events, facts);
    if (std::optional<DeployEvent> event = strangeSwitch(facts, events)) {
        for (DeployEvent &each : events) {
            if (each.outcome == ReleaseStatus::Live)
                each.outcome = ReleaseStatus::Superseded;
        }
        events.push_back(*event);
    }
    std::ranges::move(events.rbegin(), events.rend(), std::back_inserter(history.events));
}

QStringList hostNotes(const HostFacts &facts)
{
    if (facts.error)
        return {sentence(*facts.error)};
    QStringList notes;
    if (facts.isDirectory)
        notes << QStringLiteral("%1: \"current\" is a directory, not a link: the live release is not known")
                     .arg(facts.host);
    else if (!facts.hasLink)
        notes << QStringLiteral("%1: there is no live link: nothing is live").arg(facts.host);
    if (facts.dangling)
        notes << QStringLiteral("%1: the live link points to %2, which does not exist").arg(facts.host, facts.target);
    if (facts.targetHidden)
        notes << QStringLiteral("%1: no right to look into the live release").arg(facts.host);
    if (facts.foldersAbsent)
        notes << QStringLiteral("%1: there is no directory \"releases\"").arg(facts.host);
    else if (!facts.foldersReadable)
        notes << QStringLiteral("%1: no right to list \"releases\"").arg(facts.host);
    if (facts.furtherFolders > 0)
        notes << QStringLiteral("%1: %2 further releases are not listed").arg(facts.host).arg(facts.furtherFolders);
    if (!facts.otherNames.isEmpty())
        notes << QStringLiteral("%1: not a release, ignored: %2")
                     .arg(facts.host, facts.otherNames.join(QStringLiteral(", ")));
    const auto live = facts.folders.find(facts.live);
    if (live != facts.folders.end() && live->second.bad)
        notes << QStringLiteral("%1: the live release %2 is marked as bad: %3")
                     .arg(facts.host, facts.live, live->second.bad->raw);
    addLogNotes(notes, facts);
    addProcessNotes(notes, facts);
    return notes;
}

} // namespace taffrail::sources::deployer
