// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostkeygate.h"

#include "text.h"

namespace taffrail::ssh {

namespace {

QString plainFingerprint(QString text)
{
    text = text.trimmed();
    if (text.startsWith(QLatin1String("SHA256:"), Qt::CaseInsensitive))
        text.remove(0, 7);
    while (text.endsWith(QLatin1Char('=')))
        text.chop(1);
    return text;
}

} // namespace

HostKeyGate::HostKeyGate(Context &context, Case about, QByteArray keyBlob, std::function<void(Result<Passed>)> done)
    : m_context(context),
      m_case(std::move(about)),
      m_blob(std::move(keyBlob)),
      m_fingerprint(fingerprintOf(m_blob)),
      m_done(std::move(done))
{
    // On a worker: a first look computes an HMAC for every hashed line.
    m_context.lookups.run([files = m_case.files, host = m_case.host, port = m_case.port, address = m_case.address,
                           blob = m_blob, mailbox = m_context.loop.mailbox(),
                           answer = m_guard.wrap([this](const Verdict &verdict) { decide(verdict); })]() mutable {
        auto verdict = std::make_shared<Verdict>(files->check(host, port, address, blob));
        mailbox->post([verdict, answer]() mutable { answer(*verdict); });
    });
}

bool HostKeyGate::sameFingerprint(const QString &one, const QString &other)
{
    const QString plain = plainFingerprint(one);
    return !plain.isEmpty() && plain == plainFingerprint(other);
}

void HostKeyGate::decide(const Verdict &verdict)
{
    if (keyTypeOf(m_blob).isEmpty())
        return refuse(Error{ErrorKind::BadData,
                            QStringLiteral("host key"),
                            m_case.subject,
                            QStringLiteral("the server's key can't be read"),
                            {}});
    if (verdict.kind == Verdict::Kind::Revoked)
        return refuse(hostKeyError(verdict, m_case.reached, m_case.host, m_case.port));
    const QString seen = m_context.seenKeys.value(m_case.seenName);
    if (!seen.isEmpty() && !sameFingerprint(seen, m_fingerprint))
        return refuse(Error{
            ErrorKind::HostKeyChanged, QStringLiteral("host key"), m_case.subject,
            QStringLiteral("the host showed another key (%1) than earlier in this run (%2)").arg(m_fingerprint, seen),
            QStringLiteral(
                "Find out why before you go on. If the key was changed on purpose, start the program again.")});
    if (!m_case.pinned.isEmpty()) {
        if (sameFingerprint(m_case.pinned, m_fingerprint))
            return pass(false);
        return refuse(
            Error{ErrorKind::HostKeyChanged, QStringLiteral("host key"), m_case.subject,
                  QStringLiteral("the host's key is %1, but the inventory pins %2").arg(m_fingerprint, m_case.pinned),
                  QStringLiteral(
                      "Find out why before you go on: somebody may be listening in. If the key was changed on purpose, "
                      "change \"host_key\" in the inventory.")});
    }
    switch (verdict.kind) {
    case Verdict::Kind::Ok: return pass(false);
    case Verdict::Kind::Unknown: return decideUnknown(verdict);
    case Verdict::Kind::Changed:
    case Verdict::Kind::Revoked:
    case Verdict::Kind::CaOnly: return refuse(hostKeyError(verdict, m_case.reached, m_case.host, m_case.port));
    }
}

void HostKeyGate::decideUnknown(const Verdict &verdict)
{
    if (m_context.settings.acceptNewHostKeys && !m_case.production)
        return store();
    if (m_context.prompter->canAskHostKey())
        return ask(verdict);
    refuse(unknownError(m_case, verdict));
}

Error HostKeyGate::unknownError(const Case &about, const Verdict &verdict)
{
    Error error = hostKeyError(verdict, about.reached, about.host, about.port);
    error.kind = ErrorKind::HostKeyUnknown;
    error.hint = about.production
        ? QStringLiteral(
              "This is production: compare the fingerprint with the server's own (ssh-keygen -lf "
              "/etc/ssh/ssh_host_ed25519_key.pub), then pin it in the inventory: \"host_key\": \"%1\", or add the "
              "key to known_hosts.")
              .arg(verdict.fingerprint)
        : QStringLiteral(
              "If the fingerprint %1 is the server's own, run once with --accept-new-host-keys, or connect once "
              "with ssh.")
              .arg(verdict.fingerprint);
    return error;
}

void HostKeyGate::ask(const Verdict &verdict)
{
    HostKeyQuestion question;
    question.host = knownHostsName(m_case.host, m_case.port);
    question.reached = m_case.reached;
    question.keyType = QString::fromLatin1(keyTypeOf(m_blob));
    question.fingerprint = m_fingerprint;
    question.production = m_case.production;
    m_asking = true;
    const auto answered = m_guard.wrap([this, verdict](const QString &given) {
        m_asking = false;
        if (sameFingerprint(given, m_fingerprint))
            return store();
        Error error = unknownError(m_case, verdict);
        if (!given.isEmpty())
            error.text = QStringLiteral("the fingerprint that was entered (%1) is not the host's (%2)")
                             .arg(sanitizedLine(given.toUtf8(), 80), m_fingerprint);
        refuse(error);
    });
    m_context.signers.run([prompter = m_context.prompter, mailbox = m_context.loop.mailbox(), question, answered] {
        prompter->askHostKey(question, [mailbox, answered](QString given) {
            mailbox->post([answered, given]() mutable { answered(given); });
        });
    });
}

void HostKeyGate::store()
{
    const auto stored = m_guard.wrap([this](const Result<bool> &added) {
        if (!added && added.error().kind == ErrorKind::HostKeyChanged)
            return refuse(added.error());
        pass(true); // a file that can't be written costs the question next time, not the connection
    });
    m_context.lookups.run([files = m_case.files, host = m_case.host, port = m_case.port, blob = m_blob,
                           mailbox = m_context.loop.mailbox(), stored]() mutable {
        auto added = std::make_shared<Result<bool>>(files->add(host, port, blob));
        mailbox->post([added, stored]() mutable { stored(*added); });
    });
}

void HostKeyGate::pass(bool isNew)
{
    m_context.seenKeys.insert(m_case.seenName, m_fingerprint);
    const auto done = std::move(m_done);
    done(Passed{m_fingerprint, isNew, m_case.production});
}

void HostKeyGate::refuse(Error error)
{
    error.step = QStringLiteral("host key");
    error.subject = m_case.subject;
    const auto done = std::move(m_done);
    done(failure(std::move(error)));
}

} // namespace taffrail::ssh
