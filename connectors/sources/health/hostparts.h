// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

namespace taffrail::sources {

/// One question to a host. The names are also those of `taffrail parse health/host.NAME`.
struct HostPart {
    const char *name;
    Lane lane;
    ShellPart part;
};

/// All parts of the host source, for the required units of the entry.
std::vector<HostPart> hostParts(const QStringList &requiredUnits);

} // namespace taffrail::sources
