// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "exec.h"

#include <memory>

namespace taffrail {

/// `/bin/sh -s` on this machine, for hosts with "local": true. One thread for any number of runs; killed with its whole
/// process group at the deadline, at its output limit and on cancel.
class LocalShell {
public:
    LocalShell();
    ~LocalShell();
    Q_DISABLE_COPY_MOVE(LocalShell)

    RequestId exec(ExecRequest request, Done<ExecReply> done);
    void cancel(RequestId id);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace taffrail
