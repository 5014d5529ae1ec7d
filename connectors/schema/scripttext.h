// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <vector>

namespace taffrail::schema {

struct ScriptToken {
    enum class Kind { Word, Number, Text, Mark } kind = Kind::Mark;
    QByteArray text; ///< a text's value with its escapes undone; a mark is one character, or "=>"
    int line = 1;
    qsizetype begin = 0, end = 0; ///< bytes of the file
    bool isFilledIn = false; ///< a template with ${…}: each stands in the text as a name

    bool is(const char *what) const { return kind != Kind::Text && text == what; }
};

/// The tokens of JavaScript or TypeScript without comments. At most 50 000; what follows is left out. Regular
/// expressions are taken for such where a value is expected.
std::vector<ScriptToken> scriptTokens(const QByteArray &source);

struct TokenRange {
    size_t first = 0, last = 0; ///< [first, last)
};
/// The function that a migration gives under this name ("up", "down").
struct ScriptFunction {
    bool isFound = false;
    bool isRefused = false; ///< the name is set to false or null
    bool isBodyKnown = false; ///< its body stands here
    TokenRange body;
};
ScriptFunction functionNamed(const std::vector<ScriptToken> &tokens, const char *name);
/// The place behind the mark that closes the one at `open` ("(", "[" or "{"), or the end.
size_t behindClosing(const std::vector<ScriptToken> &tokens, size_t open);

} // namespace taffrail::schema
