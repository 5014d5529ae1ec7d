// SPDX-License-Identifier: GPL-3.0-or-later
#include "namedhistory.h"

namespace taffrail::sources::migrations {

std::vector<NamedFile> mikroOrmFiles(const Roots &roots)
{
    std::vector<NamedFile> files;
    for (const FileRoot *root : roots) {
        for (const MigrationFile &file : root->files) {
            const QByteArray stem = withoutScriptEnding(file.name());
            if (isScriptOf("mikro-orm", *root, file) || (stem.startsWith("Migration") && hasScriptEnding(file.name())))
                // Older versions kept the ending in the name.
                files.push_back({stem, file.name(), {root, &file}, {}});
        }
    }
    sortNamed(files);
    return files;
}

MigrationHistory readMikroOrm(const HistoryInput &input)
{
    std::vector<NamedRow> rows;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row)
        rows.push_back({cellText(*input.rows, row, "name"), cellTime(*input.rows, row, "executed_at"), {}});
    MigrationHistory history = readNamed(input, rows, mikroOrmFiles(input.roots), {"mikro-orm"});
    for (Migration &migration : history.migrations) // "Migration20260101000000_add_status": what follows the number
        migration.name = wordsOf(migration.version.section(QLatin1Char('_'), 1).toUtf8());
    return history;
}

} // namespace taffrail::sources::migrations
