// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>

#include <vector>

/// Enough of Python to read what migration files declare. It never runs anything and takes any bytes.
namespace taffrail::schema {

struct PythonToken {
    enum Kind { Name, Number, String, Operator, LineEnd };
    Kind kind = Operator;
    QByteArray text; ///< of a String: its content, escapes kept, prefix and quotes dropped
    int column = 0; ///< of the first token of its line, counted from 0
    int depth = 0; ///< open brackets before it
    bool startsLine = false; ///< first of a logical line
    int line = 1; ///< of the file, from 1
    qsizetype begin = 0, end = 0; ///< bytes of the file: [begin, end)
    bool isRaw = false; ///< of a String: its escapes stand for themselves
    bool isFormatted = false; ///< of a String: Python fills it in when it runs

    bool is(const char *word) const { return kind != String && text == word; }
};

/// Comments are dropped; a LineEnd closes each logical line.
std::vector<PythonToken> pythonTokens(const QByteArray &source);

/// A value assigned to a name: NAME = …, NAME: annotation = …
struct PythonAssignment {
    size_t first = 0, last = 0; ///< tokens of the value: [first, last)
    bool isFound = false;
};
/// The last assignment to `name` on a line that begins at `column` (-1: any column above 0, that is, in a class).
PythonAssignment findAssignment(const std::vector<PythonToken> &tokens, const char *name, int column);
/// The texts of a value, in order; escapes kept.
QList<QByteArray> stringsOf(const std::vector<PythonToken> &tokens, const PythonAssignment &value);

/// What Python makes of a String's escapes; those for characters by number stay as written.
QByteArray unescaped(const PythonToken &text);

} // namespace taffrail::schema
