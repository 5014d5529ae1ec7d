// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "context.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <vector>

namespace taffrail::ssh {

/// Opens a TCP connection without blocking: the name is looked up on a worker, the addresses are tried in turn.
/// Destroying it stops it.
class Dialer final : private EventLoop::Watcher {
public:
    /// `done` is called once, with a connected, tuned, non-blocking descriptor that belongs to the caller.
    Dialer(Context &context, QString hostName, int port, QString subject, std::function<void(Result<int>)> done);
    ~Dialer();
    Q_DISABLE_COPY_MOVE(Dialer)

    /// Called once the name has become addresses; set it before returning to the loop.
    std::function<void()> lookedUp;

    QString doing() const; ///< for the words of a deadline
    QString step() const; ///< "resolve" or "connect"
    QString address() const { return m_addressText; } ///< numeric, of the present or the successful try

    struct Address {
        sockaddr_storage bytes{};
        socklen_t size = 0;
    };

private:
    void ready(std::uint32_t events) override;
    void lookUp();
    void tryNext();
    void failed(int errorNumber);
    void closeSocket();

    Context &m_context;
    QString m_hostName;
    int m_port;
    QString m_subject;
    std::function<void(Result<int>)> m_done;
    Guard m_guard;
    std::vector<Address> m_addresses;
    std::size_t m_next = 0;
    bool m_lookedUp = false;
    int m_fd = -1;
    QString m_addressText;
    EventLoop::Timer m_stall;
};

} // namespace taffrail::ssh
