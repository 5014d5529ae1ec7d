// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "statepaths.h"
#include "windowmodels.h"

namespace taffrail {

/// How the window gets a first inventory written and read.
ui::SetupWays setupWays(const CommandLine &line, const InventoryOutcome &inventory);
/// Which inventory files were read and what is kept where, each with the reason.
/// The host names that ~/.ssh/config gives words to.
QStringList importedAliases();
QList<ui::StoredPlace> storedPlaces(const CommandLine &line, const InventoryOutcome &inventory);
/// Writes a file that must not exist yet, with the folders above it. Denied when something stands there already.
Result<void> saveNewFile(const QString &path, const QByteArray &bytes);

} // namespace taffrail
