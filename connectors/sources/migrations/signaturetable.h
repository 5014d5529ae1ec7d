// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

namespace taffrail::sources::migrations {

/// One known set of columns: "name:type" where type is s text, i integer, r float, t date or time, b boolean, y bytes,
/// j JSON, a array. The first column is one that few other tables have. `nameHas` must be part of the table's name
/// (needed where the columns alone are too common); "=Name" is the whole name.
struct Signature {
    const char *tool;
    const char *title;
    const char *columns;
    const char *nameHas;
    bool isSupported = false;
};

/// All known sets. A companion (its tool begins with "+") is no history of its own: it tells look-alikes apart.
std::span<const Signature> signatureTable();

} // namespace taffrail::sources::migrations
