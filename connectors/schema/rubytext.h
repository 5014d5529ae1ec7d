// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <vector>

/// Enough of Ruby to read what migration files declare. It never runs anything and takes any bytes.
namespace taffrail::schema {

struct RubyToken {
    enum Kind {
        Name, ///< also keywords, constants and @variables; "exists?" and "save!" with their mark
        Symbol, ///< :users, text "users"
        Label, ///< null: …, text "null"
        Number,
        String, ///< quotes, %q, %Q, %(…), heredocs; text is the content
        Words, ///< %w[a b] and %i[a b], text "a b"
        Parameters, ///< |a, b| of a block
        Operator,
        LineEnd,
    };
    Kind kind = Operator;
    QByteArray text;
    int line = 1; ///< of the file, from 1
    int textLine = 1; ///< of a String: the line that its content begins on
    qsizetype begin = 0, end = 0; ///< bytes of the file: [begin, end)
    bool isFilledIn = false; ///< of a String or Symbol: holds #{…}, which is "filled_in" in the text
    bool isSpaced = false; ///< white space stands before it

    bool is(const char *word) const { return (kind == Name || kind == Operator) && text == word; }
};

/// Comments are dropped; a LineEnd closes each statement that ends with its line, so not in brackets or behind a comma.
/// `isUnclosed` tells of a text that does not end: what stands in it may be no text at all.
std::vector<RubyToken> rubyTokens(const QByteArray &source, bool &isUnclosed);

} // namespace taffrail::schema
