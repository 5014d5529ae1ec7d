// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deployments.h"

#include <chrono>
#include <set>

namespace taffrail {

/// Headline states; the order is the precedence of several that hold at once (first wins).
enum class MigrationState {
    Failed,
    Dirty,
    Mismatch, ///< applied, but the file's checksum differs
    Missing, ///< applied, no file
    OutOfOrder,
    Outdated, ///< repeatable whose content changed
    Blocked, ///< pending, but the tool will refuse or never run it
    Pending,
    RolledBack,
    Baseline,
    Applied,
};
enum class Provenance { Recorded, Inferred, NotRecorded };
/// Best first: the worst of a migration's kinds decides the schema gate.
enum class MigrationKind { Expand, Data, Unknown, Contract, Irreversible };
enum class Reversible { Yes, No, Unknown };

/// One migration in one history.
struct Migration {
    QString version; ///< the tool's id, as the tool writes it (Alembic revision, Django "app.name", Rails digits …)
    QString name;
    MigrationState state = MigrationState::Applied;
    std::set<MigrationState> flags; ///< everything that holds
    Provenance provenance = Provenance::Recorded;
    QDateTime appliedAt; ///< UTC; invalid when the tool notes none
    QString appliedBy;
    std::optional<std::chrono::milliseconds> took;
    QString checksum; ///< as stored by the tool; "" = it stores none
    std::set<MigrationKind> kinds; ///< empty = not classified (unknown)
    Reversible reversible = Reversible::Unknown;
    QString release; ///< Release::id that brought it, or ""
    QString note;
    int order = 0; ///< position in the tool's own order, from 0

    bool operator==(const Migration &) const = default;
};

/// One history table found in a database.
struct MigrationHistory {
    QString source; ///< "alembic", "rails", …; "" = a history table we may not read or don't know
    QString database; ///< database id
    QString table; ///< schema.table
    QString current; ///< head(s), joined by ", "; "" = nothing applied
    bool readable
        = true; ///< false: found, but its rows are not known: no SELECT right, a failed read, or not supported
    bool supported = true; ///< false: the tool is recognised but its rows are not read yet; then readable is false too
    QString filesFrom; ///< "web1:/srv/shop/current/db/migrate"; "" = no files compared: pending is unknown
    bool recordsFailures = false; ///< whether the tool keeps a record of a failed run
    std::optional<HeldLock> lock;
    std::vector<Migration> migrations; ///< in the tool's own order, oldest first
    QStringList notes; ///< "merge needed", "no failure record in this tool", files that could not be read …

    bool operator==(const MigrationHistory &) const = default;
};

/// All histories of one database; an empty list with a reply means "looked, found none".
struct MigrationHistories {
    std::vector<MigrationHistory> histories;

    bool operator==(const MigrationHistories &) const = default;
};

QString migrationStateWord(MigrationState state); ///< "out-of-order"
MigrationState migrationStateFromWord(const QString &word);
QString migrationKindWord(MigrationKind kind); ///< "contract"
MigrationKind migrationKindFromWord(const QString &word);
QString provenanceWord(Provenance provenance); ///< "not-recorded"
Provenance provenanceFromWord(const QString &word);
QString reversibleWord(Reversible reversible); ///< "yes" | "no" | "unknown"
Reversible reversibleFromWord(const QString &word);
/// The worst kind; Unknown for an empty set.
MigrationKind worstKind(const std::set<MigrationKind> &kinds);
/// The headline of a set of flags by precedence; Applied for an empty set.
MigrationState headline(const std::set<MigrationState> &flags);

} // namespace taffrail
