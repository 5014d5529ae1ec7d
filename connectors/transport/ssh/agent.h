// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>

#include <chrono>
#include <memory>
#include <vector>

namespace taffrail::ssh {

/// One key that an ssh-agent holds.
struct AgentKey {
    QByteArray blob; ///< public key (or certificate) in SSH wire format
    QString comment; ///< sanitised
};

/// The agent's keys; blocks up to `limit`. Errors: NotFound (no socket), Timeout (a stopped agent), AuthRefused (the
/// agent refuses), BadData. An empty list is a value: the agent is locked or empty, it tells no difference.
Result<std::vector<AgentKey>> listAgentKeys(const QString &socket,
                                            std::chrono::milliseconds limit = std::chrono::seconds(5));

/// Stands between libssh and the agent: lists only the chosen key, forwards requests to sign with it, refuses
/// everything else. Set path() as SSH_OPTIONS_IDENTITY_AGENT, call ssh_userauth_agent, then destroy it. Runs on one
/// thread of its own.
class AgentFilter {
public:
    /// Makes a 0700 folder with the socket below the runtime directory (else /tmp); gone with the object.
    static Result<std::unique_ptr<AgentFilter>> start(const QString &agentSocket, const AgentKey &key,
                                                      std::chrono::milliseconds signLimit = std::chrono::seconds(30));
    ~AgentFilter();
    Q_DISABLE_COPY_MOVE(AgentFilter)

    QString path() const;
    /// Signatures that the agent gave.
    int signatures() const;
    /// Why the last request to sign failed, or "": no answer in time (touch, confirmation, lock) or refused.
    QString problem() const;

private:
    struct Private;
    explicit AgentFilter(std::unique_ptr<Private> state);
    std::unique_ptr<Private> d;
};

} // namespace taffrail::ssh
