// SPDX-License-Identifier: GPL-3.0-or-later
#include "scriptoperations.h"

#include "operationlog.h"
#include "scripttext.h"
#include "statementtrees.h"

#include <QSet>

#include <algorithm>

namespace taffrail::schema {

namespace {

using Kind = ScriptToken::Kind;

/// Calls whose first argument is SQL that they send.
bool sendsSql(const QByteArray &word)
{
    static const QSet<QByteArray> calls{"query", "raw", "addSql", "sql", "runSql", "unsafe", "executeRaw"};
    return calls.contains(word);
}

/// What the name of a call hints at: the worst that it may mean for an older release.
struct CallHint {
    const char *word; ///< in lower case
    MigrationKind kind;
    const char *why;
};
constexpr CallHint hints[] = {
    {"droptable", MigrationKind::Irreversible, "a table is dropped"},
    {"droptables", MigrationKind::Irreversible, "tables are dropped"},
    {"droptableifexists", MigrationKind::Irreversible, "a table is dropped"},
    {"dropschema", MigrationKind::Irreversible, "a schema is dropped"},
    {"dropcolumn", MigrationKind::Irreversible, "a column is dropped"},
    {"dropcolumns", MigrationKind::Irreversible, "columns are dropped"},
    {"removecolumn", MigrationKind::Irreversible, "a column is dropped"},
    {"truncate", MigrationKind::Irreversible, "rows are dropped"},
    {"truncatetable", MigrationKind::Irreversible, "rows are dropped"},
    {"renametable", MigrationKind::Contract, "a table gets another name"},
    {"renamecolumn", MigrationKind::Contract, "a column gets another name"},
    {"renameto", MigrationKind::Contract, "something gets another name"},
    {"dropview", MigrationKind::Contract, "a view is dropped"},
    {"dropmaterializedview", MigrationKind::Contract, "a view is dropped"},
    {"dropfunction", MigrationKind::Contract, "a function is dropped"},
    {"droptype", MigrationKind::Contract, "a type is dropped"},
    {"altercolumn", MigrationKind::Contract, "a column is changed"},
    {"changecolumn", MigrationKind::Contract, "a column is changed"},
    {"modifycolumn", MigrationKind::Contract, "a column is changed"},
    {"setnotnull", MigrationKind::Contract, "a column must be filled"},
    {"bulkdelete", MigrationKind::Data, "rows are deleted"},
    {"bulkupdate", MigrationKind::Data, "rows are changed"},
    {"deletefrom", MigrationKind::Data, "rows are deleted"},
    {"updatetable", MigrationKind::Data, "rows are changed"},
};

class ScriptReader {
public:
    ScriptReader(const QByteArray &script, const QString &tool, CreatedObjects &created)
        : m_script(script),
          m_tool(tool),
          m_tokens(scriptTokens(script)),
          m_log(script, created)
    {
    }

    MigrationVerdict read()
    {
        const ScriptFunction up = functionNamed(m_tokens, "up");
        if (!up.isFound || !up.isBodyKnown) {
            m_log.unknown(up.isFound ? QStringLiteral("what its up does does not stand in this file")
                                     : QStringLiteral("no up was found in it"));
            hintAt({0, m_tokens.size()});
        } else {
            readBody(up.body);
        }
        judgeDown(functionNamed(m_tokens, "down"));
        return m_log.finished(m_reversible, m_wayBack);
    }

private:
    bool is(size_t at, const char *what) const { return at < m_tokens.size() && m_tokens[at].is(what); }

    void readBody(const TokenRange &body)
    {
        for (size_t at = body.first; at < body.last;) {
            if (is(at, ";") || is(at, ",")) {
                ++at;
                continue;
            }
            const size_t next = sqlCall(at, body.last);
            if (next == 0) { // anything but SQL: the rest depends on it
                const ScriptToken &token = m_tokens[at];
                m_log.at(token.line, token.begin, endOfLine(token.begin));
                m_log.unknown(QStringLiteral("code, of which only a run tells what it does"));
                hintAt({at, body.last});
                return;
            }
            at = next;
        }
    }

    qsizetype endOfLine(qsizetype from) const
    {
        const qsizetype most = std::min<qsizetype>(m_script.size(), from + 700);
        while (from < most && m_script[from] != '\n')
            ++from;
        return from;
    }

    /// Takes one statement that does nothing but send SQL; the place behind it, or 0.
    size_t sqlCall(size_t at, size_t last)
    {
        while (at < last && (is(at, "await") || is(at, "return")))
            ++at;
        const size_t start = at;
        size_t name = at;
        while (at < last && m_tokens[at].kind == Kind::Word) {
            name = at++;
            if (!is(at, "."))
                break;
            ++at;
        }
        if (at >= last || name < start || m_tokens[name].kind != Kind::Word)
            return 0;
        if (m_tokens[name].is("sql") && m_tokens[at].kind == Kind::Text)
            return taggedSql(start, at, last);
        if (!sendsSql(m_tokens[name].text) || !is(at, "(") || at + 1 >= last || m_tokens[at + 1].kind != Kind::Text)
            return 0;
        const size_t behind = behindClosing(m_tokens, at);
        if (behind > last || !is(behind - 1, ")"))
            return 0;
        // What else is passed must not do anything of its own.
        if (at + 2 < behind - 1 && (!is(at + 2, ",") || hasCall(at + 3, behind - 1)))
            return 0;
        return endsHere(behind, last) ? judged(start, at + 1, behind) : 0;
    }

    /// sql`…`.execute(db)
    size_t taggedSql(size_t start, size_t text, size_t last)
    {
        if (!is(text + 1, ".") || !is(text + 2, "execute") || !is(text + 3, "("))
            return 0;
        const size_t behind = behindClosing(m_tokens, text + 3);
        if (behind > last || hasCall(text + 4, behind - 1))
            return 0;
        return endsHere(behind, last) ? judged(start, text, behind) : 0;
    }

    bool hasCall(size_t first, size_t last) const
    {
        for (size_t at = first; at < last; ++at) {
            if (is(at, "(") || is(at, "=>"))
                return true;
        }
        return false;
    }

    /// A statement that goes on (".then(…)", "+ …") is more than its SQL.
    bool endsHere(size_t at, size_t last) const
    {
        if (at >= last || is(at, ";") || is(at, ",") || is(at, "}"))
            return true;
        return m_tokens[at].kind == Kind::Word && m_tokens[at].line > m_tokens[at - 1].line;
    }

    size_t judged(size_t start, size_t text, size_t behind)
    {
        m_log.at(m_tokens[start].line, m_tokens[start].begin, m_tokens[behind - 1].end);
        m_log.sql(m_tokens[text].text, m_tokens[text].line, m_tokens[text].isFilledIn);
        return behind;
    }

    static bool looksLikeSql(const QByteArray &text)
    {
        static const QSet<QByteArray> verbs{"create",   "alter",  "drop",  "insert", "update",  "delete",
                                            "truncate", "rename", "grant", "revoke", "reindex", "with"};
        const QByteArray start = text.trimmed().left(40).toLower();
        const qsizetype space = start.indexOf(' ');
        return space > 0 && verbs.contains(start.left(space)) && text.trimmed().size() > space + 3;
    }

    /// What stands in code may run or not: it adds to what is unknown, and makes nothing that others may count on.
    void hintAt(const TokenRange &range)
    {
        const size_t depth = m_log.perhaps();
        for (size_t at = range.first; at < range.last; ++at) {
            const ScriptToken &token = m_tokens[at];
            m_log.at(token.line, token.begin, endOfLine(token.begin));
            if (token.kind == Kind::Text && looksLikeSql(token.text))
                m_log.sql(token.text, token.line, false);
            else if (token.kind == Kind::Word && is(at + 1, "("))
                hintOf(token.text.toLower());
        }
        m_log.endPerhaps(depth);
    }

    void hintOf(const QByteArray &word)
    {
        const auto found = std::ranges::find_if(hints, [&word](const CallHint &hint) { return word == hint.word; });
        if (found != std::end(hints))
            m_log.add(found->kind, QStringLiteral("by the name of the call, %1").arg(QLatin1String(found->why)));
    }

    void judgeDown(const ScriptFunction &down)
    {
        if (!down.isFound) {
            // node-pg-migrate turns the operations of up round by itself, as far as it can.
            const bool isInferred = m_tool == QLatin1String("node-pg-migrate");
            m_reversible = isInferred ? Reversible::Unknown : Reversible::No;
            m_wayBack = isInferred ? QStringLiteral("there is no down: the tool tries to turn up round")
                                   : QStringLiteral("there is no down");
            return;
        }
        if (down.isRefused || (down.isBodyKnown && isEmpty(down.body))) {
            m_reversible = Reversible::No;
            m_wayBack = down.isRefused ? QStringLiteral("down is set to nothing") : QStringLiteral("down is empty");
            return;
        }
        for (size_t at = down.body.first; at < down.body.last; ++at) {
            if (is(at, "throw")) {
                m_reversible = at == down.body.first ? Reversible::No : Reversible::Unknown;
                m_wayBack = QStringLiteral("down throws an error");
                return;
            }
        }
        m_reversible = down.isBodyKnown ? Reversible::Yes : Reversible::Unknown;
        m_wayBack = down.isBodyKnown ? QString() : QStringLiteral("what its down does does not stand in this file");
    }

    /// Nothing but "return", "resolve()" and the like.
    bool isEmpty(const TokenRange &body) const
    {
        for (size_t at = body.first; at < body.last; ++at) {
            if (!is(at, ";") && !is(at, "return") && !is(at, "null") && !is(at, "undefined") && !is(at, "Promise")
                && !is(at, ".") && !is(at, "resolve") && !is(at, "(") && !is(at, ")") && !is(at, "await"))
                return false;
        }
        return true;
    }

    const QByteArray &m_script;
    QString m_tool;
    std::vector<ScriptToken> m_tokens;
    OperationLog m_log;
    Reversible m_reversible = Reversible::Unknown;
    QString m_wayBack;
};

MigrationVerdict plainSql(const QByteArray &sql, CreatedObjects &created, Reversible reversible, const QString &wayBack)
{
    OperationLog log(sql, created);
    log.sql(sql, 1, false);
    return log.finished(reversible, wayBack);
}

/// node-pg-migrate: "-- Up Migration" and "-- Down Migration", in any case and with any blanks.
MigrationVerdict sectionedSql(const QByteArray &path, const QByteArray &content, CreatedObjects &created)
{
    if (path.endsWith(".up.sql"))
        return plainSql(content, created, Reversible::Unknown,
                        QStringLiteral("its way back is a file of its own, which was not looked at"));
    QByteArray up;
    bool isUp = true, hasDown = false, downDoes = false;
    for (const QByteArray &line : content.split('\n')) {
        const QByteArray bare = line.simplified().toLower();
        qsizetype start = 0;
        while (start < bare.size() && (bare[start] == '-' || bare[start] == ' '))
            ++start;
        const QByteArray mark = bare.mid(start);
        if (mark.startsWith("up migration"))
            isUp = true;
        else if (mark.startsWith("down migration")) {
            isUp = false;
            hasDown = true;
        } else if (!isUp && !bare.isEmpty() && !bare.startsWith("--")) {
            downDoes = true;
        }
        up += isUp ? line + '\n' : QByteArray("\n"); // every line keeps its number
    }
    const Reversible reversible = downDoes ? Reversible::Yes : Reversible::No;
    return plainSql(up, created, reversible,
                    downDoes      ? QString()
                        : hasDown ? QStringLiteral("its down section is empty")
                                  : QStringLiteral("it has no down section"));
}

} // namespace

MigrationVerdict classifyScript(const QByteArray &script, const QString &tool, CreatedObjects &created)
{
    if (script.size() > mostMigrationBytes) {
        MigrationVerdict verdict;
        verdict.kinds = {MigrationKind::Unknown};
        return verdict;
    }
    return ScriptReader(script, tool, created).read();
}

MigrationVerdict classifyNamedFile(const QString &tool, const QByteArray &path, const QByteArray &content,
                                   CreatedObjects &created)
{
    if (!path.endsWith(".sql"))
        return classifyScript(content, tool, created);
    if (tool == QLatin1String("node-pg-migrate"))
        return sectionedSql(path, content, created);
    return plainSql(content, created, Reversible::No, QStringLiteral("%1 has no way down").arg(tool));
}

} // namespace taffrail::schema
