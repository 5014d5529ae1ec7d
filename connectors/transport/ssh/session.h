// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <libssh/libssh.h>

#include <memory>

namespace taffrail::ssh {

/// One libssh session over a connected stream socket, non-blocking, with an event of its own. Used by one thread at a
/// time. libssh closes the descriptor when the link breaks, and with the session otherwise.
class Session {
public:
    struct Options {
        QByteArray host; ///< for messages only; never looked up
        QByteArray user;
        QStringList hostKeyTypes; ///< as known_hosts names them; empty = every safe type
    };

    /// Takes `fd` over, also on failure (null).
    static std::shared_ptr<Session> create(const Options &options, int fd);
    ~Session();
    Q_DISABLE_COPY_MOVE(Session)

    ssh_session raw() const { return m_session; }
    int fd() const; ///< -1 once the link is gone
    bool isAlive() const;
    quint64 bytesIn() const { return m_counter.in_bytes; }
    bool wantsWrite() const;

    /// ssh_connect: SSH_AGAIN, SSH_OK or SSH_ERROR (then never again: it would start anew). After SSH_OK the descriptor
    /// is non-blocking again.
    int handshake();
    bool hasServerBanner() const;
    /// The server's public key in wire format; empty when there is none.
    QByteArray serverKey() const;
    /// Reads and writes all that can be done now. False: the link is gone.
    bool pump();
    /// Acknowledge at once: an sshd that holds its next packet back for our delayed acknowledgement costs 40 ms.
    void quickAck();
    /// Asks the other side for a sign of life, which shows in bytesIn(). Call it again for the next one.
    void ping();
    QString errorText() const; ///< libssh's words, sanitised

private:
    Session() = default;
    bool configure(const Options &options, int fd);

    ssh_session m_session = nullptr;
    ssh_event m_event = nullptr;
    int m_fd = -1;
    bool m_handedOver = false; ///< from the first ssh_connect() on, libssh closes the descriptor
    bool m_isTcp = false;
    bool m_pinged = false;
    ssh_counter_struct m_counter{};
};
using SessionPtr = std::shared_ptr<Session>;

/// Keeps a TCP socket honest: no Nagle, keepalive 5/2/3 s and TCP_USER_TIMEOUT 10 s, so that a dead path is noticed in
/// 12 s.
void tuneSocket(int fd);

/// known_hosts key types as an SSH_OPTIONS_HOSTKEYS list; "" for an empty or unusable list.
QByteArray hostKeyAlgorithms(const QStringList &types);

} // namespace taffrail::ssh
