// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostjob.h"

#include <algorithm>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

/// How long a host that certainly got nothing is tried before the step counts as failed.
constexpr qint64 unreachedLimitMs = 30'000;
/// The same for one that is there but can't be signed in to: that is tried again after 11 to 19 s only.
constexpr qint64 signInLimitMs = 60'000;
constexpr int outLimit = 256 * 1024;

/// Whether the request can't have reached the host: the connection or sign-in failed before anything was sent.
bool neverArrived(const Error &error)
{
    switch (error.kind) {
    case ErrorKind::Unreachable:
    case ErrorKind::NameNotFound:
    case ErrorKind::HostKeyUnknown:
    case ErrorKind::HostKeyChanged:
    case ErrorKind::HostKeyRevoked:
    case ErrorKind::AuthRefused:
    case ErrorKind::AnswerNeeded:
    case ErrorKind::BadConfig: return true;
    default: return false;
    }
}

/// Failures of the wire; everything else is the host's own answer.
bool isOfTheWire(const Error &error)
{
    return neverArrived(error) || error.kind == ErrorKind::Timeout || error.kind == ErrorKind::ConnectionLost
        || error.kind == ErrorKind::OutcomeUnknown || error.kind == ErrorKind::Cancelled
        || error.kind == ErrorKind::Busy || error.kind == ErrorKind::BadData || error.kind == ErrorKind::TooLarge;
}

} // namespace

HostJob::HostJob(HostShell &shell, EnvironmentSpecPtr environment, QString host, jobs::JobSpec job, QObject *parent)
    : QObject(parent),
      m_shell(shell),
      m_environment(std::move(environment)),
      m_host(std::move(host)),
      m_job(std::move(job))
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        if (m_stopGrace >= 0)
            sendStop();
        else if (m_maySend && !m_mayBeThere)
            send();
        else
            ask();
    });
}

void HostJob::begin()
{
    m_maySend = true;
    m_sinceBegin.start();
    send();
}

void HostJob::watch()
{
    m_sinceBegin.start();
    m_mayBeThere = true;
    ask();
}

void HostJob::send()
{
    call(jobs::startScript(m_job), true);
}

void HostJob::ask()
{
    call(jobs::statusScript(m_job.places, m_job.id), false);
}

void HostJob::call(const QByteArray &script, bool isStart, std::chrono::milliseconds limit)
{
    ExecRequest request;
    request.script = script;
    request.deadline = limit;
    request.maxOut = outLimit;
    m_shell.run(m_environment, m_host, std::move(request),
                [self = QPointer<HostJob>(this), isStart](const Result<ExecReply> &reply) {
                    if (self)
                        self->answered(reply, isStart);
                });
}

void HostJob::answered(const Result<ExecReply> &reply, bool wasSent)
{
    if (m_ended)
        return;
    if (!reply) {
        failed(reply.error(), wasSent);
        return;
    }
    const Result<jobs::JobStatus> status = jobs::parsedStatus(reply->out, m_host);
    if (!status)
        failed(status.error(), wasSent);
    else
        took(*status);
}

void HostJob::failed(const Error &error, bool wasSent)
{
    if (!isOfTheWire(error)) {
        end(failure(error)); // the host itself refused to start it
        return;
    }
    if (wasSent && !neverArrived(error))
        m_mayBeThere = true;
    const bool isGone = error.kind == ErrorKind::Unreachable || error.kind == ErrorKind::NameNotFound;
    if (!m_mayBeThere && m_sinceBegin.elapsed() > (isGone ? unreachedLimitMs : signInLimitMs)) {
        end(failure(error));
        return;
    }
    emit changed(m_status, sentence(error));
    m_timer.start(std::min(15'000, 500 << std::min(m_failures++, 5)));
}

void HostJob::took(const jobs::JobStatus &status)
{
    using enum jobs::JobState;
    m_failures = 0;
    const bool isNews = !(status == m_status) || m_looks == 0;
    m_status = status;
    switch (status.state) {
    case Absent:
    case Prepared:
        // Sending it again can't start it twice.
        if (m_maySend) {
            m_timer.start(std::min(5'000, 200 << std::min(m_looks++, 5)));
            m_mayBeThere = false;
            return;
        }
        if (status.state == Absent) {
            end(status);
            return;
        }
        break;
    case Exited:
    case Lost: end(status); return;
    case Starting:
    case Running:
    case Orphaned: m_mayBeThere = true; break;
    }
    if (isNews)
        emit changed(status, {});
    const int look = m_looks++; // most steps take moments, some take minutes
    m_timer.start(look < 5 ? 40 : look < 20 ? 150 : 1'000);
}

void HostJob::stop(int graceSeconds)
{
    m_maySend = false;
    m_mayBeThere = true;
    m_stopGrace = graceSeconds;
    sendStop();
}

void HostJob::sendStop()
{
    call(jobs::stopScript(m_job.places, m_job.id, m_stopGrace), false,
         callLimit + std::chrono::seconds(2 * m_stopGrace));
}

void HostJob::end(const Result<jobs::JobStatus> &status)
{
    if (m_ended)
        return;
    m_ended = true;
    m_timer.stop();
    emit ended(status);
}

} // namespace taffrail
