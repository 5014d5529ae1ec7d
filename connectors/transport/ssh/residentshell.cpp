// SPDX-License-Identifier: GPL-3.0-or-later
#include "residentshell.h"

#include "text.h"

#include <algorithm>

namespace taffrail::ssh {

namespace {

// Standard error is another stream and may arrive after the END frame: the shell marks its end as well.
const char errorWord[] = "ERREND";

Error misbehaved(const QString &subject, const QString &text)
{
    return Error{ErrorKind::Timeout, QStringLiteral("run"), subject, text, {}};
}

} // namespace

ResidentShell::ResidentShell(SessionPtr session, QString subject, EventLoop &loop, HandBack handBack)
    : Channel(std::move(session), std::move(subject)),
      m_loop(loop),
      m_handBack(std::move(handBack))
{
}

ResidentShell::~ResidentShell()
{
    m_loop.cancel(m_patience);
    if (m_request)
        m_request->stop = nullptr;
}

int ResidentShell::request(ssh_channel channel)
{
    return ssh_channel_request_exec(channel, shellCommand);
}

void ResidentShell::opened()
{
    write();
}

void ResidentShell::run(RequestPtr request)
{
    m_request = std::move(request);
    auto *probe = m_request->as<Request::Probe>();
    m_request->phase = Phase::Running;
    m_request->stop = [this] {
        m_request.reset();
        abandon(true); // the shell is in the middle of something: it can't be used again
    };
    m_input = probe->what.script;
    if (!m_input.endsWith('\n'))
        m_input += '\n';
    m_input += "printf '\\n@TFR1 %s %s\\n' " + probe->nonce + ' ' + errorWord + " >&2\n";
    m_written = 0;
    m_end.emplace(probe->nonce, "END");
    m_errEnd.emplace(probe->nonce, errorWord);
    m_outSize = m_errSize = -1;
    m_reply = {};
    m_reply.startedAt = QDateTime::currentDateTimeUtc();
    m_clock.start();
    armPatience();
}

void ResidentShell::armPatience()
{
    // What is left of the deadline must do for the fresh shell that tries the same probe after us.
    m_loop.cancel(m_patience);
    m_patience = m_loop.after(m_request->left() * 6 / 10, [this] {
        m_patience = {};
        if (m_request)
            giveUp(misbehaved(subject(), QStringLiteral("the kept shell did not answer in time")));
        abandon(true);
    });
}

void ResidentShell::write()
{
    while (m_request && m_written < m_input.size() && !m_gotClose) {
        const auto size = std::uint32_t(std::min<qsizetype>(m_input.size() - m_written, 32 * 1024));
        const int rc = ssh_channel_write(raw(), m_input.constData() + m_written, size);
        if (rc <= 0)
            return;
        m_written += rc;
    }
}

std::uint32_t ResidentShell::received(const char *data, std::uint32_t size, bool isError)
{
    const auto *probe = m_request && !m_tooLarge ? m_request->as<Request::Probe>() : nullptr;
    if (!probe)
        return size; // between two probes only noise can come
    QByteArray &target = isError ? m_reply.err : m_reply.out;
    const qint64 limit = isError ? probe->what.maxErr : probe->what.maxOut;
    if (target.size() + qint64(size) > limit + 256)
        m_tooLarge = true;
    else
        target.append(data, qsizetype(size));
    return size;
}

bool ResidentShell::progress()
{
    if (m_gotClose || m_gotEof) {
        if (!m_request)
            return true;
        if (const qsizetype size = m_end->find(m_reply.out); size >= 0) {
            answer(size, -1);
            return true;
        }
        return giveUp(misbehaved(subject(), QStringLiteral("the kept shell ended")));
    }
    if (!m_request)
        return false;
    if (m_tooLarge) {
        const RequestPtr request = std::exchange(m_request, nullptr);
        auto *probe = request->as<Request::Probe>();
        request->stop = nullptr;
        request->fail(Error{ErrorKind::TooLarge,
                            QStringLiteral("run"),
                            subject(),
                            QStringLiteral("the answer is larger than %1 (or %2 of error text)")
                                .arg(bytesText(probe->what.maxOut), bytesText(probe->what.maxErr)),
                            {}});
        ssh_channel_request_send_signal(raw(), "TERM");
        return true;
    }
    if (m_outSize < 0)
        m_outSize = m_end->find(m_reply.out);
    if (m_errSize < 0 && !m_reply.err.isEmpty())
        m_errSize = m_errEnd->find(m_reply.err);
    if (m_outSize >= 0 && m_errSize >= 0) {
        answer(m_outSize, m_errSize);
        return false;
    }
    if (m_errSize >= 0 && m_outSize < 0) {
        // All was read and run, but the frame is missing. Give stdout, which may be late, one more second.
        m_loop.cancel(m_patience);
        m_patience = m_loop.after(std::chrono::seconds(1), [this] {
            m_patience = {};
            if (m_request)
                giveUp(misbehaved(subject(), QStringLiteral("the probe ended without its last frame")));
            abandon(true);
        });
    }
    write();
    return false;
}

void ResidentShell::answer(qsizetype outSize, qsizetype errSize)
{
    m_loop.cancel(m_patience);
    m_answered = true;
    const RequestPtr request = std::exchange(m_request, nullptr);
    request->stop = nullptr;
    m_reply.out.truncate(outSize);
    if (errSize > 0) { // cut the closing mark with the newline that precedes it
        const qsizetype mark = m_reply.err.lastIndexOf("@TFR1 ", errSize - 1);
        m_reply.err.truncate(std::max<qsizetype>(0, mark - 1));
    }
    m_reply.exitCode = 0;
    m_reply.took = std::chrono::microseconds(m_clock.nsecsElapsed() / 1000);
    m_reply.finishedAt = QDateTime::currentDateTimeUtc();
    m_input = {}; // an idle connection keeps no buffers
    ExecReply reply = std::exchange(m_reply, {});
    request->succeed(std::move(reply));
}

bool ResidentShell::giveUp(const Error &error)
{
    m_loop.cancel(m_patience);
    const RequestPtr request = std::exchange(m_request, nullptr);
    request->stop = nullptr;
    m_handBack(request, error);
    return true;
}

void ResidentShell::refused(Stage, const Error &error)
{
    if (m_request)
        giveUp(error);
}

void ResidentShell::lost(const Error &error)
{
    m_loop.cancel(m_patience);
    if (const RequestPtr request = std::exchange(m_request, nullptr)) {
        request->stop = nullptr;
        request->fail(error);
    }
}

} // namespace taffrail::ssh
