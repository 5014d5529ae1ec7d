// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aptprobe.h"
#include "executor.h"

namespace taffrail::executors::apt {

/// One package that apt would put in place.
struct Planned {
    QString package, before, after; ///< versions; `before` "" = it is not installed

    bool operator==(const Planned &) const = default;
};

/// What dpkg and apt said when they were asked what a change of version would do.
struct Looked {
    QString live, state; ///< of the main package; dpkg's word
    QStringList held;
    std::vector<Planned> planned;
    QStringList removed; ///< packages that apt would remove
    int simulated = -1; ///< exit code of the simulation
    QString trouble; ///< its first error
    QStringList missingFiles; ///< of the target: named by the lists, but gone
    QString holder; ///< who holds dpkg's lock, or ""
    QStringList changedFiles; ///< configuration files of the package that differ from what it brought
    bool asksForPassword = false;
    bool isNotRoot = false;
    bool upgradesItself = false;
    QString candidate;
};

QByteArray lookScript(const sources::apt::Settings &settings, const HostSwitch &part);
Result<Looked> readLook(const sources::apt::Settings &settings, const HostSwitch &part,
                        const sources::ShellReply &reply);

/// "shop=1.3.0-1 shop-common=1.3.0-1"
QStringList wantedWords(const sources::apt::Settings &settings, const QString &version);
/// Options of apt-get that look and run share.
extern const char aptOptions[];
extern const char aptRunOptions[]; ///< further ones of what really runs
/// Reads "Inst NAME [OLD] (NEW …)".
std::optional<Planned> readPlanned(const QByteArray &line);

} // namespace taffrail::executors::apt
