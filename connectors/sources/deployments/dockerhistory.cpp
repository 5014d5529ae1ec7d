// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerhistory.h"

#include "fleet.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>
#include <map>
#include <set>

namespace taffrail::sources::docker {

namespace {

QString repositoryOf(const QString &tag)
{
    const QString name = tag.section(QLatin1Char('@'), 0, 0);
    const qsizetype colon = name.lastIndexOf(QLatin1Char(':'));
    return colon > name.lastIndexOf(QLatin1Char('/')) ? name.left(colon) : name;
}

QString tagWord(const QString &tag)
{
    return tag.mid(repositoryOf(tag).size() + 1);
}

bool isCommit(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A[0-9a-f]{7,64}\\z"));
    return shape.match(text).hasMatch();
}

QString shortOf(const QString &image)
{
    return image.section(QLatin1Char(':'), -1).left(12);
}

/// "exited with code 3", "restarting, 7 times so far"
QString stateWords(const Container &container)
{
    QString words = container.state;
    if (container.state == QLatin1String("exited") || container.state == QLatin1String("dead"))
        words += QStringLiteral(" with code %1").arg(container.exitCode);
    if (container.restarts > 0)
        words += QStringLiteral(", restarted %1 times").arg(container.restarts);
    if (container.killedForMemory)
        words += QStringLiteral(", killed for want of memory");
    if (!container.health.isEmpty())
        words += QStringLiteral(", ") + container.health;
    if (!container.trouble.isEmpty())
        words += QStringLiteral(": ") + container.trouble;
    return words;
}

class Builder {
public:
    Builder(const Settings &settings, const std::vector<HostFacts> &hosts) : m_settings(settings), m_hosts(hosts) {}

    DeploymentHistory build()
    {
        m_history.source = QStringLiteral("docker");
        m_history.app = m_settings.app;
        collectImages();
        for (const HostFacts &facts : m_hosts)
            addHost(facts);
        addEvents();
        judge();
        fleet::agreeOnLive(m_history, [this](const QString &id) { return knownOf(id).release.version; });
        takeReleases();
        return std::move(m_history);
    }

private:
    struct Known {
        Release release;
        QDateTime madeAt; ///< of the image
        QString labelled; ///< its revision label
        QStringList tags;
    };

    Known &knownOf(const QString &id)
    {
        const auto [place, isNew] = m_known.try_emplace(id);
        if (isNew) {
            place->second.release.id = id;
            place->second.release.kind = ReleaseKind::Unknown;
            place->second.release.confidence = Confidence::Inferred;
        }
        return place->second;
    }

    // A label may come from a base image. One that several images share names none of them; then the image's own id,
    // which is its content, is the revision.
    void collectImages()
    {
        for (const HostFacts &facts : m_hosts) {
            for (const Image &image : facts.images) {
                Known &known = knownOf(image.id);
                known.release.presentOn << facts.host;
                known.madeAt = image.createdAt;
                known.labelled = image.revision;
                for (const QString &tag : image.tags) {
                    if (!known.tags.contains(tag))
                        known.tags << tag;
                }
                known.release.version = image.version;
            }
        }
        std::map<QString, int> versions, revisions;
        for (const auto &[id, known] : m_known) {
            ++versions[known.release.version];
            ++revisions[known.labelled];
        }
        for (auto &[id, known] : m_known) {
            Release &release = known.release;
            release.revision = isCommit(known.labelled) && revisions[known.labelled] == 1 ? known.labelled : id;
            if (release.version.isEmpty() || versions[release.version] > 1)
                release.version = versionOfTags(known);
            for (const QString &tag : known.tags) {
                const QString word = tagWord(tag);
                if (isCommit(word) && isCommit(known.labelled) && !known.labelled.startsWith(word.left(40)))
                    fleet::addNote(release.note,
                                   QStringLiteral("its tag says %1, its label revision %2").arg(word, known.labelled));
            }
            if (known.madeAt.isValid())
                fleet::addNote(release.note, QStringLiteral("image made %1").arg(rfc3339(known.madeAt)));
            if (known.tags.isEmpty())
                fleet::addNote(release.note,
                               QStringLiteral("no tag keeps it: a prune removes it once no container uses it"));
        }
    }

    static QString versionOfTags(const Known &known)
    {
        for (const QString &tag : known.tags) {
            if (tagWord(tag) != QLatin1String("latest"))
                return tagWord(tag);
        }
        return shortOf(known.release.id);
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
        if (facts.imagesCut)
            m_history.notes << QStringLiteral("%1: only the newest images are read").arg(facts.host);
        if (facts.unreadable > 0)
            m_history.notes
                << QStringLiteral("%1: %2 lines of the answer cannot be read").arg(facts.host).arg(facts.unreadable);
        if (const Container *live = containerNamed(facts, m_settings.container))
            addLive(facts, *live, host);
        else
            addMissing(facts);
        m_history.hosts.push_back(host);
    }

    // A container that stopped is still what this host was given to run; that it does not run is said beside it.
    void addLive(const HostFacts &facts, const Container &live, HostRelease &host)
    {
        Known &known = knownOf(live.image);
        host.live = live.image;
        host.revision = known.release.revision.isEmpty() ? live.image : known.release.revision;
        known.release.revision = host.revision;
        host.switchedAt = live.createdAt;
        known.release.liveOn << facts.host;
        if (!known.release.presentOn.contains(facts.host))
            fleet::addNote(known.release.note, QStringLiteral("its image was removed from %1").arg(facts.host));
        const bool runs = live.state == QLatin1String("running");
        if (runs)
            host.running = live.image;
        if (!runs || live.health == QLatin1String("unhealthy"))
            m_history.notes << QStringLiteral("%1: container %2 is %3").arg(facts.host, live.name, stateWords(live));
        else
            fleet::addNote(
                known.release.note,
                QStringLiteral("%1: container %2 (%3) runs since %4%5")
                    .arg(facts.host, live.name, live.id.left(12), rfc3339(live.startedAt),
                         live.restarts > 0 ? QStringLiteral(", restarted %1 times").arg(live.restarts) : QString()));
        // An image may have lost its tags; then what the container was started as tells, unless that was an id.
        const QStringList tags
            = live.tag.startsWith(QLatin1String("sha256:")) ? known.tags : known.tags + QStringList{live.tag};
        if (!m_settings.repository.isEmpty() && !tags.isEmpty() && std::ranges::none_of(tags, [&](const QString &tag) {
                return repositoryOf(tag) == m_settings.repository;
            }))
            m_history.notes << QStringLiteral("%1: container %2 runs %3, which is no image of %4: was its name reused?")
                                   .arg(facts.host, live.name, live.tag, m_settings.repository);
        if (live.isCompose)
            m_history.notes << QStringLiteral(
                                   "%1: docker compose made %2: its next \"up\" brings back what its file says")
                                   .arg(facts.host, live.name);
    }

    void addMissing(const HostFacts &facts)
    {
        QStringList kept;
        for (const Container &container : facts.containers) {
            if (container.name.startsWith(m_settings.container + QStringLiteral(".taffrail-")))
                kept << container.name;
        }
        m_history.notes << (kept.isEmpty()
                                ? QStringLiteral("%1: there is no container %2").arg(facts.host, m_settings.container)
                                : QStringLiteral("%1: there is no container %2, but %3: a switch was left half done")
                                      .arg(facts.host, m_settings.container, kept.join(QStringLiteral(", "))));
    }

    /// The named container, what a rollback kept, and names by which people keep a former container.
    bool isOfApp(const Container &container) const
    {
        if (container.name == m_settings.container)
            return true;
        static const QRegularExpression former(QStringLiteral("\\A[._-](?:taffrail-[0-9a-f]{12}|taffrail-failed|old|"
                                                              "prev|previous|backup|[0-9a-f]{7,64}|[0-9]{8,14})\\z"));
        return former.match(container.name.mid(m_settings.container.size())).hasMatch()
            && container.state != QLatin1String("running");
    }

    void addEvents()
    {
        for (const HostFacts &facts : m_hosts) {
            if (facts.error)
                continue;
            std::vector<const Container *> ordered;
            for (const Container &container : facts.containers) {
                if (isOfApp(container) && container.startedAt.isValid() && container.createdAt.isValid())
                    ordered.push_back(&container);
            }
            std::ranges::stable_sort(ordered, {}, [](const Container *each) { return each->createdAt; });
            QString before;
            for (const Container *container : ordered) {
                m_history.events.push_back(eventOf(facts, *container, before));
                if (container->name != failedName(m_settings.container))
                    before = container->image;
            }
        }
        std::ranges::stable_sort(m_history.events, std::greater<>(), &DeployEvent::at);
        m_history.events = fleet::mergedEvents(std::move(m_history.events), fleet::readableHosts(m_hosts));
    }

    DeployEvent eventOf(const HostFacts &facts, const Container &container, const QString &before)
    {
        DeployEvent event;
        event.release = container.image;
        event.from = container.from.isEmpty() ? before : container.from;
        event.confidence = Confidence::Inferred;
        event.at = container.createdAt;
        event.host = facts.host;
        event.kind = ReleaseKind::Deploy;
        const auto old = m_known.find(event.from), now = m_known.find(event.release);
        if (event.from == event.release)
            event.kind = ReleaseKind::Redeploy;
        else if (old != m_known.end() && now != m_known.end() && now->second.madeAt.isValid()
                 && old->second.madeAt.isValid() && now->second.madeAt < old->second.madeAt)
            event.kind = ReleaseKind::Rollback;
        event.outcome = container.name == m_settings.container   ? ReleaseStatus::Live
            : container.name == failedName(m_settings.container) ? ReleaseStatus::Failed
                                                                 : ReleaseStatus::Superseded;
        event.raw = QStringLiteral("container %1 (%2) of %3: %4")
                        .arg(container.name, container.id.left(12), container.tag, stateWords(container));
        return event;
    }

    void judge()
    {
        std::set<QString> judged;
        for (const DeployEvent &event : m_history.events) { // newest first
            Known &known = knownOf(event.release);
            if (judged.insert(event.release).second) {
                known.release.kind = event.kind;
                known.release.deployedAt = event.at;
                if (event.outcome == ReleaseStatus::Failed)
                    known.release.status = ReleaseStatus::Failed;
            }
            if (event.kind == ReleaseKind::Rollback && event.outcome != ReleaseStatus::Failed
                && !judged.contains(event.from) && !event.from.isEmpty()) {
                knownOf(event.from).release.status = ReleaseStatus::RolledBack;
            }
        }
        for (auto &[id, known] : m_known) {
            if (!known.release.liveOn.isEmpty())
                known.release.status = ReleaseStatus::Live;
            else if (known.release.presentOn.isEmpty())
                known.release.status = ReleaseStatus::Removed;
            if (known.release.version.isEmpty())
                known.release.version = shortOf(id);
        }
    }

    void takeReleases()
    {
        std::vector<const Known *> ordered;
        for (const auto &[id, known] : m_known)
            ordered.push_back(&known);
        std::ranges::stable_sort(ordered, std::greater<>(), &Known::madeAt);
        for (const Known *known : ordered)
            m_history.releases.push_back(known->release);
    }

    const Settings &m_settings;
    const std::vector<HostFacts> &m_hosts;
    std::map<QString, Known> m_known;
    DeploymentHistory m_history;
};

} // namespace

const Container *containerNamed(const HostFacts &facts, const QString &name)
{
    const auto found = std::ranges::find(facts.containers, name, &Container::name);
    return found == facts.containers.end() ? nullptr : &*found;
}

DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts)
{
    return Builder(settings, hosts).build();
}

} // namespace taffrail::sources::docker
