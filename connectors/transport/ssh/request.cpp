// SPDX-License-Identifier: GPL-3.0-or-later
#include "request.h"

#include "text.h"

#include <unistd.h>

#include <algorithm>

namespace taffrail::ssh {

Request::Request(RequestId id, What what, std::chrono::milliseconds deadline)
    : m_id(id),
      m_what(std::move(what)),
      m_limit(deadline),
      m_deadline(EventLoop::Clock::now() + deadline)
{
}

Request::~Request()
{
    if (!m_finished)
        fail(Error{ErrorKind::Cancelled,
                   QStringLiteral("run"),
                   subject,
                   QStringLiteral("the connection pool was closed"),
                   {}});
    if (auto *forward = as<Forward>(); forward && forward->fd >= 0)
        ::close(forward->fd);
}

std::chrono::milliseconds Request::left() const
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(m_deadline - EventLoop::Clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

void Request::finish()
{
    m_finished = true;
    if (forgotten)
        forgotten(m_id);
    stop = nullptr;
    connecting = nullptr;
    suspect = nullptr;
}

Error Request::deadlineError() const
{
    Error error{ErrorKind::Timeout, QStringLiteral("connect"), subject, {}, {}};
    const QString time = durationText(m_limit);
    switch (phase) {
    case Phase::Connecting:
        if (connecting) {
            const Error waiting = connecting();
            error.step = waiting.step;
            error.hint = waiting.hint;
            error.text = QStringLiteral("no connection within %1: %2").arg(time, waiting.text);
        } else {
            error.text = QStringLiteral("no connection within %1").arg(time);
        }
        break;
    case Phase::Queued:
        error.step = QStringLiteral("channel");
        error.text = QStringLiteral("the channels of this host were busy with other requests for %1").arg(time);
        break;
    case Phase::Running:
        error.step = stepWord();
        error.text = QStringLiteral("no complete answer within %1").arg(time);
        if (std::holds_alternative<Exec>(m_what))
            error.hint = QStringLiteral("The command was told to stop, but may have done something: look at the host.");
        break;
    }
    return error;
}

QString Request::stepWord() const
{
    if (std::holds_alternative<ReadFile>(m_what))
        return QStringLiteral("read file");
    return isForward() ? QStringLiteral("forward") : QStringLiteral("run");
}

void Request::succeed(ExecReply reply)
{
    if (m_finished)
        return;
    finish();
    if (auto *exec = as<Exec>())
        exec->done(std::move(reply));
    else if (auto *probe = as<Probe>())
        probe->done(std::move(reply));
}

void Request::succeed(QByteArray content)
{
    if (m_finished)
        return;
    finish();
    if (auto *read = as<ReadFile>())
        read->done(std::move(content));
}

void Request::succeed(bool open)
{
    if (m_finished)
        return;
    finish();
    if (auto *forward = as<Forward>())
        forward->done(open);
}

void Request::fail(const Error &error)
{
    if (m_finished)
        return;
    const std::function<void()> stopIt = std::move(stop);
    finish();
    std::visit([&](auto &what) { what.done(failure(error)); }, m_what);
    if (stopIt)
        stopIt();
}

} // namespace taffrail::ssh
