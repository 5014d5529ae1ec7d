// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pgconnector.h"
#include "pgexchange.h"
#include "pgpreparation.h"

#include <deque>
#include <optional>

namespace taffrail::pg {

/// One kept connection to one target and the batches that wait for it. Lives on one loop; nothing in it blocks.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(QString key, Target target, bool reports, bool keepsLong, std::shared_ptr<Services> services,
            std::weak_ptr<Mailbox> mailbox);

    void add(const Target &target, Job job);
    bool cancel(RequestId id); ///< false = not here
    void wake();
    void end(); ///< every job gets Cancelled; the session isn't used after

    void collect(std::vector<pollfd> &descriptors) const;
    void ready(int descriptor);
    void advance(Clock::time_point now);
    Clock::time_point nextTimer() const;
    /// Nothing waits here, and nothing is known that is worth keeping.
    bool isForgettable(Clock::time_point now) const;

private:
    enum class State { Down, Preparing, Connecting, Idle, Running };
    enum class Prompt { None, Open, Declined };

    void begin();
    void prepare();
    void prepared(quint64 attempt, Result<ConnectPlan> plan);
    void ask();
    void promptAnswered(QByteArray answer);
    void connectNow();
    void connectorDecided();
    void runNext();
    void exchangeAdvanced(bool alive);
    void finishRunning(const Error &missing);
    void jobExpired(Clock::time_point now);
    void expireRunning();
    void sendCancel();
    void close();
    void drop(); ///< closes what is open; not an error
    void fail(const Error &error); ///< close, back off, and tell every waiting job
    void tell(ConnectStage stage, bool used, const QString &detail = {}) const;
    void setLink(LinkState state, std::optional<Error> error = std::nullopt);
    Error timeoutError(const Job &job) const;
    Clock::time_point idleEnd() const;

    const QString m_key;
    Target m_target;
    const bool m_reports;
    const bool m_keepsLong;
    const std::shared_ptr<Services> m_services;
    const std::weak_ptr<Mailbox> m_mailbox;

    State m_state = State::Down;
    quint64 m_attempt = 0; ///< tells an answer for an attempt that was given up
    std::deque<Job> m_waiting;
    std::optional<Job> m_running;
    Clock::time_point m_runningSince;
    std::optional<ConnectPlan> m_plan;
    SecretPtr m_prompted;
    Prompt m_prompt = Prompt::None;
    std::shared_ptr<Connector> m_connector;
    ConnectionPtr m_connection;
    std::unique_ptr<Exchange> m_exchange;
    SessionInfo m_info;
    Endpoint m_endpoint;
    QString m_place;
    bool m_isFresh = true; ///< no batch has run on this connection yet
    std::chrono::milliseconds m_statementTimeout{0}, m_lockTimeout{0}; ///< as the session has them

    BackOff m_backOff;
    Clock::time_point m_retryAt = Clock::time_point::min();
    Clock::time_point m_lastUse = Clock::now();
    std::optional<Error> m_lastError;
    Link m_link;
};

} // namespace taffrail::pg
