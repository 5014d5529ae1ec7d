// SPDX-License-Identifier: GPL-3.0-or-later
#include "agentclient.h"

#include "agent.h"
#include "sshwire.h"
#include "text.h"

#include <QDeadlineTimer>
#include <QFile>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace taffrail::ssh {

namespace {

constexpr quint32 maxAgentKeys = 2'000;

class Descriptor {
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Q_DISABLE_COPY_MOVE(Descriptor)
    int fd() const { return m_fd; }

private:
    int m_fd;
};

auto agentError(ErrorKind kind, const QString &socket, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("ssh-agent"), socket, text, hint);
}

auto noAnswer(const QString &socket, std::chrono::milliseconds limit)
{
    return agentError(
        ErrorKind::Timeout, socket, QStringLiteral("the ssh-agent gave no answer within %1").arg(durationText(limit)),
        QStringLiteral(
            "Touch or unlock your key; if the agent hangs, start it anew (ssh-add -l shows whether it answers)."));
}

/// True: ready. False with errno 0: time is up; ECANCELED: woken.
bool waitFor(int fd, short events, const QDeadlineTimer &deadline, int wakeFd)
{
    for (;;) {
        pollfd waits[2] = {{fd, events, 0}, {wakeFd, POLLIN, 0}};
        const int ready = ::poll(waits, wakeFd >= 0 ? 2 : 1, int(std::max<qint64>(0, deadline.remainingTime())));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready > 0 && waits[1].revents != 0 && wakeFd >= 0) {
            errno = ECANCELED;
            return false;
        }
        if (ready == 0)
            errno = 0;
        return ready > 0;
    }
}

int connectTo(const QString &socket)
{
    const QByteArray path = QFile::encodeName(socket);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.isEmpty() || path.size() >= qsizetype(sizeof address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    std::copy(path.begin(), path.end(), address.sun_path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) {
        const int error = errno;
        ::close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

bool sendAll(int fd, const QByteArray &bytes, const QDeadlineTimer &deadline, int wakeFd)
{
    for (qsizetype done = 0; done < bytes.size();) {
        const ssize_t sent = ::send(fd, bytes.constData() + done, size_t(bytes.size() - done), MSG_NOSIGNAL);
        if (sent > 0)
            done += sent;
        else if (sent < 0 && errno == EAGAIN) {
            if (!waitFor(fd, POLLOUT, deadline, wakeFd))
                return false;
        } else if (sent == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

bool receive(int fd, QByteArray &bytes, qsizetype count, const QDeadlineTimer &deadline, int wakeFd)
{
    bytes.resize(count);
    for (qsizetype done = 0; done < count;) {
        const ssize_t got = ::recv(fd, bytes.data() + done, size_t(count - done), 0);
        if (got > 0) {
            done += got;
        } else if (got < 0 && errno == EAGAIN) {
            if (!waitFor(fd, POLLIN, deadline, wakeFd))
                return false;
        } else if (got == 0 || errno != EINTR) {
            errno = ECONNRESET;
            return false;
        }
    }
    return true;
}

} // namespace

Result<QByteArray> askAgent(const QString &socket, const QByteArray &message, std::chrono::milliseconds limit,
                            int wakeFd)
{
    const QDeadlineTimer deadline(limit);
    const Descriptor agent(connectTo(socket));
    if (agent.fd() < 0 && errno == EAGAIN)
        return noAnswer(socket, limit); // its queue of connections is full: it has stopped taking them
    if (agent.fd() < 0)
        return agentError(ErrorKind::NotFound, socket,
                          QStringLiteral("no ssh-agent there: %1").arg(QString::fromLocal8Bit(strerror(errno))),
                          QStringLiteral("Start one, or unset SSH_AUTH_SOCK / IdentityAgent."));
    QByteArray head, answer;
    const bool sent = sendAll(agent.fd(), wireString(message), deadline, wakeFd);
    const bool headRead = sent && receive(agent.fd(), head, 4, deadline, wakeFd);
    if (headRead) {
        const quint32 size = qFromBigEndian<quint32>(head.constData());
        if (size == 0 || size > maxAgentMessageBytes)
            return agentError(ErrorKind::BadData, socket, QStringLiteral("the ssh-agent's answer is malformed"));
        if (receive(agent.fd(), answer, qsizetype(size), deadline, wakeFd))
            return answer;
    }
    if (errno == ECANCELED)
        return agentError(ErrorKind::Cancelled, socket, QStringLiteral("no longer needed"));
    if (errno == 0)
        return noAnswer(socket, limit);
    return agentError(ErrorKind::ConnectionLost, socket, QStringLiteral("the ssh-agent closed the connection"));
}

Result<std::vector<AgentKey>> listAgentKeys(const QString &socket, std::chrono::milliseconds limit)
{
    const Result<QByteArray> answer = askAgent(socket, QByteArray(1, char(AgentRequestIdentities)), limit);
    if (!answer)
        return failure(answer.error());
    WireReader reader(*answer);
    const auto type = reader.byte();
    if (type == AgentFailure)
        return agentError(ErrorKind::AuthRefused, socket,
                          QStringLiteral("the ssh-agent refuses to list its keys; it may be locked"),
                          QStringLiteral("Unlock it: ssh-add -X"));
    const auto count = reader.number();
    if (type != AgentIdentitiesAnswer || !count || *count > maxAgentKeys)
        return agentError(ErrorKind::BadData, socket, QStringLiteral("the ssh-agent's answer is malformed"));
    std::vector<AgentKey> keys;
    for (quint32 i = 0; i < *count; ++i) {
        auto blob = reader.string();
        const auto comment = reader.string();
        if (!blob || !comment)
            return agentError(ErrorKind::BadData, socket, QStringLiteral("the ssh-agent's list of keys is cut short"));
        keys.push_back({std::move(*blob), sanitizedLine(*comment, 200)});
    }
    return keys;
}

} // namespace taffrail::ssh
