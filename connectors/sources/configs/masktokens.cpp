// SPDX-License-Identifier: GPL-3.0-or-later
#include "masktokens.h"

#include <QMessageAuthenticationCode>
#include <QRegularExpression>

namespace taffrail::sources {

namespace {

// What PostgreSQL's and PCRE's expressions have in common.
constexpr char secretNames[]
    = "pass|pwd|secret|token|credential|salt|cookie|dsn|webhook|bearer|jwt|conninfo|connection[^a-z0-9]?string"
      "|(api|access|private|encrypt|encryption|signing|master|session|shared|account|license|service|auth|client|"
      "admin|root|stripe|aws|azure|hmac|aes|sas)[^a-z0-9]*keys?([^a-z]|$)|(^|[._])auth([._]|$)";
constexpr char secretLooks[]
    = "(pass|pwd|secret|token|credential|api_?key|access_?key|private_?key|auth)[a-z0-9_.-]*[\"']?\\s*[=: ]"
      "|://[^/@[:space:]]+@|BEGIN [A-Z0-9 ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20}|xox[baprs]-"
      "|[sr]k_(live|test)_|glpat-|eyJ[A-Za-z0-9_-]+[.]eyJ";
constexpr int shortest = 12; // bytes; a digest of less could be guessed

/// The 32 bytes of the comparison's key; empty when it has none.
QByteArray keyOf(const SourceEntry &entry)
{
    static const QRegularExpression hex(QStringLiteral("\\A[0-9a-f]{64}\\z"));
    const QString text = entry.options.value(QStringLiteral("compare_key")).toString();
    return hex.match(text).hasMatch() ? QByteArray::fromHex(text.toLatin1()) : QByteArray();
}

QByteArray padOf(QByteArray key, char with)
{
    key.append(QByteArray(64 - key.size(), '\0'));
    for (char &byte : key)
        byte = char(byte ^ with);
    return key.toHex();
}

} // namespace

QString maskTokenOf(const QString &secret, const SourceEntry &entry)
{
    const QByteArray bytes = secret.toUtf8();
    const QByteArray key = keyOf(entry);
    if (bytes.size() < shortest)
        return QStringLiteral("TFMASK_short_");
    if (key.isEmpty())
        return QStringLiteral("TFMASK_none_");
    const QByteArray digest = QMessageAuthenticationCode::hash(bytes, key, QCryptographicHash::Sha256).toHex();
    return QStringLiteral("TFMASK_%1_").arg(QString::fromLatin1(digest));
}

SqlKeyPads sqlKeyPads(const SourceEntry &entry)
{
    const QByteArray key = keyOf(entry);
    if (key.isEmpty())
        return {};
    return {padOf(key, 0x36), padOf(key, 0x5c)};
}

QByteArray sqlToken(const QByteArray &value, const QByteArray &inner, const QByteArray &outer)
{
    return "(case when coalesce(" + value + ", '') = '' then " + value + " when octet_length(convert_to(" + value
        + ", 'UTF8')) < 12 then 'TFMASK_short_' when " + inner + "::text is null then 'TFMASK_none_' else 'TFMASK_' || "
        + "encode(sha256(decode(" + outer + "::text, 'hex') || sha256(decode(" + inner + "::text, 'hex') || convert_to("
        + value + ", 'UTF8'))), 'hex') || '_' end)";
}

QByteArray sqlNamesSecret(const QByteArray &name)
{
    return "(" + name + " ~* '" + secretNames + "')";
}

QByteArray sqlLooksSecret(const QByteArray &value)
{
    QByteArray pattern(secretLooks);
    pattern.replace('\'', "''");
    return "(" + value + " ~* '" + pattern + "')";
}

bool isSecretSetting(const QString &name, const QString &value)
{
    static const QRegularExpression names(QLatin1String(secretNames), QRegularExpression::CaseInsensitiveOption),
        looks(QLatin1String(secretLooks), QRegularExpression::CaseInsensitiveOption);
    return !value.isEmpty() && (names.match(name).hasMatch() || looks.match(value).hasMatch());
}

} // namespace taffrail::sources
