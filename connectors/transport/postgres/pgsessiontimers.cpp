// SPDX-License-Identifier: GPL-3.0-or-later
// The part of Session that the clock drives: deadlines of jobs, and the end of connections that nobody uses.
#include "pgsession.h"

#include "text.h"

#include <algorithm>

namespace taffrail::pg {

namespace {

constexpr std::chrono::milliseconds longIdle{600'000};
constexpr std::chrono::milliseconds shortIdle{60'000};

} // namespace

void Session::jobExpired(Clock::time_point now)
{
    if (m_running && now >= m_running->deadline)
        expireRunning();
    std::deque<Job> late;
    for (auto job = m_waiting.begin(); job != m_waiting.end();) {
        if (now < job->deadline) {
            ++job;
            continue;
        }
        late.push_back(std::move(*job));
        job = m_waiting.erase(job);
    }
    if (late.empty())
        return;
    const Error error = timeoutError(late.front());
    // Nobody waits for this attempt any more. A prompt stays open: its answer serves the next batch.
    const bool abandoned = m_waiting.empty() && (m_state == State::Connecting || m_state == State::Preparing);
    if (abandoned && m_prompt != Prompt::Open)
        fail(error);
    else if (abandoned)
        drop();
    for (Job &job : late)
        job.done(failure(error));
}

void Session::expireRunning()
{
    const Error error = timeoutError(*m_running);
    sendCancel();
    finishRunning(error);
    // The statement may still run there, and its answer would come into the next batch.
    if (m_waiting.empty()) {
        fail(error);
    } else {
        drop();
        begin();
    }
}

Error Session::timeoutError(const Job &job) const
{
    const QString limit = durationText(job.batch.deadline);
    if (m_prompt == Prompt::Open)
        return {ErrorKind::AnswerNeeded,
                QStringLiteral("password"),
                m_target.spec.id,
                QStringLiteral("the question for the password was not answered within %1").arg(limit),
                {}};
    if (m_connector)
        return {ErrorKind::Timeout,
                QStringLiteral("connect"),
                m_target.spec.id,
                QStringLiteral("%1 within %2").arg(m_connector->phaseText(), limit),
                {}};
    if (m_state == State::Preparing)
        return {ErrorKind::Timeout,
                QStringLiteral("name"),
                m_target.spec.id,
                QStringLiteral("name, password or configuration took longer than %1").arg(limit),
                {}};
    return {ErrorKind::Timeout,
            QStringLiteral("query"),
            m_target.spec.id,
            QStringLiteral("%1 did not answer within %2").arg(m_place, limit),
            {}};
}

Clock::time_point Session::nextTimer() const
{
    auto next = m_connector ? m_connector->nextTimer() : Clock::time_point::max();
    if (m_running)
        next = std::min(next, m_running->deadline);
    for (const Job &job : m_waiting)
        next = std::min(next, job.deadline);
    return std::min(next, idleEnd());
}

Clock::time_point Session::idleEnd() const
{
    return m_state == State::Idle ? m_lastUse + (m_keepsLong ? longIdle : shortIdle) : Clock::time_point::max();
}

bool Session::isForgettable(Clock::time_point now) const
{
    return m_state == State::Down && m_waiting.empty() && !m_running && !m_prompted && m_prompt == Prompt::None
        && now >= m_retryAt && now - m_lastUse >= longIdle;
}

} // namespace taffrail::pg
