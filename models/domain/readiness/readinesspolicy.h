// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"

#include <QDateTime>

namespace taffrail {

/// What the scorecard of an environment is held against: "readiness" in the inventory, with defaults of our own.
struct ReadinessPolicy {
    QMap<QString, QString> off; ///< criterion code → reason
    std::chrono::seconds rollbackRehearsedEvery{90 * 86400};
    std::chrono::seconds restoreTestedEvery{90 * 86400}; ///< where the backup's own target says nothing
    int capacityDays = 30; ///< room must last at least so long
    QDateTime alertsTestedAt; ///< when a test alert last reached people, as a person wrote it; invalid = not said
    std::chrono::seconds alertsTestedEvery{90 * 86400};
    QDateTime infrastructureInStepAt; ///< when a plan of the infrastructure last found nothing to change; likewise
    std::chrono::seconds infrastructureInStepEvery{30 * 86400};
    int locations = 2; ///< places of backups, where the backup's own target says nothing
};

ReadinessPolicy readinessPolicyOf(const EnvironmentSpec &environment);

} // namespace taffrail
