// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dockerprobe.h"
#include "executor.h"

namespace taffrail::executors {

/// Where the files of an image can be read: they are copied out of a container that is never started. `image`: its id
/// or a name that was checked before.
Result<CarriedPlace> imagePlace(const HostSwitch &part, const sources::docker::Settings &engine, const QString &image,
                                const QString &path);

} // namespace taffrail::executors
