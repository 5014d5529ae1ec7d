// SPDX-License-Identifier: GPL-3.0-or-later
#include "certificate.h"
#include "healthsupport.h"
#include "registry.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

constexpr double day = 86400;
constexpr double shortLived = 100; // days: what is renewed by a program

struct Endpoint {
    QString host;
    int port = 443;
};

/// "host", "host:port", "[::1]:443"
Endpoint endpointOf(const QString &text)
{
    const qsizetype colon = text.lastIndexOf(QLatin1Char(':'));
    const qsizetype bracket = text.lastIndexOf(QLatin1Char(']'));
    Endpoint endpoint{text, 443};
    bool isPort = false;
    const int port = text.mid(colon + 1).toInt(&isPort);
    const bool hasPort
        = colon > bracket && isPort && port > 0 && port < 65536 && (bracket >= 0 || text.count(QLatin1Char(':')) == 1);
    if (hasPort)
        endpoint = {text.left(colon), port};
    if (endpoint.host.startsWith(QLatin1Char('[')) && endpoint.host.endsWith(QLatin1Char(']')))
        endpoint.host = endpoint.host.mid(1, endpoint.host.size() - 2);
    return endpoint;
}

QString textOption(const SourceEntry &entry, const char *key)
{
    return entry.options.value(QString::fromLatin1(key)).toString();
}

std::vector<Request> tlsRequests(const SourceEntry &entry, const Replies &soFar)
{
    const QString text = textOption(entry, "endpoint");
    if (!soFar.empty() || text.isEmpty())
        return {};
    const Endpoint endpoint = endpointOf(text);
    TlsProbe probe;
    probe.host = endpoint.host;
    probe.port = endpoint.port;
    probe.serverName = textOption(entry, "server_name");
    probe.via = textOption(entry, "via");
    probe.caFile = textOption(entry, "ca_file");
    if (textOption(entry, "starttls") == QLatin1String("postgres"))
        probe.startTls = TlsProbe::StartTls::Postgres;
    return {{QString(), text, probe, Lane::Fast}};
}

/// The defaults by the lifetime of a certificate: certificates that a program renews are short-lived, and a third of
/// that life is when renewing should have happened.
Limits expiryLimits(const SourceEntry &entry, const Certificate &certificate)
{
    const double lifetime = double(certificate.notBefore.secsTo(certificate.notAfter)) / day;
    const bool isShort = lifetime > 0 && lifetime <= shortLived;
    return limitsOf(entry, "expiry", isShort ? Limits{lifetime / 3, std::min(7.0, lifetime / 6)} : Limits{21, 7});
}

HealthCheck expiryOf(const SourceEntry &entry, const QString &subject, const std::vector<Certificate> &chain,
                     const QDateTime &now)
{
    const auto first = std::min_element(
        chain.begin(), chain.end(), [](const Certificate &a, const Certificate &b) { return a.notAfter < b.notAfter; });
    if (!now.isValid() || !first->notAfter.isValid() || !first->notBefore.isValid())
        return unknownCheck("tls.expiry", subject, {}, QStringLiteral("the validity could not be read"));
    const Limits limits = expiryLimits(entry, *first);
    const double left = double(now.secsTo(first->notAfter)) / day;
    const QString which = first == chain.begin() ? QString() : QStringLiteral(" (%1 in its chain)").arg(first->subject);
    const QString date = first->notAfter.toString(QStringLiteral("yyyy-MM-dd HH:mm"));
    const QString text = left < 0
        ? QStringLiteral("expired on %1 UTC%2").arg(date, which)
        : QStringLiteral("valid for %1 days, until %2 UTC%3").arg(QString::number(int(left)), date, which);
    return makeCheck("tls.expiry", subject, {}, left < 0 ? Status::Critical : below(left, limits), text, left, "d",
                     limits);
}

HealthCheck startOf(const QString &subject, const std::vector<Certificate> &chain, const QDateTime &now)
{
    for (const Certificate &certificate : chain) {
        if (now.isValid() && certificate.notBefore.isValid() && certificate.notBefore > now)
            return makeCheck(
                "tls.not_yet_valid", subject, {}, Status::Critical,
                QStringLiteral("%1 is valid only from %2 UTC: or a clock is wrong")
                    .arg(certificate.subject, certificate.notBefore.toString(QStringLiteral("yyyy-MM-dd HH:mm"))));
    }
    return makeCheck("tls.not_yet_valid", subject, {}, Status::Ok, QStringLiteral("already valid"));
}

HealthCheck nameOf(const QString &subject, const Certificate &leaf, const QString &host)
{
    if (matchesName(leaf, host))
        return makeCheck("tls.name", subject, {}, Status::Ok,
                         QStringLiteral("names %1").arg(sanitizedLine(host.toUtf8(), 100)));
    const QString names = leaf.dnsNames.mid(0, 5).join(QStringLiteral(", "));
    return makeCheck("tls.name", subject, {}, Status::Critical,
                     QStringLiteral("does not name %1, only: %2")
                         .arg(sanitizedLine(host.toUtf8(), 100), names.isEmpty() ? QStringLiteral("nothing") : names));
}

HealthCheck chainOf(const SourceEntry &entry, const QString &subject, const TlsReply &reply,
                    const std::vector<Certificate> &chain)
{
    const QString error = sanitizedLine(reply.verifyError.toUtf8(), 200);
    if (error.isEmpty())
        return makeCheck("tls.chain", subject, {}, Status::Ok,
                         QStringLiteral("leads to a trusted root (%1 certificates sent)").arg(chain.size()));
    const bool lacksIssuer = error.contains(QLatin1String("local issuer"))
        || error.contains(QLatin1String("first certificate")) || error.contains(QLatin1String("issuer certificate"));
    const QString text = lacksIssuer && !chain.back().isSelfSigned
        ? QStringLiteral("the certificate of %1 is not sent and not known: browsers may hide this, other clients fail")
              .arg(chain.back().issuer)
        : QStringLiteral("not trusted: %1").arg(error);
    const bool mayBePrivate = textOption(entry, "trust") == QLatin1String("any");
    return makeCheck("tls.chain", subject, {}, mayBePrivate ? Status::Notice : Status::Critical, text);
}

HealthCheck strengthOf(const QString &subject, const TlsReply &reply, const std::vector<Certificate> &chain)
{
    Status status = Status::Ok;
    QStringList words;
    for (const Certificate &certificate : chain) {
        const bool isWeakKey = (certificate.keyType == QLatin1String("RSA") && certificate.keyBits < 2048)
            || (certificate.keyType == QLatin1String("EC") && certificate.keyBits < 224);
        if (isWeakKey) {
            status = worse(status, Status::Warning);
            words.append(QStringLiteral("%1 key of %2 bits").arg(certificate.keyType).arg(certificate.keyBits));
        }
        const bool isBroken = certificate.signatureHash.contains(QLatin1String("MD5"))
            || certificate.signatureHash == QLatin1String("SHA1");
        if (isBroken && !certificate.isSelfSigned) { // nobody relies on a root's own signature
            status = worse(status, Status::Critical);
            words.append(QStringLiteral("signed with %1").arg(certificate.signatureHash));
        }
    }
    static const QStringList old{QStringLiteral("SSLv3"), QStringLiteral("TLSv1"), QStringLiteral("TLSv1.0"),
                                 QStringLiteral("TLSv1.1")};
    if (old.contains(reply.protocol)) {
        status = worse(status, Status::Warning);
        words.append(QStringLiteral("speaks only %1").arg(reply.protocol));
    }
    const Certificate &leaf = chain.front();
    QString text = QStringLiteral("%1 %2 bits").arg(leaf.keyType).arg(leaf.keyBits);
    if (!leaf.signatureHash.isEmpty())
        text += QStringLiteral(", %1").arg(leaf.signatureHash);
    if (!reply.protocol.isEmpty())
        text += QStringLiteral(", %1").arg(sanitizedLine(reply.protocol.toUtf8(), 20));
    return makeCheck("tls.strength", subject, {}, status, words.isEmpty() ? text : words.join(QStringLiteral(", ")));
}

/// A captured PEM chain in place of a handshake.
std::optional<TlsReply> tlsReplyOf(const Reply &reply)
{
    if (const TlsReply *tls = reply.as<TlsReply>())
        return *tls;
    const ShellReply *captured = reply.as<ShellReply>();
    if (!captured)
        return std::nullopt;
    TlsReply tls;
    for (const QByteArray &der : derOfPem(captured->out))
        tls.chainDer.push_back(der);
    return tls;
}

Result<Value> parseTls(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    if (replies.empty())
        return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id,
                       QStringLiteral("there is no answer to read"));
    const Reply &first = replies.front();
    if (const Error *error = first.error())
        return failure(*error);
    const QString subject = textOption(entry, "endpoint").isEmpty() ? first.subject : textOption(entry, "endpoint");
    const std::optional<TlsReply> reply = tlsReplyOf(first);
    std::vector<Certificate> chain;
    for (size_t i = 0; reply && i < reply->chainDer.size() && i < 20; ++i) {
        if (const std::optional<Certificate> certificate = readCertificate(reply->chainDer[i]))
            chain.push_back(*certificate);
        else if (i == 0)
            break;
    }
    if (chain.empty())
        return failure(ErrorKind::BadData, QStringLiteral("parse"), subject,
                       QStringLiteral("the peer sent no certificate that can be read"));
    HealthReport report;
    report.source = QStringLiteral("tls");
    report.checks.push_back(expiryOf(entry, subject, chain, context.now));
    report.checks.push_back(startOf(subject, chain, context.now));
    const QString serverName = textOption(entry, "server_name");
    const QString host = serverName.isEmpty() ? endpointOf(subject).host : serverName;
    if (!host.isEmpty())
        report.checks.push_back(nameOf(subject, chain.front(), host));
    if (first.as<TlsReply>())
        report.checks.push_back(chainOf(entry, subject, *reply, chain));
    report.checks.push_back(strengthOf(subject, *reply, chain));
    report.notes.append(QStringLiteral("serial %1, SHA-256 %2, issued by %3")
                            .arg(chain.front().serial, chain.front().fingerprint, chain.front().issuer));
    sortChecks(report);
    return Value(std::move(report));
}

} // namespace

const Source tlsSource{
    PaneKind::Health,
    "tls",
    "TLS certificate",
    false,
    false,
    {
        {"endpoint", "string", true, "host:port (443 when left out)", R"("minLength":1)"},
        {"server_name", "string", false, "name to ask for and to check, when not the host"},
        {"starttls", "string", false, "how TLS begins", R"("enum":["none","postgres"])"},
        {"trust", "string", false, "\"any\" accepts a private authority: the chain is told, not judged",
         R"("enum":["system","any"])"},
        {"via", "string", false, "host to go through"},
        {"ca_file", "string", false, "PEM file on this machine with the authorities to trust instead of the system's",
         R"("pattern":"^/")"},
        {"limits", "object", false, "own limits: expiry (days)",
         R"("additionalProperties":{"type":"object","properties":{"warning":{"type":"number"},"critical":{"type":"number"}},"additionalProperties":false})"},
    },
    {""},
    tlsRequests,
    parseTls,
    nullptr,
    "reach of the port",
};

} // namespace taffrail::sources
