// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deployments.h"
#include "source.h"

namespace taffrail::sources::docker {

/// What an entry of the inventory says about one application that runs as one container a host.
struct Settings {
    QString app;
    QString container; ///< its name on the hosts
    QString repository; ///< of its images, without a tag; "" = that of the running container
    QString engine; ///< "unix:///…"; "" = the engine that `docker` finds by itself
    bool sudo = false; ///< ask the engine through `sudo -n`
};
Result<Settings> settingsOf(const SourceEntry &entry);

/// Shell text that defines `d ARGUMENT…` as the engine's command line of this entry. Limited: each call is ended after
/// "$tf_limit" seconds, at first 120 (not where the host's `timeout` is too old, nor through sudo, which no user ends).
QByteArray engineCommand(const Settings &settings, bool isLimited = false);
/// What the former container of `container` is called once `image` (an id) was replaced: the name says which release
/// it ran.
QString keptName(const QString &container, const QString &image);
/// The name that a replaced container gets when the new one did not start.
QString failedName(const QString &container);

/// The text that reads one host in one trip. Values of variables never leave the host.
QByteArray probeScript(const Settings &settings);

struct Image {
    QString id; ///< "sha256:…"
    QStringList tags; ///< "shop:1.4"
    QDateTime createdAt;
    QString version, revision; ///< labels org.opencontainers.image.*; either may be inherited from a base image
};

struct Container {
    QString id, name, image, tag; ///< `image` is an id, `tag` what it was started as
    QDateTime createdAt, startedAt; ///< invalid = never
    QString state; ///< created, running, paused, restarting, removing, exited, dead
    int exitCode = 0;
    QString trouble; ///< the engine's own words about a failed start
    bool killedForMemory = false;
    int restarts = 0;
    QString health; ///< starting, healthy, unhealthy; "" = it has no check
    QString from; ///< image that it took the place of, when a rollback made it
    bool isCompose = false; ///< docker compose made it
};

/// One host, as its probe described it.
struct HostFacts {
    QString host;
    std::optional<Error> error; ///< nothing below is known then
    QString engineVersion;
    std::vector<Image> images; ///< newest first
    std::vector<Container> containers; ///< the named one and those that kept its former releases
    bool imagesCut = false; ///< there are more images than were read
    QString repository;
    qint64 freeBytes = -1;
    int unreadable = 0; ///< lines that were no record
};

/// Reads one host's answer; what can't be read becomes HostFacts::error.
HostFacts readHost(const QString &host, const Settings &settings, const Reply &reply);

} // namespace taffrail::sources::docker
