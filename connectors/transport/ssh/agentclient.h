// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>

#include <chrono>

namespace taffrail::ssh {

/// Message numbers of the agent protocol (draft-miller-ssh-agent).
enum AgentMessage : quint8 {
    AgentFailure = 5,
    AgentRequestIdentities = 11,
    AgentIdentitiesAnswer = 12,
    AgentSignRequest = 13,
    AgentSignResponse = 14,
};

inline constexpr quint32 maxAgentMessageBytes = 256 * 1024;

/// One message (without its length) to an agent's socket and the answer (without its length). Blocks up to `limit`;
/// ends early with Cancelled when `wakeFd` (or -1) becomes readable.
Result<QByteArray> askAgent(const QString &socket, const QByteArray &message, std::chrono::milliseconds limit,
                            int wakeFd = -1);

} // namespace taffrail::ssh
