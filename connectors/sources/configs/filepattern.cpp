// SPDX-License-Identifier: GPL-3.0-or-later
#include "filepattern.h"

#include <QList>

namespace taffrail::sources {

namespace {

/// Whether a bracket expression that begins at `at` takes the sign; `at` is moved behind it. Without its end it is a
/// plain '['.
bool takesBracket(QStringView pattern, qsizetype &at, QChar sign)
{
    qsizetype place = at + 1;
    const bool isNegated
        = place < pattern.size() && (pattern[place] == QLatin1Char('!') || pattern[place] == QLatin1Char('^'));
    if (isNegated)
        ++place;
    const qsizetype first = place;
    bool isIn = false;
    while (place < pattern.size() && (pattern[place] != QLatin1Char(']') || place == first)) {
        const QChar from = pattern[place];
        const bool isRange = place + 2 < pattern.size() && pattern[place + 1] == QLatin1Char('-')
            && pattern[place + 2] != QLatin1Char(']');
        const QChar to = isRange ? pattern[place + 2] : from;
        isIn = isIn || (from <= sign && sign <= to);
        place += isRange ? 3 : 1;
    }
    if (place >= pattern.size()) {
        ++at;
        return sign == QLatin1Char('[');
    }
    at = place + 1;
    return isIn != isNegated;
}

/// Whether the sign fits what stands at `at`, which is no '*'; `at` is moved behind it.
bool takesSign(QStringView pattern, qsizetype &at, QChar sign)
{
    if (pattern[at] == QLatin1Char('?')) {
        ++at;
        return true;
    }
    if (pattern[at] == QLatin1Char('['))
        return takesBracket(pattern, at, sign);
    if (pattern[at] == QLatin1Char('\\') && at + 1 < pattern.size())
        ++at;
    return pattern[at++] == sign;
}

bool matchesName(QStringView pattern, QStringView name)
{
    if (name.startsWith(QLatin1Char('.')) && !pattern.startsWith(QLatin1Char('.')))
        return false;
    qsizetype at = 0, from = 0, star = -1, starFrom = 0;
    while (from < name.size()) {
        if (at < pattern.size() && pattern[at] == QLatin1Char('*')) {
            star = at++;
            starFrom = from;
            continue;
        }
        qsizetype next = at;
        if (at < pattern.size() && takesSign(pattern, next, name[from])) {
            at = next;
            ++from;
        } else if (star >= 0) {
            at = star + 1;
            from = ++starFrom;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == QLatin1Char('*'))
        ++at;
    return at == pattern.size();
}

} // namespace

bool matchesPattern(QStringView pattern, QStringView path)
{
    const QList<QStringView> wanted = pattern.split(QLatin1Char('/'), Qt::SkipEmptyParts);
    const QList<QStringView> names = path.split(QLatin1Char('/'), Qt::SkipEmptyParts);
    if (wanted.size() != names.size())
        return false;
    for (qsizetype i = 0; i < names.size(); ++i) {
        if (!matchesName(wanted[i], names[i]))
            return false;
    }
    return true;
}

} // namespace taffrail::sources
