// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgconnector.h"

#include "pgerrors.h"
#include "text.h"

namespace taffrail::pg {

namespace {

/// How long a broken tunnelled connection waits for the tunnel's own account of what happened.
constexpr std::chrono::milliseconds tunnelWord{300};

QByteArray limitOptions(const Batch &batch)
{
    return " -c statement_timeout=" + QByteArray::number(qint64(batch.statementTimeout.count()))
        + " -c lock_timeout=" + QByteArray::number(qint64(batch.lockTimeout.count()));
}

/// The stage that a connection in this phase has behind it.
std::optional<ConnectStage> stageOf(ConnStatusType phase)
{
    switch (phase) {
    case CONNECTION_MADE:
    case CONNECTION_SSL_STARTUP: return ConnectStage::Connected;
    case CONNECTION_AWAITING_RESPONSE: return ConnectStage::Secured;
    case CONNECTION_AUTH_OK:
    case CONNECTION_CONSUME:
    case CONNECTION_CHECK_WRITABLE:
    case CONNECTION_CHECK_STANDBY:
    case CONNECTION_CHECK_TARGET: return ConnectStage::SignedIn;
    default: return {};
    }
}

/// libpq prints notices to stderr when nobody takes them.
void dropNotice(void *, const PGresult *) {}

} // namespace

Connector::Connector(ConnectPlan plan, SecretPtr password, const Target &target, const Batch &first,
                     std::weak_ptr<Mailbox> mailbox)
    : m_plan(std::move(plan)),
      m_password(password ? std::move(password) : m_plan.password),
      m_target(target),
      m_limits(limitOptions(first)),
      m_mailbox(std::move(mailbox))
{
}

void Connector::start()
{
    tryNext();
}

QByteArray Connector::sessionKind() const
{
    // libpq's second round of prefer-standby works only within one call of its own; here each endpoint is one call.
    if (m_plan.sessionKind == "prefer-standby")
        return m_attempt <= m_plan.endpoints.size() ? "standby" : "any";
    return m_plan.sessionKind.isEmpty() ? QByteArray("any") : m_plan.sessionKind;
}

void Connector::tryNext()
{
    const size_t rounds = m_plan.sessionKind == "prefer-standby" ? 2 : 1;
    if (m_attempt >= m_plan.endpoints.size() * rounds)
        return;
    const Endpoint &endpoint = m_plan.endpoints[m_attempt % m_plan.endpoints.size()];
    ++m_attempt;
    m_error.reset();
    m_held.reset();
    beginAttempt(endpoint);
}

void Connector::beginAttempt(const Endpoint &endpoint)
{
    m_limit = Clock::now() + m_plan.connectTimeout;
    m_told = int(ConnectStage::Resolved);
    m_tunnelOpen = false;
    m_phase = CONNECTION_NEEDED;
    m_waitsFor = PGRES_POLLING_WRITING; // as libpq's manual asks: before the first PQconnectPoll()
    QByteArray address = endpoint.address;
    QByteArray port = endpoint.port;
    if (m_target.tunnel) {
        auto door = LoopbackDoor::open();
        if (!door) {
            finishAttempt(door.error(), false);
            return;
        }
        m_door = std::move(*door);
        address = "127.0.0.1";
        port = QByteArray::number(m_door.port());
    }
    if (openConnection(endpoint, address, port))
        m_phase = PQstatus(m_connection.get());
    else
        attemptFailed();
}

bool Connector::openConnection(const Endpoint &endpoint, const QByteArray &address, const QByteArray &port)
{
    std::vector<const char *> keywords, values;
    const auto add = [&](const char *key, const char *value) {
        keywords.push_back(key);
        values.push_back(value);
    };
    QByteArray options;
    for (const auto &[key, value] : m_plan.parameters) {
        if (key == "options")
            options = value + m_limits;
        else
            add(key.constData(), value.constData());
    }
    // The name stays the real one, for certificates; where to connect to is hostaddr's business.
    const QByteArray host = endpoint.host.isEmpty() ? endpoint.address : endpoint.host;
    const QByteArray kind = sessionKind();
    const SecretPtr &password = m_password ? m_password : endpoint.password;
    add("options", options.constData());
    add("port", port.constData());
    add("target_session_attrs", kind.constData());
    // A passfile was read by us, with the real port; libpq must not look again with the tunnel's.
    add("passfile", "/nonexistent");
    if (!host.isEmpty())
        add("host", host.constData());
    if (!address.isEmpty())
        add("hostaddr", address.constData());
    if (password)
        add("password", password->constData());
    add(nullptr, nullptr);
    m_connection.reset(PQconnectStartParams(keywords.data(), values.data(), 0));
    if (!m_connection)
        return false;
    PQsetNoticeReceiver(m_connection.get(), &dropNotice, nullptr);
    PQsetErrorVerbosity(m_connection.get(), PQERRORS_VERBOSE); // the only way to the SQLSTATE of a refused login
    return PQstatus(m_connection.get()) != CONNECTION_BAD;
}

void Connector::collect(std::vector<pollfd> &descriptors) const
{
    if (isDecided() || m_held || !m_connection)
        return;
    const short events = m_waitsFor == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    descriptors.push_back({PQsocket(m_connection.get()), events, 0});
    if (m_door.isOpen())
        descriptors.push_back({m_door.descriptor(), POLLIN, 0});
}

void Connector::ready(int descriptor)
{
    if (isDecided() || m_held || !m_connection)
        return;
    if (m_door.isOpen() && descriptor == m_door.descriptor())
        letIn();
    else if (descriptor == PQsocket(m_connection.get()))
        proceed();
}

void Connector::letIn()
{
    // libpq may dial again by itself (sslmode=prefer after a failed handshake), so the door stays open until the
    // connection stands; each time only libpq's present socket gets through.
    const int accepted = m_door.acceptFrom(localPortOf(PQsocket(m_connection.get())));
    if (accepted < 0)
        return;
    m_target.tunnel(endpoint().farHost(), endpoint().port.toInt(), accepted,
                    [weak = weak_from_this(), mailbox = m_mailbox, attempt = m_attempt](const Result<bool> &result) {
                        if (const auto box = mailbox.lock())
                            box->post([weak, attempt, result] {
                                if (const auto connector = weak.lock())
                                    connector->tunnelReported(attempt, result);
                            });
                    });
}

void Connector::tunnelReported(size_t attempt, const Result<bool> &result)
{
    if (attempt != m_attempt || isDecided())
        return;
    if (result) {
        m_tunnelOpen = true;
        follow();
    }
    if (!result)
        finishAttempt(result.error(), false);
    else if (m_held)
        finishAttempt(*std::exchange(m_held, std::nullopt), true);
}

void Connector::proceed()
{
    m_waitsFor = PQconnectPoll(m_connection.get());
    if (m_waitsFor == PGRES_POLLING_FAILED) {
        attemptFailed();
        return;
    }
    m_phase = PQstatus(m_connection.get());
    follow();
    if (m_waitsFor == PGRES_POLLING_OK)
        connected();
}

void Connector::connected()
{
    m_door.close();
    PGconn *connection = m_connection.get();
    // A pooler that swallows the startup options would give a session that can write, or leak settings to others.
    const char *readOnly = PQparameterStatus(connection, "default_transaction_read_only");
    if (PQserverVersion(connection) >= 140000 && (!readOnly || qstrcmp(readOnly, "on") != 0)) {
        finishAttempt({ErrorKind::Unsupported, QStringLiteral("connect"), m_target.spec.id,
                       QStringLiteral("the session is not read-only, so it is not used"),
                       QStringLiteral("A pooler in between? Point the dsn at PostgreSQL itself.")},
                      false);
        return;
    }
    PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
    PQsetnonblocking(connection, 1);
    m_connected = true;
    passed(ConnectStage::Ready);
}

void Connector::follow()
{
    const auto stage = stageOf(m_phase);
    // Our own end of a tunnel is reached at once: of the far end the tunnel tells.
    const bool proven = !m_target.tunnel || m_tunnelOpen || stage == ConnectStage::SignedIn;
    if (stage && proven && m_connection)
        passed(*stage);
}

/// Tells every stage up to `last` that was not told yet: one poll may get past several.
void Connector::passed(ConnectStage last)
{
    while (m_told < int(last))
        tell(ConnectStage(++m_told));
}

void Connector::tell(ConnectStage stage) const
{
    if (!staged)
        return;
    if (stage == ConnectStage::Secured) {
        const char *version = PQsslInUse(m_connection.get()) == 1 ? PQsslAttribute(m_connection.get(), "protocol") : "";
        return staged(stage, PQsslInUse(m_connection.get()) == 1, QString::fromLatin1(version));
    }
    QString detail = place();
    if (stage == ConnectStage::SignedIn)
        detail = sanitizedLine(PQuser(m_connection.get()), 80);
    else if (stage == ConnectStage::Ready)
        detail = sanitizedLine(PQdb(m_connection.get()), 80);
    staged(stage, true, detail);
}

void Connector::attemptFailed()
{
    ConnectFailure failed;
    failed.phase = m_phase;
    failed.message = m_connection ? QByteArray(PQerrorMessage(m_connection.get())) : QByteArray();
    failed.needsPassword = m_connection && PQconnectionNeedsPassword(m_connection.get());
    failed.verifiesName = m_plan.verifiesName;
    const Endpoint &tried = endpoint();
    failed.host = tried.host.isEmpty() ? tried.address : tried.host;
    if (failed.host.isEmpty())
        failed.host = "/var/run/postgresql";
    failed.port = tried.port;
    failed.user = m_plan.user;
    failed.database = m_plan.database;
    Error error = connectError(m_target.spec.id, failed);
    const QByteArray state = sqlStateIn(failed.message);
    if (m_target.tunnel && state.isEmpty() && !failed.needsPassword) {
        m_held = std::move(error);
        m_limit = Clock::now() + tunnelWord;
        m_connection.reset();
        return;
    }
    // As libpq does: a refused login is an answer, and the other servers are not asked.
    finishAttempt(std::move(error), !failed.needsPassword && !state.startsWith("28") && state != "3D000");
}

void Connector::finishAttempt(Error error, bool mayTryNext)
{
    m_connection.reset();
    m_door.close();
    m_held.reset();
    m_limit = Clock::time_point::max();
    m_error = std::move(error);
    if (mayTryNext)
        tryNext();
}

void Connector::advance(Clock::time_point now)
{
    if (isDecided() || now < m_limit)
        return;
    if (m_held) {
        finishAttempt(*std::exchange(m_held, std::nullopt), true);
        return;
    }
    const QString limit = durationText(m_plan.connectTimeout);
    finishAttempt({ErrorKind::Unreachable,
                   QStringLiteral("connect"),
                   m_target.spec.id,
                   QStringLiteral("%1 within %2").arg(phaseText(), limit),
                   {}},
                  true);
}

Clock::time_point Connector::nextTimer() const
{
    return isDecided() ? Clock::time_point::min() : m_limit;
}

QString Connector::place() const
{
    const Endpoint &tried = endpoint();
    const QByteArray &host = tried.host.isEmpty() ? tried.address : tried.host;
    if (host.isEmpty())
        return QStringLiteral("the local socket");
    return sanitizedLine((host.contains(':') ? '[' + host + ']' : host) + ':' + tried.port, 200);
}

const Endpoint &Connector::endpoint() const
{
    return m_plan.endpoints[(qMax<size_t>(m_attempt, 1) - 1) % m_plan.endpoints.size()];
}

QString Connector::phaseText() const
{
    const bool reached = m_phase != CONNECTION_STARTED && m_phase != CONNECTION_NEEDED && m_phase != CONNECTION_MADE;
    return reached ? QStringLiteral("%1 took the connection, but PostgreSQL did not answer").arg(place())
                   : QStringLiteral("%1 did not answer").arg(place());
}

} // namespace taffrail::pg
