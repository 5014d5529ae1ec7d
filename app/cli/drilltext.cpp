// SPDX-License-Identifier: GPL-3.0-or-later
#include "drilltext.h"

#include "source.h"
#include "text.h"
#include "texttable.h"

#include <algorithm>

namespace taffrail {

namespace {

QString safe(const QString &text)
{
    return sanitized(text);
}

QString verdictTitle(Verdict verdict)
{
    const QString word = verdictWord(verdict);
    return verdict == Verdict::Pass ? word : word.toUpper();
}

QString took(qint64 milliseconds)
{
    return milliseconds < 0 ? QStringLiteral("--") : durationText(std::chrono::milliseconds(milliseconds));
}

} // namespace

QString drillPlanText(const DrillPlan &plan)
{
    QString text = QStringLiteral("%1: try %2 of %3 (%4) on %5, to %6\n")
                       .arg(plan.environment, safe(plan.backup), plan.entry, plan.tool, plan.host,
                            plan.target == DrillTarget::Latest ? QStringLiteral("the end of the archived WAL")
                                                               : QStringLiteral("the end of the backup"));
    TextTable gates({QStringLiteral("VERDICT"), QStringLiteral("QUESTION"), QStringLiteral("ANSWER")});
    bool isBlocked = false;
    for (const Gate &gate : plan.gates) {
        gates.add({verdictTitle(gate.verdict), gate.code.mid(int(sizeof "drill.") - 1),
                   gate.answer + (gate.hint.isEmpty() ? QString() : QLatin1Char(' ') + gate.hint)});
        isBlocked = isBlocked || demandOf(gate) > GateDemand::Reason;
    }
    text += QStringLiteral("\nGates\n") + gates.text(2) + QLatin1Char('\n');
    for (size_t i = 0; i < plan.steps.size(); ++i)
        text += QStringLiteral("  %1. %2\n       %3\n")
                    .arg(i + 1)
                    .arg(safe(plan.steps[i].title),
                         safe(plan.steps[i].command).replace(QLatin1Char('\n'), QStringLiteral("\n       ")));
    text += QStringLiteral("\nPlan %1\n").arg(plan.digest);
    if (isBlocked)
        return text + QStringLiteral("It can't be started.\n");
    return text
        + QStringLiteral("To start it:\n  taffrail drill %1 --source %2 --backup %3 --host %4 --target %5 --confirm %1 "
                         "--plan-digest %6 --reason '…'\n")
              .arg(plan.environment, plan.entry, QString::fromUtf8(sources::shellQuoted(plan.backup)), plan.host,
                   drillTargetWord(plan.target), plan.digest);
}

QString drillText(const DrillRun &run)
{
    QString text = QStringLiteral("Drill %1: %2\n%3\n").arg(run.id, drillStageWord(run.stage), safe(run.message));
    if (!run.wayForward.isEmpty())
        text += safe(run.wayForward) + QLatin1Char('\n');
    TextTable phases({QStringLiteral("PHASE"), QStringLiteral("STATE"), QStringLiteral("TOOK")});
    for (size_t i = 0; i < run.phases.size(); ++i)
        phases.add({drillPhaseWord(DrillPhase(i)), stepStageWord(run.phases[i].stage), took(run.phases[i].tookMs)});
    text += phases.text(2);
    if (!run.result.checks.empty()) {
        TextTable checks({QStringLiteral("CHECK"), QStringLiteral("VERDICT"), QStringLiteral("SEEN"),
                          QStringLiteral("LIVE"), QStringLiteral("EXPECTED")});
        for (const DrillCheckResult &check : run.result.checks)
            checks.add({check.name, checkVerdictWord(check.verdict), check.detail.isEmpty() ? check.seen : check.detail,
                        check.live, check.expected});
        text += checks.text(2);
    }
    const DrillResult &result = run.result;
    const auto line = [&text](const char *name, const QString &value) {
        if (!value.isEmpty())
            text += QStringLiteral("  %1 %2\n").arg(QString::fromLatin1(name).leftJustified(14), safe(value));
    };
    line("recovered to",
         result.recoveredTo.isValid() ? rfc3339(result.recoveredTo) + QStringLiteral(" (%1)").arg(result.recoveredBy)
                                      : QString());
    line("loss",
         result.loss ? QStringLiteral("at most ") + durationText(*result.loss)
                 + (result.lossBytes >= 0 ? QStringLiteral(", %1 of WAL").arg(bytesText(result.lossBytes)) : QString())
                     : QString());
    line("amcheck",
         result.amcheckDetail.isEmpty() ? result.amcheck
                                        : result.amcheck + QStringLiteral(": ") + result.amcheckDetail);
    line("checksums",
         result.checksumsDetail.isEmpty() ? result.checksums
                                          : result.checksums + QStringLiteral(": ") + result.checksumsDetail);
    line("teardown", result.teardownProven ? QStringLiteral("proven: nothing is left") : QStringLiteral("not proven"));
    return text;
}

QString drillProgress(const DrillRun *before, const DrillRun &run)
{
    QString text;
    for (size_t i = 0; i < run.phases.size(); ++i) {
        const bool isNew = !before || before->phases[i].stage != run.phases[i].stage;
        if (isNew && run.phases[i].stage != StepState::Stage::Waiting)
            text += QStringLiteral("%1: %2%3\n")
                        .arg(drillPhaseWord(DrillPhase(i)), stepStageWord(run.phases[i].stage),
                             run.phases[i].tookMs >= 0 ? QStringLiteral(" (%1)").arg(took(run.phases[i].tookMs))
                                                       : QString());
    }
    if (!run.trouble.isEmpty() && (!before || before->trouble != run.trouble))
        text += safe(run.trouble) + QLatin1Char('\n');
    return text;
}

QString drillListText(const std::vector<std::shared_ptr<const DrillRun>> &runs, const QDateTime &now)
{
    TextTable table({QStringLiteral("RUN"), QStringLiteral("AGE"), QStringLiteral("OUTCOME"), QStringLiteral("ENTRY"),
                     QStringLiteral("BACKUP"), QStringLiteral("HOST"), QStringLiteral("RECOVERED TO"),
                     QStringLiteral("BY")});
    for (const auto &run : runs)
        table.add({run->id, ageText(ageOf(run->startedAt, now)), drillStageWord(run->stage), run->plan.entry,
                   run->plan.backup, run->plan.host,
                   run->result.recoveredTo.isValid() ? rfc3339(run->result.recoveredTo) : QStringLiteral("--"),
                   run->startedBy});
    return table.isEmpty() ? QStringLiteral("No drill is known here.\n") : table.text(0);
}

} // namespace taffrail
