// SPDX-License-Identifier: GPL-3.0-or-later
#include "automigrations.h"

#include "carried.h"
#include "companions.h"
#include "migrationlocks.h"
#include "migrationreader.h"
#include "text.h"

#include <algorithm>
#include <functional>
#include <map>

namespace taffrail::sources::migrations {

namespace {

QString numbered(const char *name, size_t index)
{
    return index == 0 ? QLatin1String(name) : QStringLiteral("%1-%2").arg(QLatin1String(name)).arg(index + 1);
}

const Reply *firstNamed(const Replies &replies, const QString &name)
{
    const std::vector<const Reply *> found = repliesNamed(replies, name);
    return found.empty() ? nullptr : found.front();
}

/// Of a file's answers the newest: the one kept from earlier comes first.
const Reply *lastNamed(const Replies &replies, const QString &name)
{
    const std::vector<const Reply *> found = repliesNamed(replies, name);
    return found.empty() ? nullptr : found.back();
}

const SqlReply *rowsNamed(const Replies &replies, const QString &name)
{
    const Reply *reply = firstNamed(replies, name);
    return reply ? reply->as<SqlReply>() : nullptr;
}

Result<Hints> hintsFrom(const QString &tool, const SourceEntry &entry)
{
    Hints hints;
    hints.tool = tool.isEmpty() ? entry.options.value(QStringLiteral("tool")).toString() : tool;
    const QString table = entry.options.value(QStringLiteral("table")).toString();
    if (!table.isEmpty()) {
        hints.table = tableNameFrom(table);
        if (!hints.table)
            return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id,
                           QStringLiteral("\"table\" must be a name or schema.name"));
    }
    return hints;
}

/// Every checkout that was asked for, read; also one whose place is not known, when a captured answer is read by hand.
std::vector<FileRoot> rootsOf(const std::vector<FilesSpec> &specs, const Replies &replies)
{
    std::vector<FileRoot> roots;
    for (size_t i = 0; i < specs.size(); ++i) {
        const Reply *stamp = firstNamed(replies, numbered("stamp", i));
        const Reply *reply = lastNamed(replies, numbered("files", i));
        // Without a look at the host now, what was read some hours ago says nothing of what lies there.
        const Reply *speaks = stamp && stamp->error() ? stamp : reply;
        if (speaks)
            roots.push_back(readFiles(specs[i], *speaks));
    }
    if (const Reply *reply = lastNamed(replies, QStringLiteral("files")); reply && specs.empty())
        roots.push_back(readFiles({reply->subject, {}, {}}, *reply));
    return roots;
}

void addFileHints(Hints &hints, const std::vector<FileRoot> &roots)
{
    for (const FileRoot &root : roots) {
        for (const MigrationFile &file : root.files) {
            hints.hasRubyFiles |= file.path.endsWith(".rb");
            hints.hasDbmateFiles |= file.path.endsWith(".sql") && file.content.contains("-- migrate:up");
        }
    }
}

bool isRead(const Detected &found)
{
    return found.isSupported && found.isReadable && toolNamed(found.tool) != nullptr;
}

Request filesRequest(const FilesSpec &files, size_t index, const Hints &hints, Lane lane)
{
    const ShellPart part{filesScript(files.path, hints.tool), std::chrono::milliseconds(6'000), 2 * 1024 * 1024};
    return {numbered("files", index), files.host, part, lane};
}

std::vector<Request> firstRound(const SourceEntry &entry, const Hints &hints, const std::vector<FilesSpec> &files)
{
    std::vector<Request> asked;
    asked.push_back({QStringLiteral("catalog"), entry.database, catalogQuery(hints), Lane::Fast});
    asked.push_back({QStringLiteral("locks"), entry.database, locksQuery(), Lane::Fast});
    for (size_t i = 0; i < files.size(); ++i) {
        const ShellPart stamp{stampScript(files[i].path, hints.tool), std::chrono::milliseconds(6'000), 4096};
        asked.push_back({numbered("stamp", i), files[i].host, stamp, Lane::Fast});
        asked.push_back(filesRequest(files[i], i, hints, Lane::Slow));
    }
    return asked;
}

/// Files that changed since they were last read, or never were: read now, so that nothing is held against old ones.
std::vector<Request> changedFiles(const Hints &hints, const std::vector<FilesSpec> &files, const Replies &soFar)
{
    std::vector<Request> asked;
    for (size_t i = 0; i < files.size(); ++i) {
        const Reply *stamp = firstNamed(soFar, numbered("stamp", i));
        const Reply *read = lastNamed(soFar, numbered("files", i));
        if (!stamp || stamp->error())
            continue;
        const bool isNow = read && read->at >= stamp->at;
        if (!isNow && (!read || stampOf(*read).isEmpty() || stampOf(*read) != stampOf(*stamp)))
            asked.push_back(filesRequest(files[i], i, hints, Lane::Fast));
    }
    return asked;
}

std::vector<Request> secondRound(const SourceEntry &entry, const std::vector<Detected> &histories)
{
    std::vector<Request> asked;
    size_t index = 0;
    for (const Detected &found : histories) {
        if (!isRead(found))
            continue;
        asked.push_back({numbered("rows", index), entry.database,
                         SqlQuery{toolNamed(found.tool)->select(found.table), {}}, Lane::Fast});
        if (found.hasMetadata) {
            const TableName metadata{found.table.schema, QStringLiteral("ar_internal_metadata")};
            asked.push_back({numbered("metadata", index), entry.database,
                             SqlQuery{"SELECT key, value FROM " + quotedTable(metadata) + " ORDER BY 1 LIMIT 100", {}},
                             Lane::Fast});
        }
        for (const CompanionPart &companion : toolNamed(found.tool)->companions) {
            if (const FoundCompanion *beside = companionOf(found, companion); beside && beside->isReadable)
                asked.push_back({numbered(companion.part, index), entry.database,
                                 SqlQuery{companion.select(beside->table), {}}, Lane::Fast});
        }
        if (found.isLockReadable)
            asked.push_back(
                {numbered("lock", index), entry.database, lockRowQuery(found.lockTable, found.table), Lane::Fast});
        ++index;
    }
    if (std::ranges::any_of(histories, isRead))
        asked.push_back({QStringLiteral("debris"), entry.database, debrisQuery(), Lane::Fast});
    return asked;
}

/// A history of which only its place is known.
MigrationHistory unread(const Detected &found, const QString &database)
{
    MigrationHistory history;
    history.source = found.tool;
    history.database = database;
    history.table = shownName(found.table);
    history.readable = false;
    history.supported = found.isSupported;
    if (!found.note.isEmpty())
        history.notes << found.note;
    if (!found.isSupported && !found.title.isEmpty())
        history.notes << QStringLiteral("%1 history found; its rows are not read yet").arg(found.title);
    if (!found.isReadable)
        history.notes
            << QStringLiteral("history table found, no SELECT right: %1").arg(sanitizedLine(found.grant.toUtf8()));
    return history;
}

/// One history that is read, with what belongs to it.
struct Reading {
    Detected found;
    const Tool *tool = nullptr;
    HistoryInput input;
    std::optional<HeldLock> lock;
};

bool belongsTo(const FileRoot &root, const TableName &table)
{
    const auto named = tableNameFrom(root.spec.table);
    return named && named->name == table.name && (named->schema.isEmpty() || named->schema == table.schema);
}

/// How many applied migrations of a history these files carry.
qsizetype overlap(const Reading &reading, const FileRoot &root)
{
    HistoryInput input = reading.input;
    input.roots = {&root};
    const MigrationHistory history = reading.tool->read(input);
    if (history.filesFrom.isEmpty())
        return 0;
    return std::ranges::count_if(history.migrations, [](const Migration &migration) {
        return migration.flags.contains(MigrationState::Applied) && !migration.flags.contains(MigrationState::Missing)
            && migration.note != externalApp();
    });
}

// Files belong to the one history of their tool. Of several (a schema for each customer, say), to the one that the
// inventory names, else to the one with which they share most; files that fit two equally well belong to none.
void giveFiles(std::vector<Reading> &readings, const std::vector<FileRoot> &roots)
{
    for (const FileRoot &root : roots) {
        if (root.error)
            continue;
        std::map<QString, std::vector<Reading *>> byTool;
        for (Reading &reading : readings) {
            if (root.spec.table.isEmpty() || belongsTo(root, reading.found.table))
                byTool[reading.found.tool].push_back(&reading);
        }
        for (auto &[tool, candidates] : byTool) {
            if (candidates.size() == 1) {
                candidates.front()->input.roots.push_back(&root);
                continue;
            }
            std::ranges::stable_sort(candidates, std::greater<>(),
                                     [&root](const Reading *reading) { return overlap(*reading, root); });
            const qsizetype best = overlap(*candidates[0], root);
            if (best > 0 && best > overlap(*candidates[1], root))
                candidates.front()->input.roots.push_back(&root);
        }
    }
}

void addCommon(MigrationHistory &history, const Detected &found, const SqlReply *locks,
               const std::vector<FileRoot> &roots)
{
    if (locks) {
        if (auto held = lockOf(*locks, found.tool, found.table); held && (!history.lock || !found.isLockReadable))
            history.lock = std::move(held);
        if (isStandby(*locks))
            history.notes << QStringLiteral("read from a standby: the newest rows may not have arrived");
    }
    if (!found.lockTable.name.isEmpty() && !found.isLockReadable)
        history.notes << QStringLiteral("lock table %1 found, no SELECT right: whether somebody migrates is not known")
                             .arg(shownName(found.lockTable));
    for (const FileRoot &root : roots) {
        if (root.error)
            history.notes << QStringLiteral("files not compared: %1").arg(sentence(*root.error));
        else if (root.files.empty())
            history.notes
                << QStringLiteral("no migration files below %1").arg(sanitizedLine(root.spec.shown().toUtf8()));
    }
}

/// A tool that was named, but has no table: with its files, everything is pending.
std::vector<Detected> tablelessTool(const Hints &hints)
{
    const Tool *tool = toolNamed(hints.tool);
    if (!tool)
        return {};
    Detected found;
    found.table = hints.table.value_or(TableName{{}, QLatin1String(tool->defaultTable)});
    found.tool = hints.tool;
    found.title = toolTitle(hints.tool);
    found.isSupported = found.isReadable = true;
    return {found};
}

Error notFound(const SourceEntry &entry, const TableName &table)
{
    return {ErrorKind::NotFound, QStringLiteral("find history"), entry.database,
            QStringLiteral("there is no history table %1").arg(shownName(table)),
            QStringLiteral("Check \"table\" and \"tool\" in the inventory.")};
}

class Assembler {
public:
    Assembler(const SourceEntry &entry, const Replies &replies, const std::vector<FileRoot> &roots)
        : m_entry(entry),
          m_replies(replies),
          m_roots(roots),
          m_locks(rowsNamed(replies, QStringLiteral("locks")))
    {
    }

    /// `hasTables` is false for a tool without a table.
    MigrationHistories assemble(const std::vector<Detected> &histories, bool hasTables)
    {
        for (const Detected &found : histories)
            take(found, hasTables);
        giveFiles(m_readings, m_roots);
        for (const Reading &reading : m_readings) {
            MigrationHistory history = reading.tool->read(reading.input);
            classify(history, reading.input.roots);
            if (!history.lock)
                history.lock = reading.lock;
            addCommon(history, reading.found, m_locks, m_roots);
            m_result.histories.push_back(std::move(history));
        }
        std::ranges::stable_sort(m_result.histories, {}, &MigrationHistory::table);
        addDebris();
        return std::move(m_result);
    }

private:
    // It belongs to the database, so the first history that is known carries it.
    void addDebris()
    {
        const SqlReply *debris = rowsNamed(m_replies, QStringLiteral("debris"));
        const auto first = std::ranges::find_if(m_result.histories, &MigrationHistory::readable);
        if (const QString left = debris ? debrisText(*debris) : QString();
            !left.isEmpty() && first != m_result.histories.end())
            first->notes << left;
    }

    void take(const Detected &found, bool hasTables)
    {
        if (!isRead(found)) {
            MigrationHistory history = unread(found, m_entry.database);
            addCommon(history, found, m_locks, {});
            m_result.histories.push_back(history);
            return;
        }
        const size_t index = m_index++;
        const Reply *rows = firstNamed(m_replies, numbered("rows", index));
        if (hasTables && (!rows || !rows->as<SqlReply>())) {
            addFailed(found, rows ? rows->error() : nullptr);
            return;
        }
        Reading reading{found, toolNamed(found.tool), {}, {}};
        reading.input.database = m_entry.database;
        reading.input.table = found.table;
        reading.input.rows = hasTables ? rows->as<SqlReply>() : nullptr;
        reading.input.metadata = rowsNamed(m_replies, numbered("metadata", index));
        takeCompanions(reading, index);
        if (const SqlReply *row = rowsNamed(m_replies, numbered("lock", index)))
            reading.lock = lockRowOf(*row, found.tool, found.lockTable);
        if (!reading.lock && m_locks)
            reading.lock = lockOf(*m_locks, found.tool, found.table);
        reading.input.isLockHeld = reading.lock.has_value();
        m_readings.push_back(reading);
    }

    void takeCompanions(Reading &reading, size_t index) const
    {
        for (const CompanionPart &part : reading.tool->companions) {
            const FoundCompanion *beside = companionOf(reading.found, part);
            const Reply *reply = firstNamed(m_replies, numbered(part.part, index));
            const SqlReply *rows = reply ? reply->as<SqlReply>() : nullptr;
            if (rows)
                reading.input.parts.insert(part.part, rows);
            else if (beside && !beside->isReadable)
                reading.input.notes << QStringLiteral("no right to read %1").arg(shownName(beside->table));
            else if (beside || reply)
                reading.input.notes << QStringLiteral("%1 could not be read: %2")
                                           .arg(QLatin1String(part.defaultTable),
                                                reply && reply->error() ? sentence(*reply->error())
                                                                        : QStringLiteral("there is no answer"));
        }
    }

    void addFailed(const Detected &found, const Error *error)
    {
        MigrationHistory history = unread(found, m_entry.database);
        history.notes << QStringLiteral("its rows could not be read: %1")
                             .arg(error ? sentence(*error) : QStringLiteral("there is no answer"));
        addCommon(history, found, m_locks, {});
        m_result.histories.push_back(history);
    }

    const SourceEntry &m_entry;
    const Replies &m_replies;
    const std::vector<FileRoot> &m_roots;
    const SqlReply *m_locks;
    size_t m_index = 0;
    std::vector<Reading> m_readings;
    MigrationHistories m_result;
};

} // namespace

std::vector<Request> requestsFor(const QString &tool, const SourceEntry &entry, const Replies &soFar)
{
    Result<Hints> hints = hintsFrom(tool, entry);
    const Result<std::vector<FilesSpec>> files = filesOf(entry);
    if (!hints || !files)
        return {};
    if (soFar.empty())
        return firstRound(entry, *hints, *files);
    const SqlReply *catalog = rowsNamed(soFar, QStringLiteral("catalog"));
    if (!catalog || firstNamed(soFar, QStringLiteral("rows")))
        return {};
    if (std::vector<Request> changed = changedFiles(*hints, *files, soFar); !changed.empty())
        return changed;
    addFileHints(*hints, rootsOf(*files, soFar));
    return secondRound(entry, detectHistories(*catalog, *hints));
}

bool areFilesOutdated(const SourceEntry &, const Reply &kept, const Replies &replies)
{
    if (!kept.name.startsWith(QLatin1String("files")))
        return false;
    const Reply *stamp = replyOf(replies, QStringLiteral("stamp") + kept.name.mid(5), kept.subject);
    return stamp && !stampOf(*stamp).isEmpty() && stampOf(*stamp) != stampOf(kept);
}

Result<Value> parseFor(const QString &tool, const SourceEntry &entry, const Replies &replies)
{
    Result<Hints> hints = hintsFrom(tool, entry);
    if (!hints)
        return failure(hints.error());
    const Result<std::vector<FilesSpec>> files = filesOf(entry);
    if (!files)
        return failure(files.error());
    const std::vector<FileRoot> roots = rootsOf(*files, replies);
    Assembler assembler(entry, replies, roots);
    const Reply *catalog = firstNamed(replies, QStringLiteral("catalog"));
    if (!catalog) {
        // Captured rows of a tool that was named say enough.
        if (firstNamed(replies, QStringLiteral("rows")) && toolNamed(hints->tool))
            return Value(assembler.assemble(tablelessTool(*hints), true));
        return failure(ErrorKind::BadData, QStringLiteral("find history"), entry.database,
                       QStringLiteral("there is no answer to the catalog query"));
    }
    if (const Error *error = catalog->error())
        return failure(*error);
    const SqlReply *tables = catalog->as<SqlReply>();
    if (!tables)
        return failure(ErrorKind::Internal, QStringLiteral("find history"), entry.database,
                       QStringLiteral("not the answer of a database"));
    addFileHints(*hints, roots);
    const std::vector<Detected> histories = detectHistories(*tables, *hints);
    if (!histories.empty())
        return Value(assembler.assemble(histories, true));
    if (hints->table)
        return failure(notFound(entry, *hints->table));
    return Value(assembler.assemble(tablelessTool(*hints), false));
}

} // namespace taffrail::sources::migrations
