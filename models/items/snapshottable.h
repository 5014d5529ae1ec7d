// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include <vector>

namespace taffrail::items {

/// A table that is fed whole snapshots and tells its views only what differs. A Row has key() (stable, ordered) and ==,
/// which covers every value that a view can show. Never resets: selection, current row and scroll place survive a
/// refresh.
template <typename Row> class SnapshotTable : public QAbstractTableModel {
public:
    using QAbstractTableModel::QAbstractTableModel;

    int rowCount(const QModelIndex &parent = {}) const final { return parent.isValid() ? 0 : int(m_rows.size()); }
    const Row &rowAt(int row) const { return m_rows[size_t(row)]; }

    /// Row number of a key, or -1. Rows are in key order.
    template <typename Key> int rowOf(const Key &key) const
    {
        const auto found = std::lower_bound(m_rows.begin(), m_rows.end(), key,
                                            [](const Row &row, const Key &wanted) { return row.key() < wanted; });
        return found != m_rows.end() && found->key() == key ? int(found - m_rows.begin()) : -1;
    }

    /// Merges `next`, which is sorted by key() with each key once, into the table.
    void applyRows(std::vector<Row> next)
    {
        size_t taken = 0; // rows before `row` are already next[0..taken)
        for (int row = 0; row < rowCount() || taken < next.size();) {
            removeGone(row, next, taken);
            row += insertFresh(row, next, taken);
            updateSame(row, next, taken);
        }
    }

    /// Replaces or inserts one row without looking at the others.
    void applyRow(Row next)
    {
        const auto place = std::lower_bound(m_rows.begin(), m_rows.end(), next.key(),
                                            [](const Row &row, const auto &key) { return row.key() < key; });
        const int row = int(place - m_rows.begin());
        if (place != m_rows.end() && place->key() == next.key()) {
            if (*place == next)
                return;
            replace(row, std::move(next));
            return;
        }
        beginInsertRows({}, row, row);
        m_rows.insert(place, std::move(next));
        endInsertRows();
    }

protected:
    /// Told after each change of a run of rows: `before` holds the old ones from `first` on.
    virtual void announce(int first, const std::vector<Row> &before)
    {
        emit dataChanged(index(first, 0), index(first + int(before.size()) - 1, columnCount() - 1));
    }
    Row &mutableRow(int row) { return m_rows[size_t(row)]; }

private:
    void replace(int row, Row next)
    {
        std::vector<Row> before;
        before.push_back(std::exchange(m_rows[size_t(row)], std::move(next)));
        announce(row, before);
    }

    void removeGone(int row, const std::vector<Row> &next, size_t taken)
    {
        int gone = row;
        while (gone < rowCount() && (taken == next.size() || rowAt(gone).key() < next[taken].key()))
            ++gone;
        if (gone == row)
            return;
        beginRemoveRows({}, row, gone - 1);
        m_rows.erase(m_rows.begin() + row, m_rows.begin() + gone);
        endRemoveRows();
    }

    int insertFresh(int row, std::vector<Row> &next, size_t &taken)
    {
        size_t fresh = taken;
        while (fresh < next.size() && (row == rowCount() || next[fresh].key() < rowAt(row).key()))
            ++fresh;
        const int count = int(fresh - taken);
        if (count == 0)
            return 0;
        beginInsertRows({}, row, row + count - 1);
        m_rows.insert(m_rows.begin() + row, std::make_move_iterator(next.begin() + qsizetype(taken)),
                      std::make_move_iterator(next.begin() + qsizetype(fresh)));
        endInsertRows();
        taken = fresh;
        return count;
    }

    void updateSame(int &row, std::vector<Row> &next, size_t &taken)
    {
        const auto sameKey
            = [&] { return row < rowCount() && taken < next.size() && rowAt(row).key() == next[taken].key(); };
        const int first = row;
        std::vector<Row> before;
        for (; sameKey() && !(rowAt(row) == next[taken]); ++row, ++taken)
            before.push_back(std::exchange(m_rows[size_t(row)], std::move(next[taken])));
        if (!before.empty())
            announce(first, before);
        for (; sameKey() && rowAt(row) == next[taken]; ++row)
            ++taken;
    }

    std::vector<Row> m_rows;
};

} // namespace taffrail::items
