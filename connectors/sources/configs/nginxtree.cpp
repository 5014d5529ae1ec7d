// SPDX-License-Identifier: GPL-3.0-or-later
#include "nginxtree.h"

#include "configtext.h"

namespace taffrail::sources {

namespace {

constexpr size_t maxDepth = 64;

bool isBlank(QChar each)
{
    return each == QLatin1Char(' ') || each == QLatin1Char('\t') || each == QLatin1Char('\r')
        || each == QLatin1Char('\n');
}

class NginxReader {
public:
    explicit NginxReader(const QString &text) : m_text(text) {}
    NginxTree read();

private:
    enum class Token { Word, Semicolon, Open, Close, End, Broken };
    Token next(QString &word);
    Token quotedWord(QString &word);
    Token plainWord(QString &word);
    void takeEscape(QString &word);
    bool takeCode(QString &code);
    bool skipLongBracket();
    bool takeDirective();
    void closeLevel();
    bool fail(int line, const QString &expected, const QString &found);
    QChar here() const { return m_at < m_text.size() ? m_text[m_at] : QChar(); }
    void step()
    {
        if (m_text[m_at++] == QLatin1Char('\n'))
            ++m_line;
    }

    const QString &m_text;
    qsizetype m_at = 0;
    int m_line = 1;
    int m_wordLine = 1; ///< where the last token began
    std::vector<NginxDirective> m_open; ///< blocks whose end is not seen yet
    NginxTree m_tree;
};

bool NginxReader::fail(int line, const QString &expected, const QString &found)
{
    m_tree.error = lineError(line, expected, found);
    return false;
}

/// A backslash before a quote or another one is dropped, \t \r \n are what they say, others stay.
void NginxReader::takeEscape(QString &word)
{
    step();
    if (m_at >= m_text.size()) {
        word += QLatin1Char('\\');
        return;
    }
    const QChar each = m_text[m_at];
    switch (each.unicode()) {
    case '"':
    case '\'':
    case '\\': word += each; break;
    case 't': word += QLatin1Char('\t'); break;
    case 'r': word += QLatin1Char('\r'); break;
    case 'n': word += QLatin1Char('\n'); break;
    default: word += QLatin1Char('\\'); word += each;
    }
    step();
}

NginxReader::Token NginxReader::quotedWord(QString &word)
{
    const QChar quote = m_text[m_at];
    step();
    while (m_at < m_text.size() && m_text[m_at] != quote) {
        if (m_text[m_at] == QLatin1Char('\\')) {
            takeEscape(word);
        } else {
            word += m_text[m_at];
            step();
        }
    }
    if (m_at >= m_text.size()) {
        (void)fail(m_wordLine, QStringLiteral("a closing quote"), QStringLiteral("the end of the file"));
        return Token::Broken;
    }
    step();
    const QChar after = here();
    if (m_at < m_text.size() && !isBlank(after) && after != QLatin1Char(';') && after != QLatin1Char('{')
        && after != QLatin1Char(')')) {
        (void)fail(m_line, QStringLiteral("a blank, ';' or '{' behind the closing quote"),
                   QStringLiteral("something else"));
        return Token::Broken;
    }
    return Token::Word;
}

NginxReader::Token NginxReader::plainWord(QString &word)
{
    while (m_at < m_text.size()) {
        const QChar each = m_text[m_at];
        if (isBlank(each) || each == QLatin1Char(';'))
            break;
        if (each == QLatin1Char('{') && !word.endsWith(QLatin1Char('$')))
            break;
        if (each == QLatin1Char('\\')) {
            takeEscape(word);
        } else {
            word += each;
            step();
        }
    }
    return Token::Word;
}

NginxReader::Token NginxReader::next(QString &word)
{
    word.clear();
    while (m_at < m_text.size() && (isBlank(m_text[m_at]) || m_text[m_at] == QLatin1Char('#'))) {
        if (m_text[m_at] == QLatin1Char('#')) {
            while (m_at < m_text.size() && m_text[m_at] != QLatin1Char('\n'))
                ++m_at;
        } else {
            step();
        }
    }
    m_wordLine = m_line;
    if (m_at >= m_text.size())
        return Token::End;
    switch (m_text[m_at].unicode()) {
    case ';': ++m_at; return Token::Semicolon;
    case '{': ++m_at; return Token::Open;
    case '}': ++m_at; return Token::Close;
    case '"':
    case '\'': return quotedWord(word);
    default: return plainWord(word);
    }
}

/// Lua's [[ … ]] and [==[ … ]==] at the cursor. False when none stands there.
bool NginxReader::skipLongBracket()
{
    qsizetype at = m_at + 1;
    while (at < m_text.size() && m_text[at] == QLatin1Char('='))
        ++at;
    if (at >= m_text.size() || m_text[at] != QLatin1Char('['))
        return false;
    const QString end = QLatin1Char(']') + QString(at - m_at - 1, QLatin1Char('=')) + QLatin1Char(']');
    const qsizetype close = m_text.indexOf(end, at + 1);
    const qsizetype behind = close < 0 ? m_text.size() : close + end.size();
    while (m_at < behind)
        step();
    return true;
}

/// Up to the brace that closes the block, with Lua's strings and comments skipped.
bool NginxReader::takeCode(QString &code)
{
    const int line = m_line;
    const qsizetype start = m_at;
    int depth = 1;
    while (m_at < m_text.size()) {
        const QChar each = m_text[m_at];
        if (each == QLatin1Char('"') || each == QLatin1Char('\'')) {
            step();
            while (m_at < m_text.size() && m_text[m_at] != each && m_text[m_at] != QLatin1Char('\n')) {
                if (m_text[m_at] == QLatin1Char('\\') && m_at + 1 < m_text.size())
                    step();
                step();
            }
        } else if (each == QLatin1Char('-') && QStringView(m_text).mid(m_at).startsWith(QLatin1String("--"))) {
            m_at += 2;
            if (here() == QLatin1Char('[') && skipLongBracket())
                continue;
            while (m_at < m_text.size() && m_text[m_at] != QLatin1Char('\n'))
                ++m_at;
            continue;
        } else if (each == QLatin1Char('[') && skipLongBracket()) {
            continue;
        } else if (each == QLatin1Char('{')) {
            ++depth;
        } else if (each == QLatin1Char('}') && --depth == 0) {
            code = m_text.mid(start, m_at - start).trimmed();
            ++m_at;
            return true;
        }
        if (m_at < m_text.size())
            step();
    }
    return fail(line, QStringLiteral("'}' at the end of the Lua code"), QStringLiteral("the end of the file"));
}

void NginxReader::closeLevel()
{
    NginxDirective done = std::move(m_open.back());
    m_open.pop_back();
    (m_open.empty() ? m_tree.directives : m_open.back().children).push_back(std::move(done));
}

/// One directive, or the end of a block. False at the end and after an error.
bool NginxReader::takeDirective()
{
    NginxDirective directive;
    QString word;
    bool isNamed = false;
    for (;;) {
        const Token token = next(word);
        if (!isNamed)
            directive.line = m_wordLine;
        switch (token) {
        case Token::Word:
            if (isNamed)
                directive.arguments << word;
            else
                directive.name = word;
            isNamed = true;
            continue;
        case Token::Semicolon:
            if (!isNamed)
                return fail(m_wordLine, QStringLiteral("a directive"), QStringLiteral("';'"));
            (m_open.empty() ? m_tree.directives : m_open.back().children).push_back(std::move(directive));
            return true;
        case Token::Open:
            if (!isNamed)
                return fail(m_wordLine, QStringLiteral("a directive"), QStringLiteral("'{'"));
            directive.isBlock = true;
            if (directive.name.endsWith(QLatin1String("_by_lua_block"))) {
                if (!takeCode(directive.code))
                    return false;
                (m_open.empty() ? m_tree.directives : m_open.back().children).push_back(std::move(directive));
                return true;
            }
            if (m_open.size() >= maxDepth)
                return fail(m_wordLine, QStringLiteral("at most %1 levels").arg(maxDepth),
                            QStringLiteral("a deeper one"));
            m_open.push_back(std::move(directive));
            return true;
        case Token::Close:
            if (isNamed)
                return fail(directive.line, QStringLiteral("';' at the end of the directive"), QStringLiteral("'}'"));
            if (m_open.empty())
                return fail(m_wordLine, QStringLiteral("a directive"), QStringLiteral("a '}' that closes nothing"));
            closeLevel();
            return true;
        case Token::End:
            if (isNamed)
                return fail(directive.line, QStringLiteral("';' at the end of the directive"),
                            QStringLiteral("the end of the file"));
            if (!m_open.empty())
                return fail(m_open.back().line, QStringLiteral("'}' at the end of the block"),
                            QStringLiteral("the end of the file"));
            return false;
        case Token::Broken: return false;
        }
    }
}

NginxTree NginxReader::read()
{
    while (takeDirective()) {}
    while (!m_open.empty())
        closeLevel();
    return std::move(m_tree);
}

} // namespace

NginxTree readNginxTree(const QByteArray &bytes)
{
    const QByteArray text = withoutByteOrderMark(bytes);
    const std::optional<BadPlace> place = firstBadPlace(text);
    const QString decoded = QString::fromUtf8(place ? text.left(place->lineStart) : text);
    NginxTree tree = NginxReader(decoded).read();
    if (place)
        tree.error = lineError(place->line, QStringLiteral("UTF-8 text"), place->found);
    return tree;
}

} // namespace taffrail::sources
