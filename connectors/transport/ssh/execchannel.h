// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "channel.h"
#include "request.h"

#include <QElapsedTimer>

namespace taffrail::ssh {

/// The constant command line: whatever the login shell is, the script travels on stdin.
inline constexpr char shellCommand[] = "exec /bin/sh -s";

/// Finds the frame that ends a probe's answer, in bytes that arrive piece by piece.
class EndMark {
public:
    explicit EndMark(const QByteArray &nonce, const QByteArray &word);
    /// The size of `bytes` up to and with the marker's line, or -1.
    qsizetype find(const QByteArray &bytes);

private:
    QByteArray m_mark;
    qsizetype m_from = 0;
};

/// What a failed command's output says about the account (password expired, login disabled …), or nothing.
std::optional<Error> accountProblem(const ExecReply &reply, const QString &subject);

/// One script in a fresh shell: written to stdin as far as the window allows while both outputs are drained.
class ExecChannel : public Channel {
public:
    /// A probe ends at its END frame, an exec when the channel closes.
    ExecChannel(SessionPtr session, QString subject, RequestPtr request);

    void lost(const Error &error) override;

protected:
    int request(ssh_channel channel) override;
    void opened() override;
    bool progress() override;
    void refused(Stage stage, const Error &error) override;
    std::uint32_t received(const char *data, std::uint32_t size, bool isError) override;

private:
    void writeScript();
    bool finishReply(qsizetype outSize);
    bool finishClosed();

    RequestPtr m_request;
    const ExecRequest *m_what = nullptr;
    std::optional<EndMark> m_end;
    qsizetype m_written = 0;
    bool m_eofSent = false;
    bool m_tooLarge = false;
    ExecReply m_reply;
    QElapsedTimer m_clock;
};

} // namespace taffrail::ssh
