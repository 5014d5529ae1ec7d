// SPDX-License-Identifier: GPL-3.0-or-later
#include "execchannel.h"

#include "text.h"

#include <algorithm>
#include <cstring>

namespace taffrail::ssh {

namespace {

// Per turn, so that one long script does not fill libssh's buffer or hold up the other hosts.
constexpr qsizetype writeBlock = 128 * 1024;

Error tooLarge(const QString &subject, qint64 maxOut, qint64 maxErr)
{
    return Error{
        ErrorKind::TooLarge,
        QStringLiteral("run"),
        subject,
        QStringLiteral("the answer is larger than %1 (or %2 of error text)").arg(bytesText(maxOut), bytesText(maxErr)),
        {}};
}

} // namespace

EndMark::EndMark(const QByteArray &nonce, const QByteArray &word) : m_mark("@TFR1 " + nonce + ' ' + word) {}

qsizetype EndMark::find(const QByteArray &bytes)
{
    while (m_from < bytes.size()) {
        const qsizetype at = bytes.indexOf(m_mark, m_from);
        if (at < 0) {
            m_from = std::max<qsizetype>(m_from, bytes.size() - m_mark.size());
            return -1;
        }
        const bool startsLine = at == 0 || bytes[at - 1] == '\n';
        const qsizetype after = at + m_mark.size();
        m_from = at;
        if (after >= bytes.size())
            return -1; // the rest of the line is on its way
        if (startsLine && (bytes[after] == ' ' || bytes[after] == '\n')) {
            const qsizetype lineEnd = bytes.indexOf('\n', after);
            return lineEnd < 0 ? -1 : lineEnd + 1;
        }
        m_from = after;
    }
    return -1;
}

std::optional<Error> accountProblem(const ExecReply &reply, const QString &subject)
{
    if (reply.exitCode <= 0 || reply.out.size() + reply.err.size() > 4096)
        return {};
    const QByteArray said = reply.out + reply.err;
    const auto refusal = [&](const QString &text, const QString &hint) {
        return Error{ErrorKind::AuthRefused, QStringLiteral("sign in"), subject, text, hint};
    };
    if (said.contains("Password change required") || said.contains("Your password has expired"))
        return refusal(QStringLiteral("the password of this account has expired, so the server runs no command"),
                       QStringLiteral("Sign in once with ssh and set a new password."));
    if (reply.exitCode == 1 && said.contains("This account is currently not available"))
        return refusal(QStringLiteral("this account has no login shell (nologin), so the server runs no command"),
                       QStringLiteral("Use another user, or give this one a shell."));
    if (reply.exitCode == 254 && reply.out.isEmpty())
        return refusal(QStringLiteral("the server lets nobody sign in at present (nologin): ")
                           + sanitizedLine(reply.err),
                       QStringLiteral("Remove /etc/nologin on the server when its maintenance is over."));
    return {};
}

ExecChannel::ExecChannel(SessionPtr session, QString subject, RequestPtr request)
    : Channel(std::move(session), std::move(subject)),
      m_request(std::move(request))
{
    if (auto *probe = m_request->as<Request::Probe>()) {
        m_what = &probe->what;
        m_end.emplace(probe->nonce, "END");
    } else {
        m_what = &m_request->as<Request::Exec>()->what;
    }
    m_request->phase = Phase::Running;
    m_request->stop = [this] { abandon(true); };
    m_reply.startedAt = QDateTime::currentDateTimeUtc();
    m_clock.start();
}

int ExecChannel::request(ssh_channel channel)
{
    return ssh_channel_request_exec(channel, shellCommand);
}

void ExecChannel::opened()
{
    writeScript(); // together with the request: one round trip less
}

void ExecChannel::writeScript()
{
    const QByteArray &script = m_what->script;
    qsizetype budget = writeBlock;
    while (m_written < script.size() && budget > 0 && !m_gotClose) {
        const auto size = std::uint32_t(std::min(script.size() - m_written, std::min<qsizetype>(budget, 32 * 1024)));
        const int rc = ssh_channel_write(raw(), script.constData() + m_written, size);
        if (rc <= 0)
            return; // no window (its adjustment wakes us), or the other side has closed: progress() sees that
        m_written += rc;
        budget -= rc;
    }
    if (m_written == script.size() && !m_eofSent && !m_gotClose && stage() == Stage::Running && !m_end) {
        m_eofSent = true;
        ssh_channel_send_eof(raw());
    }
}

std::uint32_t ExecChannel::received(const char *data, std::uint32_t size, bool isError)
{
    QByteArray &target = isError ? m_reply.err : m_reply.out;
    const qint64 limit = isError ? m_what->maxErr : m_what->maxOut;
    if (m_tooLarge || target.size() + qint64(size) > limit)
        m_tooLarge = true; // drained all the same: a full window would block the other stream
    else
        target.append(data, qsizetype(size));
    return size;
}

bool ExecChannel::progress()
{
    if (m_request->isFinished())
        return true;
    if (m_tooLarge) {
        m_request->stop = nullptr;
        m_request->fail(tooLarge(subject(), m_what->maxOut, m_what->maxErr));
        if (!m_gotClose)
            ssh_channel_request_send_signal(raw(), "TERM");
        return true;
    }
    if (m_end) {
        if (const qsizetype size = m_end->find(m_reply.out); size >= 0)
            return finishReply(size);
    }
    if (m_gotClose)
        return finishClosed();
    writeScript();
    return false;
}

bool ExecChannel::finishReply(qsizetype outSize)
{
    m_request->stop = nullptr;
    m_reply.out.truncate(outSize);
    m_reply.exitCode = 0;
    m_reply.took = std::chrono::microseconds(m_clock.nsecsElapsed() / 1000);
    m_reply.finishedAt = QDateTime::currentDateTimeUtc();
    m_request->succeed(std::move(m_reply));
    return true;
}

bool ExecChannel::finishClosed()
{
    m_request->stop = nullptr;
    m_reply.exitCode = m_signal.isEmpty() ? m_exitCode : -1;
    m_reply.signal = m_signal;
    m_reply.took = std::chrono::microseconds(m_clock.nsecsElapsed() / 1000);
    m_reply.finishedAt = QDateTime::currentDateTimeUtc();
    if (const auto problem = accountProblem(m_reply, subject())) {
        m_request->fail(*problem);
        return true;
    }
    if (m_end && !m_reply.out.contains("@TFR1 ")) {
        const QString said = sanitizedLine(m_reply.err.isEmpty() ? m_reply.out : m_reply.err);
        m_request->fail(Error{ErrorKind::ToolFailed, QStringLiteral("run"), subject(),
                              QStringLiteral("the login shell ran nothing (exit %1)%2")
                                  .arg(m_reply.exitCode)
                                  .arg(said.isEmpty() ? QString() : QStringLiteral(": ") + said),
                              QStringLiteral("The account needs a shell that can run: exec /bin/sh -s")});
        return true;
    }
    m_request->succeed(std::move(m_reply));
    return true;
}

void ExecChannel::refused(Stage stage, const Error &error)
{
    m_request->stop = nullptr;
    Error told = error;
    if (stage == Stage::Requesting && error.kind == ErrorKind::Busy) {
        told.kind = ErrorKind::Denied;
        told.text = QStringLiteral("the server refused to run a command");
        told.hint = QStringLiteral(
            "Look at ForceCommand and PermitTTY in its sshd_config, and at options in authorized_keys.");
    }
    m_request->fail(told);
}

void ExecChannel::lost(const Error &error)
{
    m_request->stop = nullptr;
    Error told = error;
    if (m_written > 0 && !m_end && error.kind != ErrorKind::Cancelled) {
        told.kind = ErrorKind::OutcomeUnknown;
        told.step = QStringLiteral("run");
        told.text = QStringLiteral("the connection broke while the script ran (%1), so its outcome is not known")
                        .arg(error.text);
        told.hint = QStringLiteral("Look at the host before trying again.");
    }
    m_request->fail(told);
}

} // namespace taffrail::ssh
