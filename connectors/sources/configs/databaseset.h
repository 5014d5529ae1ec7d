// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configentries.h"

namespace taffrail::sources {

/// The set of a source that asks a database, while its parts are read.
struct DatabaseSet {
    const SourceEntry &entry;
    const Replies &replies;
    ParsedConfig parsed;
    std::vector<Error> failures; ///< parts without an answer

    /// The rows of a part, or null; a part that failed is kept in `failures`.
    const SqlReply *rows(const QString &part);
};

/// A cell as text; "" for NULL or when it is not there.
QString cellOf(const SqlReply &reply, size_t row, const char *column);
bool isNullCell(const SqlReply &reply, size_t row, const char *column);
/// The entries settled by shape. What could not be asked is a ConfigFile without path that carries the error, so that
/// nothing of it counts as missing. The error when nothing was answered.
Result<Value> finishedSet(DatabaseSet &&set);

} // namespace taffrail::sources
