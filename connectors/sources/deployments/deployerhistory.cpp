// SPDX-License-Identifier: GPL-3.0-or-later
#include "deployerhistory.h"

#include "deployerevents.h"
#include "text.h"

#include <QRegularExpression>
#include <QSet>

#include <algorithm>

namespace taffrail::sources::deployer {

namespace {

using probes::addNote;

// A deploy that began longer ago than this does not run any more, whatever its lock says (own choice).
constexpr std::chrono::minutes deployMayTake{30};

/// Name below releases/ that a path lies in, or "".
QString releaseOfFolder(const QString &folder)
{
    static const QRegularExpression inside(QStringLiteral("/releases/([A-Za-z0-9._-]+)(?:/|$| \\(deleted\\)$)"));
    return inside.match(folder).captured(1);
}

bool isNumber(const QString &text)
{
    return !text.isEmpty() && text.size() < 18
        && std::ranges::all_of(text, [](QChar each) { return each >= QLatin1Char('0') && each <= QLatin1Char('9'); });
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
        m_history.source = QStringLiteral("deployer");
        m_history.app = m_settings.app;
        m_history.keepReleases = m_settings.keepReleases > 0 ? m_settings.keepReleases : -1;
        for (const HostFacts &facts : m_hosts)
            addHost(facts);
        sortReleases();
        for (const HostFacts &facts : m_hosts)
            judgeHost(facts);
        for (Release &release : m_history.releases)
            judge(release);
        for (const HostFacts &facts : m_hosts)
            addEvents(facts, m_history);
        probes::mergeEvents(m_history, std::chrono::minutes(15));
        reconcile();
        addNotes();
        probes::agree(m_history);
        return std::move(m_history);
    }

private:
    void addHost(const HostFacts &facts)
    {
        HostRelease host;
        host.host = facts.host;
        host.error = facts.error;
        if (!facts.error) {
            host.live = facts.live;
            host.dangling = facts.dangling;
            host.revision = facts.liveRevision;
            host.switchedAt = facts.switchedAt;
            host.freeBytes = facts.freeBytes;
            host.running = releaseOfFolder(facts.unit.folder);
            if (facts.lock && !m_history.locked)
                m_history.locked = facts.lock;
            addReleases(facts);
        }
        m_history.hosts.push_back(host);
    }

    void addReleases(const HostFacts &facts)
    {
        for (const LogEntry &entry : facts.log.value_or(std::vector<LogEntry>())) {
            Release &release = probes::releaseOf(m_history, entry.release);
            m_logged.insert(entry.release);
            release.kind = ReleaseKind::Deploy;
            release.confidence = entry.isOld ? Confidence::Inferred : Confidence::Logged;
            release.deployedAt = entry.at;
            release.deployedBy = entry.user;
            release.branch = entry.target;
        }
        for (const auto &[name, folder] : facts.folders) {
            Release &release = probes::releaseOf(m_history, name);
            if (!folder.isDirectory) {
                addNote(release.note, QStringLiteral("on %1 it is not a directory").arg(facts.host));
                continue;
            }
            release.presentOn << facts.host;
            if (!release.revision.isEmpty() && !folder.revision.isEmpty() && release.revision != folder.revision)
                addNote(release.note, QStringLiteral("REVISION on %1 is %2").arg(facts.host, folder.revision));
            else if (!folder.revision.isEmpty())
                release.revision = folder.revision;
        }
        if (facts.live.isEmpty())
            return;
        Release &live = probes::releaseOf(m_history, facts.live);
        if (facts.dangling) {
            addNote(live.note, QStringLiteral("the live link of %1 points to it, but it is gone").arg(facts.host));
            return;
        }
        live.liveOn << facts.host;
        if (!live.presentOn.contains(facts.host))
            live.presentOn << facts.host;
        if (live.revision.isEmpty())
            live.revision = facts.liveRevision;
    }

    // The tool counts up. Only where names were overridden does the log's time decide.
    void sortReleases()
    {
        const bool areNumbers
            = std::ranges::all_of(m_history.releases, [](const Release &release) { return isNumber(release.id); });
        std::ranges::stable_sort(m_history.releases, [areNumbers](const Release &left, const Release &right) {
            if (areNumbers)
                return left.id.toLongLong() > right.id.toLongLong();
            const auto seconds = [](const QDateTime &time) { return time.isValid() ? time.toSecsSinceEpoch() : 0; };
            return std::pair(seconds(left.deployedAt), left.id) > std::pair(seconds(right.deployedAt), right.id);
        });
        for (size_t i = 0; i < m_history.releases.size(); ++i)
            m_rank.insert(m_history.releases[i].id, int(i));
    }

    void judgeHost(const HostFacts &facts)
    {
        if (facts.error)
            return;
        if (m_settings.keepReleases > 0 && facts.foldersReadable)
            addHorizon(facts);
        bool older = false; // one with a REVISION is older than the present one
        for (auto release = m_history.releases.rbegin(); release != m_history.releases.rend(); ++release) {
            const auto folder = facts.folders.find(release->id);
            if (folder == facts.folders.end() || !folder->second.isDirectory)
                continue;
            const Folder &found = folder->second;
            if (found.bad)
                addBad(*release, facts, found);
            else if (found.isDirty)
                m_unfinished.insert(release->id, QStringLiteral("marked as dirty on %1").arg(facts.host));
            else if (facts.unfinished == release->id)
                addUnfinished(*release, facts);
            else if (isNewerThanLive(facts, release->id))
                m_unfinished.insert(
                    release->id,
                    QStringLiteral("newer than the live release of %1, and nobody marked it: its deploy "
                                   "probably did not finish")
                        .arg(facts.host));
            else if (older && found.revision.isEmpty() && release->id != facts.live)
                m_unfinished.insert(
                    release->id,
                    QStringLiteral("no REVISION on %1: its deploy did not get as far as the code").arg(facts.host));
            older = older || !found.revision.isEmpty();
        }
    }

    void addBad(Release &release, const HostFacts &facts, const Folder &folder)
    {
        m_bad.insert(release.id);
        const Mark &mark = *folder.bad;
        QString words = QStringLiteral("marked as bad on %1").arg(facts.host);
        if (!mark.by.isEmpty())
            words += QStringLiteral(" by %1").arg(mark.by);
        if (mark.at.isValid())
            words += QStringLiteral(" at %1").arg(rfc3339(mark.at));
        addNote(release.note, words);
    }

    void addUnfinished(const Release &release, const HostFacts &facts)
    {
        const bool isYoung
            = release.deployedAt.isValid() && m_now.isValid() && ageOf(release.deployedAt, m_now) < deployMayTake;
        if (facts.lock && isYoung)
            m_running.insert(release.id);
        m_unfinished.insert(
            release.id, QStringLiteral("its deploy did not finish on %1: the next deploy deletes it").arg(facts.host));
    }

    bool isNewerThanLive(const HostFacts &facts, const QString &id) const
    {
        const bool isOrdered
            = (isNumber(id) && isNumber(facts.live)) || (m_logged.contains(id) && m_logged.contains(facts.live));
        return isOrdered && !facts.dangling && id != facts.live && m_rank.value(id) < m_rank.value(facts.live, -1);
    }

    // Its cleanup counts what is in the log and on the disk, unfinished ones included, and deletes from the N-th on.
    void addHorizon(const HostFacts &facts)
    {
        QSet<QString> logged;
        for (const LogEntry &entry : facts.log.value_or(std::vector<LogEntry>()))
            logged.insert(entry.release);
        int rank = 0;
        for (Release &release : m_history.releases) {
            const auto folder = facts.folders.find(release.id);
            if (folder == facts.folders.end() || !folder->second.isDirectory || !logged.contains(release.id))
                continue;
            const int left = release.id == facts.unfinished ? 1 : std::max(1, m_settings.keepReleases - rank);
            release.deploysUntilPruned
                = release.deploysUntilPruned < 0 ? left : std::min(release.deploysUntilPruned, left);
            ++rank;
        }
    }

    void judge(Release &release) const
    {
        if (!m_logged.contains(release.id))
            addNote(release.note,
                    anyLog() ? QStringLiteral("not in .dep/releases_log")
                             : QStringLiteral("there is no log that tells when it was deployed"));
        if (!release.liveOn.isEmpty()) {
            release.status = ReleaseStatus::Live;
        } else if (release.presentOn.isEmpty()) {
            release.status = isPresenceKnown() ? ReleaseStatus::Removed : ReleaseStatus::Available;
            if (release.status == ReleaseStatus::Available)
                addNote(release.note, QStringLiteral("not known whether its files still exist"));
        } else if (m_bad.contains(release.id)) {
            release.status = ReleaseStatus::Bad;
        } else if (m_unfinished.contains(release.id)) {
            release.status = m_running.contains(release.id) ? ReleaseStatus::Running : ReleaseStatus::Unfinished;
            addNote(release.note,
                    m_running.contains(release.id) ? QStringLiteral("it is being deployed")
                                                   : m_unfinished.value(release.id));
        } else {
            release.status = ReleaseStatus::Available;
            addNote(release.note,
                    QStringLiteral("the tool logs a deploy when it begins: that this one finished is "
                                   "not on record"));
        }
    }

    bool anyLog() const
    {
        return std::ranges::any_of(m_hosts, [](const HostFacts &facts) { return !facts.error && facts.log; });
    }

    bool isPresenceKnown() const
    {
        return std::ranges::any_of(m_hosts,
                                   [](const HostFacts &facts) { return !facts.error && facts.foldersReadable; });
    }

    // The events say which switches contradict the record.
    void reconcile()
    {
        for (const DeployEvent &event : m_history.events) {
            if (event.kind != ReleaseKind::OutOfBand)
                continue;
            Release &release = probes::releaseOf(m_history, event.release);
            if (!m_logged.contains(release.id) && !release.liveOn.isEmpty()) {
                release.kind = ReleaseKind::OutOfBand;
                release.confidence = Confidence::Reconciled;
            }
        }
    }

    void addNotes()
    {
        for (const HostFacts &facts : m_hosts)
            m_history.notes << hostNotes(facts);
        int good = 0, spoilt = 0;
        for (const Release &release : m_history.releases) {
            good += release.status == ReleaseStatus::Available && !release.presentOn.isEmpty() ? 1 : 0;
            spoilt += (release.status == ReleaseStatus::Unfinished || release.status == ReleaseStatus::Bad) ? 1 : 0;
        }
        // Failed deploys count as kept releases: they push the good ones out.
        if (spoilt > 0)
            m_history.notes << QStringLiteral(
                                   "good targets left: %1 (%2 bad or unfinished ones take the place of others)")
                                   .arg(good)
                                   .arg(spoilt);
    }

    const Settings &m_settings;
    const std::vector<HostFacts> &m_hosts;
    const QDateTime &m_now;
    QSet<QString> m_logged, m_bad, m_running;
    QHash<QString, QString> m_unfinished; ///< and why
    QHash<QString, int> m_rank; ///< 0 = newest
    DeploymentHistory m_history;
};

} // namespace

DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts, const QDateTime &now)
{
    return Builder(settings, hosts, now).build();
}

} // namespace taffrail::sources::deployer
