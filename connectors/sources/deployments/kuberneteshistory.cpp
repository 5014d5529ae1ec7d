// SPDX-License-Identifier: GPL-3.0-or-later
#include "kuberneteshistory.h"

#include "text.h"

#include <algorithm>
#include <map>

namespace taffrail::sources::kubernetes {

namespace {

QString shortImage(const QString &image)
{
    const qsizetype digest = image.indexOf(QLatin1String("@sha256:"));
    return digest < 0 ? image : image.left(digest + 20);
}

class Builder {
public:
    Builder(const QString &host, const Facts &facts) : m_host(host), m_facts(facts) {}

    Told build()
    {
        m_told.notes = m_facts.notes;
        const qint64 wanted = wantedRevision(m_facts);
        if (m_facts.workload)
            addWorkload(*m_facts.workload, wanted);
        for (const Revision &revision : m_facts.revisions)
            m_told.releases.push_back(releaseOf(revision));
        addHorizon(wanted);
        addEvents(wanted);
        judge(wanted);
        return std::move(m_told);
    }

private:
    static QString idOf(qint64 number) { return QString::number(number); }

    const Revision *revisionOf(qint64 number) const
    {
        const auto found = std::ranges::find(m_facts.revisions, number, &Revision::number);
        return found == m_facts.revisions.end() ? nullptr : &*found;
    }

    void addWorkload(const Workload &workload, qint64 wanted)
    {
        m_told.app = workload.name;
        m_told.keepReleases = workload.keeps;
        HostRelease &host = m_told.host;
        if (wanted >= 0)
            host.live = idOf(wanted);
        if (const Revision *revision = revisionOf(wanted)) {
            host.revision = revision->hash;
            host.switchedAt = wasUsedBefore(*revision) ? workload.progressAt : revision->createdAt;
        } else if (wanted >= 0) {
            Release live;
            live.id = host.live;
            live.confidence = Confidence::Reconciled;
            live.presentOn << m_host;
            live.note = QStringLiteral("no revision of this number was read");
            m_told.releases.push_back(live);
        }
        host.running = runningOf(workload, wanted);
        const QString what = workload.kind + QLatin1Char(' ') + workload.name;
        const auto note = [&](const QString &words) {
            if (!words.isEmpty())
                m_told.notes << what + QStringLiteral(": ") + words;
        };
        note(rolloutWords(workload));
        if (!host.running.isEmpty() && host.running != host.live)
            note(QStringLiteral("what is available still runs revision %1").arg(host.running));
        if (workload.isPaused)
            note(QStringLiteral("its rollout is paused: changes are not rolled out, and kubectl refuses to undo"));
        if (workload.isDeleted)
            note(QStringLiteral("it is being deleted"));
        if (workload.strategy == QLatin1String("OnDelete"))
            note(QStringLiteral("its pods change only when they are deleted by hand"));
        if (!workload.owner.isEmpty())
            note(workload.isOwnerInsistent
                     ? QStringLiteral("%1 manages it and takes back what is changed by hand").arg(workload.owner)
                     : QStringLiteral("%1 manages it: its next upgrade brings its own state").arg(workload.owner));
        if (!m_facts.hasRevisions)
            note(QStringLiteral("its revisions were not read"));
    }

    /// What the pods that can be used run, where that is one revision for sure; "" = none or several.
    QString runningOf(const Workload &workload, qint64 wanted) const
    {
        if (workload.kind == QLatin1String("statefulset")) {
            const auto current = std::ranges::find(m_facts.revisions, workload.current, &Revision::name);
            const bool isOld = rolloutOf(workload) != Rollout::Done && workload.updated == 0;
            return isOld && current != m_facts.revisions.end()                                  ? idOf(current->number)
                : rolloutOf(workload) == Rollout::Done && workload.available > 0 && wanted >= 0 ? idOf(wanted)
                                                                                                : QString();
        }
        if (workload.kind == QLatin1String("daemonset"))
            return rolloutOf(workload) == Rollout::Done && workload.available > 0 && wanted >= 0 ? idOf(wanted)
                                                                                                 : QString();
        QStringList running;
        for (const Revision &revision : m_facts.revisions) {
            if (revision.available > 0)
                running << idOf(revision.number);
        }
        return running.size() == 1 ? running.first() : QString();
    }

    /// A controller gives an old template a new number when it is used again.
    bool wasUsedBefore(const Revision &revision) const
    {
        if (!revision.former.empty())
            return true;
        return revision.createdAt.isValid() && std::ranges::any_of(m_facts.revisions, [&](const Revision &other) {
                   return other.number < revision.number && other.createdAt.isValid()
                       && other.createdAt > revision.createdAt;
               });
    }

    Release releaseOf(const Revision &revision) const
    {
        Release release;
        release.id = idOf(revision.number);
        release.revision = revision.hash;
        release.confidence = Confidence::Inferred;
        release.presentOn << m_host;
        QStringList tags;
        for (const QString &image : revision.images) {
            if (!tagOf(image).isEmpty() && !tags.contains(tagOf(image)))
                tags << tagOf(image);
        }
        release.version = tags.join(QStringLiteral(", "));
        QStringList images;
        for (const QString &image : revision.images)
            images << shortImage(image);
        if (!images.isEmpty())
            release.note = images.join(QStringLiteral(", "));
        if (!revision.cause.isEmpty())
            addWords(release.note, QStringLiteral("change-cause (often stale): %1").arg(revision.cause));
        if (wasUsedBefore(revision)) {
            release.kind = ReleaseKind::Rollback;
            QStringList former;
            for (const qint64 number : revision.former)
                former << idOf(number);
            addWords(release.note,
                     former.isEmpty()
                         ? QStringLiteral("an older template, used again")
                         : QStringLiteral("was revision %1 before").arg(former.join(QStringLiteral(", "))));
            addWords(release.note, QStringLiteral("first used %1").arg(rfc3339(revision.createdAt)));
        } else {
            release.deployedAt = revision.createdAt;
        }
        return release;
    }

    // Of the old ones the newest N stay; the one in use is not counted.
    void addHorizon(qint64 wanted)
    {
        if (m_told.keepReleases < 0)
            return;
        int older = 0;
        for (Release &release : m_told.releases) {
            const Revision *revision = revisionOf(release.id.toLongLong());
            if (!revision || revision->number == wanted)
                continue;
            release.deploysUntilPruned = std::max(1, m_told.keepReleases - older++);
        }
    }

    // Every number that was ever handed out and is still told of, with the template that had it.
    void addEvents(qint64 wanted)
    {
        std::map<qint64, const Revision *> numbers;
        for (const Revision &revision : m_facts.revisions) {
            for (const qint64 number : revision.former)
                numbers.emplace(number, &revision);
        }
        for (const Revision &revision : m_facts.revisions)
            numbers[revision.number] = &revision;
        const Revision *before = nullptr;
        QDateTime since;
        for (const auto &[number, revision] : numbers) {
            DeployEvent event;
            event.release = idOf(revision->number);
            event.confidence = Confidence::Inferred;
            if (before)
                event.from = idOf(before->number);
            const bool isFirst = revision->former.empty()
                ? !wasUsedBefore(*revision)
                : number == *std::ranges::min_element(revision->former) && number != revision->number;
            event.kind = isFirst ? ReleaseKind::Deploy : ReleaseKind::Rollback;
            if (isFirst) {
                event.at = revision->createdAt;
                since = event.at;
            } else {
                event.notBefore = since;
                if (number == wanted && m_facts.workload)
                    event.notAfter = m_facts.workload->progressAt;
            }
            event.outcome = number == wanted ? ReleaseStatus::Live : ReleaseStatus::Superseded;
            event.raw = QStringLiteral("revision %1").arg(number);
            if (number != revision->number)
                event.raw += QStringLiteral(" (now %1)").arg(revision->number);
            if (!revision->cause.isEmpty())
                event.raw += QStringLiteral(": ") + revision->cause;
            m_told.events.insert(m_told.events.begin(), event);
            before = revision;
        }
        // What comes next bounds what has no time of its own.
        QDateTime until;
        for (DeployEvent &event : m_told.events) {
            if (!event.at.isValid() && !event.notAfter.isValid())
                event.notAfter = until;
            until = event.at.isValid() ? event.at : event.notAfter.isValid() ? event.notAfter : until;
        }
    }

    void judge(qint64 wanted)
    {
        QStringList later;
        for (const DeployEvent &event : m_told.events) { // newest first
            if (event.kind == ReleaseKind::Rollback && !later.contains(event.from) && event.from != event.release) {
                const auto left = std::ranges::find(m_told.releases, event.from, &Release::id);
                if (left != m_told.releases.end())
                    left->status = ReleaseStatus::RolledBack;
            }
            later << event.release;
        }
        const auto live = std::ranges::find(m_told.releases, wanted < 0 ? QString() : idOf(wanted), &Release::id);
        if (live == m_told.releases.end())
            return;
        live->status = ReleaseStatus::Live;
        if (!m_facts.workload)
            return;
        const Rollout rollout = rolloutOf(*m_facts.workload);
        if (rollout == Rollout::Failed)
            live->status = ReleaseStatus::Failed;
        else if (rollout == Rollout::Running && !m_facts.workload->isPaused)
            live->status = ReleaseStatus::Running;
        if (rollout != Rollout::Done) {
            addWords(live->note, rolloutWords(*m_facts.workload));
            for (DeployEvent &event : m_told.events) {
                if (event.outcome == ReleaseStatus::Live)
                    event.outcome = live->status;
            }
        }
    }

    const QString m_host;
    const Facts &m_facts;
    Told m_told;
};

} // namespace

qint64 wantedRevision(const Facts &facts)
{
    if (facts.workload && facts.workload->revision >= 0)
        return facts.workload->revision;
    if (facts.workload && facts.workload->kind == QLatin1String("statefulset")) {
        const auto newest = std::ranges::find(facts.revisions, facts.workload->newest, &Revision::name);
        return newest == facts.revisions.end() ? -1 : newest->number;
    }
    // A new Deployment has no number yet: its controller hands it out. Otherwise the highest one is in use.
    if (facts.workload && facts.workload->kind == QLatin1String("deployment"))
        return -1;
    return facts.revisions.empty() ? -1 : facts.revisions.front().number;
}

Told toldOf(const QString &host, const Facts &facts)
{
    Told told = Builder(host, facts).build();
    if (!facts.workload && !facts.revisions.empty()) {
        told.host.live = QString::number(wantedRevision(facts));
        told.host.revision = facts.revisions.front().hash;
        told.app = facts.revisions.front().ownerName;
        told.notes << QStringLiteral(
            "the workload itself was not read: the highest revision is taken for the live one");
    }
    return told;
}

} // namespace taffrail::sources::kubernetes
