// SPDX-License-Identifier: GPL-3.0-or-later
#include "session.h"

#include "text.h"

#include <libssh/callbacks.h>
#include <libssh/server.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace taffrail::ssh {

namespace {

// What libssh reads from the socket at once; a shorter read means that there is nothing more for now.
constexpr quint64 readBlock = 4096;

bool set(ssh_session session, ssh_options_e option, const void *value)
{
    return ssh_options_set(session, option, value) == SSH_OK;
}

} // namespace

void tuneSocket(int fd)
{
    const int one = 1;
    const int idle = 5;
    const int interval = 2;
    const int count = 3;
    const unsigned int unacknowledged = 10'000;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof unacknowledged);
}

QByteArray hostKeyAlgorithms(const QStringList &types)
{
    QByteArrayList algorithms;
    for (const QString &type : types) {
        if (type == QLatin1String("ssh-rsa"))
            algorithms << "rsa-sha2-512"
                       << "rsa-sha2-256"; // the same key, without SHA-1
        else if (type == QLatin1String("ssh-ed25519") || type.startsWith(QLatin1String("ecdsa-sha2-nistp")))
            algorithms << type.toLatin1();
    }
    return algorithms.join(',');
}

std::shared_ptr<Session> Session::create(const Options &options, int fd)
{
    std::shared_ptr<Session> session(new Session);
    if (!session->configure(options, fd)) {
        if (!session->m_session)
            ::close(fd);
        return nullptr;
    }
    return session;
}

bool Session::configure(const Options &options, int fd)
{
    m_session = ssh_new();
    if (!m_session)
        return false;
    const int no = 0;
    const int yes = 1;
    const int smallestRsa = 2048;
    const long agentAndAuthSeconds = 35; // some calls wait inside libssh in spite of the non-blocking mode
    // First of all: libssh must read no configuration, it would let a file turn a changed key into a good one.
    bool ok = set(m_session, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ok = ok && set(m_session, SSH_OPTIONS_HOST, options.host.constData());
    ok = ok && set(m_session, SSH_OPTIONS_USER, options.user.constData());
    ok = ok && set(m_session, SSH_OPTIONS_FD, &fd);
    ok = ok && set(m_session, SSH_OPTIONS_NODELAY, &yes);
    ok = ok && set(m_session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    ok = ok && set(m_session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    ok = ok && set(m_session, SSH_OPTIONS_RSA_MIN_SIZE, &smallestRsa);
    ok = ok && set(m_session, SSH_OPTIONS_TIMEOUT, &agentAndAuthSeconds);
    if (const QByteArray algorithms = hostKeyAlgorithms(options.hostKeyTypes); !algorithms.isEmpty())
        ok = ok && set(m_session, SSH_OPTIONS_HOSTKEYS, algorithms.constData());
    ok = ok && set(m_session, SSH_OPTIONS_STRICTHOSTKEYCHECK, &yes);
    ssh_set_blocking(m_session, 0);
    m_fd = fd;
    int family = 0;
    socklen_t size = sizeof family;
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
    m_isTcp = family == AF_INET || family == AF_INET6;
    ssh_set_counters(m_session, &m_counter, nullptr);
    return ok;
}

Session::~Session()
{
    if (!m_session)
        return;
    if (m_event) {
        ssh_event_remove_session(m_event, m_session);
        ssh_event_free(m_event);
    }
    // No ssh_disconnect(): it may or may not close the descriptor, and a second close could hit somebody else's.
    ssh_free(m_session);
    if (!m_handedOver)
        ::close(m_fd);
}

int Session::fd() const
{
    return ssh_get_fd(m_session);
}

bool Session::isAlive() const
{
    return fd() >= 0 && ssh_is_connected(m_session) != 0;
}

bool Session::wantsWrite() const
{
    return (ssh_get_status(m_session) & SSH_WRITE_PENDING) != 0;
}

int Session::handshake()
{
    m_handedOver = true;
    const int rc = ssh_connect(m_session);
    if (rc == SSH_OK) {
        // libssh leaves the socket in blocking mode; one full send buffer would then freeze the thread.
        fcntl(fd(), F_SETFL, O_NONBLOCK);
        m_event = ssh_event_new();
        if (!m_event || ssh_event_add_session(m_event, m_session) != SSH_OK)
            return SSH_ERROR;
    }
    return rc;
}

bool Session::hasServerBanner() const
{
    return ssh_get_serverbanner(m_session) != nullptr;
}

QByteArray Session::serverKey() const
{
    ssh_key key = nullptr;
    if (ssh_get_server_publickey(m_session, &key) != SSH_OK)
        return {};
    char *base64 = nullptr;
    QByteArray blob;
    if (ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK)
        blob = QByteArray::fromBase64(QByteArray(base64));
    ssh_string_free_char(base64);
    ssh_key_free(key);
    return blob;
}

bool Session::pump()
{
    if (!m_event)
        return isAlive();
    for (int i = 0; i < 64; ++i) {
        const quint64 before = m_counter.in_bytes;
        const int rc = ssh_event_dopoll(m_event, 0);
        if (rc == SSH_ERROR)
            return false;
        const quint64 got = m_counter.in_bytes - before;
        if (rc == SSH_AGAIN || (got < readBlock && !wantsWrite()))
            break;
    }
    return true;
}

void Session::quickAck()
{
    const int one = 1;
    if (m_isTcp)
        setsockopt(fd(), IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

void Session::ping()
{
    if (m_pinged)
        ssh_send_keepalive(m_session); // takes the earlier answer, so that the slot is free again
    ssh_send_keepalive(m_session);
    m_pinged = true;
}

QString Session::errorText() const
{
    return sanitizedLine(QByteArray(ssh_get_error(m_session)));
}

} // namespace taffrail::ssh
