// SPDX-License-Identifier: GPL-3.0-or-later
#include "loopbackdoor.h"

#include <QByteArray>
#include <QDir>
#include <QFile>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace taffrail {

namespace {

sockaddr *generic(sockaddr_in *address)
{
    return reinterpret_cast<sockaddr *>(address);
}

/// One waiting connection; its address goes to `peer`. -1 when nobody waits.
int acceptOne(int listener, sockaddr_in *peer)
{
    for (;;) {
        socklen_t length = sizeof(*peer);
        const int accepted = accept4(listener, generic(peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0 || (errno != EINTR && errno != ECONNABORTED))
            return accepted;
    }
}

void sendAtOnce(int descriptor)
{
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/// The inode of the socket bound to 127.0.0.1:from and connected to 127.0.0.1:to, from /proc/self/net/tcp (columns
/// local_address and rem_address in hexadecimal, inode is the tenth); empty when there is none.
QByteArray inodeOf(quint16 from, quint16 to)
{
    QFile table(QStringLiteral("/proc/self/net/tcp"));
    if (!table.open(QIODevice::ReadOnly))
        return {};
    const auto endOf = [](quint16 port) {
        return QByteArray("0100007F:") + QByteArray::number(port, 16).rightJustified(4, '0').toUpper();
    };
    const QByteArray local = endOf(from);
    const QByteArray remote = endOf(to);
    const QList<QByteArray> lines = table.readAll().split('\n');
    for (const QByteArray &line : lines) {
        const QList<QByteArray> cells = line.simplified().split(' ');
        if (cells.size() > 9 && cells[1] == local && cells[2] == remote)
            return cells[9];
    }
    return {};
}

bool isHeldByThisProcess(const QByteArray &inode)
{
    if (inode.isEmpty() || inode == "0")
        return false;
    const QByteArray wanted = "socket:[" + inode + ']';
    const QDir folder(QStringLiteral("/proc/self/fd"));
    const QStringList names = folder.entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot);
    for (const QString &name : names) {
        char target[64];
        const ssize_t length = readlink(QFile::encodeName(folder.filePath(name)).constData(), target, sizeof(target));
        if (length > 0 && QByteArrayView(target, length) == wanted)
            return true;
    }
    return false;
}

} // namespace

LoopbackDoor::~LoopbackDoor()
{
    close();
}

LoopbackDoor::LoopbackDoor(LoopbackDoor &&other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)),
      m_port(std::exchange(other.m_port, quint16(0)))
{
}

LoopbackDoor &LoopbackDoor::operator=(LoopbackDoor &&other) noexcept
{
    if (this != &other) {
        close();
        m_descriptor = std::exchange(other.m_descriptor, -1);
        m_port = std::exchange(other.m_port, quint16(0));
    }
    return *this;
}

Result<LoopbackDoor> LoopbackDoor::open(quint16 port)
{
    LoopbackDoor door;
    door.m_descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    // An old connection through the same port may still be in TIME_WAIT; a live listener is refused all the same.
    if (door.m_descriptor < 0 || setsockopt(door.m_descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0
        || bind(door.m_descriptor, generic(&address), sizeof(address)) != 0 || listen(door.m_descriptor, 8) != 0) {
        const int reason = errno;
        return failure(reason == EADDRINUSE ? ErrorKind::Busy : ErrorKind::Internal, QStringLiteral("tunnel"),
                       QStringLiteral("127.0.0.1"),
                       QStringLiteral("cannot listen on loopback: %1").arg(QString::fromLocal8Bit(strerror(reason))));
    }
    door.m_port = localPortOf(door.m_descriptor);
    return door;
}

void LoopbackDoor::close()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
    m_descriptor = -1;
}

int LoopbackDoor::acceptFrom(quint16 fromPort)
{
    sockaddr_in peer{};
    while (isOpen()) {
        const int accepted = acceptOne(m_descriptor, &peer);
        if (accepted < 0)
            return -1;
        if (fromPort != 0 && peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK) && peer.sin_port == htons(fromPort)) {
            sendAtOnce(accepted);
            return accepted;
        }
        ::close(accepted);
    }
    return -1;
}

int LoopbackDoor::acceptOwn()
{
    sockaddr_in peer{};
    while (isOpen()) {
        const int accepted = acceptOne(m_descriptor, &peer);
        if (accepted < 0)
            return -1;
        if (peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK)
            && isHeldByThisProcess(inodeOf(ntohs(peer.sin_port), m_port))) {
            sendAtOnce(accepted);
            return accepted;
        }
        ::close(accepted);
    }
    return -1;
}

quint16 localPortOf(int descriptor)
{
    sockaddr_in address{};
    socklen_t length = sizeof(address);
    if (descriptor < 0 || getsockname(descriptor, generic(&address), &length) != 0 || address.sin_family != AF_INET)
        return 0;
    return ntohs(address.sin_port);
}

} // namespace taffrail
