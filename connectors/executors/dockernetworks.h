// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dockerflags.h"

namespace taffrail::executors::docker {

/// The networks of a container with its names and fixed addresses in them, and links to others.
void addNetworks(const Looked &looked, CreateFlags &made);
/// Its folders, volumes and temporary file systems. Volumes without a name are carried over too: a new one would be
/// empty.
void addMounts(const Looked &looked, CreateFlags &made);

} // namespace taffrail::executors::docker
