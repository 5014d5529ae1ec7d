// SPDX-License-Identifier: GPL-3.0-or-later
#include "railscommands.h"

#include "railswords.h"
#include "statementtrees.h"

#include <algorithm>

namespace taffrail::schema {

namespace {

const QString unknownName = QStringLiteral("?");

class Judge {
public:
    Judge(const RailsCall &call, OperationLog &log) : m_file(call.file), m_call(call.call), m_at(call), m_log(log) {}

    std::optional<Reversible> run()
    {
        static const QHash<QByteArray, void (Judge::*)()> known{
            {"create_table", &Judge::createTable},
            {"create_join_table", &Judge::createJoinTable},
            {"drop_table", &Judge::dropTable},
            {"drop_join_table", &Judge::dropTable},
            {"rename_table", &Judge::renameTable},
            {"add_column", &Judge::addColumn},
            {"add_columns", &Judge::addColumns},
            {"remove_column", &Judge::removeColumn},
            {"remove_columns", &Judge::removeColumns},
            {"rename_column", &Judge::renameColumn},
            {"change_column", &Judge::changeColumn},
            {"change_column_null", &Judge::changeNull},
            {"change_column_default", &Judge::changeDefault},
            {"change_column_comment", &Judge::comment},
            {"change_table_comment", &Judge::comment},
            {"add_reference", &Judge::addReference},
            {"add_belongs_to", &Judge::addReference},
            {"remove_reference", &Judge::removeReference},
            {"remove_belongs_to", &Judge::removeReference},
            {"add_timestamps", &Judge::addTimestamps},
            {"remove_timestamps", &Judge::removeTimestamps},
            {"add_index", &Judge::addIndex},
            {"remove_index", &Judge::removeIndex},
            {"rename_index", &Judge::renameIndex},
            {"add_foreign_key", &Judge::addForeignKey},
            {"remove_foreign_key", &Judge::removeForeignKey},
            {"add_check_constraint", &Judge::addCheck},
            {"remove_check_constraint", &Judge::removeCheck},
            {"add_exclusion_constraint", &Judge::addExclusion},
            {"add_unique_constraint", &Judge::addUnique},
            {"validate_constraint", &Judge::validate},
            {"validate_foreign_key", &Judge::validate},
            {"validate_check_constraint", &Judge::validate},
            {"enable_extension", &Judge::enableExtension},
            {"disable_extension", &Judge::disableExtension},
            {"create_enum", &Judge::createEnum},
            {"drop_enum", &Judge::dropEnum},
            {"create_schema", &Judge::createSchema},
            {"execute", &Judge::execute},
        };
        const QByteArray name = m_at.blockTable ? railsCommandOf(m_call.name()) : m_call.name();
        if (m_at.blockTable && name.isEmpty() && isRailsColumnType(m_call.name())) {
            typedColumns();
        } else {
            const auto judge = known.constFind(name);
            if (judge == known.cend())
                return std::nullopt;
            (this->**judge)();
        }
        if (m_isMade || m_call.isSpread)
            m_log.unknown(QStringLiteral("a name or value is made when it runs"));
        return m_reversible;
    }

private:
    int behind(int position) const { return m_at.blockTable ? position - 1 : position; }
    const TokenSpan *argument(int position) const { return m_call.positionalAt(behind(position)); }

    QString text(const TokenSpan *span)
    {
        const auto literal = span ? m_file.literal(*span, m_at.texts) : std::nullopt;
        m_isMade |= !literal.has_value();
        return literal ? QString::fromUtf8(*literal) : unknownName;
    }
    QString name(int position) { return text(argument(position)); }
    QString optional(const char *keyword)
    {
        return m_call.keyword(keyword) ? text(m_call.keyword(keyword)) : QString();
    }

    QString table()
    {
        if (!m_at.blockTable)
            return text(m_call.positionalAt(0));
        m_isMade |= m_at.blockTable == unknownName;
        return *m_at.blockTable;
    }

    /// Unknown values count as `fallback`, and are said to be unknown.
    bool flag(const char *keyword, bool absent, bool fallback)
    {
        const TokenSpan *span = m_call.keyword(keyword);
        if (!span || m_file.isWord(*span, "nil"))
            return absent;
        const bool isTrue = m_file.isWord(*span, "true");
        if (isTrue || m_file.isWord(*span, "false"))
            return isTrue;
        m_isMade = true;
        return fallback;
    }

    bool isConcurrent(const TokenSpan *algorithm)
    {
        return algorithm && text(algorithm) == QLatin1String("concurrently");
    }

    void oneWay() { m_reversible = Reversible::No; }

    void createTable()
    {
        const QString owner = table();
        if (m_call.keyword("force") && !m_file.isWord(*m_call.keyword("force"), "false"))
            m_log.judge(trees::dropTable(owner));
        m_log.judge(trees::createTable(owner, flag("if_not_exists", false, true)));
    }

    void createJoinTable()
    {
        QStringList both{name(0), name(1)};
        both.sort();
        const QString own = optional("table_name");
        m_log.judge(
            trees::createTable(own.isEmpty() ? both.join(QLatin1Char('_')) : own, flag("if_not_exists", false, true)));
    }

    void dropTable()
    {
        if (m_call.name() == "drop_join_table") {
            m_log.judge(trees::dropTable(QStringList{name(0), name(1)}.join(QLatin1Char('_'))));
            return;
        }
        const bool cascades = m_call.keyword("force") != nullptr;
        if (m_call.positional.empty())
            m_isMade = true;
        for (const TokenSpan &each : m_call.positional)
            m_log.judge(trees::dropTable(text(&each), cascades));
        if (!m_call.block)
            oneWay();
    }

    void renameTable() { m_log.judge(trees::renameTable(name(0), text(m_call.positionalAt(1)))); }

    trees::NewColumn columnFacts(const QString &column, const QByteArray &type)
    {
        trees::NewColumn facts;
        facts.name = column;
        facts.type = QString::fromLatin1(type);
        facts.notNull = !flag("null", true, false);
        facts.isPrimary = type == "primary_key";
        facts.isIdentity = type == "primary_key";
        facts.isGenerated = type == "virtual" || m_call.keyword("as");
        const TokenSpan *value = m_call.keyword("default");
        if (!value || m_file.isWord(*value, "nil"))
            return facts;
        facts.hasDefault = true;
        const RubyToken &first = m_file[value->first];
        if (first.is("->") || first.is("lambda") || first.is("proc")) {
            facts.callsFunction = true;
        } else {
            const bool isWritten = value->size() == 1 && first.kind != RubyToken::Name;
            const bool isPlain = isWritten || first.is("true") || first.is("false") || first.is("[") || first.is("{")
                || first.is("-") || m_file.literal(*value, m_at.texts).has_value();
            m_isMade |= !isPlain; // it may be nil
        }
        return facts;
    }

    /// A type that is written out; "" otherwise.
    QByteArray typeOf(const TokenSpan *span)
    {
        return span ? m_file.literal(*span, m_at.texts).value_or(QByteArray()) : QByteArray();
    }

    void addColumn()
    {
        const QString owner = table();
        const QString column = name(1);
        const bool mayExist = flag("if_not_exists", false, true);
        m_log.judge(trees::addColumn(owner, columnFacts(column, typeOf(argument(2))), mayExist));
        if (m_at.blockTable && m_call.keyword("index"))
            inlineIndex(owner, {column}, false);
    }

    void addColumns()
    {
        const QString owner = table();
        for (size_t i = 1; i < m_call.positional.size(); ++i)
            m_log.judge(
                trees::addColumn(owner, columnFacts(text(&m_call.positional[i]), typeOf(m_call.keyword("type")))));
    }

    /// t.string :a, :b
    void typedColumns()
    {
        const QString owner = table();
        for (const TokenSpan &each : m_call.positional) {
            const QString column = text(&each);
            m_log.judge(trees::addColumn(owner, columnFacts(column, m_call.name())));
            if (m_call.keyword("index"))
                inlineIndex(owner, {column}, false);
        }
    }

    void removeColumn()
    {
        const QString owner = table();
        m_log.judge(trees::dropColumn(owner, name(1)));
        if (!argument(2)) // without the type it cannot be added again
            oneWay();
    }

    void removeColumns()
    {
        const QString owner = table();
        const size_t from = m_at.blockTable ? 0 : 1;
        for (size_t i = from; i < m_call.positional.size(); ++i)
            m_log.judge(trees::dropColumn(owner, text(&m_call.positional[i])));
        if (m_call.positional.size() <= from)
            m_isMade = true;
        if (!m_call.keyword("type"))
            oneWay();
    }

    void renameColumn()
    {
        const QString owner = table();
        const QString old = name(1);
        m_log.judge(trees::renameColumn(owner, old, name(2)));
    }

    void changeColumn()
    {
        oneWay();
        const QString owner = table();
        const QString column = name(1);
        m_log.judge(trees::changeType(owner, column));
        if (m_call.keyword("null"))
            m_log.judge(flag("null", true, false) ? trees::dropNotNull(owner, column)
                                                  : trees::setNotNull(owner, column));
        if (const TokenSpan *value = m_call.keyword("default"))
            m_log.judge(m_file.isWord(*value, "nil") ? trees::dropDefault(owner, column)
                                                     : trees::setDefault(owner, column));
    }

    void changeNull()
    {
        const QString owner = table();
        const QString column = name(1);
        const TokenSpan *value = argument(2);
        const bool allows = value && m_file.isWord(*value, "true");
        m_isMade |= !value || !(allows || m_file.isWord(*value, "false"));
        if (argument(3)) // NULLs are filled first
            m_log.judge(trees::changeRows("UpdateStmt", owner, true));
        m_log.judge(allows ? trees::dropNotNull(owner, column) : trees::setNotNull(owner, column));
    }

    void changeDefault()
    {
        const QString owner = table();
        const QString column = name(1);
        const TokenSpan *to = m_call.keyword("to") ? m_call.keyword("to") : argument(2);
        if (!m_call.keyword("from") || !m_call.keyword("to"))
            oneWay();
        m_isMade |= !to;
        m_log.judge(to && m_file.isWord(*to, "nil") ? trees::dropDefault(owner, column)
                                                    : trees::setDefault(owner, column));
    }

    void comment()
    {
        m_log.judge(trees::plain("CommentStmt"));
        if (!m_call.keyword("from") || !m_call.keyword("to"))
            oneWay();
    }

    /// index: true, or index: { unique: true, algorithm: :concurrently }
    void inlineIndex(const QString &owner, const QStringList &columns, bool byDefault)
    {
        const TokenSpan *index = m_call.keyword("index");
        if (index ? m_file.isWord(*index, "false") || m_file.isWord(*index, "nil") : !byDefault)
            return;
        trees::NewIndex fresh;
        fresh.table = owner;
        fresh.columns = columns;
        for (size_t at = index ? index->first : 0; index && at + 1 < index->last; ++at) {
            const RubyToken &token = m_file[at];
            const bool isLabel = token.kind == RubyToken::Label || token.kind == RubyToken::Symbol;
            if (isLabel && token.text == "unique")
                fresh.unique = !m_file[at + 1].is("false");
            if (isLabel && token.text == "algorithm")
                fresh.concurrently = m_file[at + 1].text == "concurrently";
        }
        m_log.judge(trees::createIndex(fresh));
    }

    void addReference()
    {
        const QString owner = table();
        const size_t from = m_at.blockTable ? 0 : 1;
        const size_t last = m_at.blockTable ? m_call.positional.size() : std::min<size_t>(2, m_call.positional.size());
        m_isMade |= from >= last;
        for (size_t i = from; i < last; ++i) {
            const QString reference = text(&m_call.positional[i]);
            trees::NewColumn column = columnFacts(reference + QLatin1String("_id"), {});
            const TokenSpan *key = m_call.keyword("foreign_key");
            column.references = key && !m_file.isWord(*key, "false");
            m_log.judge(trees::addColumn(owner, column));
            if (m_call.keyword("polymorphic"))
                m_log.judge(trees::addColumn(owner, columnFacts(reference + QLatin1String("_type"), {})));
            inlineIndex(owner, {column.name}, true);
        }
    }

    void removeReference()
    {
        const QString owner = table();
        m_log.judge(trees::dropColumn(owner, name(1) + QLatin1String("_id")));
    }

    // They are required unless it is said otherwise.
    void addTimestamps()
    {
        const QString owner = table();
        for (const char *column : {"created_at", "updated_at"}) {
            trees::NewColumn facts = columnFacts(QLatin1String(column), {});
            facts.notNull = !flag("null", false, false);
            m_log.judge(trees::addColumn(owner, facts));
        }
    }

    void removeTimestamps()
    {
        const QString owner = table();
        m_log.judge(trees::dropColumn(owner, QStringLiteral("updated_at")));
        m_log.judge(trees::dropColumn(owner, QStringLiteral("created_at")));
    }

    /// The name that Rails gives: index_orders_on_a_and_b; "" when it is not known.
    QString indexName(const QString &owner, const TokenSpan *columns)
    {
        if (const TokenSpan *own = m_call.keyword("name"))
            return text(own);
        const auto names = columns ? m_file.literals(*columns, m_at.texts) : std::nullopt;
        if (!names)
            return {};
        const QString joined = QString::fromUtf8(names->join("_and_"));
        return QStringLiteral("index_%1_on_%2").arg(QString(owner).replace(QLatin1Char('.'), QLatin1Char('_')), joined);
    }

    void addIndex()
    {
        trees::NewIndex index;
        index.table = table();
        index.name = indexName(index.table, argument(1));
        index.columns = names(argument(1));
        index.unique = flag("unique", false, true);
        index.concurrently = isConcurrent(m_call.keyword("algorithm"));
        index.ifNotExists = flag("if_not_exists", false, true);
        m_log.judge(trees::createIndex(index));
    }

    void removeIndex()
    {
        const QString owner = table();
        const TokenSpan *columns = m_call.keyword("column") ? m_call.keyword("column") : argument(1);
        if (!columns)
            oneWay();
        const QString index = indexName(owner, columns);
        m_log.judge(trees::drop("OBJECT_INDEX", index.isEmpty() ? unknownName : index,
                                isConcurrent(m_call.keyword("algorithm"))));
    }

    void renameIndex() { m_log.judge(trees::renameIndex(unknownName, text(m_call.positionalAt(behind(2))))); }

    /// The names of one or more columns, as far as they are written out.
    QStringList names(const TokenSpan *span) const
    {
        QStringList found;
        for (const QByteArray &each :
             span ? m_file.literals(*span, m_at.texts).value_or(QByteArrayList()) : QByteArrayList())
            found << QString::fromUtf8(each);
        return found;
    }

    void addForeignKey()
    {
        QStringList columns = names(m_call.keyword("column"));
        if (columns.isEmpty() && argument(1)) { // user_id for :users; where that is wrong, no new column has the name
            QString other = name(1);
            other.chop(other.endsWith(QLatin1Char('s')) ? 1 : 0);
            columns << other + QLatin1String("_id");
        }
        m_log.judge(trees::addConstraint(table(), "CONSTR_FOREIGN", optional("name"), columns));
    }
    void removeForeignKey()
    {
        m_log.judge(trees::dropConstraint(table(), optional("name")));
        if (!argument(1) && !m_call.keyword("to_table"))
            oneWay();
    }
    void addCheck() { m_log.judge(trees::addConstraint(table(), "CONSTR_CHECK", optional("name"))); }
    void removeCheck()
    {
        m_log.judge(trees::dropConstraint(table(), optional("name")));
        if (!argument(1))
            oneWay();
    }
    void addExclusion() { m_log.judge(trees::addConstraint(table(), "CONSTR_EXCLUSION", optional("name"))); }
    void addUnique()
    {
        m_log.judge(trees::addConstraint(table(), "CONSTR_UNIQUE", optional("name"), names(argument(1)),
                                         optional("using_index")));
    }
    void validate()
    {
        m_log.judge(trees::validateConstraint(table(), optional("name")));
        m_reversible = Reversible::Unknown;
    }
    void enableExtension() { m_log.judge(trees::plain("CreateExtensionStmt")); }
    void disableExtension() { m_log.judge(trees::drop("OBJECT_EXTENSION", name(0))); }
    void createEnum() { m_log.judge(trees::plain("CreateEnumStmt")); }
    void dropEnum()
    {
        m_log.judge(trees::drop("OBJECT_TYPE", name(0)));
        if (!argument(1))
            oneWay();
    }
    void createSchema() { m_log.judge(trees::plain("CreateSchemaStmt")); }

    void execute()
    {
        oneWay();
        const TokenSpan *sql = m_call.positionalAt(0);
        if (!sql) {
            m_log.unknown(QStringLiteral("its SQL is not written out"));
            return;
        }
        const auto literal = m_file.literal(*sql, m_at.texts);
        m_log.sql(literal ? *literal : m_file.hint(*sql), m_file[sql->first].textLine, !literal);
    }

    const RubyFile &m_file;
    const RubyCall &m_call;
    const RailsCall &m_at;
    OperationLog &m_log;
    bool m_isMade = false; ///< something is not written out
    Reversible m_reversible = Reversible::Yes;
};

} // namespace

std::optional<Reversible> judgeRailsCommand(const RailsCall &call, OperationLog &log)
{
    return Judge(call, log).run();
}

QString railsTable(const RubyFile &file, const RubyCall &call, const RubyTexts &texts)
{
    const TokenSpan *span = call.positionalAt(0);
    const auto literal = span ? file.literal(*span, texts) : std::nullopt;
    return literal ? QString::fromUtf8(*literal) : unknownName;
}

} // namespace taffrail::schema
