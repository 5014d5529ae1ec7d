// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTcpServer>
#include <QTcpSocket>

#include <sys/socket.h>

#include <utility>

namespace taffrail::test {

/// Stands between a console and an sshd, in the test's own event loop. After a number of bytes, both ways together, the
/// connection ends; the next one may have a limit of its own.
class CutProxy : public QObject {
public:
    explicit CutProxy(quint16 port, const QHostAddress &address = QHostAddress::LocalHost)
        : m_target(port),
          m_address(address)
    {
        m_server.listen(QHostAddress::LocalHost, 0);
        connect(&m_server, &QTcpServer::newConnection, this, &CutProxy::accept);
    }

    quint16 port() const { return m_server.serverPort(); }
    /// How many cuts there were since the last call.
    int takeCuts() { return std::exchange(m_cuts, 0); }

    /// Bytes that came in, both ways together, since the last call.
    qint64 takePassed() { return std::exchange(m_passed, 0); }

    /// The next cut comes after this many bytes from now on; -1 = none. `reset`: RST in place of FIN.
    void cutAfter(qint64 bytes, bool reset)
    {
        m_left = bytes;
        m_reset = reset;
    }
    /// Ends what is open.
    void end()
    {
        const QList<QTcpSocket *> open = m_sockets;
        for (QTcpSocket *socket : open) {
            // With no time to linger, closing resets.
            const linger now{m_reset ? 1 : 0, 0};
            setsockopt(int(socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, &now, sizeof now);
            socket->abort();
        }
    }

private:
    void accept()
    {
        while (QTcpSocket *near = m_server.nextPendingConnection()) {
            auto *far = new QTcpSocket(this);
            m_sockets << near << far;
            join(near, far);
            join(far, near);
            far->connectToHost(m_address, m_target);
        }
    }
    void join(QTcpSocket *from, QTcpSocket *to)
    {
        connect(from, &QTcpSocket::readyRead, this, [this, from, to] {
            QByteArray bytes = from->readAll();
            m_passed += bytes.size();
            const bool cuts = m_left >= 0 && bytes.size() >= m_left;
            if (cuts)
                bytes.truncate(m_left);
            else if (m_left >= 0)
                m_left -= bytes.size();
            to->write(bytes);
            if (!cuts)
                return;
            to->flush();
            m_left = -1;
            ++m_cuts;
            end();
        });
        connect(from, &QTcpSocket::disconnected, this, [this, from, to] {
            m_sockets.removeAll(from);
            from->deleteLater();
            if (to->state() == QAbstractSocket::ConnectedState)
                to->disconnectFromHost();
            else
                to->abort();
        });
    }

    QTcpServer m_server;
    quint16 m_target;
    QHostAddress m_address;
    QList<QTcpSocket *> m_sockets;
    qint64 m_left = -1;
    bool m_reset = false;
    int m_cuts = 0;
    qint64 m_passed = 0;
};

} // namespace taffrail::test
