// SPDX-License-Identifier: GPL-3.0-or-later
#include "secretrules.h"

#include "configs.h"

#include <QRegularExpression>

#include <algorithm>
#include <vector>

namespace taffrail {

const SecretRules secretRules{
    .harmlessName = "author(s|ed|ity|ities|_name|_email|$)|passenger|passive|passthrough|compass|bypass|tokenizer|"
                    "passed|passing|syncookies|authorized_?keys|cookiecutter",
    .name = "pass|pwd|secret|token|credential|salt|cookie|auth|dsn|webhook|bearer|preshared|community|"
            "(^|[^a-z])(pin|psk|otp|totp|mfa|jwt|hmac|seed|sid|pw)([^a-z]|$)|connection[^a-z0-9]?string|"
            "(api|access|private|encrypt|encryption|crypt|signing|sign|master|session|shared|account|storage|license|"
            "licence|service|app|ssh|rsa|host|deploy|client|server|admin|root|stripe|hash|cipher|aes|pgp|gpg|"
            "integration|routing|write|read|ingest|dsa|ecdsa|ed25519|tsig|rndc|wrapping|consumer|application|"
            "developer|user|team|project|subscription|azure|aws|gcp|sas|db|database|data)[^a-z0-9]*keys?([^a-z]|$)",
    .factName
    = "(length|len|min|max|minimum|maximum|ttl|timeout|expir[a-z]*|expires|age|lifetime|count|size|limit|"
      "rounds|iterations|cost|attempts|tries|retries|interval|enabled|required|days|hours|minutes|seconds|type|"
      "method|methods|mode|algorithm|algorithms|algo|encryption|scheme|policy|samesite|secure|httponly|"
      "http_only|duration|validity|delay|grace|history|authentication)$",
    .fact = "^([0-9]|[0-9][0-9]|[0-9][0-9][0-9]|[0-9][0-9][0-9][0-9][0-9]?[0-9]?|[0-9]+ "
            "?(ms|s|m|h|d|w|min|sec|seconds|minutes|"
            "hours|days)|(md5|scram-sha-256|sha1|sha256|sha512|bcrypt|argon2|argon2id|argon2i|scrypt|pbkdf2|yescrypt|"
            "basic|digest|bearer|kerberos|gssapi|ldap|pam|peer|trust|cert|ident|oidc|oauth|oauth2|saml|token|password|"
            "cookie|jwt|hs256|hs384|hs512|rs256|es256|strict|lax|prohibit-password|publickey|keyboard-interactive|"
            "optional|required|session|any|[, ])+)$",
    .plain = "^(true|false|yes|no|on|off|null|none|nil|~|empty|\\{\\}|\\[\\])$",
    .placeName = "(file|path|dir|directory|folder|url|uri|endpoint|issuer|hostname|domain)s?$",
    .place = "^((/[A-Za-z0-9._-]+)+/?|https?://[a-z0-9.-]+(:[0-9]+)?(/[a-z_.-]+)*/?)$",
    .passName = "^(proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass(_request_headers|_request_body|_header)?$",
    .keyFile = "^/etc/ssh/[a-z0-9_]+$|^(/"
               "[A-Za-z0-9._-]+)+[.](key|pem|crt|cer|p12|pfx|jks|der|ini|conf|cnf|json|yml|yaml|env|txt|sock)$",
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

/// The rules of names and values, ready for use.
struct CompiledRules {
    QRegularExpression harmlessName = compiled(secretRules.harmlessName);
    QRegularExpression name = compiled(secretRules.name);
    QRegularExpression factName = compiled(secretRules.factName);
    QRegularExpression fact = compiled(secretRules.fact);
    QRegularExpression plain = compiled(secretRules.plain);
    QRegularExpression placeName = compiled(secretRules.placeName);
    QRegularExpression place = compiled(secretRules.place);
    QRegularExpression passName = compiled(secretRules.passName);
    QRegularExpression keyFile = compiled(secretRules.keyFile);
    QRegularExpression shape = compiled(secretRules.shape);
};

const CompiledRules &rules()
{
    static const CompiledRules all;
    return all;
}

bool holds(const QRegularExpression &pattern, const QString &text)
{
    return pattern.match(text).hasMatch();
}

bool isReference(const QString &value)
{
    static const QRegularExpression pattern(
        QStringLiteral(R"(^(\$\{[A-Za-z_][A-Za-z0-9_.]*\}|\{\{ *[A-Za-z_.][A-Za-z0-9_.]* *\}\}|%\([A-Za-z_]+\)s)$)"));
    return pattern.match(value).hasMatch();
}

} // namespace

bool isSecretName(const QString &key)
{
    QString text = key.toLower();
    text.remove(rules().harmlessName);
    return holds(rules().name, text);
}

bool isSecretPair(const QString &key, const QString &value)
{
    if (value.isEmpty() || !isSecretName(key))
        return false;
    const QString low = value.toLower();
    if (holds(rules().plain, low) || isReference(value))
        return false;
    const QStringList segments = keySegments(key);
    const QString last = segments.isEmpty() ? key : segments.last();
    if (holds(rules().passName, last))
        return false;
    if (holds(rules().factName, last.toLower()) && holds(rules().fact, low))
        return false;
    if (holds(rules().placeName, last.toLower()) && holds(rules().place, value)
        && !last.contains(QLatin1String("webhook"), Qt::CaseInsensitive)
        && !last.contains(QLatin1String("dsn"), Qt::CaseInsensitive))
        return false;
    return !holds(rules().keyFile, value);
}

namespace {

QRegularExpression shapePattern(const char *pattern)
{
    return QRegularExpression(QString::fromUtf8(pattern));
}

/// A long run of letters and digits that nobody would type.
bool isRandomRun(const QString &run)
{
    static const QRegularExpression digits(QStringLiteral("^[0-9]+$"));
    static const QRegularExpression hex(QStringLiteral("^[0-9a-fA-F]+$"));
    static const QRegularExpression longWord(QStringLiteral("[a-z]{10}"));
    static const QRegularExpression uuid(QStringLiteral("^[0-9a-f]+(-[0-9a-f]+)+$"));
    if (run.size() < 32 || digits.match(run).hasMatch())
        return false;
    // A path below a folder that every system has is random only where one of its names is.
    static const QRegularExpression place(
        QStringLiteral("^/(?:etc|var|usr|opt|srv|home|tmp|run|data|mnt|media|lib|root|proc|sys|dev|app|apps|www)/"));
    if (place.match(run).hasMatch()) {
        const QStringList names = run.split(QLatin1Char('/'));
        return std::ranges::any_of(names, isRandomRun);
    }
    if (hex.match(run).hasMatch())
        return true;
    if (longWord.match(run).hasMatch() || (run.size() == 36 && uuid.match(run).hasMatch()))
        return false;
    int turns = 0;
    int last = 0;
    for (QChar each : run.left(200)) {
        const int kind = each.isDigit() ? 1 : each.isLower() ? 2 : each.isUpper() ? 3 : 0;
        turns += kind != last && kind != 0 ? 1 : 0;
        last = kind;
    }
    return turns >= 8;
}

/// User info of URLs: what stands between "://" and the last '@' that can belong to it.
QString withoutUrlPasswords(const QString &text, const QString &mark)
{
    static const QRegularExpression pattern = shapePattern(R"((?<=://)([^\s"'<>`]{1,4096})@)");
    static const QRegularExpression host = shapePattern(R"(^[^/?#]*)");
    QString result;
    qsizetype done = 0;
    for (auto each = pattern.globalMatch(text); each.hasNext();) {
        const QRegularExpressionMatch match = each.next();
        const QString user = match.captured(1);
        const QString first = host.match(user).captured();
        const qsizetype colon = first.indexOf(QLatin1Char(':'));
        const bool isWeb = QStringView(text).left(match.capturedStart()).endsWith(u"http://")
            || QStringView(text).left(match.capturedStart()).endsWith(u"https://");
        QString shown = user;
        if (colon >= 0 && colon + 1 < user.size()) {
            if (!isReference(user.mid(colon + 1)))
                shown = user.left(colon + 1) + mark;
        } else if (colon < 0 && first.size() == user.size() && (isWeb || user.size() >= 20)) {
            shown = mark;
        }
        if (user.contains(mark))
            shown = user;
        result += QStringView(text).mid(done, match.capturedStart(1) - done);
        result += shown;
        done = match.capturedEnd(1);
    }
    return result + text.mid(done);
}

} // namespace

QString withoutSecretShapes(const QString &text, const QString &mark, bool withRuns)
{
    if (text.size() < 32 && !holds(rules().shape, text))
        return text;
    static const std::vector<QRegularExpression> shapes = [] {
        std::vector<QRegularExpression> list;
        for (
            const char *shape :
            {R"(-----BEGIN [A-Za-z0-9 ]{0,40}(?:PRIVATE|SECRET|Static)[A-Za-z0-9 ]{0,40}-----[\s\S]*?(?:-----END [A-Za-z0-9 ]{0,60}-----|\z))",
             R"(A[KS]IA[0-9A-Z]{16,64})", R"(gh[pousr]_[A-Za-z0-9]{16,255})", R"(github_pat_\w{13,255})",
             R"(gl(?:pat|dt|rt|cbt|ft|soat|imt|agent|ptt)-[\w-]{16,255})", R"(xox[a-z]-[\w-]{7,255})",
             R"([srp]k_(?:live|test)_\w{8,255})", R"(eyJ[\w-]{4,4096}\.[\w-]{4,4096}\.?[\w-]{0,4096})",
             R"(SG\.[\w-]{8,255}\.[\w-]{8,255})", R"(AIza[\w-]{26,255})",
             R"((?:npm|hvs|hvb|dop_v1|shpat|pypi)[_.-][\w-]{18,255})",
             R"(\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|argon2[a-z]{0,8}|pbkdf2[a-z0-9-]{0,16}|scrypt)\$[^\s:"',;]{10,1024})",
             R"(\{(?:SSHA|SHA|SMD5|CRYPT|PBKDF2)[0-9-]{0,4}\}[A-Za-z0-9+/=$.]{8,1024})",
             R"(SCRAM-SHA-256\$[^\s"',;]{8,1024})",
             R"((?<=[Bb]earer )[A-Za-z0-9._~+/=-]{8,4096}|(?<=[Bb]asic )(?=[A-Za-z0-9+/]{0,64}[A-Z0-9=])[A-Za-z0-9+/=]{8,4096})"})
            list.push_back(shapePattern(shape));
        return list;
    }();
    static const QRegularExpression runs = shapePattern(R"([A-Za-z0-9+/=_-]{32,65535})");
    static const QRegularExpression pin = shapePattern(R"((?:sha[0-9]+|md5)[:=-]$)");
    QString result = withoutUrlPasswords(text, mark);
    for (const QRegularExpression &shape : shapes)
        result.replace(shape, mark);
    for (qsizetype from = 0; withRuns;) {
        const QRegularExpressionMatch match = runs.match(result, from);
        if (!match.hasMatch())
            return result;
        const QString run = match.captured();
        const QString before = result.left(match.capturedStart()).right(8).toLower();
        from = match.capturedEnd();
        if (!isRandomRun(run) || pin.match(before).hasMatch())
            continue;
        result.replace(match.capturedStart(), run.size(), mark);
        from = match.capturedStart() + mark.size();
    }
    return result;
}

QString withoutSecretLines(const QString &text, const QString &mark)
{
    static const QRegularExpression pattern = shapePattern(
        R"(^([ \t#;/*-]*(?:export )?["']?)([A-Za-z0-9_.\[\] -]{1,200})(["']?[ \t]*(?:=>|:=|=|:)[ \t]*)([^\r\n]+))");
    QString result;
    qsizetype done = 0;
    static const QRegularExpression lines(pattern.pattern(), QRegularExpression::MultilineOption);
    for (auto each = lines.globalMatch(text); each.hasNext();) {
        const QRegularExpressionMatch match = each.next();
        QString value = match.captured(4);
        static const QRegularExpression around(QStringLiteral(R"(^["'\[{(]+|["'\]}),;\s]+$)"));
        const QString bare = QString(value).remove(around);
        if (value.contains(mark) || bare.isEmpty() || value.startsWith(QLatin1Char('*'))
            || value.startsWith(QLatin1Char('&')) || isReference(bare) || isReference(value.trimmed())
            || !isSecretPair(match.captured(2).trimmed(), bare))
            continue;
        result += QStringView(text).mid(done, match.capturedStart(4) - done);
        result += mark;
        done = match.capturedEnd(4);
    }
    result += QStringView(text).mid(done);
    return withoutSecretShapes(result, mark);
}

} // namespace taffrail
