// SPDX-License-Identifier: GPL-3.0-or-later
// How an HTTP endpoint is set up to be safe: its headers, what answers over plain HTTP beside it, which components its
// health answer names, whether metrics are there. And whether an address can be reached at all.
#include "healthbody.h"
#include "posturereader.h"
#include "registry.h"

#include "text.h"

#include <QUrl>

#include <algorithm>

namespace taffrail::sources {

namespace {

QString textOption(const SourceEntry &entry, const char *key)
{
    return entry.options.value(QString::fromLatin1(key)).toString();
}

QString shownUrl(const QUrl &url)
{
    return url.toDisplayString(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment);
}

Request getRequest(const SourceEntry &entry, const char *name, const QUrl &url)
{
    HttpGet get;
    get.url = url;
    get.via = textOption(entry, "via");
    get.caFile = textOption(entry, "ca_file");
    return {QString::fromLatin1(name), shownUrl(url), get, Lane::Slow};
}

std::vector<Request> webRequests(const SourceEntry &entry, const Replies &soFar)
{
    const QUrl url(textOption(entry, "url"), QUrl::StrictMode);
    if (!soFar.empty() || !url.isValid())
        return {};
    std::vector<Request> requests{getRequest(entry, "page", url)};
    QUrl metrics = url;
    metrics.setPath(QStringLiteral("/metrics"));
    metrics.setQuery(QString());
    metrics.setUserInfo(QString());
    requests.push_back(getRequest(entry, "metrics", metrics));
    if (url.scheme() == QLatin1String("https")) {
        QUrl plain = metrics;
        plain.setScheme(QStringLiteral("http"));
        plain.setPort(-1);
        plain.setPath(QStringLiteral("/"));
        requests.push_back(getRequest(entry, "plain", plain));
    }
    return requests;
}

bool isRefused(const Error &error)
{
    return error.kind == ErrorKind::Unreachable && error.text.contains(QLatin1String("refused"), Qt::CaseInsensitive);
}

void readPage(PostureReader &reader, const HttpReply &reply)
{
    reader.number(QStringLiteral("page.status"), reply.code);
    reader.text(QStringLiteral("page.content_type"), QString::fromUtf8(reply.contentType).toLower());
    for (const char *name : {"strict-transport-security", "x-content-type-options", "content-security-policy",
                             "x-frame-options", "referrer-policy", "permissions-policy", "server"}) {
        const auto found = reply.headers.constFind(QByteArray(name));
        if (found != reply.headers.cend())
            reader.text(QStringLiteral("page.header.") + QLatin1String(name), QString::fromUtf8(*found));
    }
    const BodyHealth body = readHealthBody(reply.body, reply.contentType);
    QStringList components;
    for (const ComponentHealth &component : body.components)
        components << sanitizedLine(component.name.toUtf8(), 60);
    components.sort();
    reader.text(QStringLiteral("health.components"), components.mid(0, 20).join(QStringLiteral(", ")));
}

void readPlain(PostureReader &reader, const HttpReply &reply)
{
    const QString key = QStringLiteral("plain.state");
    const QString answers = QStringLiteral("it answers %1").arg(reply.code);
    if (reply.redirectedTo.scheme() == QLatin1String("https"))
        reader.text(key, QStringLiteral("redirects"), shownUrl(reply.redirectedTo));
    else if (reply.redirectedTo.isValid() && !reply.redirectedTo.isEmpty())
        reader.text(key, QStringLiteral("serves"),
                    QStringLiteral("it sends on to %1").arg(shownUrl(reply.redirectedTo)));
    else if (reply.code == 403 || reply.code == 404 || reply.code == 410 || reply.code == 421 || reply.code == 426
             || reply.code == 444)
        reader.text(key, QStringLiteral("refused"), answers);
    else
        reader.text(key, QStringLiteral("serves"), answers);
}

void readReply(PostureReader &reader, const Reply &reply)
{
    const HttpReply *answer = reply.as<HttpReply>();
    const Error *error = reply.error();
    if (reply.name == QLatin1String("page")) {
        if (answer)
            readPage(reader, *answer);
        else if (error)
            reader.trouble(QStringLiteral("page"), error->kind, error->text);
    } else if (reply.name == QLatin1String("plain")) {
        if (answer)
            readPlain(reader, *answer);
        else if (error && isRefused(*error))
            reader.text(QStringLiteral("plain.state"), QStringLiteral("refused"), error->text);
        else if (error)
            reader.text(QStringLiteral("plain.state"), QStringLiteral("unknown"), error->text);
    } else if (reply.name == QLatin1String("metrics") && answer) {
        const bool isExposition = answer->code == 200
            && (answer->body.startsWith("# HELP ") || answer->body.startsWith("# TYPE ")
                || answer->body.contains("\n# TYPE "));
        reader.text(QStringLiteral("metrics.state"), isExposition ? QStringLiteral("exposed") : QStringLiteral("none"),
                    QStringLiteral("/metrics answers %1").arg(answer->code));
    }
}

/// A redirect that the transport followed to https shows as the answer of the last address; what it was asked is gone.
Result<Value> parseWeb(const SourceEntry &entry, const Replies &replies, const Context &)
{
    if (replies.empty())
        return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id,
                       QStringLiteral("there is no answer to read"));
    ConfigSet set;
    set.source = QStringLiteral("web_posture");
    PostureReader reader(set, QString());
    for (const Reply &reply : replies)
        readReply(reader, reply);
    return Value(std::move(set));
}

std::vector<Request> reachableRequests(const SourceEntry &entry, const Replies &soFar)
{
    const QUrl url(textOption(entry, "url"), QUrl::StrictMode);
    if (!soFar.empty() || !url.isValid())
        return {};
    return {getRequest(entry, "", url)};
}

Result<Value> parseReachable(const SourceEntry &entry, const Replies &replies, const Context &)
{
    if (replies.empty())
        return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id,
                       QStringLiteral("there is no answer to read"));
    ConfigSet set;
    set.source = QStringLiteral("reachable");
    PostureReader reader(set, QString());
    const QString key = QStringLiteral("reachable.state");
    if (const HttpReply *reply = replies.front().as<HttpReply>()) {
        // A page behind a sign-in is there for who may read it.
        const bool isThere = (reply->code >= 200 && reply->code < 400) || reply->code == 401 || reply->code == 403;
        reader.text(key, isThere ? QStringLiteral("yes") : QStringLiteral("no"),
                    QStringLiteral("answers %1").arg(reply->code));
    } else if (const Error *error = replies.front().error()) {
        const bool isSure = error->kind == ErrorKind::NameNotFound || error->kind == ErrorKind::Unreachable
            || error->kind == ErrorKind::CertificateRefused || error->kind == ErrorKind::Timeout;
        reader.text(key, isSure ? QStringLiteral("no") : QStringLiteral("unknown"), error->text);
    }
    return Value(std::move(set));
}

const std::vector<Option> webOptions{
    {"url", "string", true, "address to ask", R"("pattern":"^https?://")"},
    {"via", "string", false, "host to go through"},
    {"ca_file", "string", false, "PEM file on this machine with the authorities to trust instead of the system's",
     R"("pattern":"^/")"},
};

} // namespace

const Source webPostureSource{
    PaneKind::Configs,
    "web_posture",
    "Posture of an HTTP endpoint",
    false,
    false,
    webOptions,
    {"page", "metrics", "plain"},
    webRequests,
    parseWeb,
    nullptr,
    "reach of the address",
};

const Source reachableSource{
    PaneKind::Configs, "reachable", "Whether an address answers", false, false, webOptions, {""}, reachableRequests,
    parseReachable,    nullptr,     "reach of the address",
};

} // namespace taffrail::sources
