// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"
#include "toolparts.h"

#include <optional>
#include <vector>

namespace taffrail::sources::kubernetes {

/// What an entry of the inventory says about one workload of a cluster, asked with kubectl on a host.
struct Settings {
    QString kind; ///< "deployment", "statefulset", "daemonset"; "" = whichever the answer holds
    QString name; ///< "" = the only one of the answer
    QString space; ///< namespace; "" = that of the context
    QString context, kubeconfig; ///< "" = kubectl's own
    QString program; ///< "kubectl", or what stands for it
    bool sudo = false;

    QString workload() const { return kind + QLatin1Char('/') + name; }
};
/// Error BadConfig: a name that is none, or (only where `isAsked`) no workload.
Result<Settings> settingsOf(const SourceEntry &entry, bool isAsked);
/// Shell text that defines `K ARGUMENT…` as kubectl of this entry, each call limited to `seconds`.
QByteArray kubectl(const Settings &settings, int seconds);
/// The text that reads one workload and its revisions.
QByteArray probeScript(const Settings &settings);

/// The object whose revisions are read.
struct Workload {
    QString kind, name, space, uid, resourceVersion;
    qint64 generation = -1, observed = -1;
    qint64 replicas = -1, updated = 0, available = 0, present = 0; ///< wanted; by its status
    int keeps = -1; ///< revisionHistoryLimit
    bool isPaused = false, isDeleted = false;
    qint64 revision = -1; ///< the annotation of a Deployment; -1 = it has none
    QString newest, current; ///< names of the revisions that a StatefulSet's status gives
    QString progress, progressReason, progressWords; ///< condition Progressing: status, reason, message
    QDateTime progressAt;
    QString failure; ///< message of the condition ReplicaFailure, when it holds
    QString strategy;
    QString owner; ///< what else changes it: "Argo CD application shop", "Helm release shop", …
    bool isOwnerInsistent = false; ///< it takes a change by hand back
};

/// One pod template that the workload has, or had.
struct Revision {
    qint64 number = -1;
    std::vector<qint64> former; ///< numbers that it had before
    QString name, hash, ownerUid, ownerName, cause;
    QDateTime createdAt;
    QStringList images;
    qint64 replicas = 0, available = 0;
};

/// What a cluster said about one workload.
struct Facts {
    std::optional<Workload> workload;
    std::vector<Revision> revisions; ///< of the workload, the highest number first
    bool hasRevisions = false; ///< a list of them was read
    QStringList notes;
};
Result<Facts> readFacts(const QString &host, const Settings &settings, const ShellReply &reply);

/// How far the newest template is rolled out.
enum class Rollout { Done, Running, Failed, Unknown };
Rollout rolloutOf(const Workload &workload);
QString rolloutWords(const Workload &workload);

/// "v1.4" of "reg.example.org:5000/shop:v1.4"; "" without a tag.
QString tagOf(const QString &image);

} // namespace taffrail::sources::kubernetes
