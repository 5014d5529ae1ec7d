// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillplan.h"

#include "wordtable.h"

#include <QCryptographicHash>

namespace taffrail {

namespace {

constexpr WordTable<DrillPhase, drillPhaseCount> phaseWords{{
    {DrillPhase::Preflight, "preflight"},
    {DrillPhase::Restore, "restore"},
    {DrillPhase::Start, "start"},
    {DrillPhase::Recovery, "recovery"},
    {DrillPhase::Checks, "checks"},
    {DrillPhase::Integrity, "integrity"},
    {DrillPhase::Teardown, "teardown"},
}};

/// What was seen of host and backup is as old as the plan.
constexpr qint64 planMayBeSeconds = 900;

} // namespace

QString drillPhaseWord(DrillPhase phase)
{
    return wordOf(phaseWords, phase);
}

QString drillTargetWord(DrillTarget target)
{
    return target == DrillTarget::Latest ? QStringLiteral("latest") : QStringLiteral("immediate");
}

std::optional<DrillTarget> drillTargetFromWord(const QString &word)
{
    if (word == QLatin1String("immediate"))
        return DrillTarget::Immediate;
    if (word == QLatin1String("latest"))
        return DrillTarget::Latest;
    return {};
}

Result<void> mayDrill(const DrillPlan &plan, const QString &digest, const QString &reason, const QDateTime &now)
{
    const auto denied = [&plan](ErrorKind kind, const QString &text, const QString &hint = {}) {
        return failure(kind, QStringLiteral("start"), plan.environment, text, hint);
    };
    if (plan.digest.isEmpty() || digest != plan.digest)
        return denied(
            ErrorKind::Denied, QStringLiteral("the plan is another than the one that was shown"),
            QStringLiteral("Look at the plan as it is now; its digest begins with %1.").arg(plan.digest.left(12)));
    if (!plan.madeAt.isValid() || plan.madeAt.secsTo(now) > planMayBeSeconds || plan.madeAt > now.addSecs(5))
        return denied(ErrorKind::Denied, QStringLiteral("the plan is too old"), QStringLiteral("Make it again."));
    if (reason.trimmed().isEmpty())
        return denied(ErrorKind::Denied, QStringLiteral("there is no reason"),
                      QStringLiteral("Say why: the audit keeps it."));
    for (const Gate &gate : plan.gates) {
        // A warning of a drill costs nothing but the drill: the reason that was typed covers it.
        if (demandOf(gate) <= GateDemand::Reason)
            continue;
        const bool isBusy = gate.code == QLatin1String("drill.lock");
        return denied(isBusy ? ErrorKind::Busy : ErrorKind::Denied,
                      QStringLiteral("%1 stands in the way: %2").arg(gate.code, gate.answer), gate.hint);
    }
    return {};
}

QString scratchName(const DrillPlan &plan)
{
    const QStringList parts{plan.environment, plan.entry, plan.backup, plan.host, drillTargetWord(plan.target)};
    const QByteArray hash
        = QCryptographicHash::hash(parts.join(QChar(0x1F)).toUtf8(), QCryptographicHash::Sha256).toHex();
    return QStringLiteral("taffrail-drill-") + QString::fromLatin1(hash.left(12));
}

} // namespace taffrail
