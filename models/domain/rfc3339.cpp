// SPDX-License-Identifier: GPL-3.0-or-later
#include "text.h"

#include <QRegularExpression>

namespace taffrail {

QString rfc3339(const QDateTime &time)
{
    if (!time.isValid())
        return {};
    const QDateTime utc = time.toUTC();
    if (utc.date().year() < 0 || utc.date().year() > 9999)
        return {};
    const QTime clock = utc.time();
    const QString text = utc.date().toString(QStringLiteral("yyyy-MM-dd")) + QLatin1Char('T')
        + clock.toString(clock.msec() == 0 ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm:ss.zzz"));
    return text + QLatin1Char('Z');
}

QDateTime fromRfc3339(const QString &text)
{
    // A space for the T and an offset of hours alone are what PostgreSQL writes.
    static const QRegularExpression shape(QStringLiteral(
        R"(\A(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,18}))? ?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)\z)"));
    if (text.size() > 64)
        return {};
    const QRegularExpressionMatch match = shape.match(text);
    if (!match.hasMatch())
        return {};
    const auto number = [&match](int group) { return match.captured(group).toInt(); };
    const QDate date(number(1), number(2), number(3));
    const bool leap = number(6) == 60; // a leap second is the second after :59
    const int milliseconds = match.captured(7).leftJustified(3, QLatin1Char('0'), true).toInt();
    const QTime clock(number(4), number(5), leap ? 59 : number(6), match.captured(7).isEmpty() ? 0 : milliseconds);
    if (!date.isValid() || !clock.isValid() || number(9) > 23 || number(10) > 59)
        return {};
    const int offset = (number(9) * 3600 + number(10) * 60) * (match.captured(8) == QLatin1String("-") ? -1 : 1);
    return QDateTime(date, clock, Qt::UTC).addSecs((leap ? 1 : 0) - offset);
}

} // namespace taffrail
