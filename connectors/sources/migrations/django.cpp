// SPDX-License-Identifier: GPL-3.0-or-later
#include "djangofiles.h"

#include "text.h"

#include <algorithm>
#include <set>

namespace taffrail::sources::migrations {

namespace {

QString nameWords(const QByteArray &name)
{
    const qsizetype score = name.indexOf('_');
    const bool isNumbered
        = score > 0 && std::ranges::all_of(name.left(score), [](char byte) { return byte >= '0' && byte <= '9'; });
    return wordsOf(isNumbered ? name.mid(score + 1) : name);
}

class Reader {
public:
    explicit Reader(const HistoryInput &input) : m_input(input), m_history(startHistory(input, "django"))
    {
        const std::vector<RootedFile> files = filesWhere(input, isDjangoFile);
        nameFiles(m_history, files);
        m_files = djangoMigrations(files);
        for (const auto &[key, migration] : m_files) {
            m_apps.insert(key.app);
            for (const DjangoKey &replaced : migration.replaces)
                m_replacedBy.emplace(replaced, key);
        }
    }

    MigrationHistory read()
    {
        addRecorded();
        addFromFiles();
        nameCurrent();
        addConflicts();
        m_history.notes << noFailureRecord();
        finishHistory(m_history, m_input);
        return std::move(m_history);
    }

private:
    Migration startedFrom(const DjangoKey &key) const
    {
        Migration migration;
        migration.version = key.shown();
        migration.name = nameWords(key.name);
        if (const auto file = m_files.find(key); file != m_files.end()) {
            migration.reversible = file->second.reversible;
            if (!file->second.isAtomic)
                migration.note = QStringLiteral("runs without a transaction: a failure can leave half of it");
        }
        return migration;
    }

    void addRecorded()
    {
        for (size_t row = 0; m_input.rows && row < m_input.rows->rows.size(); ++row) {
            const DjangoKey key{cellText(*m_input.rows, row, "app"), cellText(*m_input.rows, row, "name")};
            if (!m_applied.insert(key).second)
                continue; // a row written twice
            m_newest[key.app] = key;
            Migration migration = startedFrom(key);
            migration.appliedAt = cellTime(*m_input.rows, row, "applied");
            migration.flags = {MigrationState::Applied};
            if (!m_files.empty() && !m_files.contains(key))
                explainAbsence(migration, key);
            m_history.migrations.push_back(migration);
        }
    }

    void explainAbsence(Migration &migration, const DjangoKey &key) const
    {
        if (!m_apps.contains(key.app)) {
            migration.note = externalApp();
        } else if (const auto squash = m_replacedBy.find(key); squash != m_replacedBy.end()) {
            migration.note = QStringLiteral("replaced by %1").arg(squash->second.shown());
        } else {
            migration.flags.insert(MigrationState::Missing);
            migration.note = QStringLiteral("no file in the compared checkout");
        }
    }

    enum class Squash { None, Open, Done, Partly };
    Squash squashOf(const DjangoMigration &migration) const
    {
        if (migration.replaces.isEmpty())
            return Squash::None;
        const auto applied = std::ranges::count_if(migration.replaces,
                                                   [this](const DjangoKey &key) { return m_applied.contains(key); });
        return applied == 0 ? Squash::Open : applied == migration.replaces.size() ? Squash::Done : Squash::Partly;
    }

    /// A replaced migration is not run while its squash stands in for it.
    bool isStoodInFor(const DjangoKey &key) const
    {
        const auto squash = m_replacedBy.find(key);
        if (squash == m_replacedBy.end())
            return false;
        const auto file = m_files.find(squash->second);
        return m_applied.contains(squash->second) || (file != m_files.end() && squashOf(file->second) == Squash::Open);
    }

    bool isSatisfied(const DjangoKey &key) const
    {
        const auto file = m_files.find(key);
        return m_applied.contains(key) || (file != m_files.end() && squashOf(file->second) == Squash::Done)
            || isStoodInFor(key);
    }

    void addFromFiles()
    {
        std::set<DjangoKey> neededByApplied;
        for (const auto &[key, migration] : m_files) {
            if (!m_applied.contains(key))
                continue;
            for (const DjangoKey &dependency : migration.dependencies)
                neededByApplied.insert(dependency);
        }
        for (const DjangoKey &key : djangoOrder(m_files)) {
            if (m_applied.contains(key) || isStoodInFor(key))
                continue;
            const Squash squash = squashOf(m_files.at(key));
            Migration migration = startedFrom(key);
            migration.provenance = Provenance::NotRecorded;
            migration.flags = {MigrationState::Pending};
            if (squash == Squash::Done) {
                migration.provenance = Provenance::Inferred;
                migration.flags = {MigrationState::Applied};
                migration.note = QStringLiteral("all migrations that it replaces are applied");
            } else if (squash == Squash::Partly) {
                migration.flags = {MigrationState::Blocked};
                migration.note = QStringLiteral(
                    "only some of the migrations that it replaces are applied: Django goes on with those");
            } else if (neededByApplied.contains(key) && !isSatisfied(key)) {
                migration.flags = {MigrationState::Blocked};
                migration.note = QStringLiteral(
                    "a migration that depends on it is applied already: Django refuses (inconsistent history)");
            }
            m_history.migrations.push_back(migration);
        }
    }

    void nameCurrent()
    {
        QStringList heads;
        for (const auto &[app, key] : m_newest) {
            if (m_apps.empty() || m_apps.contains(app))
                heads << key.shown();
        }
        m_history.current = heads.join(QStringLiteral(", "));
    }

    // Two migrations of one app that nothing depends on: Django asks for "makemigrations --merge".
    void addConflicts()
    {
        std::map<QByteArray, std::set<DjangoKey>> leaves;
        for (const auto &[key, migration] : m_files) {
            if (!m_replacedBy.contains(key))
                leaves[key.app].insert(key);
        }
        for (const auto &[key, migration] : m_files) {
            for (const DjangoKey &dependency : migration.dependencies) {
                if (dependency.app != key.app)
                    continue;
                leaves[key.app].erase(dependency);
                if (const auto squash = m_replacedBy.find(dependency);
                    squash != m_replacedBy.end() && !(squash->second == key))
                    leaves[key.app].erase(squash->second);
            }
        }
        for (const auto &[app, keys] : leaves) {
            if (keys.size() < 2)
                continue;
            QStringList names;
            for (const DjangoKey &key : keys)
                names << key.shown();
            m_history.notes << QStringLiteral("merge needed: %1").arg(names.join(QStringLiteral(", ")));
        }
    }

    const HistoryInput &m_input;
    MigrationHistory m_history;
    std::map<DjangoKey, DjangoMigration> m_files;
    std::set<QByteArray> m_apps; ///< that have files
    std::map<DjangoKey, DjangoKey> m_replacedBy;
    std::set<DjangoKey> m_applied;
    std::map<QByteArray, DjangoKey> m_newest; ///< by app
};

} // namespace

MigrationHistory readDjango(const HistoryInput &input)
{
    return Reader(input).read();
}

} // namespace taffrail::sources::migrations
