// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "channel.h"
#include "login.h"
#include "request.h"

#include <QSet>

#include <deque>

namespace taffrail::ssh {

class ResidentShell;

/// One machine: its session, channels, queue and back-off. Shared by all endpoints that resolve to it. Network thread.
class Connection final : public std::enable_shared_from_this<Connection>, private EventLoop::Watcher {
public:
    struct Setup {
        QString key; ///< user, host, port and jump chain
        ResolvedHost host;
        SshSpec spec;
        bool production = false;
        std::shared_ptr<Connection> jump; ///< reached through it, or null
    };

    /// `changed` is called after each change of state().
    Connection(Context &context, Setup setup, std::function<void(const Connection &)> changed);
    ~Connection();

    const QString &key() const { return m_setup.key; }
    const QString &subject() const { return m_subject; }
    const QString &peer() const { return m_peer; } ///< subject with its jump chain
    LinkState state() const { return m_state; }
    QDateTime since() const { return m_since; }
    const std::optional<Error> &error() const { return m_error; }
    QDateTime retryAt() const { return m_retryAt; }
    bool isBackingOff() const;
    /// The names (Pool::keyOf) of the endpoints that came here.
    QSet<QString> names;

    /// Another endpoint resolved to this machine: its pin and tier count too. Says why it must not use it.
    std::optional<Error> admit(const SshSpec &spec, bool production);
    /// What the configuration says of it now; for the next login.
    void setHost(const ResolvedHost &host) { m_setup.host = host; }
    void add(const RequestPtr &request);
    /// After sleep: no more back-off; a warm link must show that it lives.
    void wake();
    /// Ends everything with this error.
    void close(const Error &error);

private:
    void ready(std::uint32_t events) override;
    void startLogin();
    void startLoginNow();
    void openTunnel(const QString &host, int port, std::function<void(Result<int>)> opened);
    void whenUp(std::function<void(std::optional<Error>)> told);
    void loggedIn(Result<Login::Done> result);
    void loginFailed(const Error &error);
    void tellWaiters(const std::optional<Error> &error);
    Error waitingFor() const;

    void scheduleTurn();
    void turn(bool isReadable);
    bool advanceChannels();
    void dispatch();
    bool dispatchProbe(const RequestPtr &request);
    bool startChannel(const RequestPtr &request);
    void recycleIfUsedUp();
    void probeHandedBack(const RequestPtr &request, const Error &error);
    bool residentUsable() const;
    int sessionChannels() const;
    void arm();

    void suspect();
    void keepTunnelAlive();
    void lost(const QString &why);
    void dropSession(const Error &error);
    void backOff(const Error &error);
    void tell(LoginStage stage, const QString &detail = {}) const;
    void setState(LinkState state, std::optional<Error> error = {});

    Context &m_context;
    Setup m_setup;
    QString m_subject, m_peer, m_seenName;
    std::function<void(const Connection &)> m_changed;
    Guard m_guard;

    LinkState m_state = LinkState::Idle;
    QDateTime m_since;
    std::optional<Error> m_error;
    QDateTime m_retryAt;
    EventLoop::Clock::time_point m_retryAfter, m_upSince;
    int m_failures = 0;

    std::unique_ptr<Login> m_login;
    Slots::Slot m_bastionSlot, m_loginSlot;
    Slots m_throughHere; ///< logins of others through this host
    std::vector<std::function<void(std::optional<Error>)>> m_waiters;

    SessionPtr m_session;
    HostKeyGate::Passed m_hostKey;
    int m_watched = -1;
    bool m_turnScheduled = false;
    std::vector<std::unique_ptr<Channel>> m_channels;
    std::unique_ptr<ResidentShell> m_resident;
    EventLoop::Clock::time_point m_residentAfter;
    int m_residentFailures = 0;
    int m_leftCommands = 0; ///< hung ones, whose channels we closed
    std::deque<RequestPtr> m_waiting, m_probes;

    EventLoop::Timer m_pulse; ///< looks whether bytes came since a ping, or sends the next one through a tunnel
    quint64 m_bytesAtPing = 0;
};

} // namespace taffrail::ssh
