// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "historysnapshot.h"

#include <QAbstractTableModel>
#include <QThreadPool>

namespace taffrail::items {

/// The model of a table that may pass 10 000 rows: a snapshot and the vector of row numbers that are shown. Filter and
/// sort run on a thread of its own; the GUI thread only adopts the finished vector. The last wish wins.
class FilteredTable : public QAbstractTableModel {
    Q_OBJECT

public:
    explicit FilteredTable(QObject *parent = nullptr);
    ~FilteredTable() override;
    Q_DISABLE_COPY_MOVE(FilteredTable)

    /// Shows another snapshot with the filter and order that are set.
    void setSnapshot(const HistorySnapshotPtr &snapshot);
    void setFilter(const TableFilter &filter);
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

    bool isBusy() const { return m_wanted != m_adopted; }
    /// Row of the snapshot behind a shown row.
    int snapshotRow(int row) const { return m_shown ? int((*m_shown)[size_t(row)]) : row; }
    int totalCount() const { return m_snapshot ? m_snapshot->rowCount() : 0; }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

signals:
    /// The table shows what was last asked for.
    void settled();

private:
    using Rows = std::shared_ptr<const std::vector<quint32>>;
    struct Job;

    void request();
    void adopt(quint64 job, HistorySnapshotPtr snapshot, Rows rows, Rows unfiltered);

    HistorySnapshotPtr m_snapshot; // shown
    HistorySnapshotPtr m_next; // to be shown
    Rows m_shown; // null = all in base order
    Rows m_unfiltered; // all rows in the order that is set, null = base order: clearing a filter costs nothing
    TableFilter m_filter;
    int m_column = -1;
    Qt::SortOrder m_order = Qt::AscendingOrder;
    int m_sortedColumn = -1; // of m_unfiltered
    Qt::SortOrder m_sortedOrder = Qt::AscendingOrder;
    quint64 m_wanted = 0;
    quint64 m_adopted = 0;
    std::shared_ptr<std::atomic_bool> m_cancel;
    QThreadPool m_thread; // last: it waits for its job before the rest goes
};

} // namespace taffrail::items
