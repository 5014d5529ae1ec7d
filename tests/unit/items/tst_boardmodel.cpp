// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace taffrail;
using namespace taffrail::items;

namespace {

QString shown(const BoardModel &board, const QString &id, int column)
{
    return board.index(board.rowOf(id), column).data().toString();
}

} // namespace

class TestBoardModel : public QObject {
    Q_OBJECT

private slots:
    void rowsSayStatusAndReason()
    {
        ConsoleModels models;
        QAbstractItemModelTester tester(&models.board, QAbstractItemModelTester::FailureReportingMode::QtTest);
        demo::feed(models, demo::allStates());
        QCOMPARE(models.board.rowCount(), int(demo::allStates().size()));
        QCOMPARE(shown(models.board, QStringLiteral("shop-production"), BoardModel::Overall), QStringLiteral("OK"));
        QCOMPARE(shown(models.board, QStringLiteral("billing-production"), BoardModel::Overall),
                 QStringLiteral("Critical"));
        QCOMPARE(shown(models.board, QStringLiteral("ledger-production"), BoardModel::Overall),
                 QStringLiteral("Stale"));
        QCOMPARE(shown(models.board, QStringLiteral("billing-testing"), BoardModel::Overall),
                 QStringLiteral("Offline"));
        QCOMPARE(shown(models.board, QStringLiteral("shop-production"), BoardModel::AsOf), QStringLiteral("4 s"));
        const int row = models.board.rowOf(QStringLiteral("billing-production"));
        QVERIFY(models.board.rowAt(row).reason.contains(QStringLiteral("9 d old")));
        QVERIFY(models.board.rowAt(models.board.rowOf(QStringLiteral("shop-production"))).reason.isEmpty());
    }

    void unreadIsUnknownNeverOk()
    {
        ConsoleModels models;
        models.setNow(demo::now());
        models.setEnvironments({demo::stateOf(demo::well())->environment});
        QCOMPARE(shown(models.board, QStringLiteral("shop-production"), BoardModel::Overall),
                 QStringLiteral("Unknown"));
        QCOMPARE(shown(models.board, QStringLiteral("shop-production"), BoardModel::AsOf), QStringLiteral("--"));
        for (int column = BoardModel::Release; column <= BoardModel::Health; ++column)
            QCOMPARE(models.board.index(0, column).data(StatusRole).toInt(), int(Status::Unknown));
    }

    void goodNewsEndsWithTheClock()
    {
        ConsoleModels models;
        demo::feed(models, {demo::stateOf(demo::well()), demo::stateOf(demo::critical())});
        QSignalSpy counts(&models.board, &BoardModel::countsChanged);
        models.setNow(demo::now().addSecs(80));
        QCOMPARE(shown(models.board, QStringLiteral("shop-production"), BoardModel::Overall), QStringLiteral("OK"));
        models.setNow(demo::now().addSecs(95)); // nobody judged anew: 4 s + 95 s > 3 × 30 s
        QCOMPARE(shown(models.board, QStringLiteral("shop-production"), BoardModel::Overall), QStringLiteral("Stale"));
        QCOMPARE(shown(models.board, QStringLiteral("billing-production"), BoardModel::Overall),
                 QStringLiteral("Critical"));
        QCOMPARE(counts.size(), 1);
        QCOMPARE(models.board.counts().value(Status::Ok), 0);
    }

    void freshStateBringsBackGoodNews()
    {
        ConsoleModels models;
        demo::feed(models, {demo::stateOf(demo::stale())});
        demo::Draft again = demo::draft(QStringLiteral("ledger-production"), QStringLiteral("Ledger production"),
                                        QStringLiteral("ledger"), Tier::Production);
        demo::fill(again);
        models.apply(demo::stateOf(again));
        QCOMPARE(shown(models.board, QStringLiteral("ledger-production"), BoardModel::Overall), QStringLiteral("OK"));
    }

    void oneRefreshTouchesOneRow()
    {
        ConsoleModels models;
        demo::feed(models, demo::allStates());
        QSignalSpy changed(&models.board, &QAbstractItemModel::dataChanged);
        QSignalSpy inserted(&models.board, &QAbstractItemModel::rowsInserted);
        QSignalSpy removed(&models.board, &QAbstractItemModel::rowsRemoved);
        QSignalSpy reset(&models.board, &QAbstractItemModel::modelReset);
        demo::Draft next = demo::warning();
        demo::good(next, PaneKind::Backups, demo::backups(60), 1, Status::Ok, QStringLiteral("full 1 min ago"));
        models.apply(demo::stateOf(next));
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed[0][0].toModelIndex().row(), models.board.rowOf(QStringLiteral("shop-staging")));
        QCOMPARE(changed[0][0].toModelIndex().row(), changed[0][1].toModelIndex().row());
        QCOMPARE(inserted.size() + removed.size() + reset.size(), 0);
    }

    void environmentsComeAndGo()
    {
        ConsoleModels models;
        QAbstractItemModelTester board(&models.board, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester tree(&models.tree, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester links(&models.links, QAbstractItemModelTester::FailureReportingMode::QtTest);
        demo::feed(models, demo::allStates());
        const EnvironmentStatePtr kept = demo::stateOf(demo::warning());
        models.setEnvironments({kept->environment});
        QCOMPARE(models.board.rowCount(), 1);
        QCOMPARE(models.links.rowCount(), 2);
        QCOMPARE(models.tree.rowCount(), 1);
        QCOMPARE(shown(models.board, QStringLiteral("shop-staging"), BoardModel::Overall), QStringLiteral("Warning"));
        models.apply(demo::stateOf(demo::critical())); // no longer in the inventory
        QCOMPARE(models.board.rowCount(), 1);
        demo::feed(models, demo::allStates());
        QCOMPARE(models.board.rowCount(), int(demo::allStates().size()));
    }

    void treeGroupsAndKeepsOrder()
    {
        ConsoleModels models;
        QAbstractItemModelTester tester(&models.tree, QAbstractItemModelTester::FailureReportingMode::QtTest);
        demo::feed(models, demo::allStates());
        const QModelIndex production = models.tree.indexOf(QStringLiteral("shop-production"));
        const QModelIndex staging = models.tree.indexOf(QStringLiteral("shop-staging"));
        QCOMPARE(production.parent().data().toString(), QStringLiteral("shop"));
        QCOMPARE(production.parent(), staging.parent());
        QCOMPARE(production.row(), 0);
        QCOMPARE(staging.row(), 1);
        QCOMPARE(production.data(Qt::AccessibleTextRole).toString(),
                 QStringLiteral("Shop production, Production, OK, 4 s"));
        QPersistentModelIndex kept = staging;
        QSignalSpy changed(&models.tree, &QAbstractItemModel::dataChanged);
        models.setNow(demo::now().addSecs(1));
        QVERIFY(changed.size() > 0);
        QCOMPARE(kept.data(IdRole).toString(), QStringLiteral("shop-staging"));
        QCOMPARE(staging.siblingAtColumn(EnvironmentTreeModel::Age).data().toString(), QStringLiteral("5 s"));
    }
};

QTEST_APPLESS_MAIN(TestBoardModel)
#include "tst_boardmodel.moc"
