// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"
#include "told.h"
#include "toolparts.h"

namespace taffrail::sources::nomad {

/// What an entry of the inventory says about one job of Nomad, asked on a host.
struct Settings {
    QString job; ///< "" = the only one of the answer
    QString space, region, address; ///< "" = the tool's own
    QString program; ///< "nomad", or what stands for it
    int keeps = -1; ///< job_tracked_versions of the servers; -1 = their default, 6
    bool sudo = false;
};
Result<Settings> settingsOf(const SourceEntry &entry, bool isAsked);
/// Shell text that defines `M ARGUMENT…` as nomad of this entry.
QByteArray nomadCommand(const Settings &settings);
/// The text that reads a job, its versions and its deployments.
QByteArray probeScript(const Settings &settings);

/// One version of a job.
struct Version {
    qint64 number = -1;
    qint64 modifyIndex = -1; ///< JobModifyIndex: what a compare-and-swap is held against
    bool isStable = false, isStopped = false;
    QDateTime at;
    QString type, tag, actor; ///< `tag`: VersionTag, which keeps the version
    QStringList images;
    QString content; ///< SHA-256 of what the job says, the same for the same specification
};
/// A deployment of one version.
struct Rollout {
    qint64 version = -1;
    QString status, words;
    QDateTime startedAt, endedAt;
    qint64 index = -1;
};
struct Facts {
    QString job;
    std::vector<Version> versions; ///< the highest number first
    std::vector<Rollout> rollouts; ///< the newest first
    bool hasRollouts = false; ///< they were asked and read
    qint64 current = -1; ///< the version of "job inspect"; -1 = not read
    bool isStopped = false;
    QStringList notes;
};
Result<Facts> readFacts(const QString &host, const Settings &settings, const ShellReply &reply);
/// The version that the servers have as the job's own.
qint64 currentOf(const Facts &facts);
const Rollout *rolloutOf(const Facts &facts, qint64 version);
bool isUnderWay(const Rollout &rollout);

Told toldOf(const QString &host, const Settings &settings, const Facts &facts);

} // namespace taffrail::sources::nomad
