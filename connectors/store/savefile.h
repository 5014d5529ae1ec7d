// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>

namespace taffrail {

/// Writes a file whole or not at all, and on disk before it returns: beside it, synced, renamed over it, folder synced.
/// The one way in which this program writes files: QSaveFile of Qt 6.4 commits a short write on a full disk. A symbolic
/// link is kept and what it points at is replaced. `mode` are the permission bits of the result; an existing owner is
/// kept where we may. Errors: Denied, NotFound (no folder), ToolFailed (disk full and the rest); the old file then
/// stands untouched.
Result<void> saveFile(const QString &path, const QByteArray &bytes, unsigned mode = 0600);

} // namespace taffrail
