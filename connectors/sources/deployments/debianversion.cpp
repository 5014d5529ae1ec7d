// SPDX-License-Identifier: GPL-3.0-or-later
#include "debianversion.h"

#include <QRegularExpression>

namespace taffrail::sources {

namespace {

/// "~" stands before everything, even the end; letters stand before all other characters.
int orderOf(QStringView text, qsizetype place)
{
    if (place >= text.size() || (text[place] >= u'0' && text[place] <= u'9'))
        return 0;
    const char16_t character = text[place].unicode();
    if (character == u'~')
        return -1;
    const bool isLetter = (character >= u'a' && character <= u'z') || (character >= u'A' && character <= u'Z');
    return isLetter ? character : character + 256;
}

bool isDigit(QStringView text, qsizetype place)
{
    return place < text.size() && text[place] >= u'0' && text[place] <= u'9';
}

/// Parts that are no digits and parts that are, in turn.
int compareParts(QStringView left, QStringView right)
{
    qsizetype i = 0, j = 0;
    while (i < left.size() || j < right.size()) {
        while ((i < left.size() && !isDigit(left, i)) || (j < right.size() && !isDigit(right, j))) {
            if (const int difference = orderOf(left, i) - orderOf(right, j); difference != 0)
                return difference;
            ++i;
            ++j;
        }
        while (i < left.size() && left[i] == u'0')
            ++i;
        while (j < right.size() && right[j] == u'0')
            ++j;
        int first = 0;
        while (isDigit(left, i) && isDigit(right, j)) {
            if (first == 0)
                first = left[i].unicode() - right[j].unicode();
            ++i;
            ++j;
        }
        if (isDigit(left, i) || isDigit(right, j))
            return isDigit(left, i) ? 1 : -1;
        if (first != 0)
            return first;
    }
    return 0;
}

struct Parts {
    QStringView epoch, upstream, revision;
};

Parts partsOf(QStringView version)
{
    const qsizetype colon = version.indexOf(u':');
    const QStringView rest = colon < 0 ? version : version.mid(colon + 1);
    const qsizetype dash = rest.lastIndexOf(u'-');
    return {colon < 0 ? QStringView() : version.left(colon), dash < 0 ? rest : rest.left(dash),
            dash < 0 ? QStringView() : rest.mid(dash + 1)};
}

} // namespace

bool isDebianVersion(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A(?:[0-9]{1,9}:)?[0-9][A-Za-z0-9.+:~-]{0,250}\\z"));
    return shape.match(text).hasMatch();
}

int compareDebianVersions(const QString &left, const QString &right)
{
    const Parts first = partsOf(left), second = partsOf(right);
    if (const int epoch = compareParts(first.epoch, second.epoch); epoch != 0)
        return epoch;
    if (const int upstream = compareParts(first.upstream, second.upstream); upstream != 0)
        return upstream;
    return compareParts(first.revision, second.revision);
}

} // namespace taffrail::sources
