// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"
#include "inventoryproblem.h"
#include "source.h"

namespace taffrail::inventory {

/// An inventory, or every mistake in its files, ordered by file and place.
using InventoryReading = tl::expected<Inventory, Problems>;

/// The files to read: the given ones as absolute paths, else $XDG_CONFIG_HOME/taffrail/inventory.json and
/// inventory.d/*.json beside it, as far as they exist (may be none).
QStringList inventoryFiles(const QStringList &given = {});

/// Reads and checks all files together (ids are unique over all of them). No files make an empty inventory. A file is
/// at most 16 MiB, strict JSON, valid by inventorySchema().
InventoryReading readInventory(const QStringList &files,
                               const std::vector<const sources::Source *> &sources = sources::allSources());
/// The same for one text; `name` stands for the file in problems.
InventoryReading readInventoryText(const QString &name, const QByteArray &json,
                                   const std::vector<const sources::Source *> &sources = sources::allSources());

} // namespace taffrail::inventory
