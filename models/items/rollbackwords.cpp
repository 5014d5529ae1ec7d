// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackwords.h"

#include "releasetext.h"

#include "celltable.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace taffrail::items {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(taffrail::items::Rollback)
};

struct Question {
    const char *code;
    const char *text;
};

constexpr std::array questions{
    Question{"rollback.target", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Can the target be gone back to?")},
    Question{"rollback.host",
             QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Was every host read, and does it agree?")},
    Question{"rollback.fresh", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Is what decides read freshly?")},
    Question{"rollback.lock",
             QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Is the lock free, and no deploy at work?")},
    Question{"rollback.schema", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Does the target fit the schema?")},
    Question{"rollback.undo-point", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Could the data be brought back?")},
    Question{"rollback.loss-now", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "How much data could be lost now?")},
    Question{"rollback.health",
             QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Is the health known before the switch?")},
    Question{"rollback.disk", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Is there room on the disks?")},
    Question{"rollback.clock", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Do the clocks agree?")},
    Question{"rollback.window", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Is the change window open?")},
    Question{"rollback.approval", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Has everybody agreed who has to?")},
    Question{"drill.backup", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Is the backup listed as usable?")},
    Question{"drill.host", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Did the host answer?")},
    Question{"drill.user", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Who runs the copy?")},
    Question{"drill.folder",
             QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Is the scratch directory apart from live data?")},
    Question{"drill.disk", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Is there room for the copy?")},
    Question{"drill.version", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Are the server's programs there?")},
    Question{"drill.lock", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Is no other drill at work?")},
    Question{"drill.backup-running", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Is no backup being made?")},
    Question{"drill.tool", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Can the tool reach the backup?")},
    Question{"drill.policy", QT_TRANSLATE_NOOP("taffrail::items::Rollback", "Can what is asked for be done?")},
};

QString valueText(const QVariant &value)
{
    switch (value.typeId()) {
    case QMetaType::QDateTime: return utcText(value.toDateTime());
    case QMetaType::QStringList: return value.toStringList().join(QStringLiteral(", "));
    case QMetaType::Bool: return value.toBool() ? Words::tr("yes") : Words::tr("no");
    case QMetaType::QVariantList: {
        QStringList parts;
        const QVariantList list = value.toList();
        for (const QVariant &each : list)
            parts << valueText(each);
        return parts.join(QStringLiteral(", "));
    }
    default: return value.toString();
    }
}

} // namespace

Worded worded(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Pass: return {Words::tr("Pass"), Status::Ok};
    case Verdict::Warn: return {Words::tr("Warn"), Status::Warning};
    case Verdict::Unknown: return {Words::tr("Unknown"), Status::Unknown};
    case Verdict::Block: return {Words::tr("Block"), Status::Critical};
    }
    return {Words::tr("Unknown"), Status::Unknown};
}

Worded worded(RunStage stage)
{
    switch (stage) {
    case RunStage::Running: return {Words::tr("Running"), Status::Running};
    case RunStage::Paused: return {Words::tr("Paused"), Status::Warning};
    case RunStage::Verifying: return {Words::tr("Verifying"), Status::Running};
    case RunStage::Succeeded: return {Words::tr("Verified"), Status::Ok};
    case RunStage::Failed: return {Words::tr("Failed"), Status::Critical};
    case RunStage::Lost: return {Words::tr("Not known"), Status::Unknown};
    }
    return {Words::tr("Not known"), Status::Unknown};
}

Worded worded(HostStage stage)
{
    switch (stage) {
    case HostStage::Waiting: return {Words::tr("Waiting"), Status::None};
    case HostStage::Starting: return {Words::tr("Starting"), Status::Running};
    case HostStage::Running: return {Words::tr("Running"), Status::Running};
    case HostStage::Switched: return {Words::tr("Switched"), Status::Ok};
    case HostStage::Failed: return {Words::tr("Failed"), Status::Critical};
    case HostStage::Lost: return {Words::tr("Not known"), Status::Unknown};
    case HostStage::Skipped: return {Words::tr("Not reached"), Status::Notice};
    }
    return {Words::tr("Not known"), Status::Unknown};
}

Worded worded(StepState::Stage stage)
{
    switch (stage) {
    case StepState::Stage::Waiting: return {Words::tr("Waiting"), Status::None};
    case StepState::Stage::Running: return {Words::tr("Running"), Status::Running};
    case StepState::Stage::Done: return {Words::tr("Done"), Status::Ok};
    case StepState::Stage::Failed: return {Words::tr("Failed"), Status::Critical};
    }
    return {Words::tr("Not known"), Status::Unknown};
}

QString gateQuestion(const QString &code)
{
    const auto found = std::ranges::find(questions, code,
                                         [](const Question &question) { return QString::fromLatin1(question.code); });
    return found == questions.end() ? code : Words::tr(found->text);
}

QString evidenceText(const QVariantMap &evidence)
{
    QStringList parts;
    for (auto item = evidence.cbegin(); item != evidence.cend(); ++item) {
        const QString value = valueText(item.value());
        if (!value.isEmpty())
            parts << QString(item.key()).replace(QLatin1Char('_'), QLatin1Char(' ')) + QLatin1Char(' ') + value;
    }
    return parts.join(QStringLiteral(" \u00b7 "));
}

QString gateText(const Gate &gate)
{
    QStringList parts{gateQuestion(gate.code)};
    if (!gate.subject.isEmpty())
        parts << QLatin1Char('(') + shortRelease(gate.subject) + QLatin1Char(')');
    parts << Words::tr("%1: %2.").arg(worded(gate.verdict).text, gate.answer);
    const QString evidence = evidenceText(gate.evidence);
    if (!evidence.isEmpty())
        parts << Words::tr("Evidence: %1.").arg(evidence);
    if (!gate.hint.isEmpty())
        parts << gate.hint + QLatin1Char('.');
    return parts.join(QLatin1Char(' '));
}

QString closedText(const Gate &gate)
{
    const QString what = gate.subject.isEmpty()
        ? gateQuestion(gate.code)
        : Words::tr("%1 (%2)").arg(gateQuestion(gate.code), shortRelease(gate.subject));
    switch (demandOf(gate)) {
    case GateDemand::Nothing:
    case GateDemand::Reason: return {};
    case GateDemand::SecondPerson:
        return Words::tr(
                   "%1 %2. Only a second person could allow it, and this console has nobody to ask: not possible.")
            .arg(what, gate.answer);
    case GateDemand::Closed: return Words::tr("%1 %2. Nobody can set this aside.").arg(what, gate.answer);
    }
    return {};
}

StepCount stepsOf(const HostRun &host)
{
    StepCount count;
    count.all = int(host.steps.size());
    count.done = int(std::ranges::count(host.steps, StepState::Stage::Done, &StepState::stage));
    return count;
}

StepCount stepsOf(const RollbackRun &run)
{
    StepCount count;
    for (const HostRun &host : run.hosts) {
        const StepCount own = stepsOf(host);
        count.done += own.done;
        count.all += own.all;
    }
    return count;
}

QString stepsText(const RollbackRun &run)
{
    const StepCount count = stepsOf(run);
    return Words::tr("%1 of %2 steps").arg(count.done).arg(count.all);
}

QString hostsText(const RollbackRun &run)
{
    const auto isAtWork
        = [](const HostRun &host) { return host.stage == HostStage::Starting || host.stage == HostStage::Running; };
    const auto atWork = std::ranges::find_if(run.hosts, isAtWork);
    if (atWork != run.hosts.end())
        return Words::tr("host %1 of %2").arg(atWork - run.hosts.begin() + 1).arg(run.hosts.size());
    const auto through = std::ranges::count(run.hosts, HostStage::Switched, &HostRun::stage);
    return Words::tr("%1 of %2 hosts switched").arg(through).arg(run.hosts.size());
}

QString moveText(const RollbackPlan &plan)
{
    return QStringLiteral("%1 \u2192 %2").arg(namesBefore(plan), releaseName(plan, plan.target));
}

QString returnText(const RollbackPlan &plan)
{
    const QStringList before = releasesBefore(plan);
    return before.size() == 1 ? Words::tr("Return to %1\u2026").arg(releaseName(plan, before.first()))
                              : Words::tr("Return to what was live\u2026");
}

QString extentText(const RollbackPlan &plan)
{
    int steps = 0;
    for (const HostPlan &host : plan.hosts)
        steps += int(host.steps.size());
    const QString hosts = plan.hosts.size() == 1 ? Words::tr("1 host") : Words::tr("%1 hosts").arg(plan.hosts.size());
    const QString all
        = steps == 1 ? Words::tr("1 step on %1").arg(hosts) : Words::tr("%1 steps on %2").arg(steps).arg(hosts);
    if (plan.hosts.size() < 2)
        return all;
    return plan.batch > 1 ? Words::tr("%1, %2 hosts at a time").arg(all).arg(plan.batch)
                          : Words::tr("%1, one host after another").arg(all);
}

QString shortDigest(const QString &digest)
{
    return digest.size() < 8 ? digest : digest.left(4) + QLatin1Char('-') + digest.mid(4, 4);
}

} // namespace taffrail::items
