// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"
#include "session.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <functional>

namespace taffrail::ssh {

/// One channel of a session. advance() is called after every turn of the session: any call into libssh may have
/// consumed the answer that another channel waits for, so each looks again at its own conditions.
class Channel {
public:
    explicit Channel(SessionPtr session, QString subject);
    virtual ~Channel();
    Q_DISABLE_COPY_MOVE(Channel)

    /// Does what can be done now. True: over, to be deleted.
    bool advance();
    /// The link broke. advance() is not called any more.
    virtual void lost(const Error &error) = 0;
    /// Nobody waits for it any more; it still needs advance() until that says "over".
    void abandon(bool killCommand);
    /// What to call when advance() should run soon without the session having done anything.
    void setWake(std::function<void()> wake) { m_wake = std::move(wake); }
    bool isAbandoned() const { return m_abandoned; }
    /// Its command may still run there, and counts towards MaxSessions until it ends.
    bool leftCommandBehind() const { return m_leftCommand && !m_gotClose; }
    bool countsAsSession() const { return m_countsAsSession; } ///< towards sshd's MaxSessions
    /// Acknowledgements must not be delayed: sshd sends without TCP_NODELAY until a command runs.
    virtual bool needsQuickAck() const { return m_stage == Stage::Opening || m_stage == Stage::Requesting; }

protected:
    enum class Stage { Opening, Requesting, Running, Over };

    // The steps; each is repeated while it says SSH_AGAIN.
    virtual int open(ssh_channel channel) { return ssh_channel_open_session(channel); }
    virtual int request(ssh_channel channel) = 0;
    /// Called once open() succeeded: what may travel together with the request.
    virtual void opened() {}
    /// While running. True: over.
    virtual bool progress() = 0;
    /// open() or request() was refused; the session lives on.
    virtual void refused(Stage stage, const Error &error) = 0;
    /// From a libssh callback: only append and set flags. Says how many bytes were taken.
    virtual std::uint32_t received(const char *data, std::uint32_t size, bool isError) = 0;

    ssh_channel raw() const { return m_channel; }
    Session &session() const { return *m_session; }
    Stage stage() const { return m_stage; }
    const QString &subject() const { return m_subject; }
    void wake() const
    {
        if (m_wake)
            m_wake();
    }
    void setCountsAsSession(bool counts) { m_countsAsSession = counts; }

    bool m_gotEof = false;
    bool m_gotClose = false;
    int m_exitCode = -1;
    QByteArray m_signal;

private:
    static int onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int isError, void *self);
    static void onEof(ssh_session, ssh_channel, void *self);
    static void onClose(ssh_session, ssh_channel, void *self);
    static void onExitStatus(ssh_session, ssh_channel, int status, void *self);
    static void onExitSignal(ssh_session, ssh_channel, const char *signal, int core, const char *message,
                             const char *language, void *self);
    bool advanceAbandoned();
    Error refusal() const;
    void release();

    SessionPtr m_session;
    QString m_subject;
    ssh_channel m_channel = nullptr;
    ssh_channel_callbacks_struct m_callbacks{};
    std::function<void()> m_wake;
    Stage m_stage = Stage::Opening;
    bool m_abandoned = false;
    bool m_leftCommand = false;
    bool m_countsAsSession = true;
};

} // namespace taffrail::ssh
