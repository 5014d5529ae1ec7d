// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QStringList>

#include <optional>

namespace taffrail::sources {

/// The facts of one X.509 certificate. Names are remote text, already cleaned.
struct Certificate {
    QString subject, issuer; ///< "CN=shop.example.test"
    QString serial; ///< hex
    QString fingerprint; ///< SHA-256, hex
    QDateTime notBefore, notAfter; ///< UTC
    QStringList dnsNames; ///< subjectAltName, lower case
    QList<QByteArray> addresses; ///< 4 or 16 bytes
    QString keyType; ///< "RSA", "EC", "Ed25519" …
    int keyBits = 0;
    QString signatureHash; ///< "SHA256"; "" = part of the algorithm
    bool isSelfSigned = false; ///< subject and issuer are the same
};

/// Reads DER; nothing for what is no certificate.
std::optional<Certificate> readCertificate(const QByteArray &der);
/// All certificates of a PEM text as DER.
QList<QByteArray> derOfPem(const QByteArray &pem);
/// By subjectAltName alone (never the common name): an IP target needs an IP entry; a wildcard covers exactly one
/// label.
bool matchesName(const Certificate &certificate, const QString &host);

} // namespace taffrail::sources
