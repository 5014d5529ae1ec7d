// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"
#include "told.h"
#include "toolparts.h"

namespace taffrail::sources::helm {

/// What an entry of the inventory says about one release of Helm, asked on a host.
struct Settings {
    QString name; ///< "" = the only one of the answer
    QString space, context, kubeconfig; ///< "" = the tool's own
    QString program; ///< "helm", or what stands for it
    int keeps = -1; ///< --history-max of whoever deploys; -1 = Helm's own 10
    bool sudo = false;
};
Result<Settings> settingsOf(const SourceEntry &entry, bool isAsked);
/// Shell text that defines `H ARGUMENT…` as helm of this entry.
QByteArray helmCommand(const Settings &settings);
/// The text that reads the history; where helm is absent, the labels of the Secrets that hold it.
QByteArray probeScript(const Settings &settings);

/// One revision, as Helm writes it.
struct Revision {
    qint64 number = -1;
    QDateTime at;
    QString status; ///< deployed, superseded, failed, pending-upgrade …
    QString chart, appVersion, description;
    qint64 backTo = -1; ///< the revision that a rollback took; -1 = it was none, or is not known
};
struct Facts {
    QString name;
    std::vector<Revision> revisions; ///< the highest number first
    QStringList notes;
};
Result<Facts> readFacts(const QString &host, const Settings &settings, const ShellReply &reply);

/// How long a pending operation counts as under way; an older one died (deployments reference 6).
inline constexpr qint64 pendingSeconds = 15 * 60;
bool isPending(const Revision &revision);
/// The highest revision that is deployed; null = none.
const Revision *deployedOf(const Facts &facts);
/// The revision whose chart and values this one has: itself, or what it was rolled back to.
qint64 originOf(const Facts &facts, qint64 number);

Told toldOf(const QString &host, const Settings &settings, const Facts &facts, const QDateTime &now);

} // namespace taffrail::sources::helm
