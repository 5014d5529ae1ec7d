// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrations.h"

#include "wordtable.h"

namespace taffrail {

namespace {

constexpr WordTable<MigrationState, 11> stateWords{{
    {MigrationState::Failed, "failed"},
    {MigrationState::Dirty, "dirty"},
    {MigrationState::Mismatch, "mismatch"},
    {MigrationState::Missing, "missing"},
    {MigrationState::OutOfOrder, "out-of-order"},
    {MigrationState::Outdated, "outdated"},
    {MigrationState::Blocked, "blocked"},
    {MigrationState::Pending, "pending"},
    {MigrationState::RolledBack, "rolled-back"},
    {MigrationState::Baseline, "baseline"},
    {MigrationState::Applied, "applied"},
}};

constexpr WordTable<MigrationKind, 5> kindWords{{
    {MigrationKind::Expand, "expand"},
    {MigrationKind::Data, "data"},
    {MigrationKind::Unknown, "unknown"},
    {MigrationKind::Contract, "contract"},
    {MigrationKind::Irreversible, "irreversible"},
}};

constexpr WordTable<Provenance, 3> provenanceWords{{
    {Provenance::Recorded, "recorded"},
    {Provenance::Inferred, "inferred"},
    {Provenance::NotRecorded, "not-recorded"},
}};

constexpr WordTable<Reversible, 3> reversibleWords{{
    {Reversible::Yes, "yes"},
    {Reversible::No, "no"},
    {Reversible::Unknown, "unknown"},
}};

} // namespace

QString migrationStateWord(MigrationState state)
{
    return wordOf(stateWords, state);
}

// An unknown word must not look applied.
MigrationState migrationStateFromWord(const QString &word)
{
    return valueOf(stateWords, word, MigrationState::Blocked);
}

QString migrationKindWord(MigrationKind kind)
{
    return wordOf(kindWords, kind);
}

MigrationKind migrationKindFromWord(const QString &word)
{
    return valueOf(kindWords, word, MigrationKind::Unknown);
}

QString provenanceWord(Provenance provenance)
{
    return wordOf(provenanceWords, provenance);
}

Provenance provenanceFromWord(const QString &word)
{
    return valueOf(provenanceWords, word, Provenance::NotRecorded);
}

QString reversibleWord(Reversible reversible)
{
    return wordOf(reversibleWords, reversible);
}

Reversible reversibleFromWord(const QString &word)
{
    return valueOf(reversibleWords, word, Reversible::Unknown);
}

MigrationKind worstKind(const std::set<MigrationKind> &kinds)
{
    return kinds.empty() ? MigrationKind::Unknown : *kinds.rbegin();
}

MigrationState headline(const std::set<MigrationState> &flags)
{
    return flags.empty() ? MigrationState::Applied : *flags.begin();
}

} // namespace taffrail
