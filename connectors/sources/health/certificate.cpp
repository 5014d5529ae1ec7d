// SPDX-License-Identifier: GPL-3.0-or-later
#include "certificate.h"

#include "text.h"

#include <QCryptographicHash>
#include <QUrl>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <memory>

namespace taffrail::sources {

namespace {

template <auto Free> struct Freer {
    template <typename T> void operator()(T *object) const { Free(object); }
};
using X509Pointer = std::unique_ptr<X509, Freer<X509_free>>;
using BioPointer = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using NamesPointer = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;
using NumberPointer = std::unique_ptr<BIGNUM, Freer<BN_free>>;

QString nameText(const X509_NAME *name)
{
    const BioPointer bio(BIO_new(BIO_s_mem()));
    if (!bio || !name
        || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB))
            < 0)
        return {};
    char *data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return size > 0 ? sanitizedLine(QByteArray(data, size), 200) : QString();
}

QDateTime timeText(const ASN1_TIME *time)
{
    tm parts{};
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1)
        return {};
    return QDateTime(QDate(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday),
                     QTime(parts.tm_hour, parts.tm_min, qMin(parts.tm_sec, 59)), Qt::UTC);
}

QString serialText(const X509 *certificate)
{
    const NumberPointer number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    char *hex = number ? BN_bn2hex(number.get()) : nullptr;
    QString text = hex ? QString::fromLatin1(hex).left(80) : QString();
    OPENSSL_free(hex);
    return text;
}

void readNames(Certificate &facts, const X509 *certificate)
{
    const NamesPointer names(
        static_cast<GENERAL_NAMES *>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS && name->type != GEN_IPADD)
            continue;
        const ASN1_STRING *string = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
        const QByteArray bytes(reinterpret_cast<const char *>(ASN1_STRING_get0_data(string)),
                               ASN1_STRING_length(string));
        if (name->type == GEN_IPADD)
            facts.addresses.append(bytes);
        else if (!bytes.contains('\0')) // a NUL inside a name is an old trick to be read short
            facts.dnsNames.append(sanitizedLine(bytes, 255).toLower());
    }
}

void readKey(Certificate &facts, const X509 *certificate)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (key) {
        facts.keyBits = EVP_PKEY_get_bits(key);
        const int type = EVP_PKEY_get_base_id(key);
        facts.keyType = type == EVP_PKEY_EC ? QStringLiteral("EC") : QString::fromLatin1(OBJ_nid2sn(type)).left(20);
        if (type == EVP_PKEY_RSA)
            facts.keyType = QStringLiteral("RSA");
    }
    int hash = NID_undef;
    if (X509_get_signature_info(const_cast<X509 *>(certificate), &hash, nullptr, nullptr, nullptr) == 1
        && hash != NID_undef)
        facts.signatureHash = QString::fromLatin1(OBJ_nid2sn(hash)).toUpper();
}

bool matchesPattern(const QString &pattern, const QString &host)
{
    if (pattern == host)
        return true;
    if (!pattern.startsWith(QLatin1String("*.")))
        return false;
    const qsizetype dot = host.indexOf(QLatin1Char('.'));
    return dot > 0 && host.mid(dot) == pattern.mid(1);
}

/// 4 or 16 bytes of an address literal; empty for a name.
QByteArray addressOf(const QString &host)
{
    QString text = host;
    if (text.startsWith(QLatin1Char('[')) && text.endsWith(QLatin1Char(']')))
        text = text.mid(1, text.size() - 2);
    const QByteArray latin = text.toLatin1();
    unsigned char bytes[16];
    if (inet_pton(AF_INET, latin.constData(), bytes) == 1)
        return QByteArray(reinterpret_cast<const char *>(bytes), 4);
    if (inet_pton(AF_INET6, latin.constData(), bytes) == 1)
        return QByteArray(reinterpret_cast<const char *>(bytes), 16);
    return {};
}

} // namespace

std::optional<Certificate> readCertificate(const QByteArray &der)
{
    if (der.isEmpty() || der.size() > 1024 * 1024)
        return std::nullopt;
    const auto *bytes = reinterpret_cast<const unsigned char *>(der.constData());
    const X509Pointer certificate(d2i_X509(nullptr, &bytes, long(der.size())));
    if (!certificate)
        return std::nullopt;
    Certificate facts;
    facts.subject = nameText(X509_get_subject_name(certificate.get()));
    facts.issuer = nameText(X509_get_issuer_name(certificate.get()));
    facts.isSelfSigned
        = X509_NAME_cmp(X509_get_subject_name(certificate.get()), X509_get_issuer_name(certificate.get())) == 0;
    facts.serial = serialText(certificate.get());
    facts.fingerprint = QString::fromLatin1(QCryptographicHash::hash(der, QCryptographicHash::Sha256).toHex());
    facts.notBefore = timeText(X509_get0_notBefore(certificate.get()));
    facts.notAfter = timeText(X509_get0_notAfter(certificate.get()));
    readNames(facts, certificate.get());
    readKey(facts, certificate.get());
    return facts;
}

QList<QByteArray> derOfPem(const QByteArray &pem)
{
    static const QByteArray begin = "-----BEGIN CERTIFICATE-----";
    static const QByteArray end = "-----END CERTIFICATE-----";
    QList<QByteArray> chain;
    for (qsizetype at = pem.indexOf(begin); at >= 0 && chain.size() < 20; at = pem.indexOf(begin, at + 1)) {
        const qsizetype start = at + begin.size();
        const qsizetype stop = pem.indexOf(end, start);
        if (stop < 0)
            break;
        chain.append(QByteArray::fromBase64(pem.mid(start, stop - start)));
    }
    return chain;
}

bool matchesName(const Certificate &certificate, const QString &host)
{
    const QByteArray address = addressOf(host);
    if (!address.isEmpty())
        return certificate.addresses.contains(address);
    QString name = QString::fromLatin1(QUrl::toAce(host.toLower()));
    if (name.isEmpty())
        name = host.toLower();
    while (name.endsWith(QLatin1Char('.')))
        name.chop(1);
    for (const QString &pattern : certificate.dnsNames) {
        if (matchesPattern(pattern, name))
            return true;
    }
    return false;
}

} // namespace taffrail::sources
