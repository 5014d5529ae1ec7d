// SPDX-License-Identifier: GPL-3.0-or-later
#include "monitoranswer.h"

#include "backupsupport.h"
#include "healthsupport.h"
#include "jsonlines.h"

#include "text.h"

#include <algorithm>
#include <array>

namespace taffrail::sources {

namespace {

using nlohmann::json;

/// What an error page says, for a person: the field of an error object, a bare JSON string, or the first line.
QString wordsOfError(const QByteArray &body)
{
    const json parsed = json::parse(body.begin(), body.end(), nullptr, false);
    if (parsed.is_string())
        return sanitizedLine(QByteArray::fromStdString(parsed.get<std::string>()), 200);
    for (const char *key : {"error", "message"}) {
        if (const QString text = parsed.is_object() ? jsonText(parsed, key) : QString(); !text.isEmpty())
            return text;
    }
    const QByteArray line = body.trimmed().split('\n').value(0);
    return line.startsWith('<') ? QString() : sanitizedLine(line, 120);
}

QString shownLabel(const json &value)
{
    return value.is_string() ? sanitizedLine(QByteArray::fromStdString(value.get<std::string>()), 120) : QString();
}

} // namespace

tl::expected<QByteArray, QString> bodyOf(const Reply &reply)
{
    if (const Error *error = reply.error())
        return tl::make_unexpected(error->text);
    if (const HttpReply *http = reply.as<HttpReply>()) {
        if (http->code < 200 || http->code > 299) {
            const QString words = wordsOfError(http->body);
            return tl::make_unexpected(QStringLiteral("answers %1%2")
                                           .arg(http->code)
                                           .arg(words.isEmpty() ? words : QStringLiteral(": ") + words));
        }
        if (http->bodyCut)
            return tl::make_unexpected(QStringLiteral("the answer is larger than the limit; it was not read whole"));
        return http->body;
    }
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell)
        return tl::make_unexpected(QStringLiteral("expected an HTTP answer"));
    if (const QString reason = reasonOf(*shell); !reason.isEmpty())
        return tl::make_unexpected(reason);
    return shell->out;
}

tl::expected<json, QString> jsonBodyOf(const Reply &reply)
{
    const auto body = bodyOf(reply);
    if (!body)
        return tl::make_unexpected(body.error());
    try {
        json parsed = json::parse(body->begin(), body->end());
        // A captured error has no code that says so.
        if (parsed.is_string())
            return tl::make_unexpected(wordsOfError(*body));
        return parsed;
    } catch (const json::parse_error &error) {
        return tl::make_unexpected(QStringLiteral("expected JSON: %1").arg(jsonPlace(*body, qsizetype(error.byte))));
    } catch (const json::exception &) {
        return tl::make_unexpected(QStringLiteral("expected JSON with numbers that can be read"));
    }
}

QString jsonText(const json &object, const char *key, int limit)
{
    const auto found = object.is_object() ? object.find(key) : object.end();
    if (found == object.end() || !found->is_string())
        return {};
    return sanitizedLine(QByteArray::fromStdString(found->get_ref<const std::string &>()), limit);
}

QDateTime jsonTime(const json &object, const char *key)
{
    const QDateTime time = fromRfc3339(jsonText(object, key, 60));
    return time.isValid() && time.date().year() > 1 ? time : QDateTime();
}

const json &jsonArray(const json &object, const char *key)
{
    static const json none = json::array();
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found == object.end() || !found->is_array() ? none : *found;
}

QString labelledName(const json &labels, const QString &otherwise)
{
    QString name = jsonText(labels, "alertname", 120);
    if (name.isEmpty())
        name = jsonText(labels, "__name__", 120);
    if (name.isEmpty())
        name = otherwise;
    QStringList rest;
    if (labels.is_object()) {
        for (const auto &[key, value] : labels.items()) {
            if (key != "alertname" && key != "severity" && key != "__name__")
                rest << sanitizedLine(QByteArray::fromStdString(key), 60) + QLatin1Char('=') + shownLabel(value);
        }
    }
    if (rest.isEmpty())
        return name;
    return QStringLiteral("%1 {%2}").arg(name, rest.join(QStringLiteral(", "))).left(400);
}

Status severityOf(const json &labels)
{
    const QString word = jsonText(labels, "severity", 40).toLower();
    const auto isOneOf = [&word](auto... words) { return ((word == QLatin1String(words)) || ...); };
    if (isOneOf("critical", "page", "paging", "fatal", "emergency", "error", "high", "disaster"))
        return Status::Critical;
    if (isOneOf("info", "information", "informational", "notice", "debug", "low"))
        return Status::Notice;
    if (word == QLatin1String("none"))
        return Status::Ok;
    return Status::Warning;
}

QUrl addressBelow(const SourceEntry &entry, const QString &path)
{
    QUrl url(entry.options.value(QStringLiteral("url")).toString(), QUrl::StrictMode);
    if (!url.isValid() || url.isEmpty())
        return {};
    QString base = url.path();
    while (base.endsWith(QLatin1Char('/')))
        base.chop(1);
    url.setPath(base + path);
    return url;
}

Request askFor(const SourceEntry &entry, const QString &name, const QUrl &url)
{
    HttpGet get;
    get.url = url;
    get.via = optionText(entry, "via");
    get.caFile = optionText(entry, "ca_file");
    get.maxBytes = 4 * 1024 * 1024;
    return {name, url.toDisplayString(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment), get,
            Lane::Fast};
}

std::vector<Option> addressOptions(const char *urlDescription, std::vector<Option> own)
{
    std::vector<Option> options{
        {"url", "string", true, urlDescription, R"("pattern":"^https?://")"},
        {"via", "string", false, "host to go through"},
        {"ca_file", "string", false, "PEM file on this machine with the authorities to trust instead of the system's",
         R"("pattern":"^/")"},
    };
    std::ranges::move(own, std::back_inserter(options));
    return options;
}

} // namespace taffrail::sources
