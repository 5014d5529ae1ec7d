// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "composeprobe.h"
#include "executor.h"

namespace taffrail::executors::compose {

/// What the engine and Compose said about one service of a project.
struct Looked {
    QString image; ///< of its containers; "" = they differ
    QString tag; ///< what they were started as
    QStringList ids; ///< of the containers
    QString service, folder, major; ///< major version of the Compose that made them: "1" or "2"
    QStringList files; ///< of the project, absolute or below `folder`, without the one that a rollback wrote
    QString from; ///< label of a former rollback
    QString tool; ///< "1 1.29.2"; "" = none
    QString madeBy; ///< version of Compose that made the containers
    bool hasTarget = false, canWrite = false;
    QStringList targetTags;
    QString baseImage; ///< id of the image that the project's own files name; "" = not here, or not known
    QString hash, hashNow; ///< of the service: as it runs, and as the files say now with the image that runs
    QString trouble; ///< why hashNow is not known
    QStringList leaning; ///< containers that live in the network or processes of the service's
};

/// Shell functions of look and run: `tf_containers`, `tf_image CONTAINER`, `tf_override FILE IMAGE FROM`, `tf_project
/// OVERRIDE WORD…` (Compose with the project's files and "$OVERRIDE", "" = none). They want P, S, W and the function
/// `tf_base`, which sets the project's own files as words.
extern const char projectFunctions[];

QByteArray lookScript(const sources::compose::Settings &settings, const HostSwitch &part);
/// Errors: NotFound, Denied, BadData, Unsupported (what cannot be taken back from here, and why).
Result<Looked> readLook(const sources::compose::Settings &settings, const HostSwitch &part,
                        const sources::ShellReply &reply);
/// Name of the file that holds the image of a rolled back service, in the project's folder.
QString overrideName(const QString &service);

} // namespace taffrail::executors::compose
