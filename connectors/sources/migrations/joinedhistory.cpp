// SPDX-License-Identifier: GPL-3.0-or-later
#include "joinedhistory.h"

#include "text.h"

#include <QSet>

#include <algorithm>

namespace taffrail::sources::migrations {

namespace {

class Joiner {
public:
    Joiner(MigrationHistory &history, const std::vector<DiskMigration> &disk, const JoinRules &rules)
        : m_history(history),
          m_disk(disk),
          m_rules(rules)
    {
        for (const DiskMigration &migration : disk) {
            const auto [place, isNew] = m_byKey.try_emplace(migration.key, &migration);
            if (!isNew && place->second->file && migration.file && place->second->file->path != migration.file->path
                && place->second->root == migration.root)
                m_twice << migration.version;
        }
    }

    void run(std::vector<RecordedMigration> recorded)
    {
        if (m_rules.isOrderTime)
            sortByTime(recorded);
        for (RecordedMigration &each : recorded) {
            addRecorded(each);
            m_entries.push_back({each.key, std::move(each.migration)});
        }
        QSet<QByteArray> beside;
        qsizetype unsure = 0;
        for (const DiskMigration &disk : m_disk) {
            if (m_byKey.at(disk.key) != &disk || m_recorded.contains(disk.key))
                continue;
            if (disk.isUnsure)
                ++unsure;
            else if (m_rules.isOneFolder && !m_folders.isEmpty() && !m_folders.contains(folderOf(disk)))
                beside.insert(disk.file ? disk.file->folder() : QByteArray());
            else
                m_entries.push_back({disk.key, onlyOnDisk(disk)});
        }
        for (const QByteArray &folder : beside)
            m_history.notes << QStringLiteral("%1 holds files of which none is recorded here: those of another history")
                                   .arg(folder.isEmpty() ? QStringLiteral("the folder itself")
                                                         : sanitizedLine(folder, 100));
        if (unsure > 0)
            m_history.notes
                << QStringLiteral("%1 files could not be read: whether they are migrations is not known").arg(unsure);
        if (!m_rules.rowsHaveOrder && m_rules.before)
            std::ranges::stable_sort(m_entries, m_rules.before, &Entry::key);
        for (Entry &entry : m_entries)
            m_history.migrations.push_back(std::move(entry.migration));
        m_twice.removeDuplicates();
        for (const QString &version : m_twice.mid(0, 20))
            m_history.notes << QStringLiteral("two files carry version %1").arg(sanitizedLine(version.toUtf8(), 100));
    }

private:
    struct Entry {
        QByteArray key;
        Migration migration;
    };

    void addRecorded(RecordedMigration &recorded)
    {
        Migration &migration = recorded.migration;
        m_recorded.insert(recorded.key);
        const auto found = m_byKey.find(recorded.key);
        if (found != m_byKey.end()) {
            describe(migration, *found->second);
            m_folders.insert(folderOf(*found->second));
        } else if (!m_disk.empty() && recorded.isComparable && isThere(migration))
            markMissing(migration);
        if (!isApplied(migration) && !migration.flags.contains(MigrationState::Baseline))
            return;
        if (m_rules.before) {
            if (m_rules.rowsHaveOrder && m_highest && m_rules.before(recorded.key, *m_highest))
                migration.flags.insert(MigrationState::OutOfOrder);
            else if (!m_highest || m_rules.before(*m_highest, recorded.key))
                m_highest = recorded.key;
        }
    }

    void sortByTime(std::vector<RecordedMigration> &recorded) const
    {
        std::ranges::stable_sort(recorded, [this](const RecordedMigration &left, const RecordedMigration &right) {
            const QDateTime a = left.migration.appliedAt, b = right.migration.appliedAt;
            if (a != b)
                return a.isValid() && (!b.isValid() || a < b);
            return m_rules.before && m_rules.before(left.key, right.key);
        });
    }

    /// Where a migration lies; of one that is a folder of its own, where that lies.
    static QByteArray folderOf(const DiskMigration &disk)
    {
        if (!disk.file || !disk.root)
            return {};
        QByteArray folder = disk.file->folder();
        if (disk.file->name() == "up.sql")
            folder = folder.left(std::max<qsizetype>(0, folder.lastIndexOf('/')));
        return disk.root->spec.path.toUtf8() + '\n' + folder;
    }

    static bool isThere(const Migration &migration)
    {
        return isApplied(migration) || migration.flags.contains(MigrationState::Failed);
    }

    void markMissing(Migration &migration) const
    {
        migration.flags.insert(MigrationState::Missing);
        addNote(migration, QStringLiteral("no file carries it"));
        if (!m_rules.missing.isEmpty())
            addNote(migration, m_rules.missing);
    }

    void describe(Migration &migration, const DiskMigration &disk) const
    {
        if (migration.name.isEmpty())
            migration.name = disk.name;
        migration.reversible = disk.reversible;
        if (!disk.note.isEmpty())
            addNote(migration, disk.note);
        if (isApplied(migration) && m_rules.compare)
            m_rules.compare(migration, disk);
        // A row that says it was taken back, or never ran, leaves its file to be run.
        if (migration.flags.contains(MigrationState::RolledBack) && !isThere(migration))
            migration.flags.insert(MigrationState::Pending);
    }

    Migration onlyOnDisk(const DiskMigration &disk) const
    {
        Migration migration;
        migration.version = disk.version;
        migration.name = disk.name;
        migration.provenance = Provenance::NotRecorded;
        migration.reversible = disk.reversible;
        migration.note = disk.note;
        if (disk.isSkipped) {
            migration.flags = {MigrationState::Baseline};
            migration.provenance = Provenance::Inferred;
            return migration;
        }
        const bool isLate = m_rules.before && m_highest && m_rules.before(disk.key, *m_highest);
        if (!isLate) {
            migration.flags = {MigrationState::Pending};
            return migration;
        }
        migration.flags = {MigrationState::OutOfOrder,
                           m_rules.late == LateFiles::Run ? MigrationState::Pending : MigrationState::Blocked};
        addNote(migration, m_rules.lateNote);
        return migration;
    }

    MigrationHistory &m_history;
    const std::vector<DiskMigration> &m_disk;
    const JoinRules &m_rules;
    std::map<QByteArray, const DiskMigration *> m_byKey;
    QSet<QByteArray> m_recorded;
    QSet<QByteArray> m_folders; ///< in which recorded ones lie
    std::optional<QByteArray> m_highest;
    std::vector<Entry> m_entries;
    QStringList m_twice;
};

} // namespace

void addNote(Migration &migration, const QString &note)
{
    if (!note.isEmpty())
        migration.note += migration.note.isEmpty() ? note : QStringLiteral("; ") + note;
}

bool isApplied(const Migration &migration)
{
    return migration.flags.contains(MigrationState::Applied);
}

void join(MigrationHistory &history, const HistoryInput &input, std::vector<RecordedMigration> recorded,
          const std::vector<DiskMigration> &disk, const JoinRules &rules)
{
    std::vector<RootedFile> files;
    for (const DiskMigration &each : disk) {
        if (each.root && (files.empty() || files.back().root != each.root))
            files.push_back({each.root, each.file});
    }
    nameFiles(history, files);
    Joiner(history, disk, rules).run(std::move(recorded));
    finishHistory(history, input);
}

void compareChecksum(Migration &migration, const DiskMigration &disk)
{
    if (migration.checksum.isEmpty())
        return; // the tool stored none
    if (disk.checksums.empty()) {
        addNote(migration, QStringLiteral("checksum not compared: the file is not known as a whole"));
        return;
    }
    const auto fits = [&migration](const QByteArray &sum) {
        return migration.checksum.compare(QLatin1String(sum), Qt::CaseInsensitive) == 0;
    };
    if (fits(disk.checksums.front()))
        return;
    migration.flags.insert(MigrationState::Mismatch);
    addNote(migration,
            std::ranges::any_of(disk.checksums, fits)
                ? QStringLiteral("only line ends differ from what was run")
                : QStringLiteral("the file's checksum is %1…, the stored one %2…")
                      .arg(QString::fromLatin1(disk.checksums.front().left(12)), migration.checksum.left(12)));
}

QDateTime anyTime(const SqlReply &rows, size_t row, const char *column)
{
    const QByteArray *cell = rows.cell(row, column);
    if (!cell || cell->isEmpty() || cell->size() > 64)
        return {};
    const QString text = QString::fromLatin1(cell->trimmed());
    const QDateTime time = fromRfc3339(text);
    return time.isValid() ? time.toUTC() : fromRfc3339(text + QLatin1Char('Z')).toUTC();
}

QByteArray sqlAnyTime(const QByteArray &column)
{
    return sqlTime("CASE pg_catalog.pg_typeof(" + column + ")::text WHEN 'timestamp without time zone' THEN (" + column
                   + "::text)::timestamp AT TIME ZONE (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = "
                     "'TimeZone') ELSE ("
                   + column + "::text)::timestamptz END");
}

QByteArray sqlUtcTime(const QByteArray &column)
{
    return sqlTime("CASE pg_catalog.pg_typeof(" + column + ")::text WHEN 'timestamp without time zone' THEN (" + column
                   + "::text)::timestamp AT TIME ZONE 'UTC' ELSE (" + column + "::text)::timestamptz END");
}

bool isTrue(const QByteArray &cell)
{
    return cell == "t" || cell == "true" || cell == "1";
}

std::optional<qint64> numberOf(const SqlReply &rows, size_t row, const char *column)
{
    bool ok = false;
    const qint64 number = cellText(rows, row, column).trimmed().toLongLong(&ok);
    return ok ? std::optional<qint64>(number) : std::nullopt;
}

QByteArrayList arrayOf(const QByteArray &cell)
{
    const QByteArray text = cell.trimmed();
    if (text.size() < 2
        || !((text.startsWith('{') && text.endsWith('}')) || (text.startsWith('[') && text.endsWith(']'))))
        return {};
    QByteArrayList words;
    QByteArray word;
    bool isQuoted = false, hasWord = false;
    for (qsizetype at = 1; at + 1 < text.size(); ++at) {
        const char byte = text[at];
        if (byte == '\\' && isQuoted && at + 2 < text.size()) {
            word += text[++at];
        } else if (byte == '"') {
            isQuoted = !isQuoted;
            hasWord = true;
        } else if (byte == ',' && !isQuoted) {
            words << word.trimmed();
            word.clear();
            hasWord = false;
        } else {
            word += byte;
            hasWord = hasWord || byte != ' ';
        }
    }
    if (hasWord)
        words << word.trimmed();
    return words;
}

QByteArray hexOf(const QByteArray &cell)
{
    return cell.startsWith("\\x") ? cell.mid(2).toLower() : cell;
}

QString timesWithoutZone()
{
    return QStringLiteral("times have no zone in this tool: read in the server's own zone");
}

} // namespace taffrail::sources::migrations
