// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "finding.h"

/// The rules, one function each; what a rule checks and where its threshold comes from stands at its definition.
namespace taffrail::rules {

std::vector<Finding> offlineLinks(const Facts &facts);
std::vector<Finding> missingRights(const Facts &facts);
std::vector<Finding> failedObservations(const Facts &facts);
std::vector<Finding> staleObservations(const Facts &facts);

std::vector<Finding> mixedReleases(const Facts &facts);
std::vector<Finding> danglingLinks(const Facts &facts);
std::vector<Finding> unknownLive(const Facts &facts);
std::vector<Finding> outOfBandSwitch(const Facts &facts);
std::vector<Finding> latestDeploy(const Facts &facts);
std::vector<Finding> deployLock(const Facts &facts);
std::vector<Finding> rollbackTarget(const Facts &facts);
std::vector<Finding> unreadableHosts(const Facts &facts);
std::vector<Finding> reportedVersion(const Facts &facts);
std::vector<Finding> runningRelease(const Facts &facts);
std::vector<Finding> behindPromotion(const Facts &facts);

std::vector<Finding> migrationStates(const Facts &facts);
std::vector<Finding> unreadableHistories(const Facts &facts);
std::vector<Finding> missingHistories(const Facts &facts);
std::vector<Finding> migrationLocks(const Facts &facts);
std::vector<Finding> migrationHeads(const Facts &facts);
std::vector<Finding> migrationRisks(const Facts &facts);
std::vector<Finding> migrationDebris(const Facts &facts);
std::vector<Finding> uncomparedFiles(const Facts &facts);
std::vector<Finding> aheadOfStaging(const Facts &facts);

std::vector<Finding> missingBackups(const Facts &facts);
std::vector<Finding> staleBackups(const Facts &facts);
std::vector<Finding> badNewestBackup(const Facts &facts);
std::vector<Finding> repositoryErrors(const Facts &facts);
std::vector<Finding> backupClock(const Facts &facts);
std::vector<Finding> backupPlaces(const Facts &facts);
std::vector<Finding> backupProof(const Facts &facts);
std::vector<Finding> foreignBackups(const Facts &facts);
std::vector<Finding> backupTargets(const Facts &facts);
std::vector<Finding> walHoles(const Facts &facts);
std::vector<Finding> copiesAway(const Facts &facts);
std::vector<Finding> plaintextAway(const Facts &facts);
std::vector<Finding> backupSizes(const Facts &facts);
std::vector<Finding> lastCopies(const Facts &facts);
std::vector<Finding> archiver(const Facts &facts);
std::vector<Finding> dataAtRisk(const Facts &facts);

std::vector<Finding> healthChecks(const Facts &facts);
std::vector<Finding> clockOffsets(const Facts &facts);
std::vector<Finding> grownCounters(const Facts &facts);
std::vector<Finding> busyProcessors(const Facts &facts);

std::vector<Finding> unreadableConfigs(const Facts &facts);
std::vector<Finding> differingHosts(const Facts &facts);
std::vector<Finding> pendingRestarts(const Facts &facts);
std::vector<Finding> configDrift(const Facts &facts);
std::vector<Finding> expiredAgreements(const Facts &facts);

} // namespace taffrail::rules
