// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configs.h"

#include <QHash>
#include <QSet>

namespace taffrail {

/// Gives the items of lists that have no order the same index wherever the same item stands: "hosts[2]" of one side
/// becomes "hosts[0]" when the reference has that very item first. An item that no side had so far gets an index of its
/// own. Only the outermost list that a pattern names is taken; equal means equal to the letter.
class UnorderedLists {
public:
    /// Key patterns (* and ?) of lists: "allowed_hosts", "*.servers"; "allowed_hosts[*]" is the same.
    explicit UnorderedLists(const QStringList &patterns);

    /// The keys of a side's entries, or nothing when none of them changes. `files` are their files' numbers. Call it
    /// for the reference first, then for the other sides of the same entry.
    std::vector<QString> keysOf(const ConfigSet &set, const std::vector<int> &files);

private:
    struct Item {
        qsizetype list = -1; ///< length of the list's key; -1 = in no such list
        qsizetype rest = 0; ///< where the key goes on behind the index
        int index = 0;
    };
    Item itemOf(const QString &key) const;
    bool isNamed(QStringView list) const;
    int slotOf(const QString &list, const QString &content, QSet<int> &taken);

    QStringList m_patterns;
    QHash<QString, QHash<QString, QList<int>>> m_slots; ///< by list (with its file), then content
    QHash<QString, int> m_slotCounts; ///< by list
};

} // namespace taffrail
