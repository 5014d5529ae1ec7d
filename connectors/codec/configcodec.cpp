// SPDX-License-Identifier: GPL-3.0-or-later
#include "jsonreader.h"
#include "jsonwriting.h"

namespace taffrail::codec {

namespace {

/// Without its fingerprint: that is good within one comparison only, and is never kept.
Json entryJson(const ConfigEntry &entry)
{
    return {
        {"host", textOrNull(entry.host)},
        {"file", textOrNull(entry.file)},
        {"line", entry.line > 0 ? Json(entry.line) : Json(nullptr)},
        {"key", entry.key.toStdString()},
        {"value", entry.value.toStdString()},
        {"type", configTypeWord(entry.type).toStdString()},
        {"unit", textOrNull(entry.unit)},
        {"secret", entry.secret},
        {"note", textOrNull(entry.note)},
    };
}

ConfigEntry readEntry(const JsonReader &reader)
{
    ConfigEntry entry;
    entry.host = reader.text("host");
    entry.file = reader.text("file");
    entry.line = int(reader.integer("line").value_or(0));
    entry.key = reader.text("key");
    entry.value = reader.text("value");
    entry.type = reader.word("type", configTypeFromWord, configTypeWord, ConfigType::Text);
    entry.unit = reader.text("unit");
    entry.secret = reader.flag("secret");
    entry.note = reader.text("note");
    return entry;
}

Json fileJson(const ConfigFile &file)
{
    return {
        {"host", textOrNull(file.host)},
        {"path", textOrNull(file.path)},
        {"name", textOrNull(file.name)},
        {"size_bytes", countOrNull(file.sizeBytes)},
        {"modified_at", timeOrNull(file.modifiedAt)},
        {"mode", textOrNull(file.mode)},
        {"owner", textOrNull(file.owner)},
        {"error", file.error ? toJson(*file.error) : Json(nullptr)},
        {"binary", file.binary},
        {"partial", file.partial},
    };
}

ConfigFile readFile(const JsonReader &reader)
{
    ConfigFile file;
    file.host = reader.text("host");
    file.path = reader.text("path");
    file.name = reader.text("name");
    file.sizeBytes = reader.count("size_bytes");
    file.modifiedAt = reader.time("modified_at");
    file.mode = reader.text("mode");
    file.owner = reader.text("owner");
    file.error = readOptionalError(reader, "error");
    file.binary = reader.flag("binary");
    file.partial = reader.flag("partial");
    return file;
}

} // namespace

Json configJson(const ConfigSet &set)
{
    Json files = Json::array();
    for (const ConfigFile &file : set.files)
        files.push_back(fileJson(file));
    Json entries = Json::array();
    for (const ConfigEntry &entry : set.entries)
        entries.push_back(entryJson(entry));
    return {
        {"kind", "config"},
        {"source", textOrNull(set.source)},
        {"path", set.files.size() == 1 ? textOrNull(set.files.front().path) : Json(nullptr)},
        {"files", std::move(files)},
        {"entries", std::move(entries)},
        {"notes", listOf(set.notes)},
        {"partial", set.partial},
    };
}

ConfigSet readConfig(const JsonReader &reader)
{
    ConfigSet set;
    set.source = reader.text("source");
    reader.each("files", [&](const JsonReader &file) { set.files.push_back(readFile(file)); });
    reader.each("entries", [&](const JsonReader &entry) { set.entries.push_back(readEntry(entry)); });
    set.notes = reader.words("notes");
    // Baselines kept before sets said it: a note may have been about something left out.
    set.partial = reader.has("partial") ? reader.flag("partial") : !set.notes.isEmpty();
    return set;
}

} // namespace taffrail::codec
