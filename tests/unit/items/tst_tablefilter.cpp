// SPDX-License-Identifier: GPL-3.0-or-later
#include "tablefilter.h"

#include <QTest>

using namespace taffrail::items;

class TestTableFilter : public QObject {
    Q_OBJECT

private slots:
    void matches_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<bool>("expected");
        QTest::newRow("nothing") << "" << true;
        QTest::newRow("blanks") << "  \t " << true;
        QTest::newRow("word of a cell") << "billing" << true;
        QTest::newRow("letter case") << "BILLING" << true;
        QTest::newRow("word of no cell") << "zebra" << false;
        QTest::newRow("field") << "env:prod" << true;
        QTest::newRow("field, letter case") << "ENV:Prod" << true;
        QTest::newRow("field that differs") << "env:stag" << false;
        QTest::newRow("start of a status") << "status:crit" << true;
        QTest::newRow("both") << "env:prod status:crit" << true;
        QTest::newRow("one of two") << "env:prod status:ok" << false;
        QTest::newRow("field and word") << "status:crit 9 d" << true;
        QTest::newRow("all") << "env:*" << true;
        QTest::newRow("no value") << "env:" << true;
        QTest::newRow("turned around") << "-status:ok" << true;
        QTest::newRow("turned around, holds") << "-status:crit" << false;
        QTest::newRow("turned word") << "-zebra" << true;
        QTest::newRow("quoted") << "\"full 9 d ago\"" << true;
        QTest::newRow("quoted, not so") << "\"9 d full\"" << false;
        QTest::newRow("unknown field is text") << "http://x" << true;
        QTest::newRow("unknown field") << "nofield:crit" << false;
        QTest::newRow("lone minus") << "-" << true;
        QTest::newRow("open quote") << "\"full 9" << true;
    }

    void matches()
    {
        QFETCH(QString, typed);
        QFETCH(bool, expected);
        const QStringList fields{QStringLiteral("env:billing-production"), QStringLiteral("status:critical"),
                                 QStringLiteral("tier:production")};
        const QStringList cells{QStringLiteral("Billing production"), QStringLiteral("full 9 d ago"),
                                QStringLiteral("http://x/-y")};
        QCOMPARE(TableFilter(typed).matches(fields, cells), expected);
    }

    void equalTextsMakeEqualFilters()
    {
        QVERIFY(TableFilter(QStringLiteral("a  b")) == TableFilter(QStringLiteral(" A b ")));
        QVERIFY(!(TableFilter(QStringLiteral("a")) == TableFilter(QStringLiteral("-a"))));
        QVERIFY(TableFilter(QStringLiteral(" env:* ")).isEmpty());
    }
};

QTEST_APPLESS_MAIN(TestTableFilter)
#include "tst_tablefilter.moc"
