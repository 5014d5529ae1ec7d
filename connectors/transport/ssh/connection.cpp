// SPDX-License-Identifier: GPL-3.0-or-later
#include "connection.h"

#include "forward.h"
#include "residentshell.h"
#include "sftpread.h"
#include "text.h"

#include <QRandomGenerator>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace taffrail::ssh {

namespace {

using namespace std::chrono_literals;

constexpr auto firstRetry = 1000ms;
constexpr auto longestRetry = 60'000ms;
// What only a person can mend is not tried again and again: servers lock addresses out for that.
constexpr auto firstRetryByPerson = 15'000ms;
constexpr auto longestRetryByPerson = 300'000ms;
constexpr auto stableAfter = 10s; // a link that broke sooner counts as a failure

bool needsPerson(ErrorKind kind)
{
    return kind == ErrorKind::AuthRefused || kind == ErrorKind::AnswerNeeded || kind == ErrorKind::HostKeyChanged
        || kind == ErrorKind::HostKeyUnknown || kind == ErrorKind::HostKeyRevoked || kind == ErrorKind::BadConfig;
}

QString subjectOf(const ResolvedHost &host)
{
    const QString name = host.hostName.contains(QLatin1Char(':')) ? QLatin1Char('[') + host.hostName + QLatin1Char(']')
                                                                  : host.hostName;
    return QStringLiteral("%1@%2:%3").arg(host.user, name, QString::number(host.port));
}

} // namespace

Connection::Connection(Context &context, Setup setup, std::function<void(const Connection &)> changed)
    : m_context(context),
      m_setup(std::move(setup)),
      m_subject(subjectOf(m_setup.host)),
      m_changed(std::move(changed)),
      m_since(QDateTime::currentDateTimeUtc()),
      m_throughHere(m_context.settings.loginsPerBastion)
{
    m_peer = m_setup.jump ? QStringLiteral("%1 through %2").arg(m_subject, m_setup.jump->peer()) : m_subject;
    const ResolvedHost &host = m_setup.host;
    const bool aliased = !host.hostKeyAlias.isEmpty();
    m_seenName = aliased ? host.hostKeyAlias : knownHostsName(host.hostName, host.port);
    for (auto hop = m_setup.jump; hop; hop = hop->m_setup.jump)
        m_seenName += QLatin1Char('<') + hop->subject();
}

Connection::~Connection()
{
    m_context.loop.cancel(m_pulse);
    if (m_watched >= 0)
        m_context.loop.unwatch(m_watched, this, m_session && m_session->fd() < 0);
}

bool Connection::isBackingOff() const
{
    return m_state == LinkState::Down && EventLoop::Clock::now() < m_retryAfter;
}

std::optional<Error> Connection::admit(const SshSpec &spec, bool production)
{
    if (m_state != LinkState::Up) {
        m_setup.production = m_setup.production || production;
        if (m_setup.spec.hostKey.isEmpty())
            m_setup.spec.hostKey = spec.hostKey;
        if (m_setup.spec.identityFile.isEmpty())
            m_setup.spec.identityFile = spec.identityFile;
        return {};
    }
    if (!spec.hostKey.isEmpty() && !HostKeyGate::sameFingerprint(spec.hostKey, m_hostKey.fingerprint))
        return Error{
            ErrorKind::HostKeyChanged, QStringLiteral("host key"), m_subject,
            QStringLiteral("the host's key is %1, but the inventory pins %2").arg(m_hostKey.fingerprint, spec.hostKey),
            QStringLiteral("Find out why before you go on. If the key was changed on purpose, change \"host_key\".")};
    if (production && spec.hostKey.isEmpty() && m_hostKey.isNew && !m_hostKey.forProduction)
        return Error{ErrorKind::HostKeyUnknown, QStringLiteral("host key"), m_subject,
                     QStringLiteral("the host's key %1 was accepted in this run, but not by the rules for production")
                         .arg(m_hostKey.fingerprint),
                     QStringLiteral("Compare it with the server's own and pin it in the inventory: \"host_key\".")};
    return {};
}

void Connection::add(const RequestPtr &request)
{
    request->subject = m_subject;
    if (isBackingOff()) {
        Error error = *m_error;
        const auto wait = std::chrono::ceil<std::chrono::seconds>(m_retryAfter - EventLoop::Clock::now());
        error.hint += (error.hint.isEmpty() ? QString() : QStringLiteral(" "))
            + QStringLiteral("Tried again in %1.").arg(durationText(wait));
        return request->fail(error);
    }
    const std::weak_ptr<Connection> weak = weak_from_this();
    request->connecting = [weak] {
        const auto self = weak.lock();
        return self ? self->waitingFor() : Error{};
    };
    request->suspect = [weak] {
        if (const auto self = weak.lock())
            self->suspect();
    };
    request->phase = m_state == LinkState::Up ? Phase::Queued : Phase::Connecting;
    (request->isProbe() ? m_probes : m_waiting).push_back(request);
    if (m_state == LinkState::Up)
        scheduleTurn();
    else if (m_state != LinkState::Connecting)
        startLogin();
}

Error Connection::waitingFor() const
{
    if (m_login)
        return m_login->waitingFor();
    const QString text = m_setup.jump && m_setup.jump->state() != LinkState::Up
        ? QStringLiteral("the jump host %1 is not connected yet").arg(m_setup.jump->peer())
        : QStringLiteral("it waited for its turn to sign in");
    return Error{ErrorKind::Timeout, QStringLiteral("connect"), m_subject, text, {}};
}

// --- getting a session ---------------------------------------------------------------------------------------------

void Connection::startLogin()
{
    setState(LinkState::Connecting);
    tell(LoginStage::Asked, m_setup.jump ? m_setup.jump->peer() : QString());
    const auto next = m_guard.wrap([this](const std::optional<Error> &error) {
        if (error) {
            Error told = *error;
            told.subject = m_subject;
            told.text = QStringLiteral("the jump host %1: %2").arg(m_setup.jump->peer(), error->text);
            return loginFailed(told);
        }
        const auto begin = m_guard.wrap([this](const Slots::Slot &slot) {
            m_loginSlot = slot;
            startLoginNow();
        });
        if (!m_setup.jump)
            return m_context.logins.take(m_context.loop, begin);
        m_setup.jump->m_throughHere.take(m_context.loop, m_guard.wrap([this, begin](const Slots::Slot &slot) {
            m_bastionSlot = slot;
            m_context.logins.take(m_context.loop, begin);
        }));
    });
    if (m_setup.jump)
        m_setup.jump->whenUp(next);
    else
        next(std::optional<Error>());
}

void Connection::whenUp(std::function<void(std::optional<Error>)> told)
{
    if (m_state == LinkState::Up)
        return told({});
    if (isBackingOff())
        return told(m_error);
    m_waiters.push_back(std::move(told));
    if (m_state != LinkState::Connecting)
        startLogin();
}

void Connection::startLoginNow()
{
    Login::Target target;
    target.host = m_setup.host;
    target.spec = m_setup.spec;
    target.production = m_setup.production;
    target.subject = m_subject;
    target.reached = m_peer;
    target.seenName = m_seenName;
    Login::Tunnel tunnel;
    if (m_setup.jump)
        tunnel = [jump = m_setup.jump](const QString &host, int port, std::function<void(Result<int>)> opened) {
            jump->openTunnel(host, port, std::move(opened));
        };
    tell(LoginStage::Begun);
    m_login = std::make_unique<Login>(
        m_context, target, tunnel, m_guard.wrap([this](Result<Login::Done> result) { loggedIn(std::move(result)); }));
}

void Connection::openTunnel(const QString &host, int port, std::function<void(Result<int>)> opened)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return opened(failure(ErrorKind::Unreachable, QStringLiteral("connect"), m_subject,
                              QStringLiteral("this program has too many files open"),
                              QStringLiteral("Raise the limit: ulimit -n")));
    Request::Forward forward;
    forward.host = host.toUtf8();
    forward.port = port;
    forward.fd = ends[1];
    forward.done = [end = ends[0], opened = std::move(opened), peer = m_peer](Result<bool> done) {
        if (done)
            return opened(end);
        ::close(end);
        Error error = done.error();
        error.step = QStringLiteral("connect");
        error.text = QStringLiteral("through %1: %2").arg(peer, error.text);
        opened(failure(error));
    };
    const auto request = std::make_shared<Request>(RequestId(0), std::move(forward), m_context.settings.connectTimeout);
    add(request);
    m_context.loop.at(request->deadline(), [weak = std::weak_ptr(request)] {
        if (const auto late = weak.lock())
            late->fail(late->deadlineError());
    });
}

void Connection::loggedIn(Result<Login::Done> result)
{
    m_context.loop.defer([login = std::shared_ptr<Login>(std::move(m_login))] {});
    m_loginSlot.reset();
    m_bastionSlot.reset();
    if (!result)
        return loginFailed(result.error());
    m_session = std::move(result->session);
    m_hostKey = result->hostKey;
    m_upSince = EventLoop::Clock::now();
    for (auto *queue : {&m_waiting, &m_probes}) {
        for (const RequestPtr &request : *queue)
            request->phase = Phase::Queued;
    }
    m_leftCommands = 0;
    setState(LinkState::Up);
    tellWaiters({});
    if (m_setup.jump)
        keepTunnelAlive();
    turn(true);
}

void Connection::loginFailed(const Error &error)
{
    m_loginSlot.reset();
    m_bastionSlot.reset();
    backOff(error);
    tellWaiters(error);
    std::deque<RequestPtr> failed;
    failed.swap(m_waiting);
    failed.insert(failed.end(), m_probes.begin(), m_probes.end());
    m_probes.clear();
    for (const RequestPtr &request : failed)
        request->fail(error);
}

void Connection::tellWaiters(const std::optional<Error> &error)
{
    std::vector<std::function<void(std::optional<Error>)>> waiters;
    waiters.swap(m_waiters);
    for (const auto &told : waiters)
        told(error);
}

// --- losing it -----------------------------------------------------------------------------------------------------

void Connection::backOff(const Error &error)
{
    const bool person = needsPerson(error.kind);
    const auto first = person ? firstRetryByPerson : firstRetry;
    const auto longest = person ? longestRetryByPerson : longestRetry;
    const auto wait = std::min(longest, first * (1 << std::min(m_failures, 10)));
    ++m_failures;
    const auto jitter = std::chrono::milliseconds(QRandomGenerator::global()->bounded(int(wait.count() / 2)));
    const auto delay = wait * 3 / 4 + jitter; // ± 25 %, so that hosts do not come back all at once
    m_retryAfter = EventLoop::Clock::now() + delay;
    m_retryAt = QDateTime::currentDateTimeUtc().addMSecs(delay.count());
    setState(LinkState::Down, error);
}

void Connection::lost(const QString &why)
{
    const Error error{ErrorKind::ConnectionLost,
                      QStringLiteral("connect"),
                      m_subject,
                      why.isEmpty() ? QStringLiteral("the connection broke")
                                    : QStringLiteral("the connection broke: ") + why,
                      {}};
    const bool stable = EventLoop::Clock::now() - m_upSince > stableAfter;
    dropSession(error);
    if (stable)
        m_failures = 0;
    if (stable || m_failures == 0) {
        m_failures = stable ? 0 : 1;
        m_retryAfter = {};
        m_retryAt = QDateTime::currentDateTimeUtc();
        setState(LinkState::Down, error);
    } else {
        backOff(error);
    }
    // What had not begun loses nothing by a second try.
    std::deque<RequestPtr> again;
    again.swap(m_waiting);
    again.insert(again.end(), m_probes.begin(), m_probes.end());
    m_probes.clear();
    for (const RequestPtr &request : again) {
        if (!request->isFinished())
            add(request);
    }
}

void Connection::dropSession(const Error &error)
{
    m_context.loop.cancel(m_pulse);
    if (m_watched >= 0)
        m_context.loop.unwatch(m_watched, this, !m_session || m_session->fd() < 0);
    m_watched = -1;
    std::vector<std::unique_ptr<Channel>> channels;
    channels.swap(m_channels);
    const std::unique_ptr<ResidentShell> resident = std::move(m_resident);
    const SessionPtr session = std::exchange(m_session, nullptr);
    for (const auto &channel : channels)
        channel->lost(error);
    if (resident)
        resident->lost(error);
}

void Connection::close(const Error &error)
{
    m_changed = nullptr;
    const std::unique_ptr<Login> login = std::move(m_login);
    m_loginSlot.reset();
    m_bastionSlot.reset();
    dropSession(error);
    m_state = LinkState::Idle;
    m_waiters.clear();
    for (auto *queue : {&m_waiting, &m_probes}) {
        for (const RequestPtr &request : std::exchange(*queue, {}))
            request->fail(error);
    }
}

void Connection::wake()
{
    m_failures = 0;
    if (m_state == LinkState::Down) {
        m_retryAfter = {};
        m_retryAt = QDateTime::currentDateTimeUtc();
    } else if (m_state == LinkState::Up) {
        suspect();
    }
}

void Connection::suspect()
{
    if (!m_session)
        return;
    m_bytesAtPing = m_session->bytesIn();
    m_session->ping();
    m_context.loop.cancel(m_pulse);
    m_pulse = m_context.loop.after(4s, [this] {
        m_pulse = {};
        if (m_session && m_session->bytesIn() == m_bytesAtPing)
            lost(QStringLiteral("the host gave no sign of life for 4 s"));
        else if (m_setup.jump)
            keepTunnelAlive();
    });
    scheduleTurn();
}

/// TCP's own keepalive ends at the jump host: behind it only the other side's answers show that the path lives.
void Connection::keepTunnelAlive()
{
    m_context.loop.cancel(m_pulse);
    m_pulse = m_context.loop.after(5s, [this] {
        m_pulse = {};
        suspect();
    });
}

void Connection::tell(LoginStage stage, const QString &detail) const
{
    if (m_context.settings.onStage)
        m_context.settings.onStage({m_peer, stage, std::chrono::steady_clock::now(), detail});
}

void Connection::setState(LinkState state, std::optional<Error> error)
{
    m_state = state;
    m_since = QDateTime::currentDateTimeUtc();
    m_error = std::move(error);
    if (state != LinkState::Down)
        m_retryAt = {};
    if (m_changed)
        m_changed(*this);
}

} // namespace taffrail::ssh
