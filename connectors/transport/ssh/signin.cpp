// SPDX-License-Identifier: GPL-3.0-or-later
#include "signin.h"

#include "text.h"

#include <libssh/libssh.h>

namespace taffrail::ssh {

namespace {

constexpr int mostTries = 3; // sshd's MaxAuthTries is 6, over all methods
constexpr int mostRounds = 8; // of prompts; five were seen in a forced password change

void wipe(QByteArray &secret)
{
    secret.detach();
    explicit_bzero(secret.data(), std::size_t(secret.size()));
    secret.clear();
}

bool asksForNewPassword(const QByteArray &text)
{
    const QByteArray low = text.toLower();
    return low.contains("required to change your password") || low.contains("new password")
        || low.contains("password has expired");
}

} // namespace

IdentityLoad::IdentityLoad(Context &context, ResolvedHost host, SshSpec spec)
{
    const auto arrived = m_guard.wrap([this](const std::shared_ptr<Result<std::shared_ptr<Identity>>> &loaded) {
        m_result = std::move(*loaded);
        if (m_ready)
            std::exchange(m_ready, nullptr)(*m_result);
    });
    context.signers.run([identities = context.identities, prompter = context.prompter, mailbox = context.loop.mailbox(),
                         host = std::move(host), spec = std::move(spec), arrived] {
        AskPassphrase ask;
        if (prompter->canAskSecret())
            ask = [prompter](const QString &subject, const QString &prompt, int) {
                SecretQuestion question;
                question.subject = subject;
                question.prompt = prompt;
                return prompter->askSecretAndWait(question);
            };
        auto loaded = std::make_shared<Result<std::shared_ptr<Identity>>>(
            identities->choose(host, spec, ask).map([](Identity &&chosen) {
                return std::make_shared<Identity>(std::move(chosen));
            }));
        mailbox->post([arrived, loaded]() mutable { arrived(loaded); });
    });
}

void IdentityLoad::whenReady(std::function<void(Result<std::shared_ptr<Identity>>)> ready)
{
    if (m_result)
        return ready(*m_result);
    m_ready = std::move(ready);
}

/// What a worker needs to offer the key; it may outlive the SignIn.
struct SignIn::KeyJob {
    SessionPtr session;
    std::shared_ptr<Identity> identity;
    std::unique_ptr<AgentFilter> filter;
    QString problem;

    int step()
    {
        if (!identity->isAgent())
            return ssh_userauth_publickey(session->raw(), nullptr, identity->key.get());
        if (!filter) {
            auto started = AgentFilter::start(identity->agentSocket, *identity->agentKey);
            if (!started) {
                problem = started.error().text;
                return SSH_AUTH_ERROR;
            }
            filter = std::move(*started);
            ssh_options_set(session->raw(), SSH_OPTIONS_IDENTITY_AGENT, filter->path().toUtf8().constData());
        }
        const int rc = ssh_userauth_agent(session->raw(), nullptr);
        problem = filter->problem();
        return rc;
    }
};

SignIn::SignIn(Context &context, SessionPtr session, QString subject, std::unique_ptr<IdentityLoad> identity,
               std::function<void(std::optional<Error>)> done)
    : m_context(context),
      m_session(std::move(session)),
      m_subject(std::move(subject)),
      m_load(std::move(identity)),
      m_done(std::move(done))
{
}

void SignIn::start()
{
    m_load->whenReady(m_guard.wrap([this](Result<std::shared_ptr<Identity>> loaded) {
        identityReady(std::move(loaded));
        tellMoved();
    }));
}

QString SignIn::doing() const
{
    if (m_asking)
        return QStringLiteral("nobody answered a question");
    if (m_step == Step::Loading)
        return QStringLiteral("the key could not be loaded in time (an agent or a person did not answer)");
    if (m_working && m_identity && m_identity->isAgent())
        return QStringLiteral("the agent did not sign (it may wait for a touch or an unlock)");
    return QStringLiteral("the server did not answer while signing in");
}

void SignIn::identityReady(Result<std::shared_ptr<Identity>> loaded)
{
    if (loaded) {
        m_identity = std::move(*loaded);
        m_job = std::make_shared<KeyJob>(KeyJob{m_session, m_identity, nullptr, {}});
        // An ed25519 or ECDSA signature is cheap; RSA-4096 takes 13 ms, and an agent as long as it likes.
        const auto type = m_identity->key ? ssh_key_type(m_identity->key.get()) : SSH_KEYTYPE_UNKNOWN;
        m_onWorker = m_identity->isAgent() || type == SSH_KEYTYPE_RSA || type == SSH_KEYTYPE_RSA_CERT01;
        m_step = Step::PublicKey;
        return drive();
    }
    Error error = loaded.error();
    if (error.kind != ErrorKind::NotFound || !m_context.prompter->canAskSecret()) {
        if (error.kind == ErrorKind::NotFound)
            error.kind = ErrorKind::AnswerNeeded;
        error.step = QStringLiteral("sign in");
        error.text = m_subject + QStringLiteral(": ") + error.text;
        error.subject = m_subject;
        m_step = Step::Over;
        const auto done = std::move(m_done);
        return done(error);
    }
    m_methods = SSH_AUTH_METHOD_INTERACTIVE | SSH_AUTH_METHOD_PASSWORD;
    nextMethod();
}

int SignIn::callServer()
{
    switch (m_step) {
    case Step::PublicKey: return m_job->step();
    case Step::Interactive: return ssh_userauth_kbdint(m_session->raw(), nullptr, nullptr);
    case Step::Password: return ssh_userauth_password(m_session->raw(), nullptr, m_password.constData());
    case Step::Loading:
    case Step::Over: break;
    }
    return SSH_AUTH_AGAIN;
}

void SignIn::drive()
{
    if (m_working || m_asking || m_step == Step::Loading || m_step == Step::Over)
        return;
    if (m_step == Step::PublicKey && m_onWorker)
        return stepOnWorker();
    stepped(callServer());
}

void SignIn::stepOnWorker()
{
    m_working = true;
    tellMoved();
    const auto back = m_guard.wrap([this](int rc) {
        m_working = false;
        stepped(rc);
        tellMoved();
    });
    m_context.signers.run([job = m_job, mailbox = m_context.loop.mailbox(), back] {
        const int rc = job->step();
        mailbox->post([back, rc]() mutable { back(rc); });
    });
}

void SignIn::stepped(int rc)
{
    switch (rc) {
    case SSH_AUTH_AGAIN: return;
    case SSH_AUTH_SUCCESS: return succeed();
    case SSH_AUTH_INFO: return answerPrompts();
    case SSH_AUTH_DENIED:
    case SSH_AUTH_PARTIAL: return denied(rc == SSH_AUTH_PARTIAL);
    default: return failBroken();
    }
}

void SignIn::denied(bool partial)
{
    wipe(m_password);
    if (m_job && !m_job->problem.isEmpty() && !partial)
        return fail(ErrorKind::AuthRefused, m_identity->label + QStringLiteral(": ") + m_job->problem,
                    QStringLiteral("Unlock the agent, or touch the key when it asks."));
    m_partial = m_partial || partial;
    m_offered = m_offered || m_step == Step::PublicKey;
    m_methods = ssh_userauth_list(m_session->raw(), nullptr);
    nextMethod();
}

void SignIn::nextMethod()
{
    const bool canAsk = m_context.prompter->canAskSecret();
    const bool wantsAnswer = (m_methods & (SSH_AUTH_METHOD_INTERACTIVE | SSH_AUTH_METHOD_PASSWORD)) != 0;
    if (wantsAnswer && !canAsk && m_partial)
        return fail(ErrorKind::AnswerNeeded, QStringLiteral("the server wants a further proof (a code or a password)"),
                    QStringLiteral("Open the console's window, so that it can ask you."));
    if (canAsk && (m_methods & SSH_AUTH_METHOD_INTERACTIVE) && m_interactiveTries < mostTries) {
        ++m_interactiveTries;
        m_prompt = 0;
        m_step = Step::Interactive;
        return drive();
    }
    if (canAsk && (m_methods & SSH_AUTH_METHOD_PASSWORD) && m_passwordTries < mostTries) {
        ++m_passwordTries;
        m_step = Step::Password;
        return askPassword();
    }
    failRefused();
}

void SignIn::answerPrompts()
{
    ssh_session session = m_session->raw();
    const int count = ssh_userauth_kbdint_getnprompts(session);
    QByteArray heading = ssh_userauth_kbdint_getname(session);
    heading += ' ';
    heading += ssh_userauth_kbdint_getinstruction(session);
    char echo = 0;
    if (count > 0 && m_prompt < unsigned(count))
        heading += QByteArray(ssh_userauth_kbdint_getprompt(session, m_prompt, &echo));
    if (asksForNewPassword(heading))
        return fail(ErrorKind::AuthRefused, QStringLiteral("the password of this account has expired"),
                    QStringLiteral("Sign in once with ssh and set a new password."));
    if (count <= 0 || m_prompt >= unsigned(count)) { // a round without prompts must be answered too
        m_prompt = 0;
        if (++m_interactiveTries > mostRounds)
            return fail(ErrorKind::AuthRefused, QStringLiteral("the server asks without end"));
        return stepped(ssh_userauth_kbdint(session, nullptr, nullptr));
    }
    ask(sanitizedLine(heading.trimmed()), echo != 0, [this](QByteArray answer) {
        ssh_userauth_kbdint_setanswer(m_session->raw(), m_prompt, answer.constData());
        wipe(answer);
        ++m_prompt;
        answerPrompts();
    });
}

void SignIn::askPassword()
{
    ask(QStringLiteral("Password for %1").arg(m_subject), false, [this](QByteArray answer) {
        m_password = std::move(answer);
        drive();
    });
}

void SignIn::ask(const QString &prompt, bool echo, std::function<void(QByteArray)> answered)
{
    SecretQuestion question;
    question.subject = m_subject;
    question.prompt = prompt;
    question.echo = echo;
    m_asking = true;
    const auto back = m_guard.wrap([this, answered = std::move(answered)](QByteArray answer) {
        m_asking = false;
        if (answer.isNull())
            return fail(ErrorKind::AnswerNeeded, QStringLiteral("the question for a password or code was not answered"),
                        QStringLiteral("Try again and answer it, or give the host a key."));
        answered(std::move(answer));
        tellMoved();
    });
    m_context.signers.run([prompter = m_context.prompter, mailbox = m_context.loop.mailbox(), question, back] {
        prompter->askSecret(question, [mailbox, back](QByteArray answer) {
            mailbox->post([back, answer]() mutable { back(std::move(answer)); });
        });
    });
}

void SignIn::succeed()
{
    wipe(m_password);
    m_step = Step::Over;
    const auto done = std::move(m_done);
    done(std::nullopt);
}

void SignIn::fail(ErrorKind kind, const QString &text, const QString &hint)
{
    wipe(m_password);
    m_step = Step::Over;
    const auto done = std::move(m_done);
    done(Error{kind, QStringLiteral("sign in"), m_subject, text, hint});
}

void SignIn::failRefused()
{
    const bool passwords = (m_methods & (SSH_AUTH_METHOD_INTERACTIVE | SSH_AUTH_METHOD_PASSWORD)) != 0;
    QString text = QStringLiteral("the server did not accept the password");
    QString hint = QStringLiteral("Look at the user name and at the server's sign-in log.");
    if (m_offered) {
        text = QStringLiteral("the server did not accept %1").arg(m_identity->label);
        hint = QStringLiteral("Is this key in ~/.ssh/authorized_keys there, and is the user right?");
        if (m_identity->certificateExpires.isValid()
            && m_identity->certificateExpires < QDateTime::currentDateTimeUtc())
            hint = QStringLiteral("Its certificate has expired: get a new one.");
        else if (passwords && !m_context.prompter->canAskSecret())
            hint += QStringLiteral(" The server would also take a password; the console's window can ask for it.");
    }
    fail(ErrorKind::AuthRefused, text, hint);
}

void SignIn::failBroken()
{
    const QString words = m_session->errorText();
    if (m_job && !m_job->problem.isEmpty())
        return fail(ErrorKind::AuthRefused, m_identity->label + QStringLiteral(": ") + m_job->problem,
                    QStringLiteral("Unlock the agent, or touch the key when it asks."));
    if (words.contains(QLatin1String("Too many authentication failures")))
        return fail(ErrorKind::AuthRefused, QStringLiteral("the server ended the login after too many tries"),
                    QStringLiteral("Look at MaxAuthTries in the server's sshd_config, and at which key is offered."));
    fail(
        ErrorKind::AuthRefused, QStringLiteral("the server closed the connection while signing in (%1)").arg(words),
        QStringLiteral("The account may be expired or locked, or not allowed here: look at the server's sign-in log."));
}

} // namespace taffrail::ssh
