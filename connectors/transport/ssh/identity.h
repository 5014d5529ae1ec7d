// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent.h"
#include "sshconfig.h"

#include <QDateTime>

#include <functional>
#include <optional>

struct ssh_key_struct; // libssh's ssh_key, so that users of this header need not include libssh

namespace taffrail::ssh {

/// Frees an ssh_key (libssh wipes private parts).
struct KeyFree {
    void operator()(ssh_key_struct *key) const;
};
using Key = std::unique_ptr<ssh_key_struct, KeyFree>;

/// The one identity that is offered to a host.
struct Identity {
    QString label; ///< "key ~/.ssh/ops", "agent key SHA256:… (me@laptop)"
    QString fingerprint; ///< of the plain public key
    /// File: the private key, certificate attached, this caller's own copy. For ssh_userauth_publickey.
    Key key;
    /// Agent: socket and key for AgentFilter::start(). Exactly one of `key` and `agentKey` is set.
    std::optional<AgentKey> agentKey;
    QString agentSocket;
    QDateTime certificateExpires; ///< UTC; invalid = no certificate, or one without end

    bool isAgent() const { return agentKey.has_value(); }
};

/// Asks a person for the passphrase of a key; blocks. A null array = refused. Attempt counts from 1.
using AskPassphrase = std::function<QByteArray(const QString &subject, const QString &prompt, int attempt)>;

/// Chooses and loads identities; keeps imported keys, so that a passphrase is asked once. Functions may be called from
/// any thread but the UI's and the network's: they block on files, the agent (5 s), bcrypt and the person.
class Identities {
public:
    Identities();
    ~Identities();
    Q_DISABLE_COPY_MOVE(Identities)

    /// One identity for a resolved host. Order: the inventory's identity_file (through the agent when it holds that
    /// key); the first configured IdentityFile that exists or whose public half the agent holds; without any
    /// configured, the agent's first key (unless IdentitiesOnly), else the first default file that exists. NotFound:
    /// there is nothing to offer (a password may still work). AnswerNeeded: a passphrase is needed and `ask` is null or
    /// was refused. BadConfig: a key file that others can read, a link, not a key, an expired certificate.
    Result<Identity> choose(const ResolvedHost &host, const SshSpec &spec, const AskPassphrase &ask);
    /// Forgets all imported keys.
    void forget();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// A certificate blob's end of validity; invalid for a plain key, a certificate without end or a malformed blob.
QDateTime certificateExpiry(const QByteArray &certificateBlob);

} // namespace taffrail::ssh
