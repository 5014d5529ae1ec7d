// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "eventloop.h"
#include "identity.h"
#include "knownhosts.h"
#include "sshconfig.h"
#include "sshpool.h"
#include "workers.h"

#include <QHash>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace taffrail::ssh {

/// Lets the callbacks of an object die with it. wrap() and the object belong to one thread, the calls too.
class Guard {
public:
    template <typename F> auto wrap(F work) const
    {
        return [alive = std::weak_ptr<int>(m_alive), work = std::move(work)](auto &&...arguments) {
            if (alive.lock())
                work(std::forward<decltype(arguments)>(arguments)...);
        };
    }

private:
    std::shared_ptr<int> m_alive = std::make_shared<int>(0);
};

/// Asks a person through Settings::asking. Functions may be called from any thread.
class Prompter {
public:
    explicit Prompter(Asking asking);

    bool canAskSecret() const { return bool(m_asking.secret); }
    bool canAskHostKey() const { return bool(m_asking.hostKey); }
    /// Who asks about the same key of the same host while a person is looking at it waits for the same answer; what a
    /// person confirmed is not asked again in this run. Production is a question of its own: it needs a typed answer.
    void askHostKey(HostKeyQuestion question, const std::function<void(QString)> &answered);
    void askSecret(SecretQuestion question, std::function<void(QByteArray)> answered);
    /// Waits for the person, at most two minutes; null = refused, nobody there, or closed.
    QByteArray askSecretAndWait(const SecretQuestion &question);
    void close(); ///< answers all who wait with null

private:
    struct Shared {
        std::mutex mutex;
        std::condition_variable changed;
        bool closed = false;
        std::map<QString, std::vector<std::function<void(QString)>>> openHostKeys; ///< who waits, by question
        std::set<QString> confirmedHostKeys;
    };
    Asking m_asking;
    std::atomic<quint64> m_nextId{1};
    std::shared_ptr<Shared> m_shared = std::make_shared<Shared>();
};

/// Lets a limited number of things happen at once; the others wait in line. Network thread.
class Slots {
public:
    explicit Slots(int most) : m_free(most) {}
    /// Given back with the last copy.
    using Slot = std::shared_ptr<void>;
    void take(EventLoop &loop, std::function<void(Slot)> taken);

private:
    struct State {
        int free = 0;
        std::deque<std::function<void(Slot)>> waiting;
    };
    static void give(const std::shared_ptr<State> &state, EventLoop *loop);
    int m_free;
    std::shared_ptr<State> m_state;
};

/// What all connections of one pool share. Members are for the network thread unless they say otherwise themselves.
struct Context {
    explicit Context(Settings given);

    Settings settings;
    std::shared_ptr<Prompter> prompter;
    std::shared_ptr<ConfigResolver> resolver;
    std::shared_ptr<Identities> identities = std::make_shared<Identities>();
    EventLoop loop;
    Slots logins; ///< handshakes under way in all
    /// Fingerprints accepted in this run, by known_hosts name and jump chain.
    QHash<QString, QString> seenKeys;
    QHash<QString, QString> seenKeyTypes; ///< and their types

    /// One index per set of files.
    std::shared_ptr<KnownHosts> knownHosts(const ResolvedHost &host);

    Workers lookups; ///< names, files, processes
    Workers signers; ///< keys and the agent: may wait for a person

private:
    QHash<QString, std::shared_ptr<KnownHosts>> m_knownHosts;
};

} // namespace taffrail::ssh
