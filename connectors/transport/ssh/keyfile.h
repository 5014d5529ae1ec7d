// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>
#include <QDateTime>

#include <optional>

namespace taffrail::ssh {

/// The bytes of a private key file, opened without following a link. NotFound: no such file. BadConfig: not a regular
/// file, of another owner, readable by others, too large. The caller wipes them.
Result<QByteArray> readPrivateKeyFile(const QString &path);
/// At most 64 KiB of a small public file; empty when there is none.
QByteArray readPublicFile(const QString &path);

/// Whether the text of a private key asks for a passphrase.
bool isEncryptedKey(const QByteArray &text);
/// The public key blob inside the text of a private key in OpenSSH's own format (it is never encrypted); else empty.
QByteArray embeddedPublicBlob(const QByteArray &text);
/// The blob of a one-line public key or certificate, "ssh-ed25519 AAAA… comment"; empty when it is not one.
QByteArray publicBlobOf(const QByteArray &line);

/// What a certificate says (OpenSSH PROTOCOL.certkeys).
struct Certificate {
    QByteArray plainBlob; ///< the key that was certified, as a plain public key
    bool isUser = false; ///< else a host's
    quint64 validAfter = 0, validBefore = 0; ///< seconds since 1970; 2^64-1 = for ever
};
/// Nothing for a plain key or a malformed blob.
std::optional<Certificate> parseCertificate(const QByteArray &blob);
/// The plain key of a key or certificate blob.
QByteArray plainBlobOf(const QByteArray &blob);
/// Why a certificate cannot be used at `now`, or nothing.
std::optional<QString> certificateFault(const Certificate &certificate, const QDateTime &now);

} // namespace taffrail::ssh
