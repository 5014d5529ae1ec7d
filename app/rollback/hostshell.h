// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "courier.h"

namespace taffrail {

/// Runs scripts on the hosts of environments, each on a fresh channel, and answers in the thread of its owner. For what
/// acts: nothing is shared, nothing is tried again.
class HostShell {
public:
    using Answer = std::function<void(const Result<ExecReply> &)>;

    HostShell(Transports transports, QObject *owner);
    ~HostShell(); ///< answers that have not come are dropped
    Q_DISABLE_COPY_MOVE(HostShell)

    void run(const EnvironmentSpecPtr &environment, const QString &host, ExecRequest request, Answer answer);

private:
    Transports m_transports;
    std::shared_ptr<Mailbox<QObject>> m_mailbox;
};

} // namespace taffrail
