// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "liquibasefiles.h"
#include "text.h"

#include <QHash>
#include <QSet>

#include <map>

// Liquibase: a row per changeset (file, id, author) with an MD5 in two forms; no primary key, a lock row beside it.
namespace taffrail::sources::migrations {

namespace {

/// "file::id::author" taken apart; an author holds no "::", a file none in practice.
struct Identity {
    QByteArray file, rest; ///< rest: "id::author"
};

Identity identityOf(const QByteArray &key)
{
    const qsizetype at = key.indexOf("::");
    return at < 0 ? Identity{key, {}} : Identity{key.left(at), key.mid(at + 2)};
}

bool samePath(const QByteArray &left, const QByteArray &right)
{
    return left == right || left.endsWith('/' + right) || right.endsWith('/' + left);
}

/// Gives changesets the file names that the rows have: how Liquibase calls a file depends on where it was started.
void adoptLiquibase(std::vector<DiskMigration> &disk, const QStringList &versions)
{
    QHash<QByteArray, std::vector<QByteArray>> filesByRest; // id::author → files as recorded
    QSet<QByteArray> exact;
    for (const QString &version : versions) {
        const Identity identity = identityOf(version.toUtf8());
        filesByRest[identity.rest].push_back(identity.file);
        exact.insert(version.toUtf8());
    }
    QHash<QByteArray, QByteArray> called; // file on disk → as recorded
    for (const DiskMigration &each : disk) {
        const Identity identity = identityOf(each.key);
        if (called.contains(identity.file) || exact.contains(each.key))
            continue;
        for (const QByteArray &recorded : filesByRest.value(identity.rest)) {
            if (samePath(comparablePath(recorded), identity.file)) {
                called.insert(identity.file, recorded);
                break;
            }
        }
    }
    // What one file was called tells what its neighbours are called.
    QByteArray cut, added;
    for (auto each = called.cbegin(); each != called.cend(); ++each) {
        const QByteArray recorded = comparablePath(*each);
        if (each.key().endsWith('/' + recorded))
            cut = each.key().chopped(recorded.size());
        else if (recorded.endsWith('/' + each.key()))
            added = each->left(each->size() - each.key().size());
    }
    for (DiskMigration &each : disk) {
        const Identity identity = identityOf(each.key);
        if (exact.contains(each.key))
            continue;
        QByteArray file = called.value(identity.file);
        if (file.isEmpty() && !cut.isEmpty() && identity.file.startsWith(cut))
            file = identity.file.mid(cut.size());
        else if (file.isEmpty() && !added.isEmpty())
            file = added + identity.file;
        if (!file.isEmpty()) {
            each.key = file + "::" + identity.rest;
            each.version = sanitizedLine(each.key, 500);
        }
    }
}

std::vector<DiskMigration> diskLiquibase(const Roots &roots)
{
    return liquibaseFiles(roots).disk;
}

// Old versions lack some of the columns.
QByteArray selectLiquibase(const TableName &table)
{
    return "SELECT j->>'id' AS id, j->>'author' AS author, j->>'filename' AS filename, "
        + sqlTime(
               "(j->>'dateexecuted')::timestamp AT TIME ZONE (SELECT reset_val FROM pg_catalog.pg_settings WHERE name "
               "= 'TimeZone')")
        + " AS dateexecuted, j->>'orderexecuted' AS orderexecuted, j->>'exectype' AS exectype, j->>'md5sum' AS md5sum,"
          " j->>'description' AS description, j->>'comments' AS comments, j->>'tag' AS tag, j->>'liquibase' AS "
          "liquibase,"
          " j->>'deployment_id' AS deployment_id FROM (SELECT to_jsonb(t) AS j FROM "
        + quotedTable(table) + " t ORDER BY t.orderexecuted LIMIT " + QByteArray::number(maxRows + 1) + ") x";
}

QByteArray selectLock(const TableName &table)
{
    return "SELECT id, locked, "
        + sqlTime("(to_jsonb(t)->>'lockgranted')::timestamp AT TIME ZONE (SELECT reset_val FROM pg_catalog.pg_settings "
                  "WHERE name = 'TimeZone')")
        + " AS lockgranted, lockedby FROM " + quotedTable(table) + " t ORDER BY id LIMIT 100";
}

class Reader {
public:
    explicit Reader(const HistoryInput &input)
        : m_input(input),
          m_history(startHistory(input, "liquibase")),
          m_files(liquibaseFiles(input.roots))
    {
    }

    MigrationHistory read()
    {
        addRows();
        readLock();
        matchFiles();
        m_history.notes << m_files.notes << m_input.notes << noFailureRecord();
        if (!m_recorded.empty())
            m_history.notes << timesWithoutZone();
        JoinRules rules;
        rules.missing = QStringLiteral("\"liquibase unexpected-changesets\" lists it");
        join(m_history, m_input, std::move(m_recorded), m_left, rules);
        for (Migration &migration : m_history.migrations)
            migration.state = headline(migration.flags);
        return std::move(m_history);
    }

private:
    void addRows()
    {
        std::map<std::pair<qint64, size_t>, RecordedMigration> byOrder; // rows by hand may come in any order
        QByteArray tag;
        std::map<QByteArray, std::pair<qint64, size_t>> last;
        for (size_t row = 0; m_input.rows && row < m_input.rows->rows.size(); ++row) {
            const SqlReply &rows = *m_input.rows;
            const QByteArray key = cellText(rows, row, "filename") + "::" + cellText(rows, row, "id")
                + "::" + cellText(rows, row, "author");
            if (key == "::::")
                continue;
            const std::pair place{numberOf(rows, row, "orderexecuted").value_or(0), row};
            if (const auto earlier = last.find(key); earlier != last.end()) {
                m_history.notes << QStringLiteral("%1 stands in the table twice: the newer row counts")
                                       .arg(sanitizedLine(key, 200));
                byOrder.erase(earlier->second);
            }
            last[key] = place;
            byOrder.emplace(place, recordedFrom(rows, row, key));
        }
        for (auto &[place, each] : byOrder) {
            if (const QByteArray here = cellText(*m_input.rows, place.second, "tag"); !here.isEmpty())
                tag = here;
            if (isApplied(each.migration))
                m_history.current = each.migration.version;
            m_recorded.push_back(std::move(each));
        }
        if (!tag.isEmpty())
            m_history.notes << QStringLiteral("last tag: %1").arg(sanitizedLine(tag, 100));
    }

    static RecordedMigration recordedFrom(const SqlReply &rows, size_t row, const QByteArray &key)
    {
        RecordedMigration each{key, {}};
        Migration &migration = each.migration;
        migration.version = sanitizedLine(key, 500);
        const QByteArray comments = cellText(rows, row, "comments");
        migration.name = sanitizedLine(comments.trimmed().isEmpty() ? cellText(rows, row, "id") : comments, 200);
        migration.appliedAt = anyTime(rows, row, "dateexecuted");
        migration.checksum = sanitizedLine(cellText(rows, row, "md5sum"), 64);
        const QByteArray type = cellText(rows, row, "exectype").toUpper();
        migration.flags = {MigrationState::Applied};
        if (type == "FAILED")
            migration.flags = {MigrationState::Failed};
        else if (type == "SKIPPED")
            migration.flags = {MigrationState::Pending};
        if (type == "MARK_RAN")
            addNote(migration,
                    QStringLiteral("marked as run: its precondition failed, or a person said so; nothing was done"));
        else if (type == "SKIPPED")
            addNote(migration, QStringLiteral("skipped: it is tried again"));
        else if (type == "RERAN")
            addNote(migration, QStringLiteral("run again after its text changed"));
        if (const QByteArray tag = cellText(rows, row, "tag"); !tag.isEmpty())
            addNote(migration, QStringLiteral("tag %1").arg(sanitizedLine(tag, 100)));
        return each;
    }

    void readLock()
    {
        const SqlReply *rows = m_input.parts.value("lock");
        for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
            if (!isTrue(cellText(*rows, row, "locked")))
                continue;
            HeldLock lock;
            lock.by = sanitizedLine(cellText(*rows, row, "lockedby"), 200);
            lock.since = anyTime(*rows, row, "lockgranted");
            lock.reason = QStringLiteral("a row in the lock table; a killed run leaves it, and nothing ends it but "
                                         "\"liquibase release-locks\"");
            m_history.lock = lock;
        }
    }

    void matchFiles()
    {
        QStringList versions;
        QHash<QByteArray, size_t> rows;
        for (size_t i = 0; i < m_recorded.size(); ++i) {
            versions << QString::fromUtf8(m_recorded[i].key);
            rows.insert(m_recorded[i].key, i);
        }
        adoptLiquibase(m_files.disk, versions);
        for (size_t i = 0; i < m_files.disk.size(); ++i) {
            DiskMigration &disk = m_files.disk[i];
            const auto row = rows.constFind(disk.key);
            if (row == rows.cend()) {
                if (!disk.isSkipped)
                    m_left.push_back(disk);
                continue;
            }
            if (isApplied(m_recorded[*row].migration))
                compare(m_recorded[*row].migration, m_files.sets[i]);
            m_left.push_back(disk);
            m_matched.insert(disk.key);
        }
        // What is not found may stand in a part that is not known.
        for (RecordedMigration &each : m_recorded) {
            if (m_files.cut.empty() || m_matched.contains(each.key))
                continue;
            each.isComparable = false;
            addNote(each.migration,
                    QStringLiteral("no changelog carries it, but not all of them are known as a whole"));
        }
    }

    static void compare(Migration &migration, const LiquibaseChangeSet &set)
    {
        const QByteArray stored = migration.checksum.toLatin1();
        if (set.runsAlways)
            addNote(migration, QStringLiteral("runs at every update"));
        else if (set.runsOnChange)
            addNote(migration, QStringLiteral("repeatable: runs again when it changes"));
        if (stored.isEmpty() || set.runsAlways || isDeclaredValid(set, stored))
            return;
        const bool isFilledIn
            = std::ranges::any_of(set.raw, [](const LiquibaseSql &raw) { return raw.text.contains("${"); });
        QByteArray present;
        if (set.isRawOnly && !set.raw.empty() && !isFilledIn && stored.startsWith("9:"))
            present = liquibaseSumV9(set.raw);
        else if (set.isRawOnly && !set.raw.empty() && !isFilledIn && stored.startsWith("8:"))
            present = liquibaseSumV8(set.raw);
        if (present.isEmpty()) {
            addNote(migration, QStringLiteral("checksum not checked: only those of plain SQL can be computed"));
        } else if (present != stored) {
            if (set.runsOnChange) {
                migration.flags.insert({MigrationState::Outdated, MigrationState::Pending});
                addNote(migration, QStringLiteral("its text has changed since: it runs again next time"));
            } else {
                migration.flags.insert(MigrationState::Mismatch);
                addNote(migration,
                        QStringLiteral("its checksum is %1, the stored one %2: every command of Liquibase fails")
                            .arg(QString::fromLatin1(present), migration.checksum));
            }
        }
    }

    static bool isDeclaredValid(const LiquibaseChangeSet &set, const QByteArray &stored)
    {
        return std::ranges::any_of(set.validSums, [&stored](const QByteArray &valid) {
            const QByteArray word = valid.toLower();
            return word == "any" || word == "1:any" || word == stored.toLower();
        });
    }

    const HistoryInput &m_input;
    MigrationHistory m_history;
    LiquibaseFiles m_files;
    QSet<QByteArray> m_matched; ///< keys of rows that have their changeset
    std::vector<DiskMigration> m_left; ///< those that run, or were run
    std::vector<RecordedMigration> m_recorded;
};

MigrationHistory readLiquibase(const HistoryInput &input)
{
    return Reader(input).read();
}

constexpr CompanionPart companions[] = {{"lock", "+liquibase-lock", "databasechangeloglock", selectLock}};

} // namespace

const Tool liquibaseTool{.name = "liquibase",
                         .defaultTable = "databasechangelog",
                         .read = readLiquibase,
                         .select = selectLiquibase,
                         .disk = diskLiquibase,
                         .adopt = adoptLiquibase,
                         .companions = companions};

} // namespace taffrail::sources::migrations
