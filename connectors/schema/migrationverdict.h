// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationlint.h"
#include "sqlverdict.h"

namespace taffrail::schema {

/// What one migration file means for the releases that ran before it.
struct MigrationVerdict {
    std::vector<StatementVerdict> operations; ///< in the order of the file; `text` is the operation as written
    std::set<MigrationKind> kinds; ///< of all operations; {Expand} when the file was understood and does nothing
    Reversible reversible = Reversible::Unknown; ///< whether the tool can take it back
    QString wayBack; ///< why it is not, or is not known to be; "" for Yes
    std::vector<Risk> risks; ///< what may go wrong while it runs: locks, rewrites, half-done work

    bool operator==(const MigrationVerdict &) const = default;
};

/// More of a file is not read: the verdict is Unknown.
inline constexpr qsizetype mostMigrationBytes = 1024 * 1024;

/// What decides: the reason of the first operation of the worst kind with its line, and the strongest lock of all, in
/// one line, safe to show. "" when there is nothing to say.
QString decidingReason(const MigrationVerdict &verdict);

/// Flyway's file: plain SQL; its way back is another file.
MigrationVerdict classifyFlyway(const QByteArray &sql, bool hasUndoFile, CreatedObjects &created);

} // namespace taffrail::schema
