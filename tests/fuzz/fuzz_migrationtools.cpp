// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: migrations
#include "carried.h"
#include "migrationreader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::sources::migrations;

namespace {

/// Cells between blanks, "-" = NULL; columns of all tools, so that each finds some of its own.
SqlReply rowsOf(const QByteArray &bytes)
{
    SqlReply reply;
    reply.columns = {"version",       "id",         "name",           "checksum",      "success",
                     "dirty",         "version_id", "is_applied",     "md5",           "hash",
                     "previous_hash", "filename",   "migration_id",   "MigrationId",   "migration",
                     "batch",         "applied",    "total",          "type",          "error",
                     "author",        "exectype",   "md5sum",         "orderexecuted", "change_id",
                     "change",        "project",    "event",          "script_hash",   "committed_at",
                     "schema",        "done",       "migration_type", "locked",        "lockedby",
                     "operation",     "tag",        "content",        "date",          "execution_time",
                     "pid",           "applied_on"};
    for (const QByteArray &line : bytes.left(8192).split('\n')) {
        std::vector<std::optional<QByteArray>> row;
        for (const QByteArray &cell : line.split(' '))
            row.push_back(cell == "-" ? std::nullopt : std::optional<QByteArray>(cell));
        row.resize(size_t(reply.columns.size()));
        reply.rows.push_back(std::move(row));
    }
    return reply;
}

void addFiles(FileRoot &root, const QByteArray &bytes)
{
    static const char *const names[] = {"1_a.sql",
                                        "2_b.up.sql",
                                        "2_b.down.sql",
                                        "3.do.c.sql",
                                        "V1__a.sql",
                                        "000001-a.sql",
                                        "db/4_d/up.sql",
                                        "db/4_d/down.sql",
                                        "5_e.exs",
                                        "20260101000000_F.cs",
                                        "Version6.php",
                                        "2026_01_01_000000_g.php",
                                        "20260101000000_h.php",
                                        "i.json",
                                        "j.xml",
                                        "k.yaml",
                                        "sqitch.plan",
                                        "deploy/a.sql",
                                        "revert/a.sql",
                                        "atlas.sum",
                                        "a.rollback.sql",
                                        "b.py",
                                        "7_x.go"};
    const QByteArray half = bytes.mid(bytes.size() / 2);
    for (const char *name : names) {
        const QByteArray &content = qstrlen(name) % 2 == 0 ? bytes : half;
        root.files.push_back({name, content.size(), content, true, true});
    }
    std::ranges::sort(root.files, {}, &MigrationFile::path);
}

} // namespace

/// First byte: the tool; then rows up to a NUL; then the text of every file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const QByteArray bytes(reinterpret_cast<const char *>(data) + 1, qsizetype(size) - 1);
    const auto tools = furtherTools();
    const Tool &tool = *tools[data[0] % tools.size()];
    const qsizetype end = bytes.indexOf('\0');
    const SqlReply rows = rowsOf(end < 0 ? bytes : bytes.left(end));
    FileRoot root;
    root.spec = {QStringLiteral("web1"), QStringLiteral("/srv/shop"), {}};
    addFiles(root, end < 0 ? bytes : bytes.mid(end + 1));
    HistoryInput input;
    input.table = {QStringLiteral("public"), QStringLiteral("history")};
    input.rows = &rows;
    input.roots = {&root};
    for (const char *part : {"lock", "events", "tags", "log", "current"})
        input.parts.insert(part, &rows);
    MigrationHistory history = tool.read(input);
    classify(history, input.roots);
    (void)carriedMigrations(history, root);
    (void)tool.select(input.table);
    return 0;
}
