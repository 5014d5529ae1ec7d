// SPDX-License-Identifier: GPL-3.0-or-later
#include "identity.h"

#include "keyfile.h"
#include "knownhosts.h"
#include "secret.h"
#include "sshconfigscan.h"
#include "text.h"

#include <libssh/libssh.h>

#include <QCryptographicHash>
#include <QFile>
#include <QHash>
#include <QMutex>

#include <algorithm>

namespace taffrail::ssh {

namespace {

constexpr int passphraseAttempts = 3;

QString shortPath(const QString &path)
{
    const QString home = accountHome() + QLatin1Char('/');
    return path.startsWith(home) ? QStringLiteral("~/") + path.mid(home.size()) : path;
}

QString expandedHome(const QString &path)
{
    return path.startsWith(QLatin1String("~/")) ? accountHome() + path.mid(1) : path;
}

auto keyError(ErrorKind kind, const QString &path, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("key file"), shortPath(path), text, hint);
}

QByteArray publicBlobOf(ssh_key key)
{
    char *text = nullptr;
    if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK)
        return {};
    const QByteArray blob = QByteArray::fromBase64(text);
    ssh_string_free_char(text);
    return blob;
}

Key importKey(const QByteArray &text, const QByteArray &passphrase)
{
    ssh_key key = nullptr;
    if (ssh_pki_import_privkey_base64(text.constData(), passphrase.isNull() ? nullptr : passphrase.constData(), nullptr,
                                      nullptr, &key)
        != SSH_OK)
        return {};
    return Key(key);
}

/// A key file as far as it can be known without its passphrase.
struct KeyHead {
    QString path;
    QByteArray digest; ///< SHA-256 of the private file: with another content it is another key
    QByteArray publicBlob; ///< empty when only the decrypted key would tell
    bool isEncrypted = false;
    bool isPublicOnly = false; ///< the file is a public key: the agent must hold the private half
};

/// Reads the public half, from the private file itself or from PATH.pub.
Result<KeyHead> readHead(const QString &path)
{
    KeyHead head;
    head.path = path;
    // a .pub file may be readable by all: it only names a key of the agent
    if (const QByteArray blob = taffrail::ssh::publicBlobOf(readPublicFile(path)); !blob.isEmpty()) {
        head.publicBlob = blob;
        head.isPublicOnly = true;
        return head;
    }
    Result<QByteArray> text = readPrivateKeyFile(path);
    if (!text) {
        head.publicBlob = taffrail::ssh::publicBlobOf(readPublicFile(path + QStringLiteral(".pub")));
        head.isPublicOnly = true;
        if (text.error().kind == ErrorKind::NotFound && !head.publicBlob.isEmpty())
            return head;
        return failure(text.error());
    }
    const WipeGuard wiped(*text);
    head.digest = QCryptographicHash::hash(*text, QCryptographicHash::Sha256);
    head.isEncrypted = isEncryptedKey(*text);
    head.publicBlob = embeddedPublicBlob(*text);
    if (head.publicBlob.isEmpty())
        head.publicBlob = taffrail::ssh::publicBlobOf(readPublicFile(path + QStringLiteral(".pub")));
    return head;
}

/// Asks the agent once, and only when somebody wants to know.
class Agent {
public:
    explicit Agent(QString socket) : m_socket(std::move(socket)) {}
    const std::vector<AgentKey> &keys()
    {
        if (!m_asked && !m_socket.isEmpty()) {
            if (auto list = listAgentKeys(m_socket))
                m_keys = std::move(*list);
            else
                m_error = list.error();
        }
        m_asked = true;
        return m_keys;
    }
    /// The key itself, or better a certificate for it that is valid now.
    const AgentKey *find(const QByteArray &plainBlob)
    {
        const AgentKey *best = nullptr;
        for (const AgentKey &key : keys()) {
            const auto certificate = parseCertificate(key.blob);
            if (key.blob == plainBlob && !best)
                best = &key;
            else if (certificate && certificate->plainBlob == plainBlob
                     && !certificateFault(*certificate, QDateTime::currentDateTimeUtc()))
                best = &key;
        }
        return best;
    }
    const std::optional<Error> &error() const { return m_error; }
    const QString &socket() const { return m_socket; }

private:
    QString m_socket;
    bool m_asked = false;
    std::vector<AgentKey> m_keys;
    std::optional<Error> m_error;
};

Identity fromAgent(const Agent &agent, const AgentKey &key)
{
    Identity identity;
    identity.agentKey = key;
    identity.agentSocket = agent.socket();
    identity.fingerprint = fingerprintOf(plainBlobOf(key.blob));
    identity.certificateExpires = certificateExpiry(key.blob);
    identity.label = QStringLiteral("agent key %1 (%2)").arg(identity.fingerprint, key.comment);
    return identity;
}

/// Attaches the certificate made for this key: a configured one, else KEY-cert.pub.
Result<Identity> withCertificate(Identity identity, const QString &keyPath, const QStringList &configured)
{
    const QByteArray plain = publicBlobOf(identity.key.get());
    QStringList files = configured;
    files << keyPath + QStringLiteral("-cert.pub");
    for (const QString &file : files) {
        const QByteArray blob = taffrail::ssh::publicBlobOf(readPublicFile(file));
        const auto certificate = parseCertificate(blob);
        if (!certificate || certificate->plainBlob != plain)
            continue;
        if (const auto fault = certificateFault(*certificate, QDateTime::currentDateTimeUtc()))
            return failure(ErrorKind::BadConfig, QStringLiteral("certificate"), shortPath(file), *fault,
                           QStringLiteral("Have it issued anew; ssh-keygen -L -f '%1' shows what it says.").arg(file));
        ssh_key imported = nullptr;
        if (ssh_pki_import_cert_file(QFile::encodeName(file).constData(), &imported) != SSH_OK)
            return keyError(ErrorKind::BadConfig, file, QStringLiteral("not a certificate that libssh can read"));
        const Key owned(imported);
        if (ssh_pki_copy_cert_to_privkey(imported, identity.key.get()) != SSH_OK)
            return keyError(ErrorKind::BadConfig, file,
                            QStringLiteral("the certificate cannot be joined with the key"));
        identity.certificateExpires = certificateExpiry(blob);
        break;
    }
    return identity;
}

} // namespace

void KeyFree::operator()(ssh_key_struct *key) const
{
    ssh_key_free(key);
}

struct Identities::Private {
    /// One key file: imported once, asked for once at a time however many hosts wait for it.
    struct Slot {
        QMutex mutex;
        Key key;
        QByteArray digest; ///< KeyHead::digest of `key`
        quint64 refusals = 0;
        Error refusal;
    };
    QMutex mutex;
    QHash<QString, std::shared_ptr<Slot>> keys;

    std::shared_ptr<Slot> slot(const QString &path)
    {
        const QMutexLocker lock(&mutex);
        std::shared_ptr<Slot> &found = keys[path];
        if (!found)
            found = std::make_shared<Slot>();
        return found;
    }
    Result<Key> load(const KeyHead &head, const AskPassphrase &ask);
    static Result<Key> unlock(const KeyHead &head, const QByteArray &text, const AskPassphrase &ask);
    Result<Identity> fromFile(const KeyHead &head, const ResolvedHost &host, const AskPassphrase &ask);
    Result<Identity> fromEither(const QString &path, const ResolvedHost &host, Agent &agent, const AskPassphrase &ask);
};

Result<Key> Identities::Private::unlock(const KeyHead &head, const QByteArray &text, const AskPassphrase &ask)
{
    if (!head.isEncrypted) {
        if (Key key = importKey(text, {}))
            return key;
        return keyError(ErrorKind::BadConfig, head.path, QStringLiteral("not a private key that libssh can read"));
    }
    if (!ask)
        return keyError(ErrorKind::AnswerNeeded, head.path,
                        QStringLiteral("the key has a passphrase, and nobody is there to ask"),
                        QStringLiteral("Add it to the ssh-agent: ssh-add '%1'").arg(head.path));
    const QString subject = QStringLiteral("key %1").arg(shortPath(head.path));
    for (int attempt = 1; attempt <= passphraseAttempts; ++attempt) {
        QByteArray passphrase = ask(subject,
                                    attempt == 1 ? QStringLiteral("Passphrase:")
                                                 : QStringLiteral("That was not the passphrase. Passphrase:"),
                                    attempt);
        const WipeGuard wiped(passphrase);
        if (passphrase.isNull())
            return keyError(ErrorKind::AnswerNeeded, head.path, QStringLiteral("no passphrase was given"));
        if (Key key = importKey(text, passphrase))
            return key;
    }
    return keyError(ErrorKind::AuthRefused, head.path, QStringLiteral("the passphrase was wrong three times"));
}

Result<Key> Identities::Private::load(const KeyHead &head, const AskPassphrase &ask)
{
    const std::shared_ptr<Slot> entry = slot(head.path);
    quint64 refusalsBefore = 0;
    {
        const QMutexLocker lock(&mutex);
        refusalsBefore = entry->refusals;
    }
    const QMutexLocker lock(&entry->mutex);
    {
        const QMutexLocker inner(&mutex);
        if (entry->refusals != refusalsBefore)
            return failure(
                entry->refusal); // refused while we waited: the same question is not asked again for each host
    }
    if (!entry->key || entry->digest != head.digest) {
        Result<QByteArray> text = readPrivateKeyFile(head.path);
        if (!text)
            return failure(text.error());
        const WipeGuard wiped(*text);
        Result<Key> key = unlock(head, *text, ask);
        if (!key) {
            const QMutexLocker inner(&mutex);
            ++entry->refusals;
            entry->refusal = key.error();
            return key;
        }
        entry->key = std::move(*key);
        entry->digest = head.digest;
    }
    Key copy(ssh_key_dup(entry->key.get()));
    if (!copy)
        return keyError(ErrorKind::Internal, head.path, QStringLiteral("the key cannot be copied"));
    return copy;
}

Result<Identity> Identities::Private::fromFile(const KeyHead &head, const ResolvedHost &host, const AskPassphrase &ask)
{
    Result<Key> key = load(head, ask);
    if (!key)
        return failure(key.error());
    Identity identity;
    identity.label = QStringLiteral("key %1").arg(shortPath(head.path));
    identity.fingerprint = fingerprintOf(publicBlobOf(key->get()));
    identity.key = std::move(*key);
    return withCertificate(std::move(identity), head.path, host.certificateFiles);
}

/// A key file that needs no passphrase is used as it is; one that does is better asked of the agent.
Result<Identity> Identities::Private::fromEither(const QString &path, const ResolvedHost &host, Agent &agent,
                                                 const AskPassphrase &ask)
{
    const Result<KeyHead> head = readHead(path);
    if (!head)
        return failure(head.error());
    if ((head->isEncrypted || head->isPublicOnly) && !head->publicBlob.isEmpty()) {
        if (const AgentKey *key = agent.find(plainBlobOf(head->publicBlob)))
            return fromAgent(agent, *key);
    }
    if (!head->isPublicOnly)
        return fromFile(*head, host, ask);
    if (agent.error())
        return failure(*agent.error());
    return keyError(ErrorKind::NotFound, path,
                    QStringLiteral("the private key is neither on this machine nor in the ssh-agent"),
                    QStringLiteral("Add it, or unlock the agent: ssh-add -X"));
}

Identities::Identities() : d(std::make_unique<Private>()) {}

Identities::~Identities() = default;

Result<Identity> Identities::choose(const ResolvedHost &host, const SshSpec &spec, const AskPassphrase &ask)
{
    Agent agent(host.identityAgent);
    if (!spec.identityFile.isEmpty())
        return d->fromEither(expandedHome(spec.identityFile), host, agent, ask);
    std::optional<Error> firstError;
    const auto note = [&](const Error &error) {
        if (!firstError && error.kind != ErrorKind::NotFound)
            firstError = error;
    };
    for (const QString &path : host.identityFiles) {
        Result<Identity> identity = d->fromEither(path, host, agent, ask);
        if (identity || identity.error().kind == ErrorKind::AnswerNeeded
            || identity.error().kind == ErrorKind::AuthRefused)
            return identity;
        note(identity.error());
    }
    if (host.identityFiles.isEmpty()) {
        if (!host.identitiesOnly && !agent.keys().empty())
            return fromAgent(agent, agent.keys().front());
        for (const QString &path : host.defaultIdentityFiles) {
            Result<Identity> identity = d->fromEither(path, host, agent, ask);
            if (identity || identity.error().kind == ErrorKind::AnswerNeeded
                || identity.error().kind == ErrorKind::AuthRefused)
                return identity;
            note(identity.error());
        }
    }
    if (!firstError)
        firstError = agent.error();
    if (firstError)
        return failure(*firstError);
    return failure(ErrorKind::NotFound, QStringLiteral("sign in"), host.alias,
                   host.identityAgent.isEmpty()
                       ? QStringLiteral("no key file and no ssh-agent")
                       : QStringLiteral("no key file, and the ssh-agent holds no key or is locked"),
                   QStringLiteral("Name one as \"identity_file\", or add one: ssh-add (a locked agent: ssh-add -X)."));
}

void Identities::forget()
{
    const QMutexLocker lock(&d->mutex);
    d->keys.clear();
}

} // namespace taffrail::ssh
