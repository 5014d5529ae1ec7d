// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostlists.h"

#include "certificate.h"
#include "configsecrets.h"
#include "registry.h"

#include "text.h"

#include <QRegularExpression>

#include <openssl/x509.h>

#include <memory>

namespace taffrail::sources {

namespace {

struct X509Free {
    void operator()(X509 *certificate) const { X509_free(certificate); }
};
using X509Pointer = std::unique_ptr<X509, X509Free>;

/// One certificate of a file, and the line on which it begins.
struct FileCertificate {
    Certificate facts;
    X509Pointer object;
    int line = 0;
};

QString addressText(const QByteArray &bytes)
{
    if (bytes.size() == 4)
        return QStringLiteral("%1.%2.%3.%4")
            .arg(quint8(bytes[0]))
            .arg(quint8(bytes[1]))
            .arg(quint8(bytes[2]))
            .arg(quint8(bytes[3]));
    QStringList groups;
    for (qsizetype i = 0; i + 1 < bytes.size(); i += 2)
        groups << QString::number((quint8(bytes[i]) << 8) | quint8(bytes[i + 1]), 16);
    return groups.join(QLatin1Char(':'));
}

QString namesText(const Certificate &facts)
{
    QStringList names = facts.dnsNames;
    for (const QByteArray &address : facts.addresses)
        names << addressText(address);
    names.sort();
    names.removeDuplicates();
    return names.join(QStringLiteral(", "));
}

bool isSignedBy(const FileCertificate &certificate, const FileCertificate &issuer)
{
    if (certificate.facts.issuer != issuer.facts.subject)
        return false;
    EVP_PKEY *key = X509_get0_pubkey(issuer.object.get());
    return key && X509_verify(certificate.object.get(), key) == 1;
}

/// Whether each certificate is signed by the next one, as a server must send them.
QString chainText(const std::vector<FileCertificate> &chain)
{
    for (size_t i = 0; i + 1 < chain.size(); ++i) {
        if (isSignedBy(chain[i], chain[i + 1]))
            continue;
        for (size_t other = 0; other < chain.size(); ++other) {
            if (other != i && isSignedBy(chain[i], chain[other]))
                return QStringLiteral("out of order: certificate[%1] is signed by certificate[%2]").arg(i).arg(other);
        }
        return chain[i].facts.isSelfSigned
            ? QStringLiteral("certificate[%1] ends it, and more follow").arg(i)
            : QStringLiteral("broken: the issuer of certificate[%1] does not follow").arg(i);
    }
    const FileCertificate &last = chain.back();
    if (isSignedBy(last, last))
        return chain.size() == 1 ? QStringLiteral("self-signed") : QStringLiteral("complete, with its root");
    return chain.size() == 1 ? QStringLiteral("alone: the file holds no issuer")
                             : QStringLiteral("complete up to %1").arg(last.facts.issuer);
}

void addCertificate(ParsedConfig &parsed, const FileCertificate &certificate, int index)
{
    const Certificate &facts = certificate.facts;
    const QString key = joinIndex(QStringLiteral("certificate"), index);
    const auto add = [&](const char *name, const QString &value, ConfigType type = ConfigType::Text) {
        addEntry(parsed, joinKey(key, QLatin1String(name)), value, certificate.line, type);
    };
    add("subject", facts.subject);
    add("issuer", facts.issuer);
    add("names", namesText(facts));
    add("not_before", rfc3339(facts.notBefore), ConfigType::Time);
    add("not_after", rfc3339(facts.notAfter), ConfigType::Time);
    add("serial", facts.serial);
    // Not ".key": that would be the name of a secret.
    add("public", QStringLiteral("%1 %2 bits").arg(facts.keyType).arg(facts.keyBits));
    char algorithm[80] = "";
    OBJ_obj2txt(algorithm, sizeof(algorithm), OBJ_nid2obj(X509_get_signature_nid(certificate.object.get())), 0);
    add("signature", QString::fromLatin1(algorithm));
    add("sha256", facts.fingerprint);
}

std::optional<FileCertificate> certificateOf(const QByteArray &der, int line)
{
    std::optional<Certificate> facts = readCertificate(der);
    const auto *bytes = reinterpret_cast<const unsigned char *>(der.constData());
    X509Pointer object(facts ? d2i_X509(nullptr, &bytes, long(der.size())) : nullptr);
    if (!object)
        return std::nullopt;
    // "TRUSTED CERTIFICATE" carries more behind it; the fingerprint is of the certificate alone.
    return FileCertificate{std::move(*facts), std::move(object), line};
}

class PemReader {
public:
    ParsedConfig read(const QByteArray &bytes)
    {
        for (const QByteArray &raw : linesWithoutReturn(bytes)) {
            ++m_number;
            const QByteArray line = raw.trimmed();
            if (m_label.isEmpty())
                readOutside(line);
            else
                readInside(line);
        }
        if (!m_label.isEmpty())
            addError(m_parsed, m_start, QStringLiteral("%1 has no end").arg(QString::fromLatin1(m_label)));
        if (m_chain.empty() && m_number > 0)
            addError(m_parsed, 1, QStringLiteral("this holds no certificate"));
        for (size_t i = 0; i < m_chain.size(); ++i)
            addCertificate(m_parsed, m_chain[i], int(i));
        if (!m_chain.empty())
            addEntry(m_parsed, QStringLiteral("chain"), chainText(m_chain), m_chain.front().line);
        return std::move(m_parsed);
    }

private:
    void readOutside(const QByteArray &line)
    {
        static const QRegularExpression begin(QStringLiteral("\\A-----BEGIN ([A-Z0-9 ]{1,60})-----\\z"));
        static const QRegularExpression token(QStringLiteral("TFMASK_(?:[0-9a-f]{64}|short|none)_"));
        const QString text = QString::fromLatin1(line);
        const QRegularExpressionMatch match = begin.match(text), masked = token.match(text);
        if (match.hasMatch()) {
            m_label = match.captured(1).toLatin1();
            m_start = m_number;
            m_body.clear();
        } else if (masked.hasMatch()) {
            addKey(masked.captured(), m_number);
        }
    }

    void readInside(const QByteArray &line)
    {
        if (line == "-----END " + m_label + "-----") {
            end();
            m_label.clear();
        } else if (line.startsWith("-----BEGIN ")) {
            addError(m_parsed, m_start, QStringLiteral("%1 has no end").arg(QString::fromLatin1(m_label)));
            m_label.clear();
            readOutside(line);
        } else if (m_body.size() < 256 * 1024) {
            m_body += line;
        }
    }

    void end()
    {
        if (m_label.endsWith("PRIVATE KEY")) {
            // What the host did not mask is not shown, nor compared.
            static const QRegularExpression token(QStringLiteral("TFMASK_(?:[0-9a-f]{64}|short|none)_"));
            const QRegularExpressionMatch masked = token.match(QString::fromLatin1(m_body.left(200)));
            addKey(masked.hasMatch() ? masked.captured() : QStringLiteral("TFMASK_none_"), m_start);
        } else if (m_label == "CERTIFICATE" || m_label == "X509 CERTIFICATE" || m_label == "TRUSTED CERTIFICATE") {
            const auto der = QByteArray::fromBase64Encoding(m_body, QByteArray::AbortOnBase64DecodingErrors);
            std::optional<FileCertificate> certificate = der ? certificateOf(der.decoded, m_start) : std::nullopt;
            if (!certificate)
                addError(m_parsed, m_start, QStringLiteral("the certificate that begins here cannot be read"));
            else if (m_chain.size() < 200)
                m_chain.push_back(std::move(*certificate));
            else {
                m_parsed.partial = true;
                addNote(m_parsed, QStringLiteral("only the first 200 certificates are shown"));
            }
        } else {
            addNote(m_parsed,
                    QStringLiteral("line %1: %2 is left out").arg(m_start).arg(QString::fromLatin1(m_label).toLower()));
        }
    }

    void addKey(const QString &token, int line)
    {
        const QString key = QStringLiteral("private_key");
        addEntry(m_parsed, m_keys > 0 ? joinIndex(key, m_keys) : key, token, line);
        ++m_keys;
    }

    ParsedConfig m_parsed;
    std::vector<FileCertificate> m_chain;
    QByteArray m_label, m_body;
    int m_number = 0, m_start = 0, m_keys = 0;
};

std::vector<Request> certificateRequests(const SourceEntry &entry, const Replies &soFar)
{
    return soFar.empty() ? fileRequests(entry, MaskForm::Shapes) : std::vector<Request>();
}

Result<Value> parseCertificateReplies(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return configSetOf(entry, replies, parseCertificates, settleShapes);
}

} // namespace

ParsedConfig parseCertificates(const QByteArray &bytes, const SourceEntry &)
{
    return PemReader().read(bytes);
}

const Source certificatesSource{
    PaneKind::Configs,
    "certificates",
    "TLS certificates",
    true,
    false,
    fileOptions(),
    {"files"},
    certificateRequests,
    parseCertificateReplies,
    nullptr,
    "read access to the certificates; private keys are not read",
};

} // namespace taffrail::sources
