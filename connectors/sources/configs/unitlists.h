// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace taffrail::sources {

/// What a second assignment of a unit's key does, systemd.unit(5), .service(5), .exec(5), .socket(5), .timer(5), 252.
enum class UnitKeyKind {
    Single, ///< the last one counts; an empty one sets the default again
    List, ///< each is one more item; an empty one drops those before it
    Words, ///< as List, and each assignment holds several items apart by blanks
    Dependencies, ///< as Words, but an empty one drops nothing
    Conditions, ///< as List; an empty one drops the conditions of every kind
    Assertions, ///< as Conditions, among assertions
    Environment, ///< "NAME=value" words; the last one of a name counts
};
UnitKeyKind unitKeyKind(const QString &section, const QString &key);

/// The words of a value as systemd parts them: by blanks, with quotes ' and " and C escapes.
QStringList unitWords(const QString &value);

} // namespace taffrail::sources
