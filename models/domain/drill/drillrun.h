// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drillplan.h"
#include "rollbackrun.h"

namespace taffrail {

/// Where a drill stands. Lost: its job left no word of how it ended.
enum class DrillStage { Running, Passed, Failed, Lost };
QString drillStageWord(DrillStage stage); ///< "passed"
DrillStage drillStageFromWord(const QString &word);

/// What the live database said when the drill began.
struct DrillLive {
    QDateTime at; ///< UTC, the database's clock; invalid = it was not asked, or did not answer
    QString systemId, lsn;
    QString error; ///< why there is no answer, or ""
    QStringList values; ///< one for each check of the plan; "" = none

    bool operator==(const DrillLive &) const = default;
};

enum class CheckVerdict {
    Passed,
    Failed,
    Unknown, ///< what it is held against is not known: the drill has not passed
    Noted, ///< nothing was expected
};
QString checkVerdictWord(CheckVerdict verdict);
CheckVerdict checkVerdictFromWord(const QString &word);

struct DrillCheckResult {
    QString name;
    QString expected; ///< plain words
    QString seen, live;
    CheckVerdict verdict = CheckVerdict::Unknown;
    QString detail; ///< why not, or ""

    bool operator==(const DrillCheckResult &) const = default;
};

/// One phase as it was.
struct DrillPhaseState {
    StepState::Stage stage = StepState::Stage::Waiting;
    QDateTime startedAt; ///< UTC, the host's clock
    qint64 tookMs = -1; ///< -1 = not known
    int exitCode = -1; ///< when Failed

    bool operator==(const DrillPhaseState &) const = default;
};

/// What a drill found. Everything that was not seen is empty, never good.
struct DrillResult {
    QDateTime recoveredTo; ///< UTC: the last change that the copy has; invalid = not known
    QString recoveredBy; ///< what that rests on, in plain words
    std::optional<std::chrono::milliseconds> loss; ///< what would be lost if only this were left; empty = not known
    qint64 lossBytes = -1; ///< WAL between the end of the copy and the live database; -1 = not known
    QString systemId; ///< of the copy
    std::vector<DrillCheckResult> checks;
    QString amcheck; ///< "ok" | "corrupt" | "not available" | ""
    QString amcheckDetail;
    QString checksums; ///< "ok" | "bad" | "off" | "not available" | ""
    QString checksumsDetail;
    qint64 restoredBytes = -1;
    qint64 walFiles = -1; ///< segments that recovery fetched
    bool teardownProven = false;
    bool backupAtFault = false; ///< what failed is the backup, not the drill
    QString problem; ///< the tool's or the server's own words, first line

    bool operator==(const DrillResult &) const = default;
};

/// The journal of a drill: everything that another console needs to follow and to judge it.
struct DrillRun {
    QString id; ///< UUID, and the id of its job
    DrillPlan plan;
    QString startedBy; ///< "mary@laptop"
    QString reason;
    QDateTime startedAt, endedAt; ///< UTC
    DrillStage stage = DrillStage::Running;
    DrillLive live;
    std::vector<DrillPhaseState> phases{size_t(drillPhaseCount)};
    int exitCode = -1;
    qint64 logSize = 0;
    QString trouble; ///< why it is not known how it stands, or ""
    DrillResult result;
    QString message; ///< one sentence: how it stands, or ended
    QString wayForward; ///< what to do next, or ""

    bool operator==(const DrillRun &) const = default;
};
using DrillRunPtr = std::shared_ptr<const DrillRun>;

inline bool hasEnded(const DrillRun &run)
{
    return run.stage == DrillStage::Passed || run.stage == DrillStage::Failed;
}

/// Exit codes of a drill's job beside those of jobexit.
namespace drillexit {
inline constexpr int refused = 20; ///< preflight
inline constexpr int restore = 21;
inline constexpr int start = 22;
inline constexpr int recovery = 23;
inline constexpr int checks = 24; ///< no question could be asked
inline constexpr int corrupt = 25; ///< amcheck or checksums found damage
inline constexpr int teardown = 26; ///< something of it is left
inline constexpr int timeLimit = 27;
} // namespace drillexit

/// Puts what a job reported (the lines of "$TF_STEPS": `begin N SECONDS`, `end N SECONDS CODE`, `fact KEY VALUE`) into
/// the journal's phases and result. Lines of another shape are passed over.
void applyReports(DrillRun &run, const QStringList &lines);
/// The end of the job: judges checks, loss and outcome. `exitCode` < 0: it left no word.
void judge(DrillRun &run, int exitCode, const QDateTime &now);

} // namespace taffrail
