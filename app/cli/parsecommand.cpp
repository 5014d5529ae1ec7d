// SPDX-License-Identifier: GPL-3.0-or-later
// taffrail parse: the sources by hand, without any connection.
#include "capturedreply.h"
#include "codec.h"
#include "commands.h"
#include "finding.h"
#include "text.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace taffrail {

namespace {

constexpr qint64 largestInput = 64LL * 1024 * 1024;

tl::expected<QByteArray, QString> readAll(const QString &path)
{
    QFile file(path);
    const bool open = path.isEmpty() ? file.open(stdin, QIODevice::ReadOnly) : file.open(QIODevice::ReadOnly);
    if (!open)
        return tl::make_unexpected(QStringLiteral("cannot read %1: %2").arg(path, file.errorString()));
    QByteArray bytes = file.read(largestInput + 1);
    if (bytes.size() > largestInput)
        return tl::make_unexpected(
            QStringLiteral("%1 is larger than 64 MiB").arg(path.isEmpty() ? QStringLiteral("the input") : path));
    return bytes;
}

/// What the rules say of this one observation.
std::vector<Finding> findingsFor(const SourceEntry &entry, const Result<Value> &value, const QDateTime &now)
{
    EnvironmentSpec environment;
    environment.id = environment.name = QStringLiteral("captured");
    environment.entries.push_back(entry);
    Snapshot snapshot;
    snapshot.environment = environment.id;
    snapshot.takenAt = now;
    Observation observation;
    observation.pane = entry.pane;
    observation.entry = entry.id;
    observation.source = entry.source;
    observation.subject = entry.id;
    Attempt attempt;
    attempt.at = now;
    if (value)
        attempt.result = std::make_shared<const Value>(*value);
    else
        attempt.result = failure(value.error());
    observation.lastAttempt = attempt;
    if (value)
        observation.lastGood = attempt;
    snapshot.observations.push_back(observation);
    return findingsOf(Facts{environment, snapshot, nullptr, {}, now});
}

struct Asked {
    const sources::Source *source = nullptr;
    QString part;
};

tl::expected<Asked, QString> findAsked(const QString &word)
{
    const QString kind = word.section(QLatin1Char('/'), 0, 0);
    const QString rest = word.section(QLatin1Char('/'), 1);
    const auto pane = paneFromWord(kind);
    if (!pane || rest.isEmpty())
        return tl::make_unexpected(QStringLiteral("\"%1\" is not KIND/SOURCE; taffrail sources lists them").arg(word));
    Asked asked;
    asked.source = capturedSource(*pane, rest);
    if (!asked.source) {
        asked.source = capturedSource(*pane, rest.section(QLatin1Char('.'), 0, 0));
        asked.part = rest.section(QLatin1Char('.'), 1);
    }
    if (!asked.source)
        return tl::make_unexpected(QStringLiteral("there is no source %1; taffrail sources lists them").arg(word));
    const auto &parts = asked.source->parts;
    if (asked.part.isEmpty() && !parts.empty())
        asked.part = QString::fromLatin1(parts.front());
    else if (std::ranges::none_of(parts, [&](const char *part) { return asked.part == QLatin1String(part); }))
        return tl::make_unexpected(
            QStringLiteral("%1 has no part %2").arg(QString::fromLatin1(asked.source->name), asked.part));
    return asked;
}

} // namespace

int runParse(const CommandLine &line)
{
    const auto usage = [](const QString &text) {
        complain(text);
        return exitcode::usage;
    };
    const auto asked = findAsked(line.operands.first());
    if (!asked)
        return usage(asked.error());
    QDateTime now = QDateTime::currentDateTimeUtc();
    if (!line.at.isEmpty()) {
        now = fromRfc3339(line.at);
        if (!now.isValid())
            return usage(QStringLiteral("--at takes a time such as 2026-11-20T14:03:22Z, not \"%1\"").arg(line.at));
    }
    QVariantMap options;
    if (!line.options.isEmpty()) {
        QJsonParseError error{};
        const QJsonDocument document = QJsonDocument::fromJson(line.options.toUtf8(), &error);
        if (!document.isObject())
            return usage(QStringLiteral("--options takes a JSON object: %1").arg(error.errorString()));
        options = document.object().toVariantMap();
    }
    QByteArray err;
    if (!line.stderrFile.isEmpty()) {
        const auto read = readAll(line.stderrFile);
        if (!read)
            return usage(read.error());
        err = *read;
    }
    QMap<QString, QByteArray> parts;
    if (line.parts.isEmpty()) {
        const auto bytes = readAll({});
        if (!bytes)
            return usage(QStringLiteral("cannot read standard input"));
        parts.insert(asked->part, *bytes);
    }
    for (auto part = line.parts.cbegin(); part != line.parts.cend(); ++part) {
        const auto bytes = readAll(part.value());
        if (!bytes)
            return usage(QStringLiteral("cannot read %1").arg(part.value()));
        parts.insert(part.key(), *bytes);
    }
    SourceEntry entry;
    const Result<Value> value = parseCaptured(*asked->source, options, parts, err, line.replyExitCode, now, entry);
    print(QString::fromUtf8(codec::jsonText(codec::parseResultJson(value, findingsFor(entry, value, now)), 2))
          + QLatin1Char('\n'));
    return value ? 0 : exitcode::badData;
}

} // namespace taffrail
