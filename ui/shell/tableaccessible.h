// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAccessibleWidget>
#include <QHash>
#include <QModelIndex>
#include <QPointer>

class QTableView;

namespace taffrail::ui {

/// What assistive clients see of a QTableView. Every question about a cell that is not there gets a blank cell instead
/// of null: with Qt 6.4's own classes a client that asks for row = rowCount ends the process.
class TableAccessible : public QAccessibleWidget, public QAccessibleTableInterface {
public:
    explicit TableAccessible(QTableView *view);
    ~TableAccessible() override;
    Q_DISABLE_COPY_MOVE(TableAccessible)

    /// Puts the class in front of Qt's own. Call it before the first view is made; a second call does nothing.
    static void install();

    // QAccessibleInterface
    void *interface_cast(QAccessible::InterfaceType type) override;
    QAccessibleInterface *child(int index) const override;
    QAccessibleInterface *childAt(int x, int y) const override;
    int childCount() const override;
    int indexOfChild(const QAccessibleInterface *child) const override;
    QAccessibleInterface *focusChild() const override;

    // QAccessibleTableInterface
    QAccessibleInterface *caption() const override { return nullptr; }
    QAccessibleInterface *summary() const override { return nullptr; }
    QAccessibleInterface *cellAt(int row, int column) const override;
    int selectedCellCount() const override;
    QList<QAccessibleInterface *> selectedCells() const override;
    QString columnDescription(int column) const override;
    QString rowDescription(int row) const override;
    int selectedColumnCount() const override;
    int selectedRowCount() const override;
    int columnCount() const override;
    int rowCount() const override;
    QList<int> selectedColumns() const override;
    QList<int> selectedRows() const override;
    bool isColumnSelected(int column) const override;
    bool isRowSelected(int row) const override;
    bool selectRow(int row) override;
    bool selectColumn(int column) override;
    bool unselectRow(int row) override;
    bool unselectColumn(int column) override;
    void modelChange(QAccessibleTableModelChangeEvent *event) override;

private:
    QTableView *view() const;
    QAccessibleInterface *cached(int row, int column) const;
    void forget();

    mutable QHash<quint64, QAccessible::Id> m_cells; // by row and column; the header is row -1
};

} // namespace taffrail::ui
