// SPDX-License-Identifier: GPL-3.0-or-later
#include "composeprobe.h"

#include "text.h"

#include <algorithm>
#include <set>

namespace taffrail::sources::compose {

namespace {

using containers::Container;
using containers::shortOf;
using probes::addNote;

class Builder {
public:
    Builder(const Settings &settings, const std::vector<HostFacts> &hosts) : m_settings(settings), m_hosts(hosts) {}

    DeploymentHistory build()
    {
        m_history.source = QStringLiteral("compose");
        m_history.app = m_settings.app;
        for (const HostFacts &facts : m_hosts)
            addHost(facts);
        judge();
        std::ranges::stable_sort(m_history.releases, [this](const Release &left, const Release &right) {
            return seconds(left.id) > seconds(right.id);
        });
        probes::mergeEvents(m_history, std::chrono::minutes(15));
        probes::agree(m_history);
        return std::move(m_history);
    }

private:
    // An image that is not known by its id (in a captured list) goes by its tag.
    static QString releaseId(const Container &container)
    {
        return container.image.isEmpty() ? container.tag : container.image;
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
        containers::addImages(facts.engine, facts.host, m_history);
        for (const docker::Image &image : facts.engine.images)
            m_madeAt[image.id] = image.createdAt;
        m_presenceKnown = m_presenceKnown || facts.engine.imagesRead;
        if (!facts.busy.isEmpty() && !m_history.locked)
            m_history.locked = HeldLock{
                QStringLiteral("Compose"), {}, QStringLiteral("running on %1: %2").arg(facts.host, facts.busy)};
        addContainers(facts, host);
        addNotes(facts);
        m_history.hosts.push_back(host);
    }

    void addContainers(const HostFacts &facts, HostRelease &host)
    {
        std::set<QString> images;
        bool allRun = !facts.service.empty();
        for (const Container &container : facts.service) {
            images.insert(releaseId(container));
            if (!host.switchedAt.isValid() || container.createdAt > host.switchedAt)
                host.switchedAt = container.createdAt;
            allRun = allRun && container.state == QLatin1String("running");
            if (container.state != QLatin1String("running") || container.health == QLatin1String("unhealthy"))
                note(facts,
                     QStringLiteral("container %1 is %2").arg(container.name, containers::stateWords(container)));
        }
        if (images.size() == 1) {
            host.live = *images.begin();
            Release &live = probes::releaseOf(m_history, host.live);
            live.liveOn << facts.host;
            if (live.revision.isEmpty())
                live.revision = containers::isImageId(host.live) ? host.live : QString();
            if (live.version.isEmpty())
                live.version = containers::tagWord(facts.service.front().tag);
            host.revision = live.revision;
            if (allRun)
                host.running = host.live;
            if (!live.presentOn.contains(facts.host) && facts.engine.imagesRead)
                addNote(live.note, QStringLiteral("its image was removed from %1").arg(facts.host));
            describe(facts, live);
        } else if (images.size() > 1) {
            QStringList words;
            for (const Container &container : facts.service)
                words << QStringLiteral("%1 runs %2").arg(container.name, shortOf(releaseId(container)));
            note(facts,
                 QStringLiteral("the containers of the service differ: %1").arg(words.join(QStringLiteral(", "))));
        } else if (!m_settings.service.isEmpty() && !facts.services.isEmpty()) {
            note(facts,
                 QStringLiteral("the project has no service %1; it has %2")
                     .arg(m_settings.service, facts.services.join(QStringLiteral(", "))));
        } else {
            note(facts, QStringLiteral("there is no container of the project"));
        }
        if (images.size() == 1)
            addEvent(facts, host);
    }

    void describe(const HostFacts &facts, Release &live) const
    {
        const Container &container = facts.service.front();
        const QString files = container.label(filesLabel), hash = container.label(hashLabel);
        if (!files.isEmpty())
            addNote(live.note, QStringLiteral("%1: of %2 in %3").arg(facts.host, files, container.label(folderLabel)));
        if (!hash.isEmpty())
            addNote(live.note, QStringLiteral("config hash %1").arg(hash.left(12)));
        if (facts.service.size() > 1)
            addNote(live.note, QStringLiteral("%1 containers on %2").arg(facts.service.size()).arg(facts.host));
    }

    // Compose keeps no record: the containers that are there are all that tells of a deploy.
    void addEvent(const HostFacts &facts, const HostRelease &host)
    {
        const Container &container = facts.service.front();
        DeployEvent event;
        event.release = host.live;
        event.from = container.label(fromLabel);
        event.kind = ReleaseKind::Deploy;
        event.confidence = Confidence::Inferred;
        event.outcome = ReleaseStatus::Live;
        event.at = host.switchedAt;
        event.host = facts.host;
        event.raw = QStringLiteral("container %1 (%2) of %3: %4")
                        .arg(container.name, container.id.left(12), container.tag, containers::stateWords(container));
        if (!event.from.isEmpty() && seconds(event.release) < seconds(event.from))
            event.kind = ReleaseKind::Rollback;
        Release &live = probes::releaseOf(m_history, host.live);
        live.kind = event.kind;
        live.deployedAt = event.at;
        m_history.events.push_back(event);
    }

    void addNotes(const HostFacts &facts)
    {
        if (facts.engine.imagesCut)
            note(facts, QStringLiteral("only the newest images are read"));
        if (facts.engine.unreadable > 0)
            note(facts, QStringLiteral("%1 records of the answer cannot be read").arg(facts.engine.unreadable));
        std::set<QString> numbers;
        for (const Container &container : facts.service) {
            const QString number = container.label(numberLabel);
            if (!number.isEmpty() && !numbers.insert(number).second)
                note(facts, QStringLiteral("two containers have the number %1: an \"up\" was cut off").arg(number));
            if (container.label(filesLabel).contains(QLatin1String("taffrail")))
                note(facts,
                     QStringLiteral("a rollback holds the image of %1: an \"up\" without its file brings back what "
                                    "the project's own files say")
                         .arg(container.name));
        }
        addDrift(facts);
    }

    void addDrift(const HostFacts &facts)
    {
        if (!facts.files.asked || facts.service.empty())
            return;
        const auto compared = std::ranges::find(facts.service, facts.files.of, &Container::id);
        const Container &container = compared == facts.service.end() ? facts.service.front() : *compared;
        if (!facts.files.of.isEmpty() && compared == facts.service.end())
            return; // the answer is older than the container
        const QString hash = container.label(hashLabel);
        if (facts.files.hash.isEmpty())
            note(facts,
                 QStringLiteral("not known whether the project's files still say what runs: %1")
                     .arg(facts.files.reason));
        else if (!hash.isEmpty() && hash != facts.files.hash)
            note(facts,
                 QStringLiteral("the project's files, read now, say something else than what runs (edited since, or "
                                "variables of the deploy are not set): the next \"up\" changes it"));
    }

    void judge()
    {
        for (Release &release : m_history.releases) {
            if (!release.liveOn.isEmpty())
                release.status = ReleaseStatus::Live;
            else if (!release.presentOn.isEmpty())
                release.status = ReleaseStatus::Available;
            else
                release.status = m_presenceKnown ? ReleaseStatus::Removed : ReleaseStatus::Available;
        }
        for (const DeployEvent &event : m_history.events) {
            const auto left = std::ranges::find(m_history.releases, event.from, &Release::id);
            if (event.kind == ReleaseKind::Rollback && left != m_history.releases.end()
                && left->status == ReleaseStatus::Available)
                left->status = ReleaseStatus::RolledBack;
        }
    }

    void note(const HostFacts &facts, const QString &text)
    {
        m_history.notes << facts.host + QStringLiteral(": ") + text;
    }
    qint64 seconds(const QString &image) const
    {
        const auto found = m_madeAt.find(image);
        return found != m_madeAt.end() && found->second.isValid() ? found->second.toMSecsSinceEpoch() : 0;
    }

    const Settings &m_settings;
    const std::vector<HostFacts> &m_hosts;
    std::map<QString, QDateTime> m_madeAt; ///< of images
    bool m_presenceKnown = false;
    DeploymentHistory m_history;
};

} // namespace

DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts)
{
    return Builder(settings, hosts).build();
}

} // namespace taffrail::sources::compose
