// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sshpool.h"

namespace taffrail {

/// Asks for passphrases and passwords on the controlling terminal, one at a time, without echo; Ctrl+C refuses and then
/// interrupts the program as usual. Host keys are never asked about here: the command line accepts only known, pinned
/// or explicitly allowed ones. `secret` is null when there is no terminal.
ssh::Asking terminalAsking();

} // namespace taffrail
