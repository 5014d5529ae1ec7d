// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "told.h"

namespace taffrail::sources {

/// Says of each release, newest first, whether it brought back an older revision or the same again, and makes the
/// events. A rollback marks what it left.
void judgeByRevision(Told &told);
/// "2 d" of a time that is known, else "some time".
QString agoText(const QDateTime &then, const QDateTime &now);

} // namespace taffrail::sources
