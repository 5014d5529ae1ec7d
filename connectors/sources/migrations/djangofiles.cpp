// SPDX-License-Identifier: GPL-3.0-or-later
#include "djangofiles.h"

#include "pythontext.h"
#include "text.h"

#include <algorithm>
#include <deque>
#include <set>

namespace taffrail::sources::migrations {

using schema::findAssignment;
using schema::PythonAssignment;
using schema::PythonToken;
using schema::pythonTokens;

namespace {

constexpr const char *reversibleOperations[] = {
    "CreateModel",
    "DeleteModel",
    "RenameModel",
    "AlterModelTable",
    "AlterModelTableComment",
    "AlterUniqueTogether",
    "AlterIndexTogether",
    "AlterOrderWithRespectTo",
    "AlterModelOptions",
    "AlterModelManagers",
    "AddField",
    "RemoveField",
    "AlterField",
    "RenameField",
    "AddIndex",
    "RemoveIndex",
    "RenameIndex",
    "AddConstraint",
    "RemoveConstraint",
};

/// The pairs of a list such as [("shop", "0001_initial"), migrations.swappable_dependency(…)]; other items are left
/// out.
QList<DjangoKey> pairsOf(const std::vector<PythonToken> &tokens, const PythonAssignment &value)
{
    QList<DjangoKey> pairs;
    for (size_t i = value.first; i + 4 < value.last && i + 4 < tokens.size(); ++i) {
        const bool isPair = (tokens[i].is("(") || tokens[i].is("[")) && tokens[i + 1].kind == PythonToken::String
            && tokens[i + 2].is(",") && tokens[i + 3].kind == PythonToken::String
            && (tokens[i + 4].is(")") || tokens[i + 4].is("]") || tokens[i + 4].is(","));
        if (isPair)
            pairs.append({tokens[i + 1].text, tokens[i + 3].text});
    }
    return pairs;
}

/// Whether a call RunSQL(…) or RunPython(…) whose "(" is at `open` names its way back: by keyword or as second
/// argument.
bool hasReverse(const std::vector<PythonToken> &tokens, size_t open, size_t end, const char *keyword)
{
    const int depth = tokens[open].depth + 1;
    int commas = 0;
    for (size_t i = open + 1; i < end && !(tokens[i].depth < depth); ++i) {
        if (tokens[i].depth != depth)
            continue;
        if (tokens[i].is(keyword) && i + 1 < end && tokens[i + 1].is("="))
            return !(i + 2 < end && tokens[i + 2].is("None"));
        if (tokens[i].is(",")) {
            ++commas;
            const bool isPositional
                = i + 2 < end && tokens[i + 1].depth == depth && !tokens[i + 1].is(")") && !tokens[i + 2].is("=");
            if (commas == 1 && isPositional)
                return !tokens[i + 1].is("None");
        }
    }
    return false;
}

// The operations one level inside the list. RunSQL and RunPython without a way back make the migration one-way; an
// operation that is not Django's own can't be judged.
Reversible reversibleOf(const std::vector<PythonToken> &tokens)
{
    const PythonAssignment value = findAssignment(tokens, "operations", -1);
    if (!value.isFound)
        return Reversible::Unknown;
    const size_t end = std::min(value.last, tokens.size());
    if (value.first >= end || !tokens[value.first].is("["))
        return Reversible::Unknown;
    bool isUnknown = false;
    for (size_t i = value.first + 1; i < end; ++i) {
        const PythonToken &token = tokens[i];
        const bool isCall = token.is("(") && token.depth == 1 && i > 0 && tokens[i - 1].kind == PythonToken::Name;
        if (!isCall) {
            isUnknown |= token.depth == 1 && token.is("*");
            continue;
        }
        const QByteArray name = tokens[i - 1].text;
        if (name == "RunSQL" || name == "RunPython") {
            if (!hasReverse(tokens, i, end, name == "RunSQL" ? "reverse_sql" : "reverse_code"))
                return Reversible::No;
        } else if (std::ranges::none_of(reversibleOperations, [&name](const char *known) { return name == known; })) {
            isUnknown = true;
        }
    }
    return isUnknown ? Reversible::Unknown : Reversible::Yes;
}

DjangoMigration declaredBy(const MigrationFile &file)
{
    DjangoMigration migration;
    if (!file.isRead)
        return migration;
    const std::vector<PythonToken> tokens = pythonTokens(file.content);
    migration.dependencies = pairsOf(tokens, findAssignment(tokens, "dependencies", -1));
    migration.replaces = pairsOf(tokens, findAssignment(tokens, "replaces", -1));
    const PythonAssignment atomic = findAssignment(tokens, "atomic", -1);
    migration.isAtomic = !(atomic.isFound && atomic.first < tokens.size() && tokens[atomic.first].is("False"));
    if (file.isWhole)
        migration.reversible = reversibleOf(tokens);
    return migration;
}

QByteArray nameOf(const MigrationFile &file)
{
    return file.name().chopped(3);
}

// AppConfig.label may differ from the folder: a dependency on a migration of the same folder tells the label.
QByteArray labelOf(const QByteArray &folder, const std::map<QByteArray, DjangoMigration> &inFolder)
{
    std::map<QByteArray, int> votes;
    for (const auto &[name, migration] : inFolder) {
        for (const DjangoKey &dependency : migration.dependencies) {
            if (inFolder.contains(dependency.name) && dependency.name != name)
                ++votes[dependency.app];
        }
    }
    if (votes.empty() || votes.contains(folder))
        return folder;
    return std::ranges::max_element(votes, {}, [](const auto &vote) { return vote.second; })->first;
}

} // namespace

QString DjangoKey::shown() const
{
    return sanitizedLine(app + '.' + name);
}

QByteArray djangoFolder(const FileRoot &root, const MigrationFile &file)
{
    const QByteArray folder = file.folder();
    if (folder.isEmpty())
        return root.rootName() == "migrations" ? root.rootParent() : QByteArray();
    if (folder == "migrations")
        return root.rootName();
    if (!folder.endsWith("/migrations"))
        return {};
    const QByteArray app = folder.chopped(qsizetype(qstrlen("/migrations")));
    return app.mid(app.lastIndexOf('/') + 1);
}

bool isDjangoFile(const FileRoot &root, const MigrationFile &file)
{
    const QByteArray name = file.name();
    if (!name.endsWith(".py") || name.startsWith('_') || name.startsWith('~') || djangoFolder(root, file).isEmpty())
        return false;
    // A folder "migrations" may be Alembic's; a file that was not read counts by its usual name.
    if (!file.isRead)
        return name.size() > 5 && std::isdigit(static_cast<unsigned char>(name.front())) != 0;
    return file.content.contains("Migration") && file.content.contains("migrations");
}

std::map<DjangoKey, DjangoMigration> djangoMigrations(const std::vector<RootedFile> &files)
{
    std::map<QByteArray, std::map<QByteArray, DjangoMigration>> byFolder;
    for (const RootedFile &rooted : files)
        byFolder[djangoFolder(*rooted.root, *rooted.file)].try_emplace(nameOf(*rooted.file), declaredBy(*rooted.file));
    std::map<DjangoKey, DjangoMigration> migrations;
    for (const auto &[folder, inFolder] : byFolder) {
        const QByteArray label = labelOf(folder, inFolder);
        for (const auto &[name, migration] : inFolder)
            migrations.try_emplace({label, name}, migration);
    }
    return migrations;
}

std::vector<DjangoKey> djangoOrder(const std::map<DjangoKey, DjangoMigration> &migrations)
{
    std::map<DjangoKey, int> waiting;
    std::map<DjangoKey, std::vector<DjangoKey>> dependents;
    std::deque<DjangoKey> ready;
    for (const auto &[key, migration] : migrations) {
        std::set<DjangoKey> needed;
        for (const DjangoKey &dependency : migration.dependencies) {
            if (migrations.contains(dependency) && needed.insert(dependency).second)
                dependents[dependency].push_back(key);
        }
        waiting[key] = int(needed.size());
        if (needed.empty())
            ready.push_back(key);
    }
    std::vector<DjangoKey> order;
    std::set<DjangoKey> done;
    while (!ready.empty()) {
        const DjangoKey key = ready.front();
        ready.pop_front();
        order.push_back(key);
        done.insert(key);
        for (const DjangoKey &dependent : dependents[key]) {
            if (--waiting[dependent] == 0)
                ready.push_back(dependent);
        }
    }
    for (const auto &[key, migration] : migrations) {
        if (!done.contains(key))
            order.push_back(key);
    }
    return order;
}

} // namespace taffrail::sources::migrations
