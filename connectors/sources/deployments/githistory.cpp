// SPDX-License-Identifier: GPL-3.0-or-later
#include "githistory.h"

#include "text.h"

#include <QRegularExpression>

#include <algorithm>
#include <set>

namespace taffrail::sources::gitdeploy {

namespace {

using probes::addNote;

/// Tags beyond these are no releases that anybody would go back to (own choice).
constexpr int mostTags = 30;

QString verbOf(const Move &move)
{
    static const QRegularExpression first(QStringLiteral("\\A([a-z-]+)"));
    return first.match(move.message).captured(1);
}

/// Made on the host itself, not brought to it.
bool isLocalWork(const Move &move)
{
    static const QStringList verbs{QStringLiteral("commit"), QStringLiteral("cherry-pick"), QStringLiteral("revert"),
                                   QStringLiteral("am")};
    return verbs.contains(verbOf(move));
}

class Builder {
public:
    Builder(const Settings &settings, const std::vector<HostFacts> &hosts) : m_settings(settings), m_hosts(hosts) {}

    DeploymentHistory build()
    {
        m_history.source = QStringLiteral("git");
        m_history.app = m_settings.app;
        for (const HostFacts &facts : m_hosts)
            addHost(facts);
        for (Release &release : m_history.releases)
            judge(release);
        sortReleases();
        probes::mergeEvents(m_history, std::chrono::minutes(15));
        markRolledBack();
        probes::agree(m_history);
        return std::move(m_history);
    }

private:
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
        host.live = host.revision = facts.head;
        host.freeBytes = facts.freeBytes;
        for (const Move &move : facts.moves) {
            if (move.to == facts.head && move.to != move.from)
                host.switchedAt = move.at;
        }
        host.running = runningOf(facts, host.switchedAt);
        if (facts.lock && !m_history.locked)
            m_history.locked = facts.lock;
        addReleases(facts);
        addEvents(facts);
        addNotes(facts, host);
        m_history.hosts.push_back(host);
    }

    // A process has what was checked out when it began; both times are the host's own.
    static QString runningOf(const HostFacts &facts, const QDateTime &switchedAt)
    {
        const QDateTime &began = facts.unit.startedAt;
        if (!began.isValid() || !switchedAt.isValid())
            return {};
        if (began >= switchedAt)
            return facts.head;
        QString then;
        for (const Move &move : facts.moves) {
            if (move.at.isValid() && move.at <= began)
                then = move.to;
        }
        return then;
    }

    void addReleases(const HostFacts &facts)
    {
        for (const Move &move : facts.moves)
            addMoved(facts, move);
        int tags = 0;
        for (const Tag &tag : facts.tags) {
            const bool isNew = std::ranges::none_of(m_history.releases,
                                                    [&tag](const Release &each) { return each.id == tag.commit; });
            if (isNew && ++tags > mostTags)
                continue;
            Release &release = probes::releaseOf(m_history, tag.commit);
            release.revision = tag.commit;
            if (!release.version.split(QStringLiteral(", ")).contains(tag.name))
                release.version += release.version.isEmpty() ? tag.name : QStringLiteral(", ") + tag.name;
            if (isNew)
                m_tagged[tag.commit] = tag.at;
            // A tag keeps its commit from being collected.
            addPresent(release, facts.host);
        }
        Release &live = probes::releaseOf(m_history, facts.head);
        live.revision = facts.head;
        live.liveOn << facts.host;
        addPresent(live, facts.host);
        if (!facts.branch.isEmpty())
            live.branch = facts.branch;
        if (!facts.commitsRead)
            m_unreadObjects = true;
        for (const auto &[id, commit] : facts.commits) {
            const auto found = std::ranges::find(m_history.releases, id, &Release::id);
            if (found == m_history.releases.end())
                continue;
            addPresent(*found, facts.host);
            if (!commit.subject.isEmpty())
                addNote(found->note, QStringLiteral("%1: %2").arg(commit.author, redacted(commit.subject)));
        }
    }

    static void addPresent(Release &release, const QString &host)
    {
        if (!release.presentOn.contains(host))
            release.presentOn << host;
    }

    void addMoved(const HostFacts &, const Move &move)
    {
        static const QRegularExpression target(QStringLiteral("\\Acheckout: moving from \\S+ to (\\S+)\\z"));
        Release &release = probes::releaseOf(m_history, move.to);
        release.revision = isFullCommit(move.to) ? move.to : QString();
        release.confidence = Confidence::Logged;
        release.deployedAt = move.at;
        release.deployedBy = move.by;
        const QString name = target.match(move.message).captured(1);
        if (!name.isEmpty() && !probes::isCommit(name))
            release.branch = name;
        m_moved.insert(move.to);
        if (!move.from.isEmpty()) // the log was cut before: what it began with was live, too
            probes::releaseOf(m_history, move.from).revision = move.from;
    }

    void addEvents(const HostFacts &facts)
    {
        std::set<QString> seen;
        std::vector<DeployEvent> events;
        for (const Move &move : facts.moves) {
            DeployEvent event;
            event.release = move.to;
            event.from = move.from;
            event.kind = kindOf(facts, move, seen);
            event.confidence = Confidence::Logged;
            event.actor = move.by;
            event.at = move.at;
            event.host = facts.host;
            event.raw = move.raw;
            seen.insert(move.from);
            seen.insert(move.to);
            if (event.kind == ReleaseKind::Rollback && !events.empty())
                events.back().outcome = ReleaseStatus::RolledBack;
            events.push_back(event);
        }
        const bool contradicts = !facts.moves.empty() && facts.moves.back().to != facts.head;
        if (contradicts) {
            DeployEvent event;
            event.release = facts.head;
            event.from = facts.moves.back().to;
            event.kind = ReleaseKind::OutOfBand;
            event.confidence = Confidence::Reconciled;
            event.notBefore = facts.moves.back().at;
            event.host = facts.host;
            event.raw = QStringLiteral("HEAD is not what its reflog ends with");
            events.push_back(event);
            Release &release = probes::releaseOf(m_history, facts.head);
            release.kind = ReleaseKind::OutOfBand;
            release.confidence = Confidence::Reconciled;
        }
        if (!events.empty())
            events.back().outcome = ReleaseStatus::Live;
        for (const DeployEvent &event : events) {
            Release &release = probes::releaseOf(m_history, event.release);
            if (event.kind != ReleaseKind::Redeploy)
                release.kind = event.kind == ReleaseKind::Rollback ? ReleaseKind::Rollback : event.kind;
        }
        // Later lines first: of one second the order of the file stands.
        std::ranges::move(events.rbegin(), events.rend(), std::back_inserter(m_history.events));
    }

    static ReleaseKind kindOf(const HostFacts &facts, const Move &move, const std::set<QString> &seen)
    {
        if (move.from == move.to)
            return ReleaseKind::Redeploy;
        if (isLocalWork(move))
            return ReleaseKind::OutOfBand;
        const auto known = facts.isBack.find({move.from, move.to});
        if (known != facts.isBack.end() && known->second)
            return ReleaseKind::Rollback;
        // Without the commits themselves: what was live before is gone back to.
        if ((known == facts.isBack.end() || verbOf(move) == QLatin1String("reset")) && !move.from.isEmpty()
            && seen.contains(move.to))
            return ReleaseKind::Rollback;
        return ReleaseKind::Deploy;
    }

    void judge(Release &release) const
    {
        if (!release.liveOn.isEmpty())
            release.status = ReleaseStatus::Live;
        else if (!release.presentOn.isEmpty())
            release.status = ReleaseStatus::Available;
        else if (m_unreadObjects) {
            release.status = ReleaseStatus::Available;
            addNote(release.note, QStringLiteral("not known whether its commit is still there"));
        } else {
            release.status = ReleaseStatus::Removed;
            addNote(release.note, QStringLiteral("its commit was collected: only the reflog knows it"));
        }
        if (!m_moved.contains(release.id) && release.liveOn.isEmpty() && m_tagged.contains(release.id))
            addNote(release.note, QStringLiteral("a tag; not live here as far as the reflog goes back"));
    }

    void markRolledBack()
    {
        std::set<QString> judged;
        for (const DeployEvent &event : m_history.events) { // newest first
            judged.insert(event.release);
            if (event.kind != ReleaseKind::Rollback || event.from.isEmpty() || judged.contains(event.from))
                continue;
            Release &left = probes::releaseOf(m_history, event.from);
            if (left.status == ReleaseStatus::Available)
                left.status = ReleaseStatus::RolledBack;
            judged.insert(event.from);
        }
    }

    void sortReleases()
    {
        const auto timeOf = [this](const Release &release) {
            const auto tag = m_tagged.find(release.id);
            const QDateTime time
                = release.deployedAt.isValid() || tag == m_tagged.end() ? release.deployedAt : tag->second;
            return time.isValid() ? time.toSecsSinceEpoch() : 0;
        };
        std::ranges::stable_sort(m_history.releases, [&](const Release &left, const Release &right) {
            return std::pair(timeOf(left), left.id) > std::pair(timeOf(right), right.id);
        });
    }

    void addNotes(const HostFacts &facts, const HostRelease &host)
    {
        const auto note = [&](const QString &text) { m_history.notes << facts.host + QStringLiteral(": ") + text; };
        if (facts.isBare)
            note(QStringLiteral("this is a bare repository: no files of it are live"));
        if (!facts.hasGit)
            note(QStringLiteral("there is no program git: only its files are read"));
        if (facts.isForeign)
            note(QStringLiteral("the repository has another owner: git refuses to look for local edits"));
        else if (facts.commitsRead && !facts.statusRead && !facts.isBare)
            note(QStringLiteral("git did not tell in time whether files were edited on the host"));
        if (facts.changed + facts.unmerged > 0)
            note(QStringLiteral("%1 files were edited on the host: %2")
                     .arg(facts.changed + facts.unmerged)
                     .arg(facts.changedFiles.join(QStringLiteral(", "))));
        if (!facts.unfinished.isEmpty())
            note(QStringLiteral("a %1 was begun and not ended").arg(facts.unfinished));
        if (facts.branch.isEmpty() && facts.hasGit)
            note(QStringLiteral("HEAD is detached: no branch is checked out"));
        if (facts.ahead.value_or(0) > 0)
            note(QStringLiteral("%1 commits here are not in %2").arg(*facts.ahead).arg(facts.upstream));
        if (!facts.hooks.isEmpty())
            note(QStringLiteral("a switch runs the hooks %1").arg(facts.hooks.join(QStringLiteral(", "))));
        if (facts.movesHidden)
            note(QStringLiteral("no right to read the reflog: only what is live is known"));
        else if (facts.moves.empty())
            note(QStringLiteral("there is no reflog: only what is live is known"));
        if (facts.movesCut)
            note(QStringLiteral("only the newest lines of the reflog are read"));
        m_history.notes << unitfacts::unitNotes(facts.host, facts.unit);
        if (unitfacts::startedBefore(facts.unit, host.switchedAt))
            note(QStringLiteral("its process began at %1, before the switch: it was not restarted since")
                     .arg(rfc3339(facts.unit.startedAt)));
    }

    const Settings &m_settings;
    const std::vector<HostFacts> &m_hosts;
    std::set<QString> m_moved;
    std::map<QString, QDateTime> m_tagged; ///< known by a tag first
    bool m_unreadObjects = false;
    DeploymentHistory m_history;
};

} // namespace

DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts)
{
    return Builder(settings, hosts).build();
}

} // namespace taffrail::sources::gitdeploy
