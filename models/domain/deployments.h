// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QDateTime>
#include <QStringList>

#include <optional>
#include <vector>

namespace taffrail {

enum class ReleaseStatus { Live, Available, Running, Failed, Unfinished, Bad, RolledBack, Superseded, Removed };
enum class ReleaseKind { Deploy, Rollback, Redeploy, Config, OutOfBand, Unknown };
/// logged: the tool wrote it with a time; inferred: from file times or names; reconciled: the live state contradicts
/// the log.
enum class Confidence { Logged, Inferred, Reconciled };

/// One deployed version that can (or could) be gone back to. Liveness is per host.
struct Release {
    QString id; ///< the tool's own id: a stamp, an image id, a package version
    QString version; ///< what people call it; "" when the tool has no other word than the id
    QString revision; ///< full commit hash or image id; "" = not known
    QString branch;
    QDateTime deployedAt; ///< UTC; invalid = not known
    QString deployedBy;
    ReleaseStatus status = ReleaseStatus::Available;
    ReleaseKind kind = ReleaseKind::Deploy;
    Confidence confidence = Confidence::Logged;
    QStringList liveOn; ///< host ids
    QStringList presentOn; ///< host ids on which its files or image still exist
    int deploysUntilPruned = -1; ///< further deploys until the tool removes it; -1 = not known
    QString note; ///< plain words: why failed, what contradicts, which log line

    bool operator==(const Release &) const = default;
};

/// One line of the history, newest first: what was done, as opposed to what exists.
struct DeployEvent {
    QString release; ///< Release::id it made live (or tried to)
    QString from; ///< the release live before, or ""
    ReleaseKind kind = ReleaseKind::Unknown;
    Confidence confidence = Confidence::Logged;
    ReleaseStatus outcome = ReleaseStatus::Superseded;
    QString actor;
    QDateTime at; ///< UTC; invalid when the tool notes none
    QDateTime notBefore, notAfter; ///< bounds where `at` is not known
    QString host; ///< "" = all
    QString raw; ///< the tool's own words, sanitised

    bool operator==(const DeployEvent &) const = default;
};

/// What one host really runs.
struct HostRelease {
    QString host;
    QString live; ///< Release::id or ""
    bool dangling = false; ///< the live link points nowhere
    QString revision;
    QDateTime switchedAt; ///< when the live link or container was made
    qint64 freeBytes = -1; ///< room beside the releases; -1 = not known
    QString
        running; ///< Release::id that the app's process runs from (its working directory); "" = not asked or not known
    std::optional<Error> error; ///< this host could not be read; the rest stands

    bool operator==(const HostRelease &) const = default;
};

/// Somebody holds the deploy lock.
struct HeldLock {
    QString by;
    QDateTime since;
    QString reason;

    bool operator==(const HeldLock &) const = default;
};

/// The deployment history of one app in one environment, over all its hosts.
struct DeploymentHistory {
    QString source;
    QString app;
    QString live; ///< the id when all readable hosts agree, else "" (finding deploy.mixed)
    std::vector<HostRelease> hosts;
    std::vector<Release> releases; ///< newest first
    std::vector<DeployEvent> events; ///< newest first
    std::optional<HeldLock> locked;
    int keepReleases = -1; ///< how many the tool keeps; -1 = not known
    QStringList notes; ///< what could not be read, or what contradicts, in words

    bool operator==(const DeploymentHistory &) const = default;
};

QString releaseStatusWord(ReleaseStatus status); ///< "rolled-back"
ReleaseStatus releaseStatusFromWord(const QString &word);
QString releaseKindWord(ReleaseKind kind); ///< "out-of-band"
ReleaseKind releaseKindFromWord(const QString &word);
QString confidenceWord(Confidence confidence); ///< "reconciled"
Confidence confidenceFromWord(const QString &word);

} // namespace taffrail
