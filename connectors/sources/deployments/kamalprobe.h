// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "containerprobe.h"

namespace taffrail::sources::kamal {

/// What an entry of the inventory says about one service that Kamal deploys.
struct Settings {
    QString app;
    QString service;
    QString destination; ///< "" = none
    QString role; ///< "" = all that its hosts have
    QString folder = QStringLiteral(".kamal"); ///< Kamal's own, absolute or below the home of the sign-in user
    int retain = 5; ///< stopped containers that the tool keeps; its own default
    docker::Settings engine; ///< `engine` and `sudo` count
    QString command; ///< captured output only: "audit"; "" = what it looks like
};
Result<Settings> settingsOf(const SourceEntry &entry);
/// "shop" or "shop-staging": how files of the service are named.
QString fileName(const Settings &settings);
/// Name of a container without its version, with the last "-".
QString namePrefix(const Settings &settings, const QString &role);

/// Read-only: containers, images, the audit log and the lock.
QByteArray probeScript(const Settings &settings);

/// One line of the audit log.
struct AuditLine {
    enum class What { Booted, Tagged, Started, Stopped, Renamed, Removed, Other } what = What::Other;
    QDateTime at;
    QString actor, version;
    QString raw; ///< without what may be secret
};
std::optional<AuditLine> readAuditLine(const QByteArray &line, const Settings &settings);
/// The text of the file `details` of a lock, in base64.
HeldLock readLock(const QByteArray &base64, const QString &host);

struct HostFacts {
    QString host;
    std::optional<Error> error; ///< nothing below is known then
    containers::EngineFacts engine;
    QStringList roles; ///< that have containers here
    std::vector<AuditLine> audit; ///< in the order of the file
    bool auditRead = false, auditHidden = false, auditCut = false;
    int strangeLines = 0;
    std::optional<HeldLock> lock;
    bool isCaptured = false;
};
HostFacts readHost(const QString &host, const Settings &settings, const Reply &reply);

/// Version that a container's name or variable says; `replaced` when a newer one of the same version took its name.
struct Named {
    QString version;
    bool replaced = false;
};
Named versionOf(const Settings &settings, const containers::Container &container);
/// The one that serves: of those that run the newest whose image has the tag "latest", else the newest.
const containers::Container *liveOf(const Settings &settings, const HostFacts &facts, const QString &role);
bool isVersion(const QString &text); ///< what may be a tag of an image

DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts, const QDateTime &now);

} // namespace taffrail::sources::kamal
