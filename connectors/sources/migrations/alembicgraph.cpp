// SPDX-License-Identifier: GPL-3.0-or-later
#include "alembicgraph.h"

#include "pythontext.h"
#include "text.h"

#include <algorithm>
#include <deque>

namespace taffrail::sources::migrations {

using schema::findAssignment;
using schema::PythonAssignment;
using schema::PythonToken;
using schema::pythonTokens;
using schema::stringsOf;

namespace {

/// First token of each statement in the body of a top-level function; nothing when there is no such function.
std::optional<std::vector<PythonToken>> statementsOf(const std::vector<PythonToken> &tokens, const char *function)
{
    for (size_t i = 0; i + 1 < tokens.size(); ++i) {
        if (!tokens[i].startsLine || tokens[i].column != 0 || !tokens[i].is("def") || !tokens[i + 1].is(function))
            continue;
        size_t at = i + 2;
        while (at < tokens.size() && tokens[at].kind != PythonToken::LineEnd
               && !(tokens[at].depth == 0 && tokens[at].is(":")))
            ++at;
        std::vector<PythonToken> statements;
        bool isFirst = true; // of "def f(): pass"
        for (++at; at < tokens.size() && !(tokens[at].startsLine && tokens[at].column == 0); ++at) {
            if ((tokens[at].startsLine || isFirst) && tokens[at].kind != PythonToken::LineEnd)
                statements.push_back(tokens[at]);
            isFirst = false;
        }
        return statements;
    }
    return std::nullopt;
}

bool isEmptyBody(const std::vector<PythonToken> &statements)
{
    return std::ranges::all_of(statements, [](const PythonToken &token) {
        return token.is("pass") || token.is(".") || token.kind == PythonToken::String;
    });
}

// Section "is there a way back": no or a raising downgrade is none; a bare pass is suspicious, unless nothing was done.
Reversible downgradeOf(const std::vector<PythonToken> &tokens, bool isMerge)
{
    const auto down = statementsOf(tokens, "downgrade");
    if (!down)
        return Reversible::No;
    const auto first
        = std::ranges::find_if(*down, [](const PythonToken &token) { return token.kind != PythonToken::String; });
    if (first != down->end() && first->is("raise"))
        return Reversible::No;
    if (isEmptyBody(*down)) {
        const auto up = statementsOf(tokens, "upgrade");
        return isMerge || (up && isEmptyBody(*up)) ? Reversible::Yes : Reversible::Unknown;
    }
    const bool isIndirect
        = std::ranges::any_of(*down, [](const PythonToken &token) { return token.is("raise") || token.is("globals"); });
    return isIndirect ? Reversible::Unknown : Reversible::Yes;
}

QString nameOf(const std::vector<PythonToken> &tokens, const MigrationFile &file, const QByteArray &id)
{
    if (!tokens.empty() && tokens.front().kind == PythonToken::String) {
        const QByteArray text = tokens.front().text.trimmed();
        const QByteArray line = text.left(text.indexOf('\n') < 0 ? text.size() : text.indexOf('\n'));
        if (!line.isEmpty())
            return wordsOf(line);
    }
    QByteArray stem = file.name().chopped(3);
    if (stem.startsWith(id + '_'))
        stem.remove(0, id.size() + 1);
    return wordsOf(stem);
}

} // namespace

std::optional<AlembicRevision> alembicRevisionOf(const MigrationFile &file)
{
    if (!file.isRead)
        return std::nullopt;
    const std::vector<PythonToken> tokens = pythonTokens(file.content);
    const PythonAssignment id = findAssignment(tokens, "revision", 0);
    const PythonAssignment down = findAssignment(tokens, "down_revision", 0);
    const QList<QByteArray> ids = stringsOf(tokens, id);
    if (!id.isFound || !down.isFound || ids.size() != 1 || ids.front().isEmpty())
        return std::nullopt;
    AlembicRevision revision;
    revision.id = ids.front();
    revision.down = stringsOf(tokens, down);
    revision.depends = stringsOf(tokens, findAssignment(tokens, "depends_on", 0));
    revision.name = nameOf(tokens, file, revision.id);
    if (file.isWhole)
        revision.reversible = downgradeOf(tokens, revision.down.size() > 1);
    return revision;
}

bool AlembicGraph::add(const AlembicRevision &revision)
{
    return m_revisions.emplace(revision.id, revision).second;
}

const AlembicRevision *AlembicGraph::find(const QByteArray &id) const
{
    const auto found = m_revisions.find(id);
    return found == m_revisions.end() ? nullptr : &found->second;
}

// A file may name a parent by the beginning of its id, if only one revision begins so.
QByteArray AlembicGraph::resolved(const QByteArray &id) const
{
    if (id.isEmpty() || m_revisions.contains(id))
        return id;
    const auto next = m_revisions.lower_bound(id);
    if (next == m_revisions.end() || !next->first.startsWith(id))
        return id;
    const auto second = std::next(next);
    return second != m_revisions.end() && second->first.startsWith(id) ? id : next->first;
}

QList<QByteArray> AlembicGraph::parentsOf(const AlembicRevision &revision) const
{
    QList<QByteArray> parents;
    for (const QByteArray &id : revision.down + revision.depends)
        parents.append(resolved(id));
    return parents;
}

std::vector<const AlembicRevision *> AlembicGraph::ordered() const
{
    std::map<QByteArray, int> waiting;
    std::map<QByteArray, std::vector<const AlembicRevision *>> children;
    std::deque<const AlembicRevision *> ready;
    for (const auto &[id, revision] : m_revisions) {
        std::set<QByteArray> parents;
        for (const QByteArray &parent : parentsOf(revision)) {
            if (m_revisions.contains(parent) && parents.insert(parent).second)
                children[parent].push_back(&revision);
        }
        waiting[id] = int(parents.size());
        if (parents.empty())
            ready.push_back(&revision);
    }
    std::vector<const AlembicRevision *> order;
    std::set<QByteArray> done;
    while (!ready.empty()) {
        const AlembicRevision *revision = ready.front();
        ready.pop_front();
        order.push_back(revision);
        done.insert(revision->id);
        for (const AlembicRevision *child : children[revision->id]) {
            if (--waiting[child->id] == 0)
                ready.push_back(child);
        }
    }
    for (const auto &[id, revision] : m_revisions) {
        if (!done.contains(id))
            order.push_back(&revision);
    }
    return order;
}

std::set<QByteArray> AlembicGraph::withAncestors(const std::set<QByteArray> &ids) const
{
    std::set<QByteArray> reached;
    std::vector<QByteArray> open(ids.begin(), ids.end());
    while (!open.empty()) {
        const QByteArray id = open.back();
        open.pop_back();
        const AlembicRevision *revision = find(id);
        if (!revision || !reached.insert(id).second)
            continue;
        for (const QByteArray &parent : parentsOf(*revision))
            open.push_back(parent);
    }
    return reached;
}

std::set<QByteArray> AlembicGraph::heads() const
{
    std::set<QByteArray> heads;
    for (const auto &[id, revision] : m_revisions)
        heads.insert(id);
    for (const auto &[id, revision] : m_revisions) {
        for (const QByteArray &parent : revision.down)
            heads.erase(resolved(parent));
    }
    return heads;
}

std::set<QByteArray> AlembicGraph::dangling() const
{
    std::set<QByteArray> missing;
    for (const auto &[id, revision] : m_revisions) {
        for (const QByteArray &parent : revision.down) {
            if (!m_revisions.contains(resolved(parent)))
                missing.insert(parent);
        }
    }
    return missing;
}

} // namespace taffrail::sources::migrations
