// SPDX-License-Identifier: GPL-3.0-or-later
#include "prismachecksum.h"

#include "namedhistory.h"
#include "text.h"

#include <QCryptographicHash>
#include <QHash>

#include <algorithm>

namespace taffrail::sources::migrations {

namespace {

/// What the rows of one migration come to: the newest attempt decides.
struct Attempt {
    size_t row = 0;
    QByteArray name, checksum;
    QDateTime started, finished, rolledBack;
    bool isFinished = false, isRolledBack = false, hasSteps = false;
    QString failure;
    int attempts = 1;
};

/// The line of a log that tells what went wrong.
QString failureOf(const QByteArray &logs)
{
    QString first;
    const QList<QByteArray> lines = logs.left(16 * 1024).split('\n');
    for (const QByteArray &line : lines) {
        const QByteArray text = line.trimmed();
        if (text.contains("ERROR:") || text.startsWith("Error ") || text.startsWith("Message:"))
            return sanitizedLine(text, 200);
        if (first.isEmpty() && !text.isEmpty())
            first = sanitizedLine(text, 200);
    }
    return first;
}

/// In the order of the first row of each name, which the statement sorts by start.
std::vector<Attempt> attemptsOf(const SqlReply *reply)
{
    std::vector<Attempt> attempts;
    QHash<QByteArray, size_t> places;
    for (size_t i = 0; reply && i < reply->rows.size(); ++i) {
        Attempt attempt;
        attempt.row = i;
        attempt.name = cellText(*reply, i, "migration_name");
        attempt.checksum = cellText(*reply, i, "checksum");
        attempt.started = cellTime(*reply, i, "started_at");
        attempt.finished = cellTime(*reply, i, "finished_at");
        attempt.rolledBack = cellTime(*reply, i, "rolled_back_at");
        attempt.isFinished = !cellText(*reply, i, "finished_at").isEmpty();
        attempt.isRolledBack = !cellText(*reply, i, "rolled_back_at").isEmpty();
        attempt.hasSteps = cellText(*reply, i, "applied_steps_count").toLongLong() > 0;
        attempt.failure = failureOf(cellText(*reply, i, "logs"));
        const auto place = places.constFind(attempt.name);
        if (place == places.cend()) {
            places.insert(attempt.name, attempts.size());
            attempts.push_back(attempt);
            continue;
        }
        Attempt &known = attempts[*place];
        const int count = known.attempts + 1;
        if (attempt.started >= known.started || !attempt.started.isValid())
            known = attempt;
        known.attempts = count;
    }
    std::ranges::stable_sort(attempts, {}, &Attempt::row);
    return attempts;
}

void addNote(Migration &migration, const QString &note)
{
    if (!note.isEmpty())
        migration.note += migration.note.isEmpty() ? note : QStringLiteral("; ") + note;
}

class Reader {
public:
    explicit Reader(const HistoryInput &input)
        : m_input(input),
          m_history(startHistory(input, "prisma")),
          m_attempts(attemptsOf(input.rows)),
          m_files(prismaFiles(input.roots))
    {
        m_history.recordsFailures = true;
        nameRoots(m_history, m_files);
        for (const NamedFile &file : m_files)
            m_byName.insert(file.id, &file);
    }

    MigrationHistory read()
    {
        for (const Attempt &attempt : m_attempts)
            addRecorded(attempt);
        for (const NamedFile &file : m_files)
            addPending(file);
        m_history.current = sanitizedLine(m_highest, 300);
        if (m_isStopped)
            m_history.notes << QStringLiteral(
                "a failed migration stops \"prisma migrate deploy\" (P3009) until \"prisma migrate resolve\"");
        finishHistory(m_history, m_input);
        return std::move(m_history);
    }

private:
    void addRecorded(const Attempt &attempt)
    {
        Migration migration;
        migration.version = sanitizedLine(attempt.name, 300);
        migration.name = wordsOfName(attempt.name);
        migration.checksum = QString::fromLatin1(attempt.checksum.left(100));
        migration.reversible = Reversible::No; // the tool has no way down
        migration.appliedAt = attempt.finished;
        if (attempt.started.isValid() && attempt.finished.isValid() && attempt.finished >= attempt.started)
            migration.took = std::chrono::milliseconds(attempt.started.msecsTo(attempt.finished));
        const NamedFile *file = m_byName.value(attempt.name);
        if (attempt.isRolledBack) {
            migration.flags = {MigrationState::RolledBack};
            migration.appliedAt = {};
            migration.took.reset();
            if (file)
                migration.flags.insert(MigrationState::Pending);
            addNote(migration, QStringLiteral("resolved as rolled back: it runs again next time"));
            addNote(migration, attempt.failure);
        } else if (!attempt.isFinished) {
            addUnfinished(migration, attempt);
        } else {
            migration.flags = {MigrationState::Applied};
            if (!m_highest.isEmpty() && attempt.name < m_highest)
                migration.flags.insert(MigrationState::OutOfOrder);
            m_highest = std::max(m_highest, attempt.name);
            if (!attempt.hasSteps)
                addNote(migration, QStringLiteral("marked as applied by hand (migrate resolve): nothing was run then"));
            if (file)
                compare(migration, attempt, *file->rooted.file);
        }
        if (!file && !m_files.empty() && !attempt.isRolledBack) {
            migration.flags.insert(MigrationState::Missing);
            addNote(migration, QStringLiteral("no folder of this name"));
        }
        if (attempt.attempts > 1)
            addNote(migration, QStringLiteral("%1 attempts: the newest counts").arg(attempt.attempts));
        m_history.migrations.push_back(migration);
    }

    // The row is written before the migration runs: while somebody holds the lock, the newest one may just be running.
    void addUnfinished(Migration &migration, const Attempt &attempt)
    {
        const bool isNewest = attempt.row + 1 == m_input.rows->rows.size();
        if (m_input.isLockHeld && isNewest && attempt.failure.isEmpty()) {
            migration.flags = {MigrationState::Pending};
            addNote(migration, QStringLiteral("running now: begun, not finished, and the lock is held"));
            return;
        }
        migration.flags = {MigrationState::Failed, MigrationState::Dirty};
        m_isStopped = true;
        addNote(migration, attempt.failure);
        addNote(migration,
                attempt.hasSteps ? QStringLiteral("part of it was applied")
                                 : QStringLiteral("how much of it was applied is not recorded"));
    }

    static void compare(Migration &migration, const Attempt &attempt, const MigrationFile &file)
    {
        switch (prismaChecksumFits(file, attempt.checksum)) {
        case ChecksumFit::Same: break;
        case ChecksumFit::NotKnown:
            addNote(migration, QStringLiteral("checksum not compared: the file is too long"));
            break;
        case ChecksumFit::Differs:
            migration.flags.insert(MigrationState::Mismatch);
            addNote(migration,
                    QStringLiteral("the file's SHA-256 begins with %1, the stored one with %2; \"migrate "
                                   "status\" does not tell")
                        .arg(QString::fromLatin1(sha256Hex(file.content).left(12)),
                             sanitizedLine(attempt.checksum.left(12))));
            break;
        }
    }

    void addPending(const NamedFile &file)
    {
        const bool isKnown
            = std::ranges::any_of(m_attempts, [&file](const Attempt &attempt) { return attempt.name == file.id; });
        if (isKnown)
            return;
        Migration migration;
        migration.version = sanitizedLine(file.id, 300);
        migration.name = wordsOfName(file.id);
        migration.provenance = Provenance::NotRecorded;
        migration.reversible = Reversible::No;
        migration.flags = {MigrationState::Pending};
        if (!m_highest.isEmpty() && file.id < m_highest)
            migration.flags.insert(MigrationState::OutOfOrder);
        m_history.migrations.push_back(migration);
    }

    const HistoryInput &m_input;
    MigrationHistory m_history;
    std::vector<Attempt> m_attempts;
    std::vector<NamedFile> m_files;
    QHash<QByteArray, const NamedFile *> m_byName;
    QByteArray m_highest;
    bool m_isStopped = false;
};

QByteArray withoutPadding(const QByteArray &digest)
{
    QByteArray text;
    for (const char byte : digest)
        text += QByteArray::number(static_cast<unsigned char>(byte), 16);
    return text;
}

} // namespace

QByteArray sha256Hex(const QByteArray &content)
{
    return QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex();
}

ChecksumFit prismaChecksumFits(const MigrationFile &file, const QByteArray &stored)
{
    if (!file.isWhole)
        return ChecksumFit::NotKnown;
    QByteArray unix = file.content;
    unix.replace("\r\n", "\n");
    QByteArray windows = unix;
    windows.replace("\n", "\r\n");
    for (const QByteArray &text : {file.content, unix, windows}) {
        const QByteArray digest = QCryptographicHash::hash(text, QCryptographicHash::Sha256);
        if (stored == digest.toHex() || (stored.size() < 64 && stored == withoutPadding(digest)))
            return ChecksumFit::Same;
    }
    return ChecksumFit::Differs;
}

// "<folder>/migration.sql"; the folder's name is the migration's.
std::vector<NamedFile> prismaFiles(const Roots &roots)
{
    std::vector<NamedFile> files;
    for (const FileRoot *root : roots) {
        for (const MigrationFile &file : root->files) {
            const QByteArray folder = file.folder();
            if (file.name() == "migration.sql" && !folder.isEmpty())
                files.push_back({folder.mid(folder.lastIndexOf('/') + 1), {}, {root, &file}, {}});
        }
    }
    sortNamed(files);
    return files;
}

MigrationHistory readPrisma(const HistoryInput &input)
{
    return Reader(input).read();
}

} // namespace taffrail::sources::migrations
