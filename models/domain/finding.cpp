// SPDX-License-Identifier: GPL-3.0-or-later
#include "finding.h"

#include "rules.h"

#include <algorithm>
#include <tuple>

namespace taffrail {

const std::vector<Rule> &allRules()
{
    static const std::vector<Rule> rules{
        // clang-format off: one a line
        rules::offlineLinks,        rules::missingRights,    rules::failedObservations, rules::staleObservations,
        rules::mixedReleases,       rules::danglingLinks,    rules::unknownLive,        rules::outOfBandSwitch,
        rules::latestDeploy,        rules::deployLock,       rules::rollbackTarget,     rules::unreadableHosts,
        rules::reportedVersion,     rules::runningRelease,   rules::behindPromotion,    rules::migrationStates,
        rules::unreadableHistories, rules::missingHistories, rules::migrationLocks,     rules::migrationHeads,
        rules::uncomparedFiles,     rules::aheadOfStaging,   rules::migrationRisks,     rules::migrationDebris,
        rules::missingBackups,      rules::staleBackups,     rules::badNewestBackup,    rules::repositoryErrors,
        rules::backupClock,         rules::backupPlaces,     rules::backupProof,        rules::foreignBackups,
        rules::backupTargets,       rules::archiver,         rules::walHoles,           rules::copiesAway,
        rules::plaintextAway,       rules::backupSizes,      rules::lastCopies,         rules::dataAtRisk,
        rules::healthChecks,        rules::clockOffsets,     rules::grownCounters,      rules::busyProcessors,
        rules::unreadableConfigs,   rules::differingHosts,   rules::pendingRestarts,    rules::configDrift,
        rules::expiredAgreements,
        // clang-format on
    };
    return rules;
}

std::vector<Finding> findingsOf(const Facts &facts)
{
    std::vector<Finding> findings;
    for (const Rule rule : allRules()) {
        std::vector<Finding> found = rule(facts);
        std::ranges::move(found, std::back_inserter(findings));
    }
    std::ranges::stable_sort(findings, [](const Finding &a, const Finding &b) {
        if (a.severity != b.severity)
            return a.severity > b.severity;
        return std::tie(a.pane, a.code, a.subject, a.entry) < std::tie(b.pane, b.code, b.subject, b.entry);
    });
    return findings;
}

} // namespace taffrail
