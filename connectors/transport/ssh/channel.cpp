// SPDX-License-Identifier: GPL-3.0-or-later
#include "channel.h"

namespace taffrail::ssh {

Channel::Channel(SessionPtr session, QString subject)
    : m_session(std::move(session)),
      m_subject(std::move(subject)),
      m_channel(ssh_channel_new(m_session->raw()))
{
    ssh_callbacks_init(&m_callbacks);
    m_callbacks.userdata = this;
    m_callbacks.channel_data_function = onData;
    m_callbacks.channel_eof_function = onEof;
    m_callbacks.channel_close_function = onClose;
    m_callbacks.channel_exit_status_function = onExitStatus;
    m_callbacks.channel_exit_signal_function = onExitSignal;
    // Before the request is sent: output may arrive together with its answer.
    if (m_channel)
        ssh_set_channel_callbacks(m_channel, &m_callbacks);
}

Channel::~Channel()
{
    release();
}

void Channel::release()
{
    if (!m_channel)
        return;
    ssh_remove_channel_callbacks(m_channel, &m_callbacks);
    if (m_session->isAlive())
        ssh_channel_free(m_channel); // else it is freed with the session
    m_channel = nullptr;
}

bool Channel::advance()
{
    if (m_abandoned)
        return advanceAbandoned();
    for (;;) {
        switch (m_stage) {
        case Stage::Opening: {
            const int rc = m_channel ? open(m_channel) : SSH_ERROR;
            if (rc == SSH_AGAIN)
                return false;
            if (rc != SSH_OK) {
                m_stage = Stage::Over;
                refused(Stage::Opening, refusal());
                return true;
            }
            m_stage = Stage::Requesting;
            break;
        }
        case Stage::Requesting: {
            const int rc = request(m_channel);
            opened();
            if (rc == SSH_AGAIN && !m_gotClose)
                return false;
            if (rc == SSH_ERROR) {
                m_stage = Stage::Over;
                refused(Stage::Requesting, refusal());
                return true;
            }
            m_stage = Stage::Running;
            break;
        }
        case Stage::Running:
            if (!progress())
                return false;
            m_stage = Stage::Over;
            return true;
        case Stage::Over: return true;
        }
    }
}

void Channel::abandon(bool killCommand)
{
    if (m_abandoned || m_stage == Stage::Over)
        return;
    m_abandoned = true;
    m_leftCommand = killCommand && m_stage != Stage::Opening;
    // sshd passes signals on for ordinary users only; where it does, the session slot is free at once.
    if (killCommand && m_stage == Stage::Running && !m_gotClose && m_session->isAlive())
        ssh_channel_request_send_signal(m_channel, "TERM");
    wake();
}

bool Channel::advanceAbandoned()
{
    // A channel freed while its opening is under way would stay open on the other side for ever.
    if (m_stage == Stage::Opening && m_channel && open(m_channel) == SSH_AGAIN)
        return false;
    m_stage = Stage::Over;
    return true;
}

Error Channel::refusal() const
{
    if (!m_session->isAlive())
        return Error{ErrorKind::ConnectionLost,
                     QStringLiteral("channel"),
                     m_subject,
                     QStringLiteral("the connection broke while a channel was opened"),
                     {}};
    return Error{ErrorKind::Busy, QStringLiteral("channel"), m_subject,
                 QStringLiteral("the server refused another channel: ") + m_session->errorText(),
                 QStringLiteral("Look at MaxSessions in the server's sshd_config.")};
}

int Channel::onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int isError, void *self)
{
    auto *channel = static_cast<Channel *>(self);
    if (channel->m_abandoned)
        return int(size);
    return int(channel->received(static_cast<const char *>(data), size, isError != 0));
}

void Channel::onEof(ssh_session, ssh_channel, void *self)
{
    static_cast<Channel *>(self)->m_gotEof = true;
}

void Channel::onClose(ssh_session, ssh_channel, void *self)
{
    static_cast<Channel *>(self)->m_gotClose = true;
}

void Channel::onExitStatus(ssh_session, ssh_channel, int status, void *self)
{
    static_cast<Channel *>(self)->m_exitCode = status;
}

void Channel::onExitSignal(ssh_session, ssh_channel, const char *signal, int, const char *, const char *, void *self)
{
    static_cast<Channel *>(self)->m_signal = signal ? QByteArray(signal) : QByteArray("unknown");
}

} // namespace taffrail::ssh
