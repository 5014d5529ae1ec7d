// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "execchannel.h"

namespace taffrail::ssh {

/// A `sh` that is kept open and runs one probe after another. Anything unexpected ends it: the caller opens another
/// one.
class ResidentShell : public Channel {
public:
    /// Gives back a probe that got no answer here, to be run in another way. `error`: what went wrong.
    using HandBack = std::function<void(RequestPtr, const Error &error)>;

    ResidentShell(SessionPtr session, QString subject, EventLoop &loop, HandBack handBack);
    ~ResidentShell() override;

    /// Only when isIdle().
    void run(RequestPtr request);
    bool isIdle() const { return !m_request; }
    EventLoop::Clock::time_point openedAt() const { return m_openedAt; }
    bool hasAnswered() const { return m_answered; }

    void lost(const Error &error) override;

protected:
    int request(ssh_channel channel) override;
    void opened() override;
    bool progress() override;
    void refused(Stage stage, const Error &error) override;
    std::uint32_t received(const char *data, std::uint32_t size, bool isError) override;

private:
    void write();
    bool giveUp(const Error &error);
    void answer(qsizetype outSize, qsizetype errSize);
    void armPatience();

    EventLoop &m_loop;
    HandBack m_handBack;
    RequestPtr m_request;
    EventLoop::Clock::time_point m_openedAt = EventLoop::Clock::now();
    EventLoop::Timer m_patience;
    QByteArray m_input;
    qsizetype m_written = 0;
    std::optional<EndMark> m_end, m_errEnd;
    qsizetype m_outSize = -1, m_errSize = -1;
    bool m_tooLarge = false;
    bool m_answered = false;
    ExecReply m_reply;
    QElapsedTimer m_clock;
};

} // namespace taffrail::ssh
