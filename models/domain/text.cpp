// SPDX-License-Identifier: GPL-3.0-or-later
#include "text.h"

#include <QStringList>

#include <array>
#include <limits>

namespace taffrail {

namespace {

constexpr int maxMarksPerBase = 4;

struct Range {
    char32_t first, last;
};
/// Code points that change how a line reads without being seen: bidi controls, zero-width characters, line separators,
/// interlinear marks, tags.
constexpr std::array<Range, 11> hidden{{
    {0x00AD, 0x00AD},
    {0x061C, 0x061C},
    {0x180E, 0x180E},
    {0x200B, 0x200F},
    {0x2028, 0x202E},
    {0x2060, 0x206F},
    {0x3164, 0x3164},
    {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},
    {0xFFF9, 0xFFFB},
    {0xE0000, 0xE007F},
}};

bool isHidden(char32_t point)
{
    for (const Range &range : hidden) {
        if (point >= range.first && point <= range.last)
            return true;
    }
    return false;
}

bool isMark(char32_t point)
{
    const QChar::Category category = QChar::category(point);
    return category == QChar::Mark_NonSpacing || category == QChar::Mark_Enclosing
        || category == QChar::Mark_SpacingCombining;
}

bool isPlain(const QString &text)
{
    for (const QChar each : text) {
        const char16_t unit = each.unicode();
        if (unit >= 0x7F || (unit < 0x20 && unit != u'\n' && unit != u'\t'))
            return false;
    }
    return true;
}

/// The state machine of a terminal, as far as it takes to know what belongs to a control sequence.
class Sanitizer {
public:
    explicit Sanitizer(qsizetype size) { m_out.reserve(size); }

    void take(char32_t point)
    {
        switch (m_state) {
        case State::Text: takeText(point); break;
        case State::Escape: takeEscape(point); break;
        case State::Intermediate: takeIntermediate(point); break;
        case State::Control: takeControl(point); break;
        case State::String: takeString(point); break;
        case State::StringEscape:
            m_state = State::String;
            if (point == U'\\')
                m_state = State::Text;
            else
                takeString(point);
            break;
        }
    }

    QString finish()
    {
        if (m_state == State::Escape)
            show(0x1B);
        return m_out;
    }

private:
    enum class State { Text, Escape, Intermediate, Control, String, StringEscape };

    void takeText(char32_t point)
    {
        if (point == 0x1B)
            m_state = State::Escape;
        else if (point == 0x9B)
            m_state = State::Control;
        else if (point == 0x90 || point == 0x98 || point == 0x9D || point == 0x9E || point == 0x9F)
            m_state = State::String;
        else if (point == U'\r')
            return;
        else if (point == U'\n' || point == U'\t')
            put(point);
        else if (point < 0x20 || (point >= 0x7F && point <= 0x9F) || isHidden(point))
            show(point);
        else if (!isMark(point))
            put(point);
        else if (m_marks++ < maxMarksPerBase)
            m_out += QChar::fromUcs4(point);
    }

    void takeEscape(char32_t point)
    {
        m_state = State::Text;
        if (point == U'[') {
            m_state = State::Control;
        } else if (point == U']' || point == U'P' || point == U'X' || point == U'^' || point == U'_') {
            m_state = State::String;
        } else if (point >= 0x20 && point <= 0x2F) {
            m_state = State::Intermediate;
        } else if (point < 0x30 || point > 0x7E) { // no sequence: the escape stood alone
            show(0x1B);
            takeText(point);
        }
    }

    void takeIntermediate(char32_t point)
    {
        if (point >= 0x20 && point <= 0x2F)
            return;
        m_state = State::Text;
        if (point < 0x30 || point > 0x7E)
            takeText(point);
    }

    void takeControl(char32_t point)
    {
        if (point >= 0x20 && point <= 0x3F)
            return;
        m_state = State::Text;
        if (point < 0x40 || point > 0x7E)
            takeText(point);
    }

    /// A string runs until BEL, ST or a newline: one that is never closed costs its own line only.
    void takeString(char32_t point)
    {
        if (point == 0x07 || point == 0x9C) {
            m_state = State::Text;
        } else if (point == U'\n') {
            m_state = State::Text;
            put(point);
        } else if (point == 0x1B) {
            m_state = State::StringEscape;
        }
    }

    void put(char32_t point)
    {
        m_marks = 0;
        m_out += QChar::fromUcs4(point);
    }

    void show(char32_t point)
    {
        m_marks = 0;
        m_out += QStringLiteral("<U+%1>").arg(quint32(point), 4, 16, QLatin1Char('0')).toUpper();
    }

    QString m_out;
    State m_state = State::Text;
    int m_marks = 0;
};

} // namespace

QString sanitized(const QString &text)
{
    if (isPlain(text))
        return text;
    Sanitizer sanitizer(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar unit = text.at(i);
        if (unit.isHighSurrogate() && i + 1 < text.size() && text.at(i + 1).isLowSurrogate())
            sanitizer.take(QChar::surrogateToUcs4(unit, text.at(++i)));
        else
            sanitizer.take(unit.isSurrogate() ? U'\uFFFD' : char32_t(unit.unicode()));
    }
    return sanitizer.finish();
}

QString sanitized(const QByteArray &utf8)
{
    return sanitized(QString::fromUtf8(utf8));
}

QString sanitizedLine(const QByteArray &utf8, int limit)
{
    if (limit <= 0)
        return {};
    // Enough for `limit` characters behind any usual amount of escape sequences, and a bound for a huge input.
    const qsizetype enough = qsizetype(limit) * 16 + 4096;
    QString line = sanitized(utf8.size() > enough ? utf8.left(enough) : utf8);
    line.replace(QLatin1Char('\n'), QLatin1Char(' ')).replace(QLatin1Char('\t'), QLatin1Char(' '));
    line = line.trimmed();
    if (line.size() <= limit && utf8.size() <= enough)
        return line;
    qsizetype keep = qMin<qsizetype>(limit - 1, line.size());
    if (keep > 0 && line.at(keep - 1).isHighSurrogate())
        --keep;
    return line.left(keep) + QChar(0x2026);
}

std::optional<std::chrono::milliseconds> parseDuration(const QString &text)
{
    struct Unit {
        const char *word;
        qint64 factor;
    };
    constexpr std::array<Unit, 5> units{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
    qsizetype digits = 0;
    while (digits < text.size() && text.at(digits) >= QLatin1Char('0') && text.at(digits) <= QLatin1Char('9'))
        ++digits;
    if (digits == 0 || digits > 18)
        return std::nullopt;
    const qint64 number = text.left(digits).toLongLong();
    for (const Unit &unit : units) {
        if (text.mid(digits) != QLatin1String(unit.word))
            continue;
        if (number > std::numeric_limits<qint64>::max() / unit.factor)
            return std::nullopt;
        return std::chrono::milliseconds(number * unit.factor);
    }
    return std::nullopt;
}

QString ageText(std::chrono::seconds age)
{
    if (age == std::chrono::seconds::max())
        return QStringLiteral("unknown");
    const qint64 seconds = qMax<qint64>(0, age.count());
    if (seconds < 60)
        return QStringLiteral("%1 s").arg(seconds);
    if (seconds < 3600)
        return QStringLiteral("%1 min").arg(seconds / 60);
    if (seconds < 48 * 3600) // hours stay readable for two days: "26 h" says more than "1 d"
        return QStringLiteral("%1 h").arg(seconds / 3600);
    return QStringLiteral("%1 d").arg(seconds / 86400);
}

QString durationText(std::chrono::milliseconds duration)
{
    const qint64 total = qMax<qint64>(0, duration.count());
    const qint64 seconds = total / 1000;
    if (total < 1000)
        return QStringLiteral("%1 ms").arg(total);
    if (seconds < 10 && (total % 1000) / 100 != 0)
        return QStringLiteral("%1.%2 s").arg(seconds).arg((total % 1000) / 100);
    const auto two = [](qint64 big, const char *bigUnit, qint64 small, const char *smallUnit) {
        QString text = QStringLiteral("%1 %2").arg(QString::number(big), QLatin1String(bigUnit));
        if (small > 0)
            text += QStringLiteral(" %1 %2").arg(QString::number(small), QLatin1String(smallUnit));
        return text;
    };
    if (seconds < 60)
        return QStringLiteral("%1 s").arg(seconds);
    if (seconds < 3600)
        return two(seconds / 60, "min", seconds % 60, "s");
    if (seconds < 86400)
        return two(seconds / 3600, "h", seconds % 3600 / 60, "min");
    return two(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}

QString bytesText(qint64 bytes)
{
    if (bytes < 0)
        return QStringLiteral("unknown");
    if (bytes < 1024)
        return QStringLiteral("%1 B").arg(bytes);
    constexpr std::array<const char *, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = double(bytes) / 1024;
    size_t unit = 0;
    while (value >= 1023.95 && unit + 1 < units.size()) { // 1023.95 would round to 1024.0
        value /= 1024;
        ++unit;
    }
    QString number = QString::number(value, 'f', 1);
    if (number.endsWith(QLatin1String(".0")))
        number.chop(2);
    return number + QLatin1Char(' ') + QLatin1String(units[unit]);
}

std::chrono::seconds ageOf(const QDateTime &then, const QDateTime &now)
{
    if (!then.isValid() || !now.isValid())
        return std::chrono::seconds::max(); // no time is no good news: older than any limit
    return std::chrono::seconds(qMax<qint64>(0, then.msecsTo(now) / 1000));
}

} // namespace taffrail
