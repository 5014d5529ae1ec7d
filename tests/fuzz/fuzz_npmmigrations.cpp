// SPDX-License-Identifier: GPL-3.0-or-later
#include "drizzlejournal.h"
#include "migrationlint.h"
#include "namedhistory.h"
#include "scriptoperations.h"

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

void readHistories(const QByteArray &bytes)
{
    FileRoot root;
    root.spec = {QStringLiteral("web1"), QStringLiteral("/srv/shop"), {}};
    const QByteArray half = bytes.mid(bytes.size() / 2);
    for (const char *name : {"drizzle/0000_a.sql", "drizzle/meta/_journal.json", "migrations/1767258000000-A.ts",
                             "migrations/1_a/migration.sql", "migrations/20260101000000_a.js",
                             "migrations/20260101000000_b.sql", "migrations/Migration20260101000000.ts"})
        root.files.push_back({name, bytes.size(), bytes, true, true});
    root.files.push_back({"migrations/20260102000000_c.js", half.size(), half, true, false});
    const SqlReply rows = rowsOf({"name", "migration_name", "checksum", "hash", "created_at", "started_at",
                                  "finished_at", "rolled_back_at", "batch", "timestamp", "logs"},
                                 half);
    HistoryInput input;
    input.table = {QStringLiteral("public"), QStringLiteral("history")};
    input.rows = &rows;
    input.roots = {&root};
    for (const auto read : {readPrisma, readKnex, readNodePgMigrate, readTypeOrm, readSequelize, readDrizzle,
                            readMikroOrm, readKysely, readDbMigrate})
        (void)read(input);
}

} // namespace

/// The first byte chooses: the histories with these files and rows, a script, a file of SQL in sections, a journal, SQL
/// to be looked at for risks.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const QByteArray bytes(reinterpret_cast<const char *>(data + 1), qsizetype(size - 1));
    schema::CreatedObjects created;
    switch (data[0] % 5) {
    case 0: readHistories(bytes); break;
    case 1: (void)schema::classifyScript(bytes, QStringLiteral("knex"), created); break;
    case 2: (void)schema::classifyNamedFile(QStringLiteral("node-pg-migrate"), "1_a.sql", bytes, created); break;
    case 3: (void)readJournal(bytes); break;
    case 4: (void)schema::lintSql(bytes); break;
    }
    return 0;
}
