// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

#include <QCryptographicHash>

#include <map>
#include <set>

// Atlas: a revision per version with counters, error and the file's hash in a chain over the whole folder.
namespace taffrail::sources::migrations {

namespace {

constexpr int baselineBit = 1, resolvedBit = 4;

bool isAtlasFile(const FileRoot &, const MigrationFile &file)
{
    static const QRegularExpression shape(QStringLiteral("^[0-9][^/]*\\.sql$"));
    const QByteArray name = file.name();
    return shape.match(QString::fromUtf8(name)).hasMatch() && !name.endsWith(".down.sql");
}

bool isSum(const FileRoot &, const MigrationFile &file)
{
    return file.name() == "atlas.sum";
}

/// What atlas.sum says: name → hash without "h1:".
std::map<QByteArray, QByteArray> sumsOf(const MigrationFile &file)
{
    std::map<QByteArray, QByteArray> sums;
    for (const QByteArray &line : file.content.split('\n')) {
        const qsizetype at = line.lastIndexOf(" h1:");
        if (at > 0)
            sums[line.left(at)] = line.mid(at + 4).trimmed();
    }
    return sums;
}

/// The chain over files in the order of their names: the value after each.
QByteArray chained(const std::vector<const MigrationFile *> &files)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    for (const MigrationFile *file : files) {
        hash.addData(file->name());
        hash.addData(file->content);
    }
    return hash.result().toBase64();
}

std::vector<DiskMigration> diskAtlas(const Roots &roots)
{
    const std::vector<FoundFile> sums = filesFitting(roots, isSum);
    std::map<QByteArray, std::vector<FoundFile>> byFolder;
    for (const FoundFile &found : filesFitting(roots, isAtlasFile)) {
        const bool hasSum = std::ranges::any_of(sums, [&found](const FoundFile &sum) {
            return sum.root == found.root && sum.file->folder() == found.file->folder();
        });
        if (hasSum || (sums.empty() && !isMarkedForAnother(*found.file)))
            byFolder[found.root->spec.path.toUtf8() + '\n' + found.file->folder()].push_back(found);
    }
    std::vector<DiskMigration> all;
    for (auto &[folder, files] : byFolder) {
        std::ranges::sort(files, {}, [](const FoundFile &found) { return found.file->name(); });
        const bool isKnown = std::ranges::all_of(files, [](const FoundFile &found) {
            return found.file->isWhole && !found.file->content.contains("atlas:sum");
        });
        std::vector<const MigrationFile *> before;
        for (const FoundFile &found : files) {
            const QByteArray stem = found.file->name().chopped(4);
            const qsizetype end = stem.indexOf('_');
            DiskMigration disk;
            disk.key = end < 0 ? stem : stem.left(end);
            disk.version = sanitizedLine(disk.key, 200);
            disk.name = end < 0 ? QString() : wordsOf(stem.mid(end + 1));
            disk.root = found.root;
            takeSql(disk, *found.file);
            before.push_back(found.file);
            if (isKnown)
                disk.checksums.push_back(chained(before));
            all.push_back(std::move(disk));
        }
    }
    std::ranges::stable_sort(all, {}, &DiskMigration::key);
    return all;
}

QByteArray selectAtlas(const TableName &table)
{
    return "SELECT version, description, type, applied, total, " + sqlAnyTime("executed_at")
        + " AS executed_at, execution_time, left(error, 1000) AS error, left(error_stmt, 1000) AS error_stmt, hash "
          "FROM "
        + quotedTable(table) + " t ORDER BY t.executed_at, t.version LIMIT " + QByteArray::number(maxRows + 1);
}

QByteArray plainHash(const QByteArray &hash)
{
    return hash.startsWith("h1:") ? hash.mid(3) : hash;
}

class Reader {
public:
    explicit Reader(const HistoryInput &input)
        : m_input(input),
          m_history(startHistory(input, "atlas")),
          m_files(diskAtlas(input.roots))
    {
        m_history.recordsFailures = true;
        for (const FoundFile &found : filesFitting(input.roots, isSum)) {
            for (const auto &[name, hash] : sumsOf(*found.file))
                m_sums[name] = hash;
        }
    }

    MigrationHistory read()
    {
        for (size_t row = 0; m_input.rows && row < m_input.rows->rows.size(); ++row)
            addRow(*m_input.rows, row);
        passOver();
        JoinRules rules;
        rules.isOrderTime = true;
        rules.isOneFolder = true;
        rules.before = textBefore;
        rules.late = LateFiles::Refused;
        rules.lateNote = QStringLiteral("below the newest applied version: Atlas refuses to run in its default order");
        join(m_history, m_input, std::move(m_recorded), m_files, rules);
        return std::move(m_history);
    }

private:
    void addRow(const SqlReply &rows, size_t row)
    {
        RecordedMigration each{cellText(rows, row, "version"), {}};
        if (each.key.isEmpty() || each.key == ".atlas_cloud_identifier")
            return;
        Migration &migration = each.migration;
        migration.version = sanitizedLine(each.key, 200);
        migration.name = wordsOf(cellText(rows, row, "description"));
        migration.appliedAt = anyTime(rows, row, "executed_at");
        migration.checksum = QString::fromLatin1(plainHash(cellText(rows, row, "hash")));
        if (const auto took = numberOf(rows, row, "execution_time"); took && *took >= 0)
            migration.took = std::chrono::milliseconds(*took / 1'000'000);
        const auto type = numberOf(rows, row, "type").value_or(0);
        const auto applied = numberOf(rows, row, "applied"), total = numberOf(rows, row, "total");
        const QByteArray error = cellText(rows, row, "error");
        const bool isPartial = applied && total && *applied < *total;
        migration.flags = {MigrationState::Applied};
        if (type & baselineBit)
            migration.flags = {MigrationState::Baseline};
        each.isComparable = !(type & baselineBit);
        if (type & resolvedBit)
            addNote(migration, QStringLiteral("resolved by hand"));
        if ((!error.isEmpty() || isPartial) && !(type & resolvedBit)) {
            migration.flags = {MigrationState::Failed, MigrationState::Dirty};
            addNote(migration,
                    QStringLiteral("%1 of %2 statements ran; %3")
                        .arg(applied.value_or(0))
                        .arg(total.value_or(0))
                        .arg(error.isEmpty() ? QStringLiteral("no error is noted: it still runs, or was cut off")
                                             : redacted(sanitizedLine(error, 200))));
        }
        if (migration.flags.contains(MigrationState::Applied))
            compare(each);
        if (!migration.flags.contains(MigrationState::Failed)
            && (m_history.current.isEmpty() || m_history.current.toUtf8() < each.key))
            m_history.current = migration.version;
        m_recorded.push_back(std::move(each));
    }

    // Each value hangs on all files before it: on those of the folder, or on those that had been run by then. The first
    // that fits neither was changed; what comes after it can't be told any more.
    void compare(RecordedMigration &each)
    {
        const auto disk = std::ranges::find(m_files, each.key, &DiskMigration::key);
        if (disk == m_files.end() || !disk->file || each.migration.checksum.isEmpty())
            return;
        Migration &migration = each.migration;
        const QByteArray stored = migration.checksum.toLatin1();
        const auto line = m_sums.find(disk->file->name());
        if (disk->checksums.empty()) {
            if (line != m_sums.end() && line->second != stored)
                differs(migration, QStringLiteral("atlas.sum has another hash"));
            else
                addNote(migration, QStringLiteral("checksum not compared: the files are not known as a whole"));
            return;
        }
        m_run.push_back(disk->file);
        std::ranges::sort(m_run, {}, [](const MigrationFile *file) { return file->name(); });
        std::vector<const MigrationFile *> upTo;
        std::ranges::copy_if(m_run, std::back_inserter(upTo),
                             [&disk](const MigrationFile *file) { return file->name() <= disk->file->name(); });
        if (stored == disk->checksums.front() || stored == chained(upTo))
            return;
        differs(migration, QStringLiteral("it, or a file before it, is not what was run"));
    }

    void differs(Migration &migration, const QString &why)
    {
        if (m_changed.isEmpty()) {
            m_changed = migration.version;
            migration.flags.insert(MigrationState::Mismatch);
            addNote(migration, why);
        } else {
            addNote(migration, QStringLiteral("not compared: its hash hangs on %1, which differs").arg(m_changed));
        }
    }

    // What a baseline stands for, and checkpoints on a database that came the long way, are never run.
    void passOver()
    {
        QByteArray baseline;
        bool hasRows = false;
        for (const RecordedMigration &each : m_recorded) {
            if (each.migration.flags.contains(MigrationState::Baseline))
                baseline = std::max(baseline, each.key);
            hasRows = true;
        }
        QByteArray checkpoint;
        for (DiskMigration &disk : m_files) {
            const bool isCheckpoint = disk.sql && disk.sql->left(4096).contains("atlas:checkpoint");
            const bool isIn = std::ranges::find(m_recorded, disk.key, &RecordedMigration::key) != m_recorded.end();
            if (isCheckpoint && (isIn || !hasRows))
                checkpoint = std::max(checkpoint, disk.key);
            if (isCheckpoint && hasRows && !isIn) {
                disk.isSkipped = true;
                disk.note = QStringLiteral("a checkpoint: only for new databases");
            }
        }
        for (DiskMigration &disk : m_files) {
            if (!baseline.isEmpty() && disk.key <= baseline) {
                disk.isSkipped = true;
                disk.note = QStringLiteral("below the baseline: Atlas never runs it");
            } else if (!checkpoint.isEmpty() && disk.key < checkpoint) {
                disk.isSkipped = true;
                disk.note = QStringLiteral("a checkpoint stands in for it");
            }
        }
    }

    const HistoryInput &m_input;
    MigrationHistory m_history;
    std::vector<DiskMigration> m_files;
    std::map<QByteArray, QByteArray> m_sums;
    std::vector<const MigrationFile *> m_run;
    QString m_changed;
    std::vector<RecordedMigration> m_recorded;
};

MigrationHistory readAtlas(const HistoryInput &input)
{
    return Reader(input).read();
}

bool isBelow(const MigrationHistory &history, const DiskMigration &disk)
{
    return std::ranges::any_of(history.migrations, [&disk](const Migration &migration) {
        return migration.flags.contains(MigrationState::Baseline) && disk.key <= migration.version.toUtf8();
    });
}

} // namespace

const Tool atlasTool{.name = "atlas",
                     .defaultTable = "atlas_schema_revisions",
                     .read = readAtlas,
                     .select = selectAtlas,
                     .disk = diskAtlas,
                     .isBelow = isBelow};

} // namespace taffrail::sources::migrations
