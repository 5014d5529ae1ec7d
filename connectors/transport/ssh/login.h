// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dialer.h"
#include "hostkeygate.h"
#include "signin.h"

namespace taffrail::ssh {

/// One attempt to get a signed-in session: names, TCP (or a tunnel through another host), greeting, key exchange, host
/// key, sign-in, each under a time limit. Destroying it stops it.
class Login final : private EventLoop::Watcher {
public:
    struct Target {
        ResolvedHost host;
        SshSpec spec;
        bool production = false;
        QString subject; ///< "deploy@10.0.0.5:22"
        QString reached; ///< with its jump chain
        QString seenName;
    };
    struct Done {
        SessionPtr session;
        HostKeyGate::Passed hostKey;
    };
    /// Opens a stream to host:port by way of another host. Null = TCP from here.
    using Tunnel = std::function<void(const QString &host, int port, std::function<void(Result<int>)>)>;

    Login(Context &context, Target target, Tunnel tunnel, std::function<void(Result<Done>)> done);
    ~Login();
    Q_DISABLE_COPY_MOVE(Login)

    /// What it waits for, as the error that it would be.
    Error waitingFor() const;

private:
    enum class Step { Connecting, Greeting, KeyExchange, HostKey, SigningIn, Over };

    void ready(std::uint32_t events) override;
    void begin();
    void prepare();
    void connected(Result<int> fd);
    void readGreeting();
    void startExchange();
    void exchange();
    void checkHostKey();
    void hostKeyDecided(Result<HostKeyGate::Passed> passed);
    void signIn();
    void signedIn(std::optional<Error> error);
    void watchSession();
    void unwatch();
    void tell(LoginStage stage, const QString &detail = {}) const;
    void limit(std::chrono::milliseconds time);
    void timedOut();
    void exchangeFailed();
    bool tryOtherKeyType(const Error &error);
    void fail(ErrorKind kind, const char *step, const QString &text, const QString &hint = {});
    void finish(Result<Done> result);

    Context &m_context;
    Target m_target;
    Tunnel m_tunnel;
    std::function<void(Result<Done>)> m_done;
    Guard m_guard;
    Step m_step = Step::Connecting;
    EventLoop::Timer m_timer;
    std::shared_ptr<KnownHosts> m_files;
    QStringList m_keyTypes; ///< to ask the server for; empty = all
    bool m_prepared = false;
    bool m_extended = false; ///< the time for signing in, because a person is asked
    std::optional<Error> m_otherKeyError; ///< the first key that was shown is not the pinned one
    bool m_exchangedAgain = false; ///< a broken exchange with a choice of key types is tried twice
    int m_fd = -1; ///< until the session takes it
    int m_watched = -1;
    QString m_address;
    QByteArray m_greeting;
    SessionPtr m_session;
    HostKeyGate::Passed m_passed;
    std::unique_ptr<Dialer> m_dialer;
    std::unique_ptr<HostKeyGate> m_gate;
    std::unique_ptr<IdentityLoad> m_identity;
    std::unique_ptr<SignIn> m_signIn;
};

} // namespace taffrail::ssh
