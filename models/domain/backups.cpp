// SPDX-License-Identifier: GPL-3.0-or-later
#include "backups.h"

#include "wordtable.h"

namespace taffrail {

namespace {

constexpr WordTable<BackupType, 6> types{{
    {BackupType::Full, "full"},
    {BackupType::Differential, "diff"},
    {BackupType::Incremental, "incr"},
    {BackupType::Logical, "logical"},
    {BackupType::Archive, "archive"},
    {BackupType::Snapshot, "snapshot"},
}};

constexpr WordTable<BackupState, 6> states{{
    {BackupState::Ok, "ok"},
    {BackupState::Running, "running"},
    {BackupState::Failed, "failed"},
    {BackupState::Flawed, "flawed"},
    {BackupState::Obsolete, "obsolete"},
    {BackupState::Expired, "expired"},
}};

constexpr WordTable<Trust, 6> trusts{{
    {Trust::Listed, "listed"},
    {Trust::Metadata, "metadata"},
    {Trust::Checksums, "checksums"},
    {Trust::AllBytes, "all-bytes"},
    {Trust::Restored, "restored"},
    {Trust::Queried, "queried"},
}};

} // namespace

QString backupTypeWord(BackupType type)
{
    return wordOf(types, type);
}

BackupType backupTypeFromWord(const QString &word)
{
    return valueOf(types, word, BackupType::Full);
}

QString backupStateWord(BackupState state)
{
    return wordOf(states, state);
}

BackupState backupStateFromWord(const QString &word)
{
    return valueOf(states, word, BackupState::Flawed); // an unknown word never counts as usable
}

QString trustWord(Trust trust)
{
    return wordOf(trusts, trust);
}

Trust trustFromWord(const QString &word)
{
    return valueOf(trusts, word, Trust::Listed);
}

bool isUsable(const Backup &backup)
{
    const bool isKept = backup.state == BackupState::Ok || backup.state == BackupState::Obsolete;
    return isKept && backup.problem.isEmpty();
}

} // namespace taffrail
