// SPDX-License-Identifier: GPL-3.0-or-later
#include "carried.h"

#include "migrationreader.h"
#include "namedhistory.h"
#include "text.h"

#include <algorithm>

namespace taffrail::sources::migrations {

namespace {

bool isApplied(const Migration &migration)
{
    return migration.flags.contains(MigrationState::Applied);
}

using Row = std::vector<std::optional<QByteArray>>;

/// The history's rows as its table would give them, as far as a reader needs them to hold other files against it.
SqlReply rowsOf(const MigrationHistory &history)
{
    SqlReply reply;
    if (history.source == QLatin1String("alembic")) {
        reply.columns = {"version_num"};
        for (const QString &head : history.current.split(QStringLiteral(", "), Qt::SkipEmptyParts))
            reply.rows.push_back({head.toUtf8()});
        return reply;
    }
    const bool isDjango = history.source == QLatin1String("django");
    const bool isFlyway = history.source == QLatin1String("flyway");
    if (isFlyway)
        reply.columns = {"version", "description", "type", "script", "success"};
    else
        reply.columns = isDjango ? QList<QByteArray>{"app", "name"} : QList<QByteArray>{"version"};
    for (const Migration &migration : history.migrations) {
        const bool isRow = isApplied(migration)
            || (migration.flags.contains(MigrationState::Baseline) && migration.provenance == Provenance::Recorded);
        if (!isRow || (isDjango && migration.provenance == Provenance::Inferred))
            continue;
        const QByteArray version = migration.version.toUtf8();
        const qsizetype dot = version.indexOf('.');
        if (isFlyway && version.endsWith(".sql"))
            reply.rows.push_back({std::nullopt, migration.name.toUtf8(), "SQL", version, "t"});
        else if (isFlyway)
            reply.rows.push_back(
                {version, migration.name.toUtf8(), isApplied(migration) ? "SQL" : "BASELINE", "", "t"});
        else if (isDjango)
            reply.rows.push_back({version.left(dot), version.mid(dot + 1)});
        else
            reply.rows.push_back({version});
    }
    return reply;
}

const Migration *migrationNamed(const MigrationHistory &history, const QString &version)
{
    const auto found = std::ranges::find(history.migrations, version, &Migration::version);
    return found == history.migrations.end() ? nullptr : &*found;
}

/// Whether these files carry it. `known` is what the history itself says of it, or null.
bool isCarried(const Migration &held, const Migration *known, bool isDjango)
{
    if (held.flags.contains(MigrationState::Missing))
        return false;
    // An app without files here is another project's only if the live files say so, too.
    if (isDjango && held.note == externalApp())
        return known && known->note.contains(externalApp());
    // Stands in for migrations that all ran themselves: nothing to expect of it.
    return !(isDjango && held.provenance == Provenance::Inferred) || known;
}

Error noFiles(const MigrationHistory &history, const FileRoot &root, const MigrationHistory &held)
{
    QString why = QStringLiteral("no files of %1 below %2").arg(history.source, sanitizedLine(root.spec.path.toUtf8()));
    const auto unread = std::ranges::find_if(
        held.notes, [](const QString &note) { return note.contains(QLatin1String("could not be read")); });
    if (unread != held.notes.end())
        why = *unread;
    return {ErrorKind::NotFound, QStringLiteral("read migration files"), root.spec.host, why,
            QStringLiteral("Check \"files\" in the inventory.")};
}

/// Of a tool of which each migration is one file: the names are the versions.
Result<CarriedMigrations> carriedByName(const MigrationHistory &history, const FileRoot &root, const FileTool &tool)
{
    const std::vector<NamedFile> files = tool.files({&root});
    if (files.empty())
        return failure(noFiles(history, root, {}));
    CarriedMigrations carried;
    carried.database = history.database;
    carried.table = history.table;
    carried.from = sanitizedLine(root.spec.shown().toUtf8());
    for (const NamedFile &file : files) {
        const QString version = sanitizedLine(file.id, 300);
        const QString alias = sanitizedLine(file.alias, 300);
        carried.versions << version;
        if (!alias.isEmpty() && migrationNamed(history, alias))
            carried.versions << alias;
    }
    return carried;
}

} // namespace

namespace {

/// The same for tools whose files are known by their keys.
Result<CarriedMigrations> carriedOnDisk(const Tool &tool, const MigrationHistory &history, const FileRoot &root)
{
    std::vector<DiskMigration> disk = tool.disk({&root});
    if (disk.empty())
        return failure(noFiles(history, root, {}));
    QHash<QByteArray, QString> known;
    QStringList versions;
    for (const Migration &migration : history.migrations) {
        known.insert(tool.keyOf ? tool.keyOf(migration.version) : migration.version.toUtf8(), migration.version);
        versions << migration.version;
    }
    if (tool.adopt)
        tool.adopt(disk, versions);
    CarriedMigrations carried;
    carried.database = history.database;
    carried.table = history.table;
    carried.from = sanitizedLine(root.spec.shown().toUtf8());
    for (const DiskMigration &each : disk) {
        const QString version = known.value(each.key, each.version);
        if (carried.versions.contains(version))
            continue;
        carried.versions << version;
        if (tool.isBelow && tool.isBelow(history, each))
            carried.below << version;
    }
    return carried;
}

} // namespace

Result<CarriedMigrations> carriedMigrations(const MigrationHistory &history, const FileRoot &root)
{
    if (root.error)
        return failure(*root.error);
    const Tool *tool = toolNamed(history.source);
    if (!tool || !history.readable)
        return failure(ErrorKind::Unsupported, QStringLiteral("read migration files"), history.table,
                       tool ? QStringLiteral("the history itself could not be read")
                            : QStringLiteral("files of this tool are not read"));
    if (tool->disk)
        return carriedOnDisk(*tool, history, root);
    if (const FileTool *files = fileToolNamed(history.source))
        return carriedByName(history, root, *files);
    const SqlReply rows = rowsOf(history);
    HistoryInput input;
    input.database = history.database;
    input.rows = &rows;
    input.roots = {&root};
    const MigrationHistory held = tool->read(input);
    if (held.filesFrom.isEmpty())
        return failure(noFiles(history, root, held));
    const bool isDjango = history.source == QLatin1String("django");
    CarriedMigrations carried;
    carried.database = history.database;
    carried.table = history.table;
    carried.from = sanitizedLine(root.spec.shown().toUtf8());
    for (const Migration &migration : held.migrations) {
        if (isCarried(migration, migrationNamed(history, migration.version), isDjango))
            carried.versions << migration.version;
        if (isApplied(migration))
            carried.below << migration.version; // Alembic's table names heads: these files know what is below them
    }
    for (const Migration &migration : history.migrations) {
        const bool standsIn = isDjango && migration.provenance == Provenance::Inferred && isApplied(migration);
        if (standsIn && !carried.versions.contains(migration.version))
            carried.versions << migration.version;
    }
    return carried;
}

} // namespace taffrail::sources::migrations
