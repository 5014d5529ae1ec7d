// SPDX-License-Identifier: GPL-3.0-or-later
#include "backups.h"

#include <array>

namespace taffrail {

namespace {

template <typename T> struct Word {
    T value;
    const char *word;
};

constexpr std::array<Word<BackupType>, 6> types{{
    {BackupType::Full, "full"},
    {BackupType::Differential, "diff"},
    {BackupType::Incremental, "incr"},
    {BackupType::Logical, "logical"},
    {BackupType::Archive, "archive"},
    {BackupType::Snapshot, "snapshot"},
}};

constexpr std::array<Word<BackupState>, 6> states{{
    {BackupState::Ok, "ok"},
    {BackupState::Running, "running"},
    {BackupState::Failed, "failed"},
    {BackupState::Flawed, "flawed"},
    {BackupState::Obsolete, "obsolete"},
    {BackupState::Expired, "expired"},
}};

constexpr std::array<Word<Trust>, 6> trusts{{
    {Trust::Listed, "listed"},
    {Trust::Metadata, "metadata"},
    {Trust::Checksums, "checksums"},
    {Trust::AllBytes, "all-bytes"},
    {Trust::Restored, "restored"},
    {Trust::Queried, "queried"},
}};

template <typename T, size_t N> QString wordOf(const std::array<Word<T>, N> &table, T value)
{
    for (const Word<T> &row : table) {
        if (row.value == value)
            return QString::fromLatin1(row.word);
    }
    return QString::fromLatin1(table.front().word);
}

template <typename T, size_t N> T valueOf(const std::array<Word<T>, N> &table, const QString &word, T otherwise)
{
    for (const Word<T> &row : table) {
        if (word == QLatin1String(row.word))
            return row.value;
    }
    return otherwise;
}

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
