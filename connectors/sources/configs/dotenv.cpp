// SPDX-License-Identifier: GPL-3.0-or-later
#include "configformats.h"
#include "configtext.h"
#include "registry.h"

/// .env files have no standard. This reads what dotenv for Node, Ruby, Python and Go, Docker Compose and `. ./.env`
/// agree on, and says where they do not.
namespace taffrail::sources {

namespace {

bool isKeyCharacter(QChar each)
{
    return each.isLetterOrNumber() || each.isMark() || each.isSurrogate() || each == QLatin1Char('_')
        || each == QLatin1Char('.') || each == QLatin1Char('-');
}

bool isBlank(QChar each)
{
    return each == QLatin1Char(' ') || each == QLatin1Char('\t') || each == QLatin1Char('\f')
        || each == QLatin1Char('\v') || each == QChar(0xA0);
}

class DotenvReader {
public:
    explicit DotenvReader(const QByteArray &bytes) : m_lines(textLines(bytes)) {}
    ParsedConfig read();

private:
    void readLine();
    void readValue(const QString &key, int line, const QString &text, qsizetype at);
    bool readQuoted(const QString &key, int line, const QString &text, qsizetype at);
    void readPlain(const QString &key, int line, const QString &text);

    std::vector<TextLine> m_lines;
    size_t m_at = 0;
    ConfigReading m_reading;
};

ParsedConfig DotenvReader::read()
{
    for (; m_at < m_lines.size(); ++m_at)
        readLine();
    return m_reading.take();
}

void DotenvReader::readLine()
{
    const TextLine line = m_lines[m_at];
    if (!line.fault.isEmpty())
        return m_reading.fail(line.number, QStringLiteral("UTF-8 text"), line.fault);
    const QString &text = line.text;
    qsizetype at = 0;
    const auto skipBlanks = [&] {
        while (at < text.size() && isBlank(text[at]))
            ++at;
    };
    skipBlanks();
    if (at == text.size() || text[at] == QLatin1Char('#'))
        return;
    static const QLatin1String exportWord("export");
    if (QStringView(text).mid(at).startsWith(exportWord) && at + 6 < text.size() && isBlank(text[at + 6])) {
        const qsizetype before = at;
        at += 6;
        skipBlanks();
        if (at == text.size() || text[at] == QLatin1Char('=') || text[at] == QLatin1Char(':'))
            at = before; // a variable called "export"
    }
    const QChar quote = at < text.size() ? text[at] : QChar();
    QString key;
    if (quote == QLatin1Char('\'') || quote == QLatin1Char('"')) {
        const qsizetype end = text.indexOf(quote, at + 1);
        key = end < 0 ? QString() : text.mid(at + 1, end - at - 1);
        at = end < 0 ? text.size() : end + 1;
    } else {
        const qsizetype start = at;
        while (at < text.size() && isKeyCharacter(text[at]))
            ++at;
        key = text.mid(start, at - start);
    }
    if (key.isEmpty())
        return m_reading.fail(line.number, QStringLiteral("NAME=value"), QStringLiteral("a line without a name"));
    skipBlanks();
    if (at == text.size() || text[at] == QLatin1Char('#')) {
        m_reading.add(joinKey({}, key), {}, line.number, ConfigType::Null,
                      QStringLiteral("no '=': nothing is set here"));
        return;
    }
    const bool isColon = text[at] == QLatin1Char(':') && (at + 1 == text.size() || isBlank(text[at + 1]));
    if (text[at] != QLatin1Char('=') && !isColon)
        return m_reading.fail(line.number, QStringLiteral("'=' after the name"), QStringLiteral("something else"));
    readValue(joinKey({}, key), line.number, text, at + 1);
}

void DotenvReader::readValue(const QString &key, int line, const QString &text, qsizetype at)
{
    const bool isSpaced = at < text.size() && isBlank(text[at]);
    while (at < text.size() && isBlank(text[at]))
        ++at;
    if (at == text.size())
        return m_reading.add(key, {}, line);
    if (isSpaced && text[at] == QLatin1Char('#'))
        return m_reading.add(key, {}, line, ConfigType::Text, QStringLiteral("some readers take the comment as value"));
    const QChar first = text[at];
    if (first == QLatin1Char('\'') || first == QLatin1Char('"') || first == QLatin1Char('`')) {
        if (!readQuoted(key, line, text, at))
            m_reading.fail(line, QStringLiteral("a closing quote, then nothing but a comment"),
                           QStringLiteral("a value that goes on or does not end"));
        return;
    }
    readPlain(key, line, text.mid(at));
}

/// The quote may close in a later line. Moves m_at only when the value could be read.
bool DotenvReader::readQuoted(const QString &key, int line, const QString &text, qsizetype at)
{
    const QChar quote = text[at++];
    const bool isDouble = quote == QLatin1Char('"');
    QString value, note;
    QString current = text;
    for (size_t row = m_at;;) {
        if (at >= current.size()) {
            if (++row >= m_lines.size() || !m_lines[row].fault.isEmpty())
                return false;
            value += QLatin1Char('\n');
            current = m_lines[row].text;
            at = 0;
            continue;
        }
        const QChar each = current[at++];
        const QChar next = at < current.size() ? current[at] : QChar();
        if (each == QLatin1Char('\\') && isDouble && !next.isNull()) {
            ++at;
            switch (next.unicode()) {
            case 'n': value += QLatin1Char('\n'); break;
            case 'r': value += QLatin1Char('\r'); break;
            case 't': value += QLatin1Char('\t'); break;
            case '"':
            case '\\': value += next; break;
            default: // "\$" stays as it is written, as "${NAME}" does
                value += each;
                value += next;
                note = QStringLiteral("readers differ in what its backslashes mean");
            }
        } else if (each == QLatin1Char('\\') && next == quote && QStringView(current).mid(at + 1).contains(quote)) {
            value += quote; // as dotenv for Node and Python read it; a shell would not
            ++at;
        } else if (each == quote) {
            const QString rest = current.mid(at);
            const QString trimmed = rest.trimmed();
            if (!trimmed.isEmpty() && !trimmed.startsWith(QLatin1Char('#')))
                return false;
            m_reading.add(key, value, line, ConfigType::Text, note);
            m_at = row;
            return true;
        } else {
            value += each;
        }
    }
}

void DotenvReader::readPlain(const QString &key, int line, const QString &text)
{
    QString value = text;
    for (qsizetype at = 1; at < value.size(); ++at) {
        if (value[at] == QLatin1Char('#') && isBlank(value[at - 1])) {
            value.truncate(at);
            break;
        }
    }
    value = value.trimmed();
    const QString note
        = value.contains(QLatin1Char('#')) ? QStringLiteral("some readers cut an unquoted value at '#'") : QString();
    m_reading.add(key, value, line, ConfigType::Text, note);
}

} // namespace

ParsedConfig parseDotenv(const QByteArray &bytes, const SourceEntry &)
{
    return DotenvReader(bytes).read();
}

const Source dotenvSource{
    PaneKind::Configs,
    "dotenv",
    ".env files",
    true,
    false,
    fileOptions(),
    {"files"},
    requestsForFiles<MaskForm::Lines>,
    valueOfFiles<parseDotenv>,
    nullptr,
    "read access to the files; secrets are masked on the host",
};

} // namespace taffrail::sources
