// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backupsupport.h"

#include <QTimeZone>

namespace taffrail::sources {

/// `pgbackrest info --output=json` (2.45 and later; keys of section "backup", "db", "repo", "status"). `stanza` picks
/// one of several; "" takes the one that needs somebody most. `liveSystemId` is what the running server says, or "".
Result<BackupSet> readPgbackrestInfo(const QByteArray &json, const QString &stanza, const QString &liveSystemId,
                                     const QDateTime &now, double clockOffsetSeconds);

/// Whether a text is what `info` prints without --output=json.
bool isPgbackrestInfoText(const QByteArray &text);
/// That text as the JSON form would tell it, as far as it goes; its times have no zone before 2.47.
QByteArray pgbackrestInfoJson(const QByteArray &text, const QTimeZone &zone);

} // namespace taffrail::sources
