// SPDX-License-Identifier: GPL-3.0-or-later
#include "namedhistory.h"

namespace taffrail::sources::migrations {

std::vector<NamedFile> kyselyFiles(const Roots &roots)
{
    std::vector<NamedFile> files;
    for (const FileRoot *root : roots) {
        for (const MigrationFile &file : root->files) {
            if (isScriptOf("kysely", *root, file))
                files.push_back({withoutScriptEnding(file.name()), {}, {root, &file}, {}});
        }
    }
    sortNamed(files);
    return files;
}

// The time is text, as JavaScript wrote it; of equal ones the name decides.
MigrationHistory readKysely(const HistoryInput &input)
{
    std::vector<NamedRow> rows;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row)
        rows.push_back({cellText(*input.rows, row, "name"), cellTime(*input.rows, row, "timestamp"), {}});
    return readNamed(input, rows, kyselyFiles(input.roots),
                     {"kysely", Late::Refused,
                      "below the last applied one: Kysely refuses to run anything (\"corrupted migrations\") unless "
                      "allowUnorderedMigrations is on",
                      "applied migrations have no file: Kysely refuses to run (\"corrupted migrations: previously "
                      "executed migration … is missing\")"});
}

} // namespace taffrail::sources::migrations
