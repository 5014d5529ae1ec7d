// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinessmodel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace taffrail;
using namespace taffrail::items;

namespace {

QDateTime noon()
{
    return QDateTime(QDate(2026, 11, 20), QTime(12, 0), Qt::UTC);
}

ReadinessCardPtr card(const QString &environment, ReadinessVerdict tls, const QString &off = {})
{
    auto made = std::make_shared<ReadinessCard>();
    made->report.environment = environment;
    made->report.judgedAt = noon();
    made->report.results = {{QStringLiteral("tls.valid"),
                             QStringLiteral("Security"),
                             QStringLiteral("TLS is valid"),
                             tls,
                             {QStringLiteral("a: 9 days")},
                             QStringLiteral("Renew it"),
                             noon().addSecs(-120),
                             off},
                            {QStringLiteral("db.hba"),
                             QStringLiteral("Security"),
                             QStringLiteral("hba"),
                             ReadinessVerdict::NotApplicable,
                             {},
                             {},
                             {},
                             {}}};
    made->report.passed = tls == ReadinessVerdict::Pass ? 1 : 0;
    made->report.counted = 1;
    made->earlier = {{noon().addDays(-2), 0, 1}, {noon().addSecs(-60), 1, 1}};
    return made;
}

} // namespace

class TestReadinessModel : public QObject {
    Q_OBJECT

    const QStringList m_environments{QStringLiteral("prod"), QStringLiteral("staging")};

private slots:
    void rowsAreCriteriaAndColumnsEnvironments()
    {
        ReadinessModel model(m_environments);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setNow(noon());
        QCOMPARE(model.rowCount(), 0);
        QCOMPARE(model.columnCount(), 4);
        QCOMPARE(model.headerData(2, Qt::Horizontal).toString(), QStringLiteral("prod"));
        model.take(card(QStringLiteral("prod"), ReadinessVerdict::Fail));
        model.take(card(QStringLiteral("elsewhere"), ReadinessVerdict::Fail)); // no column of ours
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.index(0, 2).data().toString(), QStringLiteral("Fail \u00b7 2 min"));
        QCOMPARE(model.index(0, 2).data(StatusRole).toInt(), int(Status::Warning));
        QCOMPARE(model.index(0, 3).data().toString(), absentText());
        QCOMPARE(model.index(1, 2).data().toString(), QStringLiteral("Not applicable"));
        model.take(card(QStringLiteral("staging"), ReadinessVerdict::Pass));
        QCOMPARE(model.index(0, 3).data(StatusRole).toInt(), int(Status::Ok));
    }

    void aSecondCardChangesOnlyItsCells()
    {
        ReadinessModel model(m_environments);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setNow(noon());
        model.take(card(QStringLiteral("prod"), ReadinessVerdict::Fail));
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.take(card(QStringLiteral("prod"), ReadinessVerdict::Pass));
        QCOMPARE(reset.count() + inserted.count(), 0);
        QVERIFY(changed.count() > 0);
        changed.clear();
        model.take(card(QStringLiteral("prod"), ReadinessVerdict::Pass));
        QCOMPARE(changed.count(), 0);
    }

    void agesMoveWithTheClock()
    {
        ReadinessModel model(m_environments);
        model.setNow(noon());
        model.take(card(QStringLiteral("prod"), ReadinessVerdict::Unknown));
        QCOMPARE(model.index(0, 2).data().toString(), QStringLiteral("Unknown \u00b7 2 min"));
        model.setNow(noon().addSecs(3600));
        QCOMPARE(model.index(0, 2).data().toString(), QStringLiteral("Unknown \u00b7 1 h"));
    }

    void evidenceAndTotals()
    {
        ReadinessModel model(m_environments);
        model.setNow(noon());
        QCOMPARE(model.totals(), QString());
        model.take(card(QStringLiteral("prod"), ReadinessVerdict::Fail));
        model.take(card(QStringLiteral("staging"), ReadinessVerdict::Fail, QStringLiteral("tried by hand")));
        const QString row = model.index(0, 0).data(IdRole).toString();
        const QString all = model.evidenceText(row, {});
        QVERIFY2(all.contains(QStringLiteral("a: 9 days")) && all.contains(QStringLiteral("Fix: Renew it")),
                 qPrintable(all));
        QVERIFY(all.contains(QStringLiteral("Switched off: tried by hand")));
        QVERIFY(!model.evidenceText(row, QStringLiteral("prod")).contains(QStringLiteral("tried by hand")));
        QVERIFY2(model.totals().startsWith(QStringLiteral("prod: 0 of 1 (0 of 1 on 2026-11-18)")),
                 qPrintable(model.totals()));
        QCOMPARE(model.index(0, 3).data().toString().section(QLatin1Char(' '), 0, 0), QStringLiteral("Off"));
    }
};

QTEST_GUILESS_MAIN(TestReadinessModel)
#include "tst_readinessmodel.moc"
