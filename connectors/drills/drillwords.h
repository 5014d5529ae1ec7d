// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drilltool.h"

namespace taffrail::drills {

/// The text of an option of the entry, or of its drill when the entry has none; "" = neither.
inline QString optionOf(const SourceEntry &entry, const char *key)
{
    const QString name = QString::fromLatin1(key);
    const QString own = entry.options.value(name).toString();
    return own.isEmpty() ? entry.options.value(QStringLiteral("drill")).toMap().value(name).toString() : own;
}

/// A size in bytes that a look printed; -1 = none.
inline qint64 sizeIn(const LookLines &lines, const char *key)
{
    bool isNumber = false;
    const qint64 size = lines.value(QLatin1String(key)).value(0).toLongLong(&isNumber);
    return isNumber && size >= 0 ? size : -1;
}

/// Room for a dump: what it unpacks to is known from the live database, else guessed from the file.
void guessDumpSize(const DrillSubject &subject, const LookLines &lines, bool isFetched, DrillLook &into);

/// Shell text that looks at the dump "$tf_path" and prints its kind, sizes and version.
extern const char dumpLook[];

} // namespace taffrail::drills
