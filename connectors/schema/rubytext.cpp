// SPDX-License-Identifier: GPL-3.0-or-later
#include "rubytext.h"

#include <QByteArrayList>

#include <algorithm>
#include <cctype>

namespace taffrail::schema {

namespace {

bool isWordByte(char byte)
{
    const auto value = static_cast<unsigned char>(byte);
    return std::isalnum(value) != 0 || byte == '_' || value >= 0x80;
}

char closingOf(char open)
{
    const qsizetype at = QByteArrayView("([{<").indexOf(open);
    return at < 0 ? open : ")]}>"[at];
}

struct Heredoc {
    size_t token = 0; ///< its String
    QByteArray mark;
    bool isIndented = false;
    bool isRaw = false;
};

class Lexer {
public:
    explicit Lexer(const QByteArray &source) : m_source(source) {}

    std::vector<RubyToken> run(bool &isUnclosed)
    {
        while (m_at < m_source.size() && !m_isOver)
            step();
        endLine();
        isUnclosed = m_isUnclosed || !m_heredocs.empty();
        return std::move(m_tokens);
    }

private:
    char peek(qsizetype ahead = 0) const { return m_at + ahead < m_source.size() ? m_source[m_at + ahead] : '\0'; }
    bool startsLine() const { return m_at == 0 || m_source[m_at - 1] == '\n'; }
    bool looksAt(const char *text) const { return QByteArrayView(m_source).sliced(m_at).startsWith(text); }

    void step()
    {
        const char byte = peek();
        if (startsLine() && looksAt("=begin")) {
            const qsizetype end = m_source.indexOf("\n=end", m_at);
            m_at = end < 0 ? m_source.size() : end + 5;
            skipLine();
        } else if (startsLine() && looksAt("__END__")) {
            m_isOver = true;
        } else if (byte == '\n') {
            ++m_at;
            takeHeredocs();
            newLine();
        } else if (byte == '\\' && (peek(1) == '\n' || (peek(1) == '\r' && peek(2) == '\n'))) {
            m_at += peek(1) == '\n' ? 2 : 3;
            m_isSpaced = true;
        } else if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f') {
            ++m_at;
            m_isSpaced = true;
        } else if (byte == '#') {
            skipLine();
        } else if (byte == '"' || byte == '\'' || byte == '`') {
            quoted(byte);
        } else if (isWordByte(byte) || byte == '@' || byte == '$') {
            word();
        } else if (!heredoc() && !percent() && !symbol() && !parameters() && !pattern()) {
            operation(byte);
        }
    }

    bool isTernary() const { return !m_tokens.empty() && m_tokens.back().is("?"); }

    void skipLine()
    {
        const qsizetype end = m_source.indexOf('\n', m_at);
        m_at = end < 0 ? m_source.size() : end;
    }

    /// Whether a value may begin here, rather than an operator.
    bool isAtValue() const
    {
        if (m_tokens.empty())
            return true;
        const RubyToken &last = m_tokens.back();
        if (last.kind == RubyToken::Operator)
            return !(last.text == ")" || last.text == "]" || last.text == "}");
        if (last.kind == RubyToken::Name) // "x /2" is a guess that Ruby makes too
            return m_isSpaced && m_at + 1 < m_source.size() && !isspace(static_cast<unsigned char>(peek(1)));
        return last.kind == RubyToken::LineEnd || last.kind == RubyToken::Label || last.kind == RubyToken::Parameters;
    }

    RubyToken &push(RubyToken::Kind kind, const QByteArray &text, qsizetype begin)
    {
        m_line += int(std::count(m_source.begin() + m_counted, m_source.begin() + begin, '\n'));
        m_counted = begin;
        m_tokens.push_back({kind, text, m_line, m_line, begin, m_at, false, m_isSpaced});
        m_isSpaced = false;
        return m_tokens.back();
    }

    void word()
    {
        const qsizetype begin = m_at;
        while (peek() == '@' || peek() == '$')
            ++m_at;
        while (isWordByte(peek()))
            ++m_at;
        const bool hasMark = (peek() == '?' || peek() == '!') && peek(1) != '=';
        if (hasMark)
            ++m_at;
        const QByteArray text = m_source.mid(begin, m_at - begin);
        const bool isDigit = !text.isEmpty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
        const bool isLabel = !isDigit && peek() == ':' && peek(1) != ':' && !isTernary();
        if (isLabel)
            ++m_at;
        push(isLabel ? RubyToken::Label : isDigit ? RubyToken::Number : RubyToken::Name, text, begin);
    }

    /// Reads up to `close`, from behind the opening mark; #{…} becomes a name.
    QByteArray content(char open, char close, bool isRaw, bool &isFilledIn)
    {
        QByteArray text;
        int depth = 0;
        while (m_at < m_source.size()) {
            const char byte = peek();
            if (byte == '\\' && m_at + 1 < m_source.size()) {
                escape(text, close, isRaw);
            } else if (!isRaw && byte == '#' && peek(1) == '{') {
                skipFilledIn();
                text += "filled_in";
                isFilledIn = true;
            } else if (byte == close && depth == 0) {
                ++m_at;
                return text;
            } else {
                depth += open != close && byte == open ? 1 : open != close && byte == close ? -1 : 0;
                text += byte;
                ++m_at;
            }
        }
        m_isUnclosed = true;
        return text;
    }

    void escape(QByteArray &text, char close, bool isRaw)
    {
        const char next = peek(1);
        m_at += 2;
        if (next == close || next == '\\')
            text += next;
        else if (isRaw)
            (text += '\\') += next;
        else if (next == 'n')
            text += '\n';
        else if (next == 't')
            text += '\t';
        else if (next != '\n')
            text += next;
    }

    /// Over #{…} with the brackets inside it.
    void skipFilledIn()
    {
        int depth = 0;
        for (m_at += 2; m_at < m_source.size(); ++m_at) {
            if (peek() == '{')
                ++depth;
            else if (peek() == '}' && depth-- == 0)
                break;
        }
        m_at = std::min(m_at + 1, m_source.size());
    }

    void quoted(char quote)
    {
        const qsizetype begin = m_at++;
        bool isFilledIn = false;
        const QByteArray text = content(quote, quote, quote == '\'', isFilledIn);
        const bool isLabel = quote != '`' && peek() == ':' && peek(1) != ':' && !isTernary();
        if (isLabel)
            ++m_at;
        // `…` is a command of the shell
        push(isLabel ? RubyToken::Label : RubyToken::String, text, begin).isFilledIn = isFilledIn || quote == '`';
    }

    /// <<~SQL, <<-SQL, <<SQL, with or without quotes.
    bool heredoc()
    {
        if (!looksAt("<<") || !isAtValue())
            return false;
        qsizetype at = m_at + 2;
        Heredoc heredoc;
        if (at < m_source.size() && (m_source[at] == '~' || m_source[at] == '-')) {
            heredoc.isIndented = true;
            ++at;
        }
        const char quote = at < m_source.size() ? m_source[at] : '\0';
        const bool isQuoted = quote == '\'' || quote == '"' || quote == '`';
        const qsizetype from = isQuoted ? at + 1 : at;
        qsizetype to = from;
        while (to < m_source.size() && isWordByte(m_source[to]))
            ++to;
        if (to == from || (isQuoted && (to >= m_source.size() || m_source[to] != quote)))
            return false;
        heredoc.mark = m_source.mid(from, to - from);
        heredoc.isRaw = quote == '\'';
        const qsizetype begin = m_at;
        m_at = isQuoted ? to + 1 : to;
        push(RubyToken::String, {}, begin);
        heredoc.token = m_tokens.size() - 1;
        m_heredocs.push_back(heredoc);
        return true;
    }

    /// The bodies of the heredocs that the line before named begin here.
    void takeHeredocs()
    {
        for (const Heredoc &heredoc : m_heredocs) {
            const qsizetype begin = m_at;
            const bool wasUnclosed = m_isUnclosed;
            qsizetype stop = m_source.size();
            qsizetype next = m_source.size();
            m_isUnclosed = true;
            for (qsizetype line = begin; line < m_source.size();) {
                qsizetype end = m_source.indexOf('\n', line);
                end = end < 0 ? m_source.size() : end;
                QByteArray text = m_source.mid(line, std::min<qsizetype>(end - line, 400));
                text = heredoc.isIndented ? text.trimmed() : text.endsWith('\r') ? text.chopped(1) : text;
                if (text == heredoc.mark) {
                    m_isUnclosed = wasUnclosed;
                    stop = line;
                    next = std::min(end + 1, m_source.size());
                    break;
                }
                line = end + 1;
            }
            takeBody(heredoc, begin, stop);
            m_at = next;
        }
        m_heredocs.clear();
    }

    void takeBody(const Heredoc &heredoc, qsizetype begin, qsizetype stop)
    {
        RubyToken &token = m_tokens[heredoc.token];
        token.textLine = m_line + int(std::count(m_source.begin() + m_counted, m_source.begin() + begin, '\n'));
        token.text = m_source.mid(begin, stop - begin);
        if (heredoc.isRaw)
            return;
        Lexer inside(token.text);
        token.text = inside.content('\0', '\0', false, token.isFilledIn);
    }

    /// %w[…], %i[…], %q(…), %Q(…), %(…).
    bool percent()
    {
        if (peek() != '%' || !isAtValue())
            return false;
        const char letter = peek(1);
        const bool hasLetter = letter != '\0' && QByteArrayView("wiWIqQ").contains(letter);
        const char open = hasLetter ? peek(2) : letter;
        if (open == '\0' || isWordByte(open) || isspace(static_cast<unsigned char>(open)) || open == '=')
            return false;
        const qsizetype begin = m_at;
        m_at += hasLetter ? 3 : 2;
        bool isFilledIn = false;
        const bool isRaw = letter == 'w' || letter == 'i' || letter == 'q';
        const QByteArray text = content(open, closingOf(open), isRaw, isFilledIn);
        const bool isWords = hasLetter && std::tolower(static_cast<unsigned char>(letter)) != 'q';
        push(isWords ? RubyToken::Words : RubyToken::String, isWords ? text.simplified() : text, begin).isFilledIn
            = isFilledIn;
        return true;
    }

    bool symbol()
    {
        if (peek() != ':' || peek(1) == ':' || (m_at > 0 && m_source[m_at - 1] == ':'))
            return false;
        const qsizetype begin = m_at;
        bool isFilledIn = false;
        QByteArray text;
        if (peek(1) == '"' || peek(1) == '\'') {
            const char quote = peek(1);
            m_at += 2;
            text = content(quote, quote, quote == '\'', isFilledIn);
        } else if (isWordByte(peek(1))) {
            ++m_at;
            while (isWordByte(peek()))
                ++m_at;
            if (peek() == '?' || peek() == '!')
                ++m_at;
            text = m_source.mid(begin + 1, m_at - begin - 1);
        } else {
            return false;
        }
        push(RubyToken::Symbol, text, begin).isFilledIn = isFilledIn;
        return true;
    }

    /// |a, b| behind "do" or "{".
    bool parameters()
    {
        if (peek() != '|' || m_tokens.empty() || !(m_tokens.back().is("do") || m_tokens.back().is("{")))
            return false;
        const qsizetype end = m_source.indexOf('|', m_at + 1);
        if (end < 0 || m_source.mid(m_at, std::min<qsizetype>(end - m_at, 400)).contains('\n'))
            return false;
        const qsizetype begin = m_at;
        m_at = end + 1;
        push(RubyToken::Parameters, m_source.mid(begin + 1, end - begin - 1).trimmed(), begin);
        return true;
    }

    /// A regular expression; it must end on its line.
    bool pattern()
    {
        if (peek() != '/' || !isAtValue())
            return false;
        const qsizetype limit = std::min(m_source.size(), m_at + 400);
        qsizetype end = m_at + 1;
        while (end < limit && m_source[end] != '\n' && m_source[end] != '/')
            end += m_source[end] == '\\' ? 2 : 1;
        if (end >= limit || m_source[end] != '/')
            return false;
        const qsizetype begin = m_at;
        m_at = end + 1;
        push(RubyToken::String, m_source.mid(begin + 1, end - begin - 1), begin).isFilledIn = true;
        return true;
    }

    void operation(char byte)
    {
        const qsizetype begin = m_at;
        for (const char *pair : {"=>", "::", "&&", "||", "==", "!=", "->", "+=", "&."}) {
            if (looksAt(pair)) {
                m_at += 2;
                push(RubyToken::Operator, pair, begin);
                return;
            }
        }
        ++m_at;
        push(RubyToken::Operator, QByteArray(1, byte), begin);
        if (byte == '(' || byte == '[' || byte == '{')
            m_brackets += byte;
        else if ((byte == ')' || byte == ']' || byte == '}') && !m_brackets.isEmpty())
            m_brackets.chop(1);
    }

    // A statement goes on behind an operator or comma, and before a line that begins with a dot.
    void newLine()
    {
        const bool isInside = m_brackets.endsWith('(') || m_brackets.endsWith('[');
        if (m_tokens.empty() || m_tokens.back().kind == RubyToken::LineEnd || isInside)
            return;
        const RubyToken &last = m_tokens.back();
        static const QByteArrayList joining{
            ",", "+", "-", "*", "&&", "||", "=", "==", "=>", ".", "&.", "::", "?", "\\", "+="};
        if ((last.kind == RubyToken::Operator && joining.contains(last.text)) || last.kind == RubyToken::Label
            || last.is("and") || last.is("or") || last.is("not"))
            return;
        qsizetype next = m_at;
        while (next < m_source.size() && isspace(static_cast<unsigned char>(m_source[next])))
            ++next;
        const QByteArray start = m_source.mid(next, 2);
        if (start == "&." || (start.startsWith('.') && start != ".."))
            m_at = next;
        else
            endLine();
    }

    void endLine()
    {
        if (!m_tokens.empty() && m_tokens.back().kind != RubyToken::LineEnd)
            push(RubyToken::LineEnd, {}, std::max<qsizetype>(m_counted, m_at - 1));
    }

    const QByteArray m_source;
    qsizetype m_at = 0;
    qsizetype m_counted = 0; ///< up to here m_line has counted
    int m_line = 1;
    bool m_isSpaced = false;
    bool m_isOver = false;
    bool m_isUnclosed = false; ///< a text that does not end
    QByteArray m_brackets;
    std::vector<Heredoc> m_heredocs;
    std::vector<RubyToken> m_tokens;
};

} // namespace

std::vector<RubyToken> rubyTokens(const QByteArray &source, bool &isUnclosed)
{
    return Lexer(source).run(isUnclosed);
}

} // namespace taffrail::schema
