// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent.h"

#include "agentclient.h"
#include "knownhosts.h"
#include "sshwire.h"

#include <QFile>
#include <QLoggingCategory>
#include <QMutex>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <list>
#include <thread>

namespace taffrail::ssh {

namespace {

Q_LOGGING_CATEGORY(agentLog, "taffrail.ssh.agent", QtWarningMsg)

/// The user's runtime folder when it is really private, else /tmp (mkdtemp makes the rest private).
QByteArray privateFolderTemplate()
{
    const QByteArray runtime = qgetenv("XDG_RUNTIME_DIR");
    struct stat status {};
    const bool usable = runtime.startsWith('/') && runtime.size() < 60 && ::stat(runtime.constData(), &status) == 0
        && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() && (status.st_mode & 077) == 0;
    return (usable ? runtime : QByteArray("/tmp")) + "/taffrail-agent-XXXXXX";
}

struct Client {
    int fd = -1;
    QByteArray in;
};

} // namespace

struct AgentFilter::Private {
    QString agentSocket;
    AgentKey key;
    std::chrono::milliseconds signLimit{};
    QByteArray folder, path;
    int listener = -1, wake = -1;
    std::atomic<int> signatures{0};
    QMutex mutex;
    QString problem;
    std::list<Client> clients;
    std::thread thread;

    ~Private();
    bool open();
    void run();
    void acceptClient();
    bool readClient(Client &client);
    QByteArray answerTo(const QByteArray &message);
    QByteArray sign(const QByteArray &message);
    void setProblem(const QString &text)
    {
        const QMutexLocker lock(&mutex);
        problem = text;
    }
};

AgentFilter::Private::~Private()
{
    if (thread.joinable()) {
        const quint64 one = 1;
        while (::write(wake, &one, sizeof one) < 0 && errno == EINTR) {}
        thread.join();
    }
    for (const Client &client : clients)
        ::close(client.fd);
    for (const int fd : {listener, wake}) {
        if (fd >= 0)
            ::close(fd);
    }
    if (!path.isEmpty())
        ::unlink(path.constData());
    if (!folder.isEmpty())
        ::rmdir(folder.constData());
}

bool AgentFilter::Private::open()
{
    QByteArray name = privateFolderTemplate();
    if (!::mkdtemp(name.data()))
        return false;
    folder = name;
    path = folder + "/agent";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy_n(path.constData(), std::min<size_t>(size_t(path.size()), sizeof address.sun_path - 1), address.sun_path);
    wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return wake >= 0 && listener >= 0
        && ::bind(listener, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0
        && ::listen(listener, 8) == 0;
}

void AgentFilter::Private::run()
{
    for (;;) {
        std::vector<pollfd> waits{{wake, POLLIN, 0}, {listener, POLLIN, 0}};
        for (const Client &client : clients)
            waits.push_back({client.fd, POLLIN, 0});
        if (::poll(waits.data(), nfds_t(waits.size()), -1) < 0 && errno != EINTR)
            return;
        if (waits[0].revents != 0)
            return;
        size_t index = 2;
        for (auto client = clients.begin(); client != clients.end(); ++index) {
            if (waits[index].revents != 0 && !readClient(*client)) {
                ::close(client->fd);
                client = clients.erase(client);
            } else {
                ++client;
            }
        }
        if (waits[1].revents != 0)
            acceptClient();
    }
}

void AgentFilter::Private::acceptClient()
{
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != ::geteuid()) {
        ::close(fd);
        return;
    }
    clients.push_back({fd, {}});
}

/// False: this client is done.
bool AgentFilter::Private::readClient(Client &client)
{
    char buffer[16 * 1024];
    const ssize_t got = ::recv(client.fd, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0)
        return false;
    client.in.append(buffer, got);
    while (client.in.size() >= 4) {
        const quint32 length = qFromBigEndian<quint32>(client.in.constData());
        if (length == 0 || length > maxAgentMessageBytes)
            return false;
        if (client.in.size() - 4 < qsizetype(length))
            break;
        const QByteArray answer = wireString(answerTo(client.in.mid(4, qsizetype(length))));
        client.in.remove(0, 4 + qsizetype(length));
        // an answer is small against a socket buffer: a client that does not read it is dropped
        if (::send(client.fd, answer.constData(), size_t(answer.size()), MSG_NOSIGNAL) != ssize_t(answer.size()))
            return false;
    }
    return true;
}

QByteArray AgentFilter::Private::answerTo(const QByteArray &message)
{
    switch (quint8(message[0])) {
    case AgentRequestIdentities:
        return char(AgentIdentitiesAnswer) + wireNumber(1) + wireString(key.blob) + wireString(key.comment.toUtf8());
    case AgentSignRequest: return sign(message);
    default: return QByteArray(1, char(AgentFailure));
    }
}

QByteArray AgentFilter::Private::sign(const QByteArray &message)
{
    WireReader reader(QByteArrayView(message).sliced(1));
    const QByteArray refusal(1, char(AgentFailure));
    if (reader.string() != key.blob)
        return refusal;
    Result<QByteArray> answer = askAgent(agentSocket, message, signLimit, wake);
    if (!answer) {
        setProblem(sentence(answer.error()));
        return refusal;
    }
    if (quint8(answer->at(0)) != AgentSignResponse) {
        setProblem(QStringLiteral("the ssh-agent refused to sign; it may be locked, or the key needs a confirmation"));
        return refusal;
    }
    setProblem({});
    ++signatures;
    qCInfo(agentLog).noquote() << "signed with" << fingerprintOf(key.blob);
    return *answer;
}

AgentFilter::AgentFilter(std::unique_ptr<Private> state) : d(std::move(state)) {}

AgentFilter::~AgentFilter() = default;

Result<std::unique_ptr<AgentFilter>> AgentFilter::start(const QString &agentSocket, const AgentKey &key,
                                                        std::chrono::milliseconds signLimit)
{
    auto state = std::make_unique<Private>();
    state->agentSocket = agentSocket;
    state->key = key;
    state->signLimit = signLimit;
    if (!state->open())
        return failure(
            ErrorKind::Internal, QStringLiteral("ssh-agent"), agentSocket,
            QStringLiteral("a private socket cannot be made: %1").arg(QString::fromLocal8Bit(strerror(errno))));
    Private *running = state.get();
    state->thread = std::thread([running] { running->run(); });
    return std::unique_ptr<AgentFilter>(new AgentFilter(std::move(state)));
}

QString AgentFilter::path() const
{
    return QFile::decodeName(d->path);
}

int AgentFilter::signatures() const
{
    return d->signatures;
}

QString AgentFilter::problem() const
{
    const QMutexLocker lock(&d->mutex);
    return d->problem;
}

} // namespace taffrail::ssh
