// SPDX-License-Identifier: GPL-3.0-or-later
#include "pythontext.h"

#include <algorithm>
#include <cctype>

namespace taffrail::schema {

namespace {

bool isNameByte(char byte)
{
    const auto value = static_cast<unsigned char>(byte);
    return std::isalnum(value) != 0 || byte == '_' || value >= 0x80;
}

class Lexer {
public:
    explicit Lexer(const QByteArray &source) : m_source(source.startsWith("\xEF\xBB\xBF") ? source.mid(3) : source) {}

    std::vector<PythonToken> run()
    {
        while (m_at < m_source.size())
            step();
        endLine();
        return std::move(m_tokens);
    }

private:
    char peek(qsizetype ahead = 0) const { return m_at + ahead < m_source.size() ? m_source[m_at + ahead] : '\0'; }

    void step()
    {
        const char byte = peek();
        if (byte == '\n') {
            ++m_at;
            if (m_depth == 0)
                endLine();
            m_lineStart = m_at;
        } else if (byte == '\\' && (peek(1) == '\n' || (peek(1) == '\r' && peek(2) == '\n'))) {
            m_at += peek(1) == '\n' ? 2 : 3;
        } else if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f') {
            ++m_at;
        } else if (byte == '#') {
            const qsizetype end = m_source.indexOf('\n', m_at);
            m_at = end < 0 ? m_source.size() : end;
        } else if (byte == '"' || byte == '\'') {
            string(m_at);
        } else if (isNameByte(byte)) {
            word();
        } else {
            operation(byte);
        }
    }

    void word()
    {
        const qsizetype start = m_at;
        while (m_at < m_source.size() && isNameByte(m_source[m_at]))
            ++m_at;
        const QByteArray text = m_source.mid(start, m_at - start);
        if ((peek() == '"' || peek() == '\'') && isPrefix(text)) {
            string(start);
            return;
        }
        push(std::isdigit(static_cast<unsigned char>(text.front())) != 0 ? PythonToken::Number : PythonToken::Name,
             text, start);
    }

    static bool isPrefix(const QByteArray &text)
    {
        return text.size() <= 2
            && QByteArray("rbuf").contains(char(std::tolower(static_cast<unsigned char>(text.front()))))
            && QByteArray("rbuf").contains(char(std::tolower(static_cast<unsigned char>(text.back()))));
    }

    void string(qsizetype start)
    {
        const char quote = peek();
        const bool isTriple = peek(1) == quote && peek(2) == quote;
        m_at += isTriple ? 3 : 1;
        QByteArray text;
        while (m_at < m_source.size()) {
            const char byte = m_source[m_at];
            if (byte == '\\' && m_at + 1 < m_source.size()) {
                text += m_source.mid(m_at, 2);
                m_at += 2;
            } else if (byte == quote && (!isTriple || (peek(1) == quote && peek(2) == quote))) {
                m_at += isTriple ? 3 : 1;
                break;
            } else if (byte == '\n' && !isTriple) {
                break; // not closed: the line ends here, as it would for Python's error
            } else {
                text += byte;
                ++m_at;
            }
        }
        push(PythonToken::String, text, start);
        const QByteArray prefix = m_source.mid(start, 2).toLower();
        const qsizetype quoteAt = prefix.indexOf(quote);
        const QByteArray marks = quoteAt < 0 ? prefix : prefix.left(quoteAt);
        m_tokens.back().isRaw = marks.contains('r');
        m_tokens.back().isFormatted = marks.contains('f');
    }

    void operation(char byte)
    {
        const qsizetype start = m_at++;
        push(PythonToken::Operator, QByteArray(1, byte), start);
        if (byte == '(' || byte == '[' || byte == '{')
            ++m_depth;
        else if ((byte == ')' || byte == ']' || byte == '}') && m_depth > 0)
            m_tokens.back().depth = --m_depth;
    }

    void push(PythonToken::Kind kind, const QByteArray &text, qsizetype start)
    {
        if (m_isFresh)
            m_column = int(start - m_lineStart);
        m_line += int(std::count(m_source.begin() + m_counted, m_source.begin() + start, '\n'));
        m_counted = start;
        m_tokens.push_back({kind, text, m_column, m_depth, m_isFresh, m_line, start, m_at, false, false});
        m_isFresh = false;
    }

    void endLine()
    {
        if (!m_isFresh)
            m_tokens.push_back({PythonToken::LineEnd, {}, m_column, 0, false, m_line, m_at, m_at, false, false});
        m_isFresh = true;
    }

    QByteArray m_source;
    qsizetype m_at = 0;
    qsizetype m_lineStart = 0;
    qsizetype m_counted = 0; ///< up to here m_line has counted
    int m_line = 1;
    int m_depth = 0;
    int m_column = 0;
    bool m_isFresh = true;
    std::vector<PythonToken> m_tokens;
};

} // namespace

std::vector<PythonToken> pythonTokens(const QByteArray &source)
{
    return Lexer(source).run();
}

PythonAssignment findAssignment(const std::vector<PythonToken> &tokens, const char *name, int column)
{
    PythonAssignment found;
    for (size_t i = 0; i < tokens.size(); ++i) {
        const PythonToken &token = tokens[i];
        const bool columnFits = column < 0 ? token.column > 0 : token.column == column;
        if (!token.startsLine || !columnFits || token.kind != PythonToken::Name || token.text != name)
            continue;
        size_t at = i + 1;
        if (at < tokens.size() && tokens[at].is(":")) {
            while (at < tokens.size() && tokens[at].kind != PythonToken::LineEnd
                   && !(tokens[at].depth == 0 && tokens[at].is("=")))
                ++at;
        }
        if (at >= tokens.size() || !tokens[at].is("=") || (at + 1 < tokens.size() && tokens[at + 1].is("=")))
            continue;
        size_t end = at + 1;
        while (end < tokens.size() && tokens[end].kind != PythonToken::LineEnd)
            ++end;
        found = {at + 1, end, true};
    }
    return found;
}

QList<QByteArray> stringsOf(const std::vector<PythonToken> &tokens, const PythonAssignment &value)
{
    QList<QByteArray> strings;
    for (size_t i = value.first; i < value.last && i < tokens.size(); ++i) {
        if (tokens[i].kind == PythonToken::String)
            strings.append(tokens[i].text);
    }
    return strings;
}

QByteArray unescaped(const PythonToken &text)
{
    if (text.isRaw || !text.text.contains('\\'))
        return text.text;
    QByteArray result;
    for (qsizetype i = 0; i < text.text.size(); ++i) {
        const char byte = text.text[i];
        if (byte != '\\' || i + 1 == text.text.size()) {
            result += byte;
            continue;
        }
        const char next = text.text[++i];
        if (next == 'n')
            result += '\n';
        else if (next == 't')
            result += '\t';
        else if (next == '\\' || next == '\'' || next == '"')
            result += next;
        else if (next != '\n')
            (result += byte) += next;
    }
    return result;
}

} // namespace taffrail::schema
