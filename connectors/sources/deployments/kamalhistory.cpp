// SPDX-License-Identifier: GPL-3.0-or-later
#include "kamalprobe.h"

#include "text.h"

#include <QRegularExpression>
#include <QSet>

#include <algorithm>

namespace taffrail::sources::kamal {

namespace {

using containers::Container;
using probes::addNote;
using What = AuditLine::What;

/// Roles of one deploy are booted one after the other (own choice).
constexpr int deployMayTake = 30 * 60; // s

/// What one deploy (or rollback) of one host was, as its lines tell.
struct Run {
    const AuditLine *first = nullptr;
    QDateTime last;
    bool tagged = false;
};

std::vector<Run> runsOf(const HostFacts &facts)
{
    std::vector<Run> runs;
    for (const AuditLine &line : facts.audit) {
        if (line.what == What::Booted) {
            const bool isSame = !runs.empty() && runs.back().first->version == line.version && !runs.back().tagged
                && runs.back().first->actor == line.actor && runs.back().first->at.secsTo(line.at) < deployMayTake;
            if (!isSame)
                runs.push_back({&line, line.at, false});
            else
                runs.back().last = line.at;
        } else if (line.what == What::Tagged && !runs.empty() && runs.back().first->version == line.version) {
            runs.back().tagged = true;
        }
    }
    return runs;
}

class Builder {
public:
    Builder(const Settings &settings, const std::vector<HostFacts> &hosts, const QDateTime &now)
        : m_settings(settings),
          m_hosts(hosts),
          m_now(now)
    {
    }

    DeploymentHistory build()
    {
        m_history.source = QStringLiteral("kamal");
        m_history.app = m_settings.app;
        m_history.keepReleases = m_settings.retain > 0 ? m_settings.retain : -1;
        for (const HostFacts &facts : m_hosts)
            addHost(facts);
        for (const HostFacts &facts : m_hosts)
            addEvents(facts);
        probes::mergeEvents(m_history, std::chrono::minutes(15));
        judge();
        std::ranges::stable_sort(m_history.releases, [](const Release &left, const Release &right) {
            const auto key = [](const Release &release) {
                return std::pair(release.deployedAt.isValid() ? release.deployedAt.toSecsSinceEpoch() : 0, release.id);
            };
            return key(left) > key(right);
        });
        probes::agree(m_history);
        return std::move(m_history);
    }

private:
    void note(const HostFacts &facts, const QString &text)
    {
        m_history.notes << facts.host + QStringLiteral(": ") + text;
    }

    void addHost(const HostFacts &facts)
    {
        HostRelease host;
        host.host = facts.host;
        host.error = facts.error;
        if (facts.error) {
            m_history.hosts.push_back(host);
            m_history.notes << sentence(*facts.error);
            return;
        }
        host.freeBytes = facts.engine.freeBytes;
        if (facts.lock && !m_history.locked)
            m_history.locked = facts.lock;
        m_enginesRead = m_enginesRead || !facts.engine.containers.empty() || facts.engine.done;
        addContainers(facts);
        addLive(facts, host);
        addHorizon(facts);
        addNotes(facts);
        m_history.hosts.push_back(host);
    }

    Release &versionNamed(const QString &version)
    {
        Release &release = probes::releaseOf(m_history, version);
        static const QRegularExpression uncommitted(QStringLiteral("_uncommitted_[0-9a-f]{16}\\z"));
        const QString commit = QString(version).remove(uncommitted);
        if (release.revision.isEmpty() && probes::isCommit(commit))
            release.revision = commit;
        if (commit != version)
            addNote(release.note, QStringLiteral("made of a tree with changes that were not committed"));
        return release;
    }

    // A version can be gone back to where every role has a container of that name, with its image.
    void addContainers(const HostFacts &facts)
    {
        QHash<QString, QSet<QString>> rolesOf;
        for (const Container &container : facts.engine.containers) {
            const Named named = versionOf(m_settings, container);
            if (named.version.isEmpty())
                continue;
            Release &release = versionNamed(named.version);
            if (!release.deployedAt.isValid() || container.createdAt > release.deployedAt)
                release.deployedAt = container.createdAt;
            const bool hasImage = facts.isCaptured
                || std::ranges::any_of(facts.engine.images,
                                       [&](const docker::Image &image) { return image.id == container.image; });
            if (!hasImage)
                addNote(release.note, QStringLiteral("its image was removed from %1").arg(facts.host));
            else if (!named.replaced)
                rolesOf[named.version].insert(container.label("role"));
            if (container.state == QLatin1String("exited") && container.exitCode != 0 && container.exitCode != 143
                && container.exitCode != 137)
                addNote(release.note,
                        QStringLiteral("its container on %1 %2").arg(facts.host, containers::stateWords(container)));
        }
        for (auto each = rolesOf.cbegin(); each != rolesOf.cend(); ++each) {
            Release &release = versionNamed(each.key());
            QStringList missing;
            for (const QString &role : facts.roles) {
                if (!each.value().contains(role))
                    missing << role;
            }
            if (missing.isEmpty())
                release.presentOn << facts.host;
            else
                addNote(release.note,
                        QStringLiteral("%1 has no container of it for %2")
                            .arg(facts.host, missing.join(QStringLiteral(", "))));
        }
    }

    void addLive(const HostFacts &facts, HostRelease &host)
    {
        QStringList versions, words;
        bool allRun = !facts.roles.isEmpty();
        for (const QString &role : facts.roles) {
            const Container *live = liveOf(m_settings, facts, role);
            const QString version = live ? versionOf(m_settings, *live).version : QString();
            versions << version;
            words << QStringLiteral("%1 runs %2").arg(role, version.isEmpty() ? QStringLiteral("nothing") : version);
            allRun = allRun && live && live->state == QLatin1String("running");
            if (!live)
                continue;
            if (!host.switchedAt.isValid() || live->startedAt > host.switchedAt)
                host.switchedAt = live->startedAt.isValid() ? live->startedAt : live->createdAt;
            if (live->state != QLatin1String("running") || live->health == QLatin1String("unhealthy"))
                note(facts, QStringLiteral("container %1 is %2").arg(live->name, containers::stateWords(*live)));
            addOthers(facts, role, *live);
        }
        versions.removeDuplicates();
        if (versions.size() > 1)
            note(facts, QStringLiteral("its roles differ: %1").arg(words.join(QStringLiteral(", "))));
        if (versions.size() != 1 || versions.first().isEmpty())
            return;
        host.live = versions.first();
        Release &release = versionNamed(host.live);
        release.liveOn << facts.host;
        host.revision = release.revision;
        if (allRun)
            host.running = host.live;
    }

    void addOthers(const HostFacts &facts, const QString &role, const Container &live)
    {
        for (const Container &container : facts.engine.containers) {
            if (container.label("role") == role && container.runs() && container.id != live.id)
                note(facts, QStringLiteral("%1 runs beside the live container of %2").arg(container.name, role));
        }
    }

    // Each deploy stops one container more of each role; what is beyond the limit is deleted, the oldest first.
    void addHorizon(const HostFacts &facts)
    {
        if (m_settings.retain <= 0)
            return;
        std::vector<const Container *> stopped;
        int roles = 0;
        for (const QString &role : facts.roles)
            roles += liveOf(m_settings, facts, role) ? 1 : 0;
        for (const Container &container : facts.engine.containers) {
            if (!container.runs() && container.state != QLatin1String("paused"))
                stopped.push_back(&container);
        }
        std::ranges::stable_sort(stopped, std::greater<>(), &Container::createdAt);
        for (size_t i = 0; i < stopped.size(); ++i) {
            const QString version = versionOf(m_settings, *stopped[i]).version;
            if (version.isEmpty())
                continue;
            Release &release = versionNamed(version);
            const int left = std::max(1, (m_settings.retain - int(i) + std::max(roles, 1) - 1) / std::max(roles, 1));
            release.deploysUntilPruned
                = release.deploysUntilPruned < 0 ? left : std::min(release.deploysUntilPruned, left);
        }
    }

    void addNotes(const HostFacts &facts)
    {
        if (facts.engine.unreadable > 0)
            note(facts, QStringLiteral("%1 records of the answer cannot be read").arg(facts.engine.unreadable));
        if (facts.engine.containers.empty() && !facts.auditRead)
            note(facts, QStringLiteral("there is no container of %1").arg(fileName(m_settings)));
        if (facts.auditHidden)
            note(facts, QStringLiteral("no right to read the audit log: only what exists is known, not what was done"));
        else if (!facts.auditRead && !facts.isCaptured)
            note(facts, QStringLiteral("there is no audit log: only what exists is known, not what was done"));
        if (facts.auditCut)
            note(facts, QStringLiteral("only the newest lines of the audit log are read"));
        if (facts.strangeLines > 0)
            note(facts, QStringLiteral("%1 lines of the audit log cannot be read").arg(facts.strangeLines));
    }

    void addEvents(const HostFacts &facts)
    {
        if (facts.error)
            return;
        const std::vector<Run> runs = runsOf(facts);
        // A version that writes no "Tagging" says nothing about success.
        const bool tells
            = std::ranges::any_of(facts.audit, [](const AuditLine &line) { return line.what == What::Tagged; });
        const HostRelease &host = hostOf(facts.host);
        QString live;
        QSet<QString> seen;
        std::vector<DeployEvent> events;
        for (const Run &run : runs) {
            DeployEvent event;
            event.release = run.first->version;
            event.from = live == event.release ? QString() : live;
            event.actor = run.first->actor;
            event.at = run.first->at;
            event.host = facts.host;
            event.raw = run.first->raw;
            event.confidence = Confidence::Logged;
            event.kind = live == event.release ? ReleaseKind::Redeploy
                : seen.contains(event.release) ? ReleaseKind::Rollback
                                               : ReleaseKind::Deploy;
            const bool failed = tells && !run.tagged;
            Release &release = versionNamed(event.release);
            if (failed) {
                const bool isYoung = m_now.isValid() && run.last.secsTo(m_now) < deployMayTake;
                event.outcome
                    = facts.lock && isYoung && &run == &runs.back() ? ReleaseStatus::Running : ReleaseStatus::Failed;
            } else {
                if (event.kind == ReleaseKind::Rollback && !events.empty())
                    events.back().outcome = ReleaseStatus::RolledBack;
                live = event.release;
                seen.insert(live);
                m_succeeded.insert(live);
            }
            if (!event.at.isValid() || !release.deployedAt.isValid() || event.at >= release.deployedAt
                || release.deployedBy.isEmpty()) {
                release.deployedBy = event.actor;
                release.deployedAt = event.at;
                release.kind = event.kind;
                release.confidence = Confidence::Logged;
                m_outcome[event.release] = event.outcome;
            }
            events.push_back(event);
        }
        addPowerEvents(facts);
        if (!events.empty() && !host.live.isEmpty() && live == host.live) {
            const auto last = std::find_if(events.rbegin(), events.rend(),
                                           [&](const DeployEvent &each) { return each.release == live; });
            last->outcome = ReleaseStatus::Live;
        } else if (!host.live.isEmpty() && !events.empty()) {
            events.push_back(strangeSwitch(facts, host, live));
        } else if (!host.live.isEmpty()) {
            DeployEvent event = strangeSwitch(facts, host, {});
            event.kind = ReleaseKind::Unknown;
            event.confidence = Confidence::Inferred;
            events.push_back(event);
        }
        std::ranges::move(events.rbegin(), events.rend(), std::back_inserter(m_history.events));
    }

    DeployEvent strangeSwitch(const HostFacts &facts, const HostRelease &host, const QString &from)
    {
        DeployEvent event;
        event.release = host.live;
        event.from = from;
        event.kind = ReleaseKind::OutOfBand;
        event.confidence = Confidence::Reconciled;
        event.outcome = ReleaseStatus::Live;
        event.at = host.switchedAt;
        event.host = facts.host;
        return event;
    }

    void addPowerEvents(const HostFacts &facts)
    {
        for (const AuditLine &line : facts.audit) {
            if (line.what != What::Started && line.what != What::Stopped)
                continue;
            DeployEvent event;
            event.release = line.version;
            event.kind = ReleaseKind::Config;
            event.actor = line.actor;
            event.at = line.at;
            event.host = facts.host;
            event.raw = line.raw;
            m_history.events.push_back(event);
        }
    }

    const HostRelease &hostOf(const QString &name) const
    {
        return *std::ranges::find(m_history.hosts, name, &HostRelease::host);
    }

    void judge()
    {
        for (Release &release : m_history.releases) {
            const ReleaseStatus outcome = m_outcome.value(release.id, ReleaseStatus::Available);
            if (!release.liveOn.isEmpty()) {
                release.status = ReleaseStatus::Live;
                if (outcome == ReleaseStatus::Failed)
                    addNote(release.note,
                            QStringLiteral("it runs, but its deploy did not end well: no host list was "
                                           "tagged as the latest after it"));
            } else if (outcome == ReleaseStatus::Running) {
                release.status = ReleaseStatus::Running;
            } else if (release.presentOn.isEmpty()) {
                release.status = m_enginesRead ? ReleaseStatus::Removed : ReleaseStatus::Available;
                if (!m_enginesRead)
                    addNote(release.note, QStringLiteral("not known whether its containers still exist"));
            } else if (outcome == ReleaseStatus::Failed && !m_succeeded.contains(release.id)) {
                release.status = ReleaseStatus::Failed;
            } else {
                release.status = ReleaseStatus::Available;
            }
            if (outcome == ReleaseStatus::Failed && !m_succeeded.contains(release.id))
                addNote(release.note,
                        QStringLiteral("it was booted, but never tagged as the latest: its deploy failed"));
        }
        QSet<QString> judged;
        for (const DeployEvent &event : m_history.events) { // newest first
            if (event.kind == ReleaseKind::Config || event.outcome == ReleaseStatus::Failed)
                continue;
            judged.insert(event.release);
            if (event.kind != ReleaseKind::Rollback || event.from.isEmpty() || judged.contains(event.from))
                continue;
            judged.insert(event.from);
            const auto left = std::ranges::find(m_history.releases, event.from, &Release::id);
            if (left != m_history.releases.end() && left->status == ReleaseStatus::Available)
                left->status = ReleaseStatus::RolledBack;
        }
    }

    const Settings &m_settings;
    const std::vector<HostFacts> &m_hosts;
    const QDateTime &m_now;
    bool m_enginesRead = false;
    QSet<QString> m_succeeded;
    QHash<QString, ReleaseStatus> m_outcome; ///< of the last deploy of a version
    DeploymentHistory m_history;
};

} // namespace

DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts, const QDateTime &now)
{
    return Builder(settings, hosts, now).build();
}

} // namespace taffrail::sources::kamal
