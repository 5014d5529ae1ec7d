// SPDX-License-Identifier: GPL-3.0-or-later
#include "healthsupport.h"
#include "monitoranswer.h"
#include "registry.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

using nlohmann::json;

constexpr size_t mostAlerts = 500;

std::vector<Request> alertmanagerRequests(const SourceEntry &entry, const Replies &soFar)
{
    if (!soFar.empty() || addressBelow(entry, {}).isEmpty())
        return {};
    const auto ask = [&entry](const char *name) {
        const QString part = QString::fromLatin1(name);
        return askFor(entry, part, addressBelow(entry, QStringLiteral("/api/v2/") + part));
    };
    return {ask("alerts"), ask("silences"), ask("status")};
}

/// Silences by id, for the words of what they silence.
using Silences = QHash<QString, QString>;

QString wordsOf(const json &silence)
{
    QString words = QStringLiteral("silenced by %1 until %2")
                        .arg(jsonText(silence, "createdBy", 60), rfc3339(jsonTime(silence, "endsAt")));
    if (const QString comment = jsonText(silence, "comment", 120); !comment.isEmpty())
        words += QStringLiteral(": ") + comment;
    return words;
}

QString stateOf(const json &object)
{
    const auto status = object.find("status");
    return status == object.end() ? QString() : jsonText(*status, "state", 20);
}

QStringList idsOf(const json &alert, const char *key)
{
    QStringList ids;
    const auto status = alert.find("status");
    if (status == alert.end())
        return ids;
    for (const json &id : jsonArray(*status, key)) {
        if (id.is_string())
            ids << sanitizedLine(QByteArray::fromStdString(id.get<std::string>()), 60);
    }
    return ids;
}

QString whySuppressed(const json &alert, const Silences &silences)
{
    for (const QString &id : idsOf(alert, "silencedBy"))
        return silences.value(id, QStringLiteral("silenced (%1)").arg(id));
    if (!idsOf(alert, "inhibitedBy").isEmpty())
        return QStringLiteral("held back by another alert");
    if (const QStringList muted = idsOf(alert, "mutedBy"); !muted.isEmpty())
        return QStringLiteral("muted at this time by %1").arg(muted.join(QStringLiteral(", ")));
    return QStringLiteral("suppressed");
}

HealthCheck alertCheck(const json &alert, const Silences &silences, const QDateTime &now)
{
    const json labels = alert.value("labels", json::object());
    const json annotations = alert.value("annotations", json::object());
    const QString state = stateOf(alert);
    const QDateTime since = jsonTime(alert, "startsAt");
    const QDateTime until = jsonTime(alert, "endsAt");
    Status status = Status::Unknown;
    QString text;
    if (state == QLatin1String("active") || state == QLatin1String("unprocessed")) {
        status = severityOf(labels);
        text = QStringLiteral("firing");
    } else if (state == QLatin1String("suppressed")) {
        status = Status::Muted;
        text = whySuppressed(alert, silences);
    } else {
        text = QStringLiteral("in no state that is known");
    }
    if (since.isValid())
        text += QStringLiteral(", since %1").arg(rfc3339(since));
    // A firing alert is sent again every minute and lasts four: one that ran out has lost its sender.
    if (until.isValid() && until < now)
        text += QStringLiteral("; nobody has sent it again since %1").arg(rfc3339(until));
    QString words = jsonText(annotations, "summary");
    if (words.isEmpty())
        words = jsonText(annotations, "description");
    if (!words.isEmpty())
        text += QStringLiteral(": ") + words;
    HealthCheck check
        = makeCheck("alertmanager.alert", labelledName(labels, QStringLiteral("alert")), {}, status, text);
    check.hint = jsonText(annotations, "runbook_url");
    return check;
}

/// Alerts as a list, or in groups.
std::vector<const json *> alertsIn(const json &body)
{
    std::vector<const json *> alerts;
    for (const json &each : body) {
        if (!each.is_object())
            continue;
        if (!each.contains("alerts")) {
            alerts.push_back(&each);
            continue;
        }
        for (const json &alert : jsonArray(each, "alerts")) {
            if (alert.is_object())
                alerts.push_back(&alert);
        }
    }
    return alerts;
}

void readAlerts(const json &body, const Silences &silences, const QDateTime &now, HealthReport &report)
{
    if (!body.is_array()) {
        report.checks.push_back(unknownCheck("alertmanager.api", QStringLiteral("alerts"), {},
                                             QStringLiteral("expected a list of alerts")));
        return;
    }
    const std::vector<const json *> alerts = alertsIn(body);
    qsizetype active = 0, suppressed = 0;
    QStringList seen;
    for (const json *alert : alerts) {
        // An alert for two receivers stands in two groups.
        const QString fingerprint = jsonText(*alert, "fingerprint", 40);
        if (!fingerprint.isEmpty() && seen.contains(fingerprint))
            continue;
        seen << fingerprint;
        const HealthCheck check = alertCheck(*alert, silences, now);
        (check.status == Status::Muted ? suppressed : active) += 1;
        if (report.checks.size() < mostAlerts)
            report.checks.push_back(check);
    }
    report.checks.push_back(
        makeCheck("alertmanager.alerts", QStringLiteral("alerts"), {}, Status::Ok,
                  QStringLiteral("%1 alerts fire, %2 are silenced or held back").arg(active).arg(suppressed),
                  double(active), ""));
    if (alerts.size() > mostAlerts)
        report.notes << QStringLiteral("only the first %1 alerts are shown").arg(mostAlerts);
}

Silences readSilences(const json &body, bool isAlone, HealthReport &report)
{
    Silences silences;
    if (!body.is_array()) {
        report.checks.push_back(unknownCheck("alertmanager.api", QStringLiteral("silences"), {},
                                             QStringLiteral("expected a list of silences")));
        return silences;
    }
    int active = 0;
    for (const json &silence : body) {
        if (!silence.is_object())
            continue;
        const QString words = wordsOf(silence);
        silences.insert(jsonText(silence, "id", 60), words);
        const bool isActive = stateOf(silence) == QLatin1String("active");
        active += isActive;
        if (isActive && isAlone && report.checks.size() < mostAlerts)
            report.checks.push_back(
                makeCheck("alertmanager.silence", jsonText(silence, "id", 60), {}, Status::Muted, words));
    }
    if (isAlone)
        report.checks.push_back(makeCheck("alertmanager.silences", QStringLiteral("silences"), {}, Status::Ok,
                                          QStringLiteral("%1 silences are active").arg(active), active, ""));
    return silences;
}

void readStatus(const json &body, HealthReport &report)
{
    const auto version = body.is_object() ? body.find("versionInfo") : body.end();
    const auto cluster = body.is_object() ? body.find("cluster") : body.end();
    if (!body.is_object() || cluster == body.end()) {
        report.checks.push_back(unknownCheck("alertmanager.cluster", QStringLiteral("cluster"), {},
                                             QStringLiteral("expected \"cluster\"")));
        return;
    }
    if (version != body.end())
        report.version = jsonText(*version, "version", 60);
    const QString word = jsonText(*cluster, "status", 20);
    const bool isGood = word == QLatin1String("ready") || word == QLatin1String("disabled");
    report.checks.push_back(makeCheck("alertmanager.cluster", QStringLiteral("cluster"), {},
                                      isGood                                  ? Status::Ok
                                          : word == QLatin1String("settling") ? Status::Notice
                                                                              : Status::Unknown,
                                      word == QLatin1String("disabled") ? QStringLiteral("runs alone")
                                                                        : QStringLiteral("is %1").arg(word)));
}

Result<Value> parseAlertmanager(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    HealthReport report;
    report.source = QStringLiteral("alertmanager");
    bool hasAnswer = false;
    std::optional<json> alerts;
    Silences silences;
    for (const Reply &reply : replies) {
        const auto body = jsonBodyOf(reply);
        hasAnswer = hasAnswer || !reply.error();
        if (!body)
            report.checks.push_back(unknownCheck("alertmanager.api", reply.name, {}, body.error()));
        else if (reply.name == QLatin1String("silences"))
            silences = readSilences(*body, replies.size() == 1, report);
        else if (reply.name == QLatin1String("status"))
            readStatus(*body, report);
        else
            alerts = *body;
    }
    if (!hasAnswer)
        return failure(replies.empty() ? Error{ErrorKind::BadData,
                                               QStringLiteral("parse"),
                                               entry.id,
                                               QStringLiteral("there is no answer to read"),
                                               {}}
                                       : *replies.front().error());
    if (alerts)
        readAlerts(*alerts, silences, context.now, report);
    sortChecks(report);
    return Value(std::move(report));
}

} // namespace

const Source alertmanagerSource{
    PaneKind::Health,
    "alertmanager",
    "Alertmanager: alerts, silences",
    false,
    false,
    addressOptions("address of Alertmanager, with its path prefix if it has one"),
    {"alerts", "groups", "silences", "status"},
    alertmanagerRequests,
    parseAlertmanager,
    nullptr,
    "reach of its HTTP API; it needs no right to change anything",
};

} // namespace taffrail::sources
