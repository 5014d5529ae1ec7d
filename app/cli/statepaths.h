// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "commandline.h"
#include "inventory.h"

namespace taffrail {

/// A file beside the store's, in $XDG_STATE_HOME/taffrail.
QString statePath(const QString &name);

/// The inventory, or what is wrong with it in words. With neither files nor trouble there is none yet.
struct InventoryOutcome {
    Inventory inventory;
    QStringList files;
    QString trouble; ///< one line; "" = all well
    QString detail; ///< every problem with file and line
    bool missing = false; ///< there is no inventory file at all
};
InventoryOutcome readInventoryFor(const CommandLine &line);

} // namespace taffrail
