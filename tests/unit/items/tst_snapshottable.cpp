// SPDX-License-Identifier: GPL-3.0-or-later
#include "celltable.h"

#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QSignalSpy>
#include <QSortFilterProxyModel>
#include <QTest>

using namespace taffrail;
using namespace taffrail::items;

namespace {

// Each letter is a row; upper case is the same row with another value.
std::vector<CellRow> rowsOf(const QString &letters)
{
    std::vector<CellRow> rows;
    for (const QChar letter : letters) {
        CellRow row;
        row.id = letter.toLower();
        row.cells = {textCell(letter), numberCell(QString::number(letter.unicode()), int(letter.unicode()))};
        rows.push_back(row);
    }
    return rows;
}

QString shownIn(const CellTable &table)
{
    QString text;
    for (int row = 0; row < table.rowCount(); ++row)
        text += table.index(row, 0).data().toString();
    return text;
}

CellRow agedRow(const QString &id, const QDateTime &time)
{
    CellRow row;
    row.id = id;
    row.cells = {textCell(id), ageCell(time)};
    return row;
}

} // namespace

class TestSnapshotTable : public QObject {
    Q_OBJECT

private slots:
    void sendsFewestSignals_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::addColumn<QList<int>>("signalCounts"); // inserted, removed, changed
        QTest::newRow("nothing") << "abc"
                                 << "abc" << QList<int>{0, 0, 0};
        QTest::newRow("from empty") << ""
                                    << "abc" << QList<int>{1, 0, 0};
        QTest::newRow("to empty") << "abc"
                                  << "" << QList<int>{0, 1, 0};
        QTest::newRow("one gap") << "abcd"
                                 << "ad" << QList<int>{0, 1, 0};
        QTest::newRow("two gaps") << "abcde"
                                  << "ace" << QList<int>{0, 2, 0};
        QTest::newRow("run changed") << "abcd"
                                     << "aBCd" << QList<int>{0, 0, 1};
        QTest::newRow("two runs changed") << "abcd"
                                          << "AbcD" << QList<int>{0, 0, 2};
        QTest::newRow("replaced") << "abc"
                                  << "xyz" << QList<int>{1, 1, 0};
        QTest::newRow("all at once") << "bdf"
                                     << "aBcf" << QList<int>{2, 1, 1};
        QTest::newRow("at both ends") << "m"
                                      << "amz" << QList<int>{2, 0, 0};
    }

    void sendsFewestSignals()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        QFETCH(QList<int>, signalCounts);
        CellTable table({{QStringLiteral("A")}, {QStringLiteral("B")}});
        QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
        table.apply(rowsOf(before));
        QSignalSpy inserted(&table, &QAbstractItemModel::rowsInserted);
        QSignalSpy removed(&table, &QAbstractItemModel::rowsRemoved);
        QSignalSpy changed(&table, &QAbstractItemModel::dataChanged);
        QSignalSpy reset(&table, &QAbstractItemModel::modelReset);
        table.apply(rowsOf(after));
        QCOMPARE(shownIn(table), after);
        QCOMPARE((QList<int>{int(inserted.size()), int(removed.size()), int(changed.size())}), signalCounts);
        QCOMPARE(reset.size(), 0);
    }

    void mergesUnsortedAndDoubledRows()
    {
        CellTable table({{QStringLiteral("A")}});
        table.apply(rowsOf(QStringLiteral("cabAc")));
        QCOMPARE(shownIn(table), QStringLiteral("abc"));
    }

    void oneRowAlone()
    {
        CellTable table({{QStringLiteral("A")}, {QStringLiteral("B")}});
        QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
        table.apply(rowsOf(QStringLiteral("ace")));
        QSignalSpy changed(&table, &QAbstractItemModel::dataChanged);
        table.applyRow(rowsOf(QStringLiteral("c")).front());
        QCOMPARE(changed.size(), 0);
        table.applyRow(rowsOf(QStringLiteral("C")).front());
        table.applyRow(rowsOf(QStringLiteral("b")).front());
        QCOMPARE(changed.size(), 1);
        QCOMPARE(shownIn(table), QStringLiteral("abCe"));
        QCOMPARE(table.rowOf(QStringLiteral("e")), 3);
        QCOMPARE(table.rowOf(QStringLiteral("d")), -1);
    }

    void changedColumnsAndRolesAreNarrow()
    {
        CellTable table({{QStringLiteral("A")}, {QStringLiteral("B")}, {QStringLiteral("C")}});
        const auto row = [](const QString &shown, int sort) {
            CellRow made;
            made.id = QStringLiteral("x");
            made.cells = {textCell(QStringLiteral("same")), numberCell(shown, sort), textCell(QStringLiteral("same"))};
            return std::vector<CellRow>{made};
        };
        table.apply(row(QStringLiteral("1"), 1));
        QSignalSpy changed(&table, &QAbstractItemModel::dataChanged);
        table.apply(row(QStringLiteral("2"), 2));
        QCOMPARE(changed.last().at(0).toModelIndex().column(), 1);
        QCOMPARE(changed.last().at(1).toModelIndex().column(), 1);
        QVERIFY(changed.last().at(2).value<QList<int>>().isEmpty()); // the sort value changed: everything may have
    }

    void sortedProxyStaysStillWhenOnlyAgesChange()
    {
        CellTable table({{QStringLiteral("A")}, {QStringLiteral("Age")}});
        const QDateTime then = QDateTime::fromSecsSinceEpoch(1'700'000'000, Qt::UTC);
        table.setNow(then.addSecs(30));
        table.apply({agedRow(QStringLiteral("a"), then), agedRow(QStringLiteral("b"), then.addSecs(10))});
        QSortFilterProxyModel proxy;
        proxy.setSourceModel(&table);
        proxy.setSortRole(SortRole);
        proxy.sort(1);
        QSignalSpy layout(&proxy, &QAbstractItemModel::layoutChanged);
        table.setNow(then.addSecs(31));
        QCOMPARE(layout.size(), 0);
        QCOMPARE(table.index(0, 1).data().toString(), QStringLiteral("31 s"));
    }

    void agesTellOnlyRowsWhoseTextChanges()
    {
        CellTable table({{QStringLiteral("A")}, {QStringLiteral("Age")}});
        const QDateTime then = QDateTime::fromSecsSinceEpoch(1'700'000'000, Qt::UTC);
        table.setNow(then);
        table.apply({agedRow(QStringLiteral("a"), then.addSecs(-7200)), agedRow(QStringLiteral("b"), then.addSecs(-5)),
                     agedRow(QStringLiteral("c"), {})});
        QSignalSpy changed(&table, &QAbstractItemModel::dataChanged);
        table.setNow(then.addSecs(1));
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed[0][0].toModelIndex().row(), 1);
        QCOMPARE(changed[0][1].toModelIndex().row(), 1);
        QVERIFY(!changed[0][2].value<QList<int>>().contains(int(SortRole)));
        QCOMPARE(table.index(2, 1).data().toString(), QStringLiteral("--"));
        QCOMPARE(table.index(2, 1).data(Qt::AccessibleTextRole).toString(), QStringLiteral("none"));
        table.setNow(then.addSecs(-60));
        QCOMPARE(table.index(1, 1).data().toString(), QStringLiteral("in 55 s"));
    }

    void refreshKeepsCurrentAndSelection()
    {
        CellTable table({{QStringLiteral("A")}});
        table.apply(rowsOf(QStringLiteral("bdfh")));
        QItemSelectionModel selection(&table);
        selection.setCurrentIndex(table.index(2, 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        table.apply(rowsOf(QStringLiteral("abcdeFgh")));
        QCOMPARE(selection.currentIndex().data(IdRole).toString(), QStringLiteral("f"));
        QCOMPARE(selection.selectedRows().size(), 1);
        QCOMPARE(selection.selectedRows().first().data().toString(), QStringLiteral("F"));
    }

    void staleGoodNewsIsNotGood()
    {
        CellTable table({{QStringLiteral("State")}});
        CellRow row;
        row.id = QStringLiteral("a");
        row.stale = true;
        row.cells = {statusCell(Status::Ok)};
        table.apply({row});
        QCOMPARE(table.index(0, 0).data().toString(), QStringLiteral("Stale"));
        QCOMPARE(table.index(0, 0).data(StatusRole).toInt(), int(Status::Stale));
        row.cells = {statusCell(Status::Critical)};
        table.apply({row});
        QCOMPARE(table.index(0, 0).data().toString(), QStringLiteral("Critical"));
        QCOMPARE(table.index(0, 0).data(Qt::AccessibleTextRole).toString(), QStringLiteral("Critical, Stale"));
    }
};

QTEST_APPLESS_MAIN(TestSnapshotTable)
#include "tst_snapshottable.moc"
