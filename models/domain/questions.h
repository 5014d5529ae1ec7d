// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace taffrail {

/// A host key that nothing is known about; a person compares the fingerprint and answers.
struct HostKeyQuestion {
    quint64 id = 0;
    QString host; ///< "10.0.0.5" or "[10.0.0.5]:2222" as known_hosts writes it
    QString reached; ///< what the user called it, with its jump chain
    QString keyType; ///< "ssh-ed25519"
    QString fingerprint; ///< "SHA256:…"
    bool production = false; ///< of a production environment: the fingerprint must be typed or pasted
};

/// A passphrase, password or keyboard-interactive prompt. Texts are remote: already sanitised, shown as plain text.
struct SecretQuestion {
    quint64 id = 0;
    QString subject; ///< "deploy@web1", "key ~/.ssh/ops", "database main"
    QString prompt;
    bool echo = false; ///< the answer may be shown while typing
};

} // namespace taffrail
