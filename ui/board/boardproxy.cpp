// SPDX-License-Identifier: GPL-3.0-or-later
#include "boardproxy.h"

#include "boardmodel.h"
#include "roles.h"

namespace taffrail::ui {

void BoardProxy::setStatuses(const QSet<int> &statuses)
{
    if (statuses == m_statuses)
        return;
    m_statuses = statuses;
    invalidateFilter();
}

bool BoardProxy::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    if (!m_statuses.isEmpty()
        && !m_statuses.contains(sourceModel()->index(row, items::BoardModel::Overall).data(items::StatusRole).toInt()))
        return false;
    return OpsProxy::filterAcceptsRow(row, parent);
}

bool BoardProxy::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const int order = compare(left.data(items::SortRole), right.data(items::SortRole));
    if (order != 0)
        return order < 0;
    // Ties stand production first, then by name, whichever way the column is sorted.
    const auto before = [](const QModelIndex &a, const QModelIndex &b) {
        const int tierA = a.data(items::TierRole).toInt(), tierB = b.data(items::TierRole).toInt();
        if (tierA != tierB)
            return tierA < tierB;
        const auto name = items::BoardModel::Environment;
        return QString::localeAwareCompare(a.siblingAtColumn(name).data().toString(),
                                           b.siblingAtColumn(name).data().toString())
            < 0;
    };
    return sortOrder() == Qt::AscendingOrder ? before(left, right) : before(right, left);
}

} // namespace taffrail::ui
