// SPDX-License-Identifier: GPL-3.0-or-later
#include "healthbody.h"

#include "text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace taffrail::sources {

namespace {

using nlohmann::json;

constexpr int deepest = 6; // nested components beyond this are not read
constexpr size_t mostComponents = 100;

QString textOf(const json &value, int limit)
{
    if (value.is_string())
        return sanitizedLine(QByteArray::fromStdString(value.get_ref<const std::string &>()), limit);
    if (value.is_number_integer())
        return QString::number(value.get<qint64>());
    return {};
}

QString memberText(const json &object, const char *key, int limit = 120)
{
    const auto found = object.find(key);
    return found == object.end() ? QString() : textOf(*found, limit);
}

QString nameOf(const std::string &key)
{
    return sanitizedLine(QByteArray::fromStdString(key), 120);
}

ComponentHealth componentOf(const QString &name, const json &object)
{
    ComponentHealth component;
    component.name = name;
    component.word = memberText(object, "status", 40);
    component.status = statusOfHealthWord(component.word).value_or(Status::Unknown);
    for (const char *key : {"output", "description", "error", "exception"}) {
        if (component.text.isEmpty())
            component.text = memberText(object, key, 200);
    }
    const auto details = object.find("details");
    if (component.text.isEmpty() && details != object.end() && details->is_object())
        component.text = memberText(*details, "error", 200);
    component.at = fromRfc3339(memberText(object, "time", 40));
    return component;
}

/// "components" or "details" of Spring, "results" or "entries" of ASP.NET: objects by name, perhaps nested.
void readNamed(BodyHealth &body, const json &object, const QString &prefix, int depth)
{
    for (const char *key : {"components", "results", "entries"}) {
        const auto found = object.find(key);
        if (found == object.end() || !found->is_object() || depth > deepest)
            continue;
        for (const auto &[name, value] : found->items()) {
            if (!value.is_object() || body.components.size() >= mostComponents)
                continue;
            const QString full = prefix + nameOf(name);
            if (value.contains("status"))
                body.components.push_back(componentOf(full, value));
            readNamed(body, value, full + QLatin1Char('/'), depth + 1);
        }
    }
}

/// "checks": "component:measurement" → array of observations.
void readChecks(BodyHealth &body, const json &object)
{
    const auto checks = object.find("checks");
    if (checks == object.end() || !checks->is_object())
        return;
    for (const auto &[name, list] : checks->items()) {
        const json::array_t single{list};
        const json::array_t &observations = list.is_array() ? list.get_ref<const json::array_t &>() : single;
        for (const json &observation : observations) {
            if (!observation.is_object() || !observation.contains("status") || body.components.size() >= mostComponents)
                continue;
            const QString id = memberText(observation, "componentId", 60);
            body.components.push_back(
                componentOf(id.isEmpty() ? nameOf(name) : nameOf(name) + QStringLiteral(" ") + id, observation));
        }
    }
}

BodyHealth readJson(const json &document)
{
    BodyHealth body;
    if (!document.is_object()) {
        if (document.is_string()) {
            body.word = textOf(document, 40);
            body.status = statusOfHealthWord(body.word);
        }
        return body;
    }
    for (const char *key : {"releaseId", "release", "version", "revision", "commit"}) {
        if (body.version.isEmpty())
            body.version = memberText(document, key);
    }
    for (const char *key : {"status", "state", "health"}) {
        if (body.word.isEmpty())
            body.word = memberText(document, key, 40);
    }
    for (const char *key : {"ok", "healthy"}) {
        const auto found = document.find(key);
        if (body.word.isEmpty() && found != document.end() && found->is_boolean())
            body.word = found->get<bool>() ? QStringLiteral("ok") : QStringLiteral("fail");
    }
    body.status = statusOfHealthWord(body.word);
    if (!body.word.isEmpty() && !body.status)
        body.status = Status::Unknown; // UNKNOWN, or a word of the team's own
    readNamed(body, document, {}, 0);
    readChecks(body, document);
    return body;
}

bool isHtml(const QByteArray &body, const QByteArray &contentType)
{
    const QByteArray head = body.left(256).trimmed().toLower();
    return contentType.toLower().contains("html") || head.startsWith("<!doctype") || head.startsWith("<html");
}

} // namespace

std::optional<Status> statusOfHealthWord(const QString &word)
{
    static const QStringList good{QStringLiteral("up"),      QStringLiteral("pass"),    QStringLiteral("ok"),
                                  QStringLiteral("okay"),    QStringLiteral("healthy"), QStringLiteral("alive"),
                                  QStringLiteral("ready"),   QStringLiteral("live"),    QStringLiteral("running"),
                                  QStringLiteral("success"), QStringLiteral("green")};
    static const QStringList poor{QStringLiteral("warn"), QStringLiteral("warning"), QStringLiteral("degraded"),
                                  QStringLiteral("yellow")};
    static const QStringList bad{
        QStringLiteral("down"),     QStringLiteral("fail"),      QStringLiteral("failed"),
        QStringLiteral("error"),    QStringLiteral("unhealthy"), QStringLiteral("out_of_service"),
        QStringLiteral("critical"), QStringLiteral("red"),       QStringLiteral("not ready")};
    const QString lower = word.trimmed().toLower();
    if (good.contains(lower))
        return Status::Ok;
    if (poor.contains(lower))
        return Status::Warning;
    return bad.contains(lower) ? std::optional<Status>(Status::Critical) : std::nullopt;
}

BodyHealth readHealthBody(const QByteArray &body, const QByteArray &contentType)
{
    BodyHealth health;
    const QByteArray text = body.trimmed();
    if (text.isEmpty()) {
        health.problem = QStringLiteral("no body");
        return health;
    }
    if (isHtml(text, contentType)) {
        health.problem = QStringLiteral("an HTML page");
        return health;
    }
    const bool saysJson = contentType.toLower().contains("json");
    if (saysJson || text.startsWith('{') || text.startsWith('"')) {
        const QByteArray utf8 = QString::fromUtf8(text).toUtf8();
        const json document = json::parse(utf8.begin(), utf8.end(), nullptr, false);
        if (!document.is_discarded())
            return readJson(document);
        if (saysJson) {
            health.problem = QStringLiteral("JSON that can't be read");
            return health;
        }
    }
    if (text.size() <= 40) {
        health.status = statusOfHealthWord(QString::fromUtf8(text));
        if (health.status)
            health.word = sanitizedLine(text, 40);
    }
    return health;
}

} // namespace taffrail::sources
