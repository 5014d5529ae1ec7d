// SPDX-License-Identifier: GPL-3.0-or-later
#include "liquibasefiles.h"

#include "text.h"

#include <algorithm>
#include <map>
#include <set>

namespace taffrail::sources::migrations {

namespace {

bool isChangelogName(const FileRoot &, const MigrationFile &file)
{
    const QByteArray name = file.name().toLower();
    return name.endsWith(".sql") || name.endsWith(".xml") || name.endsWith(".yaml") || name.endsWith(".yml")
        || name.endsWith(".json");
}

QByteArray normalised(const QByteArray &path)
{
    QByteArrayList parts;
    for (const QByteArray &part : path.split('/')) {
        if (part == ".." && !parts.isEmpty())
            parts.removeLast();
        else if (!part.isEmpty() && part != "." && part != "..")
            parts << part;
    }
    return parts.join('/');
}

bool endsWithPath(const QByteArray &path, const QByteArray &end)
{
    return path == end || path.endsWith('/' + end);
}

/// Whether PostgreSQL is among the databases of a list such as "postgresql, h2" or "!oracle".
bool isForPostgres(const QByteArray &dbms)
{
    bool hasPositive = false, isNamed = false;
    for (const QByteArray &part : dbms.toLower().split(',')) {
        const QByteArray word = part.trimmed();
        if (word.isEmpty())
            continue;
        if (word == "none" || word == "!postgresql")
            return false;
        if (word.startsWith('!'))
            continue;
        hasPositive = true;
        isNamed = isNamed || word == "postgresql" || word == "all";
    }
    return !hasPositive || isNamed;
}

QString conditionOf(const LiquibaseChangeSet &set)
{
    QStringList parts;
    if (!set.contexts.trimmed().isEmpty())
        parts << QStringLiteral("context %1").arg(sanitizedLine(set.contexts, 60));
    if (!set.labels.trimmed().isEmpty())
        parts << QStringLiteral("labels %1").arg(sanitizedLine(set.labels, 60));
    return parts.isEmpty() ? QString() : QStringLiteral("runs only with %1").arg(parts.join(QStringLiteral(", ")));
}

/// One root's changelogs.
class Walker {
public:
    Walker(const FileRoot &root, LiquibaseFiles &result) : m_root(root), m_result(result)
    {
        for (const MigrationFile &file : root.files) {
            if (!isChangelogName(root, file))
                continue;
            if (!file.isWhole) {
                m_result.cut.push_back(file.path);
                if (file.name().endsWith(".xml") || file.content.contains("databaseChangeLog")
                    || file.content.toLower().contains("liquibase formatted"))
                    m_result.notes << QStringLiteral("%1 is not known as a whole: what it holds is not compared")
                                          .arg(sanitizedLine(file.path, 100));
                continue;
            }
            auto log = liquibaseChangelogOf(file.name(), file.content);
            if (!log)
                continue;
            if (!log->fault.isEmpty())
                m_result.cut.push_back(file.path);
            if (!log->fault.isEmpty())
                m_result.notes << QStringLiteral("%1 could not be read to its end: %2")
                                      .arg(sanitizedLine(file.path, 100), sanitizedLine(log->fault.toUtf8(), 200));
            m_logs.emplace(file.path, Log{&file, std::move(*log)});
        }
    }

    void walk()
    {
        std::set<QByteArray> included;
        bool hasMaster = false;
        for (const auto &[path, log] : m_logs) {
            for (const auto &entry : log.changelog.entries) {
                if (const auto *include = std::get_if<LiquibaseInclude>(&entry)) {
                    hasMaster = true;
                    for (const QByteArray &target : targetsOf(*include, path))
                        included.insert(target);
                }
            }
        }
        const auto hasIncludes = [this](const QByteArray &path) {
            return std::ranges::any_of(m_logs.at(path).changelog.entries, [](const auto &entry) {
                return std::holds_alternative<LiquibaseInclude>(entry);
            });
        };
        for (const auto &[path, log] : m_logs) {
            if (!included.contains(path) && (!hasMaster || hasIncludes(path)))
                enter(path, path, 0);
        }
        // What no changelog includes does not run from here; rows may still come from it.
        m_isBeside = hasMaster && !m_isUnresolved;
        for (const auto &[path, log] : m_logs) {
            if (!m_visited.contains(path))
                enter(path, path, 0);
        }
        if (m_isUnresolved)
            m_result.notes << QStringLiteral("a changelog includes files that are not here");
    }

private:
    struct Log {
        const MigrationFile *file = nullptr;
        LiquibaseChangelog changelog;
    };

    static QByteArray folderOf(const QByteArray &path)
    {
        return path.left(std::max<qsizetype>(0, path.lastIndexOf('/')));
    }

    /// Where an include stands on disk, and how Liquibase calls it.
    std::vector<QByteArray> targetsOf(const LiquibaseInclude &include, const QByteArray &from) const
    {
        const QByteArray plain = normalised(comparablePath(include.path));
        const QByteArray near = normalised(folderOf(from) + '/' + include.path);
        const QByteArray wanted = include.isRelative ? near : plain;
        std::vector<QByteArray> found, loose;
        for (const auto &[path, log] : m_logs) {
            if (path == from || wanted.isEmpty())
                continue;
            if (include.isAll) {
                const QByteArray folder = folderOf(path);
                if (folder == wanted || folder.startsWith(wanted + '/'))
                    found.push_back(path);
                else if (('/' + folder + '/').contains('/' + plain + '/') || endsWithPath(plain, folder))
                    loose.push_back(path);
            } else if (path == wanted) {
                found.push_back(path);
            } else if (endsWithPath(path, plain) || endsWithPath(plain, path)) {
                loose.push_back(path);
            }
        }
        if (!found.empty() || loose.empty())
            return found;
        if (include.isAll)
            return loose;
        return {*std::ranges::min_element(loose, {}, [](const QByteArray &path) { return path.size(); })};
    }

    void enter(const QByteArray &path, const QByteArray &recorded, int depth)
    {
        if (depth > 50 || m_visited.contains(path))
            return;
        m_visited.insert(path);
        const Log &log = m_logs.at(path);
        const QByteArray called
            = log.changelog.logicalPath.isEmpty() ? recorded : comparablePath(log.changelog.logicalPath);
        for (const auto &entry : log.changelog.entries) {
            if (const auto *include = std::get_if<LiquibaseInclude>(&entry)) {
                const std::vector<QByteArray> targets = targetsOf(*include, path);
                m_isUnresolved = m_isUnresolved || targets.empty();
                for (const QByteArray &target : targets)
                    enter(target, calledBy(*include, target, recorded), depth + 1);
            } else {
                add(std::get<LiquibaseChangeSet>(entry), log, path, called);
            }
        }
    }

    static QByteArray calledBy(const LiquibaseInclude &include, const QByteArray &target, const QByteArray &recorded)
    {
        const QByteArray base = include.isRelative ? normalised(folderOf(recorded) + '/' + include.path)
                                                   : normalised(comparablePath(include.path));
        if (!include.isAll)
            return base;
        const QByteArray marker = '/' + base + '/';
        const qsizetype at = ('/' + target).indexOf(marker);
        return at < 0 ? target : base + '/' + ('/' + target).mid(at + marker.size());
    }

    void add(const LiquibaseChangeSet &set, const Log &log, const QByteArray &path, const QByteArray &called)
    {
        DiskMigration disk;
        const QByteArray file = set.logicalPath.isEmpty() ? called : comparablePath(set.logicalPath);
        disk.key = file + "::" + set.id + "::" + set.author;
        disk.version = sanitizedLine(disk.key, 500);
        disk.name = sanitizedLine(set.comment.isEmpty() ? set.id : set.comment, 200);
        disk.root = &m_root;
        disk.file = log.file;
        disk.sql = set.sql;
        disk.line = set.line;
        disk.opaque = set.opaque;
        disk.down = set.down;
        disk.reversible = set.reversible;
        disk.isRepeatable = set.runsOnChange || set.runsAlways;
        disk.isSkipped = m_isBeside || set.isIgnored || !isForPostgres(set.dbms);
        for (const QString &note : {set.wayBack, conditionOf(set)}) {
            if (!note.isEmpty())
                disk.note += (disk.note.isEmpty() ? QString() : QStringLiteral("; ")) + note;
        }
        m_result.disk.push_back(std::move(disk));
        m_result.sets.push_back(set);
        m_result.paths.push_back(path);
    }

    const FileRoot &m_root;
    LiquibaseFiles &m_result;
    std::map<QByteArray, Log> m_logs;
    std::set<QByteArray> m_visited;
    bool m_isBeside = false;
    bool m_isUnresolved = false;
};

} // namespace

QByteArray comparablePath(QByteArray path)
{
    path = path.trimmed();
    path.replace('\\', '/');
    if (path.startsWith("classpath:"))
        path = path.mid(10);
    while (path.startsWith("./") || path.startsWith('/'))
        path = path.mid(path.startsWith('/') ? 1 : 2);
    return path;
}

LiquibaseFiles liquibaseFiles(const Roots &roots)
{
    LiquibaseFiles files;
    for (const FileRoot *root : roots)
        Walker(*root, files).walk();
    return files;
}

} // namespace taffrail::sources::migrations
