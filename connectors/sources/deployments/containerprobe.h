// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dockerprobe.h"
#include "hostprobes.h"

#include <map>

/// Containers that a tool made and marked with labels (compose, kamal), as an engine tells of them.
namespace taffrail::sources::containers {

struct Container {
    QString id, name;
    QString image; ///< id of its image; "" = not known
    QString tag; ///< what it was started as
    QDateTime createdAt, startedAt; ///< invalid = never, or not known
    QString state; ///< created, running, paused, restarting, removing, exited, dead
    int exitCode = 0;
    QString trouble, health;
    bool killedForMemory = false;
    int restarts = 0;
    QString variable; ///< value of the one variable that was asked for
    std::map<QString, QString> labels; ///< those that were asked for

    QString label(const char *key) const;
    bool runs() const { return state == QLatin1String("running") || state == QLatin1String("restarting"); }
};

struct EngineFacts {
    std::vector<Container> containers;
    std::vector<docker::Image> images;
    bool imagesCut = false, imagesRead = false;
    qint64 freeBytes = -1;
    int unreadable = 0; ///< records that were none
    bool done = false;
    std::optional<QByteArray> noEngine; ///< what the command line said instead
    bool noTool = false;
};

/// What to ask of an engine.
struct Question {
    docker::Settings engine; ///< only `engine` and `sudo` count
    QStringList filters; ///< "label=service=shop"
    QStringList labels; ///< keys whose values may leave the host
    QString variable; ///< the one variable whose value may leave the host, or ""
    QString repository; ///< of the images, without a tag; "" = those that the containers were started as
};
/// Shell text that prints the records; `d` is the engine's command line in it. It ends without a mark of its own.
QByteArray engineScript(const Question &question);
/// Takes a record of that text; false for another one.
bool takeEngineRecord(const probes::Record &record, EngineFacts &facts);
/// Output of `docker inspect`, `docker ps --format json`, `docker compose ps --format json` (one array, or an object a
/// line), `docker image inspect`: false when it is none of them.
bool readCaptured(const QByteArray &out, EngineFacts &facts);
/// Why the engine did not answer; nothing when it did.
std::optional<Error> engineError(const QString &host, const docker::Settings &settings, const EngineFacts &facts,
                                 const ShellReply &shell);

/// "exited with code 3", "restarting, restarted 7 times"
QString stateWords(const Container &container);
bool isImageId(const QString &text);
QString shortOf(const QString &image);
QString repositoryOf(const QString &tag); ///< without its tag and digest
QString tagWord(const QString &tag); ///< the tag alone

/// Adds what is known of the images of one host: version, revision, presence. `repository` "": all of them.
void addImages(const EngineFacts &facts, const QString &host, DeploymentHistory &history);

} // namespace taffrail::sources::containers
