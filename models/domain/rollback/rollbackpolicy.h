// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"

namespace taffrail {

/// How a person wants releases of one app to be taken back: the "rollback" of a deployments entry, read.
struct RollbackPolicy {
    QString method; ///< executor; "" = the source's own
    QString restart; ///< command or "unit:NAME" after the switch; "" = none
    std::chrono::seconds restartLimit{120}; ///< a restart that takes longer has failed
    bool sudo = false; ///< what needs root goes through `sudo -n`
    QStringList command; ///< the user's own rollback program and its arguments, for the method "command"
    std::chrono::seconds commandLimit{1800}; ///< "command_timeout": a program that takes longer is ended
    bool environmentOfRelease = false; ///< docker: the variables of the target's container, not today's
    bool migratesAtStart = false; ///< the application runs its migrations when it starts
    int batch = 1; ///< hosts at a time
    std::chrono::seconds hold{60}; ///< how long health must stay good after the switch
    std::chrono::seconds patience{180}; ///< "verify_timeout": what is not good this long after the switch has failed
    QStringList healthGate; ///< health entries; empty = all of the environment
    QStringList migrations; ///< migrations entries whose histories belong to this app; empty = all
    QStringList backups; ///< backups entries that count for its databases; empty = all
    int approvals = 0; ///< other people who must agree
    QString window; ///< when it may run: "Mon-Fri 08:00-18:00 UTC", several joined by ";"; "" = any time
    std::optional<double> minFreeShare; ///< of the disk, 0 to 1
    std::optional<qint64> minFreeBytes;

    bool operator==(const RollbackPolicy &) const = default;
};

/// Reads the policy of an entry. The inventory's schema was checked before; what it lets through and this cannot read
/// (a window in other words) is left at its strictest: `problems` says so.
RollbackPolicy rollbackPolicyOf(const SourceEntry &entry, QStringList &problems);

/// Whether a moment lies in the window: nothing for a text that cannot be read. "" is always open. Times are UTC unless
/// the text ends with the name of a time zone ("Mon-Fri 08:00-18:00 Europe/Berlin"). A range over midnight belongs to
/// the day on which it begins.
std::optional<bool> isInWindow(const QString &window, const QDateTime &now);

} // namespace taffrail
