// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <chrono>

namespace taffrail {

/// Milliseconds since boot, time asleep included (CLOCK_BOOTTIME).
qint64 bootMilliseconds();

/// Whether the machine slept between two ticks: `awake` ran on the monotonic clock, `passed` on the boot clock. A
/// process that was stopped for long counts too: its connections are as doubtful.
bool sleptBetween(std::chrono::milliseconds awake, std::chrono::milliseconds passed,
                  std::chrono::milliseconds tickInterval);

} // namespace taffrail
