// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backups.h"
#include "drillgates.h"
#include "source.h"

/// How backups are brought back for a restore drill: a few pure functions for each tool. The steps run as a detached
/// job; nothing here does I/O.
namespace taffrail::drills {

/// What is to be tried.
struct DrillSubject {
    const SourceEntry &entry; ///< of the backups pane
    const Backup &backup;
    DrillPolicy policy;
    DrillTarget target = DrillTarget::Immediate;
    int serverMajor = 0; ///< of the live database, where a dump does not say; 0 = not known
    qint64 liveBytes = -1; ///< size of the live database; -1 = not known
};

/// What a look printed: key → values, in order.
using LookLines = QHash<QString, QStringList>;
LookLines lookLines(const QByteArray &out);

/// How the files come into the scratch directory.
struct DrillRestore {
    QByteArray shell; ///< calls functions of resources/drill; ends the job with drillexit::restore when it fails
    QString shown; ///< the same for people
    QString restoreCommand; ///< PostgreSQL's; "" = what the tool wrote
    bool startsRecovery = false; ///< recovery.signal must be made
};

struct DrillTool {
    const char *source; ///< name of the backups source
    bool logical; ///< dumps: restored into a fresh cluster
    bool reachesLatest; ///< can recover to the end of the archived WAL
    /// Further lines of the look: shell text that prints by tf_say; "" = none.
    QByteArray (*look)(const DrillSubject &subject);
    /// Reads them.
    void (*read)(const DrillSubject &subject, const LookLines &lines, DrillLook &look);
    DrillRestore (*restore)(const DrillSubject &subject, const DrillLook &look, const DrillPlan &plan);
};

/// The tool of a backups source, or null: its backups can't be tried here.
const DrillTool *drillToolFor(const QString &source);
QStringList drillableSources();

/// The read-only look at the host before a plan.
sources::ShellPart lookPart(const DrillTool &tool, const DrillSubject &subject);
/// What it said.
DrillLook readLook(const DrillTool &tool, const DrillSubject &subject, const sources::ShellReply &reply);
/// Fills script and steps of a plan whose other members stand.
void writeSteps(const DrillTool &tool, const DrillSubject &subject, const DrillLook &look, DrillPlan &plan);
/// Ends and removes what dead drills left in a folder; prints a line for each. Changes nothing while a drill runs.
QByteArray sweepScript(const QString &folder, const QString &user);
/// What it printed: directory → "removed", "foreign", "left"; Busy while a drill runs.
Result<std::vector<std::pair<QString, QString>>> parsedSweep(const QByteArray &out, const QString &host);

extern const DrillTool pgbackrestDrill;
extern const DrillTool barmanDrill;
extern const DrillTool baseBackupDrill;
extern const DrillTool dumpDrill;
extern const DrillTool resticDrill;
extern const DrillTool borgDrill;

} // namespace taffrail::drills
