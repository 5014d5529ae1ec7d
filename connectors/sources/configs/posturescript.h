// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

namespace taffrail::sources {

/// One question of the posture to a host; the names are those of `taffrail parse configs/posture.NAME`.
struct PosturePart {
    const char *name;
    ShellPart part;
};

/// All parts, for what the entry names: "files" (paths, globs allowed), "apps" (directories of deployments), "units"
/// (of systemd). What is secret never leaves the host: names and counts do.
std::vector<PosturePart> postureParts(const SourceEntry &entry);

} // namespace taffrail::sources
