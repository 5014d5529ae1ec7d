// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "httpclient.h"
#include "inventory.h"
#include "localshell.h"
#include "mailbox.h"
#include "pgpool.h"
#include "probe.h"
#include "source.h"
#include "sshpool.h"

#include <QHash>
#include <QObject>

#include <functional>
#include <map>
#include <memory>
#include <set>

namespace taffrail {

/// The transports that a courier uses; owned by whoever owns the courier.
struct Transports {
    ssh::Pool &ssh;
    LocalShell &local;
    pg::Pool &postgres;
    http::Client &http;
};

/// The endpoint of a host of an environment.
ssh::Endpoint endpointOf(const EnvironmentSpec &environment, const HostSpec &host);
/// The target of a database of an environment, going through its `via` host if it has one.
pg::Target targetOf(ssh::Pool &ssh, const EnvironmentSpec &environment, const DatabaseSpec &database);

/// Carries the sources' requests to the transports and brings the replies back. Requests that are sent within one turn
/// of the event loop share a round trip: all shell parts of a machine become one probe, all queries of a database one
/// batch, and equal parts are asked once, also across environments. Lives in the monitor's thread; nothing here blocks.
class Courier : public QObject {
    Q_OBJECT
public:
    using Ticket = quint64;
    /// Called in the courier's thread, once per request, in any order, never from within send().
    using OnReply = std::function<void(size_t index, sources::Reply reply)>;

    explicit Courier(Transports transports, QObject *parent = nullptr);
    ~Courier() override;

    Ticket send(const EnvironmentSpecPtr &environment, std::vector<sources::Request> requests, OnReply onReply);
    /// Drops what the ticket still waits for; requests that nobody else waits for are cancelled on the wire.
    void cancel(Ticket ticket);

    /// Offset of a host's clock, by host id of the environment; 0 when never measured. Seconds, other side minus ours.
    double clockOffset(const QString &environment, const QString &host) const;

signals:
    /// A database session came up or was used: what it is and which rights it lacks.
    void sessionSeen(const QString &environment, const QString &database, const taffrail::pg::SessionInfo &session);

private:
    struct Waiting; // one request of one ticket
    struct ShellBatch; // all parts for one machine
    struct SqlBatch; // all queries for one database

    void flush();
    void flushShell(ShellBatch batch);
    void flushSql(SqlBatch batch);
    void sendHttp(const EnvironmentSpecPtr &environment, const sources::Request &request, const Waiting &waiting);
    void deliver(const Waiting &waiting, sources::Reply reply);
    void shellDone(const std::shared_ptr<ShellBatch> &batch, const QByteArray &nonce, const Result<ExecReply> &reply);
    void track(quint64 wire, std::function<void()> cancelOnWire, const std::vector<Waiting> &waiting);

    Transports m_transports;
    std::shared_ptr<Mailbox<Courier>>
        m_mailbox; ///< for transport callbacks: they come on foreign threads, perhaps late
    std::map<QString, ShellBatch> m_shell;
    std::map<QString, SqlBatch> m_sql;
    struct Open {
        OnReply onReply;
        size_t left = 0;
    };
    std::map<Ticket, Open> m_tickets; ///< those that still wait for replies
    struct Wire {
        std::function<void()> cancel;
        std::multiset<Ticket> tickets;
    };
    std::map<quint64, Wire> m_wires;
    QHash<QString, double> m_clockOffsets;
    Ticket m_nextTicket = 1;
    quint64 m_nextWire = 1;
    bool m_flushPosted = false;
};

} // namespace taffrail
