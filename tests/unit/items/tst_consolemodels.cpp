// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include <QSignalSpy>
#include <QTest>

using namespace taffrail;
using namespace taffrail::items;

class TestConsoleModels : public QObject {
    Q_OBJECT

private slots:
    void selectsOnlyWhatIsThere()
    {
        ConsoleModels models;
        demo::feed(models, demo::allStates());
        QSignalSpy selected(&models, &ConsoleModels::selectionChanged);
        models.select(QStringLiteral("no-such"));
        QCOMPARE(selected.size(), 0);
        models.select(QStringLiteral("shop-production"));
        models.select(QStringLiteral("shop-production"));
        QCOMPARE(selected.size(), 1);
        models.setEnvironments({demo::stateOf(demo::warning())->environment});
        QCOMPARE(models.selected(), QString());
        QCOMPARE(models.health.rowCount(), 0);
    }

    void refreshOfAnotherLeavesThePanes()
    {
        ConsoleModels models;
        demo::feed(models, demo::allStates());
        models.select(QStringLiteral("shop-production"));
        QSignalSpy shown(&models, &ConsoleModels::selectedChanged);
        models.apply(demo::stateOf(demo::warning()));
        QCOMPARE(shown.size(), 0);
        models.apply(demo::stateOf(demo::well()));
        QCOMPARE(shown.size(), 1);
    }

    void refreshingIsTold()
    {
        ConsoleModels models;
        demo::feed(models, demo::allStates());
        models.select(QStringLiteral("shop-production"));
        QSignalSpy shown(&models, &ConsoleModels::selectedChanged);
        models.setRefreshing(QStringLiteral("shop-production"), true);
        models.setRefreshing(QStringLiteral("shop-production"), true);
        QVERIFY(models.isRefreshing(QStringLiteral("shop-production")));
        QCOMPARE(shown.size(), 1);
        models.setRefreshing(QStringLiteral("shop-production"), false);
        QVERIFY(!models.isRefreshing(QStringLiteral("shop-production")));
    }

    void changedInventoryKeepsWhatWasRead()
    {
        ConsoleModels models;
        demo::feed(models, demo::allStates());
        demo::Draft renamed = demo::well();
        renamed.spec.name = QStringLiteral("Shop live");
        models.setEnvironments({demo::stateOf(renamed)->environment});
        const EnvironmentStatePtr state = models.state(QStringLiteral("shop-production"));
        QCOMPARE(state->environment->name, QStringLiteral("Shop live"));
        QVERIFY(state->snapshot != nullptr);
        QCOMPARE(models.board.index(0, BoardModel::Environment).data().toString(), QStringLiteral("Shop live"));
        QCOMPARE(models.board.index(0, BoardModel::Overall).data().toString(), QStringLiteral("OK"));
    }

    void nullAndStrangeStatesAreIgnored()
    {
        ConsoleModels models;
        models.apply(nullptr);
        models.apply(std::make_shared<const EnvironmentState>());
        models.apply(demo::stateOf(demo::well())); // not in the inventory
        QCOMPARE(models.board.rowCount(), 0);
    }
};

QTEST_APPLESS_MAIN(TestConsoleModels)
#include "tst_consolemodels.moc"
