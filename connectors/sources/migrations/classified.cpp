// SPDX-License-Identifier: GPL-3.0-or-later
#include "alembicgraph.h"
#include "alembicoperations.h"
#include "carried.h"
#include "diskverdict.h"
#include "djangofiles.h"
#include "djangooperations.h"
#include "flywayfiles.h"
#include "migrationreader.h"
#include "namedhistory.h"
#include "railsfiles.h"
#include "railsoperations.h"
#include "scriptoperations.h"

#include <QHash>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>
#include <map>

namespace taffrail::sources::migrations {

namespace {

using schema::CreatedObjects;
using schema::MigrationVerdict;

/// The file of one migration.
struct Found {
    const MigrationFile *file = nullptr;
    bool hasUndo = false;
};

/// Finds the files of a few versions among many without reading the others: a cheap look at each picks those that the
/// readers' own rules are then asked about.
class Finder {
public:
    Finder(const MigrationHistory &history, const std::vector<size_t> &wanted) : m_history(history)
    {
        for (const size_t index : wanted) {
            const QByteArray version = history.migrations[index].version.toUtf8();
            if (isTool("rails"))
                m_byKey.insert(railsVersion(version), index);
            else if (isTool("django"))
                m_byKey.insert(version.mid(version.indexOf('.') + 1), index);
            else if (isTool("flyway") && !version.endsWith(".sql"))
                m_byVersion.emplace(FlywayVersion(version), index);
            else
                m_byKey.insert(version.mid(version.lastIndexOf('/') + 1), index);
        }
    }

    QHash<size_t, Found> find(const std::vector<const FileRoot *> &roots)
    {
        if (const FileTool *tool = fileToolNamed(m_history.source)) {
            findNamed(*tool, roots);
            return std::move(m_found);
        }
        for (const FileRoot *root : roots) {
            for (const MigrationFile &file : root->files) {
                if (isTool("rails"))
                    rails(*root, file);
                else if (isTool("django"))
                    django(*root, file);
                else if (isTool("flyway"))
                    flyway(*root, file);
                else if (isTool("alembic"))
                    alembic(file);
            }
        }
        return std::move(m_found);
    }

private:
    void findNamed(const FileTool &tool, const std::vector<const FileRoot *> &roots)
    {
        for (const NamedFile &file : tool.files(roots)) {
            if (!file.rooted.file)
                continue;
            for (const QByteArray &id : {file.id, file.alias}) {
                const auto index = m_byKey.constFind(id);
                if (!id.isEmpty() && index != m_byKey.cend())
                    take(*index, *file.rooted.file);
            }
        }
    }

    bool isTool(const char *name) const { return m_history.source == QLatin1String(name); }

    void take(size_t index, const MigrationFile &file)
    {
        if (Found &found = m_found[index]; !found.file)
            found.file = &file;
    }

    void rails(const FileRoot &root, const MigrationFile &file)
    {
        const QByteArray name = file.name();
        const auto index = m_byKey.constFind(railsVersion(name.left(std::max<qsizetype>(0, name.indexOf('_')))));
        if (index != m_byKey.cend() && isRailsFile(root, file))
            take(*index, file);
    }

    // A label that differs from its folder is not found: such migrations stay unclassified.
    void django(const FileRoot &root, const MigrationFile &file)
    {
        const QByteArray name = file.name();
        if (!name.endsWith(".py"))
            return;
        for (auto index = m_byKey.constFind(name.chopped(3)); index != m_byKey.cend() && index.key() == name.chopped(3);
             ++index) {
            const QByteArray app = m_history.migrations[*index].version.section(QLatin1Char('.'), 0, 0).toUtf8();
            if (djangoFolder(root, file) == app && isDjangoFile(root, file))
                take(*index, file);
        }
    }

    void flyway(const FileRoot &root, const MigrationFile &file)
    {
        const QByteArray name = file.name();
        if (name.startsWith('R')) {
            if (const auto index = m_byKey.constFind(name); index != m_byKey.cend() && isFlywayFile(root, file))
                take(*index, file);
            return;
        }
        const qsizetype end = name.indexOf("__");
        if (end < 2 || !(name[0] == 'V' || name[0] == 'U'))
            return;
        const auto index = m_byVersion.find(FlywayVersion(name.mid(1, end - 1)));
        if (index == m_byVersion.end() || !isFlywayFile(root, file))
            return;
        if (name[0] == 'V')
            take(index->second, file);
        else
            m_found[index->second].hasUndo = true;
    }

    /// The text in the first quotes behind "revision" at the start of a line.
    static QByteArray quickRevision(const QByteArray &file)
    {
        const QByteArray content = file.startsWith("revision") ? '\n' + file : file;
        for (qsizetype at = content.indexOf("\nrevision"); at >= 0; at = content.indexOf("\nrevision", at + 1)) {
            const qsizetype end = content.indexOf('\n', at + 1);
            const QByteArray line = content.mid(at + 1, (end < 0 ? content.size() : end) - at - 1);
            const qsizetype equals = line.indexOf('=');
            qsizetype open = equals;
            while (open >= 0 && open < line.size() && line[open] != '"' && line[open] != '\'')
                ++open;
            const qsizetype close = open < 0 || open >= line.size() ? -1 : line.indexOf(line[open], open + 1);
            if (close > open)
                return line.mid(open + 1, close - open - 1);
        }
        return {};
    }

    void alembic(const MigrationFile &file)
    {
        if (!file.isRead || !file.path.endsWith(".py"))
            return;
        const auto index = m_byKey.constFind(quickRevision(file.content));
        if (index == m_byKey.cend())
            return;
        const auto revision = alembicRevisionOf(file);
        if (revision && revision->id == index.key())
            take(*index, file);
    }

    const MigrationHistory &m_history;
    QMultiHash<QByteArray, size_t> m_byKey;
    std::map<FlywayVersion, size_t> m_byVersion;
    QHash<size_t, Found> m_found;
};

MigrationVerdict verdictOf(const QString &source, const Migration &migration, const Found &found,
                           CreatedObjects &created)
{
    const QByteArray &content = found.file->content;
    if (source == QLatin1String("alembic"))
        return schema::classifyAlembic(content, created);
    if (source == QLatin1String("rails"))
        return schema::classifyRails(content, created);
    if (source == QLatin1String("django"))
        return schema::classifyDjango(content, migration.version.section(QLatin1Char('.'), 0, 0).toUtf8(), created);
    if (fileToolNamed(source))
        return schema::classifyNamedFile(source, found.file->path, content, created);
    return schema::classifyFlyway(content, found.hasUndo, created);
}

/// The first risks of what is still to run. What ran has run.
QString riskText(const MigrationVerdict &verdict)
{
    constexpr size_t mostShown = 4;
    QStringList parts;
    for (size_t i = 0; i < std::min(verdict.risks.size(), mostShown); ++i) {
        const schema::Risk &risk = verdict.risks[i];
        parts << QStringLiteral("line %1: %2 (%3)").arg(risk.line).arg(risk.why, risk.rule);
    }
    if (verdict.risks.size() > mostShown)
        parts << QStringLiteral("and %1 more").arg(verdict.risks.size() - mostShown);
    return parts.isEmpty() ? QString() : QStringLiteral("risk: ") + parts.join(QStringLiteral("; "));
}

bool isRunNext(const Migration &migration)
{
    return !migration.flags.contains(MigrationState::Applied)
        && (migration.flags.contains(MigrationState::Pending) || migration.flags.contains(MigrationState::Blocked));
}

void describe(Migration &migration, const MigrationVerdict &verdict)
{
    // What an earlier look at the same file said goes.
    static const QRegularExpression earlier(
        QStringLiteral("(^|; )(as the file is now, )?(line \\d+: |takes \\w+Lock|its way back loses |risk: ).*$"));
    migration.note.remove(earlier);
    migration.kinds = verdict.kinds;
    QString reason = decidingReason(verdict);
    if (migration.flags.contains(MigrationState::Mismatch) || migration.flags.contains(MigrationState::Outdated)) {
        migration.kinds.insert(MigrationKind::Unknown); // what ran is not what the file says now
        reason = reason.isEmpty() ? QString() : QStringLiteral("as the file is now, %1").arg(reason);
    }
    if (!reason.isEmpty())
        migration.note += migration.note.isEmpty() ? reason : QStringLiteral("; ") + reason;
    if (const QString risks = isRunNext(migration) ? riskText(verdict) : QString(); !risks.isEmpty())
        migration.note += migration.note.isEmpty() ? risks : QStringLiteral("; ") + risks;
}

/// The files of a tool whose migrations are known by their keys.
class DiskFinder {
public:
    DiskFinder(const Tool &tool, const MigrationHistory &history, const std::vector<const FileRoot *> &roots)
        : m_tool(tool),
          m_disk(tool.disk(roots))
    {
        if (tool.adopt) {
            QStringList versions;
            for (const Migration &migration : history.migrations)
                versions << migration.version;
            tool.adopt(m_disk, versions);
        }
        for (const DiskMigration &disk : m_disk)
            m_byKey.emplace(disk.key, &disk);
    }

    void judge(Migration &migration, CreatedObjects &created) const
    {
        const auto found = m_byKey.find(m_tool.keyOf ? m_tool.keyOf(migration.version) : migration.version.toUtf8());
        if (found == m_byKey.end())
            return;
        describe(migration, classifyDisk(*found->second, created));
        if (const QString loss = lossOfWayBack(*found->second); !loss.isEmpty())
            migration.note += migration.note.isEmpty() ? loss : QStringLiteral("; ") + loss;
    }

private:
    const Tool &m_tool;
    std::vector<DiskMigration> m_disk;
    std::map<QByteArray, const DiskMigration *> m_byKey;
};

/// Judges each of the applied for itself, and the others together: what one of them makes, the next ones may change.
void classifyThese(MigrationHistory &history, const std::vector<const FileRoot *> &roots,
                   const std::vector<size_t> &applied, const std::vector<size_t> &together)
{
    std::vector<size_t> wanted = applied;
    wanted.insert(wanted.end(), together.begin(), together.end());
    if (wanted.empty() || roots.empty())
        return;
    const Tool *tool = toolNamed(history.source);
    std::optional<DiskFinder> onDisk;
    QHash<size_t, Found> files;
    if (tool && tool->disk)
        onDisk.emplace(*tool, history, roots);
    else
        files = Finder(history, wanted).find(roots);
    const auto judge = [&](size_t index, CreatedObjects &created) {
        Migration &migration = history.migrations[index];
        if (onDisk) {
            onDisk->judge(migration, created);
            return;
        }
        const Found found = files.value(index);
        if (!found.file || !found.file->isWhole)
            return;
        const MigrationVerdict verdict = verdictOf(history.source, migration, found, created);
        describe(migration, verdict);
        if (!migration.version.endsWith(QLatin1String(".sql"))) // a repeatable one has no way back, and needs none
            migration.reversible = verdict.reversible;
    };
    for (const size_t index : applied) {
        CreatedObjects alone;
        judge(index, alone);
    }
    CreatedObjects shared;
    for (const size_t index : together)
        judge(index, shared);
}

std::vector<const FileRoot *> withoutErrors(const std::vector<FileRoot> &roots)
{
    std::vector<const FileRoot *> read;
    for (const FileRoot &root : roots) {
        if (!root.error)
            read.push_back(&root);
    }
    return read;
}

} // namespace

void classify(MigrationHistory &history, const std::vector<const FileRoot *> &roots)
{
    std::vector<size_t> applied, pending;
    for (size_t index = history.migrations.size(); index-- > 0 && applied.size() < mostClassified;) {
        if (history.migrations[index].flags.contains(MigrationState::Applied))
            applied.push_back(index);
    }
    for (size_t index = 0; index < history.migrations.size() && pending.size() < mostClassified; ++index) {
        if (isRunNext(history.migrations[index]))
            pending.push_back(index);
    }
    classifyThese(history, roots, applied, pending);
}

void classify(MigrationHistory &history, const std::vector<FileRoot> &roots)
{
    classify(history, withoutErrors(roots));
}

void classifySet(MigrationHistory &history, const std::vector<FileRoot> &roots, const QStringList &versions)
{
    const QSet<QString> chosen(versions.cbegin(), versions.cend());
    std::vector<size_t> together;
    for (size_t index = 0; index < history.migrations.size(); ++index) {
        if (chosen.contains(history.migrations[index].version))
            together.push_back(index);
    }
    classifyThese(history, withoutErrors(roots), {}, together);
}

} // namespace taffrail::sources::migrations
