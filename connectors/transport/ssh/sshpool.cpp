// SPDX-License-Identifier: GPL-3.0-or-later
#include "sshpool.h"

#include "poolcore.h"

#include <libssh/libssh.h>

#include <atomic>

namespace taffrail::ssh {

struct Pool::Private {
    explicit Private(Settings settings) : context(std::move(settings)), core(std::make_unique<PoolCore>(context)) {}

    RequestId submit(const Endpoint &endpoint, Request::What what, std::chrono::milliseconds deadline)
    {
        const RequestId id = nextId++;
        auto request = std::make_shared<Request>(id, std::move(what), deadline);
        context.loop.post([this, endpoint, request = std::move(request)] { core->accept(endpoint, request); });
        return id;
    }

    std::atomic<RequestId> nextId{1};
    Context context;
    std::unique_ptr<PoolCore> core;
};

Pool::Pool(Settings settings) : d(std::make_unique<Private>(std::move(settings)))
{
    ssh_set_log_level(SSH_LOG_NOLOG);
    d->context.loop.start();
}

Pool::~Pool()
{
    d->context.prompter->close();
    d->context.loop.stop([this] { d->core->close(); });
}

RequestId Pool::exec(const Endpoint &endpoint, ExecRequest request, Done<ExecReply> done)
{
    const auto deadline = request.deadline;
    return d->submit(endpoint, Request::Exec{std::move(request), std::move(done)}, deadline);
}

RequestId Pool::probe(const Endpoint &endpoint, const QByteArray &nonce, ExecRequest request, Done<ExecReply> done)
{
    const auto deadline = request.deadline;
    return d->submit(endpoint, Request::Probe{std::move(request), nonce, std::move(done)}, deadline);
}

RequestId Pool::readFile(const Endpoint &endpoint, const QString &path, qint64 maxBytes,
                         std::chrono::milliseconds deadline, Done<QByteArray> done)
{
    return d->submit(endpoint, Request::ReadFile{path, maxBytes, std::move(done)}, deadline);
}

RequestId Pool::forward(const Endpoint &endpoint, const QString &host, int port, int fd,
                        std::chrono::milliseconds deadline, Done<bool> done)
{
    return d->submit(endpoint, Request::Forward{host.toUtf8(), port, fd, std::move(done)}, deadline);
}

void Pool::cancel(RequestId id)
{
    d->context.loop.post([this, id] { d->core->cancel(id); });
}

QString Pool::keyOf(const Endpoint &endpoint)
{
    const SshSpec &spec = endpoint.spec;
    QString key;
    key.reserve(spec.alias.size() + spec.user.size() + spec.identityFile.size() + spec.hostKey.size() + 32);
    key += spec.user;
    key += QLatin1Char('@');
    key += spec.alias;
    key += QLatin1Char(':');
    key += QString::number(spec.port);
    for (const QString &hop : spec.jump) {
        key += QLatin1Char('<');
        key += hop;
    }
    key += QLatin1Char('|');
    key += spec.identityFile;
    key += QLatin1Char('|');
    key += spec.hostKey;
    if (endpoint.production)
        key += QLatin1String("|production");
    return key;
}

void Pool::onLink(std::function<void(const LinkEvent &)> observer)
{
    d->context.loop.post(
        [this, observer = std::move(observer)]() mutable { d->core->addObserver(std::move(observer)); });
}

void Pool::wake()
{
    d->context.loop.post([this] { d->core->wake(); });
}

int Pool::connectionCount() const
{
    return d->core->connectionCount();
}

} // namespace taffrail::ssh
