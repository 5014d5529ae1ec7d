// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "channel.h"
#include "request.h"

namespace taffrail::ssh {

/// Joins a local stream socket with a direct-tcpip channel and copies both ways, as far as windows and buffers allow.
/// Each direction ends on its own; the whole ends when both have, or when one side breaks.
class Forward : public Channel, private EventLoop::Watcher {
public:
    Forward(SessionPtr session, QString subject, EventLoop &loop, RequestPtr request);
    ~Forward() override;

    void lost(const Error &error) override;
    bool needsQuickAck() const override { return true; }

protected:
    int open(ssh_channel channel) override;
    int request(ssh_channel channel) override;
    bool progress() override;
    void refused(Stage stage, const Error &error) override;
    std::uint32_t received(const char *data, std::uint32_t size, bool isError) override;

private:
    void ready(std::uint32_t events) override;
    void fromLocal();
    void toLocal();
    void watchLocal();
    void closeLocal();

    EventLoop &m_loop;
    RequestPtr m_request; ///< until the channel is open
    QByteArray m_host;
    int m_port = 0;
    int m_fd = -1;
    QByteArray m_pending; ///< for the local side
    qsizetype m_pendingFrom = 0;
    bool m_localEnded = false; ///< nothing more to read there
    bool m_eofSent = false;
    bool m_remoteEnded = false; ///< and told to the local side
    bool m_broken = false;
    bool m_readable = false;
};

} // namespace taffrail::ssh
