// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>
#include <QStringList>

#include <memory>

namespace taffrail::ssh {

/// What the known_hosts files say of one key of one host.
struct Verdict {
    enum class Kind {
        Ok, ///< exactly this key is known for this host
        Changed, ///< the host is known, with other keys only (of whatever type): never continue
        Revoked, ///< a matching @revoked line: never continue
        Unknown, ///< nothing is known of this host
        CaOnly, ///< only a @cert-authority line matches; host certificates are not supported
    };
    Kind kind = Kind::Unknown;
    QString file; ///< file and line that the verdict rests on; "" and 0 for Unknown
    int line = 0; ///< from 1
    QString fingerprint; ///< of the key that was checked, "SHA256:…"
    QStringList knownFingerprints; ///< Changed: "ssh-ed25519 SHA256:…" of every key known for the host
    QStringList
        knownAs; ///< Unknown: other names (at most 5) under which this very key is known; "(hashed name)" if hidden
};

/// An index over known_hosts files, read again when a file's time, size or inode changed. All functions may be called
/// from any thread; each costs a stat per file, and a first look at a host one HMAC per hashed line.
class KnownHosts {
public:
    /// The first user file is the one that add() writes to. A file that does not exist is empty.
    explicit KnownHosts(QStringList userFiles, QStringList globalFiles = {});
    ~KnownHosts();
    Q_DISABLE_COPY_MOVE(KnownHosts)

    /// `host` as the user knows it (or HostKeyAlias, then with port 22); `address` may be "": it only widens the search
    /// for
    /// @revoked lines and other names. `keyBlob` is the public key in SSH wire format. Order: revoked in any file;
    /// known in the user's files; other keys in the user's files; the same for the global files; authority only;
    /// unknown.
    Verdict check(const QString &host, int port, const QString &address, const QByteArray &keyBlob) const;
    /// Key types known for the host, most trusted file first, for SSH_OPTIONS_HOSTKEYS: the global files count only
    /// where the user's files do not know the host. Empty = not known.
    QStringList knownKeyTypes(const QString &host, int port) const;
    /// Appends a line to the first user file (hashed when that file has hashed lines) under a lock file, synced to
    /// disk. False: the key was there already. Refused when the file knows other keys of the host.
    Result<bool> add(const QString &host, int port, const QByteArray &keyBlob);
    /// Lines that were skipped, "FILE:LINE: why", at most 100.
    QStringList problems() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// "SHA256:…" as OpenSSH prints it (base64 without padding).
QString fingerprintOf(const QByteArray &keyBlob);
/// The type name inside a public key blob, "ssh-ed25519"; empty when the blob is malformed.
QByteArray keyTypeOf(const QByteArray &keyBlob);
/// "host", or "[host]:port" when the port is not 22; lower case.
QString knownHostsName(const QString &host, int port);
/// A verdict in words, for every kind but Ok. `reached` is what the user called the host.
Error hostKeyError(const Verdict &verdict, const QString &reached, const QString &host, int port);

} // namespace taffrail::ssh
