// SPDX-License-Identifier: GPL-3.0-or-later
#include "capistranohistory.h"

#include "capistranoevents.h"
#include "fleet.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>
#include <set>

namespace taffrail::sources::capistrano {

namespace {

// A release without a log line that is this young may still be in the making; an older one has failed.
constexpr std::chrono::minutes deployMayTake{30};

/// Release that a path below releases/ belongs to, or "".
QString releaseOfFolder(const QString &folder)
{
    static const QRegularExpression inside(QStringLiteral("/releases/([0-9]{14})(?:/|$| \\(deleted\\)$)"));
    return inside.match(folder).captured(1);
}

HostRelease hostRelease(const HostFacts &facts)
{
    HostRelease host;
    host.host = facts.host;
    host.error = facts.error;
    if (facts.error)
        return host;
    host.live = facts.live;
    host.dangling = facts.dangling;
    host.revision = facts.liveRevision;
    host.switchedAt = facts.switchedAt;
    host.freeBytes = facts.freeBytes;
    host.running = releaseOfFolder(facts.processFolder);
    return host;
}

class Builder {
public:
    Builder(const Settings &settings, const std::vector<HostFacts> &hosts, const QDateTime &now)
        : m_settings(settings),
          m_hosts(hosts),
          m_now(now),
          m_lines(mergeLogs(hosts))
    {
    }

    DeploymentHistory build()
    {
        m_history.source = QStringLiteral("capistrano");
        m_history.app = m_settings.app;
        m_history.keepReleases = m_settings.keepReleases > 0 ? m_settings.keepReleases : -1;
        for (const HostFacts &facts : m_hosts) {
            m_history.hosts.push_back(hostRelease(facts));
            if (!facts.error && facts.lock && !m_history.locked)
                m_history.locked = facts.lock;
        }
        m_history.events = buildEvents(m_lines, m_hosts);
        collectReleases();
        for (auto &[id, release] : m_releases)
            judge(release);
        takeReleases();
        m_history.notes = buildNotes(m_lines, m_hosts, m_history);
        fleet::agreeOnLive(m_history);
        return std::move(m_history);
    }

private:
    Release &releaseOf(const QString &id)
    {
        const auto [place, isNew] = m_releases.try_emplace(id);
        Release &release = place->second;
        if (isNew) {
            release.id = id;
            release.deployedAt = stampTime(id);
            release.confidence = Confidence::Inferred;
            release.kind = ReleaseKind::Unknown;
            if (isStamp(id) && !release.deployedAt.isValid())
                addNote(release, QStringLiteral("its name is no date"));
        }
        return release;
    }

    static void addNote(Release &release, const QString &note) { fleet::addNote(release.note, note); }

    void collectReleases()
    {
        for (const FleetLine &entry : m_lines)
            addLogged(entry.line);
        for (const HostFacts &facts : m_hosts) {
            if (facts.error)
                continue;
            for (const auto &[stamp, folder] : facts.releases)
                addPresent(facts, stamp, folder);
            for (const QString &stamp : facts.archives)
                addNote(releaseOf(stamp),
                        QStringLiteral("archived on %1 as rolled-back-release-%2.tar.gz").arg(facts.host, stamp));
            addLive(facts);
        }
    }

    void addLogged(const LogLine &line)
    {
        if (line.release.isEmpty())
            return;
        Release &release = releaseOf(line.release);
        if (line.kind != ReleaseKind::Deploy) {
            m_mentioned.insert(line.release);
            return;
        }
        m_logged.insert(line.release);
        release.kind = ReleaseKind::Deploy;
        release.confidence = Confidence::Logged;
        release.branch = line.branch;
        release.deployedBy = line.user;
        release.revision = line.revision;
    }

    void addPresent(const HostFacts &facts, const QString &stamp, const ReleaseDirectory &folder)
    {
        Release &release = releaseOf(stamp);
        if (!folder.isDirectory) {
            addNote(release, QStringLiteral("on %1 it is not a directory").arg(facts.host));
            return;
        }
        release.presentOn << facts.host;
        takeRevision(facts, release, folder.revision);
        if (folder.revisionTime.isValid())
            addNote(release, QStringLiteral("commit of %1").arg(rfc3339(folder.revisionTime)));
        addHorizon(facts, release);
    }

    // What lies on the disk is what runs; the log only says what was meant.
    void takeRevision(const HostFacts &facts, Release &release, const QString &revision)
    {
        if (revision.isEmpty()) {
            addNote(release, QStringLiteral("no REVISION on %1").arg(facts.host));
        } else if (m_onDisk.insert(release.id).second) {
            if (!release.revision.isEmpty() && release.revision != revision)
                addNote(release, QStringLiteral("revisions.log names commit %1").arg(release.revision));
            release.revision = revision;
        } else if (release.revision != revision) {
            addNote(release, QStringLiteral("REVISION on %1 is %2").arg(facts.host, revision));
        }
    }

    // The tool's cleanup keeps the last N names; the N-th further deploy after the newest removes this one.
    void addHorizon(const HostFacts &facts, Release &release) const
    {
        if (m_settings.keepReleases <= 0)
            return;
        const auto newer = std::count_if(facts.releases.upper_bound(release.id), facts.releases.end(),
                                         [](const auto &other) { return other.second.isDirectory; });
        const int left = std::max(1, m_settings.keepReleases - int(newer));
        release.deploysUntilPruned = release.deploysUntilPruned < 0 ? left : std::min(release.deploysUntilPruned, left);
    }

    void addLive(const HostFacts &facts)
    {
        if (facts.live.isEmpty())
            return;
        Release &release = releaseOf(facts.live);
        if (facts.dangling) {
            addNote(release, QStringLiteral("the live link of %1 points to it, but it is gone").arg(facts.host));
            return;
        }
        release.liveOn << facts.host;
        if (!release.presentOn.contains(facts.host))
            release.presentOn << facts.host;
        if (release.revision.isEmpty())
            release.revision = facts.liveRevision;
        if (!release.deployedAt.isValid())
            release.deployedAt = facts.switchedAt;
        if (facts.liveIsElsewhere)
            addNote(release, QStringLiteral("on %1 the live link leads to %2").arg(facts.host, facts.target));
    }

    void judge(Release &release)
    {
        const bool isKnown = m_logged.contains(release.id);
        if (!release.liveOn.isEmpty()) {
            release.status = ReleaseStatus::Live;
            if (!isKnown && anyLog() && !isOlderThanLog(release.id)) {
                release.kind = ReleaseKind::OutOfBand;
                release.confidence = Confidence::Reconciled;
                addNote(release, QStringLiteral("live, but revisions.log has no line for its deploy"));
            }
        } else if (isExtracting(release.id)) {
            release.status = ReleaseStatus::Running;
            addNote(release, QStringLiteral("its files are being unpacked now"));
        } else if (release.presentOn.isEmpty()) {
            release.status = isPresenceKnown() ? ReleaseStatus::Removed : ReleaseStatus::Available;
            if (release.status == ReleaseStatus::Available)
                addNote(release, QStringLiteral("not known whether its files still exist"));
        } else if (wasRolledBack(release.id)) {
            release.status = ReleaseStatus::RolledBack;
        } else if (isKnown || m_mentioned.contains(release.id)) {
            release.status = ReleaseStatus::Available;
        } else {
            judgeUnlogged(release);
        }
    }

    // The tool writes its line at the very end, so a release without one did not get there, unless the log can't tell.
    void judgeUnlogged(Release &release)
    {
        release.status = ReleaseStatus::Available;
        if (!anyLog()) {
            addNote(release, QStringLiteral("there is no log that tells whether its deploy finished"));
        } else if (isOlderThanLog(release.id)) {
            addNote(release, QStringLiteral("older than the log"));
        } else if (hasForeignText()) {
            addNote(release,
                    QStringLiteral("revisions.log is not in the tool's own words: not known whether it finished"));
        } else if (isNewest(release.id) && release.deployedAt.isValid() && m_now.isValid()
                   && ageOf(release.deployedAt, m_now) < deployMayTake) {
            release.status = ReleaseStatus::Unfinished;
            addNote(release, QStringLiteral("no line in revisions.log yet: its deploy may still be running"));
        } else {
            release.status = ReleaseStatus::Failed;
            addNote(release, QStringLiteral("no line in revisions.log: its deploy did not finish"));
        }
    }

    bool anyLog() const
    {
        return std::ranges::any_of(m_hosts, [](const HostFacts &facts) { return !facts.error && facts.log; });
    }

    bool hasForeignText() const
    {
        return std::ranges::any_of(m_lines, [](const FleetLine &entry) {
            return entry.line.kind == ReleaseKind::Unknown && entry.line.release.isEmpty();
        });
    }

    bool isOlderThanLog(const QString &id) const
    {
        for (const FleetLine &entry : m_lines) {
            if (entry.line.kind == ReleaseKind::Deploy)
                return id < entry.line.release;
        }
        return m_lines.empty() ? false : std::ranges::any_of(m_hosts, &HostFacts::logCut);
    }

    bool isNewest(const QString &id) const { return m_logged.empty() || id > *m_logged.rbegin(); }

    bool isExtracting(const QString &id) const
    {
        return std::ranges::any_of(m_hosts,
                                   [&id](const HostFacts &facts) { return !facts.error && facts.extracting == id; });
    }

    bool isPresenceKnown() const
    {
        return std::ranges::any_of(m_hosts,
                                   [](const HostFacts &facts) { return !facts.error && facts.releasesReadable; });
    }

    // Left by a rollback to an older release, and not deployed or gone to since.
    bool wasRolledBack(const QString &id) const
    {
        bool rolledBack = false;
        for (auto event = m_history.events.rbegin(); event != m_history.events.rend(); ++event) {
            if (event->release == id)
                rolledBack = false;
            else if (event->from == id && event->kind == ReleaseKind::Rollback)
                rolledBack = event->release < id;
        }
        return rolledBack;
    }

    void takeReleases()
    {
        for (auto &[id, release] : m_releases)
            m_history.releases.push_back(std::move(release));
        std::ranges::stable_sort(m_history.releases, [](const Release &left, const Release &right) {
            const auto key = [](const Release &release) {
                return isStamp(release.id) ? release.id
                                           : release.deployedAt.toUTC().toString(QStringLiteral("yyyyMMddhhmmss"));
            };
            return std::pair(key(left), left.id) > std::pair(key(right), right.id);
        });
    }

    const Settings &m_settings;
    const std::vector<HostFacts> &m_hosts;
    const QDateTime &m_now;
    std::vector<FleetLine> m_lines; ///< oldest first
    std::map<QString, Release> m_releases;
    std::set<QString> m_logged; ///< with a "deployed as" line
    std::set<QString> m_mentioned; ///< in other lines only
    std::set<QString> m_onDisk; ///< whose revision comes from a REVISION file
    DeploymentHistory m_history;
};

} // namespace

DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts, const QDateTime &now)
{
    return Builder(settings, hosts, now).build();
}

} // namespace taffrail::sources::capistrano
