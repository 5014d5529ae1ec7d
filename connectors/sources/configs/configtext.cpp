// SPDX-License-Identifier: GPL-3.0-or-later
#include "configtext.h"

#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

constexpr int maxFaultNotes = 20;
constexpr size_t maxEntries = 200'000;
constexpr qsizetype maxKeyCharacters = 32'000'000;

bool isUtf16(const QByteArray &bytes)
{
    return bytes.startsWith("\xff\xfe") || bytes.startsWith("\xfe\xff");
}

QString faultOf(const QByteArray &line)
{
    if (line.contains('\0'))
        return QStringLiteral("a NUL byte");
    if (!line.isValidUtf8())
        return QStringLiteral("bytes that are not UTF-8");
    return {};
}

/// Calls `take(number, start, line)` for each line; false from it ends the walk.
template <typename Take> void eachLine(const QByteArray &bytes, Take take)
{
    int number = 1;
    for (qsizetype start = 0; start < bytes.size(); ++number) {
        qsizetype end = start;
        while (end < bytes.size() && bytes[end] != '\n' && bytes[end] != '\r')
            ++end;
        if (!take(number, start, bytes.mid(start, end - start)))
            return;
        start = end + (bytes.mid(end, 2) == "\r\n" ? 2 : 1);
    }
}

} // namespace

void ConfigReading::add(const QString &key, const QString &value, int line, ConfigType type, const QString &note)
{
    if (m_isFull)
        return;
    m_keyCharacters += key.size();
    if (m_parsed.entries.size() >= maxEntries || m_keyCharacters > maxKeyCharacters) {
        m_isFull = true;
        return fail(line, QStringLiteral("at most %1 settings").arg(maxEntries), QStringLiteral("more, left out"));
    }
    ConfigEntry entry;
    entry.line = line;
    entry.key = key;
    entry.value = value;
    entry.type = type;
    entry.note = note;
    m_parsed.entries.push_back(std::move(entry));
}

void ConfigReading::fail(int line, const QString &expected, const QString &found)
{
    Error error = lineError(line, expected, found);
    if (!m_parsed.error)
        m_parsed.error = std::move(error);
    else if (++m_furtherFaults <= maxFaultNotes)
        m_parsed.notes << error.text;
}

void ConfigReading::note(const QString &text)
{
    if (!m_parsed.notes.contains(text))
        m_parsed.notes << text;
}

ParsedConfig ConfigReading::take()
{
    if (m_furtherFaults > maxFaultNotes)
        m_parsed.notes << QStringLiteral("%1 more lines cannot be read").arg(m_furtherFaults - maxFaultNotes);
    return std::move(m_parsed);
}

QByteArray withoutByteOrderMark(const QByteArray &bytes)
{
    return bytes.startsWith("\xef\xbb\xbf") ? bytes.mid(3) : bytes;
}

std::vector<TextLine> textLines(const QByteArray &bytes)
{
    std::vector<TextLine> lines;
    if (isUtf16(bytes)) {
        lines.push_back({1, {}, QStringLiteral("UTF-16 text")});
        return lines;
    }
    eachLine(withoutByteOrderMark(bytes), [&](int number, qsizetype, const QByteArray &line) {
        const QString fault = faultOf(line);
        lines.push_back({number, fault.isEmpty() ? QString::fromUtf8(line) : QString(), fault});
        return true;
    });
    return lines;
}

std::optional<BadPlace> firstBadPlace(const QByteArray &bytes)
{
    if (isUtf16(bytes))
        return BadPlace{1, 0, QStringLiteral("UTF-16 text")};
    if (!bytes.contains('\0') && bytes.isValidUtf8())
        return {};
    std::optional<BadPlace> place;
    eachLine(bytes, [&](int number, qsizetype start, const QByteArray &line) {
        const QString fault = faultOf(line);
        if (!fault.isEmpty())
            place = BadPlace{number, start, fault};
        return fault.isEmpty();
    });
    return place;
}

QString withoutQuotes(const QByteArray &message)
{
    static const QRegularExpression quoted(QStringLiteral("'[^']*'|\"[^\"]*\"|`[^`]*`"));
    QString text = QString::fromUtf8(message);
    text.replace(quoted, QStringLiteral("…"));
    const qsizetype open = text.indexOf(QRegularExpression(QStringLiteral("['\"`]")));
    if (open >= 0)
        text.truncate(open);
    return sanitizedLine(text.toUtf8(), 200).trimmed();
}

QString dottedKey(const QString &name)
{
    const bool isPlain = !name.isEmpty() && !name.startsWith(QLatin1Char('.')) && !name.endsWith(QLatin1Char('.'))
        && !name.contains(QLatin1String("..")) && std::ranges::none_of(name, [](QChar each) {
               return each == QLatin1Char('[') || each == QLatin1Char(']') || each == QLatin1Char('"')
                   || each.unicode() < 0x20 || each.unicode() == 0x7F;
           });
    return isPlain ? name : joinKey({}, name);
}

void appendNote(QString &to, const QString &note)
{
    if (!to.isEmpty() && !note.isEmpty())
        to += QStringLiteral("; ");
    to += note;
}

Error lineError(int line, const QString &expected, const QString &found)
{
    return {ErrorKind::BadData,
            QStringLiteral("parse"),
            {},
            QStringLiteral("line %1: expected %2, found %3").arg(QString::number(line), expected, found),
            {}};
}

} // namespace taffrail::sources
