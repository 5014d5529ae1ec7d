// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pgloop.h"
#include "pgplan.h"

#include <libpq-fe.h>

namespace taffrail::pg {

/// Asks the server to stop the statement that runs on `connection`, on a thread of `errands`: libpq can only do this
/// blocking, over a connection of its own. For a tunnelled target that one gets a tunnel too, made on the loop.
void requestCancel(PGconn *connection, const Target &target, const Endpoint &endpoint, Errands &errands,
                   const std::weak_ptr<Mailbox> &mailbox);

} // namespace taffrail::pg
