// SPDX-License-Identifier: GPL-3.0-or-later
#include "jsonreader.h"
#include "jsonwriting.h"

#include "text.h"

#include <array>
#include <cmath>

namespace taffrail::codec {

namespace {

constexpr std::array<std::pair<LinkState, const char *>, 4> linkWords{{
    {LinkState::Idle, "idle"},
    {LinkState::Connecting, "connecting"},
    {LinkState::Up, "up"},
    {LinkState::Down, "down"},
}};

QString linkWord(LinkState state)
{
    for (const auto &[each, word] : linkWords) {
        if (each == state)
            return QString::fromLatin1(word);
    }
    return QStringLiteral("idle");
}

LinkState linkFromWord(const QString &word)
{
    for (const auto &[state, each] : linkWords) {
        if (word == QLatin1String(each))
            return state;
    }
    return LinkState::Idle;
}

PaneKind paneOrHealth(const QString &word)
{
    return paneFromWord(word).value_or(PaneKind::Health);
}

Json evidenceValue(const QVariant &value)
{
    switch (value.typeId()) {
    case QMetaType::Bool: return value.toBool();
    case QMetaType::Int:
    case QMetaType::LongLong:
    case QMetaType::Short: return value.toLongLong();
    case QMetaType::UInt:
    case QMetaType::ULongLong: return value.toULongLong();
    case QMetaType::Double:
    case QMetaType::Float: return numberOrNull(value.toDouble());
    case QMetaType::QDateTime: return timeOrNull(value.toDateTime());
    case QMetaType::QStringList: return listOf(value.toStringList());
    default: return value.toString().toStdString();
    }
}

QVariant evidenceVariant(const Json &value)
{
    if (value.is_boolean())
        return value.get<bool>();
    if (value.is_number_unsigned() && value.get<quint64>() > quint64(std::numeric_limits<qint64>::max()))
        return value.get<quint64>();
    if (value.is_number_integer())
        return qlonglong(value.get<qint64>());
    if (value.is_number())
        return value.get<double>();
    if (const auto *string = value.get_ptr<const Json::string_t *>()) {
        const QString text = QString::fromUtf8(string->data(), qsizetype(string->size()));
        const QDateTime time = fromRfc3339(text);
        return time.isValid() && rfc3339(time) == text ? QVariant(time) : QVariant(text);
    }
    if (value.is_array()) {
        QStringList words;
        for (const Json &each : value)
            words << (each.is_string() ? QString::fromStdString(each.get<std::string>()) : QString());
        return words;
    }
    return {};
}

Json attemptJson(const std::optional<Attempt> &attempt)
{
    if (!attempt)
        return nullptr;
    Json json{{"at", timeOrNull(attempt->at)}, {"took_s", secondsOf(attempt->took)}};
    if (!attempt->result)
        json["error"] = toJson(attempt->result.error());
    else if (*attempt->result)
        json["value"] = toJson(**attempt->result);
    else
        json["error"] = toJson(Error{ErrorKind::Internal, {}, {}, QStringLiteral("no value"), {}});
    return json;
}

bool isSameAttempt(const std::optional<Attempt> &a, const std::optional<Attempt> &b)
{
    return a && b && a->at == b->at && a->took == b->took && a->result && b->result && *a->result == *b->result;
}

Attempt readAttempt(const JsonReader &reader)
{
    Attempt attempt;
    attempt.at = reader.time("at");
    attempt.took = reader.seconds("took_s").value_or(std::chrono::milliseconds(0));
    const bool hasValue = reader.has("value");
    if (hasValue == reader.has("error")) {
        reader.fail("value", QStringLiteral("a value or an error, and not both"));
        return attempt;
    }
    if (hasValue)
        attempt.result = ValuePtr(std::make_shared<const Value>(readValue(reader.object("value"))));
    else
        attempt.result = failure(readError(reader.object("error")));
    return attempt;
}

Observation readObservation(const JsonReader &reader)
{
    Observation observation;
    observation.pane = reader.word<PaneKind>("pane", paneOrHealth, paneWord, PaneKind::Health);
    observation.entry = reader.text("entry");
    observation.source = reader.text("source");
    observation.subject = reader.text("subject");
    observation.interval = reader.seconds("interval_s").value_or(observation.interval);
    if (reader.has("last_good")) {
        observation.lastGood = readAttempt(reader.object("last_good"));
        if (!observation.lastGood->result)
            reader.fail("last_good", QStringLiteral("an attempt with a value"));
    }
    const Json *last = reader.find("last_attempt");
    if (last && last->is_string()) { // "last_good": they are one and the same
        if (!observation.lastGood || *last != "last_good")
            reader.fail("last_attempt", QStringLiteral("an attempt, or \"last_good\" beside one"));
        observation.lastAttempt = observation.lastGood;
    } else if (last) {
        observation.lastAttempt = readAttempt(reader.object("last_attempt"));
    }
    return observation;
}

Link readLink(const JsonReader &reader)
{
    Link link;
    link.subject = reader.text("subject");
    link.isDatabase = reader.flag("is_database");
    link.state = reader.word("state", linkFromWord, linkWord, LinkState::Idle);
    link.since = reader.time("since");
    link.error = readOptionalError(reader, "error");
    link.retryAt = reader.time("retry_at");
    link.peer = reader.text("peer");
    link.missingGrants = reader.words("missing_grants");
    return link;
}

Finding readFinding(const JsonReader &reader)
{
    Finding finding;
    finding.code = reader.text("code");
    finding.pane = reader.word<PaneKind>("pane", paneOrHealth, paneWord, PaneKind::Health);
    finding.severity = reader.word("severity", statusFromWord, statusWord, Status::Unknown);
    finding.subject = reader.text("subject");
    finding.entry = reader.text("entry");
    finding.title = reader.text("title");
    finding.evidence = readEvidence(reader, "evidence");
    finding.hint = reader.text("hint");
    finding.observedAt = reader.time("observed_at");
    if (reader.has("expected")) {
        const JsonReader expected = reader.object("expected");
        finding.expected = Expected{expected.text("by"), expected.text("reason"), expected.time("until")};
    }
    return finding;
}

Snapshot readSnapshot(const JsonReader &reader)
{
    Snapshot snapshot;
    if (reader.integer("version").value_or(0) != version)
        reader.fail("version", QStringLiteral("version %1").arg(version));
    snapshot.environment = reader.text("environment");
    snapshot.generation = reader.unsignedText("generation");
    snapshot.takenAt = reader.time("taken_at");
    snapshot.remembered = reader.flag("remembered");
    reader.each("observations",
                [&](const JsonReader &each) { snapshot.observations.push_back(readObservation(each)); });
    reader.each("links", [&](const JsonReader &each) { snapshot.links.push_back(readLink(each)); });
    return snapshot;
}

} // namespace

Json toJson(const Error &error)
{
    return {
        {"kind", errorKindWord(error.kind).toStdString()},
        {"step", textOrNull(error.step)},
        {"subject", textOrNull(error.subject)},
        {"text", textOrNull(error.text)},
        {"hint", textOrNull(error.hint)},
    };
}

Json toJson(const Value &value)
{
    struct Writer {
        Json operator()(const DeploymentHistory &history) const { return deploymentsJson(history); }
        Json operator()(const MigrationHistories &histories) const { return migrationsJson(histories); }
        Json operator()(const BackupSet &set) const { return backupsJson(set); }
        Json operator()(const HealthReport &report) const { return healthJson(report); }
        Json operator()(const ConfigSet &set) const { return configJson(set); }
    };
    return std::visit(Writer{}, value);
}

Json evidenceJson(const QVariantMap &evidence)
{
    Json json = Json::object();
    for (auto each = evidence.constBegin(); each != evidence.constEnd(); ++each)
        json[each.key().toStdString()] = evidenceValue(each.value());
    return json;
}

QVariantMap readEvidence(const JsonReader &reader, const char *key)
{
    QVariantMap evidence;
    if (reader.has(key)) {
        for (const auto &[name, value] : reader.object(key).json().items())
            evidence.insert(QString::fromStdString(name), evidenceVariant(value));
    }
    return evidence;
}

Json toJson(const Finding &finding)
{
    Json expected = nullptr;
    if (finding.expected)
        expected = {{"by", textOrNull(finding.expected->by)},
                    {"reason", textOrNull(finding.expected->reason)},
                    {"until", timeOrNull(finding.expected->until)}};
    return {
        {"code", finding.code.toStdString()},
        {"pane", paneWord(finding.pane).toStdString()},
        {"severity", statusWord(finding.severity).toStdString()},
        {"subject", textOrNull(finding.subject)},
        {"entry", textOrNull(finding.entry)},
        {"title", textOrNull(finding.title)},
        {"evidence", evidenceJson(finding.evidence)},
        {"hint", textOrNull(finding.hint)},
        {"observed_at", timeOrNull(finding.observedAt)},
        {"expected", std::move(expected)},
    };
}

Json toJson(const Observation &observation)
{
    return {
        {"pane", paneWord(observation.pane).toStdString()},
        {"entry", textOrNull(observation.entry)},
        {"source", textOrNull(observation.source)},
        {"subject", textOrNull(observation.subject)},
        {"interval_s", secondsOf(observation.interval)},
        {"last_good", attemptJson(observation.lastGood)},
        {"last_attempt",
         isSameAttempt(observation.lastGood, observation.lastAttempt) ? Json("last_good")
                                                                      : attemptJson(observation.lastAttempt)},
    };
}

Json toJson(const Link &link)
{
    return {
        {"subject", textOrNull(link.subject)},
        {"is_database", link.isDatabase},
        {"state", linkWord(link.state).toStdString()},
        {"since", timeOrNull(link.since)},
        {"error", link.error ? toJson(*link.error) : Json(nullptr)},
        {"retry_at", timeOrNull(link.retryAt)},
        {"peer", textOrNull(link.peer)},
        {"missing_grants", listOf(link.missingGrants)},
    };
}

Json toJson(const Snapshot &snapshot)
{
    Json observations = Json::array();
    for (const Observation &observation : snapshot.observations)
        observations.push_back(toJson(observation));
    Json links = Json::array();
    for (const Link &link : snapshot.links)
        links.push_back(toJson(link));
    return {
        {"version", version},
        {"environment", textOrNull(snapshot.environment)},
        {"generation", QString::number(snapshot.generation).toStdString()},
        {"taken_at", timeOrNull(snapshot.takenAt)},
        {"remembered", snapshot.remembered},
        {"observations", std::move(observations)},
        {"links", std::move(links)},
    };
}

Error readError(const JsonReader &reader)
{
    Error error;
    error.kind = reader.word("kind", errorKindFromWord, errorKindWord, ErrorKind::Internal);
    error.step = reader.text("step");
    error.subject = reader.text("subject");
    error.text = reader.text("text");
    error.hint = reader.text("hint");
    return error;
}

Value readValue(const JsonReader &reader)
{
    const QString kind = reader.text("kind");
    if (kind == QLatin1String("deployments"))
        return readDeployments(reader);
    if (kind == QLatin1String("migrations"))
        return readMigrations(reader);
    if (kind == QLatin1String("backups"))
        return readBackups(reader);
    if (kind == QLatin1String("config"))
        return readConfig(reader);
    if (kind != QLatin1String("health"))
        reader.fail("kind", QStringLiteral("deployments, migrations, backups, health or config"));
    return readHealth(reader);
}

template <> Result<Error> fromJson<Error>(const Json &json)
{
    return readAll<Error>(json, readError);
}

template <> Result<Value> fromJson<Value>(const Json &json)
{
    return readAll<Value>(json, readValue);
}

template <> Result<Finding> fromJson<Finding>(const Json &json)
{
    return readAll<Finding>(json, readFinding);
}

template <> Result<Observation> fromJson<Observation>(const Json &json)
{
    return readAll<Observation>(json, readObservation);
}

template <> Result<Link> fromJson<Link>(const Json &json)
{
    return readAll<Link>(json, readLink);
}

template <> Result<Snapshot> fromJson<Snapshot>(const Json &json)
{
    return readAll<Snapshot>(json, readSnapshot);
}

} // namespace taffrail::codec
