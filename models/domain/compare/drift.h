// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparison.h"
#include "finding.h"

namespace taffrail {

/// The settings in a snapshot as compareConfigs() takes them. Shares the values; entries that were never read stand
/// there without a set.
std::shared_ptr<const ComparedEnvironment> settingsOf(const EnvironmentSpec &environment, const Snapshot &snapshot);

/// One setting that is not what it was.
struct DriftedKey {
    QString entry, file, key;
    CellState state = CellState::Changed; ///< Changed | TypeDiffers | SecretDiffers | Missing (gone) | Extra (new)
    bool operator==(const DriftedKey &) const = default;
};
/// What changed since a baseline was saved, by the normalisers' defaults. Secrets are left out where only their digests
/// could tell, and so is what could not be read now or then.
std::vector<DriftedKey> changedSince(const ComparedEnvironment &baseline, const Facts &facts);

/// Settings that the hosts of this environment do not agree on, without those that people accepted for it.
std::vector<DriftedKey> hostDifferences(const Facts &facts);

} // namespace taffrail
