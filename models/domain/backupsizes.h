// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backups.h"

namespace taffrail {

/// Why the newest backup of a kind has an odd size.
struct SizeAnomaly {
    QString backup; ///< id
    BackupType type = BackupType::Full;
    QString location;
    qint64 bytes = 0;
    qint64 usualBytes = 0; ///< median of those before it
    int compared = 0; ///< how many those are

    bool operator==(const SizeAnomaly &) const = default;
};

/// The newest usable backup of each type and place against up to 14 before it, where at least two are there (backups
/// reference 12). Off: further from the median than four robust deviations, 20 % of the median and 1 MiB; with fewer
/// than five points than half the median. At most 100 bytes is always odd. Differentials and increments follow the WAL
/// and are not compared.
std::vector<SizeAnomaly> oddSizes(const BackupSet &set);

} // namespace taffrail
