// SPDX-License-Identifier: GPL-3.0-or-later
#include "railscommands.h"

#include "railsjudge.h"
#include "railswords.h"

namespace taffrail::schema {

namespace {

constexpr QLatin1String unknownName("?");

} // namespace

std::optional<Reversible> RailsJudge::run()
{
    static const QHash<QByteArray, void (RailsJudge::*)()> known{
        {"create_table", &RailsJudge::createTable},
        {"create_join_table", &RailsJudge::createJoinTable},
        {"drop_table", &RailsJudge::dropTable},
        {"drop_join_table", &RailsJudge::dropTable},
        {"rename_table", &RailsJudge::renameTable},
        {"add_column", &RailsJudge::addColumn},
        {"add_columns", &RailsJudge::addColumns},
        {"remove_column", &RailsJudge::removeColumn},
        {"remove_columns", &RailsJudge::removeColumns},
        {"rename_column", &RailsJudge::renameColumn},
        {"change_column", &RailsJudge::changeColumn},
        {"change_column_null", &RailsJudge::changeNull},
        {"change_column_default", &RailsJudge::changeDefault},
        {"change_column_comment", &RailsJudge::comment},
        {"change_table_comment", &RailsJudge::comment},
        {"add_reference", &RailsJudge::addReference},
        {"add_belongs_to", &RailsJudge::addReference},
        {"remove_reference", &RailsJudge::removeReference},
        {"remove_belongs_to", &RailsJudge::removeReference},
        {"add_timestamps", &RailsJudge::addTimestamps},
        {"remove_timestamps", &RailsJudge::removeTimestamps},
        {"add_index", &RailsJudge::addIndex},
        {"remove_index", &RailsJudge::removeIndex},
        {"rename_index", &RailsJudge::renameIndex},
        {"add_foreign_key", &RailsJudge::addForeignKey},
        {"remove_foreign_key", &RailsJudge::removeForeignKey},
        {"add_check_constraint", &RailsJudge::addCheck},
        {"remove_check_constraint", &RailsJudge::removeCheck},
        {"add_exclusion_constraint", &RailsJudge::addExclusion},
        {"add_unique_constraint", &RailsJudge::addUnique},
        {"validate_constraint", &RailsJudge::validate},
        {"validate_foreign_key", &RailsJudge::validate},
        {"validate_check_constraint", &RailsJudge::validate},
        {"enable_extension", &RailsJudge::enableExtension},
        {"disable_extension", &RailsJudge::disableExtension},
        {"create_enum", &RailsJudge::createEnum},
        {"drop_enum", &RailsJudge::dropEnum},
        {"create_schema", &RailsJudge::createSchema},
        {"execute", &RailsJudge::execute},
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

QString RailsJudge::text(const TokenSpan *span)
{
    const auto literal = span ? m_file.literal(*span, m_at.texts) : std::nullopt;
    m_isMade |= !literal.has_value();
    return literal ? QString::fromUtf8(*literal) : QString(unknownName);
}

QString RailsJudge::optional(const char *keyword)
{
    return m_call.keyword(keyword) ? text(m_call.keyword(keyword)) : QString();
}

QString RailsJudge::table()
{
    if (!m_at.blockTable)
        return text(m_call.positionalAt(0));
    m_isMade |= m_at.blockTable == unknownName;
    return *m_at.blockTable;
}

bool RailsJudge::flag(const char *keyword, bool absent, bool fallback)
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

bool RailsJudge::isConcurrent(const TokenSpan *algorithm)
{
    return algorithm && text(algorithm) == QLatin1String("concurrently");
}

void RailsJudge::createTable()
{
    const QString owner = table();
    if (m_call.keyword("force") && !m_file.isWord(*m_call.keyword("force"), "false"))
        m_log.judge(trees::dropTable(owner));
    m_log.judge(trees::createTable(owner, flag("if_not_exists", false, true)));
}

void RailsJudge::createJoinTable()
{
    QStringList both{name(0), name(1)};
    both.sort();
    const QString own = optional("table_name");
    m_log.judge(
        trees::createTable(own.isEmpty() ? both.join(QLatin1Char('_')) : own, flag("if_not_exists", false, true)));
}

void RailsJudge::dropTable()
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

QString RailsJudge::indexName(const QString &owner, const TokenSpan *columns)
{
    if (const TokenSpan *own = m_call.keyword("name"))
        return text(own);
    const auto names = columns ? m_file.literals(*columns, m_at.texts) : std::nullopt;
    if (!names)
        return {};
    const QString joined = QString::fromUtf8(names->join("_and_"));
    return QStringLiteral("index_%1_on_%2").arg(QString(owner).replace(QLatin1Char('.'), QLatin1Char('_')), joined);
}

void RailsJudge::addIndex()
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

void RailsJudge::removeIndex()
{
    const QString owner = table();
    const TokenSpan *columns = m_call.keyword("column") ? m_call.keyword("column") : argument(1);
    if (!columns)
        oneWay();
    const QString index = indexName(owner, columns);
    m_log.judge(trees::drop("OBJECT_INDEX", index.isEmpty() ? QString(unknownName) : index,
                            isConcurrent(m_call.keyword("algorithm"))));
}

QStringList RailsJudge::names(const TokenSpan *span) const
{
    QStringList found;
    for (const QByteArray &each :
         span ? m_file.literals(*span, m_at.texts).value_or(QByteArrayList()) : QByteArrayList())
        found << QString::fromUtf8(each);
    return found;
}

void RailsJudge::addForeignKey()
{
    QStringList columns = names(m_call.keyword("column"));
    if (columns.isEmpty() && argument(1)) { // user_id for :users; where that is wrong, no new column has the name
        QString other = name(1);
        other.chop(other.endsWith(QLatin1Char('s')) ? 1 : 0);
        columns << other + QLatin1String("_id");
    }
    m_log.judge(trees::addConstraint(table(), "CONSTR_FOREIGN", optional("name"), columns));
}

void RailsJudge::removeForeignKey()
{
    m_log.judge(trees::dropConstraint(table(), optional("name")));
    if (!argument(1) && !m_call.keyword("to_table"))
        oneWay();
}

void RailsJudge::removeCheck()
{
    m_log.judge(trees::dropConstraint(table(), optional("name")));
    if (!argument(1))
        oneWay();
}

void RailsJudge::addUnique()
{
    m_log.judge(
        trees::addConstraint(table(), "CONSTR_UNIQUE", optional("name"), names(argument(1)), optional("using_index")));
}

void RailsJudge::validate()
{
    m_log.judge(trees::validateConstraint(table(), optional("name")));
    m_reversible = Reversible::Unknown;
}

void RailsJudge::dropEnum()
{
    m_log.judge(trees::drop("OBJECT_TYPE", name(0)));
    if (!argument(1))
        oneWay();
}

void RailsJudge::execute()
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

std::optional<Reversible> judgeRailsCommand(const RailsCall &call, OperationLog &log)
{
    return RailsJudge(call, log).run();
}

QString railsTable(const RubyFile &file, const RubyCall &call, const RubyTexts &texts)
{
    const TokenSpan *span = call.positionalAt(0);
    const auto literal = span ? file.literal(*span, texts) : std::nullopt;
    return literal ? QString::fromUtf8(*literal) : QString(unknownName);
}

} // namespace taffrail::schema
