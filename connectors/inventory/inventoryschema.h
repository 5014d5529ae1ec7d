// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

#include <QByteArray>

#include <vector>

namespace taffrail::inventory {

/// The JSON Schema (2020-12) of an inventory file: resources/inventory.schema.json with one branch per source, made
/// from its options. Printed by `taffrail inventory schema`; reading checks with the same text.
QByteArray inventorySchema(const std::vector<const sources::Source *> &sources = sources::allSources());

/// A schema that lies in this program: "inventory.schema.json" | "expected.schema.json"
QByteArray resourceText(const QString &name);

} // namespace taffrail::inventory
