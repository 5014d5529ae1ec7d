// SPDX-License-Identifier: GPL-3.0-or-later
#include "flywayfiles.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources::migrations {

namespace {

struct Row {
    QByteArray version; ///< "" = repeatable
    QByteArray description, type, script, checksum;
    QString by;
    QDateTime on;
    std::optional<std::chrono::milliseconds> took;
    bool isGood = false;
};

std::vector<Row> rowsOf(const SqlReply *reply)
{
    std::vector<Row> rows;
    for (size_t i = 0; reply && i < reply->rows.size(); ++i) {
        Row row;
        row.version = cellText(*reply, i, "version");
        row.description = cellText(*reply, i, "description");
        row.type = cellText(*reply, i, "type");
        row.script = cellText(*reply, i, "script");
        row.checksum = cellText(*reply, i, "checksum");
        row.by = sanitizedLine(cellText(*reply, i, "installed_by"), 100);
        row.on = cellTime(*reply, i, "installed_on");
        bool ok = false;
        const qint64 took = cellText(*reply, i, "execution_time").toLongLong(&ok);
        if (ok && took >= 0)
            row.took = std::chrono::milliseconds(took);
        const QByteArray success = cellText(*reply, i, "success");
        row.isGood = success == "t" || success == "true" || success == "1";
        rows.push_back(row);
    }
    return rows;
}

/// What the rows of one version, or of one repeatable script, come to.
struct Fate {
    const Row *last = nullptr;
    size_t rank = 0; ///< of the last row
    int runs = 0;
    bool isApplied = false, isFailed = false, isUndone = false, isDeleted = false, isBaseline = false;

    void take(const Row &row, size_t at)
    {
        last = &row;
        rank = at;
        if (row.type == "DELETE") { // written by repair: cancels what came before
            isApplied = isFailed = isUndone = isBaseline = false;
            isDeleted = true;
            return;
        }
        isFailed = !row.isGood;
        if (!row.isGood)
            return;
        isUndone = row.type.startsWith("UNDO");
        isApplied = !isUndone;
        isBaseline = row.type.contains("BASELINE");
        isDeleted = false;
        ++runs;
    }
};

Migration startedFrom(const Fate &fate)
{
    const Row &row = *fate.last;
    Migration migration;
    migration.version = sanitizedLine(row.version);
    migration.name = sanitizedLine(row.description, 200);
    migration.appliedAt = row.on;
    migration.appliedBy = row.by;
    migration.took = row.took;
    migration.checksum = QString::fromLatin1(row.checksum);
    if (fate.isFailed)
        migration.flags = {MigrationState::Failed, MigrationState::Dirty};
    else if (fate.isBaseline)
        migration.flags = {MigrationState::Baseline};
    else if (fate.isApplied)
        migration.flags = {MigrationState::Applied};
    else
        migration.flags = {MigrationState::RolledBack};
    return migration;
}

void addNote(Migration &migration, const QString &note)
{
    migration.note += migration.note.isEmpty() ? note : QStringLiteral("; ") + note;
}

/// Only these have a file of their own: code migrations, baselines and schemas have none.
bool hasFileOfItsOwn(const Row &row)
{
    return row.type == "SQL" || row.type == "UNDO_SQL";
}

class Reader {
public:
    explicit Reader(const HistoryInput &input)
        : m_input(input),
          m_history(startHistory(input, "flyway")),
          m_rows(rowsOf(input.rows))
    {
        m_history.recordsFailures = true;
        const std::vector<RootedFile> files = filesWhere(input, isFlywayFile);
        nameFiles(m_history, files);
        m_files = flywayFiles(files);
        m_hasFiles = !files.empty();
    }

    MigrationHistory read()
    {
        for (size_t i = 0; i < m_rows.size(); ++i) {
            const Row &row = m_rows[i];
            if (row.type == "SCHEMA")
                continue;
            (row.version.isEmpty() ? m_repeatable[row.description] : m_versioned[FlywayVersion(row.version)])
                .take(row, i);
        }
        addBelowBaseline();
        addRecorded();
        addPending();
        addNotes();
        finishHistory(m_history, m_input);
        return std::move(m_history);
    }

private:
    // In the order of the newest row of each; an applied version below one of an earlier row is out of order.
    void addRecorded()
    {
        std::map<size_t, Migration> byRank;
        std::map<size_t, FlywayVersion> appliedByRank;
        for (const auto &[version, fate] : m_versioned) {
            if (fate.isApplied && !fate.isBaseline)
                appliedByRank.emplace(fate.rank, version);
            byRank.emplace(fate.rank, recordedVersion(version, fate));
        }
        std::optional<FlywayVersion> highest;
        for (const auto &[rank, version] : appliedByRank) {
            if (highest && version < *highest)
                byRank.at(rank).flags.insert(MigrationState::OutOfOrder);
            else
                highest = version;
        }
        for (const auto &[description, fate] : m_repeatable)
            byRank.emplace(fate.rank, recordedRepeatable(description, fate));
        for (auto &[rank, migration] : byRank)
            m_history.migrations.push_back(std::move(migration));
        for (const auto &[version, fate] : m_versioned) {
            if (fate.isApplied && (!m_highest || *m_highest < version)) {
                m_highest = version;
                m_history.current = sanitizedLine(fate.last->version);
            }
        }
    }

    Migration recordedVersion(const FlywayVersion &version, const Fate &fate)
    {
        Migration migration = startedFrom(fate);
        const auto file = m_files.versioned.find(version);
        const bool isOnDisk = file != m_files.versioned.end();
        if (m_hasFiles && fate.isApplied && !fate.isBaseline)
            migration.reversible = m_files.undo.contains(version) ? Reversible::Yes : Reversible::No;
        if (fate.isDeleted)
            addNote(migration, QStringLiteral("marked as deleted by \"flyway repair\""));
        if ((fate.isUndone || fate.isDeleted) && isOnDisk)
            migration.flags.insert(MigrationState::Pending);
        if (isOnDisk && fate.isApplied && !fate.isFailed && !fate.isBaseline)
            compare(migration, *fate.last, *file->second.file);
        if (m_hasFiles && !isOnDisk && !fate.isUndone && !fate.isDeleted && !fate.isBaseline)
            judgeMissing(migration, version, *fate.last);
        return migration;
    }

    void judgeMissing(Migration &migration, const FlywayVersion &version, const Row &row) const
    {
        if (!hasFileOfItsOwn(row)) {
            addNote(migration,
                    QStringLiteral("%1 migration: there is no file to compare").arg(sanitizedLine(row.type, 20)));
            return;
        }
        migration.flags.insert(MigrationState::Missing);
        const bool isFuture = m_files.versioned.empty() || m_files.versioned.rbegin()->first < version;
        addNote(migration,
                isFuture ? QStringLiteral("future in Flyway's words: newer than every file here")
                         : QStringLiteral("no file carries this version"));
    }

    Migration recordedRepeatable(const QByteArray &description, const Fate &fate)
    {
        Migration migration = startedFrom(fate);
        migration.version = sanitizedLine(fate.last->script);
        if (fate.runs > 1)
            addNote(migration, QStringLiteral("repeatable, run %1 times: the newest counts").arg(fate.runs));
        else
            addNote(migration, QStringLiteral("repeatable"));
        const auto file = m_files.repeatable.find(description);
        if (file == m_files.repeatable.end()) {
            if (m_hasFiles && !fate.isDeleted && hasFileOfItsOwn(*fate.last))
                migration.flags.insert(MigrationState::Missing);
            return migration;
        }
        if (fate.isDeleted)
            migration.flags.insert(MigrationState::Pending);
        if (fate.isApplied && !fate.isFailed)
            compareRepeatable(migration, *fate.last, *file->second);
        return migration;
    }

    static void compare(Migration &migration, const Row &row, const MigrationFile &file)
    {
        bool ok = false;
        const qint32 stored = row.checksum.toInt(&ok);
        const std::optional<qint32> present = flywayChecksum(file);
        if (!ok)
            return; // the tool stored none
        if (!present) {
            addNote(migration, QStringLiteral("checksum not compared: the file is too long or not UTF-8"));
        } else if (*present != stored) {
            migration.flags.insert(MigrationState::Mismatch);
            addNote(migration,
                    differsInLineEndsOnly(file, stored)
                        ? QStringLiteral("only line ends differ: the stored checksum counts them, today's does not")
                        : QStringLiteral("the file's checksum is %1, the stored one %2").arg(*present).arg(stored));
        }
    }

    static void compareRepeatable(Migration &migration, const Row &row, const MigrationFile &file)
    {
        bool ok = false;
        const qint32 stored = row.checksum.toInt(&ok);
        const std::optional<qint32> present = flywayChecksum(file);
        if (!ok || !present || file.content.contains("${")) {
            addNote(migration,
                    QStringLiteral("checksum not compared: it is made after placeholders are replaced, or not known"));
        } else if (*present != stored) {
            migration.flags.insert(MigrationState::Outdated);
            migration.flags.insert(MigrationState::Pending);
            addNote(migration, QStringLiteral("its content has changed since: it runs again next time"));
        }
    }

    void addBelowBaseline()
    {
        const auto baseline
            = std::ranges::find_if(m_versioned, [](const auto &entry) { return entry.second.isBaseline; });
        if (baseline == m_versioned.end())
            return;
        m_baseline = baseline->first;
        for (const auto &[version, file] : m_files.versioned) {
            if (m_versioned.contains(version) || *m_baseline < version)
                continue;
            Migration migration = fromFile(version, file);
            migration.flags = {MigrationState::Baseline};
            migration.provenance = Provenance::Inferred;
            addNote(migration, QStringLiteral("below the baseline: Flyway never runs it"));
            m_history.migrations.push_back(migration);
        }
    }

    Migration fromFile(const FlywayVersion &version, const FlywayFiles::Versioned &file) const
    {
        Migration migration;
        migration.version = QString::fromLatin1(file.version);
        migration.name = sanitizedLine(file.description, 200);
        migration.provenance = Provenance::NotRecorded;
        migration.reversible = m_files.undo.contains(version) ? Reversible::Yes : Reversible::No;
        return migration;
    }

    void addPending()
    {
        for (const auto &[version, file] : m_files.versioned) {
            if (m_versioned.contains(version) || (m_baseline && version <= *m_baseline))
                continue;
            Migration migration = fromFile(version, file);
            if (m_highest && version < *m_highest) {
                migration.flags = {MigrationState::OutOfOrder, MigrationState::Blocked};
                addNote(migration,
                        QStringLiteral("below the highest applied version: Flyway ignores it unless outOfOrder is on"));
            } else {
                migration.flags = {MigrationState::Pending};
            }
            m_history.migrations.push_back(migration);
        }
        for (const auto &[description, file] : m_files.repeatable) {
            if (m_repeatable.contains(description))
                continue;
            Migration migration;
            migration.version = sanitizedLine(file->name());
            migration.name = sanitizedLine(description, 200);
            migration.provenance = Provenance::NotRecorded;
            migration.flags = {MigrationState::Pending};
            migration.note = QStringLiteral("repeatable");
            m_history.migrations.push_back(migration);
        }
    }

    void addNotes()
    {
        for (const QString &version : m_files.twice)
            m_history.notes << QStringLiteral("two files carry version %1: Flyway refuses to run").arg(version);
        const bool isBlocked = std::ranges::any_of(m_history.migrations, [](const Migration &migration) {
            return migration.flags.contains(MigrationState::Failed);
        });
        if (isBlocked)
            m_history.notes << QStringLiteral("a failed migration stops every further run until \"flyway repair\"");
        if (!m_rows.empty())
            m_history.notes << QStringLiteral("times have no zone in this tool: read in the server's own zone");
    }

    const HistoryInput &m_input;
    MigrationHistory m_history;
    std::vector<Row> m_rows; ///< by installed_rank
    FlywayFiles m_files;
    bool m_hasFiles = false;
    std::map<FlywayVersion, Fate> m_versioned;
    std::map<QByteArray, Fate> m_repeatable; ///< by description
    std::optional<FlywayVersion> m_baseline;
    std::optional<FlywayVersion> m_highest;
};

} // namespace

MigrationHistory readFlyway(const HistoryInput &input)
{
    return Reader(input).read();
}

} // namespace taffrail::sources::migrations
