// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dockerlook.h"

namespace taffrail::executors::docker {

/// The configuration of a container as words of `docker create`.
struct CreateFlags {
    QStringList flags; ///< "--network=front", each one word
    QStringList arguments; ///< what stands behind the image
    std::vector<QStringList> connects; ///< words of `docker network connect` before the name of the container
    QString restart; ///< "always", "on-failure:3", "no"
    QStringList lost; ///< settings that are not at their default and that no flag can carry: "HostConfig.AutoRemove"
    QStringList warnings;
};

/// What makes a container with the settings of the one that was looked at, from whatever image. What came from its
/// image is left out, so that the new image has its own say.
CreateFlags createFlags(const Looked &looked);

} // namespace taffrail::executors::docker
