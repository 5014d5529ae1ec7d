// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "commandline.h"

namespace taffrail {

/// Opens the console; returns the exit code of the program.
int runConsole(int &argc, char **argv, const CommandLine &line);

} // namespace taffrail
