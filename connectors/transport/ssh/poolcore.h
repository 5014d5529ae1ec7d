// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "connection.h"

#include <atomic>

namespace taffrail::ssh {

/// The network thread's half of Pool: endpoints, connections and requests. Everything but connectionCount() is for that
/// thread.
class PoolCore {
public:
    explicit PoolCore(Context &context);
    ~PoolCore(); ///< after close()
    Q_DISABLE_COPY_MOVE(PoolCore)

    void accept(const Endpoint &endpoint, const RequestPtr &request);
    void cancel(RequestId id);
    void addObserver(std::function<void(const LinkEvent &)> observer);
    void wake();
    void close();
    int connectionCount() const { return m_up; } ///< from any thread

private:
    /// One way of naming a machine (Pool::keyOf) and where it leads.
    struct Target {
        Endpoint endpoint;
        bool isResolving = false;
        std::shared_ptr<Connection> connection;
        std::vector<RequestPtr> waiting; ///< for the resolving
    };
    /// The machine and its jump hosts in the order of the way.
    struct Chain {
        std::vector<ResolvedHost> hosts;
        std::vector<SshSpec> specs;
    };

    static Result<Chain> resolveChain(ConfigResolver &resolver, const SshSpec &spec);
    static Result<ResolvedHost> appendHost(ConfigResolver &resolver, const SshSpec &spec, Chain &chain, int depth);
    void resolve(const QString &key);
    void resolved(const QString &key, const Result<Chain> &chain);
    std::shared_ptr<Connection> connectionFor(const Chain &chain, const Endpoint &endpoint);
    void hand(Target &target, const RequestPtr &request);
    void connectionChanged(const Connection &connection);
    void tell(const LinkEvent &event);
    LinkEvent eventOf(const Connection &connection, const QString &name) const;

    Context &m_context;
    Guard m_guard;
    QHash<QString, Target> m_targets;
    QHash<QString, std::shared_ptr<Connection>> m_connections;
    QHash<RequestId, std::pair<std::weak_ptr<Request>, EventLoop::Timer>> m_requests;
    std::vector<std::function<void(const LinkEvent &)>> m_observers;
    QSet<QString> m_upKeys;
    std::atomic<int> m_up{0};
};

} // namespace taffrail::ssh
