// SPDX-License-Identifier: GPL-3.0-or-later
#include "startcheck.h"

#include <algorithm>

namespace taffrail {

namespace {

tl::unexpected<Error> denied(const RollbackPlan &plan, const QString &text, const QString &hint = {})
{
    return failure(ErrorKind::Denied, QStringLiteral("start"), plan.environment, text, hint);
}

} // namespace

Result<void> mayBegin(const RollbackPlan &plan, const QString &digest, const QString &typed, const QString &reason,
                      const std::vector<Override> &overrides, const QDateTime &now)
{
    if (plan.digest.isEmpty() || digest != plan.digest)
        return denied(
            plan, QStringLiteral("the plan is another than the one that was shown"),
            QStringLiteral("Look at the plan as it is now; its digest begins with %1.").arg(plan.digest.left(12)));
    if (!plan.madeAt.isValid() || std::chrono::seconds(plan.madeAt.secsTo(now)) > planMayBe
        || plan.madeAt > now.addSecs(5))
        return denied(plan, QStringLiteral("the plan is too old"), QStringLiteral("Make it again."));
    if (plan.hosts.empty())
        return denied(plan, QStringLiteral("there is nothing to do: %1 is live on every host").arg(plan.target));
    if (const QString word = wordToType(plan); !word.isEmpty() && typed != word)
        return denied(plan, QStringLiteral("production asks for the environment's name: type %1").arg(word));
    if (reason.trimmed().isEmpty())
        return denied(plan, QStringLiteral("there is no reason"), QStringLiteral("Say why: the audit keeps it."));
    QStringList accepted;
    for (const Override &each : overrides) {
        if (each.reason.trimmed().isEmpty())
            return denied(plan, QStringLiteral("%1 is set aside without a reason").arg(each.code));
        accepted << each.code;
    }
    for (const Gate &gate : plan.gates) {
        const GateDemand demand = demandOf(gate);
        if (demand == GateDemand::Nothing)
            continue;
        const QString what = gate.subject.isEmpty() ? gate.code : gate.code + QLatin1Char(' ') + gate.subject;
        // A block needs a second person, and nobody who works alone is two.
        if (demand != GateDemand::Reason)
            return denied(plan, QStringLiteral("%1 stands in the way: %2").arg(what, gate.answer), gate.hint);
        if (!accepted.contains(gate.code))
            return denied(plan, QStringLiteral("%1 must be accepted with a reason: %2").arg(what, gate.answer));
    }
    return {};
}

} // namespace taffrail
