// SPDX-License-Identifier: GPL-3.0-or-later
#include "poolcore.h"

namespace taffrail::ssh {

namespace {

constexpr int mostHops = 8;

} // namespace

PoolCore::PoolCore(Context &context) : m_context(context) {}

PoolCore::~PoolCore() = default;

void PoolCore::accept(const Endpoint &endpoint, const RequestPtr &request)
{
    const QString key = Pool::keyOf(endpoint);
    if (request->id() != 0) {
        request->forgotten = [this](RequestId id) {
            if (const auto found = m_requests.find(id); found != m_requests.end()) {
                m_context.loop.cancel(found->second);
                m_requests.remove(id);
            }
        };
        const auto timer = m_context.loop.at(request->deadline(), [weak = std::weak_ptr(request)] {
            if (const auto late = weak.lock()) {
                const auto suspect = late->phase == Phase::Running ? late->suspect : nullptr;
                late->fail(late->deadlineError());
                if (suspect)
                    suspect(); // is it the command, or the whole link?
            }
        });
        m_requests.insert(request->id(), {request, timer});
    }
    Target &target = m_targets[key];
    target.endpoint = endpoint;
    request->subject = endpoint.spec.alias;
    // A connection that has to be made anew follows what the configuration says now.
    const auto &connection = target.connection;
    const bool usable = connection
        && (connection->state() == LinkState::Up || connection->state() == LinkState::Connecting
            || connection->isBackingOff());
    if (usable && !target.isResolving)
        return hand(target, request);
    target.waiting.push_back(request);
    if (!target.isResolving)
        resolve(key);
}

void PoolCore::cancel(RequestId id)
{
    const auto request = m_requests.value(id).first.lock();
    if (request)
        request->fail(
            Error{ErrorKind::Cancelled, request->stepWord(), request->subject, QStringLiteral("cancelled"), {}});
}

void PoolCore::addObserver(std::function<void(const LinkEvent &)> observer)
{
    m_observers.push_back(std::move(observer));
}

void PoolCore::wake()
{
    for (const auto &connection : std::as_const(m_connections))
        connection->wake();
}

void PoolCore::close()
{
    const Error error{
        ErrorKind::Cancelled, QStringLiteral("run"), {}, QStringLiteral("the program is closing its connections"), {}};
    m_observers.clear();
    const auto connections = std::exchange(m_connections, {});
    m_up = 0;
    for (auto target = m_targets.begin(); target != m_targets.end(); ++target) {
        for (const RequestPtr &request : std::exchange(target->waiting, {}))
            request->fail(error);
    }
    for (const auto &connection : connections)
        connection->close(error);
    m_targets.clear();
    const auto left = m_requests;
    for (const auto &[request, timer] : left) {
        if (const auto open = request.lock())
            open->fail(error);
    }
}

// --- names to machines ---------------------------------------------------------------------------------------------

void PoolCore::resolve(const QString &key)
{
    Target &target = m_targets[key];
    target.isResolving = true;
    const auto answer = m_guard.wrap([this, key](const Result<Chain> &chain) { resolved(key, chain); });
    m_context.lookups.run(
        [resolver = m_context.resolver, spec = target.endpoint.spec, mailbox = m_context.loop.mailbox(), answer] {
            auto chain = std::make_shared<Result<Chain>>(resolveChain(*resolver, spec));
            mailbox->post([chain, answer] { answer(*chain); });
        });
}

Result<PoolCore::Chain> PoolCore::resolveChain(ConfigResolver &resolver, const SshSpec &spec)
{
    Chain chain;
    if (auto last = appendHost(resolver, spec, chain, 0); !last)
        return failure(last.error());
    return chain;
}

Result<ResolvedHost> PoolCore::appendHost(ConfigResolver &resolver, const SshSpec &spec, Chain &chain, int depth)
{
    auto host = resolver.resolve(spec.alias, spec.user, spec.port);
    if (!host)
        return host;
    const QStringList jumps = spec.jump.isEmpty() ? host->proxyJump : spec.jump;
    if (depth > mostHops || jumps.size() > mostHops)
        return failure(ErrorKind::BadConfig, QStringLiteral("resolve"), spec.alias,
                       QStringLiteral("the chain of jump hosts is too long, or it leads in a circle"),
                       QStringLiteral("Look at ProxyJump in ~/.ssh/config and at \"jump\" in the inventory."));
    for (qsizetype i = 0; i < jumps.size(); ++i) {
        auto hop = parseDestination(jumps[i]);
        if (!hop)
            return failure(hop.error());
        // Only the first hop may have a way of its own; the others are reached through the one before them.
        if (i == 0) {
            if (auto first = appendHost(resolver, *hop, chain, depth + 1); !first)
                return first;
            continue;
        }
        auto resolvedHop = resolver.resolve(hop->alias, hop->user, hop->port);
        if (!resolvedHop)
            return resolvedHop;
        chain.hosts.push_back(*resolvedHop);
        chain.specs.push_back(*hop);
    }
    chain.hosts.push_back(*host);
    chain.specs.push_back(spec);
    return host;
}

void PoolCore::resolved(const QString &key, const Result<Chain> &chain)
{
    const auto found = m_targets.find(key);
    if (found == m_targets.end())
        return;
    found->isResolving = false;
    const auto waiting = std::exchange(found->waiting, {});
    if (!chain) {
        LinkEvent event;
        event.key = key;
        event.state = LinkState::Down;
        event.since = QDateTime::currentDateTimeUtc();
        event.error = chain.error();
        event.peer = found->endpoint.spec.alias;
        tell(event);
        for (const RequestPtr &request : waiting)
            request->fail(chain.error());
        return;
    }
    const auto connection = connectionFor(*chain, found->endpoint);
    if (found->connection != connection) {
        if (found->connection)
            found->connection->names.remove(key);
        found->connection = connection;
        connection->names.insert(key);
        tell(eventOf(*connection, key));
    }
    for (const RequestPtr &request : waiting)
        hand(m_targets[key], request);
}

std::shared_ptr<Connection> PoolCore::connectionFor(const Chain &chain, const Endpoint &endpoint)
{
    std::shared_ptr<Connection> previous;
    QString key;
    for (std::size_t i = 0; i < chain.hosts.size(); ++i) {
        const ResolvedHost &host = chain.hosts[i];
        key += QStringLiteral("%1@%2:%3>").arg(host.user, host.hostName, QString::number(host.port));
        auto &connection = m_connections[key];
        if (!connection) {
            Connection::Setup setup;
            setup.key = key;
            setup.host = host;
            setup.spec = chain.specs[i];
            setup.production = endpoint.production; // a jump host of production is as sensitive as what is behind it
            setup.jump = previous;
            connection = std::make_shared<Connection>(
                m_context, setup, [this](const Connection &changed) { connectionChanged(changed); });
        }
        connection->setHost(host);
        previous = connection;
    }
    return previous;
}

void PoolCore::hand(Target &target, const RequestPtr &request)
{
    if (request->isFinished())
        return;
    // A copy: finishing the request may add others, and with them rehash the table.
    const std::shared_ptr<Connection> connection = target.connection;
    if (const auto refusal = connection->admit(target.endpoint.spec, target.endpoint.production))
        return request->fail(*refusal);
    connection->add(request);
}

// --- telling -------------------------------------------------------------------------------------------------------

LinkEvent PoolCore::eventOf(const Connection &connection, const QString &name) const
{
    LinkEvent event;
    event.key = name;
    event.state = connection.state();
    event.since = connection.since();
    event.error = connection.error();
    event.retryAt = connection.retryAt();
    event.peer = connection.peer();
    return event;
}

void PoolCore::connectionChanged(const Connection &connection)
{
    if (connection.state() == LinkState::Up)
        m_upKeys.insert(connection.key());
    else
        m_upKeys.remove(connection.key());
    m_up = int(m_upKeys.size());
    for (const QString &name : connection.names)
        tell(eventOf(connection, name));
}

void PoolCore::tell(const LinkEvent &event)
{
    for (const auto &observer : m_observers)
        observer(event);
}

} // namespace taffrail::ssh
