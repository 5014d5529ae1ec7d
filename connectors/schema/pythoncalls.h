// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pythontext.h"
#include "tokenspan.h"

#include <QHash>

#include <optional>
#include <utility>

/// Calls and literals in Python's tokens.
namespace taffrail::schema {

/// name.name(argument, keyword=argument)
struct PythonCall {
    QByteArrayList head; ///< {"op", "add_column"}
    std::vector<TokenSpan> positional;
    std::vector<std::pair<QByteArray, TokenSpan>> keywords;
    bool isSpread = false; ///< has *arguments or **arguments: not all are known
    TokenSpan span; ///< with the head and the closing bracket

    QByteArray name() const { return head.isEmpty() ? QByteArray() : head.back(); }
    const TokenSpan *keyword(const char *name) const; ///< null: not given
    /// The keyword's value, else the positional one; null when neither is given. A negative position is none.
    const TokenSpan *argument(int position, const char *name) const;
};

using PythonTokens = std::vector<PythonToken>;
/// Names that stand for a text wherever they are used.
using PythonTexts = QHash<QByteArray, QByteArray>;

/// The call that begins at `at`; nothing when there is none before `end`, or its bracket is not closed.
std::optional<PythonCall> pythonCallAt(const PythonTokens &tokens, size_t at, size_t end);
/// The same for brackets whose "(" is at `open`: what follows a call in a chain.
std::optional<PythonCall> pythonArgumentsAt(const PythonTokens &tokens, size_t open, size_t end);
/// The items between the brackets of a list or tuple that begins at span.first; nothing when it is none, or goes on
/// behind its bracket.
std::optional<std::vector<TokenSpan>> pythonItems(const PythonTokens &tokens, const TokenSpan &span);

/// A text that is wholly written out: one or more literals, joined by nothing or "+", perhaps in brackets.
std::optional<QByteArray> pythonLiteral(const PythonTokens &tokens, TokenSpan span);
/// Every literal in the span, one after the other; what else stands there becomes a name. For a hint only.
QByteArray pythonHint(const PythonTokens &tokens, const TokenSpan &span);
bool isWord(const PythonTokens &tokens, const TokenSpan &span, const char *word); ///< exactly this one token
/// Whether a name is called anywhere in the span.
bool containsCall(const PythonTokens &tokens, const TokenSpan &span);

/// The tokens of the body of `def name(…)` at column 0, the last of that name; nothing when there is none.
/// `hasArguments` tells whether it takes any.
struct PythonFunction {
    QByteArray name;
    TokenSpan body;
    bool hasArguments = false;
};
std::vector<PythonFunction> pythonFunctions(const PythonTokens &tokens);
/// The last of that name, or null.
const PythonFunction *functionNamed(const std::vector<PythonFunction> &functions, const QByteArray &name);
/// NAME = "text" at the left edge, where only one line gives it a value.
PythonTexts pythonConstants(const PythonTokens &tokens);

} // namespace taffrail::schema
