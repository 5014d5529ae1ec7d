// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QtGlobal>

namespace taffrail {

/// A listener on 127.0.0.1 that lets in only sockets of this very process: the near end of a tunnel for a library that
/// can only connect to an address. Nobody else on the machine gets through it, and it is closed as soon as it has
/// served.
class LoopbackDoor {
public:
    LoopbackDoor() = default;
    ~LoopbackDoor();
    LoopbackDoor(LoopbackDoor &&other) noexcept;
    LoopbackDoor &operator=(LoopbackDoor &&other) noexcept;
    LoopbackDoor(const LoopbackDoor &) = delete;
    LoopbackDoor &operator=(const LoopbackDoor &) = delete;

    /// Opens at `port`, or at one that the system picks (0). Fails with Busy when the port is taken.
    static Result<LoopbackDoor> open(quint16 port = 0);

    bool isOpen() const { return m_descriptor >= 0; }
    int descriptor() const { return m_descriptor; } ///< becomes readable when someone knocks
    quint16 port() const { return m_port; }
    void close();

    /// Takes in the connection that comes from our own socket bound to `fromPort`; every other one is closed. Returns a
    /// non-blocking close-on-exec descriptor that the caller owns, or -1 when ours hasn't knocked yet.
    int acceptFrom(quint16 fromPort);
    /// The same when the port of our socket is not known: the peer must be a socket that this process holds open.
    int acceptOwn();

private:
    int m_descriptor = -1;
    quint16 m_port = 0;
};

/// The local port of an IPv4 socket, or 0.
quint16 localPortOf(int descriptor);

} // namespace taffrail
