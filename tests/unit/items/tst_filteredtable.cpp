// SPDX-License-Identifier: GPL-3.0-or-later
#include "filteredtable.h"
#include "roles.h"

#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>

using namespace taffrail::items;

namespace {

HistorySnapshotPtr snapshotOf(int rows)
{
    HistoryBuilder builder({{QStringLiteral("Host"), QStringLiteral("host"), HistoryColumn::Kind::Text},
                            {QStringLiteral("At"), {}, HistoryColumn::Kind::Time},
                            {QStringLiteral("Note"), {}, HistoryColumn::Kind::Text},
                            {QStringLiteral("Count"), {}, HistoryColumn::Kind::Number}});
    for (int i = 0; i < rows; ++i) {
        builder.addRow();
        builder.setText(0, QStringLiteral("web-%1").arg(i * 7 % 10));
        builder.setNumber(1, 1'700'000'000'000LL + i * 31LL % 1000 * 1000);
        builder.setText(2, i % 3 ? QStringLiteral("Deploy %1").arg(i) : QString());
        builder.setNumber(3, i * 37 % 101);
    }
    return builder.build();
}

QStringList column(const FilteredTable &table, int column)
{
    QStringList texts;
    for (int row = 0; row < table.rowCount(); ++row)
        texts << table.index(row, column).data().toString();
    return texts;
}

} // namespace

class TestFilteredTable : public QObject {
    Q_OBJECT

private slots:
    void filtersAndClears()
    {
        FilteredTable table;
        QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
        table.setSnapshot(snapshotOf(1000));
        QCOMPARE(table.rowCount(), 1000);
        QSignalSpy settled(&table, &FilteredTable::settled);
        table.setFilter(TableFilter(QStringLiteral("host:web-3")));
        QVERIFY(table.isBusy());
        QTRY_COMPARE(settled.size(), 1);
        QCOMPARE(table.rowCount(), 100);
        for (const QString &host : column(table, 0))
            QCOMPARE(host, QStringLiteral("web-3"));
        table.setFilter(TableFilter(QStringLiteral("host:web-3 DEPLOY -1")));
        QTRY_COMPARE(settled.size(), 2);
        for (const QString &note : column(table, 2))
            QVERIFY(note.startsWith(QLatin1String("Deploy")) && !note.contains(QLatin1Char('1')));
        table.setFilter(TableFilter(QStringLiteral("nothing-like-that")));
        QTRY_COMPARE(settled.size(), 3);
        QCOMPARE(table.rowCount(), 0);
        table.setFilter({});
        QCOMPARE(settled.size(), 4); // at once: nothing is computed
        QCOMPARE(table.rowCount(), 1000);
    }

    void sortsByRawValuesAndStably()
    {
        FilteredTable table;
        QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
        table.setSnapshot(snapshotOf(500));
        QSignalSpy settled(&table, &FilteredTable::settled);
        const QList<QPair<int, Qt::SortOrder>> cases{{0, Qt::AscendingOrder},
                                                     {0, Qt::DescendingOrder},
                                                     {1, Qt::AscendingOrder},
                                                     {3, Qt::DescendingOrder},
                                                     {2, Qt::AscendingOrder}};
        for (const auto &[key, order] : cases) {
            const int before = int(settled.size());
            table.sort(key, order);
            QTRY_COMPARE(settled.size(), before + 1);
            QCOMPARE(table.rowCount(), 500);
            for (int row = 1; row < table.rowCount(); ++row) {
                const QVariant a = table.index(row - 1, key).data(SortRole), b = table.index(row, key).data(SortRole);
                const QPartialOrdering way = QVariant::compare(a, b);
                const bool text = a.metaType().id() == QMetaType::QString;
                const int compared = text              ? a.toString().compare(b.toString())
                    : way == QPartialOrdering::Less    ? -1
                    : way == QPartialOrdering::Greater ? 1
                                                       : 0;
                QVERIFY(order == Qt::AscendingOrder ? compared <= 0 : compared >= 0);
                if (compared == 0)
                    QVERIFY(table.snapshotRow(row - 1) < table.snapshotRow(row));
            }
        }
    }

    void orderSurvivesFilterAndClear()
    {
        FilteredTable table;
        table.setSnapshot(snapshotOf(300));
        QSignalSpy settled(&table, &FilteredTable::settled);
        table.sort(3, Qt::DescendingOrder);
        QTRY_COMPARE(settled.size(), 1);
        const QStringList all = column(table, 3);
        table.setFilter(TableFilter(QStringLiteral("host:web-1")));
        QTRY_COMPARE(settled.size(), 2);
        const QStringList some = column(table, 3);
        QVERIFY(some.size() == 30);
        QVERIFY(std::ranges::is_sorted(some, [](const QString &a, const QString &b) { return a.toInt() > b.toInt(); }));
        table.setFilter({});
        QCOMPARE(settled.size(), 3);
        QCOMPARE(column(table, 3), all);
    }

    void sortingKeepsCurrentAndSelected()
    {
        FilteredTable table;
        table.setSnapshot(snapshotOf(200));
        QItemSelectionModel selection(&table);
        selection.setCurrentIndex(table.index(50, 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        QSignalSpy settled(&table, &FilteredTable::settled);
        table.sort(3, Qt::AscendingOrder);
        QTRY_COMPARE(settled.size(), 1);
        QCOMPARE(selection.currentIndex().data(IdRole).toString(), QStringLiteral("50"));
        QCOMPARE(selection.selectedRows().size(), 1);
        QCOMPARE(selection.selectedRows().first().data(IdRole).toString(), QStringLiteral("50"));
    }

    void lastWishWins()
    {
        FilteredTable table;
        table.setSnapshot(snapshotOf(20000));
        QSignalSpy settled(&table, &FilteredTable::settled);
        for (int i = 0; i < 50; ++i)
            table.setFilter(TableFilter(QStringLiteral("host:web-%1").arg(i % 10)));
        QTRY_VERIFY(!table.isBusy());
        QCOMPARE(table.index(0, 0).data().toString(), QStringLiteral("web-9"));
        QCOMPARE(table.rowCount(), 2000);
        QCOMPARE(settled.size(), 1);
    }

    void goesWhileBusy()
    {
        for (int i = 0; i < 20; ++i) {
            FilteredTable table;
            table.setSnapshot(snapshotOf(5000));
            table.sort(i % 4);
            table.setFilter(TableFilter(QStringLiteral("web")));
        }
        QCoreApplication::processEvents();
    }

    void everyCellIsAccessible()
    {
        FilteredTable table;
        table.setSnapshot(snapshotOf(30));
        for (int row = 0; row < 30; ++row) {
            for (int key = 0; key < table.columnCount(); ++key)
                QVERIFY(!table.index(row, key).data(Qt::AccessibleTextRole).toString().isEmpty());
        }
        QCOMPARE(table.index(0, 1).data().toString(), QStringLiteral("2023-11-14 22:13:20Z"));
    }

    void emptyAndNone()
    {
        FilteredTable table;
        QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(table.rowCount(), 0);
        table.sort(3);
        table.setFilter(TableFilter(QStringLiteral("x")));
        table.setSnapshot(snapshotOf(0));
        QTRY_VERIFY(!table.isBusy());
        QCOMPARE(table.rowCount(), 0);
        table.setSnapshot(nullptr);
        QCOMPARE(table.columnCount(), 0);
    }
};

QTEST_GUILESS_MAIN(TestFilteredTable)
#include "tst_filteredtable.moc"
