// SPDX-License-Identifier: GPL-3.0-or-later
#include "monitorclock.h"

#include <ctime>

namespace taffrail {

using namespace std::chrono_literals;

qint64 bootMilliseconds()
{
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return qint64(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

bool sleptBetween(std::chrono::milliseconds awake, std::chrono::milliseconds passed,
                  std::chrono::milliseconds tickInterval)
{
    return passed - awake > 5s || passed > tickInterval + 30s;
}

} // namespace taffrail
