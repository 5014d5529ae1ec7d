// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "httpanswer.h"
#include "streamlink.h"

#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace taffrail::http {

/// What the client's thread gives to each exchange.
struct Surroundings {
    QList<QSslCertificate> roots; ///< all that are trusted; empty = the system's
    /// The roots of a file; answers on the client's thread.
    std::function<void(const QString &file, Done<QList<QSslCertificate>> done)> loadTrust;
    std::function<void(std::function<void()>)> post;
    /// The secret of a reference; answers on the client's thread. Empty = nothing here knows secrets.
    std::function<void(const QString &reference, Done<QByteArray> done)> resolveSecret;
};

/// One request within its time limit. Ends exactly once, by over(), after the caller's `done`.
class Exchange : public QObject {
    Q_OBJECT

public:
    /// `caFile`: what is trusted beside the system's authorities, for this exchange alone; "" = nothing.
    Exchange(std::chrono::milliseconds limit, QString subject, QString caFile, Tunnel tunnel,
             Surroundings surroundings);

    void start();
    void cancel();

signals:
    void over();

protected:
    virtual void begin() = 0;
    virtual void linkOpened() = 0;
    virtual void deliver(Error error) = 0;

    void resolveSecret(const QString &reference, Done<QByteArray> done);
    void openLink(StreamPlan plan);
    void closeLink();
    StreamLink *link() { return m_link.get(); }
    void fail(Error error);
    void finish();
    bool isOver() const { return m_isOver; }
    std::chrono::milliseconds elapsed() const { return std::chrono::milliseconds(m_clock.elapsed()); }
    const QString &subject() const { return m_subject; }

private:
    struct LaterDeleter {
        void operator()(QObject *object) const { object->deleteLater(); } // we may stand in one of its signals
    };

    const std::chrono::milliseconds m_limit;
    const QString m_subject;
    const QString m_caFile;
    QList<QSslCertificate> m_ownRoots; ///< what m_caFile gave, with the system's
    const Tunnel m_tunnel;
    const Surroundings m_surroundings;
    QTimer m_deadline;
    QElapsedTimer m_clock;
    std::unique_ptr<StreamLink, LaterDeleter> m_link;
    bool m_isOver = false;
};

class GetExchange : public Exchange {
    Q_OBJECT

public:
    GetExchange(sources::HttpGet request, Tunnel tunnel, Surroundings surroundings, Done<sources::HttpReply> done);
    ~GetExchange() override;

protected:
    void begin() override;
    void linkOpened() override;
    void deliver(Error error) override;

private:
    void takeSecret(QByteArray secret);
    void ask(const QUrl &url);
    void read();
    void answered();
    /// Where the answer sends us, when it does.
    std::optional<QUrl> redirection();
    bool mayFollow(const QUrl &next) const;

    const sources::HttpGet m_request;
    const Done<sources::HttpReply> m_done;
    QByteArray m_secret; ///< wiped at the end
    QUrl m_url;
    int m_followed = 0;
    std::unique_ptr<AnswerReader> m_reader;
    QElapsedTimer m_sinceRequest;
    std::chrono::milliseconds m_firstByte{0};
};

class ProbeExchange : public Exchange {
    Q_OBJECT

public:
    ProbeExchange(sources::TlsProbe probe, Tunnel tunnel, Surroundings surroundings, Done<sources::TlsReply> done);

protected:
    void begin() override;
    void linkOpened() override;
    void deliver(Error error) override;

private:
    const sources::TlsProbe m_probe;
    const Done<sources::TlsReply> m_done;
};

} // namespace taffrail::http
