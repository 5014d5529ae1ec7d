// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialer.h"

#include "session.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace taffrail::ssh {

namespace {

// With more addresses to try, a silent one must not use up the whole time limit.
constexpr auto patiencePerAddress = std::chrono::milliseconds(2'500);

Result<std::vector<Dialer::Address>> addressesOf(const QByteArray &hostName, int port, bool numericOnly,
                                                 const QString &subject)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | (numericOnly ? AI_NUMERICHOST : 0);
    addrinfo *list = nullptr;
    const int rc = getaddrinfo(hostName.constData(), QByteArray::number(port).constData(), &hints, &list);
    if (rc != 0) {
        const bool temporary = rc == EAI_AGAIN || rc == EAI_SYSTEM;
        return failure(ErrorKind::NameNotFound, QStringLiteral("resolve"), subject,
                       temporary
                           ? QStringLiteral("the name service did not answer for %1 (%2)")
                                 .arg(QString::fromUtf8(hostName), QString::fromLocal8Bit(gai_strerror(rc)))
                           : QStringLiteral("there is no address for the name %1").arg(QString::fromUtf8(hostName)),
                       temporary ? QStringLiteral("Look at this machine's network and name servers.")
                                 : QStringLiteral("Look at the spelling in the inventory or in ~/.ssh/config."));
    }
    std::vector<Dialer::Address> addresses;
    for (const addrinfo *each = list; each; each = each->ai_next) {
        Dialer::Address address;
        address.size = each->ai_addrlen;
        std::memcpy(&address.bytes, each->ai_addr, each->ai_addrlen);
        addresses.push_back(address);
    }
    freeaddrinfo(list);
    return addresses;
}

const sockaddr *generic(const Dialer::Address &address)
{
    return static_cast<const sockaddr *>(static_cast<const void *>(&address.bytes));
}

QString numeric(const Dialer::Address &address)
{
    char text[NI_MAXHOST] = "";
    getnameinfo(generic(address), address.size, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    return QString::fromLatin1(text);
}

} // namespace

Dialer::Dialer(Context &context, QString hostName, int port, QString subject, std::function<void(Result<int>)> done)
    : m_context(context),
      m_hostName(std::move(hostName)),
      m_port(port),
      m_subject(std::move(subject)),
      m_done(std::move(done))
{
    // Later, so that the caller holds this object when the answer comes.
    m_context.loop.defer(m_guard.wrap([this] { lookUp(); }));
}

Dialer::~Dialer()
{
    closeSocket();
}

QString Dialer::step() const
{
    return m_lookedUp ? QStringLiteral("connect") : QStringLiteral("resolve");
}

QString Dialer::doing() const
{
    if (!m_lookedUp)
        return QStringLiteral("the name service gave no answer for %1").arg(m_hostName);
    return QStringLiteral("%1 did not answer").arg(m_addressText);
}

void Dialer::lookUp()
{
    const QByteArray name = m_hostName.toUtf8();
    const auto use = [this](Result<std::vector<Address>> found) {
        if (!found)
            return m_done(failure(found.error()));
        m_lookedUp = true;
        m_addresses = std::move(*found);
        m_addressText = numeric(m_addresses.front());
        if (lookedUp)
            lookedUp();
        tryNext();
    };
    if (auto literal = addressesOf(name, m_port, true, m_subject); literal)
        return use(std::move(literal));
    m_context.lookups.run([name, port = m_port, subject = m_subject, mailbox = m_context.loop.mailbox(),
                           answer = m_guard.wrap(use)]() mutable {
        auto found = std::make_shared<Result<std::vector<Address>>>(addressesOf(name, port, false, subject));
        mailbox->post([found, answer]() mutable { answer(std::move(*found)); });
    });
}

void Dialer::tryNext()
{
    const Address &address = m_addresses[m_next++];
    m_addressText = numeric(address);
    m_fd = ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (m_fd < 0)
        return failed(errno);
    tuneSocket(m_fd);
    if (::connect(m_fd, generic(address), address.size) != 0 && errno != EINPROGRESS)
        return failed(errno);
    m_context.loop.watch(m_fd, EPOLLOUT, this);
    if (m_next < m_addresses.size())
        m_stall = m_context.loop.after(patiencePerAddress, [this] { failed(ETIMEDOUT); });
}

void Dialer::ready(std::uint32_t)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(m_fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0)
        return failed(error);
    m_context.loop.cancel(m_stall);
    m_context.loop.unwatch(m_fd, this);
    const auto done = std::move(m_done);
    done(std::exchange(m_fd, -1)); // may delete this
}

void Dialer::closeSocket()
{
    m_context.loop.cancel(m_stall);
    if (m_fd < 0)
        return;
    m_context.loop.unwatch(m_fd, this);
    ::close(std::exchange(m_fd, -1));
}

void Dialer::failed(int errorNumber)
{
    closeSocket();
    if (m_next < m_addresses.size())
        return tryNext();
    const QString where = m_addressText + QStringLiteral(" port ") + QString::number(m_port);
    QString text;
    QString hint = QStringLiteral("Look at the network between here and there.");
    switch (errorNumber) {
    case ECONNREFUSED:
        text = QStringLiteral("%1 refused the connection").arg(where);
        hint = QStringLiteral("Nothing listens there: is sshd running, and is the port right?");
        break;
    case ETIMEDOUT: text = QStringLiteral("%1 did not answer").arg(where); break;
    case EMFILE:
    case ENFILE:
        text = QStringLiteral("this program has too many files open");
        hint = QStringLiteral("Raise the limit: ulimit -n");
        break;
    default:
        text = QStringLiteral("%1 can't be reached: %2").arg(where, QString::fromLocal8Bit(std::strerror(errorNumber)));
    }
    const auto done = std::move(m_done);
    done(failure(ErrorKind::Unreachable, QStringLiteral("connect"), m_subject, text, hint));
}

} // namespace taffrail::ssh
