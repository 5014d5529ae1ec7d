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
    duration("alerts_tested_every", policy.alertsTestedEvery);
    duration("infrastructure_in_step_every", policy.infrastructureInStepEvery);
    // A day alone begins at its midnight in UTC: what was done on it is never held to be later than it was.
    const auto moment = [&](const char *key) {
        QDateTime at = QDateTime::fromString(written.value(QString::fromLatin1(key)).toString(), Qt::ISODate);
        if (at.timeSpec() == Qt::LocalTime)
            at.setTimeSpec(Qt::UTC);
        return at.toUTC();
    };
    policy.alertsTestedAt = moment("alerts_tested_at");
    policy.infrastructureInStepAt = moment("infrastructure_in_step_at");
    const auto number = [&](const char *key, int least, int &target) {
        const QVariant value = written.value(QString::fromLatin1(key));
        target = value.isValid() ? std::max(least, value.toInt()) : target;
    };
    number("capacity_days", 1, policy.capacityDays);
    number("locations", 1, policy.locations);
    return policy;
}

} // namespace taffrail
