// SPDX-License-Identifier: GPL-3.0-or-later
#include "railsjudge.h"

#include <algorithm>

namespace taffrail::schema {

trees::NewColumn RailsJudge::columnFacts(const QString &column, const QByteArray &type)
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

QByteArray RailsJudge::typeOf(const TokenSpan *span)
{
    return span ? m_file.literal(*span, m_at.texts).value_or(QByteArray()) : QByteArray();
}

void RailsJudge::addColumn()
{
    const QString owner = table();
    const QString column = name(1);
    const bool mayExist = flag("if_not_exists", false, true);
    m_log.judge(trees::addColumn(owner, columnFacts(column, typeOf(argument(2))), mayExist));
    if (m_at.blockTable && m_call.keyword("index"))
        inlineIndex(owner, {column}, false);
}

void RailsJudge::addColumns()
{
    const QString owner = table();
    for (size_t i = 1; i < m_call.positional.size(); ++i)
        m_log.judge(trees::addColumn(owner, columnFacts(text(&m_call.positional[i]), typeOf(m_call.keyword("type")))));
}

void RailsJudge::typedColumns()
{
    const QString owner = table();
    for (const TokenSpan &each : m_call.positional) {
        const QString column = text(&each);
        m_log.judge(trees::addColumn(owner, columnFacts(column, m_call.name())));
        if (m_call.keyword("index"))
            inlineIndex(owner, {column}, false);
    }
}

void RailsJudge::removeColumn()
{
    const QString owner = table();
    m_log.judge(trees::dropColumn(owner, name(1)));
    if (!argument(2)) // without the type it cannot be added again
        oneWay();
}

void RailsJudge::removeColumns()
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

void RailsJudge::renameColumn()
{
    const QString owner = table();
    const QString old = name(1);
    m_log.judge(trees::renameColumn(owner, old, name(2)));
}

void RailsJudge::changeColumn()
{
    oneWay();
    const QString owner = table();
    const QString column = name(1);
    m_log.judge(trees::changeType(owner, column));
    if (m_call.keyword("null"))
        m_log.judge(flag("null", true, false) ? trees::dropNotNull(owner, column) : trees::setNotNull(owner, column));
    if (const TokenSpan *value = m_call.keyword("default"))
        m_log.judge(m_file.isWord(*value, "nil") ? trees::dropDefault(owner, column)
                                                 : trees::setDefault(owner, column));
}

void RailsJudge::changeNull()
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

void RailsJudge::changeDefault()
{
    const QString owner = table();
    const QString column = name(1);
    const TokenSpan *to = m_call.keyword("to") ? m_call.keyword("to") : argument(2);
    if (!m_call.keyword("from") || !m_call.keyword("to"))
        oneWay();
    m_isMade |= !to;
    m_log.judge(to && m_file.isWord(*to, "nil") ? trees::dropDefault(owner, column) : trees::setDefault(owner, column));
}

void RailsJudge::comment()
{
    m_log.judge(trees::plain("CommentStmt"));
    if (!m_call.keyword("from") || !m_call.keyword("to"))
        oneWay();
}

void RailsJudge::inlineIndex(const QString &owner, const QStringList &columns, bool byDefault)
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

void RailsJudge::addReference()
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

void RailsJudge::removeReference()
{
    const QString owner = table();
    m_log.judge(trees::dropColumn(owner, name(1) + QLatin1String("_id")));
}

void RailsJudge::addTimestamps()
{
    const QString owner = table();
    for (const char *column : {"created_at", "updated_at"}) {
        trees::NewColumn facts = columnFacts(QLatin1String(column), {});
        facts.notNull = !flag("null", false, false);
        m_log.judge(trees::addColumn(owner, facts));
    }
}

void RailsJudge::removeTimestamps()
{
    const QString owner = table();
    m_log.judge(trees::dropColumn(owner, QStringLiteral("updated_at")));
    m_log.judge(trees::dropColumn(owner, QStringLiteral("created_at")));
}

} // namespace taffrail::schema
