// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackplan.h"

#include "releasetext.h"

#include <algorithm>

namespace taffrail {

QStringList releasesBefore(const RollbackPlan &plan)
{
    QStringList releases;
    for (const HostPlan &host : plan.hosts) {
        if (!releases.contains(host.from))
            releases << host.from;
    }
    return releases;
}

QString releaseName(const RollbackPlan &plan, const QString &id)
{
    for (const PlannedChange &change : plan.changes) {
        const auto host = std::ranges::find(plan.hosts, change.subject, &HostPlan::host);
        if (change.kind != QLatin1String("version") || host == plan.hosts.end())
            continue;
        if (id == plan.target)
            return releaseName(id, change.after);
        if (id == host->from)
            return releaseName(id, change.before);
    }
    return shortRelease(id);
}

QString namesBefore(const RollbackPlan &plan)
{
    QStringList names;
    for (const QString &id : releasesBefore(plan))
        names << releaseName(plan, id);
    return names.join(QStringLiteral(", "));
}

Verdict worstVerdict(const std::vector<Gate> &gates)
{
    const auto worst = std::ranges::max_element(gates, {}, &Gate::verdict);
    return worst == gates.end() ? Verdict::Unknown : worst->verdict;
}

QString wordToType(const RollbackPlan &plan)
{
    return plan.tier == Tier::Production ? plan.environment : QString();
}

} // namespace taffrail
