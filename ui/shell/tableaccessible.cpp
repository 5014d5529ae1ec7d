// SPDX-License-Identifier: GPL-3.0-or-later
#include "tableaccessible.h"

#include "tablecellaccessible.h"

#include <QHeaderView>
#include <QTableView>

namespace taffrail::ui {

namespace {

// Children are the header's cells, then the rows: one count for the whole grid.
constexpr int headerRow = -1;

quint64 keyOf(int row, int column)
{
    return (quint64(quint32(row)) << 32) | quint32(column);
}

QAccessibleInterface *makeAccessible(const QString &, QObject *object)
{
    auto *view = qobject_cast<QTableView *>(object);
    return view ? new TableAccessible(view) : nullptr;
}

} // namespace

TableAccessible::TableAccessible(QTableView *view) : QAccessibleWidget(view, QAccessible::Table) {}

TableAccessible::~TableAccessible()
{
    forget();
}

void TableAccessible::install()
{
    static const bool installed = [] {
        QAccessible::installFactory(makeAccessible);
        return true;
    }();
    Q_UNUSED(installed)
}

QTableView *TableAccessible::view() const
{
    return qobject_cast<QTableView *>(object());
}

void TableAccessible::forget()
{
    const QHash<quint64, QAccessible::Id> cells = std::exchange(m_cells, {});
    for (const QAccessible::Id id : cells)
        QAccessible::deleteAccessibleInterface(id);
}

void *TableAccessible::interface_cast(QAccessible::InterfaceType type)
{
    if (type == QAccessible::TableInterface)
        return static_cast<QAccessibleTableInterface *>(this);
    return QAccessibleWidget::interface_cast(type);
}

QAccessibleInterface *TableAccessible::cached(int row, int column) const
{
    const bool known = row >= headerRow && row < rowCount() && column >= 0 && column < columnCount();
    // One blank cell stands for every cell that is not there.
    const quint64 key = known ? keyOf(row, column) : keyOf(-2, -2);
    if (const auto found = m_cells.constFind(key); found != m_cells.cend()) {
        if (QAccessibleInterface *cell = QAccessible::accessibleInterface(*found))
            return cell;
    }
    auto *cell = new TableCellAccessible(view(), known ? row : -2, known ? column : -2);
    m_cells.insert(key, QAccessible::registerAccessibleInterface(cell));
    return cell;
}

QAccessibleInterface *TableAccessible::child(int index) const
{
    const int columns = columnCount();
    if (index < 0 || columns == 0)
        return cached(-2, -2);
    return cached(index / columns + headerRow, index % columns);
}

QAccessibleInterface *TableAccessible::childAt(int x, int y) const
{
    const QTableView *table = view();
    if (!table)
        return nullptr;
    const QModelIndex index = table->indexAt(table->viewport()->mapFromGlobal(QPoint(x, y)));
    return index.isValid() ? cached(index.row(), index.column()) : nullptr;
}

int TableAccessible::childCount() const
{
    return (rowCount() + 1) * columnCount();
}

int TableAccessible::indexOfChild(const QAccessibleInterface *child) const
{
    const auto *cell = dynamic_cast<const TableCellAccessible *>(child);
    if (!cell || cell->rowIndex() < headerRow || cell->columnIndex() < 0)
        return -1;
    return (cell->rowIndex() - headerRow) * columnCount() + cell->columnIndex();
}

QAccessibleInterface *TableAccessible::focusChild() const
{
    const QTableView *table = view();
    const QModelIndex index = table ? table->currentIndex() : QModelIndex();
    return index.isValid() ? cached(index.row(), index.column()) : nullptr;
}

QAccessibleInterface *TableAccessible::cellAt(int row, int column) const
{
    return row < 0 ? cached(-2, -2) : cached(row, column);
}

int TableAccessible::rowCount() const
{
    const QTableView *table = view();
    return table && table->model() ? table->model()->rowCount() : 0;
}

int TableAccessible::columnCount() const
{
    const QTableView *table = view();
    return table && table->model() ? table->model()->columnCount() : 0;
}

QList<QAccessibleInterface *> TableAccessible::selectedCells() const
{
    QList<QAccessibleInterface *> cells;
    const QTableView *table = view();
    if (!table || !table->selectionModel())
        return cells;
    const QModelIndexList selected = table->selectionModel()->selectedIndexes();
    for (const QModelIndex &index : selected)
        cells << cached(index.row(), index.column());
    return cells;
}

int TableAccessible::selectedCellCount() const
{
    const QTableView *table = view();
    return table && table->selectionModel() ? int(table->selectionModel()->selectedIndexes().size()) : 0;
}

QString TableAccessible::columnDescription(int column) const
{
    const QTableView *table = view();
    return table && table->model() ? table->model()->headerData(column, Qt::Horizontal).toString() : QString();
}

QString TableAccessible::rowDescription(int) const
{
    return {};
}

QList<int> TableAccessible::selectedRows() const
{
    QList<int> rows;
    const QTableView *table = view();
    if (!table || !table->selectionModel())
        return rows;
    const QModelIndexList selected = table->selectionModel()->selectedRows();
    for (const QModelIndex &index : selected)
        rows << index.row();
    return rows;
}

QList<int> TableAccessible::selectedColumns() const
{
    return {}; // rows are selected, never columns
}

int TableAccessible::selectedRowCount() const
{
    return int(selectedRows().size());
}

int TableAccessible::selectedColumnCount() const
{
    return 0;
}

bool TableAccessible::isColumnSelected(int) const
{
    return false;
}

bool TableAccessible::isRowSelected(int row) const
{
    const QTableView *table = view();
    return table && table->selectionModel() && row >= 0 && row < rowCount()
        && table->selectionModel()->isRowSelected(row);
}

bool TableAccessible::selectRow(int row)
{
    QTableView *table = view();
    if (!table || !table->selectionModel() || row < 0 || row >= rowCount())
        return false;
    table->selectionModel()->setCurrentIndex(table->model()->index(row, 0),
                                             QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    return true;
}

bool TableAccessible::unselectRow(int row)
{
    QTableView *table = view();
    if (!table || !table->selectionModel() || row < 0 || row >= rowCount())
        return false;
    table->selectionModel()->select(table->model()->index(row, 0),
                                    QItemSelectionModel::Deselect | QItemSelectionModel::Rows);
    return true;
}

bool TableAccessible::selectColumn(int)
{
    return false;
}

bool TableAccessible::unselectColumn(int)
{
    return false;
}

void TableAccessible::modelChange(QAccessibleTableModelChangeEvent *event)
{
    // Cells read the model when asked, so only those that are gone must go; the blank one may stay.
    if (event->modelChangeType() != QAccessibleTableModelChangeEvent::DataChanged)
        forget();
}

} // namespace taffrail::ui
