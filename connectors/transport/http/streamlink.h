// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "httpclient.h"
#include "loopbackdoor.h"

#include <QElapsedTimer>
#include <QHostAddress>
#include <QObject>
#include <QSocketNotifier>
#include <QSslCertificate>
#include <QSslError>
#include <QSslSocket>
#include <QTimer>

#include <memory>

namespace taffrail::http {

/// Where to and how.
struct StreamPlan {
    QString host;
    int port = 0;
    QString serverName; ///< for SNI and the name check; "" = host
    bool encrypts = false;
    bool verifies = true; ///< false: whatever the peer shows is taken, and told in StreamLink::verifyErrors()
    bool asksPostgres = false; ///< SSLRequest before the handshake
    Tunnel tunnel;
    QList<QSslCertificate> roots; ///< all that are trusted; empty = the system's
    /// Runs a function on the link's thread; from any thread, also after that thread's end (it is dropped then).
    std::function<void(std::function<void()>)> post;
};

/// One connection: name, TCP (or tunnel), TLS, each timed. Emits exactly one of opened() and failed(). No deadline of
/// its own: whoever owns it has one, and asks waitsFor() for the words.
class StreamLink : public QObject {
    Q_OBJECT

public:
    StreamLink(StreamPlan plan, QObject *parent);
    ~StreamLink() override;

    void open();
    bool isOpen() const { return m_stage == Stage::Open; }
    QSslSocket &socket() { return *m_socket; }
    const QList<QSslError> &verifyErrors() const { return m_verifyErrors; }
    QString place() const; ///< "shop.example.com:443"
    QString waitsFor() const; ///< "the name", "the connection", …
    /// What the present state of the socket means, as an error.
    Error socketError() const;

    std::chrono::milliseconds dns{0}, connect{0}, tls{0};

signals:
    void opened();
    void failed(const taffrail::Error &error);

private:
    enum class Stage { Idle, Name, Connect, Join, Ask, Handshake, Open, Failed };

    void resolve();
    void resolved(const QList<QHostAddress> &addresses, const QString &problem);
    void dialNext();
    void dialTunnel();
    void knock();
    void tunnelAnswered(const Result<bool> &result);
    void reached();
    void encrypt();
    void postgresAnswered();
    void encrypted();
    void socketFailed();
    void fail(const Error &error);
    Error errorOf(ErrorKind kind, const QString &step, const QString &text, const QString &hint = {}) const;
    std::chrono::milliseconds lap();

    const StreamPlan m_plan;
    QSslSocket *m_socket;
    QTimer m_patience; ///< for one address when others are left
    QList<QHostAddress> m_addresses;
    LoopbackDoor m_door;
    std::unique_ptr<QSocketNotifier> m_knocking;
    QList<QSslError> m_verifyErrors;
    QElapsedTimer m_clock;
    int m_lookup = -1;
    Stage m_stage = Stage::Idle;
};

} // namespace taffrail::http
