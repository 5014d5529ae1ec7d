// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinesspolicy.h"

#include "text.h"

#include <algorithm>

namespace taffrail {

ReadinessPolicy readinessPolicyOf(const EnvironmentSpec &environment)
{
    ReadinessPolicy policy;
    const QVariantMap &written = environment.readiness;
    const QVariantMap off = written.value(QStringLiteral("off")).toMap();
    for (auto each = off.begin(); each != off.end(); ++each)
        policy.off.insert(each.key(), each.value().toString());
    const auto duration = [&](const char *key, std::chrono::seconds &target) {
        if (const auto value = parseDuration(written.value(QString::fromLatin1(key)).toString()))
            target = std::chrono::duration_cast<std::chrono::seconds>(*value);
    };
    duration("rollback_rehearsed_every", policy.rollbackRehearsedEvery);
    duration("restore_tested_every", policy.restoreTestedEvery);
    const auto number = [&](const char *key, int least, int &target) {
        const QVariant value = written.value(QString::fromLatin1(key));
        target = value.isValid() ? std::max(least, value.toInt()) : target;
    };
    number("capacity_days", 1, policy.capacityDays);
    number("locations", 1, policy.locations);
    return policy;
}

} // namespace taffrail
