// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmentdraft.h"

namespace taffrail {

QString idFromName(const QString &name)
{
    constexpr qsizetype longest = 63; // of the inventory's ids
    QString id;
    const QString trimmed = name.trimmed();
    for (const QChar c : trimmed) {
        const bool plain
            = c.unicode() < 128 && (c.isLetterOrNumber() || c == QLatin1Char('.') || c == QLatin1Char('_'));
        if (plain)
            id += c.toLower();
        else if (!id.isEmpty() && !id.endsWith(QLatin1Char('-')))
            id += QLatin1Char('-');
    }
    while (!id.isEmpty() && !id.front().isLetterOrNumber())
        id.remove(0, 1);
    id.truncate(longest);
    while (id.endsWith(QLatin1Char('-')))
        id.chop(1);
    return id;
}

} // namespace taffrail
