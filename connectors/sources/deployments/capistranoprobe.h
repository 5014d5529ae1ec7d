// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deployments.h"
#include "source.h"

#include <map>

namespace taffrail::sources::capistrano {

/// What an entry of the inventory says about one Capistrano application.
struct Settings {
    QString app;
    QString path; ///< deploy_to: absolute
    int keepReleases = 5; ///< the tool's own default
    QString pidFile; ///< absolute, or relative to `path`; "" = none
    QString unit; ///< systemd unit of the application; "" = none
};
Result<Settings> settingsOf(const SourceEntry &entry);

/// The text that reads one host in one trip. It writes nothing; every path that is not there is a record, not a
/// failure.
QByteArray probeScript(const Settings &settings);

/// One directory entry below releases/ whose name is a stamp.
struct ReleaseDirectory {
    bool isDirectory = false; ///< false: a file or a link with such a name
    QString revision;
    QDateTime revisionTime; ///< time of the commit; written by the tool since 3.19
    QDateTime changedAt; ///< mtime: never used for order
};

enum class LinkKind { Absent, Link, Directory };

/// One host, as its probe described it.
struct HostFacts {
    QString host;
    std::optional<Error> error; ///< nothing below is known then
    LinkKind current = LinkKind::Absent;
    QString target; ///< of current, as readlink prints it
    QString live; ///< last part of target
    bool liveIsElsewhere = false; ///< target does not lie in releases/
    bool dangling = false;
    bool targetHidden = false; ///< no right to look where the link points
    QDateTime switchedAt;
    QString liveRevision;
    std::map<QString, ReleaseDirectory> releases; ///< by stamp
    bool releasesReadable = false;
    bool releasesAbsent = false; ///< there is no directory releases/: nothing was ever deployed here
    int olderReleases = 0; ///< not listed, because there are too many
    QStringList otherNames; ///< entries of releases/ that are no stamps
    QStringList archives; ///< stamps of rolled-back-release-STAMP.tar.gz
    qint64 freeBytes = -1;
    std::optional<HeldLock> lock;
    QString extracting; ///< stamp of a release that a process is unpacking
    std::optional<std::vector<QByteArray>> log; ///< lines of revisions.log, oldest first; none = absent or unreadable
    bool logHidden = false; ///< there, but not readable
    bool logCut = false; ///< older lines exist
    bool logPartial = false; ///< the last line has no end
    QDateTime logChangedAt;
    bool asksProcess = false;
    QString processText; ///< "4711" or why it is not known
    QString processFolder; ///< working directory of the application's process; "" = not known
};

/// Reads one host's answer; what can't be read becomes HostFacts::error.
HostFacts readHost(const QString &host, const Settings &settings, const Reply &reply);

bool isStamp(const QString &text); ///< 14 digits
QDateTime stampTime(const QString &stamp); ///< UTC; invalid for 14 digits that are no date

} // namespace taffrail::sources::capistrano
