// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationreader.h"

#include <cstddef>
#include <cstdint>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::sources::migrations;

namespace {

SqlReply rowsOf(const QList<QByteArray> &columns, const QByteArray &bytes)
{
    SqlReply reply;
    reply.columns = columns;
    for (const QByteArray &line : bytes.left(4096).split('\n')) {
        std::vector<std::optional<QByteArray>> row;
        for (const QByteArray &cell : line.split(' '))
            row.push_back(cell == "-" ? std::nullopt : std::optional<QByteArray>(cell));
        reply.rows.push_back(row);
    }
    return reply;
}

} // namespace

/// The input is the framed answer of a host; then one migration file's content and a table's rows for each reader.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const FilesSpec spec{QStringLiteral("web1"), QStringLiteral("/srv/shop/migrations"), {}};
    Reply reply;
    reply.result = std::variant<ShellReply, SqlReply, HttpReply, TlsReply>(ShellReply{0, bytes, {}});
    FileRoot root = readFiles(spec, reply);
    root.error.reset();
    const QByteArray half = bytes.mid(bytes.size() / 2);
    for (const char *name :
         {"versions/1_a.py", "shop/migrations/0001_a.py", "20260101000000_a.rb", "V1__a.sql", "R__b.sql"})
        root.files.push_back({name, bytes.size(), bytes, true, true});
    root.files.push_back({"shop/migrations/0002_b.py", half.size(), half, true, true});
    const SqlReply rows = rowsOf({"installed_rank", "version", "description", "type", "script", "checksum", "success",
                                  "app", "name", "version_num"},
                                 half);
    HistoryInput input;
    input.table = {QStringLiteral("public"), QStringLiteral("history")};
    input.rows = &rows;
    input.roots = {&root};
    (void)readAlembic(input);
    (void)readRails(input);
    (void)readFlyway(input);
    (void)readDjango(input);
    (void)detectHistories(rowsOf({"schema", "name", "columns", "readable", "reader"}, bytes), {});
    return 0;
}
