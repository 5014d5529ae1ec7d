// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "context.h"

namespace taffrail::ssh {

/// Decides whether a host's key is the right one: pinned, known, asked. Destroying it stops it.
class HostKeyGate {
public:
    struct Case {
        QString host; ///< name to look up: HostKeyAlias, else the host name
        int port = 22; ///< 22 with a HostKeyAlias
        QString address; ///< numeric, or ""
        QString reached; ///< what the user called it, with its jump chain
        QString subject; ///< for errors
        QString seenName; ///< key into Context::seenKeys
        QString pinned; ///< "SHA256:…" or ""
        bool production = false;
        std::shared_ptr<KnownHosts> files;
    };
    struct Passed {
        QString fingerprint;
        bool isNew = false; ///< accepted just now, not pinned and not known before
        bool forProduction = false; ///< judged by the rules for production
    };

    HostKeyGate(Context &context, Case about, QByteArray keyBlob, std::function<void(Result<Passed>)> done);
    Q_DISABLE_COPY_MOVE(HostKeyGate)

    bool isAsking() const { return m_asking; }

    /// Same fingerprint, however it was written ("SHA256:" may be missing, "=" at the end, blanks around).
    static bool sameFingerprint(const QString &one, const QString &other);
    /// Nothing is known and nobody can be asked: what to do.
    static Error unknownError(const Case &about, const Verdict &verdict);

private:
    void decide(const Verdict &verdict);
    void decideUnknown(const Verdict &verdict);
    void ask(const Verdict &verdict);
    void store();
    void pass(bool isNew);
    void refuse(Error error);

    Context &m_context;
    Case m_case;
    QByteArray m_blob;
    QString m_fingerprint;
    std::function<void(Result<Passed>)> m_done;
    bool m_asking = false;
    Guard m_guard;
};

} // namespace taffrail::ssh
