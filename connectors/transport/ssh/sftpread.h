// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "channel.h"
#include "request.h"

#include <map>

namespace taffrail::ssh {

/// Reads one file through the "sftp" subsystem (SFTP version 3, draft-ietf-secsh-filexfer-02), without blocking:
/// STAT, OPEN, READs in flight, CLOSE. libssh's own SFTP needs a blocking session.
class SftpRead : public Channel {
public:
    SftpRead(SessionPtr session, QString subject, RequestPtr request);
    void lost(const Error &error) override;

protected:
    int request(ssh_channel channel) override;
    bool progress() override;
    void refused(Stage stage, const Error &error) override;
    std::uint32_t received(const char *data, std::uint32_t size, bool isError) override;

private:
    struct Block {
        quint64 offset = 0;
        std::uint32_t size = 0;
    };
    enum class Step { Start, Version, Stat, Open, Read, Done };

    void send(quint8 type, const QByteArray &body);
    void flush();
    void sendPath(quint8 type, Step next);
    void handle(const QByteArray &packet);
    void handleAttributes(const QByteArray &packet);
    void handleData(const QByteArray &packet);
    void handleStatus(const QByteArray &packet);
    void requestBlock(Block block);
    void requestMore();
    void fail(ErrorKind kind, const QString &text, const QString &hint = {});
    void checkComplete();

    RequestPtr m_request;
    QString m_path;
    qint64 m_maxBytes = 0;
    Step m_step = Step::Start;
    QByteArray m_in, m_out;
    QByteArray m_handle;
    QByteArray m_content;
    quint64 m_size = 0; ///< as STAT says; 0 also for what has no size (/proc)
    quint64 m_next = 0;
    quint64 m_end = ~quint64(0); ///< end of file, once seen
    std::uint32_t m_id = 1;
    std::map<std::uint32_t, Block> m_inFlight;
};

} // namespace taffrail::ssh
