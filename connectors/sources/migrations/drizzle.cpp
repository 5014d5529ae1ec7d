// SPDX-License-Identifier: GPL-3.0-or-later
#include "drizzlejournal.h"
#include "prismachecksum.h"
#include "text.h"

#include <algorithm>

namespace taffrail::sources::migrations {

namespace {

struct Row {
    QByteArray hash, name;
    std::optional<qint64> when;
    QDateTime appliedAt; ///< version 1 notes it
};

std::vector<Row> rowsOf(const SqlReply *reply)
{
    std::vector<Row> rows;
    for (size_t i = 0; reply && i < reply->rows.size(); ++i) {
        Row row;
        row.hash = cellText(*reply, i, "hash");
        row.name = cellText(*reply, i, "name");
        row.appliedAt = cellTime(*reply, i, "applied_at");
        bool ok = false;
        const qint64 when = cellText(*reply, i, "created_at").toLongLong(&ok);
        if (ok)
            row.when = when;
        rows.push_back(row);
    }
    return rows;
}

void addNote(Migration &migration, const QString &note)
{
    migration.note += migration.note.isEmpty() ? note : QStringLiteral("; ") + note;
}

class Reader {
public:
    explicit Reader(const HistoryInput &input)
        : m_input(input),
          m_history(startHistory(input, "drizzle")),
          m_rows(rowsOf(input.rows)),
          m_files(drizzleSteps(input.roots)),
          m_taken(m_files.steps.size(), false)
    {
        std::vector<RootedFile> rooted;
        for (const DrizzleFiles::Step &step : m_files.steps)
            rooted.push_back(step.rooted);
        // Of half the lists nobody can say what is missing or pending.
        m_hasFiles = !m_files.steps.empty() && !m_files.isUnreadable;
        if (m_hasFiles)
            nameFiles(m_history, rooted);
        m_history.notes << m_files.notes;
        for (const Row &row : m_rows) {
            if (row.when && (!m_newest || *row.when > *m_newest))
                m_newest = row.when;
        }
    }

    MigrationHistory read()
    {
        for (const Row &row : m_rows)
            addApplied(row);
        for (size_t i = 0; m_hasFiles && i < m_files.steps.size(); ++i) {
            if (!m_taken[i])
                addUnapplied(m_files.steps[i]);
        }
        m_history.notes << noFailureRecord();
        finishHistory(m_history, m_input);
        return std::move(m_history);
    }

private:
    template <typename Test> std::optional<size_t> freeStep(Test test) const
    {
        for (size_t i = 0; m_hasFiles && i < m_files.steps.size(); ++i) {
            if (!m_taken[i] && test(m_files.steps[i]))
                return i;
        }
        return std::nullopt;
    }

    /// By name (version 1), else by the journal's time, else by the content.
    std::optional<size_t> stepOf(const Row &row) const
    {
        using Step = DrizzleFiles::Step;
        if (!row.name.isEmpty())
            return freeStep([&row](const Step &step) { return step.tag == row.name; });
        if (const auto byTime = freeStep([&row](const Step &step) { return step.when && step.when == row.when; }))
            return byTime;
        return freeStep([&row](const Step &step) {
            return step.rooted.file && step.rooted.file->isWhole && sha256Hex(step.rooted.file->content) == row.hash;
        });
    }

    void addApplied(const Row &row)
    {
        Migration migration;
        migration.flags = {MigrationState::Applied};
        migration.checksum = sanitizedLine(row.hash, 100);
        migration.reversible = Reversible::No; // the tool has no way down
        migration.appliedAt = row.appliedAt;
        const std::optional<size_t> place = stepOf(row);
        if (place) {
            m_taken[*place] = true;
            name(migration, m_files.steps[*place].tag);
            compare(migration, row, m_files.steps[*place]);
        } else {
            const QByteArray id = !row.name.isEmpty() ? row.name : row.when ? QByteArray::number(*row.when) : row.hash;
            name(migration, id);
            if (m_hasFiles) {
                migration.flags.insert(MigrationState::Missing);
                addNote(migration, QStringLiteral("no entry of the journal has its time or its content"));
            }
        }
        if (row.when && row.when == m_newest)
            m_history.current = migration.version;
        m_history.migrations.push_back(migration);
    }

    static void name(Migration &migration, const QByteArray &tag)
    {
        migration.version = sanitizedLine(tag, 300);
        migration.name = wordsOfName(tag);
    }

    void compare(Migration &migration, const Row &row, const DrizzleFiles::Step &step) const
    {
        if (!step.rooted.file) {
            migration.flags.insert(MigrationState::Missing);
            addNote(migration, QStringLiteral("the journal names it, but its file is not there: Drizzle stops"));
        } else if (!step.rooted.file->isWhole) {
            addNote(migration, QStringLiteral("checksum not compared: the file is too long"));
        } else if (const QByteArray hash = sha256Hex(step.rooted.file->content); hash != row.hash) {
            migration.flags.insert(MigrationState::Mismatch);
            addNote(migration,
                    QStringLiteral("the file's SHA-256 begins with %1, the stored one with %2; Drizzle never "
                                   "compares them")
                        .arg(QString::fromLatin1(hash.left(12)), sanitizedLine(row.hash.left(12))));
        }
        if (step.when && m_newest && *step.when > *m_newest) {
            migration.flags.insert(MigrationState::Pending);
            addNote(migration,
                    QStringLiteral("the journal's time is newer than every row's: Drizzle would run it again"));
        }
    }

    void addUnapplied(const DrizzleFiles::Step &step)
    {
        Migration migration;
        name(migration, step.tag);
        migration.provenance = Provenance::NotRecorded;
        migration.reversible = Reversible::No;
        migration.flags = {MigrationState::Pending};
        if (step.when && m_newest && *step.when <= *m_newest) {
            migration.flags = {MigrationState::Blocked};
            addNote(migration,
                    QStringLiteral("never run, and nobody is told: its time in the journal is not newer than "
                                   "the newest applied one's"));
        }
        if (!step.rooted.file)
            addNote(migration, QStringLiteral("its file is not there: Drizzle stops"));
        m_history.migrations.push_back(migration);
    }

    const HistoryInput &m_input;
    MigrationHistory m_history;
    std::vector<Row> m_rows;
    DrizzleFiles m_files;
    std::vector<bool> m_taken;
    std::optional<qint64> m_newest;
    bool m_hasFiles = false;
};

} // namespace

MigrationHistory readDrizzle(const HistoryInput &input)
{
    return Reader(input).read();
}

} // namespace taffrail::sources::migrations
