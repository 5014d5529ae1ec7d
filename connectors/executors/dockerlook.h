// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dockerprobe.h"
#include "executor.h"

#include <nlohmann/json.hpp>

namespace taffrail::executors::docker {

/// What the engine said about one container, its image, and the target's. Objects hold each setting by its name; the
/// values of variables are in none of them.
struct Looked {
    QString id, image, tag; ///< of the container
    nlohmann::json config, hostConfig, networks, mounts;
    nlohmann::json imageConfig; ///< of the image that it runs
    bool hasTarget = false;
    QStringList targetTags;
    QString kept; ///< name of a container that ran the target, or ""
    QString hostName; ///< of the machine
    QStringList leaning; ///< other containers that live in its network, memory or processes: they would lose it
    QStringList variables; ///< names that the new container gets beside those of its image
    QStringList badVariables; ///< names whose values no file of variables can carry
    QStringList gained, gone, changed; ///< variables: what the new container will see otherwise than the present one
    QStringList elsewise; ///< variables that the target's kept container had otherwise than today
};

/// Read-only; answers the one container `entry` names.
QByteArray lookScript(const sources::docker::Settings &settings, const HostSwitch &part);
/// Errors: NotFound (engine, container or target is gone), Denied, BadData.
Result<Looked> readLook(const sources::docker::Settings &settings, const HostSwitch &part,
                        const sources::ShellReply &reply);

/// Shell functions that look and run share: `tf_lines CONTAINER`, `tf_own CONTAINER` (its variables without those of
/// its image, as lines).
extern const char environmentFunctions[];

} // namespace taffrail::executors::docker
