// SPDX-License-Identifier: GPL-3.0-or-later
#include "railsoperations.h"

#include "railsreader.h"
#include "railswords.h"

#include <algorithm>

namespace taffrail::schema {

namespace {

constexpr int deepest = 40;

} // namespace

MigrationVerdict RailsReader::read()
{
    if (m_file.isBroken())
        m_log.unknown(QStringLiteral("its blocks do not fit together"));
    bool hasUp = false, hasChange = false;
    for (const RubyMethod &method : m_file.methods()) {
        if (method.name != "up" && method.name != "change")
            continue;
        m_isChange = method.name == "change";
        (m_isChange ? hasChange : hasUp) = true;
        body(method.body);
    }
    if (!hasUp && !hasChange)
        m_log.unknown(QStringLiteral("it has neither change nor up"));
    if (hasUp)
        judgeDown();
    else if (!hasChange)
        m_reversible = Reversible::Unknown;
    return m_log.finished(m_reversible,
                          m_wayBack.isEmpty() ? QStringLiteral("it has neither change nor up") : m_wayBack);
}

void RailsReader::noWayBack(Reversible reversible, const QString &why)
{
    if (reversible == Reversible::Yes || m_reversible == Reversible::No || m_reversible == reversible)
        return;
    m_reversible = reversible;
    m_wayBack = why;
}

void RailsReader::judgeDown()
{
    const auto down = std::ranges::find(m_file.methods(), QByteArray("down"), &RubyMethod::name);
    if (down == m_file.methods().end()) {
        noWayBack(Reversible::No, QStringLiteral("there is no down"));
        return;
    }
    for (size_t at = down->body.first; at < down->body.last; ++at) {
        if (m_file[at].is("IrreversibleMigration"))
            noWayBack(Reversible::No, QStringLiteral("down raises IrreversibleMigration"));
        else if (m_file[at].is("raise"))
            noWayBack(Reversible::Unknown, QStringLiteral("down may raise an error"));
    }
}

void RailsReader::cannotTell(const QString &why)
{
    m_log.unknown(why);
    if (m_isChange)
        noWayBack(Reversible::Unknown, why);
}

void RailsReader::body(const TokenSpan &span)
{
    const size_t depth = m_log.depth();
    walk(span);
    m_log.endPerhaps(depth);
}

void RailsReader::walk(const TokenSpan &span)
{
    if (m_depth > deepest) {
        cannotTell(QStringLiteral("it is nested too deeply"));
        return;
    }
    ++m_depth;
    for (size_t at = span.first; at < span.last;) {
        const RubyToken &token = m_file[at];
        if (token.kind == RubyToken::LineEnd || token.is(";") || token.is("then") || token.is("else")
            || token.is("ensure")) {
            ++at;
        } else if (token.is("elsif") || token.is("when") || token.is("rescue") || token.is("in")) {
            const size_t end = m_file.lineEnd(at, span.last);
            if (token.is("rescue"))
                cannotTell(QStringLiteral("what happens after an error is not known"));
            else
                condition({at + 1, end});
            at = end;
        } else {
            const TokenSpan one{at, m_file.statementEnd(at, span.last)};
            m_log.at(token.line, token.begin, m_file[one.last - 1].end);
            statement(one);
            at = std::max(one.last, at + 1);
        }
    }
    --m_depth;
}

void RailsReader::perhaps(const TokenSpan &span)
{
    const size_t depth = m_log.perhaps();
    walk(span);
    m_log.endPerhaps(depth);
}

void RailsReader::condition(const TokenSpan &span)
{
    for (size_t at = span.first; at < span.last; ++at) {
        const RubyToken &token = m_file[at];
        if (token.kind != RubyToken::Name || isRubyConstant(token.text)
            || isAnyOf(token.text, "not", "and", "or", "true", "false", "nil", "then", "connection", "env",
                       "production?", "development?", "test?", "table_exists?", "column_exists?", "index_exists?",
                       "index_name_exists?", "foreign_key_exists?", "check_constraint_exists?", "extension_enabled?",
                       "data_source_exists?", "view_exists?", "any?", "none?", "exists?", "present?", "blank?"))
            continue;
        cannotTell(QStringLiteral("its condition is not known"));
        return;
    }
}

void RailsReader::statement(const TokenSpan &span)
{
    const RubyToken &first = m_file[span.first];
    if (const auto close = m_file.closing(span.first); close && first.kind == RubyToken::Name) {
        block(span.first, *close);
        if (*close + 1 < span.last)
            cannotTell(QStringLiteral("more is done with what the block gives back"));
        return;
    }
    const size_t modifier = m_file.modifierOf(span);
    if (modifier == span.last) {
        simple(span);
        return;
    }
    const size_t depth = m_log.perhaps();
    if (m_file[modifier].is("rescue") || m_file[modifier].is("while") || m_file[modifier].is("until"))
        cannotTell(QStringLiteral("it may run more than once, or not at all"));
    condition({modifier + 1, span.last});
    if (first.is("return"))
        return; // the rest of the method runs perhaps
    simple({span.first, modifier});
    m_log.endPerhaps(depth);
}

void RailsReader::block(size_t open, size_t close)
{
    const RubyToken &word = m_file[open];
    if (word.is("def") || word.is("class") || word.is("module"))
        return;
    const size_t head = m_file.lineEnd(open, close);
    if (word.is("begin") || word.is("do")) {
        walk({open + 1, close});
        return;
    }
    if (word.is("while") || word.is("until") || word.is("for"))
        cannotTell(QStringLiteral("it runs in a loop"));
    else
        condition({open + 1, head});
    perhaps({head, close});
}

void RailsReader::simple(const TokenSpan &span)
{
    if (span.isEmpty())
        return;
    const RubyToken &first = m_file[span.first];
    const bool isValue = first.kind == RubyToken::String || first.kind == RubyToken::Symbol
        || first.kind == RubyToken::Number || first.is("nil") || first.is("true") || first.is("false");
    if (span.size() == 1 && (isValue || first.is("end") || first.is("return")))
        return;
    if (first.is("return"))
        return simple({span.first + 1, span.last});
    for (size_t at = span.first; at < span.last; at = m_file.behind(at)) {
        if (at == span.first
            || !(m_file[at].is("and") || m_file[at].is("or") || m_file[at].is("&&") || m_file[at].is("||")))
            continue;
        simple({span.first, at});
        const size_t depth = m_log.perhaps();
        simple({at + 1, span.last});
        m_log.endPerhaps(depth);
        return;
    }
    if (first.is("raise")) {
        cannotTell(QStringLiteral("it stops with an error"));
        return;
    }
    for (size_t at = span.first + 1; at < span.last; at = m_file.behind(at)) {
        if (m_file[at].is("=") || m_file[at].is("+=")) {
            assignment({span.first, at}, {at + 1, span.last});
            return;
        }
        if (m_file[at].is("(") || m_file[at].is(",") || m_file[at].kind == RubyToken::Symbol)
            break;
    }
    const auto call = m_file.callAt(span);
    if (call)
        dispatch(*call, span);
    else
        cannotTell(QStringLiteral("it is no command that is written out"));
}

void RailsReader::assignment(const TokenSpan &target, const TokenSpan &value)
{
    const QByteArray name = m_file[target.first].text;
    const bool hadText = m_texts.contains(name);
    const auto text = m_file.literal(value, m_texts);
    m_texts.remove(name);
    if (target.size() == 1) {
        if (text) {
            if (!hadText || m_log.depth() == 0) // else either of the two may stand there
                m_texts.insert(name, *text);
            return;
        }
    } else if (m_rows.contains(name)) {
        return; // a value of a row, which save! writes
    }
    for (size_t at = value.first; at < value.last; ++at) {
        const RubyToken &token = m_file[at];
        const bool isHarmless = token.kind != RubyToken::Name || isRubyConstant(token.text) || isReadMethod(token.text)
            || m_rows.contains(token.text) || isAnyOf(token.text, "true", "false", "nil", "freeze");
        if (!isHarmless) {
            cannotTell(QStringLiteral("where %1 comes from is not known").arg(QString::fromUtf8(name)));
            return;
        }
    }
}

MigrationVerdict classifyRails(const QByteArray &ruby, CreatedObjects &created)
{
    const QByteArray source = ruby.startsWith("\xEF\xBB\xBF") ? ruby.mid(3) : ruby;
    OperationLog log(source, created);
    if (source.size() > mostMigrationBytes || source.contains('\0')) {
        log.unknown(QStringLiteral("it is too long to be read, or no text"));
        return log.finished(Reversible::Unknown, QStringLiteral("it is too long to be read, or no text"));
    }
    const RubyFile file(source);
    return RailsReader(file, log).read();
}

} // namespace taffrail::schema
