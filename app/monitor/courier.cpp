// SPDX-License-Identifier: GPL-3.0-or-later
#include "courier.h"

#include <QRandomGenerator>

#include <algorithm>
#include <array>

namespace taffrail {

using namespace std::chrono_literals;

namespace {

/// Time for reaching a cold host on top of what its probe may take.
constexpr auto connectAllowance = 14s;

QByteArray freshNonce()
{
    std::array<quint32, 4> words{};
    QRandomGenerator::system()->fillRange(words.data(), qsizetype(words.size()));
    return QByteArray(reinterpret_cast<const char *>(words.data()), sizeof words).toHex();
}

Error unknownSubject(const QString &subject)
{
    return {ErrorKind::BadConfig,
            QStringLiteral("send"),
            subject,
            QStringLiteral("the inventory names no such host or database"),
            {}};
}

} // namespace

ssh::Endpoint endpointOf(const EnvironmentSpec &environment, const HostSpec &host)
{
    return {host.ssh, environment.tier == Tier::Production};
}

pg::Target targetOf(ssh::Pool &ssh, const EnvironmentSpec &environment, const DatabaseSpec &database)
{
    pg::Target target;
    target.spec = database;
    target.production = environment.tier == Tier::Production;
    if (const HostSpec *via = database.via.isEmpty() ? nullptr : environment.host(database.via); via && !via->local) {
        const ssh::Endpoint endpoint = endpointOf(environment, *via);
        target.tunnelKey = ssh::Pool::keyOf(endpoint);
        target.tunnel = [&ssh, endpoint](const QString &host, int port, int fd, Done<bool> done) {
            ssh.forward(endpoint, host, port, fd, 15s, std::move(done));
        };
    }
    return target;
}

struct Courier::Waiting {
    Ticket ticket = 0;
    size_t index = 0;
    QString environment;
    QString name;
    QString subject;
};

struct Courier::ShellBatch {
    struct Part {
        sources::ShellPart part;
        std::vector<Waiting> waiting;
    };
    bool local = false;
    bool slow = false;
    ssh::Endpoint endpoint;
    std::vector<Part> parts;
};

struct Courier::SqlBatch {
    pg::Target target;
    pg::Batch batch;
    std::vector<Waiting> waiting; // one per query
};

Courier::Courier(Transports transports, QObject *parent)
    : QObject(parent),
      m_transports(transports),
      m_mailbox(std::make_shared<Mailbox<Courier>>(this))
{
}

Courier::~Courier()
{
    m_mailbox->close();
}

Courier::Ticket Courier::send(const EnvironmentSpecPtr &environment, std::vector<sources::Request> requests,
                              OnReply onReply)
{
    const Ticket ticket = m_nextTicket++;
    if (requests.empty())
        return ticket;
    m_tickets.emplace(ticket, Open{std::move(onReply), requests.size()});
    for (size_t index = 0; index < requests.size(); ++index) {
        const sources::Request &request = requests[index];
        const Waiting waiting{ticket, index, environment->id, request.name, request.subject};
        const auto refuse = [this, &waiting] {
            m_mailbox->post([waiting](Courier &self) {
                sources::Reply reply;
                reply.result = failure(unknownSubject(waiting.subject));
                self.deliver(waiting, std::move(reply));
            });
        };
        if (const auto *part = std::get_if<sources::ShellPart>(&request.what)) {
            const HostSpec *host = environment->host(request.subject);
            if (!host) {
                refuse();
                continue;
            }
            const ssh::Endpoint endpoint = endpointOf(*environment, *host);
            // Slow parts go on a channel of their own: nothing fast waits behind them.
            const bool slow = request.lane == sources::Lane::Slow;
            ShellBatch &batch = m_shell[(host->local ? QStringLiteral("local") : ssh::Pool::keyOf(endpoint))
                                        + (slow ? QStringLiteral(" slow") : QString())];
            batch.local = host->local;
            batch.slow = slow;
            if (batch.parts.empty())
                batch.endpoint = endpoint;
            batch.endpoint.production = batch.endpoint.production || endpoint.production;
            const auto same = std::ranges::find_if(
                batch.parts, [part](const ShellBatch::Part &each) { return each.part.script == part->script; });
            if (same == batch.parts.end())
                batch.parts.push_back({*part, {waiting}});
            else
                same->waiting.push_back(waiting);
        } else if (const auto *query = std::get_if<sources::SqlQuery>(&request.what)) {
            const DatabaseSpec *database = environment->database(request.subject);
            if (!database) {
                refuse();
                continue;
            }
            pg::Target target = targetOf(m_transports.ssh, *environment, *database);
            const bool slow = request.lane == sources::Lane::Slow;
            SqlBatch &batch = m_sql[pg::Pool::keyOf(target) + (slow ? QStringLiteral(" slow") : QString())];
            batch.target = std::move(target);
            // Slow-lane limits: reference health B0 and decision 17.
            batch.batch.statementTimeout = slow ? 10s : 2s;
            batch.batch.lockTimeout = slow ? 1s : 200ms;
            batch.batch.deadline = slow ? 45s : 15s;
            batch.batch.queries.push_back(*query);
            batch.waiting.push_back(waiting);
        } else {
            sendHttp(environment, request, waiting);
        }
    }
    if (!m_flushPosted) {
        m_flushPosted = true;
        QMetaObject::invokeMethod(this, &Courier::flush, Qt::QueuedConnection);
    }
    return ticket;
}

void Courier::flush()
{
    m_flushPosted = false;
    const auto shell = std::exchange(m_shell, {});
    const auto sql = std::exchange(m_sql, {});
    for (const auto &[key, batch] : shell)
        flushShell(batch);
    for (const auto &[key, batch] : sql)
        flushSql(batch);
}

void Courier::flushShell(ShellBatch batch)
{
    std::vector<sources::ProbePart> parts;
    std::vector<Waiting> waiting;
    for (const ShellBatch::Part &part : batch.parts) {
        parts.push_back({"p" + QByteArray::number(qulonglong(parts.size())), part.part});
        waiting.insert(waiting.end(), part.waiting.begin(), part.waiting.end());
    }
    const QByteArray nonce = freshNonce();
    const sources::Probe probe = sources::assembleProbe(nonce, parts);
    ExecRequest request;
    request.script = probe.script;
    request.maxOut = probe.maxBytes;
    request.deadline = probe.limit + connectAllowance;

    const quint64 wire = m_nextWire++;
    auto mailbox = m_mailbox;
    auto kept = std::make_shared<ShellBatch>(std::move(batch));
    auto done = [mailbox, kept, nonce, wire](const Result<ExecReply> &reply) {
        mailbox->post([kept, nonce, wire, reply](Courier &self) {
            self.m_wires.erase(wire);
            self.shellDone(kept, nonce, reply);
        });
    };
    if (kept->local) {
        const RequestId id = m_transports.local.exec(std::move(request), std::move(done));
        track(
            wire, [this, id] { m_transports.local.cancel(id); }, waiting);
    } else if (kept->slow) {
        const RequestId id = m_transports.ssh.exec(kept->endpoint, std::move(request), std::move(done));
        track(
            wire, [this, id] { m_transports.ssh.cancel(id); }, waiting);
    } else {
        const RequestId id = m_transports.ssh.probe(kept->endpoint, nonce, std::move(request), std::move(done));
        track(
            wire, [this, id] { m_transports.ssh.cancel(id); }, waiting);
    }
}

void Courier::shellDone(const std::shared_ptr<ShellBatch> &batch, const QByteArray &nonce,
                        const Result<ExecReply> &reply)
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    sources::ProbeAnswer answer;
    double offset = 0;
    bool haveOffset = false;
    if (reply) {
        answer = sources::parseProbe(nonce, reply->out, reply->err);
        if (answer.clockStart && answer.clockEnd && reply->startedAt.isValid()) {
            const double theirs = double(*answer.clockStart + *answer.clockEnd) / 2.0 + 0.5; // whole seconds: middle
            const double ours
                = double(reply->startedAt.toMSecsSinceEpoch() + reply->finishedAt.toMSecsSinceEpoch()) / 2000.0;
            offset = theirs - ours;
            haveOffset = true;
        }
    }
    for (size_t i = 0; i < batch->parts.size(); ++i) {
        const auto section = answer.sections.constFind("p" + QByteArray::number(qulonglong(i)));
        for (const Waiting &waiting : batch->parts[i].waiting) {
            sources::Reply out;
            out.at = now;
            if (!reply) {
                out.result = failure(reply.error());
            } else {
                out.took = std::chrono::duration_cast<std::chrono::milliseconds>(reply->took);
                if (haveOffset)
                    m_clockOffsets.insert(waiting.environment + QLatin1Char('/') + waiting.subject, offset);
                if (section != answer.sections.cend())
                    out.result = *section;
                else
                    out.result
                        = failure(ErrorKind::BadData, QStringLiteral("probe"), waiting.subject,
                                  answer.complete ? QStringLiteral("the host sent no answer for this part")
                                                  : QStringLiteral("the host's answer was cut off before this part"),
                                  {});
            }
            deliver(waiting, std::move(out));
        }
    }
}

void Courier::flushSql(SqlBatch batch)
{
    const quint64 wire = m_nextWire++;
    auto mailbox = m_mailbox;
    auto waiting = std::make_shared<std::vector<Waiting>>(std::move(batch.waiting));
    const RequestId id = m_transports.postgres.run(
        batch.target, std::move(batch.batch), [mailbox, waiting, wire](Result<pg::BatchReply> reply) {
            mailbox->post([waiting, wire, reply = std::move(reply)](Courier &self) {
                self.m_wires.erase(wire);
                const QDateTime now = QDateTime::currentDateTimeUtc();
                std::set<std::pair<QString, QString>> told;
                for (size_t i = 0; i < waiting->size(); ++i) {
                    const Waiting &each = (*waiting)[i];
                    sources::Reply out;
                    out.at = now;
                    if (!reply) {
                        out.result = failure(reply.error());
                    } else {
                        out.took = std::chrono::duration_cast<std::chrono::milliseconds>(reply->took);
                        if (i < reply->results.size()) {
                            if (reply->results[i])
                                out.result = *reply->results[i];
                            else
                                out.result = failure(reply->results[i].error());
                        }
                        if (told.emplace(each.environment, each.subject).second)
                            emit self.sessionSeen(each.environment, each.subject, reply->session);
                    }
                    self.deliver(each, std::move(out));
                }
            });
        });
    track(
        wire, [this, id] { m_transports.postgres.cancel(id); }, *waiting);
}

void Courier::sendHttp(const EnvironmentSpecPtr &environment, const sources::Request &request, const Waiting &waiting)
{
    const quint64 wire = m_nextWire++;
    auto mailbox = m_mailbox;
    const auto tunnelOf = [this, &environment](const QString &via) -> http::Tunnel {
        const HostSpec *host = via.isEmpty() ? nullptr : environment->host(via);
        if (!host || host->local)
            return {};
        return [&ssh = m_transports.ssh, endpoint = endpointOf(*environment, *host)](const QString &to, int port,
                                                                                     int fd, Done<bool> done) {
            ssh.forward(endpoint, to, port, fd, 15s, std::move(done));
        };
    };
    const auto answered = [mailbox, waiting, wire, started = std::chrono::steady_clock::now()](auto reply) {
        const auto took
            = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
        mailbox->post([waiting, wire, took, reply = std::move(reply)](Courier &self) {
            self.m_wires.erase(wire);
            sources::Reply out;
            out.at = QDateTime::currentDateTimeUtc();
            out.took = took;
            if (reply)
                out.result = *reply;
            else
                out.result = failure(reply.error());
            self.deliver(waiting, std::move(out));
        });
    };
    RequestId id = 0;
    if (const auto *get = std::get_if<sources::HttpGet>(&request.what))
        id = m_transports.http.get(*get, tunnelOf(get->via), answered);
    else if (const auto *probe = std::get_if<sources::TlsProbe>(&request.what))
        id = m_transports.http.probeTls(*probe, tunnelOf(probe->via), answered);
    track(wire, [this, id] { m_transports.http.cancel(id); }, {waiting});
}

void Courier::track(quint64 wire, std::function<void()> cancelOnWire, const std::vector<Waiting> &waiting)
{
    Wire entry{std::move(cancelOnWire), {}};
    for (const Waiting &each : waiting)
        entry.tickets.insert(each.ticket);
    m_wires.emplace(wire, std::move(entry));
}

void Courier::deliver(const Waiting &waiting, sources::Reply reply)
{
    const auto ticket = m_tickets.find(waiting.ticket);
    if (ticket == m_tickets.end())
        return;
    reply.name = waiting.name;
    reply.subject = waiting.subject;
    if (!reply.at.isValid())
        reply.at = QDateTime::currentDateTimeUtc();
    const OnReply onReply = ticket->second.onReply; // the receiver may cancel the ticket
    if (--ticket->second.left == 0)
        m_tickets.erase(ticket);
    onReply(waiting.index, std::move(reply));
}

void Courier::cancel(Ticket ticket)
{
    m_tickets.erase(ticket);
    std::vector<std::function<void()>> unwanted;
    for (auto wire = m_wires.begin(); wire != m_wires.end();) {
        wire->second.tickets.erase(ticket);
        if (wire->second.tickets.empty()) {
            unwanted.push_back(std::move(wire->second.cancel));
            wire = m_wires.erase(wire);
        } else {
            ++wire;
        }
    }
    for (const auto &stop : unwanted)
        stop();
}

double Courier::clockOffset(const QString &environment, const QString &host) const
{
    return m_clockOffsets.value(environment + QLatin1Char('/') + host, 0.0);
}

} // namespace taffrail
