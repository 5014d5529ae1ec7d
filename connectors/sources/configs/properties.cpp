// SPDX-License-Identifier: GPL-3.0-or-later
#include "configformats.h"
#include "configtext.h"
#include "registry.h"

/// Java's .properties, by the documentation of java.util.Properties.load(Reader).
namespace taffrail::sources {

namespace {

bool isBlank(QChar each)
{
    return each == QLatin1Char(' ') || each == QLatin1Char('\t') || each == QLatin1Char('\f');
}

qsizetype firstNotBlank(const QString &text, qsizetype from = 0)
{
    while (from < text.size() && isBlank(text[from]))
        ++from;
    return from;
}

bool endsWithBackslash(const QString &text)
{
    qsizetype count = 0;
    while (count < text.size() && text[text.size() - 1 - count] == QLatin1Char('\\'))
        ++count;
    return count % 2 == 1;
}

/// Nothing when \u is not followed by four hex digits.
std::optional<QString> unescaped(const QString &text)
{
    QString out;
    for (qsizetype at = 0; at < text.size(); ++at) {
        if (text[at] != QLatin1Char('\\')) {
            out += text[at];
            continue;
        }
        if (++at == text.size())
            break;
        switch (text[at].unicode()) {
        case 't': out += QLatin1Char('\t'); break;
        case 'n': out += QLatin1Char('\n'); break;
        case 'r': out += QLatin1Char('\r'); break;
        case 'f': out += QLatin1Char('\f'); break;
        case 'u': {
            bool isHex = text.size() - at > 4;
            for (qsizetype digit = 1; isHex && digit <= 4; ++digit)
                isHex = QStringLiteral("0123456789abcdefABCDEF").contains(text[at + digit]);
            if (!isHex)
                return {};
            out += QChar(text.mid(at + 1, 4).toUShort(nullptr, 16));
            at += 4;
            break;
        }
        default: out += text[at];
        }
    }
    return out;
}

void readLogicalLine(ConfigReading &reading, int line, const QString &text)
{
    qsizetype end = 0;
    while (end < text.size() && text[end] != QLatin1Char('=') && text[end] != QLatin1Char(':') && !isBlank(text[end]))
        end += text[end] == QLatin1Char('\\') ? 2 : 1;
    end = std::min(end, text.size());
    qsizetype start = firstNotBlank(text, end);
    if (start < text.size() && (text[start] == QLatin1Char('=') || text[start] == QLatin1Char(':')))
        start = firstNotBlank(text, start + 1);
    const std::optional<QString> key = unescaped(text.left(end));
    const std::optional<QString> value = unescaped(text.mid(start));
    if (!key || !value)
        return reading.fail(line, QStringLiteral("four hex digits after \\u"), QStringLiteral("something else"));
    // Half a surrogate pair has no UTF-8: it would become the same '?' as any other half.
    const bool isWhole = key->isValidUtf16() && value->isValidUtf16();
    if (!isWhole)
        return reading.fail(line, QStringLiteral("both halves of a surrogate pair"), QStringLiteral("one"));
    reading.add(dottedKey(*key), *value, line);
}

} // namespace

ParsedConfig parseProperties(const QByteArray &bytes, const SourceEntry &)
{
    ConfigReading reading;
    const bool isUtf16 = bytes.startsWith("\xff\xfe") || bytes.startsWith("\xfe\xff");
    QByteArray utf8 = bytes;
    if (!isUtf16 && !bytes.isValidUtf8()) {
        utf8 = QString::fromLatin1(bytes).toUtf8();
        reading.note(QStringLiteral("not UTF-8: read as ISO-8859-1"));
    }
    const std::vector<TextLine> lines = textLines(utf8);
    for (size_t at = 0; at < lines.size(); ++at) {
        const TextLine &line = lines[at];
        if (!line.fault.isEmpty()) {
            reading.fail(line.number, QStringLiteral("text"), line.fault);
            continue;
        }
        QString logical = line.text.mid(firstNotBlank(line.text));
        if (logical.isEmpty() || logical.startsWith(QLatin1Char('#')) || logical.startsWith(QLatin1Char('!')))
            continue;
        while (endsWithBackslash(logical)) {
            logical.chop(1);
            if (at + 1 >= lines.size() || !lines[at + 1].fault.isEmpty())
                break;
            ++at;
            logical += lines[at].text.mid(firstNotBlank(lines[at].text));
        }
        if (!logical.isEmpty())
            readLogicalLine(reading, line.number, logical);
    }
    return reading.take();
}

const Source propertiesSource{
    PaneKind::Configs,
    "properties",
    "Java properties",
    true,
    false,
    fileOptions(),
    {"files"},
    requestsForFiles<MaskForm::Lines>,
    valueOfFiles<parseProperties>,
    nullptr,
    "read access to the files; secrets are masked on the host",
};

} // namespace taffrail::sources
