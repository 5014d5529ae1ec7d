// SPDX-License-Identifier: GPL-3.0-or-later
#include "namedhistory.h"

namespace taffrail::sources::migrations {

// The ending belongs to the name.
std::vector<NamedFile> sequelizeFiles(const Roots &roots)
{
    std::vector<NamedFile> files;
    for (const FileRoot *root : roots) {
        for (const MigrationFile &file : root->files) {
            if (isScriptOf("sequelize", *root, file))
                files.push_back({file.name(), {}, {root, &file}, {}});
        }
    }
    sortNamed(files);
    return files;
}

// Names only: neither time nor order. Every file without a row runs, also below the highest.
MigrationHistory readSequelize(const HistoryInput &input)
{
    std::vector<NamedRow> rows;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row)
        rows.push_back({cellText(*input.rows, row, "name"), cellTime(*input.rows, row, "createdAt"), {}});
    NamedRules rules{"sequelize"};
    rules.isOrdered = false;
    MigrationHistory history = readNamed(input, rows, sequelizeFiles(input.roots), rules);
    history.notes << QStringLiteral("each migration runs without a transaction unless it opens one: a failure can "
                                    "leave half of it");
    return history;
}

} // namespace taffrail::sources::migrations
