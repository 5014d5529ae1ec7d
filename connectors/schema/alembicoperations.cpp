// SPDX-License-Identifier: GPL-3.0-or-later
#include "alembicoperations.h"

#include "alembiccommands.h"
#include "pythonwalker.h"
#include "statementtrees.h"

#include <QSet>

#include <algorithm>

namespace taffrail::schema {

namespace {

constexpr int mostInlined = 50;

class Reader : public PythonWalker {
public:
    Reader(const PythonTokens &tokens, OperationLog &log)
        : PythonWalker(tokens, log),
          m_functions(pythonFunctions(tokens))
    {
        m_texts = pythonConstants(tokens);
    }

    MigrationVerdict read()
    {
        const PythonFunction *up = functionNamed(m_functions, "upgrade");
        if (!up) {
            m_log.unknown(QStringLiteral("it has no upgrade()"));
            return m_log.finished(Reversible::Unknown, QStringLiteral("it has no upgrade()"));
        }
        walk(up->body);
        QString why;
        const Reversible reversible = wayBack(why);
        return m_log.finished(reversible, why);
    }

private:
    /// Batches and blocks without a transaction: their operations are the block's own.
    bool enterWith(const TokenSpan &head, const TokenSpan &body) override
    {
        const auto call = pythonCallAt(m_tokens, head.first + 1, head.last);
        if (!call || call->head.size() != 2 || call->head[0] != "op")
            return false;
        const size_t next = call->span.last;
        if (call->name() == "get_context") {
            const bool isKnown
                = next + 1 < head.last && isOneOf(m_tokens[next + 1].text, "autocommit_block", "begin_transaction");
            if (isKnown)
                walk(body);
            return isKnown;
        }
        if (call->name() != "batch_alter_table" || next + 2 != head.last || !m_tokens[next].is("as"))
            return false;
        const auto before = m_batches;
        m_batches.insert(m_tokens[next + 1].text,
                         alembicTable(m_tokens, *call, 0, "table_name", m_texts).value_or(QStringLiteral("?")));
        walk(body);
        m_batches = before;
        return true;
    }

    /// Conditions that only look.
    bool isHarmless(const TokenSpan &span) const override
    {
        for (size_t at = span.first; at + 1 < span.last; ++at) {
            if (m_tokens[at].kind == PythonToken::Name && m_tokens[at + 1].is("(")
                && !isOneOf(m_tokens[at].text, "get_bind", "get_context", "has_table", "get_columns", "get_table_names",
                            "get_indexes", "get_unique_constraints", "get_foreign_keys", "len", "isinstance", "inspect",
                            "from_engine", "bool", "any", "all", "not", "and", "or", "in", "if"))
                return false;
        }
        return true;
    }

    void statement(const TokenSpan &span) override
    {
        const PythonToken &first = m_tokens[span.first];
        if (first.kind == PythonToken::String && span.last - span.first == 1)
            return;
        if (isOneOf(first.text, "pass", "import", "from", "global", "nonlocal", ".")
            && first.kind != PythonToken::String)
            return;
        if (first.is("return") || first.is("del") || first.is("assert")) {
            if (containsCall(m_tokens, span))
                m_log.unknown(QStringLiteral("it calls what is not known"));
            return;
        }
        if (first.is("raise")) {
            m_log.unknown(QStringLiteral("it stops with an error"));
            return;
        }
        for (size_t at = span.first; at < span.last; ++at) {
            const bool assigns = m_tokens[at].depth == 0 && m_tokens[at].is("=")
                && !(at + 1 < span.last && m_tokens[at + 1].is("=")) && at > span.first && !m_tokens[at - 1].is("=")
                && !m_tokens[at - 1].is("!") && !m_tokens[at - 1].is("<") && !m_tokens[at - 1].is(">");
            if (assigns) {
                assignment({span.first, at}, {at + 1, span.last});
                return;
            }
        }
        expression(span);
    }

    void assignment(const TokenSpan &target, const TokenSpan &value)
    {
        const QByteArray name = m_tokens[target.first].text;
        const bool isPlain = target.last - target.first == 1 || (m_tokens[target.first + 1].is(":"));
        const bool hadText = m_texts.contains(name);
        m_texts.remove(name);
        m_tables.remove(name);
        m_enums.remove(name);
        m_connections.remove(name);
        if (const auto text = pythonLiteral(m_tokens, value); text && isPlain) {
            if (!hadText || m_log.depth() == 0) // else either of the two may stand there
                m_texts.insert(name, *text);
            return;
        }
        if (!containsCall(m_tokens, value))
            return;
        const auto call = pythonCallAt(m_tokens, value.first, value.last);
        if (!call) {
            m_log.unknown(QStringLiteral("it calls what is not known"));
            return;
        }
        const QByteArray made = call->name();
        const bool isWhole = call->span.last == value.last;
        const auto first = call->positional.empty() ? std::nullopt : pythonLiteral(m_tokens, call->positional.front());
        if (isWhole && isPlain && isOneOf(made, "get_bind", "Session", "connect")) {
            m_connections.insert(name);
        } else if (isWhole && isPlain && isOneOf(made, "table", "Table") && first) {
            m_tables.insert(name, QString::fromUtf8(*first));
        } else if (isWhole && isPlain && isOneOf(made, "Enum", "ENUM")) {
            m_enums.insert(name, enumName(*call));
        } else if (isWhole && made == "create_table" && call->head.front() == "op") {
            expression(value);
            if (first)
                m_tables.insert(name, QString::fromUtf8(*first));
        } else if (isOneOf(call->head.front(), "op", "alembic") || m_connections.contains(call->head.front())) {
            expression(value);
        } else if (!onlyDescribes(*call, value)) {
            m_log.unknown(QStringLiteral("%1() may do anything").arg(shown(call->head)));
        }
    }

    /// Objects of SQLAlchemy that stand for something and send nothing.
    bool onlyDescribes(const PythonCall &call, const TokenSpan &value) const
    {
        if (!isOneOf(call.head.front(), "sa", "sqlalchemy", "postgresql", "table", "column", "Table", "MetaData",
                     "inspect", "Inspector", "Enum", "ENUM", "select", "text", "orm", "sessionmaker", "datetime",
                     "uuid", "dict", "list", "set", "len", "str", "int"))
            return false;
        if (sends(value))
            return false;
        for (size_t at = value.first; at < value.last; ++at) {
            if (m_tokens[at].kind == PythonToken::Name && at + 1 < value.last && m_tokens[at + 1].is("(")
                && (isOneOf(m_tokens[at].text, "execute", "create", "drop", "create_all", "drop_all", "run", "commit",
                            "scalar", "scalars")))
                return false;
        }
        return true;
    }

    /// Whether an operation stands among what is given to something else.
    bool sends(const TokenSpan &span) const
    {
        for (size_t at = span.first; at + 2 < span.last; ++at) {
            if (m_tokens[at].is("op") && m_tokens[at + 1].is(".")
                && !isOneOf(m_tokens[at + 2].text, "f", "get_bind", "get_context"))
                return true;
        }
        return false;
    }

    QString enumName(const PythonCall &call) const
    {
        return alembicName(m_tokens, call.keyword("name"), m_texts).value_or(QStringLiteral("?"));
    }

    static QString shown(const QByteArrayList &head) { return QString::fromUtf8(head.join('.')); }

    void expression(const TokenSpan &span)
    {
        const auto call = pythonCallAt(m_tokens, span.first, span.last);
        if (!call) {
            if (containsCall(m_tokens, span))
                m_log.unknown(QStringLiteral("it calls what is not known"));
            return;
        }
        QByteArrayList head = call->head;
        if (head.size() == 3 && head[0] == "alembic")
            head.removeFirst();
        const bool isWhole = call->span.last == span.last;
        const QByteArray owner = head.front();
        const QByteArray name = head.back();
        if (isOneOf(owner, "print", "logger", "log", "logging", "LOG", "warnings")) {
            if (sends({span.first + 1, span.last}))
                m_log.unknown(QStringLiteral("what it shows is made when it runs"));
            return;
        }
        if (head.size() == 2 && name == "execute" && (owner == "op" || m_batches.contains(owner)))
            execute(call->argument(0, "sqltext"), isWhole);
        else if (head.size() == 2 && owner == "op" && isOneOf(name, "get_bind", "get_context") && !isWhole)
            onConnection(call->span.last, span);
        else if (head.size() == 2 && m_connections.contains(owner))
            onConnection(span.first + 1, span);
        else if (head.size() == 2 && (owner == "op" || m_batches.contains(owner)))
            operation(*call, isWhole);
        else if (isOneOf(name, "Enum", "ENUM") || m_enums.contains(owner))
            onEnum(*call, span);
        else
            ownFunction(*call, isWhole);
    }

    void operation(const PythonCall &call, bool isWhole)
    {
        const auto batch = m_batches.constFind(call.head.front());
        const AlembicCall operation{m_tokens, call, m_texts,
                                    batch == m_batches.cend() ? std::nullopt : std::optional<QString>(*batch)};
        if (!judgeAlembicCall(operation, m_log))
            m_log.unknown(QStringLiteral("%1() is no known operation").arg(shown(call.head)));
        else if (!isWhole)
            m_log.unknown(QStringLiteral("more is called on what it gives back"));
    }

    /// ".execute(…)" and its like, at the dot.
    void onConnection(size_t dot, const TokenSpan &span)
    {
        if (dot + 2 >= span.last || !m_tokens[dot].is(".")) {
            m_log.unknown(QStringLiteral("it calls what is not known"));
            return;
        }
        const QByteArray name = m_tokens[dot + 1].text;
        const auto arguments = pythonArgumentsAt(m_tokens, dot + 2, span.last);
        if (arguments && isOneOf(name, "execute", "exec_driver_sql", "scalar", "scalars")) {
            execute(arguments->positional.empty() ? nullptr : &arguments->positional.front(), true);
        } else if (isOneOf(name, "commit", "flush", "close", "begin", "rollback", "get_bind")) {
            return;
        } else if (isOneOf(name, "add", "add_all", "delete", "merge", "bulk_insert_mappings", "bulk_save_objects")) {
            m_log.add(MigrationKind::Data, QStringLiteral("rows are changed through a session"));
        } else if (name == "query" && rowsChanged({dot, span.last})) {
            return;
        } else {
            m_log.unknown(QStringLiteral("%1() of a connection may do anything").arg(QString::fromUtf8(name)));
        }
    }

    /// An expression of SQLAlchemy that changes rows: users.update().where(…), sa.delete(users) …
    bool rowsChanged(const TokenSpan &span)
    {
        const char *statement = nullptr;
        bool hasWhere = false;
        for (size_t at = span.first; at + 1 < span.last; ++at) {
            if (m_tokens[at].kind != PythonToken::Name || !m_tokens[at + 1].is("(")
                || m_tokens[at].depth != m_tokens[span.first].depth)
                continue;
            const QByteArray name = m_tokens[at].text;
            if (name == "update" || name == "delete")
                statement = name == "update" ? "UpdateStmt" : "DeleteStmt";
            else if (name == "insert" && !statement)
                statement = "InsertStmt";
            hasWhere |= isOneOf(name, "where", "filter", "filter_by");
        }
        if (!statement)
            return false;
        QString table = m_tables.value(m_tokens[span.first].text, QStringLiteral("?"));
        const auto call = pythonCallAt(m_tokens, span.first, span.last);
        if (call && isOneOf(call->name(), "update", "delete", "insert") && !call->positional.empty())
            table = m_tables.value(m_tokens[call->positional.front().first].text, table);
        m_log.judge(trees::changeRows(statement, table, hasWhere));
        return true;
    }

    void execute(const TokenSpan *sql, bool isWhole)
    {
        if (!sql || sql->isEmpty()) {
            m_log.unknown(QStringLiteral("its SQL is not written out"));
            return;
        }
        const int line = m_tokens[sql->first].line;
        const auto text = pythonLiteral(m_tokens, *sql);
        const auto call = pythonCallAt(m_tokens, sql->first, sql->last);
        const bool isConstant = sql->last - sql->first == 1 && m_texts.contains(m_tokens[sql->first].text);
        if (text || isConstant) {
            m_log.sql(text ? *text : m_texts.value(m_tokens[sql->first].text), line, false);
        } else if (call && isOneOf(call->name(), "text", "DDL", "dedent", "cleandoc") && !call->positional.empty()
                   && ++m_inlined < mostInlined) {
            execute(&call->positional.front(), true);
        } else if (call && call->name() == "CreateSequence") {
            m_log.judge(trees::plain("CreateSeqStmt"));
        } else if (call && call->name() == "CreateSchema") {
            m_log.judge(trees::plain("CreateSchemaStmt"));
        } else if (!rowsChanged(*sql)) {
            m_log.sql(pythonHint(m_tokens, *sql), line, true);
        }
        if (!isWhole)
            m_log.unknown(QStringLiteral("more is called on what it gives back"));
    }

    /// sa.Enum(…, name="mood").create(…), or of a name that stands for one.
    void onEnum(const PythonCall &call, const TokenSpan &span)
    {
        const bool isNamed = m_enums.contains(call.head.front());
        const size_t dot = call.span.last;
        const bool isChained = !isNamed && dot + 1 < span.last && m_tokens[dot].is(".");
        const QByteArray act = isNamed ? call.name() : isChained ? m_tokens[dot + 1].text : QByteArray();
        const QString name = isNamed ? m_enums.value(call.head.front()) : enumName(call);
        if (act == "create")
            m_log.judge(trees::plain("CreateEnumStmt"));
        else if (act == "drop")
            m_log.judge(trees::drop("OBJECT_TYPE", name));
        else
            m_log.unknown(QStringLiteral("it calls what is not known"));
    }

    void ownFunction(const PythonCall &call, bool isWhole)
    {
        if (call.name() == "globals") { // of the template for several databases
            m_log.unknown(QStringLiteral("which function it calls is decided when it runs"));
            for (const PythonFunction &function : m_functions) {
                if (function.name.startsWith("upgrade_"))
                    inlined(function, true);
            }
            return;
        }
        const PythonFunction *function = call.head.size() == 1 ? functionNamed(m_functions, call.name()) : nullptr;
        if (!function) {
            m_log.unknown(QStringLiteral("%1() may do anything").arg(shown(call.head)));
            return;
        }
        const bool isPlain = isWhole && !function->hasArguments;
        if (!isPlain)
            m_log.unknown(QStringLiteral("%1() gets values when it runs").arg(shown(call.head)));
        inlined(*function, !isPlain);
    }

    void inlined(const PythonFunction &function, bool isUncertain)
    {
        if (++m_inlined > mostInlined) {
            m_log.unknown(QStringLiteral("its functions call each other too often"));
            return;
        }
        const size_t depth = isUncertain ? m_log.perhaps() : 0;
        walk(function.body);
        if (isUncertain)
            m_log.endPerhaps(depth);
    }

    // A downgrade() that does nothing takes nothing back, unless there is nothing to take back.
    Reversible wayBack(QString &why) const
    {
        const PythonFunction *down = functionNamed(m_functions, "downgrade");
        if (!down) {
            why = QStringLiteral("it has no downgrade()");
            return Reversible::No;
        }
        bool isEmpty = true;
        bool isIndirect = false;
        for (size_t at = down->body.first; at < down->body.last; ++at) {
            const PythonToken &token = m_tokens[at];
            const bool isFiller = token.kind == PythonToken::String || token.kind == PythonToken::LineEnd
                || token.is("pass") || token.is(".") || token.is(";") || token.is("return");
            if (isEmpty && token.is("raise")) {
                why = QStringLiteral("downgrade() raises an error");
                return Reversible::No;
            }
            isEmpty &= isFiller;
            isIndirect |= token.is("raise") || token.is("globals");
        }
        if (isEmpty && !m_log.isEmpty()) {
            why = QStringLiteral("downgrade() does nothing");
            return Reversible::No;
        }
        why = QStringLiteral("what downgrade() does is decided when it runs");
        return isIndirect ? Reversible::Unknown : Reversible::Yes;
    }

    std::vector<PythonFunction> m_functions;
    PythonTexts m_texts;
    QHash<QByteArray, QString> m_batches, m_tables, m_enums;
    QSet<QByteArray> m_connections;
    int m_inlined = 0;
};

} // namespace

MigrationVerdict classifyAlembic(const QByteArray &python, CreatedObjects &created)
{
    const QByteArray source = python.startsWith("\xEF\xBB\xBF") ? python.mid(3) : python;
    OperationLog log(source, created);
    if (source.size() > mostMigrationBytes) {
        log.unknown(QStringLiteral("it is too long to be read"));
        return log.finished(Reversible::Unknown, QStringLiteral("it is too long to be read"));
    }
    const PythonTokens tokens = pythonTokens(source);
    return Reader(tokens, log).read();
}

} // namespace taffrail::schema
