// SPDX-License-Identifier: GPL-3.0-or-later
#include "rubycalls.h"

#include <algorithm>

namespace taffrail::schema {

namespace {

template <typename... Words> bool isAny(const RubyToken &token, const Words &...words)
{
    return (token.is(words) || ...);
}

bool isOpenBracket(const RubyToken &token)
{
    return token.kind == RubyToken::Operator && isAny(token, "(", "[", "{");
}

bool isCloseBracket(const RubyToken &token)
{
    return token.kind == RubyToken::Operator && isAny(token, ")", "]", "}");
}

bool isDot(const RubyToken &token)
{
    return token.kind == RubyToken::Operator && isAny(token, ".", "&.", "::");
}

} // namespace

const TokenSpan *RubyCall::keyword(const char *name) const
{
    const auto found = std::ranges::find_if(keywords, [name](const auto &each) { return each.first == name; });
    return found == keywords.end() ? nullptr : &found->second;
}

const TokenSpan *RubyCall::positionalAt(int position) const
{
    return position >= 0 && size_t(position) < positional.size() ? &positional[size_t(position)] : nullptr;
}

RubyFile::RubyFile(const QByteArray &source) : m_tokens(rubyTokens(source, m_isBroken)), m_closing(m_tokens.size(), 0)
{
    matchAll();
    findMethods();
}

// "if" and its like open a block where a statement or value begins; behind a statement they are its condition.
bool RubyFile::opensBlock(size_t index) const
{
    const RubyToken &token = m_tokens[index];
    if (token.kind != RubyToken::Name || (index > 0 && isDot(m_tokens[index - 1])))
        return false;
    if (isAny(token, "class", "module", "begin", "case", "do"))
        return true;
    if (token.is("def"))
        return !isEndless(index);
    if (!isAny(token, "if", "unless", "while", "until", "for"))
        return false;
    if (index == 0)
        return true;
    const RubyToken &before = m_tokens[index - 1];
    return before.kind == RubyToken::LineEnd || before.kind == RubyToken::Parameters
        || (before.kind == RubyToken::Operator && !isCloseBracket(before))
        || isAny(before, "do", "then", "else", "begin", "and", "or", "not", "ensure");
}

/// def name = value
bool RubyFile::isEndless(size_t definition) const
{
    size_t at = definition + 2;
    if (at + 1 < m_tokens.size() && isDot(m_tokens[at]))
        at += 2;
    int depth = 0;
    for (size_t i = at; i < std::min(m_tokens.size(), at + 60); ++i) {
        depth += isOpenBracket(m_tokens[i]) ? 1 : isCloseBracket(m_tokens[i]) ? -1 : 0;
        if (m_tokens[i].kind == RubyToken::LineEnd)
            return false;
        if (depth == 0 && m_tokens[i].is("="))
            return m_tokens[i].isSpaced && (i == at || isCloseBracket(m_tokens[i - 1]));
    }
    return false;
}

void RubyFile::matchAll()
{
    std::vector<size_t> open;
    bool awaitsDo = false; // of a loop, whose "do" opens nothing of its own
    for (size_t i = 0; i < m_tokens.size(); ++i) {
        const RubyToken &token = m_tokens[i];
        if (token.kind == RubyToken::LineEnd)
            awaitsDo = false;
        if (isOpenBracket(token)) {
            open.push_back(i);
        } else if (opensBlock(i)) {
            if (token.is("do") && awaitsDo) {
                awaitsDo = false;
                continue;
            }
            awaitsDo = isAny(token, "while", "until", "for");
            open.push_back(i);
        } else if (isCloseBracket(token) || (token.is("end") && !(i > 0 && isDot(m_tokens[i - 1])))) {
            const bool fits = !open.empty() && isOpenBracket(m_tokens[open.back()]) == isCloseBracket(token);
            m_isBroken |= !fits;
            if (fits) {
                m_closing[open.back()] = i;
                open.pop_back();
            }
        }
    }
    m_isBroken |= !open.empty();
}

void RubyFile::findMethods()
{
    for (size_t i = 0; i + 2 < m_tokens.size(); ++i) {
        if (!m_tokens[i].is("def") || !closing(i))
            continue;
        size_t at = i + 1;
        if (m_tokens[at].is("self") && isDot(m_tokens[at + 1]))
            at += 2;
        if (at >= *closing(i))
            continue;
        RubyMethod method;
        method.name = m_tokens[at++].text;
        if (m_tokens[at].is("(")) {
            const size_t close = closing(at).value_or(at);
            method.hasParameters = close > at + 1;
            at = close + 1;
        } else if (m_tokens[at].kind != RubyToken::LineEnd && !m_tokens[at].is(";")) {
            method.hasParameters = true;
            at = lineEnd(at, *closing(i));
        }
        method.body = {at, *closing(i)};
        m_methods.push_back(method);
    }
}

std::optional<size_t> RubyFile::closing(size_t index) const
{
    return index < m_closing.size() && m_closing[index] != 0 ? std::optional(m_closing[index]) : std::nullopt;
}

size_t RubyFile::statementEnd(size_t at, size_t last) const
{
    while (at < last && m_tokens[at].kind != RubyToken::LineEnd && !m_tokens[at].is(";"))
        at = behind(at);
    return std::min(at, last);
}

size_t RubyFile::lineEnd(size_t at, size_t last) const
{
    while (at < last && m_tokens[at].kind != RubyToken::LineEnd && !m_tokens[at].is(";"))
        ++at;
    return at;
}

size_t RubyFile::modifierOf(const TokenSpan &span) const
{
    for (size_t at = span.first; at < span.last; at = behind(at)) {
        if (at > span.first && !closing(at) && isAny(m_tokens[at], "if", "unless", "while", "until", "rescue")
            && !isDot(m_tokens[at - 1]))
            return at;
    }
    return span.last;
}

std::vector<TokenSpan> RubyFile::items(size_t first, size_t last) const
{
    std::vector<TokenSpan> found;
    TokenSpan item{first, first};
    for (size_t at = first; at < last; at = std::min(behind(at), last)) {
        if (!m_tokens[at].is(",")) {
            item.last = std::min(behind(at), last);
            continue;
        }
        if (!item.isEmpty())
            found.push_back(item);
        item = {at + 1, at + 1};
    }
    if (!item.isEmpty())
        found.push_back(item);
    return found;
}

void RubyFile::take(RubyCall &call, const std::vector<TokenSpan> &arguments) const
{
    for (TokenSpan item : arguments) {
        while (!item.isEmpty() && m_tokens[item.first].kind == RubyToken::LineEnd)
            ++item.first;
        while (!item.isEmpty() && m_tokens[item.last - 1].kind == RubyToken::LineEnd)
            --item.last;
        if (item.isEmpty())
            continue;
        const RubyToken &first = m_tokens[item.first];
        const bool isArrow = item.size() >= 3 && m_tokens[item.first + 1].is("=>")
            && (first.kind == RubyToken::Symbol || first.kind == RubyToken::String);
        if (first.is("*") || first.is("&"))
            call.isSpread = true;
        else if (first.kind == RubyToken::Label)
            call.keywords.emplace_back(first.text, TokenSpan{item.first + 1, item.last});
        else if (isArrow)
            call.keywords.emplace_back(first.text, TokenSpan{item.first + 2, item.last});
        else if (first.is("{") && closing(item.first) == item.last - 1) // { null: false } written out
            take(call, items(item.first + 1, item.last - 1));
        else
            call.positional.push_back(item);
    }
}

std::optional<RubyCall> RubyFile::callAt(const TokenSpan &span) const
{
    size_t at = span.first;
    if (span.isEmpty() || m_tokens[at].kind != RubyToken::Name)
        return std::nullopt;
    RubyCall call;
    call.head << m_tokens[at++].text;
    while (at + 1 < span.last && isDot(m_tokens[at]) && m_tokens[at + 1].kind == RubyToken::Name) {
        call.head << m_tokens[at + 1].text;
        at += 2;
    }
    const auto isBlock = [&](size_t index) {
        return index < span.last && closing(index) && (m_tokens[index].is("do") || m_tokens[index].is("{"));
    };
    if (at < span.last && m_tokens[at].is("(") && !m_tokens[at].isSpaced && closing(at)) {
        take(call, items(at + 1, *closing(at)));
        at = behind(at);
    } else if (at < span.last && !isBlock(at) && !isDot(m_tokens[at])) {
        size_t end = at;
        while (end < span.last && !m_tokens[end].is("do"))
            end = behind(end);
        end = std::min(end, span.last);
        take(call, items(at, end));
        at = end;
    }
    if (isBlock(at)) {
        size_t body = at + 1;
        if (body < *closing(at) && m_tokens[body].kind == RubyToken::Parameters)
            call.parameters = m_tokens[body++].text;
        call.block = TokenSpan{body, *closing(at)};
        at = behind(at);
    }
    call.span = {span.first, std::min(at, span.last)};
    return call;
}

std::optional<QByteArray> RubyFile::literal(const TokenSpan &span, const RubyTexts &texts) const
{
    if (span.size() == 1 && m_tokens[span.first].kind == RubyToken::Symbol && !m_tokens[span.first].isFilledIn)
        return m_tokens[span.first].text;
    if (span.size() == 1 && m_tokens[span.first].kind == RubyToken::Name) {
        const auto text = texts.constFind(m_tokens[span.first].text);
        return text == texts.cend() ? std::nullopt : std::optional(*text);
    }
    QByteArray result;
    for (size_t at = span.first; at < span.last; ++at) {
        const RubyToken &token = m_tokens[at];
        const bool joins = token.is("+") && at > span.first && at + 1 < span.last;
        const bool trims = isDot(token) && at > span.first && at + 1 < span.last
            && isAny(m_tokens[at + 1], "squish", "strip", "strip_heredoc", "freeze", "chomp", "to_s", "to_sym");
        if (token.kind == RubyToken::String && !token.isFilledIn)
            result += token.text;
        else if (trims)
            ++at;
        else if (!joins)
            return std::nullopt;
    }
    return span.isEmpty() ? std::nullopt : std::optional(result);
}

QByteArray RubyFile::hint(const TokenSpan &span) const
{
    QByteArray text;
    for (size_t at = span.first; at < span.last; ++at) {
        if (m_tokens[at].kind == RubyToken::String)
            text += m_tokens[at].text;
    }
    return text;
}

bool RubyFile::isWord(const TokenSpan &span, const char *word) const
{
    return span.size() == 1 && m_tokens[span.first].is(word);
}

std::optional<QByteArrayList> RubyFile::literals(const TokenSpan &span, const RubyTexts &texts) const
{
    if (span.isEmpty())
        return std::nullopt;
    const RubyToken &first = m_tokens[span.first];
    if (span.size() == 1 && first.kind == RubyToken::Words && !first.isFilledIn)
        return first.text.split(' ');
    if (!first.is("[") || closing(span.first) != span.last - 1) {
        const auto one = literal(span, texts);
        return one ? std::optional(QByteArrayList{*one}) : std::nullopt;
    }
    QByteArrayList all;
    for (const TokenSpan &item : items(span.first + 1, span.last - 1)) {
        const auto one = literal(item, texts);
        if (!one)
            return std::nullopt;
        all << *one;
    }
    return all;
}

} // namespace taffrail::schema
