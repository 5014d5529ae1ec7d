// SPDX-License-Identifier: GPL-3.0-or-later
#include "secretrules.h"

#include "configs.h"

#include <QRegularExpression>

#include <vector>

namespace taffrail {

const SecretRules secretRules{
    .harmlessName = "author(s|ed|ity|ities|_name|_email|$)|passenger|passive|passthrough|compass|bypass|tokenizer|"
                    "passed|passing|authorized_?keys|cookiecutter",
    .name = "pass|pwd|secret|token|credential|salt|cookie|auth|dsn|webhook|bearer|preshared|community|"
            "(^|[^a-z])(pin|psk|otp|totp|mfa|jwt|hmac|seed|sid|pw)([^a-z]|$)|connection[^a-z0-9]?string|"
            "(api|access|private|encrypt|encryption|crypt|signing|sign|master|session|shared|account|storage|license|"
            "licence|service|app|ssh|rsa|host|deploy|client|server|admin|root|stripe|hash|cipher|aes|pgp|gpg|"
            "integration|routing|write|read|ingest|dsa|ecdsa|ed25519|tsig|rndc|wrapping|consumer|application|"
            "developer|user|team|project|subscription|azure|aws|gcp|sas|db|database|data)[^a-z0-9]*keys?([^a-z]|$)",
    .factName = "(length|len|min|max|minimum|maximum|ttl|timeout|expir[a-z]*|expires|age|lifetime|count|size|limit|"
                "rounds|iterations|cost|attempts|retries|interval|enabled|required|days|hours|minutes|seconds|type|"
                "method|methods|mode|algorithm|algorithms|algo|encryption|scheme|policy|samesite|secure|httponly|"
                "http_only|duration|validity|delay|grace|history|authentication)$",
    .fact = "^([0-9]|[0-9][0-9]|[0-9][0-9][0-9]|[0-9][0-9][0-9][0-9]|[0-9]+ ?(ms|s|m|h|d|w|min|sec|seconds|minutes|"
            "hours|days)|(md5|scram-sha-256|sha1|sha256|sha512|bcrypt|argon2|argon2id|argon2i|scrypt|pbkdf2|yescrypt|"
            "basic|digest|bearer|kerberos|gssapi|ldap|pam|peer|trust|cert|ident|oidc|oauth|oauth2|saml|token|password|"
            "cookie|jwt|hs256|hs384|hs512|rs256|es256|strict|lax|prohibit-password|publickey|keyboard-interactive|"
            "optional|required|session|any|[, ])+)$",
    .plain = "^(true|false|yes|no|on|off|null|none|nil|~|empty|\\{\\}|\\[\\])$",
    .placeName = "(file|path|dir|directory|folder|url|uri|endpoint|issuer|hostname|domain)s?$",
    .place = "^((/[A-Za-z0-9._-]+)+/?|https?://[a-z0-9.-]+(:[0-9]+)?(/[a-z_.-]+)*/?)$",
    .passName = "^(proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass(_request_headers|_request_body|_header)?$",
    .keyFile = "^(/[A-Za-z0-9._-]+)+[.](key|pem|crt|cer|p12|pfx|jks|der|ini|conf|cnf|json|yml|yaml|env|txt|sock)$",
    .shape = "://|-----BEGIN |A[KS]IA|gh[pousr]_|github_pat_|gl(pat|dt|rt|cbt|ft|soat|imt|agent|ptt)-|xox[a-z]-|"
             "[srp]k_(live|test)_|eyJ|SG[.]|AIza|(npm|hvs|hvb|dop_v1|shpat|pypi)[_.-]|"
             "[$](1|2[abxy]?|5|6|7|y|gy|apr1|argon2[a-z]*|pbkdf2[a-z0-9-]*|scrypt)[$]|"
             "[{](SSHA|SHA|SMD5|CRYPT|PBKDF2)|SCRAM-SHA-256[$]|[Bb](earer|asic|EARER|ASIC)[ \t]",
    .tool = "mysql|mariadb|mycli|sshpass|redis-cli|valkey-cli|mongo|docker|podman|helm|oc login|skopeo|htpasswd|ftp|"
            "amqp|mosquitto|ldap|curl|http|wget|smb|mount|cifs|passin|passout|-pass ",
};

namespace {

QRegularExpression compiled(const char *pattern)
{
    return QRegularExpression(QString::fromLatin1(pattern), QRegularExpression::DontCaptureOption);
}

bool holds(const char *pattern, const QString &text)
{
    return compiled(pattern).match(text).hasMatch();
}

} // namespace

bool isSecretName(const QString &key)
{
    static const QRegularExpression harmless = compiled(secretRules.harmlessName);
    static const QRegularExpression name = compiled(secretRules.name);
    QString text = key.toLower();
    text.replace(harmless, QString());
    return name.match(text).hasMatch();
}

bool isSecretPair(const QString &key, const QString &value)
{
    if (value.isEmpty() || !isSecretName(key))
        return false;
    const QString low = value.toLower();
    if (holds(secretRules.plain, low))
        return false;
    const QStringList segments = keySegments(key);
    const QString last = segments.isEmpty() ? key : segments.last();
    if (holds(secretRules.passName, last))
        return false;
    if (holds(secretRules.factName, last.toLower()) && holds(secretRules.fact, low))
        return false;
    static const QString noPlace = QStringLiteral("webhook|dsn");
    if (holds(secretRules.placeName, last.toLower()) && holds(secretRules.place, value)
        && !QRegularExpression(noPlace).match(last.toLower()).hasMatch())
        return false;
    return !holds(secretRules.keyFile, value);
}

QString withoutSecretShapes(const QString &text, const QString &mark)
{
    static const std::vector<QRegularExpression> shapes = [] {
        std::vector<QRegularExpression> list;
        for (
            const char *shape :
            {R"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY( BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY( BLOCK)?-----|\z))",
             R"((?<=://)[^\s/@'"•]{1,1024}(?=@))", R"((?:AKIA|ASIA)[0-9A-Z]{16})", R"(gh[pousr]_[A-Za-z0-9]{20,255})",
             R"(github_pat_\w{22,255})", R"(glpat-[\w-]{20,255})", R"(xox[baprs]-[\w-]{8,255})",
             R"([sr]k_(?:live|test)_\w{10,255})", R"(eyJ[\w-]{4,4096}\.eyJ[\w-]{4,4096}\.?[\w-]{0,4096})"})
            list.emplace_back(QString::fromUtf8(shape));
        return list;
    }();
    QString result = text;
    for (const QRegularExpression &shape : shapes)
        result.replace(shape, mark);
    return result;
}

QString withoutSecretLines(const QString &text, const QString &mark)
{
    return withoutSecretShapes(text, mark);
}

} // namespace taffrail
