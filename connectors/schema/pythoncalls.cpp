// SPDX-License-Identifier: GPL-3.0-or-later
#include "pythoncalls.h"

#include <QSet>

#include <algorithm>

namespace taffrail::schema {

namespace {

bool closes(const PythonToken &token)
{
    return token.is(")") || token.is("]") || token.is("}");
}

/// The bracket that closes the one at `open`; `end` when there is none.
size_t closingOf(const PythonTokens &tokens, size_t open, size_t end)
{
    size_t at = open + 1;
    while (at < end && !(tokens[at].depth == tokens[open].depth && closes(tokens[at])))
        ++at;
    return at;
}

/// Spans between commas at the depth just inside the bracket at `open`.
std::vector<TokenSpan> itemsInside(const PythonTokens &tokens, size_t open, size_t close)
{
    std::vector<TokenSpan> items;
    const int depth = tokens[open].depth + 1;
    TokenSpan item{open + 1, open + 1};
    for (size_t at = open + 1; at <= close; ++at) {
        if (at != close && !(tokens[at].depth == depth && tokens[at].is(",")))
            continue;
        item.last = at;
        if (!item.isEmpty())
            items.push_back(item);
        item = {at + 1, at + 1};
    }
    return items;
}

/// Brackets around the whole of it are taken off.
TokenSpan bared(const PythonTokens &tokens, TokenSpan span)
{
    for (int i = 0; i < 8 && span.last - span.first >= 2 && tokens[span.first].is("(")
         && closingOf(tokens, span.first, span.last) == span.last - 1;
         ++i)
        span = {span.first + 1, span.last - 1};
    return span;
}

} // namespace

const TokenSpan *PythonCall::keyword(const char *name) const
{
    const auto found = std::ranges::find_if(keywords, [name](const auto &each) { return each.first == name; });
    return found == keywords.end() ? nullptr : &found->second;
}

const TokenSpan *PythonCall::argument(int position, const char *name) const
{
    if (const TokenSpan *named = keyword(name))
        return named;
    return position >= 0 && size_t(position) < positional.size() ? &positional[size_t(position)] : nullptr;
}

std::optional<PythonCall> pythonArgumentsAt(const PythonTokens &tokens, size_t open, size_t end)
{
    if (open >= end || !tokens[open].is("("))
        return std::nullopt;
    const size_t close = closingOf(tokens, open, end);
    if (close >= end)
        return std::nullopt;
    PythonCall call;
    call.span = {open, close + 1};
    for (TokenSpan item : itemsInside(tokens, open, close)) {
        const bool isKeyword = item.last - item.first >= 2 && tokens[item.first].kind == PythonToken::Name
            && tokens[item.first + 1].is("=") && !(item.last - item.first >= 3 && tokens[item.first + 2].is("="));
        if (tokens[item.first].is("*"))
            call.isSpread = true;
        else if (isKeyword)
            call.keywords.emplace_back(tokens[item.first].text, TokenSpan{item.first + 2, item.last});
        else
            call.positional.push_back(item);
    }
    return call;
}

std::optional<PythonCall> pythonCallAt(const PythonTokens &tokens, size_t at, size_t end)
{
    QByteArrayList head;
    size_t next = at;
    while (next < end && tokens[next].kind == PythonToken::Name) {
        head << tokens[next].text;
        ++next;
        if (next >= end || !tokens[next].is("."))
            break;
        ++next;
    }
    if (head.isEmpty())
        return std::nullopt;
    std::optional<PythonCall> call = pythonArgumentsAt(tokens, next, end);
    if (call) {
        call->head = head;
        call->span.first = at;
    }
    return call;
}

std::optional<std::vector<TokenSpan>> pythonItems(const PythonTokens &tokens, const TokenSpan &span)
{
    if (span.isEmpty() || !(tokens[span.first].is("[") || tokens[span.first].is("(")))
        return std::nullopt;
    const size_t close = closingOf(tokens, span.first, span.last);
    if (close + 1 != span.last)
        return std::nullopt;
    return itemsInside(tokens, span.first, close);
}

std::optional<QByteArray> pythonLiteral(const PythonTokens &tokens, TokenSpan span)
{
    span = bared(tokens, span);
    if (span.isEmpty())
        return std::nullopt;
    QByteArray text;
    for (size_t at = span.first; at < span.last; ++at) {
        const PythonToken &token = tokens[at];
        const bool joins = token.is("+") && at > span.first && at + 1 < span.last;
        if (token.kind == PythonToken::String && !token.isFormatted)
            text += unescaped(token);
        else if (!joins)
            return std::nullopt;
    }
    return text;
}

QByteArray pythonHint(const PythonTokens &tokens, const TokenSpan &span)
{
    QByteArray text;
    for (size_t at = span.first; at < span.last; ++at) {
        if (tokens[at].kind != PythonToken::String)
            continue;
        QByteArray piece = unescaped(tokens[at]);
        if (tokens[at].isFormatted || piece.contains('{')) {
            for (qsizetype open = piece.indexOf('{'); open >= 0; open = piece.indexOf('{', open + 1)) {
                const qsizetype close = piece.indexOf('}', open);
                if (close < 0)
                    break;
                piece.replace(open, close - open + 1, "filled_in");
            }
        }
        piece.replace("%s", "filled_in");
        text += piece;
    }
    return text;
}

bool isWord(const PythonTokens &tokens, const TokenSpan &span, const char *word)
{
    return span.last - span.first == 1 && tokens[span.first].is(word);
}

bool containsCall(const PythonTokens &tokens, const TokenSpan &span)
{
    for (size_t at = span.first; at + 1 < span.last; ++at) {
        if ((tokens[at].kind == PythonToken::Name || closes(tokens[at])) && tokens[at + 1].is("("))
            return true;
    }
    return false;
}

std::vector<PythonFunction> pythonFunctions(const PythonTokens &tokens)
{
    std::vector<PythonFunction> functions;
    for (size_t i = 0; i + 2 < tokens.size(); ++i) {
        if (!tokens[i].startsLine || tokens[i].column != 0 || !tokens[i].is("def"))
            continue;
        PythonFunction function;
        function.name = tokens[i + 1].text;
        function.hasArguments = tokens[i + 2].is("(") && i + 3 < tokens.size() && !tokens[i + 3].is(")");
        size_t at = i + 2;
        while (at < tokens.size() && tokens[at].kind != PythonToken::LineEnd
               && !(tokens[at].depth == 0 && tokens[at].is(":")))
            ++at;
        function.body.first = std::min(at + 1, tokens.size());
        at = function.body.first;
        while (at < tokens.size() && !(tokens[at].startsLine && tokens[at].column == 0))
            ++at;
        function.body.last = at;
        functions.push_back(function);
    }
    return functions;
}

const PythonFunction *functionNamed(const std::vector<PythonFunction> &functions, const QByteArray &name)
{
    const PythonFunction *found = nullptr;
    for (const PythonFunction &function : functions) {
        if (function.name == name)
            found = &function;
    }
    return found;
}

PythonTexts pythonConstants(const PythonTokens &tokens)
{
    PythonTexts texts;
    QSet<QByteArray> seen;
    for (size_t i = 0; i + 2 < tokens.size(); ++i) {
        const PythonToken &token = tokens[i];
        if (!token.startsLine || token.kind != PythonToken::Name)
            continue;
        if (token.column != 0) { // under a condition, or of a function that has its own
            if (tokens[i + 1].is("=") || tokens[i + 1].is("+")) {
                texts.remove(token.text);
                seen.insert(token.text);
            }
            continue;
        }
        size_t end = i;
        while (end < tokens.size() && tokens[end].kind != PythonToken::LineEnd)
            ++end;
        const auto text = tokens[i + 1].is("=") ? pythonLiteral(tokens, {i + 2, end}) : std::nullopt;
        if (!seen.contains(token.text) && text)
            texts.insert(token.text, *text);
        else
            texts.remove(token.text);
        seen.insert(token.text);
    }
    return texts;
}

} // namespace taffrail::schema
