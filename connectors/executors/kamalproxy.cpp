// SPDX-License-Identifier: GPL-3.0-or-later
#include "kamalproxy.h"

#include "text.h"

#include <nlohmann/json.hpp>

#include <QRegularExpression>

namespace taffrail::executors::kamal {

namespace {

using nlohmann::json;

enum class Shape { Text, List, Switch, OnlyIfTrue, Number, Duration, Ignored };
struct Setting {
    const char *key;
    Shape shape;
    const char *flag;
};

// Keys of the state and flags of `kamal-proxy deploy` (kamal-proxy 0.8 and 0.9).
constexpr Setting serviceSettings[] = {
    {"hosts", Shape::List, "host"},
    {"path_prefixes", Shape::List, "path-prefix"},
    {"tls_enabled", Shape::OnlyIfTrue, "tls"},
    {"tls_certificate_path", Shape::Text, "tls-certificate-path"},
    {"tls_private_key_path", Shape::Text, "tls-private-key-path"},
    {"tls_on_demand_url", Shape::Text, "tls-on-demand-url"},
    {"tls_redirect", Shape::Switch, "tls-redirect"},
    {"acme_cache_path", Shape::Ignored, ""},
    {"error_page_path", Shape::Text, "error-pages"},
    {"strip_prefix", Shape::Switch, "strip-path-prefix"},
    {"writer_affinity_timeout", Shape::Duration, "writer-affinity-timeout"},
    {"read_targets_accept_websockets", Shape::OnlyIfTrue, "read-target-websockets"},
};
constexpr Setting healthSettings[] = {
    {"path", Shape::Text, "health-check-path"},
    {"port", Shape::Number, "health-check-port"},
    {"interval", Shape::Duration, "health-check-interval"},
    {"timeout", Shape::Duration, "health-check-timeout"},
    {"host", Shape::Text, "health-check-host"},
};
constexpr Setting targetSettings[] = {
    {"health_check_config", Shape::Ignored, ""},
    {"response_timeout", Shape::Duration, "target-timeout"},
    {"buffer_requests", Shape::OnlyIfTrue, "buffer-requests"},
    {"buffer_responses", Shape::OnlyIfTrue, "buffer-responses"},
    {"max_memory_buffer_size", Shape::Number, "buffer-memory"},
    {"max_request_body_size", Shape::Number, "max-request-body"},
    {"max_response_body_size", Shape::Number, "max-response-body"},
    {"log_request_headers", Shape::List, "log-request-header"},
    {"log_response_headers", Shape::List, "log-response-header"},
    {"forward_headers", Shape::Switch, "forward-headers"},
    {"scope_cookie_paths", Shape::OnlyIfTrue, "scope-cookie-paths"},
};

const json &at(const json &object, const char *key)
{
    static const json nothing;
    if (!object.is_object())
        return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

bool isUnset(const json &value)
{
    return value.is_null() || value == json("") || value == json(0) || value == json(false)
        || ((value.is_array() || value.is_object()) && value.empty());
}

/// Adds the words of one setting; false when its value is of another kind than known.
bool addFlag(const Setting &setting, const json &value, QStringList &flags)
{
    const QString flag = QStringLiteral("--") + QLatin1String(setting.flag);
    const auto add = [&](const QString &text) { flags << flag + QLatin1Char('=') + text; };
    switch (setting.shape) {
    case Shape::Ignored: return true;
    case Shape::Switch:
        if (!value.is_boolean())
            return false;
        add(value.get<bool>() ? QStringLiteral("true") : QStringLiteral("false"));
        return true;
    case Shape::OnlyIfTrue:
        if (!value.is_boolean())
            return false;
        flags << flag;
        return true;
    case Shape::Number:
    case Shape::Duration:
        if (!value.is_number_integer())
            return false;
        add(QString::number(value.get<qint64>())
            + (setting.shape == Shape::Duration ? QStringLiteral("ns") : QString()));
        return true;
    case Shape::Text:
        if (!value.is_string())
            return false;
        add(QString::fromStdString(value.get<std::string>()));
        return true;
    case Shape::List:
        if (!value.is_array())
            return false;
        for (const json &each : value) {
            // A comma would make two of it.
            if (!each.is_string() || each.get<std::string>().find(',') != std::string::npos)
                return false;
            if (!each.get<std::string>().empty())
                add(QString::fromStdString(each.get<std::string>()));
        }
        return true;
    }
    return false;
}

/// Name of a setting that cannot be said again, or "".
template <size_t N> QString addFlags(const Setting (&settings)[N], const json &object, QStringList &flags)
{
    if (!object.is_object())
        return {};
    for (auto item = object.begin(); item != object.end(); ++item) {
        const Setting *known = nullptr;
        for (const Setting &each : settings)
            known = item.key() == each.key ? &each : known;
        const bool isGiven = known && (known->shape == Shape::Switch || !isUnset(item.value()));
        if ((!known && !isUnset(item.value())) || (isGiven && !addFlag(*known, item.value(), flags)))
            return sanitizedLine(QByteArray::fromStdString(item.key()), 60);
    }
    return {};
}

const json *findService(const json &state, const std::string &name)
{
    const json &list = state.is_array() ? state : at(state, "services");
    if (list.is_array()) {
        for (const json &each : list) {
            if (at(each, "name") == json(name))
                return &each;
        }
    } else if (list.is_object() && list.contains(name)) {
        return &list[name];
    }
    return nullptr;
}

} // namespace

Result<ProxyService> readProxyState(const QByteArray &text, const QString &service, const QString &host)
{
    const auto no = [&host](ErrorKind kind, const QString &words) {
        return failure(kind, QStringLiteral("plan"), host, words,
                       QStringLiteral("Let kamal do it: the method \"command\" with kamal rollback."));
    };
    const json state = json::parse(text.constBegin(), text.constEnd(), nullptr, false);
    if (!state.is_array() && !at(state, "services").is_structured())
        return no(ErrorKind::BadData, QStringLiteral("the state of kamal-proxy cannot be read"));
    const json *found = findService(state, service.toStdString());
    if (!found)
        return ProxyService{};
    ProxyService read;
    read.known = true;
    const json &options = at(*found, "options"), &target = at(*found, "target_options");
    if (!options.is_object() || !target.is_object())
        return no(ErrorKind::Unsupported, QStringLiteral("the state of kamal-proxy is of a version that is not known"));
    for (const char *key : {"active_readers", "rollout_targets", "rollout_readers"}) {
        if (!isUnset(at(*found, key)))
            return no(ErrorKind::Unsupported,
                      QStringLiteral("kamal-proxy serves %1 from several targets").arg(service));
    }
    QString lost = addFlags(serviceSettings, options, read.flags);
    if (lost.isEmpty())
        lost = addFlags(targetSettings, target, read.flags);
    if (lost.isEmpty())
        lost = addFlags(healthSettings, at(target, "health_check_config"), read.flags);
    if (!lost.isEmpty())
        return no(
            ErrorKind::Unsupported,
            QStringLiteral("kamal-proxy has a setting for %1 that cannot be carried over: %2").arg(service, lost));
    // A prefix of "/" alone is what it has without one.
    read.flags.removeAll(QStringLiteral("--path-prefix=/"));
    static const QRegularExpression place(QStringLiteral("\\A[A-Za-z0-9_.-]+:([0-9]{1,5})\\z"));
    const json &targets = at(*found, "active_targets");
    const QString only = targets.is_array() && targets.size() == 1 && targets[0].is_string()
        ? QString::fromStdString(targets[0].get<std::string>())
        : QString();
    read.port = place.match(only).captured(1);
    if (read.port.isEmpty())
        return no(ErrorKind::Unsupported, QStringLiteral("kamal-proxy serves %1 from no single target").arg(service));
    return read;
}

} // namespace taffrail::executors::kamal
