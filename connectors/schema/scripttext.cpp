// SPDX-License-Identifier: GPL-3.0-or-later
#include "scripttext.h"

#include <algorithm>

namespace taffrail::schema {

namespace {

constexpr size_t mostTokens = 50'000;
constexpr int mostTries = 200;

bool isWordByte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_'
        || byte == '$' || static_cast<unsigned char>(byte) >= 0x80;
}

class Scanner {
public:
    explicit Scanner(const QByteArray &source) : m_source(source) {}

    std::vector<ScriptToken> scan()
    {
        while (m_at < m_source.size() && m_tokens.size() < mostTokens)
            step();
        return std::move(m_tokens);
    }

private:
    char at(qsizetype place) const { return place < m_source.size() ? m_source[place] : '\0'; }

    void step()
    {
        const char byte = m_source[m_at];
        if (byte == '\n') {
            ++m_line;
            ++m_at;
        } else if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f' || byte == '\v') {
            ++m_at;
        } else if (byte == '/' && at(m_at + 1) == '/') {
            skipTo(m_source.indexOf('\n', m_at));
        } else if (byte == '/' && at(m_at + 1) == '*') {
            const qsizetype end = m_source.indexOf("*/", m_at + 2);
            skipTo(end < 0 ? end : end + 2);
        } else if (byte == '"' || byte == '\'') {
            quoted(byte);
        } else if (byte == '`') {
            filled();
        } else if (isWordByte(byte)) {
            word();
        } else if (byte == '/' && expectsValue()) {
            regular();
        } else {
            const qsizetype length = byte == '=' && at(m_at + 1) == '>' ? 2 : 1;
            push(ScriptToken::Kind::Mark, m_source.mid(m_at, length), m_at + length);
        }
    }

    void skipTo(qsizetype end)
    {
        const qsizetype stop = end < 0 ? m_source.size() : end;
        m_line += int(m_source.mid(m_at, stop - m_at).count('\n'));
        m_at = stop;
    }

    void push(ScriptToken::Kind kind, const QByteArray &text, qsizetype end, bool isFilledIn = false)
    {
        m_tokens.push_back({kind, text, m_line, m_at, end, isFilledIn});
        m_line += int(m_source.mid(m_at, end - m_at).count('\n'));
        m_at = end;
    }

    void word()
    {
        qsizetype end = m_at;
        while (end < m_source.size() && isWordByte(m_source[end]))
            ++end;
        const bool isNumber = m_source[m_at] >= '0' && m_source[m_at] <= '9';
        push(isNumber ? ScriptToken::Kind::Number : ScriptToken::Kind::Word, m_source.mid(m_at, end - m_at), end);
    }

    // Escapes that SQL could hold; the others keep their character.
    static void unescape(char byte, QByteArray &text)
    {
        if (byte == 'n')
            text += '\n';
        else if (byte == 't')
            text += '\t';
        else if (byte == 'r')
            text += '\r';
        else if (byte != '\n')
            text += byte;
    }

    void quoted(char quote)
    {
        QByteArray text;
        qsizetype end = m_at + 1;
        while (end < m_source.size() && m_source[end] != quote && m_source[end] != '\n') {
            if (m_source[end] == '\\' && end + 1 < m_source.size())
                unescape(m_source[++end], text);
            else
                text += m_source[end];
            ++end;
        }
        push(ScriptToken::Kind::Text, text, std::min(end + 1, m_source.size()));
    }

    /// Behind the "}" that closes "${".
    qsizetype behindHole(qsizetype from) const
    {
        int depth = 1;
        for (; from < m_source.size() && depth > 0; ++from) {
            if (m_source[from] == '{')
                ++depth;
            else if (m_source[from] == '}')
                --depth;
        }
        return from;
    }

    void filled()
    {
        QByteArray text;
        bool isFilledIn = false;
        qsizetype end = m_at + 1;
        while (end < m_source.size() && m_source[end] != '`') {
            if (m_source[end] == '\\' && end + 1 < m_source.size()) {
                unescape(m_source[++end], text);
                ++end;
            } else if (m_source[end] == '$' && at(end + 1) == '{') {
                isFilledIn = true;
                text += "filled_in";
                end = behindHole(end + 2);
            } else {
                text += m_source[end++];
            }
        }
        push(ScriptToken::Kind::Text, text, std::min(end + 1, m_source.size()), isFilledIn);
    }

    bool expectsValue() const
    {
        if (m_tokens.empty())
            return true;
        const ScriptToken &last = m_tokens.back();
        if (last.kind == ScriptToken::Kind::Word)
            return last.text == "return" || last.text == "typeof";
        return last.kind == ScriptToken::Kind::Mark && !last.is(")") && !last.is("]") && !last.is("}");
    }

    void regular()
    {
        qsizetype end = m_at + 1;
        bool isClass = false;
        while (end < m_source.size() && m_source[end] != '\n' && (isClass || m_source[end] != '/')) {
            if (m_source[end] == '\\')
                ++end;
            else if (m_source[end] == '[')
                isClass = true;
            else if (m_source[end] == ']')
                isClass = false;
            ++end;
        }
        push(ScriptToken::Kind::Number, "/", std::min(end + 1, m_source.size()));
    }

    const QByteArray &m_source;
    qsizetype m_at = 0;
    int m_line = 1;
    std::vector<ScriptToken> m_tokens;
};

bool is(const std::vector<ScriptToken> &tokens, size_t at, const char *what)
{
    return at < tokens.size() && tokens[at].is(what);
}

/// The end of an expression: a ";" or "," of its own, or the mark that closes what it stands in.
size_t endOfExpression(const std::vector<ScriptToken> &tokens, size_t at)
{
    while (at < tokens.size()) {
        if (is(tokens, at, "(") || is(tokens, at, "[") || is(tokens, at, "{"))
            at = behindClosing(tokens, at);
        else if (is(tokens, at, ";") || is(tokens, at, ",") || is(tokens, at, ")") || is(tokens, at, "]")
                 || is(tokens, at, "}"))
            return at;
        // Without semicolons the next line begins with one of these.
        else if (is(tokens, at, "exports") || is(tokens, at, "module") || is(tokens, at, "export")
                 || is(tokens, at, "const"))
            return at;
        else
            ++at;
    }
    return tokens.size();
}

/// A body in braces, whatever type stands before it: the first "{" that is not within "<…>".
ScriptFunction bodyFrom(const std::vector<ScriptToken> &tokens, size_t at)
{
    ScriptFunction function{true, false, false, {}};
    for (const size_t stop = std::min(tokens.size(), at + 40); at < stop; ++at) {
        if (is(tokens, at, "{")) {
            const size_t end = behindClosing(tokens, at);
            function.isBodyKnown = end > at + 1 && is(tokens, end - 1, "}");
            function.body = {at + 1, function.isBodyKnown ? end - 1 : end};
            return function;
        }
        if (is(tokens, at, ";"))
            break;
    }
    return function;
}

/// What is assigned: a function, an arrow function, or something else.
ScriptFunction valueFrom(const std::vector<ScriptToken> &tokens, size_t at)
{
    ScriptFunction function{true, false, false, {}};
    if (is(tokens, at, "false") || is(tokens, at, "null") || is(tokens, at, "undefined")) {
        function.isRefused = true;
        return function;
    }
    if (is(tokens, at, "async"))
        ++at;
    if (is(tokens, at, "function")) {
        while (at < tokens.size() && !is(tokens, at, "("))
            ++at;
        return bodyFrom(tokens, behindClosing(tokens, at));
    }
    const size_t end = endOfExpression(tokens, at);
    size_t arrow = at;
    while (arrow < end && !is(tokens, arrow, "=>"))
        arrow = is(tokens, arrow, "(") || is(tokens, arrow, "{") ? behindClosing(tokens, arrow) : arrow + 1;
    if (arrow >= end)
        return function;
    if (is(tokens, arrow + 1, "{"))
        return bodyFrom(tokens, arrow + 1);
    function.isBodyKnown = true;
    function.body = {arrow + 1, endOfExpression(tokens, arrow + 1)};
    return function;
}

} // namespace

std::vector<ScriptToken> scriptTokens(const QByteArray &source)
{
    return Scanner(source).scan();
}

size_t behindClosing(const std::vector<ScriptToken> &tokens, size_t open)
{
    int depth = 0;
    for (size_t at = open; at < tokens.size(); ++at) {
        if (is(tokens, at, "(") || is(tokens, at, "[") || is(tokens, at, "{"))
            ++depth;
        else if ((is(tokens, at, ")") || is(tokens, at, "]") || is(tokens, at, "}")) && --depth <= 0)
            return at + 1;
    }
    return tokens.size();
}

// exports.up = …, export const up = …, export async function up(…) {…}, { up: …, async up(…) {…} }, class methods.
ScriptFunction functionNamed(const std::vector<ScriptToken> &tokens, const char *name)
{
    int tries = 0;
    for (size_t at = 0; at < tokens.size() && tries < mostTries; ++at) {
        if (tokens[at].kind != ScriptToken::Kind::Word || tokens[at].text != name)
            continue;
        ++tries;
        const auto before = [&](const char *what) { return at > 0 && is(tokens, at - 1, what); };
        if (before("function"))
            return bodyFrom(tokens, behindClosing(tokens, at + 1));
        const bool isDeclared = before("const") || before("let") || before("var");
        if ((before(".") || isDeclared) && is(tokens, at + 1, "="))
            return valueFrom(tokens, at + 2);
        if (isDeclared && is(tokens, at + 1, ":")) { // with a type
            size_t equals = at + 2;
            while (equals < tokens.size() && !is(tokens, equals, "=") && !is(tokens, equals, ";"))
                ++equals;
            return is(tokens, equals, "=") ? valueFrom(tokens, equals + 1) : ScriptFunction{true, false, false, {}};
        }
        if (is(tokens, at + 1, ":") && (before("{") || before(",")))
            return valueFrom(tokens, at + 2);
        if (is(tokens, at + 1, "(") && !before(".") && !before("await") && !before("return")) {
            const size_t behind = behindClosing(tokens, at + 1);
            if (is(tokens, behind, "{") || is(tokens, behind, ":"))
                return bodyFrom(tokens, behind);
        }
    }
    return {};
}

} // namespace taffrail::schema
