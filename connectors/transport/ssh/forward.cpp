// SPDX-License-Identifier: GPL-3.0-or-later
#include "forward.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace taffrail::ssh {

namespace {

// Above this the channel's window is left to fill, so that a slow local reader slows the sender.
constexpr qsizetype pendingCap = 256 * 1024;
constexpr int blocksPerTurn = 8;

} // namespace

Forward::Forward(SessionPtr session, QString subject, EventLoop &loop, RequestPtr request)
    : Channel(std::move(session), std::move(subject)),
      m_loop(loop),
      m_request(std::move(request))
{
    setCountsAsSession(false);
    auto *what = m_request->as<Request::Forward>();
    m_host = what->host;
    m_port = what->port;
    m_fd = std::exchange(what->fd, -1);
    fcntl(m_fd, F_SETFL, fcntl(m_fd, F_GETFL) | O_NONBLOCK);
    m_request->phase = Phase::Running;
    m_request->stop = [this] {
        closeLocal();
        abandon(false);
    };
}

Forward::~Forward()
{
    closeLocal();
}

void Forward::closeLocal()
{
    if (m_fd < 0)
        return;
    m_loop.unwatch(m_fd, this);
    ::close(std::exchange(m_fd, -1));
}

int Forward::open(ssh_channel channel)
{
    return ssh_channel_open_forward(channel, m_host.constData(), m_port, "127.0.0.1", 0);
}

int Forward::request(ssh_channel)
{
    if (const RequestPtr request = std::exchange(m_request, nullptr)) {
        request->stop = nullptr;
        request->succeed(true);
    }
    return SSH_OK;
}

void Forward::refused(Stage, const Error &error)
{
    const RequestPtr request = std::exchange(m_request, nullptr);
    if (!request)
        return;
    request->stop = nullptr;
    Error told = error;
    if (error.kind == ErrorKind::Busy) {
        told.kind = ErrorKind::Unreachable;
        told.step = QStringLiteral("forward");
        told.text
            = QStringLiteral("%1 could not be reached from there: %2")
                  .arg(QString::fromUtf8(m_host) + QLatin1Char(':') + QString::number(m_port), session().errorText());
        told.hint = QStringLiteral(
            "Look whether something listens there, and at AllowTcpForwarding in the server's sshd_config.");
    }
    request->fail(told);
}

void Forward::lost(const Error &error)
{
    closeLocal();
    if (const RequestPtr request = std::exchange(m_request, nullptr)) {
        request->stop = nullptr;
        request->fail(error);
    }
}

std::uint32_t Forward::received(const char *data, std::uint32_t size, bool isError)
{
    if (isError || m_fd < 0)
        return size;
    std::uint32_t sent = 0;
    if (m_pending.isEmpty()) {
        const ssize_t rc = ::send(m_fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (rc < 0 && errno != EAGAIN && errno != EINTR) {
            m_broken = true;
            return size;
        }
        sent = rc > 0 ? std::uint32_t(rc) : 0;
    }
    const qsizetype room = std::max<qsizetype>(0, pendingCap - m_pending.size());
    const auto kept = std::uint32_t(std::min<qsizetype>(room, qsizetype(size - sent)));
    m_pending.append(data + sent, qsizetype(kept));
    return sent + kept; // the rest stays with libssh, and with it the window
}

void Forward::toLocal()
{
    std::array<char, 32 * 1024> block;
    for (int i = 0; i < 64 && m_fd >= 0 && !m_broken; ++i) {
        if (m_pending.isEmpty()) {
            const int rc = ssh_channel_read_nonblocking(raw(), block.data(), block.size(), 0);
            if (rc <= 0)
                return;
            m_pending.append(block.data(), rc);
        }
        const ssize_t rc = ::send(m_fd, m_pending.constData() + m_pendingFrom,
                                  std::size_t(m_pending.size() - m_pendingFrom), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (rc < 0) {
            m_broken = errno != EAGAIN && errno != EINTR;
            return;
        }
        m_pendingFrom += rc;
        if (m_pendingFrom < m_pending.size())
            return;
        m_pending.clear();
        m_pendingFrom = 0;
    }
}

void Forward::fromLocal()
{
    std::array<char, 32 * 1024> block;
    for (int i = 0; i < blocksPerTurn && m_readable && !m_localEnded && !m_broken; ++i) {
        // A window of 0 or bytes still queued in libssh: the turn that changes this comes back here.
        const auto room = std::min<std::size_t>(block.size(), ssh_channel_window_size(raw()));
        if (room == 0 || session().wantsWrite())
            return;
        const ssize_t got = ::recv(m_fd, block.data(), room, MSG_DONTWAIT);
        if (got < 0) {
            m_readable = false;
            m_broken = errno != EAGAIN && errno != EINTR;
        } else if (got == 0) {
            m_localEnded = true;
        } else if (ssh_channel_write(raw(), block.data(), std::uint32_t(got)) != int(got)) {
            m_broken = true; // the window was asked before, so only a channel that has closed takes less
        } else if (std::size_t(got) < room) {
            m_readable = false;
        }
    }
}

bool Forward::progress()
{
    if (m_fd < 0)
        return true;
    toLocal();
    fromLocal();
    if (m_localEnded && !m_eofSent && !m_gotClose) {
        m_eofSent = true;
        ssh_channel_send_eof(raw());
    }
    const bool allDelivered = m_pending.isEmpty() && ssh_channel_poll(raw(), 0) <= 0;
    if ((m_gotEof || m_gotClose) && allDelivered && !m_remoteEnded) {
        m_remoteEnded = true;
        ::shutdown(m_fd, SHUT_WR);
    }
    if (m_broken || (m_gotClose && allDelivered) || (m_localEnded && m_remoteEnded)) {
        closeLocal();
        return true;
    }
    watchLocal();
    return false;
}

void Forward::watchLocal()
{
    const bool wantsRead = !m_localEnded && !m_readable;
    const bool wantsWrite = !m_pending.isEmpty();
    if (!wantsRead && !wantsWrite) {
        m_loop.unwatch(m_fd, this); // a hang-up is always reported, and would be again and again
        return;
    }
    m_loop.watch(m_fd, (wantsRead ? std::uint32_t(EPOLLIN) : 0) | (wantsWrite ? std::uint32_t(EPOLLOUT) : 0), this);
}

void Forward::ready(std::uint32_t events)
{
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        m_readable = true;
    if ((events & (EPOLLHUP | EPOLLERR)) && m_localEnded)
        m_broken = true; // reset, or both directions are shut: nothing can be delivered any more
    wake();
}

} // namespace taffrail::ssh
