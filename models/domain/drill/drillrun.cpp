// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillrun.h"

#include "wordtable.h"

namespace taffrail {

namespace {

constexpr WordTable<DrillStage, 4> stageWords{{
    {DrillStage::Running, "running"},
    {DrillStage::Passed, "passed"},
    {DrillStage::Failed, "failed"},
    {DrillStage::Lost, "lost"},
}};

constexpr WordTable<CheckVerdict, 4> verdictWords{{
    {CheckVerdict::Passed, "passed"},
    {CheckVerdict::Failed, "failed"},
    {CheckVerdict::Unknown, "unknown"},
    {CheckVerdict::Noted, "noted"},
}};

} // namespace

QString drillStageWord(DrillStage stage)
{
    return wordOf(stageWords, stage);
}

DrillStage drillStageFromWord(const QString &word)
{
    return valueOf(stageWords, word, DrillStage::Lost);
}

QString checkVerdictWord(CheckVerdict verdict)
{
    return wordOf(verdictWords, verdict);
}

CheckVerdict checkVerdictFromWord(const QString &word)
{
    return valueOf(verdictWords, word, CheckVerdict::Unknown);
}

} // namespace taffrail
