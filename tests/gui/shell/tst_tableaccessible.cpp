// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include "opstable.h"
#include "tableaccessible.h"
#include "tablecellaccessible.h"

#include <QSet>
#include <QTest>

using namespace taffrail;
using namespace taffrail::ui;

class TestTableAccessible : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { TableAccessible::install(); }

    void init()
    {
        m_console = std::make_unique<items::ConsoleModels>();
        demo::feed(*m_console, demo::allStates());
        m_table = std::make_unique<OpsTable>(QStringLiteral("t"), m_time, nullptr);
        m_table->setSource(&m_console->board, new OpsProxy(m_table.get()));
        m_table->resize(600, 300);
        m_table->show();
        m_interface = QAccessible::queryAccessibleInterface(m_table.get());
        QVERIFY(m_interface);
        m_cells = m_interface->tableInterface();
        QVERIFY(m_cells);
    }

    void cleanup()
    {
        m_table.reset();
        m_console.reset();
    }

    void placesThatAreNotThereAreBlankCells()
    {
        const int rows = m_cells->rowCount(), columns = m_cells->columnCount();
        QCOMPARE(rows, 12);
        const QList<QPair<int, int>> probes{{rows, 0}, {0, columns}, {rows, columns},    {-1, 0},
                                            {0, -1},   {-5, -5},     {INT_MAX, INT_MAX}, {INT_MIN, 0}};
        for (const auto &[row, column] : probes) {
            QAccessibleInterface *cell = m_cells->cellAt(row, column);
            QVERIFY(cell);
            QVERIFY(cell->state().invalid);
            QVERIFY(cell->text(QAccessible::Name).isEmpty());
            QVERIFY(cell->rect().isEmpty());
            QVERIFY(cell->parent());
            QVERIFY(cell->tableCellInterface()->columnHeaderCells().isEmpty());
            cell->tableCellInterface()->isSelected();
        }
        for (const int child : {m_interface->childCount(), -1, INT_MAX})
            QVERIFY(m_interface->child(child));
        QVERIFY(!m_cells->selectRow(rows) && !m_cells->selectRow(-1) && !m_cells->unselectRow(99));
        QVERIFY(!m_cells->isRowSelected(rows) && !m_cells->isColumnSelected(0));
        QVERIFY(m_cells->columnDescription(99).isEmpty());
    }

    void cellsSayTheirText()
    {
        const QAbstractItemModel *model = m_table->model();
        for (int row = 0; row < m_cells->rowCount(); ++row) {
            for (int column = 0; column < m_cells->columnCount(); ++column) {
                QAccessibleInterface *cell = m_cells->cellAt(row, column);
                QCOMPARE(cell->text(QAccessible::Name),
                         model->index(row, column).data(Qt::AccessibleTextRole).toString());
                QCOMPARE(cell->tableCellInterface()->rowIndex(), row);
                QCOMPARE(m_interface->indexOfChild(cell), (row + 1) * m_cells->columnCount() + column);
                QCOMPARE(m_interface->child(m_interface->indexOfChild(cell)), cell);
                QCOMPARE(cell->tableCellInterface()->columnHeaderCells().first()->text(QAccessible::Name),
                         m_cells->columnDescription(column));
            }
        }
    }

    void selectionAndFocusAreTold()
    {
        QVERIFY(m_cells->selectRow(3));
        QCOMPARE(m_cells->selectedRows(), QList<int>{3});
        QVERIFY(m_cells->isRowSelected(3));
        QCOMPARE(m_cells->selectedCellCount(), m_cells->columnCount());
        QVERIFY(m_cells->selectedCells().first()->state().selected);
        QVERIFY(m_interface->focusChild());
        QVERIFY(m_cells->unselectRow(3));
        QCOMPARE(m_cells->selectedRowCount(), 0);
    }

    void cellsOfRowsThatWentAreHarmless()
    {
        QAccessibleInterface *last = m_cells->cellAt(11, 1);
        const QAccessible::Id id = QAccessible::uniqueId(last);
        m_console->setEnvironments({demo::stateOf(demo::well())->environment});
        QCOMPARE(m_cells->rowCount(), 1);
        if (QAccessibleInterface *still = QAccessible::accessibleInterface(id)) {
            QVERIFY(still->state().invalid);
            QVERIFY(still->text(QAccessible::Name).isEmpty());
        }
        QVERIFY(m_cells->cellAt(11, 1)->state().invalid);
        m_console->setEnvironments({});
        QVERIFY(m_cells->cellAt(0, 0));
        QVERIFY(m_interface->child(0));
    }

    void tableWithoutModel()
    {
        QTableView bare;
        QAccessibleInterface *interface = QAccessible::queryAccessibleInterface(&bare);
        QVERIFY(interface && interface->tableInterface());
        QVERIFY(interface->tableInterface()->cellAt(0, 0));
        QVERIFY(interface->child(0));
        QCOMPARE(interface->childCount(), 0);
    }

private:
    TimeFormat m_time;
    std::unique_ptr<items::ConsoleModels> m_console;
    std::unique_ptr<OpsTable> m_table;
    QAccessibleInterface *m_interface = nullptr;
    QAccessibleTableInterface *m_cells = nullptr;
};

QTEST_MAIN(TestTableAccessible)
#include "tst_tableaccessible.moc"
