// SPDX-License-Identifier: GPL-3.0-or-later
#include "namedhistory.h"

#include "text.h"

namespace taffrail::sources::migrations {

// The ending belongs to the name. Knex reads one folder, not those below it.
std::vector<NamedFile> knexFiles(const Roots &roots)
{
    std::vector<NamedFile> files;
    for (const FileRoot *root : roots) {
        for (const MigrationFile &file : root->files) {
            if (isScriptOf("knex", *root, file))
                files.push_back({file.name(), {}, {root, &file}, {}});
        }
    }
    sortNamed(files);
    return files;
}

// A run is a batch: rollback takes the last one back as a whole.
MigrationHistory readKnex(const HistoryInput &input)
{
    std::vector<NamedRow> rows;
    QByteArray lastBatch;
    int inLastBatch = 0;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        const QByteArray batch = cellText(*input.rows, row, "batch");
        rows.push_back({cellText(*input.rows, row, "name"), cellTime(*input.rows, row, "migration_time"),
                        batch.isEmpty() ? QString() : QStringLiteral("batch %1").arg(sanitizedLine(batch, 20))});
        const bool isNewer = lastBatch.isEmpty() || batch.toLongLong() > lastBatch.toLongLong();
        if (isNewer)
            lastBatch = batch;
        inLastBatch = isNewer ? 1 : inLastBatch + (batch == lastBatch ? 1 : 0);
    }
    MigrationHistory history = readNamed(
        input, rows, knexFiles(input.roots),
        {"knex", Late::Runs, "",
         "applied migrations have no file: every knex command stops with \"the migration directory is corrupt\""});
    if (!lastBatch.isEmpty())
        history.notes << QStringLiteral("last batch %1 (%2): \"knex migrate:rollback\" takes it back as a whole")
                             .arg(sanitizedLine(lastBatch, 20))
                             .arg(inLastBatch);
    return history;
}

} // namespace taffrail::sources::migrations
