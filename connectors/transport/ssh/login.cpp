// SPDX-License-Identifier: GPL-3.0-or-later
#include "login.h"

#include "text.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace taffrail::ssh {

namespace {

// An agent may wait 30 s for a touch; sshd itself gives up after 120 s (LoginGraceTime).
constexpr auto signInLimit = std::chrono::seconds(40);
constexpr auto askingLimit = std::chrono::seconds(110);

const QStringList &allKeyTypes()
{
    static const QStringList types{QStringLiteral("ssh-ed25519"), QStringLiteral("ecdsa-sha2-nistp256"),
                                   QStringLiteral("ecdsa-sha2-nistp384"), QStringLiteral("ecdsa-sha2-nistp521"),
                                   QStringLiteral("ssh-rsa")};
    return types;
}

} // namespace

Login::Login(Context &context, Target target, Tunnel tunnel, std::function<void(Result<Done>)> done)
    : m_context(context),
      m_target(std::move(target)),
      m_tunnel(std::move(tunnel)),
      m_done(std::move(done))
{
    m_identity = std::make_unique<IdentityLoad>(m_context, m_target.host, m_target.spec);
    m_files = m_context.knownHosts(m_target.host);
    prepare();
    m_context.loop.defer(m_guard.wrap([this] { begin(); }));
}

Login::~Login()
{
    m_context.loop.cancel(m_timer);
    unwatch();
    if (m_fd >= 0)
        ::close(m_fd);
}

/// Which key types to ask for: off this thread, because a first look computes an HMAC for every hashed line.
void Login::prepare()
{
    const QString seenType = m_context.seenKeyTypes.value(m_target.seenName);
    if (!seenType.isEmpty() || !m_target.spec.hostKey.isEmpty()) {
        if (!seenType.isEmpty())
            m_keyTypes = {seenType};
        m_prepared = true;
        return;
    }
    const bool aliased = !m_target.host.hostKeyAlias.isEmpty();
    m_context.lookups.run([files = m_files, host = aliased ? m_target.host.hostKeyAlias : m_target.host.hostName,
                           port = aliased ? 22 : m_target.host.port, mailbox = m_context.loop.mailbox(),
                           answer = m_guard.wrap([this](const QStringList &types) {
                               m_keyTypes = types;
                               m_prepared = true;
                               if (m_step == Step::KeyExchange && !m_session)
                                   startExchange();
                           })]() mutable {
        const QStringList types = files->knownKeyTypes(host, port);
        mailbox->post([types, answer]() mutable { answer(types); });
    });
}

void Login::begin()
{
    m_step = Step::Connecting;
    limit(m_context.settings.connectTimeout);
    auto arrived = m_guard.wrap([this](Result<int> fd) { connected(std::move(fd)); });
    if (m_tunnel)
        return m_tunnel(m_target.host.hostName, m_target.host.port, arrived);
    m_dialer
        = std::make_unique<Dialer>(m_context, m_target.host.hostName, m_target.host.port, m_target.subject, arrived);
    m_dialer->lookedUp = [this] { tell(LoginStage::Resolved, m_dialer->address()); };
}

void Login::connected(Result<int> fd)
{
    if (!fd) {
        Error error = fd.error();
        error.subject = m_target.subject;
        return finish(failure(std::move(error)));
    }
    m_fd = *fd;
    if (m_dialer)
        m_address = m_dialer->address();
    tell(LoginStage::Connected, m_address);
    m_context.loop.defer([dialer = std::shared_ptr<Dialer>(std::move(m_dialer))] {});
    m_step = Step::Greeting;
    m_watched = m_fd;
    m_context.loop.watch(m_fd, EPOLLIN, this);
}

void Login::ready(std::uint32_t)
{
    switch (m_step) {
    case Step::Greeting: return readGreeting();
    case Step::KeyExchange: return exchange();
    case Step::SigningIn: m_signIn->drive(); return watchSession();
    case Step::HostKey: // the server may close while a person thinks: noticed when we go on
        return unwatch();
    case Step::Connecting:
    case Step::Over: return;
    }
}

/// Looks at the first bytes without taking them: afterwards libssh has swallowed what a refusing server said.
void Login::readGreeting()
{
    char bytes[256];
    const ssize_t size = ::recv(m_fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0)
        return fail(
            ErrorKind::Unreachable, "banner", QStringLiteral("the server closed the connection without a word"),
            QStringLiteral(
                "It may have too many sign-ins at once (MaxStartups), refuse this address, or not be an SSH server."));
    m_greeting = QByteArray(bytes, size);
    if (m_greeting.startsWith("Exceeded MaxStartups") || m_greeting.startsWith("Not allowed at this time"))
        return fail(
            ErrorKind::Busy, "banner",
            QStringLiteral("the server takes no more sign-ins at once: ") + sanitizedLine(m_greeting, 80),
            QStringLiteral("It is tried again in a moment; look at MaxStartups in its sshd_config if this stays."));
    m_step = Step::KeyExchange;
    if (m_prepared)
        return startExchange();
    unwatch();
}

void Login::startExchange()
{
    unwatch();
    Session::Options options;
    options.host = m_target.host.hostName.toUtf8();
    options.user = m_target.host.user.toUtf8();
    options.hostKeyTypes = m_keyTypes;
    m_session = Session::create(options, std::exchange(m_fd, -1));
    if (!m_session)
        return fail(ErrorKind::Internal, "connect", QStringLiteral("the SSH library refused its options"));
    exchange();
}

void Login::exchange()
{
    const int rc = m_session->handshake();
    if (rc == SSH_AGAIN)
        return watchSession();
    if (rc != SSH_OK)
        return exchangeFailed();
    checkHostKey();
}

void Login::exchangeFailed()
{
    const QString words = m_session->errorText();
    // Only the search for another key of that host: however it ends, the verdict on the first one stands.
    if (m_otherKeyError)
        return finish(failure(*m_otherKeyError));
    if (words.contains(QLatin1String("host key algo"))) {
        if (!m_keyTypes.isEmpty())
            return fail(
                ErrorKind::HostKeyChanged, "host key",
                QStringLiteral("the host no longer has a key of the known type (%1)")
                    .arg(m_keyTypes.join(QStringLiteral(", "))),
                QStringLiteral(
                    "Somebody may be listening in. Ask who runs the host whether its key was changed; only then "
                    "replace the known one."));
    }
    if (words.contains(QLatin1String("no match for method")))
        return fail(ErrorKind::Unsupported, "connect", QStringLiteral("no common algorithm with the server: ") + words,
                    QStringLiteral("The server offers only outdated algorithms: update it."));
    // A server without such a key hangs up, and its hanging up may overtake the message that says why.
    if (!m_keyTypes.isEmpty() && m_session->hasServerBanner() && !std::exchange(m_exchangedAgain, true)) {
        m_session.reset();
        begin();
        return;
    }
    if (!m_session->hasServerBanner())
        return fail(ErrorKind::Unreachable, "banner",
                    QStringLiteral("no SSH server answers there; it said: ") + sanitizedLine(m_greeting, 120),
                    QStringLiteral("Is the port right?"));
    fail(ErrorKind::Unreachable, "connect", QStringLiteral("the connection broke during the key exchange: ") + words,
         QStringLiteral("The server may have too many sign-ins at once (MaxStartups) or be going down."));
}

void Login::checkHostKey()
{
    m_step = Step::HostKey;
    limit(askingLimit); // a person may have to compare the fingerprint
    unwatch();
    HostKeyGate::Case about;
    const bool aliased = !m_target.host.hostKeyAlias.isEmpty();
    about.host = aliased ? m_target.host.hostKeyAlias : m_target.host.hostName;
    about.port = aliased ? 22 : m_target.host.port;
    about.address = m_address == about.host ? QString() : m_address;
    about.reached = m_target.reached;
    about.subject = m_target.subject;
    about.seenName = m_target.seenName;
    about.pinned = m_target.spec.hostKey;
    about.production = m_target.production;
    about.files = m_files;
    m_gate = std::make_unique<HostKeyGate>(
        m_context, about, m_session->serverKey(),
        m_guard.wrap([this](Result<HostKeyGate::Passed> passed) { hostKeyDecided(std::move(passed)); }));
}

void Login::hostKeyDecided(Result<HostKeyGate::Passed> passed)
{
    m_context.loop.defer([gate = std::shared_ptr<HostKeyGate>(std::move(m_gate))] {});
    if (!passed) {
        if (!tryOtherKeyType(passed.error()))
            finish(failure(passed.error()));
        return;
    }
    m_passed = *passed;
    tell(LoginStage::HostKeyPassed, m_passed.fingerprint);
    m_context.seenKeyTypes.insert(m_target.seenName, QString::fromLatin1(keyTypeOf(m_session->serverKey())));
    signIn();
}

/// A server has a key of each type and shows the first that we ask for; the pinned one may be another.
bool Login::tryOtherKeyType(const Error &error)
{
    if (m_target.spec.hostKey.isEmpty() || error.kind != ErrorKind::HostKeyChanged
        || m_context.seenKeys.contains(m_target.seenName))
        return false;
    if (!m_otherKeyError)
        m_otherKeyError = error;
    const QString shown = QString::fromLatin1(keyTypeOf(m_session->serverKey()));
    if (m_keyTypes.isEmpty())
        m_keyTypes = allKeyTypes();
    if (m_keyTypes.removeAll(shown) == 0 || m_keyTypes.isEmpty())
        return false;
    m_session.reset();
    begin();
    return true;
}

void Login::signIn()
{
    m_step = Step::SigningIn;
    limit(signInLimit);
    m_signIn = std::make_unique<SignIn>(m_context, m_session, m_target.subject, std::move(m_identity),
                                        m_guard.wrap([this](const std::optional<Error> &error) { signedIn(error); }));
    m_signIn->moved = [this] { watchSession(); };
    m_signIn->start();
    if (m_step == Step::SigningIn)
        watchSession();
}

void Login::signedIn(std::optional<Error> error)
{
    m_step = Step::Over;
    unwatch();
    if (error)
        return finish(failure(std::move(*error)));
    tell(LoginStage::SignedIn);
    finish(Done{std::exchange(m_session, nullptr), m_passed});
}

void Login::watchSession()
{
    if (!m_session || m_step == Step::Over || m_step == Step::HostKey)
        return;
    // While a worker has the session or a person is asked, nobody reads: readiness would be reported for ever.
    if (m_signIn && (m_signIn->isWorking() || m_signIn->isWaiting()))
        return unwatch();
    const int fd = m_session->fd();
    if (fd < 0) {
        unwatch();
        if (m_step == Step::SigningIn) // while nothing was being asked of the server
            fail(ErrorKind::AuthRefused, "sign in", QStringLiteral("the server closed the connection while signing in"),
                 QStringLiteral("Look at the server's sign-in log."));
        return;
    }
    if (m_watched >= 0 && m_watched != fd)
        unwatch();
    m_watched = fd;
    const std::uint32_t output = m_session->wantsWrite() ? std::uint32_t(EPOLLOUT) : 0;
    m_context.loop.watch(fd, std::uint32_t(EPOLLIN) | output, this);
    m_session->quickAck();
}

void Login::unwatch()
{
    const bool closed = m_session && !(m_signIn && m_signIn->isWorking()) && m_session->fd() < 0;
    if (m_watched >= 0)
        m_context.loop.unwatch(m_watched, this, closed);
    m_watched = -1;
}

void Login::tell(LoginStage stage, const QString &detail) const
{
    if (m_context.settings.onStage)
        m_context.settings.onStage({m_target.reached, stage, std::chrono::steady_clock::now(), detail});
}

void Login::limit(std::chrono::milliseconds time)
{
    m_context.loop.cancel(m_timer);
    m_timer = m_context.loop.after(time, [this] { timedOut(); });
}

Error Login::waitingFor() const
{
    const auto error = [this](ErrorKind kind, const char *step, const QString &text, const char *hint) {
        return Error{kind, QString::fromLatin1(step), m_target.subject, text, QString::fromLatin1(hint)};
    };
    switch (m_step) {
    case Step::Connecting:
        if (!m_dialer)
            return error(ErrorKind::Unreachable, "connect", QStringLiteral("the jump host opened no way to it"), "");
        if (m_dialer->step() == QLatin1String("resolve"))
            return error(ErrorKind::NameNotFound, "resolve", m_dialer->doing(), "Look at this machine's name servers.");
        return error(ErrorKind::Unreachable, "connect", m_dialer->doing(),
                     "Look at the network between here and there.");
    case Step::Greeting:
        return error(ErrorKind::Unreachable, "banner", QStringLiteral("it accepted the connection but said nothing"),
                     "The server hangs or is overloaded, or this is not an SSH port.");
    case Step::KeyExchange:
        return error(ErrorKind::Unreachable, "connect", QStringLiteral("the key exchange did not end"),
                     "The server hangs or is overloaded.");
    case Step::HostKey:
        return error(ErrorKind::HostKeyUnknown, "host key", QStringLiteral("nobody has confirmed the host's key"),
                     "Answer the question in the window.");
    case Step::SigningIn: return error(ErrorKind::Timeout, "sign in", m_signIn->doing(), "");
    case Step::Over: break;
    }
    return error(ErrorKind::Internal, "connect", QString(), "");
}

void Login::timedOut()
{
    m_timer = {};
    if (m_step == Step::SigningIn && m_signIn->isWaiting() && !m_extended) {
        m_extended = true;
        return limit(askingLimit - signInLimit);
    }
    finish(failure(waitingFor()));
}

void Login::fail(ErrorKind kind, const char *step, const QString &text, const QString &hint)
{
    finish(failure(kind, QString::fromLatin1(step), m_target.subject, text, hint));
}

void Login::finish(Result<Done> result)
{
    m_step = Step::Over;
    m_context.loop.cancel(m_timer);
    unwatch();
    if (!m_done)
        return;
    const auto done = std::move(m_done);
    m_done = nullptr;
    done(std::move(result)); // the owner deletes this later
}

} // namespace taffrail::ssh
