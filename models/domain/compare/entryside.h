// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparison.h"
#include "unitvalue.h"

#include <QHash>
#include <QSet>

namespace taffrail {

/// The files of one entry over all environments, by the name that makes them the same file.
class FileNames {
public:
    /// Call it for every set before numberOf(). Where two files of one host have the same name and a
    /// key in common, the name is neither's: such files go by their paths.
    void look(const ConfigSet &set);
    int numberOf(const QString &name, const QString &path);
    const QStringList &names() const { return m_names; }

private:
    void lookForClashes(const ConfigSet &set, const QSet<QString> &doubled);

    QStringList m_shared;
    QStringList m_names;
    QHash<QString, int> m_numbers;
};

/// What one environment has for one entry: where its values stand, and where their absence means something.
class EntrySide {
public:
    /// `source` is null when the environment's inventory has no such entry.
    EntrySide(int column, const ComparedSource *source);

    int column() const { return m_column; }
    bool isInInventory() const { return m_source != nullptr; }
    const ConfigSet *set() const { return m_source ? m_source->set.get() : nullptr; }
    UnitRules rules() const { return m_rules; }
    const QStringList &hosts() const { return m_hosts; }

    void numberFiles(FileNames &names);
    int fileOf(size_t entry) const { return m_files[entry]; }
    int hostOf(size_t entry) const { return m_entryHosts[entry]; }
    const std::vector<int> &files() const { return m_files; }
    /// Whether a key that this host's file does not show is known not to be there.
    bool isAbsenceKnown(int host, int file) const;
    /// As above on all hosts.
    bool isAbsenceKnown(int file) const;
    bool isReadToTheEnd() const; ///< every file of it

private:
    enum class FileState : quint8 { NotSeen, Read, Failed };
    int hostNumber(const QString &host);
    FileState stateOf(int host, int file) const;

    int m_column;
    const ComparedSource *m_source;
    UnitRules m_rules = UnitRules::Common;
    bool m_partial = false; ///< not all of it was read, and nothing says which part
    QStringList m_hosts;
    std::vector<bool> m_failedHosts;
    std::vector<std::vector<FileState>> m_states; ///< by host, then file
    std::vector<int> m_files; ///< by entry of the set
    std::vector<int> m_entryHosts;
};

} // namespace taffrail
