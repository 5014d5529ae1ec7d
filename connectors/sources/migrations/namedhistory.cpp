// SPDX-License-Identifier: GPL-3.0-or-later
#include "namedhistory.h"

#include "text.h"

#include <QHash>
#include <QSet>

#include <algorithm>

namespace taffrail::sources::migrations {

namespace {

class Merger {
public:
    Merger(const HistoryInput &input, const std::vector<NamedRow> &rows, const std::vector<NamedFile> &files,
           const NamedRules &rules)
        : m_input(input),
          m_rows(rows),
          m_files(files),
          m_rules(rules),
          m_history(startHistory(input, rules.tool))
    {
        nameRoots(m_history, files);
        for (size_t i = 0; i < files.size(); ++i) {
            m_places.insert(files[i].id, i);
            if (!files[i].alias.isEmpty())
                m_places.insert(files[i].alias, i);
        }
    }

    MigrationHistory merge()
    {
        for (const NamedRow &row : m_rows)
            addApplied(row);
        for (const NamedFile &file : m_files) {
            if (!m_applied.contains(file.id) && (file.alias.isEmpty() || !m_applied.contains(file.alias)))
                addPending(file);
        }
        if (!m_rows.empty())
            m_history.current = sanitizedLine(m_rules.isOrdered ? m_rows.back().id : m_highest, 200);
        if (m_isMissing && qstrlen(m_rules.missingWords) > 0)
            m_history.notes << QString::fromUtf8(m_rules.missingWords);
        m_history.notes << noFailureRecord();
        finishHistory(m_history, m_input);
        return std::move(m_history);
    }

private:
    void addApplied(const NamedRow &row)
    {
        Migration migration;
        migration.version = sanitizedLine(row.id, 300);
        migration.name = wordsOfName(row.id);
        migration.appliedAt = row.at;
        migration.note = row.note;
        migration.flags = {MigrationState::Applied};
        if (m_rules.isOrdered && isLate(row.id))
            migration.flags.insert(MigrationState::OutOfOrder);
        else if (!isLate(row.id))
            m_highest = row.id;
        const auto place = m_places.constFind(row.id);
        if (place == m_places.cend() && !m_files.empty())
            judgeMissing(migration, row.id);
        m_applied.insert(row.id);
        if (place != m_places.cend() && m_files[*place].id != row.id)
            m_applied.insert(m_files[*place].id);
        m_history.migrations.push_back(migration);
    }

    // Some tools keep the ending in the name: the same file compiled, or not yet, is another one to them.
    void judgeMissing(Migration &migration, const QByteArray &id)
    {
        migration.flags.insert(MigrationState::Missing);
        m_isMissing = true;
        QString note = QStringLiteral("no file carries this name");
        const QByteArray stem = withoutScriptEnding(id);
        const auto twin = std::ranges::find_if(
            m_files, [&stem](const NamedFile &file) { return withoutScriptEnding(file.id) == stem; });
        if (twin != m_files.end()) {
            note = QStringLiteral("only %1 is there: the tool compares whole names").arg(sanitizedLine(twin->id, 100));
            m_applied.insert(twin->id);
        }
        migration.note += migration.note.isEmpty() ? note : QStringLiteral("; ") + note;
    }

    void addPending(const NamedFile &file)
    {
        Migration migration;
        migration.version = sanitizedLine(file.id, 300);
        migration.name = wordsOfName(file.id);
        migration.provenance = Provenance::NotRecorded;
        migration.flags = {MigrationState::Pending};
        migration.note = file.note;
        if (isLate(file.id)) {
            migration.flags = {MigrationState::OutOfOrder, MigrationState::Pending};
            if (m_rules.late == Late::Refused) {
                migration.flags = {MigrationState::OutOfOrder, MigrationState::Blocked};
                migration.note = QString::fromUtf8(m_rules.lateWords);
            }
        }
        m_history.migrations.push_back(migration);
    }

    bool isLate(const QByteArray &id) const
    {
        if (m_highest.isEmpty())
            return false;
        return m_rules.key ? m_rules.key(id) < m_rules.key(m_highest) : id < m_highest;
    }

    const HistoryInput &m_input;
    const std::vector<NamedRow> &m_rows;
    const std::vector<NamedFile> &m_files;
    const NamedRules &m_rules;
    MigrationHistory m_history;
    QHash<QByteArray, size_t> m_places;
    QSet<QByteArray> m_applied;
    QByteArray m_highest;
    bool m_isMissing = false;
};

const FileTool fileTools[] = {
    {"prisma", prismaFiles},      {"knex", knexFiles},           {"node-pg-migrate", nodePgMigrateFiles},
    {"typeorm", typeormFiles},    {"sequelize", sequelizeFiles}, {"drizzle", drizzleFiles},
    {"mikro-orm", mikroOrmFiles}, {"kysely", kyselyFiles},       {"db-migrate", dbMigrateFiles},
};

} // namespace

MigrationHistory readNamed(const HistoryInput &input, const std::vector<NamedRow> &rows,
                           const std::vector<NamedFile> &files, const NamedRules &rules)
{
    return Merger(input, rows, files, rules).merge();
}

void sortNamed(std::vector<NamedFile> &files, QByteArray (*key)(const QByteArray &id))
{
    std::ranges::stable_sort(
        files, {}, [key](const NamedFile &file) { return std::pair(key ? key(file.id) : QByteArray(), file.id); });
    const auto rest = std::ranges::unique(files, {}, &NamedFile::id);
    files.erase(rest.begin(), rest.end());
}

void nameRoots(MigrationHistory &history, const std::vector<NamedFile> &files)
{
    std::vector<RootedFile> rooted;
    for (const NamedFile &file : files) {
        if (file.rooted.root)
            rooted.push_back(file.rooted);
    }
    nameFiles(history, rooted);
}

QString wordsOfName(const QByteArray &id)
{
    QByteArray words = withoutScriptEnding(id.mid(id.lastIndexOf('/') + 1));
    if (words.endsWith(".sql"))
        words.chop(4);
    qsizetype start = 0;
    while (start < words.size() && ((words[start] >= '0' && words[start] <= '9') || words[start] == '.'))
        ++start;
    if (start < words.size() && (words[start] == '_' || words[start] == '-'))
        words.remove(0, start + 1);
    words.replace('-', '_');
    return wordsOf(words);
}

const FileTool *fileToolNamed(const QString &tool)
{
    const auto found
        = std::ranges::find_if(fileTools, [&tool](const FileTool &each) { return tool == QLatin1String(each.name); });
    return found == std::end(fileTools) ? nullptr : found;
}

} // namespace taffrail::sources::migrations
