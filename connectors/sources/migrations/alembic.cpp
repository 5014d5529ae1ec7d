// SPDX-License-Identifier: GPL-3.0-or-later
#include "alembicgraph.h"

#include "text.h"

namespace taffrail::sources::migrations {

namespace {

bool isPythonFile(const FileRoot &, const MigrationFile &file)
{
    return file.path.endsWith(".py");
}

/// The files that declare revisions, and whether all that could were read.
struct Declared {
    AlembicGraph graph;
    std::vector<RootedFile> files;
    int unread = 0;
};

Declared declaredIn(const HistoryInput &input, MigrationHistory &history)
{
    Declared declared;
    for (const RootedFile &rooted : filesWhere(input, isPythonFile)) {
        if (!rooted.file->isRead && rooted.file->folder().endsWith("versions"))
            ++declared.unread;
        const auto revision = alembicRevisionOf(*rooted.file);
        if (!revision)
            continue;
        declared.files.push_back(rooted);
        // Two hosts with one checkout carry the same revisions.
        if (!declared.graph.add(*revision) && rooted.root == declared.files.front().root)
            history.notes << QStringLiteral("two files carry revision %1").arg(sanitizedLine(revision->id, 60));
    }
    return declared;
}

QString joined(const std::set<QByteArray> &ids)
{
    QStringList words;
    for (const QByteArray &id : ids)
        words << sanitizedLine(id, 60);
    return words.join(QStringLiteral(", "));
}

Migration headOnly(const QByteArray &id)
{
    Migration migration;
    migration.version = sanitizedLine(id);
    migration.flags = {MigrationState::Applied};
    return migration;
}

Migration placed(const AlembicRevision &revision, const std::set<QByteArray> &heads,
                 const std::set<QByteArray> &applied, bool isAhead)
{
    Migration migration;
    migration.version = sanitizedLine(revision.id);
    migration.name = revision.name;
    migration.reversible = revision.reversible;
    if (applied.contains(revision.id)) {
        migration.flags = {MigrationState::Applied};
        migration.provenance = heads.contains(revision.id) ? Provenance::Recorded : Provenance::Inferred;
    } else if (isAhead) {
        migration.flags = {MigrationState::Blocked};
        migration.provenance = Provenance::NotRecorded;
        migration.note = QStringLiteral(
            "not known whether it is applied: the database is at a revision that these files don't have");
    } else {
        migration.flags = {MigrationState::Pending};
        migration.provenance = Provenance::NotRecorded;
    }
    return migration;
}

void addGraphNotes(MigrationHistory &history, const AlembicGraph &graph, const std::set<QByteArray> &heads)
{
    const std::set<QByteArray> onDisk = graph.heads();
    if (onDisk.size() > 1)
        history.notes << QStringLiteral("merge needed: the files have %1 heads: %2")
                             .arg(QString::number(onDisk.size()), joined(onDisk));
    if (heads.size() > 1)
        history.notes
            << QStringLiteral("the database is on %1 branches: %2").arg(QString::number(heads.size()), joined(heads));
    if (const std::set<QByteArray> missing = graph.dangling(); !missing.empty())
        history.notes << QStringLiteral("files build on revisions that no file carries: %1").arg(joined(missing));
}

void place(MigrationHistory &history, const AlembicGraph &graph, const std::set<QByteArray> &heads)
{
    std::set<QByteArray> unknown;
    for (const QByteArray &head : heads) {
        if (!graph.find(head))
            unknown.insert(head);
    }
    const std::set<QByteArray> applied = graph.withAncestors(heads);
    for (const AlembicRevision *revision : graph.ordered())
        history.migrations.push_back(placed(*revision, heads, applied, !unknown.empty()));
    for (const QByteArray &id : unknown) {
        Migration migration = headOnly(id);
        migration.flags.insert(MigrationState::Missing);
        migration.note = QStringLiteral("no file carries it: Alembic refuses with \"Can't locate revision\"");
        history.migrations.push_back(migration);
    }
    addGraphNotes(history, graph, heads);
}

} // namespace

// Rows are the present heads, not a history: their ancestors in the files are applied too, which is inferred.
MigrationHistory readAlembic(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "alembic");
    std::set<QByteArray> heads;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        if (const QByteArray id = cellText(*input.rows, row, "version_num"); !id.isEmpty())
            heads.insert(id);
    }
    history.current = joined(heads);
    const Declared declared = declaredIn(input, history);
    if (declared.unread > 0) {
        history.notes << QStringLiteral("%1 files could not be read, so the chain of revisions is not known")
                             .arg(declared.unread);
    } else {
        nameFiles(history, declared.files);
    }
    if (history.filesFrom.isEmpty()) {
        for (const QByteArray &id : heads)
            history.migrations.push_back(headOnly(id));
        if (!heads.empty())
            history.notes << QStringLiteral(
                "the table holds only the newest revision of each branch: what lies below it is in the files");
    } else {
        place(history, declared.graph, heads);
    }
    history.notes << noFailureRecord();
    finishHistory(history, input);
    return history;
}

} // namespace taffrail::sources::migrations
