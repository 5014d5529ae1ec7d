// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "containerprobe.h"

namespace taffrail::sources::compose {

inline constexpr char projectLabel[] = "com.docker.compose.project";
inline constexpr char serviceLabel[] = "com.docker.compose.service";
inline constexpr char numberLabel[] = "com.docker.compose.container-number";
inline constexpr char oneOffLabel[] = "com.docker.compose.oneoff";
inline constexpr char hashLabel[] = "com.docker.compose.config-hash";
inline constexpr char versionLabel[] = "com.docker.compose.version";
inline constexpr char folderLabel[] = "com.docker.compose.project.working_dir";
inline constexpr char filesLabel[] = "com.docker.compose.project.config_files";
inline constexpr char fromLabel[] = "taffrail.from"; ///< image that a rollback took the place of

/// What an entry of the inventory says about one service of a Compose project.
struct Settings {
    QString app;
    QString project; ///< as the label of its containers says
    QString service; ///< "" = the only one that the project has
    docker::Settings engine; ///< `engine`, `sudo` and `repository` count
};
Result<Settings> settingsOf(const SourceEntry &entry);

/// Read-only: the containers and images of the project.
QByteArray probeScript(const Settings &settings);
/// Read-only: what the project's files, read now, would give the service, as the tool's own hash of it.
QByteArray filesScript(const Settings &settings);
/// Shell text that defines `tf_compose ARGUMENT…`: the Compose of the major version "$tf_major" ("" = any), which
/// fails with 127 where there is none; "$tf_tool" says which one it took.
QByteArray composeCommand(const docker::Settings &engine);

/// What the project's files say now.
struct FileFacts {
    bool asked = false;
    QString hash; ///< of the service; "" = not known
    QString of; ///< id of the container that the answer is compared with
    QString reason; ///< why it is not known
    QString tool; ///< version of Compose that was asked
};
/// One host, as its probe (or captured output) described it.
struct HostFacts {
    QString host;
    std::optional<Error> error; ///< nothing below is known then
    containers::EngineFacts engine;
    std::vector<containers::Container> service; ///< containers of the service, in their order
    QStringList services; ///< all of the project
    bool isCaptured = false; ///< not all is known
    FileFacts files;
    QString busy; ///< a command of Compose that runs now
};
/// `files`: the answer to filesScript, or null.
HostFacts readHost(const QString &host, const Settings &settings, const Reply &reply, const Reply *files);

DeploymentHistory buildHistory(const Settings &settings, const std::vector<HostFacts> &hosts);

} // namespace taffrail::sources::compose
