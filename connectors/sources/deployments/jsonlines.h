// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace taffrail::sources {

/// Line (from 1) on which the value of a JSON pointer such as "/releases/3/status" begins in `text`; 0 when it is not
/// there. For words of an error: the text is read again, so it is not for hot paths.
int jsonLineOf(const QByteArray &text, const QString &pointer);

/// "line 3, column 14" of a byte offset.
QString jsonPlace(const QByteArray &text, qsizetype offset);

} // namespace taffrail::sources
