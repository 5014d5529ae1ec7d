// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackplan.h"

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
