// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pgplan.h"

namespace taffrail::pg {

/// Plan, addresses and password for one connection. Blocks on files, name resolution and the resolver of secrets. For
/// "prompt" the plan comes without the password.
Result<ConnectPlan> prepareConnection(const Target &target, const SecretResolver &resolve);

/// When a failed connection may be tried again: 1 s doubling to 60 s, ±25 % so that many consoles don't knock at one
/// moment; at least 15 s after a refused login, so that no account gets locked by our trying.
class BackOff {
public:
    std::chrono::milliseconds next(ErrorKind kind);
    void reset() { m_failures = 0; }

private:
    int m_failures = 0;
};

} // namespace taffrail::pg
