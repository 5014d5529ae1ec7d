// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: configs
#include "hostlists.h"
#include "lockformats.h"
#include "registry.h"
#include "terraformstate.h"

#include <cstdlib>

using namespace taffrail;
using namespace taffrail::sources;

namespace {

constexpr ConfigParser parsers[]{
    parseRequirements, parseGemfileLock, parseGoSum,      parseGoMod,      parseNpmLock,      parseComposerLock,
    parsePipfileLock,  parseYarnLock,    parsePnpmLock,   parsePoetryLock, parseCargoLock,    parseLockfile,
    parsePackages,     parseRuntimes,    parseContainers, parseCron,       parseCertificates, parseTerraformState};

/// Rows for the sources that ask a database: lines of cells.
SqlReply rowsOf(const QByteArray &bytes)
{
    SqlReply reply;
    reply.columns
        = {"name", "setting",    "unit",          "vartype", "source", "sourcefile", "sourceline", "pending_restart",
           "role", "is_current", "database",      "k1",      "k2",     "k3",         "k4",         "value",
           "note", "sees_all",   "for_all_roles", "masked"};
    for (const QByteArray &line : bytes.split('\n')) {
        std::vector<std::optional<QByteArray>> cells;
        for (const QByteArray &cell : line.split('\t'))
            cells.push_back(cell == "NULL" ? std::nullopt : std::optional(cell));
        reply.rows.push_back(std::move(cells));
    }
    return reply;
}

void parseRows(const Source &source, const QByteArray &bytes)
{
    SourceEntry entry;
    entry.database = QStringLiteral("main");
    Replies replies;
    for (const char *part : source.parts) {
        Reply reply;
        reply.name = QLatin1String(part);
        reply.subject = entry.database;
        reply.result = rowsOf(bytes);
        replies.push_back(std::move(reply));
    }
    const Result<Value> value = source.parse(entry, replies, {});
    const ConfigSet *set = value ? std::get_if<ConfigSet>(&*value) : nullptr;
    for (const ConfigEntry &each : set ? set->entries : std::vector<ConfigEntry>()) {
        if (each.value.contains(QLatin1String("TFMASK_none_")))
            abort();
    }
}

} // namespace

/// The first byte picks the reader. Every entry has a key, none more than the limit, and an error says why.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const QByteArray bytes(reinterpret_cast<const char *>(data + 1), qsizetype(size - 1));
    const size_t pick = data[0] % (std::size(parsers) + 2);
    if (pick >= std::size(parsers)) {
        parseRows(pick == std::size(parsers) ? pgSettingsSource : pgSchemaSource, bytes);
        return 0;
    }
    const ParsedConfig parsed = parsers[pick](bytes, SourceEntry());
    if (parsed.entries.size() > size_t(mostConfigEntries) || (parsed.error && parsed.error->text.isEmpty()))
        abort();
    for (const ConfigEntry &entry : parsed.entries) {
        if (entry.key.isEmpty() || entry.line < 0)
            abort();
    }
    return 0;
}
