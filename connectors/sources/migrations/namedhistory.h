// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationreader.h"

/// Tools whose rows name migrations and whose files carry one migration each: the names are held against each other.
namespace taffrail::sources::migrations {

/// One migration that files carry.
struct NamedFile {
    QByteArray id; ///< as the history writes it
    QByteArray alias; ///< what a row calls it that no file explains, or ""
    RootedFile rooted; ///< file is null where only a list names it
    QString note;
};

/// One applied migration.
struct NamedRow {
    QByteArray id;
    QDateTime at;
    QString note;
};

/// What a tool does with a file below the highest applied one.
enum class Late { Runs, Refused };

struct NamedRules {
    const char *tool;
    Late late = Late::Runs;
    const char *lateWords = ""; ///< why it is refused
    const char *missingWords = ""; ///< what the tool does when an applied migration has no file
    bool isOrdered = true; ///< the rows tell in which order they ran
    QByteArray (*key)(const QByteArray &id) = nullptr; ///< what the tool sorts by; null = the id, byte by byte
};

/// Rows in the tool's own order; files in the order in which the tool would run them.
MigrationHistory readNamed(const HistoryInput &input, const std::vector<NamedRow> &rows,
                           const std::vector<NamedFile> &files, const NamedRules &rules);

/// Sorts by `key` of the id (null: the id itself), byte by byte, and drops further files of the same id in other roots
/// or folders.
void sortNamed(std::vector<NamedFile> &files, QByteArray (*key)(const QByteArray &id) = nullptr);
/// The root of each file, into the history.
void nameRoots(MigrationHistory &history, const std::vector<NamedFile> &files);
/// Words of a name without its number and its extension: "20260101_add-status.js" → "add status"
QString wordsOfName(const QByteArray &id);

/// Script files (.js, .ts and their kin) that may be migrations of this tool: what stands in them, or in which folder
/// they lie, does not speak for another tool.
bool isScriptOf(const char *tool, const FileRoot &root, const MigrationFile &file);
/// The tool whose interface a script uses; "" when nothing in it tells.
QByteArray scriptTool(const QByteArray &content);
/// "x.js", "x.d.ts" → "x"; unchanged without such an ending.
QByteArray withoutScriptEnding(const QByteArray &name);
bool hasScriptEnding(const QByteArray &name);
/// Whether a folder of migrations holds it: named so itself, or the root.
bool liesInMigrations(const FileRoot &root, const MigrationFile &file);

/// The files of each tool, sorted as it runs them. Input: roots without errors.
using Roots = std::vector<const FileRoot *>;
std::vector<NamedFile> prismaFiles(const Roots &roots);
std::vector<NamedFile> knexFiles(const Roots &roots);
std::vector<NamedFile> sequelizeFiles(const Roots &roots);
std::vector<NamedFile> typeormFiles(const Roots &roots);
std::vector<NamedFile> nodePgMigrateFiles(const Roots &roots);
std::vector<NamedFile> dbMigrateFiles(const Roots &roots);
std::vector<NamedFile> mikroOrmFiles(const Roots &roots);
std::vector<NamedFile> kyselyFiles(const Roots &roots);
std::vector<NamedFile> drizzleFiles(const Roots &roots);

/// A tool of which each migration is one file.
struct FileTool {
    const char *name;
    std::vector<NamedFile> (*files)(const Roots &roots);
};
/// Null for another tool.
const FileTool *fileToolNamed(const QString &tool);

} // namespace taffrail::sources::migrations
