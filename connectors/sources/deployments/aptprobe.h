// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aptlog.h"
#include "source.h"

#include <map>
#include <set>

namespace taffrail::sources::apt {

/// What an entry of the inventory says about an application that is one Debian package, or several of one version.
struct Settings {
    QString app;
    QString package; ///< its version names the release
    QStringList with; ///< further packages that are moved to the same version
    QString unit; ///< systemd unit; "" = not asked

    QStringList packages() const { return QStringList{package} + with; }
};
Result<Settings> settingsOf(const SourceEntry &entry);

/// The text that reads one host in one trip. It changes nothing and takes no lock.
QByteArray probeScript(const Settings &settings);
/// A function of the shell: "tf_holds PROCESS FILE", whether the process has this very file open. /proc/locks tells
/// only its inode, which a container's file may have as well. What cannot be seen counts as held.
QByteArray holdsFunction();

struct Installed {
    QString version;
    QString state; ///< dpkg's word: installed, half-configured, unpacked, config-files, …
    bool isHeld = false;
    QDateTime changedAt; ///< when dpkg last wrote the package's record
};

/// One host, as its probe described it.
struct HostFacts {
    QString host;
    std::optional<Error> error; ///< nothing below is known then
    std::map<QString, Installed> installed; ///< by package
    std::set<QString> offered; ///< versions of the main package that the package lists name
    std::set<QString> cached; ///< and those whose .deb lies in apt's cache
    QString candidate; ///< what a plain upgrade would install
    QDateTime listsAt; ///< when the package lists were last fetched
    std::vector<LoggedChange> changes; ///< of the main package, oldest first
    QStringList hiddenLogs;
    std::optional<HeldLock> lock;
    qint64 freeBytes = -1;
    bool upgradesItself = false; ///< unattended-upgrades is switched on
    bool hasUnit = false; ///< the lines below were asked and answered
    QString unitState; ///< ActiveState, or why it is not known
    QDateTime unitStartedAt;
    bool needsReload = false; ///< its file changed since systemd read it
};

/// Reads one host's answer; what can't be read becomes HostFacts::error.
HostFacts readHost(const QString &host, const Settings &settings, const Reply &reply);

} // namespace taffrail::sources::apt
