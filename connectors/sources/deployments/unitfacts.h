// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hostprobes.h"

/// What a systemd unit (or the process of a pid file) proves about what really runs.
namespace taffrail::sources::unitfacts {

struct UnitFacts {
    bool asked = false;
    QString pid; ///< of the main process; "" = none or not known
    QString reason; ///< why there is no process, in words; "" = there is one
    QString folder, program; ///< its working directory and program file; "" = no right to look
    QString version; ///< APP_VERSION of its environment
    QDateTime startedAt; ///< of the main process
    QString loadState, activeState, subState, result;
    QString invocation; ///< of this start of the unit: another one at each start
    QString workingDirectory; ///< as the unit's file says
    QString command; ///< program of ExecStart
    int restarts = -1; ///< by systemd itself; -1 = not known
    bool needsReload = false; ///< the unit's file is newer than what systemd runs
};

/// Shell text that prints one "UNIT" record for each fact of the unit, or of the process in `pidFile` (absolute, or
/// below the present folder). Both empty: no text. It reads only.
QByteArray unitScript(const QString &unit, const QString &pidFile);
/// Takes a record of that text; false for another record.
bool takeUnitRecord(const probes::Record &record, UnitFacts &facts);
/// Reads the lines `Key=Value` of `systemctl show` (one unit).
UnitFacts fromShow(const QByteArray &out);
/// Words about what is not as it should be, each beginning with the host.
QStringList unitNotes(const QString &host, const UnitFacts &facts);
/// Whether the process is older than the switch: then it still runs what was live before. Nothing when not known.
/// Both times are the host's own.
bool startedBefore(const UnitFacts &facts, const QDateTime &switchedAt);
bool isUnitName(const QString &text);

} // namespace taffrail::sources::unitfacts
