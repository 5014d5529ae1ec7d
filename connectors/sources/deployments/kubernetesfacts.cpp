// SPDX-License-Identifier: GPL-3.0-or-later
// What kubectl prints, as facts: objects in JSON, alone, in lists or one after the other, and the table of
// "rollout history".
#include "kubernetesprobe.h"

#include "jsonfields.h"
#include "text.h"
#include "told.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources::kubernetes {

namespace {

using fields::Json;

constexpr size_t mostRevisions = 2000;

QString annotation(const Json &object, const char *key, int limit = 200)
{
    return fields::textOf(fields::at(object, {"metadata", "annotations", key}), limit);
}

QString labelOf(const Json &object, const char *key)
{
    return fields::textOf(fields::at(object, {"metadata", "labels", key}));
}

QStringList imagesOf(const Json &podTemplate)
{
    QStringList images;
    const Json &containers = fields::at(podTemplate, {"spec", "containers"});
    if (containers.is_array()) {
        for (const Json &container : containers) {
            const QString image = fields::text(container, "image", 300);
            if (!image.isEmpty() && images.size() < 20)
                images << image;
        }
    }
    return images;
}

/// What else writes this object, and whether it insists.
void findOwner(const Json &object, Workload &workload)
{
    const auto owner = [&](const char *what, const QString &name, bool insists) {
        if (name.isEmpty() || !workload.owner.isEmpty())
            return;
        workload.owner = QLatin1String(what) + QLatin1Char(' ') + name;
        workload.isOwnerInsistent = insists;
    };
    const QString tracking = annotation(object, "argocd.argoproj.io/tracking-id");
    owner("Argo CD application", tracking.section(QLatin1Char(':'), 0, 0), true);
    owner("Argo CD application", labelOf(object, "argocd.argoproj.io/instance"), true);
    owner("Flux kustomization", labelOf(object, "kustomize.toolkit.fluxcd.io/name"), true);
    owner("Flux helm release", labelOf(object, "helm.toolkit.fluxcd.io/name"), true);
    owner("Helm release", annotation(object, "meta.helm.sh/release-name"), false);
    const Json &owners = fields::at(object, {"metadata", "ownerReferences"});
    if (owners.is_array() && !owners.empty())
        owner("",
              QStringLiteral("%1 %2").arg(fields::text(owners.front(), "kind"), fields::text(owners.front(), "name")),
              true);
    workload.owner = workload.owner.trimmed();
}

void readConditions(const Json &object, Workload &workload)
{
    const Json &conditions = fields::at(object, {"status", "conditions"});
    if (!conditions.is_array())
        return;
    for (const Json &condition : conditions) {
        const QString type = fields::text(condition, "type"), status = fields::text(condition, "status");
        if (type == QLatin1String("Progressing")) {
            workload.progress = status;
            workload.progressReason = fields::text(condition, "reason");
            workload.progressWords = redacted(fields::text(condition, "message", 300));
            workload.progressAt = fields::time(condition, "lastUpdateTime");
        } else if (type == QLatin1String("ReplicaFailure") && status == QLatin1String("True")) {
            workload.failure = redacted(fields::text(condition, "message", 300));
        }
    }
}

Workload workloadOf(const Json &object, const QString &kind)
{
    Workload workload;
    const Json &metadata = fields::at(object, {"metadata"}), &spec = fields::at(object, {"spec"}),
               &status = fields::at(object, {"status"});
    workload.kind = kind;
    workload.name = fields::text(metadata, "name", 253);
    workload.space = fields::text(metadata, "namespace");
    workload.uid = fields::text(metadata, "uid");
    workload.resourceVersion = fields::text(metadata, "resourceVersion");
    workload.generation = fields::number(metadata, "generation").value_or(-1);
    workload.observed = fields::number(status, "observedGeneration").value_or(-1);
    workload.isPaused = fields::isTrue(spec, "paused");
    workload.isDeleted = fields::at(metadata, {"deletionTimestamp"}).is_string();
    // What is not set counts 10, and that also in apps/v1 of old clusters.
    workload.keeps = int(std::clamp<qint64>(fields::number(spec, "revisionHistoryLimit").value_or(10), 0, 100'000));
    const auto count = [&](const char *key) { return fields::number(status, key).value_or(0); };
    if (kind == QLatin1String("daemonset")) {
        workload.replicas = fields::number(status, "desiredNumberScheduled").value_or(-1);
        workload.updated = count("updatedNumberScheduled");
        workload.available = count("numberAvailable");
        workload.present = workload.updated;
    } else {
        workload.replicas = spec.is_object() ? fields::number(spec, "replicas").value_or(1) : -1;
        workload.updated = count("updatedReplicas");
        workload.available = count("availableReplicas");
        workload.present = count("replicas");
    }
    const char *strategy = kind == QLatin1String("deployment") ? "strategy" : "updateStrategy";
    workload.strategy = fields::textOf(fields::at(spec, {strategy, "type"}));
    if (kind == QLatin1String("statefulset")) {
        workload.newest = fields::text(status, "updateRevision");
        workload.current = fields::text(status, "currentRevision");
        // Before 1.22 a StatefulSet does not count what is available.
        if (!fields::number(status, "availableReplicas"))
            workload.available = count("readyReplicas");
    }
    workload.revision
        = fields::numberOf(fields::at(metadata, {"annotations", "deployment.kubernetes.io/revision"})).value_or(-1);
    readConditions(object, workload);
    findOwner(object, workload);
    return workload;
}

Revision revisionOf(const Json &object, bool isSet)
{
    Revision revision;
    const Json &metadata = fields::at(object, {"metadata"});
    revision.name = fields::text(metadata, "name", 253);
    revision.createdAt = fields::time(metadata, "creationTimestamp");
    revision.cause = redacted(annotation(object, "kubernetes.io/change-cause", 300));
    const Json &owners = fields::at(metadata, {"ownerReferences"});
    if (owners.is_array()) {
        for (const Json &owner : owners) {
            if (fields::isTrue(owner, "controller") || owners.size() == 1) {
                revision.ownerUid = fields::text(owner, "uid");
                revision.ownerName = fields::text(owner, "name", 253);
            }
        }
    }
    if (isSet) {
        revision.number
            = fields::numberOf(fields::at(metadata, {"annotations", "deployment.kubernetes.io/revision"})).value_or(-1);
        for (const QString &word :
             annotation(object, "deployment.kubernetes.io/revision-history", 4000).split(QLatin1Char(','))) {
            bool isNumber = false;
            const qint64 number = word.trimmed().toLongLong(&isNumber);
            if (isNumber && number >= 0)
                revision.former.push_back(number);
        }
        revision.hash = labelOf(object, "pod-template-hash");
        revision.images = imagesOf(fields::at(object, {"spec", "template"}));
        revision.replicas = fields::number(fields::at(object, {"spec"}), "replicas").value_or(0);
        revision.available = fields::number(fields::at(object, {"status"}), "availableReplicas").value_or(0);
    } else {
        revision.number = fields::number(object, "revision").value_or(-1);
        revision.hash = labelOf(object, "controller.kubernetes.io/hash");
        if (revision.hash.isEmpty())
            revision.hash = labelOf(object, "controller-revision-hash");
        revision.images = imagesOf(fields::at(object, {"data", "spec", "template"}));
    }
    if (revision.hash.isEmpty())
        revision.hash = revision.name;
    return revision;
}

class Reader {
public:
    Reader(const QString &host, const Settings &settings) : m_host(host), m_settings(settings) {}

    void take(const Json &object, int depth = 0)
    {
        const QString kind = fields::text(object, "kind").toLower();
        if (kind.endsWith(QLatin1String("list")) || (kind.isEmpty() && object.is_object())) {
            const Json &items = fields::at(object, {"items"});
            m_facts.hasRevisions |= items.is_array()
                && (kind.startsWith(QLatin1String("replicaset")) || kind.startsWith(QLatin1String("controllerrevision"))
                    || kind == QLatin1String("list"));
            if (items.is_array() && depth < 3) {
                for (const Json &item : items)
                    take(item, depth + 1);
            }
        } else if (kind == QLatin1String("deployment") || kind == QLatin1String("statefulset")
                   || kind == QLatin1String("daemonset")) {
            const Workload workload = workloadOf(object, kind);
            if (isWanted(kind, workload.name))
                m_workloads.push_back(workload);
            m_known = m_hasWorkloads = true;
        } else if (kind == QLatin1String("replicaset") || kind == QLatin1String("controllerrevision")) {
            m_known = true;
            m_facts.hasRevisions = true;
            if (m_revisions.size() < mostRevisions)
                m_revisions.push_back(revisionOf(object, kind == QLatin1String("replicaset")));
        } else if (kind == QLatin1String("status")) {
            m_status = fields::text(object, "message", 300);
        }
    }

    bool isKnown() const { return m_known || m_facts.hasRevisions; }
    QString status() const { return m_status; }

    Result<Facts> facts()
    {
        if (m_workloads.size() > 1 || (m_workloads.empty() && owners().size() > 1))
            return wrong(ErrorKind::BadConfig,
                         QStringLiteral("the answer holds several workloads: name one in \"workload\""));
        if (!m_workloads.empty())
            m_facts.workload = m_workloads.front();
        else if (m_hasWorkloads || owners().isEmpty())
            return wrong(ErrorKind::NotFound,
                         m_settings.name.isEmpty()
                             ? QStringLiteral("the answer holds no workload")
                             : QStringLiteral("the answer holds no workload %1").arg(m_settings.name));
        for (Revision &revision : m_revisions) {
            if (!isOwn(revision))
                continue;
            if (revision.number < 0)
                m_facts.notes << QStringLiteral("%1 has no number of a revision").arg(revision.name);
            else
                m_facts.revisions.push_back(std::move(revision));
        }
        std::ranges::stable_sort(m_facts.revisions, std::greater<>(), &Revision::number);
        return std::move(m_facts);
    }

    Facts &raw() { return m_facts; }

private:
    tl::unexpected<Error> wrong(ErrorKind kind, const QString &text) const
    {
        return failure(kind, QStringLiteral("ask kubectl"), m_host, text);
    }

    bool isWanted(const QString &kind, const QString &name) const
    {
        return (m_settings.kind.isEmpty() || m_settings.kind == kind)
            && (m_settings.name.isEmpty() || m_settings.name == name);
    }

    QStringList owners() const
    {
        QStringList names;
        for (const Revision &revision : m_revisions) {
            if (isOwn(revision) && !names.contains(revision.ownerUid))
                names << revision.ownerUid;
        }
        return names;
    }

    bool isOwn(const Revision &revision) const
    {
        if (!m_workloads.empty() && !m_workloads.front().uid.isEmpty())
            return revision.ownerUid == m_workloads.front().uid;
        const QString name = m_workloads.empty() ? m_settings.name : m_workloads.front().name;
        return name.isEmpty() || revision.ownerName == name;
    }

    const QString m_host;
    const Settings &m_settings;
    std::vector<Workload> m_workloads;
    std::vector<Revision> m_revisions;
    Facts m_facts;
    QString m_status;
    bool m_known = false, m_hasWorkloads = false;
};

/// The table of "kubectl rollout history"; nothing when the text is none.
std::optional<Facts> factsOfTable(const QByteArray &text)
{
    static const QRegularExpression row(QStringLiteral("\\A(\\d{1,18})\\s+(.*?)\\s*\\z"));
    Facts facts;
    bool hasHead = false;
    for (const QByteArray &raw : text.split('\n')) {
        const QString line = sanitizedLine(raw, 400);
        if (line.startsWith(QLatin1String("REVISION"))) {
            hasHead = true;
            continue;
        }
        const auto match = row.match(line);
        if (!hasHead || !match.hasMatch() || facts.revisions.size() >= mostRevisions)
            continue;
        Revision revision;
        revision.number = match.captured(1).toLongLong();
        if (match.captured(2) != QLatin1String("<none>"))
            revision.cause = redacted(match.captured(2));
        facts.revisions.push_back(revision);
    }
    if (!hasHead)
        return std::nullopt;
    std::ranges::stable_sort(facts.revisions, std::greater<>(), &Revision::number);
    facts.hasRevisions = true;
    facts.notes << QStringLiteral("read from the table of \"rollout history\": it tells no times and no images");
    return facts;
}

} // namespace

Result<Facts> readFacts(const QString &host, const Settings &settings, const ShellReply &reply)
{
    const auto wrong
        = [&](ErrorKind kind, const QString &text) { return failure(kind, QStringLiteral("ask kubectl"), host, text); };
    if (reply.out.startsWith("NOTOOL") || reply.out.contains("\nNOTOOL\n"))
        return wrong(ErrorKind::NotFound, QStringLiteral("there is no program %1").arg(settings.program));
    const std::vector<ToolPart> parts = toolParts(reply);
    const bool isCaptured = parts.front().name.isEmpty();
    Reader reader(host, settings);
    QString trouble;
    for (const ToolPart &part : parts) {
        const bool isMain = isCaptured || part.name == "workload";
        if (part.exitCode != 0 && (isMain || part.exitCode == 124 || part.exitCode == 143))
            return failure(toolError(QStringLiteral("kubectl"), host, part));
        if (part.exitCode != 0) {
            reader.raw().notes << sentence(toolError(QStringLiteral("kubectl"), host, part));
            continue;
        }
        if (isCaptured) {
            if (std::optional<Facts> table = factsOfTable(part.out)) {
                if (table->revisions.empty())
                    return wrong(ErrorKind::NotFound, QStringLiteral("the table names no revision"));
                return *table;
            }
        }
        const fields::Documents read = fields::documents(part.out);
        if (!read.trouble.isEmpty() && (isMain || read.values.empty()))
            return wrong(ErrorKind::BadData, read.trouble);
        if (!read.trouble.isEmpty())
            reader.raw().notes << read.trouble;
        for (const Json &document : read.values)
            reader.take(document);
    }
    if (!isCaptured && (reply.exitCode == 124 || reply.exitCode == 143 || reply.exitCode == 137))
        return wrong(ErrorKind::Timeout, QStringLiteral("kubectl did not answer in time"));
    if (!isCaptured && !reply.out.contains("\nDONE"))
        return wrong(ErrorKind::BadData, QStringLiteral("the answer is not complete"));
    if (!reader.isKnown())
        return wrong(ErrorKind::BadData,
                     reader.status().isEmpty()
                         ? QStringLiteral("the answer holds no Deployment, StatefulSet, DaemonSet or revision of one")
                         : reader.status());
    return reader.facts();
}

} // namespace taffrail::sources::kubernetes
