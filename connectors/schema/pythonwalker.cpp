// SPDX-License-Identifier: GPL-3.0-or-later
#include "pythonwalker.h"

#include <algorithm>

namespace taffrail::schema {

namespace {

constexpr int deepest = 40;

bool isCompound(const PythonToken &token)
{
    return token.kind == PythonToken::Name
        && isOneOf(token.text, "if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class",
                   "async");
}

} // namespace

size_t pythonLineEnd(const PythonTokens &tokens, size_t at, size_t end)
{
    while (at < end && tokens[at].kind != PythonToken::LineEnd)
        ++at;
    return at;
}

void PythonWalker::walk(const TokenSpan &body)
{
    if (m_depth > deepest) {
        m_log.unknown(QStringLiteral("it is nested too deeply"));
        return;
    }
    ++m_depth;
    size_t at = body.first;
    while (at < body.last) {
        if (m_tokens[at].kind == PythonToken::LineEnd || m_tokens[at].is(";")) {
            ++at;
            continue;
        }
        const size_t end = pythonLineEnd(m_tokens, at, body.last);
        at = isCompound(m_tokens[at]) ? compound(at, end, body.last) : simple(at, end);
    }
    --m_depth;
}

void PythonWalker::mark(const TokenSpan &span)
{
    if (!span.isEmpty())
        m_log.at(m_tokens[span.first].line, m_tokens[span.first].begin, m_tokens[span.last - 1].end);
}

// Up to the end of the line or the next ";".
size_t PythonWalker::simple(size_t at, size_t end)
{
    size_t stop = at;
    while (stop < end && !(m_tokens[stop].depth == 0 && m_tokens[stop].is(";")))
        ++stop;
    mark({at, stop});
    if (stop > at)
        statement({at, stop});
    return std::max(stop, at + 1);
}

size_t PythonWalker::compound(size_t at, size_t end, size_t last)
{
    size_t colon = at;
    while (colon < end && !(m_tokens[colon].depth == 0 && m_tokens[colon].is(":")))
        ++colon;
    TokenSpan body{std::min(colon + 1, end), end};
    if (body.isEmpty()) { // the lines that stand further in
        const int column = m_tokens[at].column;
        body = {end, end};
        while (body.last < last && !(m_tokens[body.last].startsLine && m_tokens[body.last].column <= column))
            ++body.last;
    }
    mark({at, colon});
    enter({at, colon}, body);
    return std::max(body.last, end);
}

void PythonWalker::enter(const TokenSpan &head, const TokenSpan &body)
{
    const QByteArray word = m_tokens[head.first].text;
    if (isOneOf(word, "def", "class", "async"))
        return; // calls of it are unknown
    if (word == "with" && enterWith(head, body))
        return;
    const size_t depth = m_log.perhaps();
    if (isOneOf(word, "for", "while"))
        m_log.unknown(QStringLiteral("it runs in a loop"));
    else if (isOneOf(word, "try", "except", "with"))
        m_log.unknown(QStringLiteral("what a \"%1\" does here is not known").arg(QString::fromUtf8(word)));
    else if (isOneOf(word, "if", "elif") && !isHarmless({head.first + 1, head.last}))
        m_log.unknown(QStringLiteral("the condition calls what is not known"));
    walk(body);
    m_log.endPerhaps(depth);
}

} // namespace taffrail::schema
