// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drillplan.h"

namespace taffrail {

/// What was seen of host and backup just before a plan was made.
struct DrillLook {
    QString error; ///< why the host gave no answer, or ""
    QString becomeTrouble; ///< why the user cannot be had, or ""
    bool folderThere = false, writable = false, readable = false, remote = false;
    qint64 freeBytes = -1;
    QString inside; ///< data directory that the folder is or lies in, or ""
    bool busy = false; ///< another drill holds the folder
    int leftovers = 0;
    QStringList missing; ///< programs
    std::vector<std::pair<int, QString>> binaries; ///< major version, folder
    QString toolTrouble; ///< why the backup cannot be reached from there, or ""
    QString toolHint;
    bool backupRunning = false;
    int major = 0; ///< of the backup; 0 = not known
    bool newerMajorWill = false; ///< a dump: binaries of a later version do, too
    qint64 sizeBytes = -1; ///< logical size; -1 = not known
    qint64 extraBytes = 0; ///< room besides: fetched files, WAL
    bool sizeIsGuess = false;
    QString systemId;
    QString path; ///< of the backup, where it is a file
};

/// The folder of binaries to be used, and its major version; {0, ""} when none fits.
std::pair<int, QString> fittingBinaries(const DrillLook &look);
/// Room that a drill of this size asks for: 1.2 × its size and its WAL; -1 = not known.
qint64 roomFor(const DrillLook &look);
/// Everything that must hold before a drill may start. `backup`: as listed; `problems`: of the policy.
std::vector<Gate> drillGates(const DrillPlan &plan, const DrillLook &look, const Backup &backup,
                             const QStringList &problems);

} // namespace taffrail
