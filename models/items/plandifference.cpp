// SPDX-License-Identifier: GPL-3.0-or-later
#include "plandifference.h"

#include "rollbackwords.h"

#include <QCoreApplication>

#include <algorithm>

namespace taffrail::items {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(taffrail::items::PlanDifference)
};

// What stands under a key, or null.
template <typename Item> const Item *itemOf(const std::vector<Item> &items, const QStringList &ids, const QString &id)
{
    const qsizetype at = ids.indexOf(id);
    return at < 0 ? nullptr : &items[size_t(at)];
}

QStringList counted(QStringList ids)
{
    QHash<QString, int> seen;
    for (QString &id : ids) {
        const int count = ++seen[id];
        if (count > 1)
            id += QStringLiteral("#%1").arg(count);
    }
    return ids;
}

QString nameOf(const Gate &gate)
{
    return gate.subject.isEmpty() ? gateQuestion(gate.code)
                                  : Words::tr("%1 (%2)").arg(gateQuestion(gate.code), gate.subject);
}

void compareGates(PlanDifference &difference, const RollbackPlan &before, const RollbackPlan &after)
{
    const QStringList olds = gateRowIds(before.gates), news = gateRowIds(after.gates);
    for (qsizetype i = 0; i < news.size(); ++i) {
        const Gate &gate = after.gates[size_t(i)];
        const Gate *old = itemOf(before.gates, olds, news[i]);
        QString words;
        if (!old)
            words = Words::tr("new since the plan before");
        else if (old->verdict != gate.verdict)
            words = Words::tr("was %1").arg(worded(old->verdict).text);
        if (words.isEmpty())
            continue;
        difference.gates.insert(news[i], words);
        difference.lines << Words::tr("%1 %2, %3").arg(nameOf(gate), worded(gate.verdict).text, words);
    }
    for (qsizetype i = 0; i < olds.size(); ++i) {
        if (!news.contains(olds[i]))
            difference.lines << Words::tr("%1 is no longer asked").arg(nameOf(before.gates[size_t(i)]));
    }
}

void compareHosts(PlanDifference &difference, const RollbackPlan &before, const RollbackPlan &after)
{
    const auto hostOf = [](const RollbackPlan &plan, const QString &id) -> const HostPlan * {
        const auto found = std::ranges::find(plan.hosts, id, &HostPlan::host);
        return found == plan.hosts.end() ? nullptr : &*found;
    };
    for (const HostPlan &host : after.hosts) {
        const HostPlan *old = hostOf(before, host.host);
        if (!old)
            difference.lines << Words::tr("%1 takes part now").arg(host.host);
        else if (old->from != host.from)
            difference.lines << Words::tr("%1 runs %2 now, it ran %3").arg(host.host, host.from, old->from);
        else if (old->steps != host.steps || old->script != host.script)
            difference.lines << Words::tr("the steps on %1 are others").arg(host.host);
        else if (old->undoSteps != host.undoSteps || old->undo != host.undo)
            difference.lines << Words::tr("the way back on %1 is another").arg(host.host);
    }
    for (const HostPlan &host : before.hosts) {
        if (!hostOf(after, host.host))
            difference.lines << Words::tr("%1 takes no part any more").arg(host.host);
    }
}

void compareChanges(PlanDifference &difference, const RollbackPlan &before, const RollbackPlan &after)
{
    const QStringList olds = changeRowIds(before.changes), news = changeRowIds(after.changes);
    for (qsizetype i = 0; i < news.size(); ++i) {
        const PlannedChange &change = after.changes[size_t(i)];
        const PlannedChange *old = itemOf(before.changes, olds, news[i]);
        if (old && *old == change)
            continue;
        difference.changes.insert(news[i], Words::tr("changed since the plan before"));
        difference.lines << (old ? Words::tr("the change of %1 %2 is another") : Words::tr("%1 %2 changes as well"))
                                .arg(change.kind, change.subject);
    }
    for (qsizetype i = 0; i < olds.size(); ++i) {
        const PlannedChange &change = before.changes[size_t(i)];
        if (!news.contains(olds[i]))
            difference.lines << Words::tr("%1 %2 does not change any more").arg(change.kind, change.subject);
    }
}

} // namespace

QStringList gateRowIds(const std::vector<Gate> &gates)
{
    QStringList ids;
    for (const Gate &gate : gates)
        ids << gate.code + QLatin1Char('/') + gate.subject;
    return counted(std::move(ids));
}

QStringList changeRowIds(const std::vector<PlannedChange> &changes)
{
    QStringList ids;
    for (const PlannedChange &change : changes)
        ids << change.kind + QLatin1Char('/') + change.subject;
    return counted(std::move(ids));
}

PlanDifference planDifference(const RollbackPlan &before, const RollbackPlan &after)
{
    PlanDifference difference;
    if (before.target != after.target)
        difference.lines << Words::tr("the target is %1, it was %2").arg(after.target, before.target);
    else if (before.targetRevision != after.targetRevision)
        difference.lines << Words::tr("the target has another revision");
    compareGates(difference, before, after);
    compareHosts(difference, before, after);
    compareChanges(difference, before, after);
    // Whatever else the digest covers: batch, hold, policy.
    if (difference.lines.isEmpty() && before.digest != after.digest)
        difference.lines << Words::tr("how the run is carried out (batches, hold time, health gate)");
    return difference;
}

} // namespace taffrail::items
