// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupsupport.h"
#include "healthsupport.h"
#include "monitoranswer.h"
#include "registry.h"

#include "text.h"

#include <QUrlQuery>

#include <algorithm>
#include <cmath>
#include <limits>

namespace taffrail::sources {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

/// Beyond these nobody reads on; how many there are is said.
constexpr size_t mostChecks = 500;
/// A group of rules that was not evaluated for so many of its intervals is stale (health reference D1).
constexpr int staleIntervals = 3;

QVariantList queriesOf(const SourceEntry &entry)
{
    return entry.options.value(QStringLiteral("queries")).toList();
}

std::vector<Request> prometheusRequests(const SourceEntry &entry, const Replies &soFar)
{
    if (!soFar.empty() || addressBelow(entry, {}).isEmpty())
        return {};
    QUrl rules = addressBelow(entry, QStringLiteral("/api/v1/rules"));
    rules.setQuery(QStringLiteral("type=alert"));
    QUrl targets = addressBelow(entry, QStringLiteral("/api/v1/targets"));
    targets.setQuery(QStringLiteral("state=active"));
    std::vector<Request> requests{
        askFor(entry, QStringLiteral("rules"), rules),
        askFor(entry, QStringLiteral("targets"), targets),
        askFor(entry, QStringLiteral("buildinfo"), addressBelow(entry, QStringLiteral("/api/v1/status/buildinfo"))),
    };
    for (const QVariant &each : queriesOf(entry)) {
        QUrl url = addressBelow(entry, QStringLiteral("/api/v1/query"));
        QUrlQuery query;
        query.addQueryItem(
            QStringLiteral("query"),
            QString::fromLatin1(QUrl::toPercentEncoding(each.toMap().value(QStringLiteral("query")).toString())));
        url.setQuery(query);
        Request request = askFor(entry, QStringLiteral("query"), url);
        request.subject = each.toMap().value(QStringLiteral("name")).toString();
        requests.push_back(std::move(request));
    }
    return requests;
}

/// The "data" of an answer; warnings go to the notes: a result with warnings may be a part only.
tl::expected<json, QString> dataOf(const Reply &reply, HealthReport &report)
{
    auto body = jsonBodyOf(reply);
    if (!body)
        return tl::make_unexpected(body.error());
    if (jsonText(*body, "status") == QLatin1String("error")) {
        return tl::make_unexpected(
            QStringLiteral("%1: %2").arg(jsonText(*body, "errorType", 60), jsonText(*body, "error")));
    }
    const auto data = body->is_object() ? body->find("data") : body->end();
    if (!body->is_object() || jsonText(*body, "status") != QLatin1String("success") || data == body->end())
        return tl::make_unexpected(QStringLiteral("expected an answer of Prometheus with \"status\" and \"data\""));
    for (const char *key : {"warnings", "infos"}) {
        for (const json &each : jsonArray(*body, key)) {
            if (each.is_string())
                report.notes << sanitizedLine(QByteArray::fromStdString(each.get<std::string>()), 200);
        }
    }
    return *data;
}

/// A sample's value as Prometheus writes it: "1", "2.498e-01", "+Inf", "NaN". Nothing for what is no number.
std::optional<double> sampleOf(const json &value)
{
    if (!value.is_string())
        return std::nullopt;
    const QByteArray text = QByteArray::fromStdString(value.get<std::string>());
    if (text == "+Inf" || text == "-Inf")
        return (text.front() == '-' ? -1 : 1) * std::numeric_limits<double>::infinity();
    return numberOf(text);
}

QString sinceText(const QDateTime &since)
{
    return since.isValid() ? QStringLiteral(" since %1").arg(rfc3339(since)) : QString();
}

HealthCheck alertCheck(const json &alert, const QString &ruleName)
{
    const json labels = alert.value("labels", json::object());
    const json annotations = alert.value("annotations", json::object());
    const QString state = jsonText(alert, "state", 20);
    const QDateTime since = jsonTime(alert, "activeAt");
    QString words = jsonText(annotations, "summary");
    if (words.isEmpty())
        words = jsonText(annotations, "description");
    const Status status = state == QLatin1String("firing") ? severityOf(labels)
        : state == QLatin1String("pending")                ? Status::Notice
        : state == QLatin1String("inactive")               ? Status::Ok
                                                           : Status::Unknown;
    QString text = (state.isEmpty() ? QStringLiteral("in no state that is known") : state) + sinceText(since);
    if (status == Status::Ok && state == QLatin1String("firing"))
        text += QStringLiteral(": it always does, to show that alerting works");
    if (!words.isEmpty())
        text += QStringLiteral(": ") + words;
    HealthCheck check = makeCheck("prometheus.alert", labelledName(labels, ruleName), {}, status, text);
    if (const auto value = sampleOf(alert.value("value", json())); value && std::isfinite(*value))
        check.value = value;
    check.hint = jsonText(annotations, "runbook_url");
    return check;
}

/// One rule: an error, no evaluation so far and an old one are all "nobody knows", though the state says inactive.
void readRule(const json &rule, const json &group, const QDateTime &now, HealthReport &report, int &judged)
{
    const QString type = jsonText(rule, "type", 20);
    if (!type.isEmpty() && type != QLatin1String("alerting"))
        return;
    ++judged;
    const QString name = jsonText(rule, "name", 120);
    const QString health = jsonText(rule, "health", 20);
    const QDateTime evaluated = jsonTime(rule, "lastEvaluation");
    const auto interval = group.find("interval");
    const double seconds = interval != group.end() && interval->is_number() ? interval->get<double>() : 60;
    const double age = evaluated.isValid() ? double(evaluated.msecsTo(now)) / 1000 : 0;
    QString reason;
    if (health == QLatin1String("err"))
        reason = QStringLiteral("cannot be evaluated: %1").arg(jsonText(rule, "lastError"));
    else if (!evaluated.isValid())
        reason = QStringLiteral("was never evaluated");
    else if (age > staleIntervals * std::max(seconds, 1.0))
        reason = QStringLiteral("was last evaluated at %1, though it is due every %2 s")
                     .arg(rfc3339(evaluated), QString::number(seconds));
    else if (health != QLatin1String("ok"))
        reason = QStringLiteral("Prometheus does not say that its evaluation works (%1)").arg(health);
    if (!reason.isEmpty()) {
        HealthCheck check = unknownCheck("prometheus.rule", name, {}, reason);
        check.dataAt = evaluated;
        report.checks.push_back(std::move(check));
    }
    for (const json &alert : jsonArray(rule, "alerts")) {
        if (alert.is_object() && report.checks.size() < mostChecks)
            report.checks.push_back(alertCheck(alert, name));
    }
}

HealthCheck sumOfAlerts(const HealthReport &report, const QString &subject, const QString &looked)
{
    const auto firing = std::ranges::count_if(report.checks, [](const HealthCheck &check) {
        return check.code == QLatin1String("prometheus.alert") && check.text.startsWith(QLatin1String("firing"));
    });
    return makeCheck("prometheus.alerts", subject, {}, Status::Ok,
                     QStringLiteral("%1; %2 alerts fire").arg(looked).arg(firing), double(firing), "");
}

void readRules(const json &data, const QString &subject, const QDateTime &now, HealthReport &report)
{
    int judged = 0;
    if (!data.is_object() || !data.contains("groups")) {
        report.checks.push_back(
            unknownCheck("prometheus.alerts", subject, {}, QStringLiteral("expected \"groups\" of rules")));
        return;
    }
    for (const json &group : jsonArray(data, "groups")) {
        for (const json &rule : jsonArray(group, "rules")) {
            if (rule.is_object())
                readRule(rule, group, now, report, judged);
        }
    }
    if (judged == 0) {
        report.checks.push_back(unknownCheck("prometheus.alerts", subject, {},
                                             QStringLiteral("it has no alerting rules: its silence says nothing")));
        return;
    }
    report.checks.push_back(sumOfAlerts(report, subject, QStringLiteral("%1 alerting rules").arg(judged)));
}

/// /api/v1/alerts: what fires, but not whether the rules work.
void readAlerts(const json &data, const QString &subject, HealthReport &report)
{
    if (!data.is_object() || !data.contains("alerts")) {
        report.checks.push_back(unknownCheck("prometheus.alerts", subject, {}, QStringLiteral("expected \"alerts\"")));
        return;
    }
    for (const json &alert : jsonArray(data, "alerts")) {
        if (alert.is_object() && report.checks.size() < mostChecks)
            report.checks.push_back(alertCheck(alert, {}));
    }
    report.checks.push_back(
        sumOfAlerts(report, subject, QStringLiteral("%1 alerts listed").arg(jsonArray(data, "alerts").size())));
}

void readTargets(const json &data, const QString &subject, HealthReport &report)
{
    const json &targets = jsonArray(data, "activeTargets");
    if (!data.is_object() || !data.contains("activeTargets")) {
        report.checks.push_back(
            unknownCheck("prometheus.targets", subject, {}, QStringLiteral("expected \"activeTargets\"")));
        return;
    }
    int up = 0;
    for (const json &target : targets) {
        if (!target.is_object())
            continue;
        const QString health = jsonText(target, "health", 20);
        up += health == QLatin1String("up");
        if (health == QLatin1String("up") || report.checks.size() >= mostChecks)
            continue;
        const bool isDown = health == QLatin1String("down");
        HealthCheck check = makeCheck("prometheus.target",
                                      labelledName(target.value("labels", json::object()), QStringLiteral("target")),
                                      {}, isDown ? Status::Warning : Status::Unknown,
                                      isDown ? QStringLiteral("cannot be read: %1").arg(jsonText(target, "lastError"))
                                             : QStringLiteral("was not read yet"));
        check.dataAt = jsonTime(target, "lastScrape");
        report.checks.push_back(std::move(check));
    }
    const QString text = targets.empty() ? QStringLiteral("it reads no targets: it knows nothing")
                                         : QStringLiteral("%1 of %2 targets are up").arg(up).arg(targets.size());
    report.checks.push_back(targets.empty() ? unknownCheck("prometheus.targets", subject, {}, text)
                                            : makeCheck("prometheus.targets", subject, {}, Status::Ok, text, up, ""));
}

/// What one query of the entry is held against.
struct Judge {
    QString name = QStringLiteral("query");
    QByteArray unit;
    std::optional<Limits> limits;
    bool isBadBelow = false;

    explicit Judge(const QVariantMap &query)
    {
        if (const QString text = query.value(QStringLiteral("name")).toString(); !text.isEmpty())
            name = text;
        unit = query.value(QStringLiteral("unit")).toString().toUtf8();
        const QVariant warning = query.value(QStringLiteral("warning"));
        const QVariant critical = query.value(QStringLiteral("critical"));
        isBadBelow = query.value(QStringLiteral("bad")).toString() == QLatin1String("below");
        const double never = (isBadBelow ? -1 : 1) * std::numeric_limits<double>::infinity();
        if (warning.isValid() || critical.isValid())
            limits = Limits{warning.isValid() ? warning.toDouble() : critical.toDouble(),
                            critical.isValid() ? critical.toDouble() : never};
    }
};

HealthCheck sampleCheck(const Judge &judge, const QString &subject, const json &point)
{
    const json value = point.is_array() && point.size() == 2 ? point[1] : json();
    const QString shown = value.is_string() ? sanitizedLine(QByteArray::fromStdString(value.get<std::string>()), 40)
                                            : QStringLiteral("no value");
    const std::optional<double> number = sampleOf(value);
    if (!number)
        return unknownCheck("prometheus.query", subject, {}, QStringLiteral("the value is %1").arg(shown));
    const Status status = !judge.limits ? Status::Ok
        : judge.isBadBelow              ? below(*number, *judge.limits)
                                        : above(*number, *judge.limits);
    HealthCheck check = makeCheck("prometheus.query", subject, {}, status,
                                  QStringLiteral("is %1 %2").arg(shown, QString::fromUtf8(judge.unit)).trimmed());
    if (std::isfinite(*number))
        check.value = number;
    check.unit = QString::fromUtf8(judge.unit);
    if (judge.limits && std::isfinite(judge.limits->warning))
        check.warning = judge.limits->warning;
    if (judge.limits && std::isfinite(judge.limits->critical))
        check.critical = judge.limits->critical;
    if (point.is_array() && !point.empty() && point[0].is_number() && std::abs(point[0].get<double>()) < 1e11)
        check.dataAt = QDateTime::fromMSecsSinceEpoch(qint64(point[0].get<double>() * 1000), Qt::UTC);
    return check;
}

void readQuery(const json &data, const Judge &judge, HealthReport &report)
{
    const QString type = jsonText(data, "resultType", 20);
    const auto result = data.is_object() ? data.find("result") : data.end();
    if (!data.is_object() || result == data.end() || !result->is_array()) {
        report.checks.push_back(
            unknownCheck("prometheus.query", judge.name, {}, QStringLiteral("expected \"resultType\" and \"result\"")));
        return;
    }
    if (type == QLatin1String("scalar")) {
        report.checks.push_back(sampleCheck(judge, judge.name, *result));
        return;
    }
    if (type != QLatin1String("vector") && type != QLatin1String("matrix")) {
        report.checks.push_back(unknownCheck("prometheus.query", judge.name, {},
                                             QStringLiteral("a result of type \"%1\" is no number").arg(type)));
        return;
    }
    if (result->empty()) {
        report.checks.push_back(unknownCheck("prometheus.query", judge.name, {},
                                             QStringLiteral("there are no data: nothing is known, which is not 0")));
        return;
    }
    for (const json &series : *result) {
        if (!series.is_object() || report.checks.size() >= mostChecks)
            continue;
        const json &values = jsonArray(series, "values");
        const json point = type == QLatin1String("matrix") ? (values.empty() ? json() : values.back())
                                                           : series.value("value", json());
        report.checks.push_back(
            sampleCheck(judge, labelledName(series.value("metric", json::object()), judge.name), point));
    }
}

/// Which query of the entry this answer is of: by its name, or the only one.
QVariantMap queryOf(const SourceEntry &entry, const Reply &reply)
{
    const QVariantList queries = queriesOf(entry);
    for (const QVariant &each : queries) {
        if (each.toMap().value(QStringLiteral("name")).toString() == reply.subject)
            return each.toMap();
    }
    return queries.size() == 1 ? queries.first().toMap() : QVariantMap();
}

Result<Value> parsePrometheus(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    HealthReport report;
    report.source = QStringLiteral("prometheus");
    bool hasAnswer = false;
    for (const Reply &reply : replies) {
        const bool isQuery = reply.name == QLatin1String("query");
        const Judge judge(isQuery ? queryOf(entry, reply) : QVariantMap());
        const QString subject = isQuery ? judge.name : reply.name;
        const auto data = dataOf(reply, report);
        if (!data) {
            report.checks.push_back(
                unknownCheck(isQuery ? "prometheus.query" : "prometheus.api", subject, {}, data.error()));
            hasAnswer = hasAnswer || !reply.error();
            continue;
        }
        hasAnswer = true;
        if (isQuery)
            readQuery(*data, judge, report);
        else if (reply.name == QLatin1String("targets"))
            readTargets(*data, subject, report);
        else if (reply.name == QLatin1String("alerts"))
            readAlerts(*data, subject, report);
        else if (reply.name == QLatin1String("buildinfo"))
            report.version = jsonText(*data, "version", 60);
        else
            readRules(*data, subject, context.now, report);
    }
    if (!hasAnswer)
        return failure(replies.empty() || !replies.front().error() ? Error{ErrorKind::BadData,
                                                                           QStringLiteral("parse"),
                                                                           entry.id,
                                                                           QStringLiteral("there is no answer to read"),
                                                                           {}}
                                                                   : *replies.front().error());
    if (report.checks.size() >= mostChecks)
        report.notes << QStringLiteral("only the first %1 facts are shown").arg(mostChecks);
    sortChecks(report);
    return Value(std::move(report));
}

} // namespace

const Source prometheusSource{
    PaneKind::Health,
    "prometheus",
    "Prometheus: alerts, rules, targets and own queries",
    false,
    false,
    addressOptions(
        "address of the server, with its path prefix if it has one",
        {{"queries", "array", false,
          "own queries: name, query, unit, warning, critical, bad (\"above\" or \"below\" the limits)",
          R"("items":{"type":"object","required":["name","query"],"properties":{"name":{"type":"string","minLength":1},"query":{"type":"string","minLength":1},"unit":{"type":"string"},"warning":{"type":"number"},"critical":{"type":"number"},"bad":{"enum":["above","below"]}},"additionalProperties":false})"}}),
    {"rules", "alerts", "targets", "query", "buildinfo"},
    prometheusRequests,
    parsePrometheus,
    nullptr,
    "reach of its HTTP API; it needs no right to change anything",
};

} // namespace taffrail::sources
