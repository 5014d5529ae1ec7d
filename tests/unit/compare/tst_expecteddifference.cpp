// SPDX-License-Identifier: GPL-3.0-or-later
// Differences that people agreed to: what they cover, when they come back, when they are named stale.
#include "comparecases.h"
#include "configsecrets.h"
#include "expectedmatcher.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::comparecases;

class TestExpectedDifference : public QObject {
    Q_OBJECT

private slots:
    void patterns_data();
    void patterns();
    void slowPattern();
    void covers();
    void comesBack();
    void coversNoGap();
    void coversSecretsNobodyCanCompare();
    void coversHostsThatDisagree();
    void stale();
    void notStaleWhenNotRead();
};

void TestExpectedDifference::patterns_data()
{
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<bool>("fits");
    QTest::newRow("same") << "pool.max"
                          << "pool.max" << true;
    QTest::newRow("case") << "pool.max"
                          << "Pool.max" << false;
    QTest::newRow("star") << "pool.max"
                          << "pool.*" << true;
    QTest::newRow("star for nothing") << "pool."
                                      << "pool.*" << true;
    QTest::newRow("dot is a dot") << "poolxmax"
                                  << "pool.max" << false;
    QTest::newRow("begin only") << "pool.max.x"
                                << "pool.max" << false;
    QTest::newRow("two stars") << "a.b.c.d"
                               << "a*c*" << true;
    QTest::newRow("star in the middle") << "hosts[3].name"
                                        << "hosts[*].name" << true;
    QTest::newRow("question mark") << "a1"
                                   << "a?" << true;
    QTest::newRow("question mark for nothing") << "a"
                                               << "a?" << false;
    QTest::newRow("question mark for a wide character") << "a\U0001F600"
                                                        << "a?" << true;
    QTest::newRow("empty") << ""
                           << "" << true;
    QTest::newRow("empty pattern") << "a"
                                   << "" << false;
    QTest::newRow("brackets are plain") << "a[0]"
                                        << "a[0-9]" << false;
}

void TestExpectedDifference::patterns()
{
    QFETCH(QString, value);
    QFETCH(QString, pattern);
    QFETCH(bool, fits);
    QCOMPARE(fitsPattern(value, pattern), fits);
}

void TestExpectedDifference::slowPattern()
{
    const QString value(5000, QLatin1Char('a'));
    QString pattern;
    for (int i = 0; i < 200; ++i)
        pattern += QStringLiteral("*a");
    QVERIFY(fitsPattern(value, pattern));
    QVERIFY(!fitsPattern(value, pattern + QLatin1Char('b')));
}

void TestExpectedDifference::covers()
{
    ExpectedDifference pool = expectedOf("pool.*", {QStringLiteral("staging")});
    pool.entry = QStringLiteral("app*");
    ExpectedDifference elsewhere = expectedOf("*", {QStringLiteral("staging"), QStringLiteral("test")});
    elsewhere.file = QStringLiteral("other.conf");
    const Matrix matrix = compared({environmentOf("production", {{"pool.max", "40"}, {"pool.min", "4"}, {"x", "1"}}),
                                    environmentOf("staging", {{"pool.max", "10"}, {"x", "2"}, {"pool.new", "1"}}),
                                    environmentOf("test", {{"pool.max", "5"}, {"pool.min", "4"}, {"x", "1"}})},
                                   {}, {elsewhere, pool});
    QCOMPARE(stateAt(matrix, "pool.max"), QStringLiteral("expected"));
    QCOMPARE(matrix.cell(rowOf(matrix, "pool.max"), 1).expected, 1);
    QCOMPARE(stateAt(matrix, "pool.max", 2), QStringLiteral("changed")); // agreed to for staging only
    QCOMPARE(stateAt(matrix, "pool.min"), QStringLiteral("expected"));
    QCOMPARE(textAt(matrix, "pool.min"), QStringLiteral("MISSING"));
    QVERIFY(!matrix.rows[size_t(rowOf(matrix, "pool.min"))].unexpected);
    QCOMPARE(matrix.rows[size_t(rowOf(matrix, "pool.min"))].state, CellState::Expected);
    QCOMPARE(stateAt(matrix, "pool.new"), QStringLiteral("expected"));
    QCOMPARE(stateAt(matrix, "x"), QStringLiteral("changed"));
    QVERIFY(matrix.rows[size_t(rowOf(matrix, "pool.max"))].unexpected);
}

void TestExpectedDifference::comesBack()
{
    ExpectedDifference openEnd = expectedOf("a", {QStringLiteral("staging")});
    openEnd.until = {};
    ExpectedDifference endsNow = expectedOf("a", {QStringLiteral("staging")});
    endsNow.until = now();
    const Matrix matrix = compared({environmentOf("production", {{"a", "1"}}), environmentOf("staging", {{"a", "2"}})},
                                   {}, {openEnd, expectedOf("a", {QStringLiteral("staging")}, -1), endsNow});
    QCOMPARE(stateAt(matrix, "a"), QStringLiteral("changed"));
    QCOMPARE(matrix.expired, (std::vector<int>{0, 1, 2}));
    QVERIFY(matrix.stale.empty());
}

void TestExpectedDifference::coversNoGap()
{
    ComparedSource failed = sourceOf(setOf({}));
    failed.set = nullptr;
    const Matrix matrix = compared({environmentOf("production", {{"a", "1"}}), environmentWith("staging", {failed})},
                                   {}, {expectedOf("*", {QStringLiteral("staging")})});
    QCOMPARE(stateAt(matrix, "a"), QStringLiteral("unknown"));
    QVERIFY(matrix.rows.front().unexpected);
}

void TestExpectedDifference::coversSecretsNobodyCanCompare()
{
    const QByteArray mark = maskMark.toUtf8();
    const EntryDraft secret{"k", mark, ConfigType::Text, "web1", "", true};
    const std::vector<EnvironmentPtr> both{environmentOf("production", {secret}), environmentOf("staging", {secret})};
    QVERIFY(compared(both).rows.front().unexpected);
    const Matrix matrix = compared(both, {}, {expectedOf("k", {QStringLiteral("staging")})});
    QCOMPARE(stateAt(matrix, "k"), QStringLiteral("expected"));
    QVERIFY(textAt(matrix, "k").endsWith(QStringLiteral("cannot be compared")));
    QVERIFY(!matrix.rows.front().unexpected);
}

void TestExpectedDifference::coversHostsThatDisagree()
{
    const std::vector<EnvironmentPtr> both{
        environmentOf("production", {{"k", "1"}, {"k", "2", ConfigType::Text, "web2"}}),
        environmentOf("staging", {{"k", "1"}})};
    const Matrix matrix
        = compared(both, {}, {expectedOf("k", {QStringLiteral("production"), QStringLiteral("staging")})});
    QVERIFY(!matrix.rows.front().unexpected);
    QVERIFY(matrix.cell(0, 0).mixed);
    QCOMPARE(stateAt(matrix, "k", 0), QStringLiteral("expected"));
}

void TestExpectedDifference::stale()
{
    ExpectedDifference otherEntry = expectedOf("*", {QStringLiteral("staging")});
    otherEntry.entry = QStringLiteral("nginx");
    const std::vector<ExpectedDifference> expected{
        expectedOf("a", {QStringLiteral("staging")}), // covers
        expectedOf("b", {QStringLiteral("staging")}), // is equal: stale
        expectedOf("gone", {QStringLiteral("staging")}), // no such key any more: stale
        expectedOf("b", {QStringLiteral("staging"), QStringLiteral("elsewhere")}), // not all of it was compared
        expectedOf("b", {QStringLiteral("production")}), // the reference has nothing to differ from
        otherEntry, // was not looked at
        expectedOf("a", {QStringLiteral("staging")}), // covers as well
    };
    const Matrix matrix = compared(
        {environmentOf("production", {{"a", "1"}, {"b", "1"}}), environmentOf("staging", {{"a", "2"}, {"b", "1"}})}, {},
        expected);
    QCOMPARE(matrix.stale, (std::vector<int>{1, 2}));
    QVERIFY(matrix.expired.empty());
}

void TestExpectedDifference::notStaleWhenNotRead()
{
    ConfigSet cut = setOf({{"b", "1"}});
    cut.files.front().error = Error{ErrorKind::BadData, {}, {}, QStringLiteral("line 3"), {}};
    const auto production = environmentOf("production", {{"b", "1"}});
    const std::vector<ExpectedDifference> expected{expectedOf("b", {QStringLiteral("staging")})};
    QVERIFY(compared({production, environmentWith("staging", {sourceOf(cut)})}, {}, expected).stale.empty());
    ComparedSource failed = sourceOf(cut);
    failed.set = nullptr;
    QVERIFY(compared({production, environmentWith("staging", {failed})}, {}, expected).stale.empty());
    QVERIFY(
        compared({environmentWith("production", {sourceOf(cut)}), environmentOf("staging", {{"b", "1"}})}, {}, expected)
            .stale.empty());
    ConfigSet partial = setOf({{"b", "1"}});
    partial.partial = true;
    QVERIFY(compared({production, environmentWith("staging", {sourceOf(partial)})}, {}, expected).stale.empty());
}

QTEST_GUILESS_MAIN(TestExpectedDifference)
#include "tst_expecteddifference.moc"
