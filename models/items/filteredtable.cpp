// SPDX-License-Identifier: GPL-3.0-or-later
#include "filteredtable.h"

#include "roles.h"

#include <QDateTime>
#include <QPointer>

#include <numeric>

namespace taffrail::items {

struct FilteredTable::Job {
    quint64 number = 0;
    HistorySnapshotPtr snapshot;
    TableFilter filter;
    int column = -1;
    Qt::SortOrder order = Qt::AscendingOrder;
    Rows unfiltered; // reused when the order stays
    bool needsSort = false;
    std::shared_ptr<std::atomic_bool> cancel;
};

FilteredTable::FilteredTable(QObject *parent)
    : QAbstractTableModel(parent),
      m_cancel(std::make_shared<std::atomic_bool>(false))
{
    m_thread.setMaxThreadCount(1);
}

FilteredTable::~FilteredTable()
{
    *m_cancel = true;
}

void FilteredTable::setSnapshot(const HistorySnapshotPtr &snapshot)
{
    m_next = snapshot;
    request();
}

void FilteredTable::setFilter(const TableFilter &filter)
{
    if (filter == m_filter)
        return;
    m_filter = filter;
    request();
}

void FilteredTable::sort(int column, Qt::SortOrder order)
{
    if (column == m_column && order == m_order)
        return;
    m_column = column;
    m_order = order;
    request();
}

void FilteredTable::request()
{
    ++m_wanted;
    *m_cancel = true;
    m_cancel = std::make_shared<std::atomic_bool>(false);
    const bool sameOrder = m_next == m_snapshot && m_column == m_sortedColumn && m_order == m_sortedOrder;
    if (!m_next || (m_filter.isEmpty() && (sameOrder || m_column < 0))) {
        // Nothing to compute: the order of all rows is known.
        adopt(m_wanted, m_next, sameOrder ? m_unfiltered : nullptr, sameOrder ? m_unfiltered : nullptr);
        return;
    }
    Job job{
        m_wanted, m_next, m_filter, m_column, m_order, sameOrder ? m_unfiltered : nullptr, !sameOrder && m_column >= 0,
        m_cancel};
    m_thread.start([this, job = std::move(job)] {
        Rows unfiltered = job.unfiltered;
        if (job.needsSort) {
            std::vector<quint32> all(static_cast<size_t>(job.snapshot->rowCount()));
            std::iota(all.begin(), all.end(), 0U);
            unfiltered = std::make_shared<const std::vector<quint32>>(
                job.snapshot->sorted(std::move(all), job.column, job.order));
        }
        Rows rows = unfiltered;
        if (!job.filter.isEmpty() && !*job.cancel) {
            std::vector<quint32> kept = job.snapshot->filtered(job.filter, job.cancel.get());
            rows = std::make_shared<const std::vector<quint32>>(
                job.snapshot->sorted(std::move(kept), job.column, job.order));
        }
        if (*job.cancel)
            return;
        // Safe: the destructor of the pool waits for this function, and a queued call dies with its receiver.
        QMetaObject::invokeMethod(
            this, [this, job, rows, unfiltered] { adopt(job.number, job.snapshot, rows, unfiltered); },
            Qt::QueuedConnection);
    });
}

void FilteredTable::adopt(quint64 job, HistorySnapshotPtr snapshot, Rows rows, Rows unfiltered)
{
    if (job != m_wanted)
        return; // a newer wish is under way
    const bool sameCount = snapshot == m_snapshot
        && (rows           ? int(rows->size())
                : snapshot ? snapshot->rowCount()
                           : 0)
            == rowCount();
    const auto take = [&] {
        m_snapshot = std::move(snapshot);
        m_shown = std::move(rows);
        m_unfiltered = std::move(unfiltered);
        m_sortedColumn = m_column;
        m_sortedOrder = m_order;
        m_adopted = job;
    };
    if (sameCount) {
        // Another order of the same rows: current and selected rows move along.
        emit layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
        const QModelIndexList before = persistentIndexList();
        std::vector<quint32> marked;
        for (const QModelIndex &index : before)
            marked.push_back(quint32(snapshotRow(index.row())));
        take();
        QModelIndexList after;
        if (!before.isEmpty()) {
            std::vector<int> place(static_cast<size_t>(totalCount()), -1);
            for (int row = 0; row < rowCount(); ++row)
                place[size_t(snapshotRow(row))] = row;
            for (qsizetype i = 0; i < before.size(); ++i) {
                const int row = place[marked[size_t(i)]];
                after << (row < 0 ? QModelIndex() : index(row, before[i].column()));
            }
        }
        changePersistentIndexList(before, after);
        emit layoutChanged({}, QAbstractItemModel::VerticalSortHint);
    } else {
        beginResetModel();
        take();
        endResetModel();
    }
    emit settled();
}

int FilteredTable::rowCount(const QModelIndex &parent) const
{
    if (parent.isValid())
        return 0;
    return m_shown ? int(m_shown->size()) : totalCount();
}

int FilteredTable::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() || !m_snapshot ? 0 : m_snapshot->columnCount();
}

QVariant FilteredTable::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const int row = snapshotRow(index.row());
    const HistoryColumn &column = m_snapshot->column(index.column());
    switch (role) {
    case Qt::DisplayRole: return m_snapshot->text(row, index.column());
    case Qt::AccessibleTextRole: {
        const QString text = m_snapshot->text(row, index.column());
        return text.isEmpty() ? tr("none") : text;
    }
    case IdRole: return QString::number(row);
    case SortRole:
        return column.kind == HistoryColumn::Kind::Text ? QVariant(m_snapshot->text(row, index.column()))
                                                        : QVariant(m_snapshot->number(row, index.column()));
    case TimeRole:
        return column.kind == HistoryColumn::Kind::Time
            ? QVariant(QDateTime::fromMSecsSinceEpoch(m_snapshot->number(row, index.column()), Qt::UTC))
            : QVariant();
    default: return {};
    }
}

QVariant FilteredTable::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    return role == Qt::DisplayRole || role == Qt::AccessibleTextRole ? QVariant(m_snapshot->column(section).title)
                                                                     : QVariant();
}

} // namespace taffrail::items
