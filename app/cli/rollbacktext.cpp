// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbacktext.h"

#include "releasetext.h"
#include "source.h"
#include "text.h"
#include "texttable.h"

#include <QRegularExpression>

namespace taffrail {

namespace {

QString verdictTitle(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Pass: return QStringLiteral("pass");
    case Verdict::Warn: return QStringLiteral("WARN");
    case Verdict::Unknown: return QStringLiteral("UNKNOWN");
    case Verdict::Block: return QStringLiteral("BLOCK");
    }
    return {};
}

QString safe(const QString &text)
{
    return sanitized(text);
}

/// One word to a shell, whatever a release is called.
QString pasted(const QString &text)
{
    static const QRegularExpression plain(QStringLiteral("\\A[A-Za-z0-9_.:@%+=,/-]+\\z"));
    return plain.match(text).hasMatch() ? text : safe(QString::fromUtf8(sources::shellQuoted(text)));
}

/// How to go on from a plan, in words that can be pasted.
QString nextWords(const RollbackPlan &plan)
{
    const Verdict worst = worstVerdict(plan.gates);
    if (plan.hosts.empty())
        return QStringLiteral("Nothing to do: %1 is live on every host.\n").arg(safe(releaseName(plan, plan.target)));
    bool blocks = false;
    QStringList accepts;
    for (const Gate &gate : plan.gates) {
        const GateDemand demand = demandOf(gate);
        if (demand == GateDemand::Nothing)
            continue;
        blocks = blocks || demand != GateDemand::Reason;
        const QString accept = QStringLiteral(" --accept '%1=REASON'").arg(gate.code);
        if (!accepts.contains(accept))
            accepts << accept;
    }
    if (blocks)
        return QStringLiteral("It can't be started: %1 stands in the way.\n").arg(verdictTitle(worst));
    return QStringLiteral(
               "To start it:\n  taffrail rollback %1 --app %2 --to %3 --confirm %1 --plan-digest %4 --reason "
               "'…'%5\n")
        .arg(plan.environment, plan.entry, pasted(plan.target), plan.digest, accepts.join(QString()));
}

} // namespace

QString planText(const RollbackPlan &plan, const QDateTime &now)
{
    QString text = QStringLiteral("%1: %2 to %3 (%4, by %5)\n")
                       .arg(plan.environment,
                            releasesBefore(plan).isEmpty() ? QStringLiteral("nothing") : safe(namesBefore(plan)),
                            safe(releaseName(plan, plan.target)), safe(plan.app), plan.method);
    TextTable gates({QStringLiteral("VERDICT"), QStringLiteral("QUESTION"), QStringLiteral("SUBJECT"),
                     QStringLiteral("AGE"), QStringLiteral("ANSWER")});
    for (const Gate &gate : plan.gates)
        gates.add({verdictTitle(gate.verdict), gate.code.mid(int(sizeof "rollback.") - 1), shortRelease(gate.subject),
                   gate.observedAt.isValid() ? ageText(ageOf(gate.observedAt, now)) : QStringLiteral("--"),
                   gate.answer + (gate.hint.isEmpty() ? QString() : QLatin1Char(' ') + gate.hint)});
    text += QStringLiteral("\nGates\n") + gates.text(2);
    TextTable changes(
        {QStringLiteral("CHANGES"), QStringLiteral("WHERE"), QStringLiteral("FROM"), QStringLiteral("TO")});
    for (const PlannedChange &change : plan.changes)
        changes.add({change.kind, change.subject, shortRelease(change.before), shortRelease(change.after)});
    if (!changes.isEmpty())
        text += QLatin1Char('\n') + changes.text(2, 48);
    for (const HostPlan &host : plan.hosts) {
        text += QStringLiteral("\n%1\n").arg(safe(host.host));
        for (size_t i = 0; i < host.steps.size(); ++i)
            text += QStringLiteral("  %1. %2\n       %3\n")
                        .arg(i + 1)
                        .arg(safe(host.steps[i].title),
                             safe(host.steps[i].command).replace(QLatin1Char('\n'), QStringLiteral("\n       ")));
    }
    return text + QStringLiteral("\nUndo: the same with the releases swapped.\nPlan %1\n").arg(plan.digest)
        + nextWords(plan);
}

QString runText(const RollbackRun &run)
{
    TextTable hosts(
        {QStringLiteral("HOST"), QStringLiteral("STATE"), QStringLiteral("STEPS"), QStringLiteral("PROOF")});
    for (const HostRun &host : run.hosts) {
        size_t done = 0;
        for (const StepState &step : host.steps)
            done += step.stage == StepState::Stage::Done ? 1 : 0;
        hosts.add({host.host, hostStageWord(host.stage), QStringLiteral("%1 of %2").arg(done).arg(host.steps.size()),
                   host.trouble.isEmpty() ? host.proof : host.trouble});
    }
    return QStringLiteral("Run %1: %2\n%3\n").arg(run.id, runStageWord(run.stage), safe(run.message)) + hosts.text(2);
}

QString progressLine(const RollbackRun *before, const RollbackRun &run)
{
    QStringList news;
    for (size_t i = 0; i < run.hosts.size(); ++i) {
        const HostRun &host = run.hosts[i];
        const HostRun *old = before && i < before->hosts.size() ? &before->hosts[i] : nullptr;
        for (size_t k = 0; k < host.steps.size(); ++k) {
            const bool isNew = !old || k >= old->steps.size() || old->steps[k].stage != host.steps[k].stage;
            if (isNew && host.steps[k].stage != StepState::Stage::Waiting)
                news << QStringLiteral("%1: %2: %3")
                            .arg(host.host, host.steps[k].title, stepStageWord(host.steps[k].stage));
        }
        if (!old || old->stage != host.stage || old->trouble != host.trouble) {
            if (host.stage != HostStage::Waiting || !host.trouble.isEmpty())
                news << QStringLiteral("%1: %2%3")
                            .arg(host.host, hostStageWord(host.stage),
                                 host.trouble.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(host.trouble));
        }
    }
    if (!before || before->stage != run.stage || before->message != run.message)
        news << QStringLiteral("%1: %2").arg(runStageWord(run.stage), run.message);
    if (before && before->verification.problems != run.verification.problems && !run.verification.problems.isEmpty())
        news << QStringLiteral("not good yet: %1").arg(run.verification.problems.join(QStringLiteral("; ")));
    QString text;
    for (const QString &line : news)
        text += safe(line) + QLatin1Char('\n');
    return text;
}

} // namespace taffrail
