// SPDX-License-Identifier: GPL-3.0-or-later
#include "tlswords.h"

#include "text.h"

#include <QSslCertificate>
#include <QStringList>

#include <algorithm>

namespace taffrail::http {

namespace {

bool isAbout(const QList<QSslError> &errors, std::initializer_list<QSslError::SslError> kinds)
{
    return std::ranges::any_of(
        errors, [&](const QSslError &error) { return std::ranges::find(kinds, error.error()) != kinds.end(); });
}

bool isUnknownIssuer(const QList<QSslError> &errors)
{
    return isAbout(errors,
                   {QSslError::UnableToGetIssuerCertificate, QSslError::UnableToGetLocalIssuerCertificate,
                    QSslError::UnableToVerifyFirstCertificate});
}

QString dateText(const QDateTime &time)
{
    return time.toUTC().toString(QStringLiteral("yyyy-MM-dd"));
}

QString namesOf(const QSslCertificate &certificate)
{
    QStringList names = certificate.subjectAlternativeNames().values();
    if (names.size() > 5)
        names = names.mid(0, 5) << QStringLiteral("…");
    for (QString &name : names)
        name = sanitizedLine(name.toUtf8(), 80);
    return names.isEmpty() ? QStringLiteral("no name at all") : names.join(QStringLiteral(", "));
}

QString wordsOf(const QSslError &error, const QString &wantedName)
{
    const QSslCertificate certificate = error.certificate();
    switch (error.error()) {
    case QSslError::CertificateExpired:
        return QStringLiteral("the certificate expired on %1").arg(dateText(certificate.expiryDate()));
    case QSslError::CertificateNotYetValid:
        return QStringLiteral("the certificate is valid only from %1").arg(dateText(certificate.effectiveDate()));
    case QSslError::HostNameMismatch:
        return QStringLiteral("the certificate is for %1, not for %2").arg(namesOf(certificate), wantedName);
    case QSslError::SelfSignedCertificate: return QStringLiteral("the certificate is signed by itself");
    case QSslError::SelfSignedCertificateInChain:
        return QStringLiteral("the chain ends in an authority that is not trusted here");
    case QSslError::UnableToGetIssuerCertificate:
    case QSslError::UnableToGetLocalIssuerCertificate:
    case QSslError::UnableToVerifyFirstCertificate:
        return QStringLiteral("the issuer \"%1\" is not known: an intermediate certificate is missing, or its "
                              "authority is not trusted here")
            .arg(
                sanitizedLine(certificate.issuerInfo(QSslCertificate::CommonName).join(QLatin1Char(' ')).toUtf8(), 80));
    case QSslError::CertificateRevoked: return QStringLiteral("the certificate is revoked");
    default: return sanitizedLine(error.errorString().toUtf8(), 200);
    }
}

} // namespace

QString verifyText(const QList<QSslError> &errors, const QString &wantedName)
{
    QStringList words;
    bool issuerSaid = false;
    for (const QSslError &error : errors) {
        // OpenSSL tells a missing issuer twice: that it isn't there, and that the first certificate cannot be verified.
        const bool isIssuer = isUnknownIssuer({error});
        if (isIssuer && issuerSaid)
            continue;
        issuerSaid = issuerSaid || isIssuer;
        const QString text = wordsOf(error, wantedName);
        if (!words.contains(text))
            words << text;
    }
    return words.join(QStringLiteral("; "));
}

QString verifyHint(const QList<QSslError> &errors)
{
    if (isAbout(errors, {QSslError::CertificateNotYetValid}))
        return QStringLiteral("Compare the clocks of both sides.");
    if (isAbout(errors, {QSslError::CertificateExpired}))
        return QStringLiteral("Renew it, and reload the server.");
    if (isUnknownIssuer(errors))
        return QStringLiteral("Serve the full chain, leaf first.");
    return {};
}

QList<QSslError> chainErrors(const QList<QSslError> &errors)
{
    QList<QSslError> chain = errors;
    chain.removeIf([](const QSslError &error) { return error.error() == QSslError::HostNameMismatch; });
    return chain;
}

} // namespace taffrail::http
