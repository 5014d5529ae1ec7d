// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "operationlog.h"
#include "pythoncalls.h"

namespace taffrail::schema {

/// Goes through the statements of a function's body. What runs under a condition runs perhaps; loops, "try" and what
/// else the text does not settle are logged as unknown, and what stands inside is judged all the same.
class PythonWalker {
public:
    PythonWalker(const PythonTokens &tokens, OperationLog &log) : m_tokens(tokens), m_log(log) {}
    PythonWalker(const PythonWalker &) = delete;
    PythonWalker &operator=(const PythonWalker &) = delete;
    virtual ~PythonWalker() = default;

    void walk(const TokenSpan &body);

protected:
    /// One simple statement, never empty.
    virtual void statement(const TokenSpan &span) = 0;
    /// "with …:" whose head is known: walks the body itself. False: not known.
    virtual bool enterWith(const TokenSpan &head, const TokenSpan &body) = 0;
    /// Whether a condition only looks.
    virtual bool isHarmless(const TokenSpan &condition) const = 0;

    const PythonTokens &m_tokens;
    OperationLog &m_log;

private:
    size_t simple(size_t at, size_t end);
    size_t compound(size_t at, size_t end, size_t last);
    void enter(const TokenSpan &head, const TokenSpan &body);
    void mark(const TokenSpan &span);

    int m_depth = 0;
};

/// The end of the logical line that holds `at`.
size_t pythonLineEnd(const PythonTokens &tokens, size_t at, size_t end);

template <typename... Words> bool isOneOf(const QByteArray &word, const Words &...words)
{
    return ((word == words) || ...);
}

} // namespace taffrail::schema
