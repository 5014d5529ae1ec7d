// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparecodec.h"

#include "jsonreader.h"
#include "jsonwriting.h"
#include "text.h"

#include <array>

namespace taffrail::codec {

namespace {

/// The shape of one accepted difference; null for none.
Json acceptedJson(const Matrix &matrix, int index)
{
    if (index < 0)
        return nullptr;
    const ExpectedDifference &each = matrix.expected[size_t(index)];
    return {{"reason", redacted(each.reason).toStdString()},
            {"author", textOrNull(each.author)},
            {"until", timeOrNull(each.until)}};
}

/// What each host has, where they are not all the same; a secret row's plain values stay hidden here as well.
Json hostsJson(const Matrix &matrix, qsizetype row, int column)
{
    Json list = Json::array();
    for (const HostValue *each : hostValuesOf(matrix, row, column)) {
        list.push_back(
            {{"host", textOrNull(each->host)},
             {"value", each->entry ? Json(shownValue(matrix, row, *each->entry).toStdString()) : Json(nullptr)},
             {"read", each->read}});
    }
    return list;
}

Json cellJson(const Matrix &matrix, qsizetype row, int column)
{
    const MatrixCell &cell = matrix.cell(row, column);
    const ConfigEntry *entry = cell.entry;
    return Json{
        {"state", cellStateWord(cell.state).toStdString()},
        {"value", entry ? Json(shownValue(matrix, row, column).toStdString()) : Json(nullptr)},
        {"type", entry ? Json(configTypeWord(entry->type).toStdString()) : Json(nullptr)},
        {"unit", entry ? textOrNull(entry->unit) : Json(nullptr)},
        {"line", entry && entry->line > 0 ? Json(entry->line) : Json(nullptr)},
        {"file", entry ? textOrNull(entry->file) : Json(nullptr)},
        {"host", entry ? textOrNull(entry->host) : Json(nullptr)},
        {"secret", matrix.rows[size_t(row)].secret},
        {"mixed", cell.mixed},
        {"hosts", hostsJson(matrix, row, column)},
        {"expected", acceptedJson(matrix, cell.expected)},
        {"notes", listOf(cellNotes(matrix, row, column))},
    };
}

Json rowJson(const Matrix &matrix, qsizetype index)
{
    const MatrixRow &row = matrix.rows[size_t(index)];
    Json cells = Json::object();
    for (size_t column = 0; column < matrix.environments.size(); ++column)
        cells[matrix.environments[column]->id.toStdString()] = cellJson(matrix, index, int(column));
    return {
        {"source", row.entry.toStdString()}, {"file", textOrNull(row.file)},
        {"key", row.key.toStdString()},      {"state", cellStateWord(row.state).toStdString()},
        {"unexpected", row.unexpected},      {"note", textOrNull(row.note)},
        {"cells", std::move(cells)},
    };
}

Json differencesJson(const Matrix &matrix, const std::vector<int> &indices)
{
    Json list = Json::array();
    for (const int index : indices) {
        const ExpectedDifference &each = matrix.expected[size_t(index)];
        list.push_back({{"source", each.entry.toStdString()},
                        {"file", textOrNull(each.file)},
                        {"key", each.key.toStdString()},
                        {"environments", listOf(each.environments)},
                        {"reason", redacted(each.reason).toStdString()},
                        {"author", textOrNull(each.author)},
                        {"since", timeOrNull(each.since)},
                        {"until", timeOrNull(each.until)}});
    }
    return list;
}

Json normalisersJson(const Normalisers &normalisers)
{
    return {{"order", normalisers.order},
            {"quoting", normalisers.quoting},
            {"comments", normalisers.comments},
            {"units", normalisers.units},
            {"booleans", normalisers.booleans},
            {"unordered_keys", listOf(normalisers.unorderedKeys)},
            {"host_names", listOf(normalisers.hostNames)}};
}

/// How many cells were equal only by a normaliser.
Json normalisedJson(const NormaliserCounts &counts)
{
    return {{"order", counts.order},
            {"quoting", counts.quoting},
            {"units", counts.units},
            {"booleans", counts.booleans},
            {"host_names", counts.hostNames}};
}

Json errorJson(const std::optional<Error> &error)
{
    if (!error)
        return nullptr;
    Error shown = *error;
    shown.text = redacted(shown.text);
    shown.hint = redacted(shown.hint);
    return toJson(shown);
}

Json sourcesJson(const ComparedEnvironment &environment)
{
    Json list = Json::array();
    for (const ComparedSource &source : environment.sources)
        list.push_back({{"environment", environment.id.toStdString()},
                        {"id", source.entry.toStdString()},
                        {"source", source.source.toStdString()},
                        {"read_at", timeOrNull(source.readAt)},
                        {"error", errorJson(source.error)}});
    return list;
}

/// A source as a baseline keeps it.
Json keptJson(const ComparedSource &source)
{
    return {{"id", source.entry.toStdString()},
            {"source", source.source.toStdString()},
            {"read_at", timeOrNull(source.readAt)},
            {"value", source.set ? configJson(*source.set) : Json(nullptr)}};
}

} // namespace

Json comparisonJson(const Matrix &matrix, MatrixView view)
{
    Json environments = Json::array();
    Json sources = Json::array();
    for (const auto &environment : matrix.environments) {
        environments.push_back(environment->id.toStdString());
        for (Json &source : sourcesJson(*environment))
            sources.push_back(std::move(source));
    }
    Json rows = Json::array();
    for (size_t index = 0; index < matrix.rows.size(); ++index) {
        if (isShown(matrix.rows[index], view))
            rows.push_back(rowJson(matrix, qsizetype(index)));
    }
    Json counts = Json::object();
    for (size_t state = 0; state < matrix.counts.size(); ++state)
        counts[cellStateWord(CellState(state)).toStdString()] = matrix.counts[state];
    return {
        {"version", version},
        {"generated_at", timeOrNull(matrix.comparedAt)},
        {"environments", std::move(environments)},
        {"reference",
         matrix.environments.empty() ? Json(nullptr)
                                     : Json(matrix.environments[size_t(matrix.reference)]->id.toStdString())},
        {"rows", std::move(rows)},
        {"counts", std::move(counts)},
        {"sources", std::move(sources)},
        {"normalisers", normalisersJson(matrix.normalisers)},
        {"normalised", normalisedJson(matrix.normalised)},
        {"expired", differencesJson(matrix, matrix.expired)},
        {"stale", differencesJson(matrix, matrix.stale)},
        {"notes", listOf(matrix.notes)},
    };
}

QByteArray baselineText(const ComparedEnvironment &environment, const QDateTime &savedAt)
{
    Json sources = Json::array();
    for (const ComparedSource &source : environment.sources)
        sources.push_back(keptJson(source));
    return jsonText(Json{{"version", version},
                         {"environment", environment.id.toStdString()},
                         {"name", textOrNull(environment.name)},
                         {"tier", tierWord(environment.tier).toStdString()},
                         {"saved_at", timeOrNull(savedAt)},
                         {"sources", std::move(sources)}},
                    1)
        + '\n';
}

Result<SavedBaseline> readBaseline(const QByteArray &text)
{
    const Result<Json> json = parseJson(text);
    if (!json)
        return failure(json.error());
    return readAll<SavedBaseline>(*json, [](const JsonReader &reader) {
        auto environment = std::make_shared<ComparedEnvironment>();
        environment->id = reader.text("environment");
        environment->name = reader.text("name");
        environment->tier = tierFromWord(reader.text("tier")).value_or(Tier::Development);
        const QDateTime savedAt = reader.time("saved_at");
        if (environment->id.isEmpty() || !savedAt.isValid())
            reader.fail("environment", QStringLiteral("an environment and when it was saved"));
        reader.each("sources", [&](const JsonReader &source) {
            ComparedSource found;
            found.entry = source.text("id");
            found.source = source.text("source");
            found.readAt = source.time("read_at");
            if (source.has("value"))
                found.set = std::make_shared<const ConfigSet>(readConfig(source.object("value")));
            environment->sources.push_back(std::move(found));
        });
        return SavedBaseline{environment, savedAt};
    });
}

} // namespace taffrail::codec
