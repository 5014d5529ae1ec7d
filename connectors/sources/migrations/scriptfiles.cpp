// SPDX-License-Identifier: GPL-3.0-or-later
#include "namedhistory.h"

#include <array>

namespace taffrail::sources::migrations {

namespace {

constexpr std::array<const char *, 9> endings{".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".jsx", ".tsx", ".coffee"};

bool beginsWithDigits(const QByteArray &name, qsizetype least)
{
    qsizetype count = 0;
    while (count < name.size() && name[count] >= '0' && name[count] <= '9')
        ++count;
    return count >= least;
}

/// Words that only one tool's migrations use.
struct Mark {
    const char *word;
    const char *tool;
};
constexpr std::array<Mark, 14> marks{{
    {"@mikro-orm/migrations", "mikro-orm"},
    {"this.addSql", "mikro-orm"},
    {"MigrationInterface", "typeorm"},
    {"queryRunner", "typeorm"},
    {"queryInterface", "sequelize"},
    {"QueryInterface", "sequelize"},
    {"node-pg-migrate", "node-pg-migrate"},
    {"pgm", "node-pg-migrate"},
    {"db-migrate", "db-migrate"},
    {"dbm.", "db-migrate"},
    {"db.runSql", "db-migrate"},
    {"Kysely", "kysely"},
    {"'kysely'", "kysely"},
    {"knex", "knex"},
}};

} // namespace

bool hasScriptEnding(const QByteArray &name)
{
    for (const char *ending : endings) {
        if (name.endsWith(ending))
            return true;
    }
    return false;
}

QByteArray withoutScriptEnding(const QByteArray &name)
{
    for (const char *ending : {".d.ts", ".d.mts", ".d.cts"}) {
        if (name.endsWith(ending))
            return name.chopped(qsizetype(qstrlen(ending)));
    }
    for (const char *ending : endings) {
        if (name.endsWith(ending))
            return name.chopped(qsizetype(qstrlen(ending)));
    }
    return name;
}

bool liesInMigrations(const FileRoot &root, const MigrationFile &file)
{
    const QByteArray folder = file.folder();
    const QByteArray last = folder.isEmpty() ? root.rootName() : folder.mid(folder.lastIndexOf('/') + 1);
    return last.toLower().contains("migration");
}

QByteArray scriptTool(const QByteArray &content)
{
    for (const Mark &mark : marks) {
        if (content.contains(mark.word))
            return mark.tool;
    }
    return {};
}

bool isScriptOf(const char *tool, const FileRoot &root, const MigrationFile &file)
{
    const QByteArray name = file.name();
    if (!hasScriptEnding(name) || name.contains(".d.") || name.contains(".test.") || name.contains(".spec."))
        return false;
    const QByteArray speaksFor = file.isRead ? scriptTool(file.content) : QByteArray();
    if (!speaksFor.isEmpty() && speaksFor != tool)
        return false;
    if (beginsWithDigits(name, 3))
        return liesInMigrations(root, file) || file.folder().isEmpty() || speaksFor == tool;
    // Helpers, indexes and settings lie beside migrations: what has no way up is none.
    return liesInMigrations(root, file) && (!file.isWhole || file.content.contains("up"))
        && !withoutScriptEnding(name).startsWith("index") && !name.startsWith("knexfile") && !name.startsWith('.');
}

} // namespace taffrail::sources::migrations
