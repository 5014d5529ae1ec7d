// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"
#include "backupproof.h"
#include "drilltool.h"
#include "jobs.h"

/// From what was read to the plan of a drill: pure functions.
namespace taffrail::drilling {

/// What a person wants to try.
struct Wish {
    QString environment;
    QString entry; ///< backups entry; "" = the only one that can be tried
    QString backup; ///< Backup::id; "" = the newest usable
    QString host; ///< host id; "" = the entry's
    DrillTarget target = DrillTarget::Immediate;
};

struct Subject {
    EnvironmentStatePtr state;
    const SourceEntry *entry = nullptr; ///< of the state's environment
    Backup backup;
    DrillPolicy policy;
    QStringList problems;
    const drills::DrillTool *tool = nullptr;
    DrillTarget target = DrillTarget::Immediate;
    int serverMajor = 0;
    qint64 liveBytes = -1;

    drills::DrillSubject drill() const { return {*entry, backup, policy, target, serverMajor, liveBytes}; }
};

/// Finds entry, tool and backup. Errors say what is not there, and what there is.
Result<Subject> subjectOf(const EnvironmentStatePtr &state, const Wish &wish);
/// The plan with its gates, steps and digest.
DrillPlan planOf(const Subject &subject, const DrillLook &look, const QDateTime &now);

/// One drill at a time on a host: the lock of their jobs, and where they are kept.
QString lockName();
jobs::Places places();

/// What is asked of the live database when a drill begins: how far it is, and the questions that are held against it.
std::vector<sources::Request> liveRequests(const DrillPlan &plan, const QString &database);
DrillLive liveOf(const DrillPlan &plan, const QString &database, const sources::Replies &replies);

} // namespace taffrail::drilling
