// SPDX-License-Identifier: GPL-3.0-or-later
#include "logtail.h"

#include <QPointer>

#include <algorithm>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

constexpr qint64 pieceBytes = 256 * 1024;
constexpr auto pause = 500ms;

} // namespace

LogTail::LogTail(HostShell &shell, EnvironmentSpecPtr environment, QString host, jobs::Places places, QString job,
                 QObject *parent)
    : QObject(parent),
      m_shell(shell),
      m_environment(std::move(environment)),
      m_host(std::move(host)),
      m_places(std::move(places)),
      m_job(std::move(job))
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &LogTail::ask);
}

void LogTail::ask()
{
    ExecRequest request;
    request.script = jobs::readScript(m_places, m_job, m_offset, pieceBytes);
    request.maxOut = pieceBytes + 64 * 1024;
    m_shell.run(m_environment, m_host, std::move(request),
                [self = QPointer<LogTail>(this)](const Result<ExecReply> &reply) {
                    if (self)
                        self->answered(reply);
                });
}

void LogTail::answered(const Result<ExecReply> &reply)
{
    const Result<jobs::JobLog> log = reply ? jobs::parsedLog(reply->out, m_host, m_offset) : failure(reply.error());
    if (!log) {
        m_timer.start(std::min<std::chrono::milliseconds>(15s, 500ms * (1 << std::min(m_failures++, 5))));
        return;
    }
    m_failures = 0;
    if (!log->data.isEmpty()) {
        m_offset += log->data.size();
        emit grew(log->offset, log->data);
    }
    const jobs::JobState state = log->status.state;
    const bool isOver = state == jobs::JobState::Exited || state == jobs::JobState::Lost;
    if (m_offset < log->status.logSize)
        ask();
    else if (isOver)
        emit finished();
    else
        m_timer.start(pause);
}

} // namespace taffrail
