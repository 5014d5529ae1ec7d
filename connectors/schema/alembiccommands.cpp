// SPDX-License-Identifier: GPL-3.0-or-later
#include "alembiccommands.h"

#include "statementtrees.h"

#include <QStringList>

namespace taffrail::schema {

namespace {

const QString unknownName = QStringLiteral("?");

class Judge {
public:
    Judge(const AlembicCall &call, OperationLog &log) : m_tokens(call.tokens), m_call(call.call), m_at(call), m_log(log)
    {
    }

    bool run()
    {
        static const QHash<QByteArray, void (Judge::*)()> known{
            {"create_table", &Judge::createTable},
            {"drop_table", &Judge::dropTable},
            {"rename_table", &Judge::renameTable},
            {"add_column", &Judge::addColumn},
            {"drop_column", &Judge::dropColumn},
            {"alter_column", &Judge::alterColumn},
            {"create_index", &Judge::createIndex},
            {"drop_index", &Judge::dropIndex},
            {"create_foreign_key", &Judge::createForeignKey},
            {"create_primary_key", &Judge::createPrimaryKey},
            {"create_unique_constraint", &Judge::createUnique},
            {"create_check_constraint", &Judge::createCheck},
            {"create_exclude_constraint", &Judge::createExclude},
            {"drop_constraint", &Judge::dropConstraint},
            {"create_table_comment", &Judge::comment},
            {"drop_table_comment", &Judge::comment},
            {"bulk_insert", &Judge::bulkInsert},
            {"get_bind", &Judge::nothing},
            {"get_context", &Judge::nothing},
            {"f", &Judge::nothing},
        };
        const auto judge = known.constFind(m_call.name());
        if (judge == known.cend())
            return false;
        (this->**judge)();
        if (m_isMade)
            m_log.unknown(QStringLiteral("a name or value is made when it runs"));
        if (m_call.isSpread)
            m_log.unknown(QStringLiteral("not all of its arguments are written out"));
        return true;
    }

private:
    void nothing() {}
    void comment() { m_log.judge(trees::plain("CommentStmt")); }
    void bulkInsert() { m_log.judge(trees::plain("InsertStmt")); }

    QString name(int position, const char *keyword)
    {
        const TokenSpan *span = m_call.argument(position, keyword);
        if (!span || isWord(m_tokens, *span, "None"))
            return {};
        const auto text = alembicName(m_tokens, span, m_at.texts);
        m_isMade |= !text.has_value();
        return text.value_or(unknownName);
    }

    /// The table, which stands at `position` unless a batch names it.
    QString table(int position, const char *keyword)
    {
        if (m_at.batchTable) {
            m_isMade |= m_at.batchTable == unknownName;
            return *m_at.batchTable;
        }
        const auto text = alembicTable(m_tokens, m_call, position, keyword, m_at.texts);
        m_isMade |= !text.has_value();
        return text.value_or(unknownName);
    }

    /// In a batch, what follows the table stands one place earlier.
    int behind(int position) const { return m_at.batchTable ? position - 1 : position; }

    /// Nothing when it is not given; unknown values count as `fallback`, and are said to be unknown.
    std::optional<bool> flag(const PythonCall &call, const char *keyword, bool fallback)
    {
        const TokenSpan *span = call.keyword(keyword);
        if (!span || isWord(m_tokens, *span, "None"))
            return std::nullopt;
        const bool isTrue = isWord(m_tokens, *span, "True");
        if (!isTrue && !isWord(m_tokens, *span, "False")) {
            m_isMade = true;
            return fallback;
        }
        return isTrue;
    }
    bool isSet(const char *keyword) { return flag(m_call, keyword, false).value_or(false); }

    void createTable() { m_log.judge(trees::createTable(table(0, "table_name"), isSet("if_not_exists"))); }
    void dropTable() { m_log.judge(trees::dropTable(table(0, "table_name"))); }
    void renameTable() { m_log.judge(trees::renameTable(table(0, "old_table_name"), name(1, "new_table_name"))); }

    void addColumn()
    {
        const TokenSpan *span = m_call.argument(behind(1), "column");
        const auto column = span ? pythonCallAt(m_tokens, span->first, span->last) : std::nullopt;
        if (!column || column->name() != "Column" || column->span.last != span->last) {
            m_log.unknown(QStringLiteral("the column is not written out"));
            return;
        }
        const QString owner = table(0, "table_name");
        trees::NewColumn facts = factsOf(*column);
        const bool isIndexed = flag(*column, "index", true).value_or(false);
        const bool isUniqueIndex = isIndexed && facts.isUnique;
        m_log.judge(trees::addColumn(owner, facts, isSet("if_not_exists")));
        if (isIndexed && !isUniqueIndex)
            m_log.judge(trees::createIndex({{}, owner, false, false, false, {}}));
    }

    trees::NewColumn factsOf(const PythonCall &column)
    {
        trees::NewColumn facts;
        const TokenSpan *label = column.argument(0, "name");
        const auto text = alembicName(m_tokens, label, m_at.texts);
        m_isMade |= !text.has_value() || column.isSpread;
        facts.name = text.value_or(unknownName);
        facts.isPrimary = flag(column, "primary_key", true).value_or(false);
        facts.notNull = !flag(column, "nullable", false).value_or(!facts.isPrimary);
        facts.isUnique = flag(column, "unique", true).value_or(false);
        for (const TokenSpan &each : column.positional) {
            const auto inner = pythonCallAt(m_tokens, each.first, each.last);
            if (!inner)
                continue;
            facts.references |= inner->name() == "ForeignKey";
            facts.isIdentity |= inner->name() == "Identity";
            facts.isGenerated |= inner->name() == "Computed";
            facts.checks |= inner->name() == "CheckConstraint";
        }
        takeDefault(column.keyword("server_default"), facts);
        return facts;
    }

    void takeDefault(const TokenSpan *span, trees::NewColumn &facts) const
    {
        if (!span || isWord(m_tokens, *span, "None"))
            return;
        const auto call = pythonCallAt(m_tokens, span->first, span->last);
        if (call && (call->name() == "null" || call->name() == "FetchedValue"))
            return; // none is sent
        facts.hasDefault = true;
        if (!call)
            return; // a text is sent as a constant
        facts.isIdentity |= call->name() == "Identity";
        facts.isGenerated |= call->name() == "Computed";
        if (call->name() == "text" && !call->positional.empty()) {
            const auto sql = pythonLiteral(m_tokens, call->positional.front());
            facts.callsFunction = !sql || sql->contains('(') || sql->toLower().startsWith("current_");
            if (sql && sql->trimmed().toLower() == "null")
                facts.hasDefault = false;
        } else {
            facts.callsFunction = call->name() != "true" && call->name() != "false";
        }
    }

    void dropColumn() { m_log.judge(trees::dropColumn(table(0, "table_name"), name(behind(1), "column_name"))); }

    void alterColumn()
    {
        const QString owner = table(0, "table_name");
        const QString column = name(behind(1), "column_name");
        const size_t before = m_log.size();
        if (m_call.keyword("type_"))
            m_log.judge(trees::changeType(owner, column));
        if (const auto nullable = flag(m_call, "nullable", false))
            m_log.judge(*nullable ? trees::dropNotNull(owner, column) : trees::setNotNull(owner, column));
        if (const TokenSpan *value = m_call.keyword("server_default"); value && !isWord(m_tokens, *value, "False"))
            m_log.judge(isWord(m_tokens, *value, "None") ? trees::dropDefault(owner, column)
                                                         : trees::setDefault(owner, column));
        const bool isRenamed = m_call.keyword("new_column_name") || m_call.keyword("name");
        if (isRenamed)
            m_log.judge(trees::renameColumn(owner, column,
                                            name(-1, m_call.keyword("new_column_name") ? "new_column_name" : "name")));
        if (m_call.keyword("comment"))
            comment();
        if (m_log.size() == before)
            m_log.unknown(QStringLiteral("what it alters is not written out"));
    }

    /// The names in a list, as far as they are written out.
    QStringList names(const TokenSpan *span) const
    {
        QStringList found;
        for (const TokenSpan &item :
             span ? pythonItems(m_tokens, *span).value_or(std::vector<TokenSpan>()) : std::vector<TokenSpan>())
            found << alembicName(m_tokens, &item, m_at.texts).value_or(unknownName);
        return found;
    }

    void createIndex()
    {
        trees::NewIndex index;
        index.name = name(0, "index_name");
        index.table = table(1, "table_name");
        index.unique = flag(m_call, "unique", true).value_or(false);
        index.concurrently = isSet("postgresql_concurrently");
        index.ifNotExists = isSet("if_not_exists");
        index.columns = names(m_call.argument(behind(2), "columns"));
        m_log.judge(trees::createIndex(index));
    }

    void dropIndex()
    {
        const QString index = name(0, "index_name");
        const QString schema = m_call.keyword("schema") ? name(-1, "schema") : QString();
        m_log.judge(trees::drop("OBJECT_INDEX", schema.isEmpty() ? index : schema + QLatin1Char('.') + index,
                                isSet("postgresql_concurrently")));
    }

    void constraint(const char *kind, const char *tableKeyword, const TokenSpan *columns)
    {
        const QString label = name(0, "constraint_name");
        QString owner = table(1, tableKeyword);
        if (const TokenSpan *schema = m_call.keyword("source_schema"); schema && !isWord(m_tokens, *schema, "None"))
            owner = name(-1, "source_schema") + QLatin1Char('.') + owner;
        m_log.judge(trees::addConstraint(owner, kind, label, names(columns)));
    }
    void createForeignKey() { constraint("CONSTR_FOREIGN", "source_table", m_call.argument(behind(3), "local_cols")); }
    void createPrimaryKey() { constraint("CONSTR_PRIMARY", "table_name", nullptr); }
    void createUnique() { constraint("CONSTR_UNIQUE", "table_name", m_call.argument(behind(2), "columns")); }
    void createCheck() { constraint("CONSTR_CHECK", "table_name", nullptr); }
    void createExclude() { constraint("CONSTR_EXCLUSION", "table_name", nullptr); }

    void dropConstraint()
    {
        const QString label = name(0, "constraint_name");
        m_log.judge(trees::dropConstraint(table(1, "table_name"), label));
    }

    const PythonTokens &m_tokens;
    const PythonCall &m_call;
    const AlembicCall &m_at;
    OperationLog &m_log;
    bool m_isMade = false; ///< something is not written out
};

} // namespace

std::optional<QString> alembicName(const PythonTokens &tokens, const TokenSpan *span, const PythonTexts &texts)
{
    if (!span)
        return std::nullopt;
    if (const auto text = pythonLiteral(tokens, *span))
        return QString::fromUtf8(*text);
    if (span->last - span->first == 1) {
        const auto constant = texts.constFind(tokens[span->first].text);
        return constant == texts.cend() ? std::nullopt : std::optional(QString::fromUtf8(*constant));
    }
    const auto call = pythonCallAt(tokens, span->first, span->last); // op.f("ix_…")
    const bool isNaming = call && (call->name() == "f" || call->name() == "quoted_name")
        && call->span.last == span->last && !call->positional.empty();
    if (!isNaming)
        return std::nullopt;
    const auto text = pythonLiteral(tokens, call->positional.front());
    return text ? std::optional(QString::fromUtf8(*text)) : std::nullopt;
}

std::optional<QString> alembicTable(const PythonTokens &tokens, const PythonCall &call, int position, const char *name,
                                    const PythonTexts &texts)
{
    const auto table = alembicName(tokens, call.argument(position, name), texts);
    const TokenSpan *schema = call.keyword("schema");
    if (!table || !schema || isWord(tokens, *schema, "None"))
        return table;
    const auto prefix = alembicName(tokens, schema, texts);
    return prefix ? std::optional(*prefix + QLatin1Char('.') + *table) : std::nullopt;
}

bool judgeAlembicCall(const AlembicCall &call, OperationLog &log)
{
    return Judge(call, log).run();
}

} // namespace taffrail::schema
