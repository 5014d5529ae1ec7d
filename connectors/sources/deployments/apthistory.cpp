// SPDX-License-Identifier: GPL-3.0-or-later
#include "apthistory.h"

#include "debianversion.h"
#include "fleet.h"
#include "text.h"

#include <algorithm>

namespace taffrail::sources::apt {

namespace {

using namespace std::chrono_literals;

/// Package lists are fetched daily where anything fetches them; older ones name files that may be gone (own choice).
constexpr std::chrono::seconds listsMayAge = 72h;

struct NewerFirst {
    bool operator()(const QString &left, const QString &right) const { return compareDebianVersions(left, right) > 0; }
};

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
        m_history.source = QStringLiteral("apt");
        m_history.app = m_settings.app;
        for (const HostFacts &facts : m_hosts) {
            if (!facts.error)
                addVersions(facts);
            addHost(facts);
            if (!facts.error && facts.lock && !m_history.locked)
                m_history.locked = facts.lock;
        }
        for (const HostFacts &facts : m_hosts) {
            if (!facts.error)
                addEvents(facts);
        }
        // Newest first; of one moment, the later line of the log first.
        std::ranges::reverse(m_history.events);
        std::ranges::stable_sort(m_history.events, std::greater<>(), &DeployEvent::at);
        m_history.events = fleet::mergedEvents(std::move(m_history.events), fleet::readableHosts(m_hosts));
        judge();
        fleet::agreeOnLive(m_history);
        for (auto &[version, release] : m_releases)
            m_history.releases.push_back(release);
        return std::move(m_history);
    }

private:
    Release &releaseOf(const QString &version)
    {
        Release &release = m_releases[version];
        if (release.id.isEmpty()) {
            release.id = release.version = version;
            release.kind = ReleaseKind::Unknown;
            release.confidence = Confidence::Inferred;
        }
        return release;
    }

    void addVersions(const HostFacts &facts)
    {
        for (const QString &version : facts.offered)
            addPresent(releaseOf(version), facts);
        for (const QString &version : facts.cached) {
            addPresent(releaseOf(version), facts);
            fleet::addNote(releaseOf(version).note,
                           QStringLiteral("its file lies in apt's cache of %1").arg(facts.host));
        }
    }

    static void addPresent(Release &release, const HostFacts &facts)
    {
        if (!release.presentOn.contains(facts.host))
            release.presentOn << facts.host;
    }

    void addHost(const HostFacts &facts)
    {
        HostRelease host;
        host.host = facts.host;
        host.error = facts.error;
        if (facts.error) {
            m_history.notes << sentence(*facts.error);
            m_history.hosts.push_back(host);
            return;
        }
        host.freeBytes = facts.freeBytes;
        const auto found = facts.installed.find(m_settings.package);
        const bool isThere = found != facts.installed.end() && found->second.state != QLatin1String("config-files")
            && found->second.state != QLatin1String("not-installed");
        if (isThere)
            addLive(facts, found->second, host);
        else
            m_history.notes << QStringLiteral("%1: package %2 is not installed").arg(facts.host, m_settings.package);
        addNotes(facts);
        m_history.hosts.push_back(host);
    }

    void addLive(const HostFacts &facts, const Installed &installed, HostRelease &host)
    {
        host.live = installed.version;
        host.switchedAt = installed.changedAt;
        Release &release = releaseOf(installed.version);
        release.liveOn << facts.host;
        // Installed files are there, whether or not the package could be fetched again.
        addPresent(release, facts);
        if (!facts.offered.contains(installed.version) && !facts.cached.contains(installed.version))
            fleet::addNote(release.note, QStringLiteral("%1 could not fetch it again").arg(facts.host));
        if (installed.state != QLatin1String("installed"))
            m_history.notes << QStringLiteral("%1: %2 is %3: dpkg did not finish")
                                   .arg(facts.host, m_settings.package, installed.state);
        if (installed.isHeld)
            m_history.notes << QStringLiteral("%1: %2 is on hold").arg(facts.host, m_settings.package);
        for (const QString &other : m_settings.with) {
            const auto found = facts.installed.find(other);
            if (found == facts.installed.end() || found->second.version != installed.version)
                m_history.notes << QStringLiteral("%1: %2 is %3, not %4")
                                       .arg(facts.host, other,
                                            found == facts.installed.end() ? QStringLiteral("not installed")
                                                                           : found->second.version,
                                            installed.version);
        }
        judgeUnit(facts, installed, host);
    }

    // A process keeps the program that it was started from, whatever was installed since.
    void judgeUnit(const HostFacts &facts, const Installed &installed, HostRelease &host)
    {
        if (m_settings.unit.isEmpty())
            return;
        if (facts.unitState != QLatin1String("active")) {
            m_history.notes << QStringLiteral("%1: not known which version %2 runs: %3")
                                   .arg(facts.host, m_settings.unit,
                                        facts.unitState.isEmpty() ? QStringLiteral("no answer") : facts.unitState);
        } else if (facts.unitStartedAt.isValid() && installed.changedAt.isValid()) {
            if (facts.unitStartedAt >= installed.changedAt.addSecs(-1)) {
                host.running = installed.version;
                fleet::addNote(releaseOf(installed.version).note,
                               QStringLiteral("%1: %2 runs since %3")
                                   .arg(facts.host, m_settings.unit, rfc3339(facts.unitStartedAt)));
            } else {
                if (!facts.changes.empty() && facts.changes.back().to == installed.version)
                    host.running = facts.changes.back().from;
                m_history.notes << QStringLiteral("%1: %2 was not restarted since %3 was installed")
                                       .arg(facts.host, m_settings.unit, installed.version);
            }
        }
        if (facts.needsReload)
            m_history.notes
                << QStringLiteral("%1: the file of %2 changed since systemd read it").arg(facts.host, m_settings.unit);
    }

    void addNotes(const HostFacts &facts)
    {
        for (const QString &file : facts.hiddenLogs)
            m_history.notes << QStringLiteral("%1: no right to read %2").arg(facts.host, file);
        if (facts.listsAt.isValid() && m_now.isValid() && ageOf(facts.listsAt, m_now) > listsMayAge)
            m_history.notes << QStringLiteral("%1: the package lists are %2 old: files that they name may be gone")
                                   .arg(facts.host, ageText(ageOf(facts.listsAt, m_now)));
    }

    void addEvents(const HostFacts &facts)
    {
        const auto found = facts.installed.find(m_settings.package);
        const QString live = found == facts.installed.end() ? QString() : found->second.version;
        QString last;
        for (const LoggedChange &change : facts.changes) {
            m_history.events.push_back(eventOf(facts, change, &change == &facts.changes.back()));
            if (change.trouble.isEmpty())
                last = change.to;
            if (!change.to.isEmpty())
                releaseOf(change.to);
            if (!change.from.isEmpty())
                releaseOf(change.from);
        }
        if (!facts.changes.empty() && facts.changes.back().to == live)
            m_history.events.back().outcome
                = facts.changes.back().trouble.isEmpty() ? ReleaseStatus::Live : m_history.events.back().outcome;
        else if (!facts.changes.empty() && last != live && !live.isEmpty())
            m_history.events.push_back(outOfBand(facts, live, last, found->second.changedAt));
    }

    DeployEvent eventOf(const HostFacts &facts, const LoggedChange &change, bool isLast) const
    {
        DeployEvent event;
        event.release = change.to.isEmpty() ? change.from : change.to;
        event.from = change.from;
        event.actor = change.actor;
        event.at = change.at;
        event.host = facts.host;
        event.raw = change.command.isEmpty() ? QStringLiteral("dpkg") : change.command;
        // dpkg says "upgrade" in both directions.
        event.kind = change.to.isEmpty()                                                  ? ReleaseKind::Unknown
            : change.isReinstall || change.from == change.to                              ? ReleaseKind::Redeploy
            : !change.from.isEmpty() && compareDebianVersions(change.to, change.from) < 0 ? ReleaseKind::Rollback
                                                                                          : ReleaseKind::Deploy;
        if (!change.trouble.isEmpty()) {
            event.outcome = ReleaseStatus::Failed;
            event.raw += QStringLiteral(": ") + change.trouble;
        } else if (change.to.isEmpty()) {
            event.outcome = ReleaseStatus::Removed;
        } else if (change.endTime.isEmpty()) {
            event.outcome = isLast && facts.lock ? ReleaseStatus::Running : ReleaseStatus::Unfinished;
        }
        return event;
    }

    static DeployEvent outOfBand(const HostFacts &facts, const QString &live, const QString &last, const QDateTime &at)
    {
        DeployEvent event;
        event.release = live;
        event.from = last;
        event.kind = ReleaseKind::OutOfBand;
        event.confidence = Confidence::Reconciled;
        event.outcome = ReleaseStatus::Live;
        event.at = at;
        event.host = facts.host;
        return event;
    }

    void judge()
    {
        std::set<QString> judged, left;
        for (const DeployEvent &event : m_history.events) { // newest first
            Release &release = releaseOf(event.release);
            if (judged.insert(event.release).second) {
                release.kind = event.kind;
                release.confidence = event.confidence;
                release.deployedAt = event.at;
                release.deployedBy = event.actor;
                if (event.outcome == ReleaseStatus::Failed || event.outcome == ReleaseStatus::Unfinished
                    || event.outcome == ReleaseStatus::Running) {
                    release.status = event.outcome;
                    fleet::addNote(release.note, event.raw);
                }
            }
            if (event.kind == ReleaseKind::Rollback && event.outcome != ReleaseStatus::Failed
                && !judged.contains(event.from) && left.insert(event.from).second)
                releaseOf(event.from).status = ReleaseStatus::RolledBack;
        }
        for (auto &[version, release] : m_releases) {
            if (!release.liveOn.isEmpty())
                release.status = ReleaseStatus::Live;
            else if (release.presentOn.isEmpty())
                release.status = ReleaseStatus::Removed;
        }
    }

    const Settings &m_settings;
    const std::vector<HostFacts> &m_hosts;
    const QDateTime m_now;
    std::map<QString, Release, NewerFirst> m_releases;
    DeploymentHistory m_history;
};

} // namespace

DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts, const QDateTime &now)
{
    return Builder(settings, hosts, now).build();
}

} // namespace taffrail::sources::apt
