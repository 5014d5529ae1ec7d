// SPDX-License-Identifier: GPL-3.0-or-later
#include "configformats.h"
#include "configtext.h"
#include "registry.h"

#include <QHash>

/// INI files have dialects. What two of them read differently has a note at its entry.
namespace taffrail::sources {

namespace {

qsizetype indentOf(const QString &text)
{
    qsizetype at = 0;
    while (at < text.size() && text[at].isSpace())
        ++at;
    return at;
}

bool isComment(const QString &trimmed)
{
    return trimmed.startsWith(QLatin1Char('#')) || trimmed.startsWith(QLatin1Char(';'));
}

class IniReader {
public:
    IniReader(const QByteArray &bytes, bool inlineComments)
        : m_lines(textLines(bytes)),
          m_inlineComments(inlineComments)
    {
    }
    ParsedConfig read();

private:
    struct Option {
        QString key, value, note;
        int line = 0;
        ConfigType type = ConfigType::Text;
        qsizetype indent = 0;
        bool isQuoted = false;
        bool hasIndentNote = false;
    };
    void takeLine(const TextLine &line);
    bool joinsTo(const QString &text, const QString &trimmed) const;
    void keepBackslash();
    bool takesContinuation(const TextLine &line, const QString &trimmed);
    void readSection(const TextLine &line, const QString &trimmed);
    void readOption(const TextLine &line, const QString &trimmed);
    void setValue(Option &option, QString raw);
    QString withoutComment(const QString &raw, QString &note) const;
    bool endsWithBackslash(const QString &raw) const;
    void flush();

    std::vector<TextLine> m_lines;
    bool m_inlineComments;
    ConfigReading m_reading;
    QString m_prefix;
    bool m_isPlaceKnown = true; ///< false behind a section header that cannot be read
    std::optional<Option> m_open; ///< an option that may go on in the next line
    bool m_joins = false; ///< the last line ended with a backslash
    QHash<QString, int> m_listSizes;
};

ParsedConfig IniReader::read()
{
    for (const TextLine &line : m_lines) {
        if (!m_reading.isFull())
            takeLine(line);
    }
    flush();
    return m_reading.take();
}

void IniReader::takeLine(const TextLine &line)
{
    if (!line.fault.isEmpty()) {
        flush();
        return m_reading.fail(line.number, QStringLiteral("UTF-8 text"), line.fault);
    }
    const QString trimmed = line.text.trimmed();
    if (m_joins && m_open) {
        if (joinsTo(line.text, trimmed)) {
            m_joins = endsWithBackslash(trimmed);
            m_open->value += m_joins ? trimmed.chopped(1) : trimmed;
            return;
        }
        keepBackslash();
    }
    if (trimmed.isEmpty() || isComment(trimmed) || takesContinuation(line, trimmed))
        return;
    flush();
    if (trimmed.startsWith(QLatin1Char('[')))
        readSection(line, trimmed);
    else
        readOption(line, trimmed);
}

/// Whether a line goes on what a backslash ended. "dir = C:\\temp\\" before "other = 1" ends nothing.
bool IniReader::joinsTo(const QString &text, const QString &trimmed) const
{
    if (trimmed.isEmpty() || trimmed.startsWith(QLatin1Char('[')) || isComment(trimmed))
        return false;
    return indentOf(text) > m_open->indent
        || !(trimmed.contains(QLatin1Char('=')) || trimmed.contains(QLatin1Char(':')));
}

void IniReader::keepBackslash()
{
    m_open->value += QLatin1Char('\\');
    m_joins = false;
}

/// Python's rule: a line that is indented deeper than its option's line is a part of its value.
bool IniReader::takesContinuation(const TextLine &line, const QString &trimmed)
{
    if (!m_open || m_open->type == ConfigType::Null || indentOf(line.text) <= m_open->indent)
        return false;
    if ((trimmed.contains(QLatin1Char('=')) || trimmed.startsWith(QLatin1Char('['))) && !m_open->hasIndentNote) {
        m_open->hasIndentNote = true;
        appendNote(m_open->note, QStringLiteral("line %1 is indented: taken as a part of this value").arg(line.number));
    }
    QString note;
    m_open->value += QLatin1Char('\n') + withoutComment(trimmed, note);
    m_open->isQuoted = false;
    return true;
}

void IniReader::readSection(const TextLine &line, const QString &trimmed)
{
    m_isPlaceKnown = false;
    const auto wrong = [&](const QString &found) {
        m_reading.fail(line.number, QStringLiteral("[section]"), found + QStringLiteral("; its keys are left out"));
    };
    const qsizetype quote = trimmed.indexOf(QLatin1Char('"'));
    qsizetype close = trimmed.indexOf(QLatin1Char(']'));
    if (quote > 0 && (close < 0 || quote < close)) {
        QString name;
        qsizetype at = quote + 1;
        for (; at < trimmed.size() && trimmed[at] != QLatin1Char('"'); ++at) {
            if (trimmed[at] == QLatin1Char('\\') && at + 1 < trimmed.size())
                ++at;
            name += trimmed[at];
        }
        close = trimmed.indexOf(QLatin1Char(']'), at);
        if (at >= trimmed.size() || close < 0 || !trimmed.mid(at + 1, close - at - 1).trimmed().isEmpty())
            return wrong(QStringLiteral("a section name whose quote or bracket does not end"));
        const QString outer = trimmed.mid(1, quote - 1).trimmed();
        m_prefix = joinKey(outer.isEmpty() ? QString() : joinKey({}, outer), name);
    } else {
        if (close < 0)
            return wrong(QStringLiteral("a '[' without ']'"));
        m_prefix = joinKey({}, trimmed.mid(1, close - 1).trimmed());
    }
    const QString rest = trimmed.mid(close + 1).trimmed();
    if (!rest.isEmpty() && !isComment(rest))
        return wrong(QStringLiteral("more behind the ']'"));
    m_isPlaceKnown = true;
    if (m_prefix == QLatin1String("DEFAULT"))
        m_reading.note(QStringLiteral("the keys of [DEFAULT] are shown there alone, not in every section"));
}

void IniReader::readOption(const TextLine &line, const QString &trimmed)
{
    if (!m_isPlaceKnown)
        return;
    Option option;
    option.line = line.number;
    option.indent = indentOf(line.text);
    if (trimmed.startsWith(QLatin1Char('!')) || trimmed.startsWith(QLatin1Char('%'))) {
        const qsizetype blank = trimmed.indexOf(QLatin1Char(' '));
        option.key = joinKey(m_prefix, blank < 0 ? trimmed : trimmed.left(blank));
        option.value = blank < 0 ? QString() : trimmed.mid(blank).trimmed();
        option.note = QStringLiteral("another file: not read with this one");
        m_open = option;
        return flush();
    }
    qsizetype delimiter = 0;
    while (delimiter < trimmed.size() && trimmed[delimiter] != QLatin1Char('=')
           && trimmed[delimiter] != QLatin1Char(':'))
        ++delimiter;
    QString note;
    const bool hasValue = delimiter < trimmed.size();
    QString name = (hasValue ? trimmed.left(delimiter) : withoutComment(trimmed, note)).trimmed();
    if (name.isEmpty())
        return m_reading.fail(line.number, QStringLiteral("name = value"), QStringLiteral("a line without a name"));
    if (name.size() >= 2 && name.startsWith(QLatin1Char('"')) && name.endsWith(QLatin1Char('"')))
        name = name.mid(1, name.size() - 2);
    if (name.size() > 2 && name.endsWith(QLatin1String("[]"))) {
        const QString list = joinKey(m_prefix, name.chopped(2));
        option.key = joinIndex(list, m_listSizes[list]++);
    } else {
        option.key = joinKey(m_prefix, name);
    }
    option.note = note;
    if (!hasValue) {
        option.type = ConfigType::Null;
        appendNote(option.note, QStringLiteral("a name without a value"));
    } else {
        setValue(option, trimmed.mid(delimiter + 1).trimmed());
    }
    m_open = option;
}

void IniReader::setValue(Option &option, QString raw)
{
    const QChar quote = raw.isEmpty() ? QChar() : raw[0];
    if (quote == QLatin1Char('"') || quote == QLatin1Char('\'')) {
        qsizetype end = 1;
        while (end < raw.size() && raw[end] != quote)
            end += raw[end] == QLatin1Char('\\') && quote == QLatin1Char('"') ? 2 : 1;
        const QString rest = end < raw.size() ? raw.mid(end + 1).trimmed() : QString();
        if (end < raw.size() && (rest.isEmpty() || (m_inlineComments && isComment(rest)))) {
            option.value = raw.mid(1, end - 1);
            option.isQuoted = true;
            if (quote == QLatin1Char('"')) {
                option.value.replace(QLatin1String("\\\""), QLatin1String("\""));
                option.value.replace(QLatin1String("\\\\"), QLatin1String("\\"));
            }
            return;
        }
    }
    m_joins = endsWithBackslash(raw);
    option.value = m_joins ? raw.chopped(1) : withoutComment(raw, option.note);
    if (m_joins)
        appendNote(option.note, QStringLiteral("ends with a backslash, which some readers take as going on"));
}

QString IniReader::withoutComment(const QString &raw, QString &note) const
{
    for (qsizetype at = 1; m_inlineComments && at < raw.size(); ++at) {
        if ((raw[at] == QLatin1Char(';') || raw[at] == QLatin1Char('#')) && raw[at - 1].isSpace()) {
            appendNote(note, QStringLiteral("what follows \" %1\" is taken as a comment").arg(raw[at]));
            return raw.left(at).trimmed();
        }
    }
    if (m_inlineComments && isComment(raw)) {
        appendNote(note, QStringLiteral("a comment alone is taken as no value"));
        return {};
    }
    return raw;
}

bool IniReader::endsWithBackslash(const QString &raw) const
{
    qsizetype count = 0;
    while (count < raw.size() && raw[raw.size() - 1 - count] == QLatin1Char('\\'))
        ++count;
    return count % 2 == 1;
}

void IniReader::flush()
{
    if (m_open && m_joins)
        keepBackslash();
    if (m_open)
        m_reading.add(m_open->key, m_open->isQuoted ? m_open->value : m_open->value.trimmed(), m_open->line,
                      m_open->type, m_open->note);
    m_open.reset();
    m_joins = false;
}

} // namespace

ParsedConfig parseIni(const QByteArray &bytes, const SourceEntry &entry)
{
    const QVariant comments = entry.options.value(QStringLiteral("inline_comments"), true);
    return IniReader(bytes, comments.toBool()).read();
}

const Source iniSource{
    PaneKind::Configs,
    "ini",
    "INI files",
    true,
    false,
    fileOptions({{"inline_comments", "boolean", false,
                  "Whether \" ;\" and \" #\" behind a value begin a comment, as for PHP, MySQL and git (the default); "
                  "false: they belong to the value, as for Python's configparser."}}),
    {"files"},
    requestsForFiles<MaskForm::Lines>,
    valueOfFiles<parseIni>,
    nullptr,
    "read access to the files; secrets are masked on the host",
};

} // namespace taffrail::sources
