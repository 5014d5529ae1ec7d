// SPDX-License-Identifier: GPL-3.0-or-later
#include "tablecellaccessible.h"

#include "tableaccessible.h"

#include <QHeaderView>

namespace taffrail::ui {

TableCellAccessible::TableCellAccessible(QTableView *view, int row, int column)
    : m_view(view),
      m_row(row),
      m_column(column)
{
}

QModelIndex TableCellAccessible::index() const
{
    return m_view && m_view->model() && m_row >= 0 ? m_view->model()->index(m_row, m_column) : QModelIndex();
}

QAccessibleInterface *TableCellAccessible::parent() const
{
    return m_view ? QAccessible::queryAccessibleInterface(m_view) : nullptr;
}

QString TableCellAccessible::text(QAccessible::Text kind) const
{
    if (kind != QAccessible::Name || !m_view || !m_view->model())
        return {};
    if (isHeader())
        return m_view->model()->headerData(m_column, Qt::Horizontal).toString();
    const QString spoken = index().data(Qt::AccessibleTextRole).toString();
    return spoken.isEmpty() ? index().data(Qt::DisplayRole).toString() : spoken;
}

QRect TableCellAccessible::rect() const
{
    if (!m_view)
        return {};
    if (isHeader()) {
        const QHeaderView *header = m_view->horizontalHeader();
        const QRect place(header->sectionViewportPosition(m_column), 0, header->sectionSize(m_column),
                          header->height());
        return place.translated(header->mapToGlobal(QPoint(0, 0)));
    }
    const QRect place = m_view->visualRect(index());
    return place.isNull() ? place : place.translated(m_view->viewport()->mapToGlobal(QPoint(0, 0)));
}

QAccessible::Role TableCellAccessible::role() const
{
    return isHeader() ? QAccessible::ColumnHeader : QAccessible::Cell;
}

QAccessible::State TableCellAccessible::state() const
{
    QAccessible::State state;
    const QModelIndex place = index();
    if (isHeader())
        return state;
    if (!place.isValid()) {
        state.invalid = true;
        return state;
    }
    state.selectable = true;
    state.focusable = true;
    state.readOnly = true;
    state.selected = isSelected();
    state.focused = m_view->hasFocus() && m_view->currentIndex() == place;
    state.invisible = !m_view->viewport()->rect().intersects(m_view->visualRect(place));
    return state;
}

void *TableCellAccessible::interface_cast(QAccessible::InterfaceType type)
{
    return type == QAccessible::TableCellInterface ? static_cast<QAccessibleTableCellInterface *>(this) : nullptr;
}

bool TableCellAccessible::isSelected() const
{
    const QModelIndex place = index();
    return place.isValid() && m_view->selectionModel() && m_view->selectionModel()->isSelected(place);
}

QList<QAccessibleInterface *> TableCellAccessible::columnHeaderCells() const
{
    QAccessibleInterface *whole = parent();
    if (!whole || m_column < 0)
        return {};
    return {whole->child(m_column)};
}

} // namespace taffrail::ui
