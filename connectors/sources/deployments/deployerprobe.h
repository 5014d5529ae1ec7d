// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "unitfacts.h"

#include <map>

namespace taffrail::sources::deployer {

/// What an entry of the inventory says about one application that Deployer (the PHP tool) deploys.
struct Settings {
    QString app;
    QString path; ///< deploy_path: absolute
    int keepReleases = 10; ///< the tool's own default; 0 or less: it keeps all
    QString pidFile; ///< absolute, or relative to `path`; "" = none
    QString unit; ///< systemd unit of the application; "" = none
    QString command; ///< captured output only: "releases" or "releases_log"; "" = that of the probe
};
Result<Settings> settingsOf(const SourceEntry &entry);

/// The text that reads one host in one trip. It writes nothing.
QByteArray probeScript(const Settings &settings);

bool isReleaseName(const QString &text); ///< what may be a name below releases/

struct Mark {
    QDateTime at;
    QString by;
    QString raw;
};

/// One entry below releases/.
struct Folder {
    bool isDirectory = false;
    QString revision;
    bool isDirty = false; ///< DIRTY_RELEASE lies in it
    std::optional<Mark> bad; ///< BAD_RELEASE lies in it: somebody rolled back from it
};

/// One line of the log, written when a deploy starts.
struct LogEntry {
    QDateTime at;
    QString release, user, target;
    QString raw;
    bool isOld = false; ///< of a version before 7: its time is in the host's own zone
};

/// One host, as its probe (or a captured output) described it.
struct HostFacts {
    QString host;
    std::optional<Error> error; ///< nothing below is known then
    bool hasLink = false, isDirectory = false; ///< what "current" is
    QString target, live; ///< where it leads, and the last part of that
    bool dangling = false, targetHidden = false;
    QDateTime switchedAt;
    QString liveRevision;
    QString unfinished; ///< release that the link "release" leads to: its deploy runs or was cut
    std::map<QString, Folder> folders;
    bool foldersReadable = false; ///< false: what exists is not known
    bool foldersAbsent = false;
    int furtherFolders = 0; ///< not listed, because there are too many
    QStringList otherNames;
    QString latest; ///< last number that the tool handed out
    std::optional<HeldLock> lock;
    std::optional<std::vector<LogEntry>> log; ///< oldest first; none = absent or unreadable
    int strangeLines = 0; ///< of the log
    bool logHidden = false, logCut = false;
    qint64 freeBytes = -1;
    unitfacts::UnitFacts unit;
};

/// Reads one host's answer; what can't be read becomes HostFacts::error.
HostFacts readHost(const QString &host, const Settings &settings, const Reply &reply);

} // namespace taffrail::sources::deployer
