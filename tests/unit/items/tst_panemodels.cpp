// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include <QAbstractItemModelTester>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

using namespace taffrail;
using namespace taffrail::items;

class TestPaneModels : public QObject {
    Q_OBJECT

private slots:
    void everyCellCanBeRead()
    {
        ConsoleModels models;
        demo::feed(models, demo::allStates());
        models.activity.append({demo::now(), Status::Notice, {}, QStringLiteral("started"), {}});
        for (const QString &environment : models.environments()) {
            models.select(environment);
            for (QAbstractItemModel *model : all(models)) {
                for (int row = 0; row < model->rowCount(); ++row) {
                    for (int column = 0; column < model->columnCount(); ++column) {
                        const QModelIndex cell = model->index(row, column);
                        QVERIFY2(!cell.data(Qt::DisplayRole).toString().isEmpty(), qPrintable(environment));
                        const QString spoken = cell.data(Qt::AccessibleTextRole).toString();
                        QVERIFY2(!spoken.isEmpty() && !spoken.startsWith(QLatin1String("--")), qPrintable(spoken));
                        QVERIFY(!cell.data(IdRole).toString().isEmpty());
                        QVERIFY(cell.data(SortRole).isValid());
                        QVERIFY(!cell.data(DetailRole).value<DetailLines>().empty());
                    }
                    const int status = model->index(row, 0).data(StatusRole).toInt();
                    QVERIFY(status >= 0 && status <= 90);
                }
                for (int column = 0; column < model->columnCount(); ++column)
                    QVERIFY(!model->headerData(column, Qt::Horizontal).toString().isEmpty());
            }
        }
    }

    void survivesSwitchingBetweenAll()
    {
        ConsoleModels models;
        demo::feed(models, demo::allStates());
        std::vector<std::unique_ptr<QAbstractItemModelTester>> testers;
        for (QAbstractItemModel *model : all(models)) {
            testers.push_back(std::make_unique<QAbstractItemModelTester>(
                model, QAbstractItemModelTester::FailureReportingMode::QtTest));
        }
        const QStringList ids = models.environments();
        for (const QString &from : ids) {
            for (const QString &to : ids) {
                models.select(from);
                models.select(to);
            }
        }
        models.select({});
        QCOMPARE(models.deployments.rowCount(), 0);
    }

    void sameStateAgainSendsNothing()
    {
        ConsoleModels models;
        demo::feed(models, demo::allStates());
        models.select(QStringLiteral("archive-staging"));
        QCOMPARE(models.deployments.rowCount(), 304);
        for (QAbstractItemModel *model : all(models)) {
            QSignalSpy changed(model, &QAbstractItemModel::dataChanged);
            QSignalSpy inserted(model, &QAbstractItemModel::rowsInserted);
            QSignalSpy removed(model, &QAbstractItemModel::rowsRemoved);
            models.apply(demo::stateOf(demo::large()));
            QCOMPARE(changed.size() + inserted.size() + removed.size(), 0);
        }
    }

    void olderGenerationIsDropped()
    {
        ConsoleModels models;
        demo::feed(models, {demo::stateOf(demo::well())});
        demo::Draft old = demo::critical();
        old.spec.id = QStringLiteral("shop-production");
        old.snapshot.generation = 6;
        models.apply(demo::stateOf(old));
        QCOMPARE(models.state(QStringLiteral("shop-production"))->assessment.status, Status::Ok);
        old.snapshot.generation = 8;
        models.apply(demo::stateOf(old));
        QCOMPARE(models.state(QStringLiteral("shop-production"))->assessment.status, Status::Critical);
    }

    void deploymentCells()
    {
        ConsoleModels models;
        demo::feed(models, {demo::stateOf(demo::warning())});
        models.select(QStringLiteral("shop-staging"));
        const auto row = [&](const char *version) {
            for (int i = 0; i < models.deployments.rowCount(); ++i) {
                if (models.deployments.index(i, DeploymentModel::Release)
                        .data()
                        .toString()
                        .contains(QLatin1String(version)))
                    return i;
            }
            return -1;
        };
        const auto cell = [&](int i, int column) { return models.deployments.index(i, column).data().toString(); };
        const int live = row("2.14.3");
        QVERIFY(cell(live, DeploymentModel::Release).startsWith(QChar(0x25CF)));
        QCOMPARE(cell(live, DeploymentModel::State), QStringLiteral("Live"));
        QCOMPARE(cell(live, DeploymentModel::Age), QStringLiteral("31 min"));
        QCOMPARE(cell(live, DeploymentModel::Commit), QStringLiteral("9f31c2d84b"));
        QCOMPARE(cell(live, DeploymentModel::Deployed), QStringLiteral("2026-11-20 14:03Z"));
        QCOMPARE(cell(live, DeploymentModel::Migrations), QStringLiteral("202611100 \u2192 202611103"));
        const int bad = row("2.14.1");
        QCOMPARE(models.deployments.index(bad, 0).data(StatusRole).toInt(), int(Status::Warning));
        QVERIFY(cell(bad, DeploymentModel::Note).contains(QStringLiteral("assets:precompile")));
        QCOMPARE(models.deployments.index(live, DeploymentModel::Age).data(Qt::AccessibleTextRole).toString(),
                 QStringLiteral("31 min, OK"));
    }

    void backupCells()
    {
        ConsoleModels models;
        demo::feed(models, {demo::stateOf(demo::well())});
        models.select(QStringLiteral("shop-production"));
        int after = 0, wal = 0;
        for (int i = 0; i < models.backups.rowCount(); ++i) {
            const auto cell = [&](int column) { return models.backups.index(i, column).data().toString(); };
            wal += cell(BackupModel::Kind) == QStringLiteral("WAL archive") ? 1 : 0;
            after += cell(BackupModel::AfterDeploy) == QStringLiteral("Yes") ? 1 : 0;
            if (cell(BackupModel::Kind) == QStringLiteral("Full"))
                QCOMPARE(cell(BackupModel::Size), QStringLiteral("45 GiB"));
        }
        QCOMPARE(models.backups.rowCount(), 4);
        QCOMPARE(wal, 1);
        QCOMPARE(after, 0); // all are older than the deploy 31 min ago
    }

    void findingsAreWorstFirst()
    {
        ConsoleModels models;
        demo::feed(models, {demo::stateOf(demo::warning())});
        models.select(QStringLiteral("shop-staging"));
        QCOMPARE(models.findings.rowCount(), 2);
        QList<qlonglong> order;
        for (int i = 0; i < 2; ++i) {
            const QModelIndex cell = models.findings.index(i, FindingModel::State);
            order << cell.data(SortRole).toLongLong();
            if (cell.data(StatusRole).toInt() == int(Status::Warning))
                QVERIFY(order.last() > 50 * 100'000);
        }
        QVERIFY(order[0] != order[1]);
    }

    void linksSayWhy()
    {
        ConsoleModels models;
        demo::feed(models, demo::allStates());
        const int row = models.links.rowOf(QStringLiteral("billing-testing/host/web1"));
        QVERIFY(row >= 0);
        QCOMPARE(models.links.index(row, LinkModel::State).data().toString(), QStringLiteral("Offline"));
        QVERIFY(models.links.index(row, LinkModel::Why)
                    .data()
                    .toString()
                    .contains(QStringLiteral("no answer within 10 s")));
        QCOMPARE(models.links.index(row, LinkModel::Retry).data().toString(), QStringLiteral("in 20 s"));
        const int up = models.links.upCount();
        QCOMPARE(up, models.links.totalCount() - 1);
        demo::Draft back = demo::offline();
        back.snapshot.links.front().state = LinkState::Up;
        back.snapshot.links.front().error.reset();
        QSignalSpy counts(&models.links, &LinkModel::countsChanged);
        models.apply(demo::stateOf(back));
        QCOMPARE(counts.size(), 1);
        QCOMPARE(models.links.upCount(), up + 1);
    }

    void activityIsBounded()
    {
        ActivityModel activity;
        const auto append = [&](int i) {
            activity.append({demo::now().addSecs(i), Status::Ok, {}, QString::number(i), {}});
        };
        for (int i = 0; i < ActivityModel::limit; ++i)
            append(i);
        QAbstractItemModelTester tester(&activity, QAbstractItemModelTester::FailureReportingMode::QtTest);
        append(ActivityModel::limit);
        QVERIFY(activity.rowCount() <= ActivityModel::limit);
        QCOMPARE(activity.activityAt(activity.rowCount() - 1).text, QString::number(ActivityModel::limit));
        QCOMPARE(activity.index(0, 0).data(IdRole).toString(), activity.activityAt(0).text);
    }

private:
    static QList<QAbstractItemModel *> all(ConsoleModels &models)
    {
        return {&models.board,      &models.links,   &models.activity, &models.deployments,
                &models.migrations, &models.backups, &models.health,   &models.findings};
    }
};

QTEST_APPLESS_MAIN(TestPaneModels)
#include "tst_panemodels.moc"
