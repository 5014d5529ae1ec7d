// SPDX-License-Identifier: GPL-3.0-or-later
// What two values are to one another; a wrong "equal" is what this is about.
#include "comparecases.h"
#include "normalise.h"

#include <QElapsedTimer>
#include <QTest>

using namespace taffrail;
using namespace taffrail::comparecases;

namespace {

constexpr auto Text = ConfigType::Text;
constexpr auto Integer = ConfigType::Integer;
constexpr auto Number = ConfigType::Number;
constexpr auto Boolean = ConfigType::Boolean;

QString noteWord(CellNote note)
{
    return note == CellNote::None ? QString() : cellNoteText(note);
}

} // namespace

class TestNormalise : public QObject {
    Q_OBJECT

private slots:
    void values_data();
    void values();
    void eachCanBeSwitchedOff();
    void countsWhatFired();
    void hostNames();
    void slowPattern();
    void listsWithoutOrder();
    void listsWithoutOrderOfMaps();
    void hostsThatNeedANormaliser();
    void commentLines();
    void sourcesDecideUnits();
};

void TestNormalise::values_data()
{
    QTest::addColumn<QString>("a");
    QTest::addColumn<ConfigType>("aType");
    QTest::addColumn<QString>("aUnit");
    QTest::addColumn<QString>("b");
    QTest::addColumn<ConfigType>("bType");
    QTest::addColumn<QString>("bUnit");
    QTest::addColumn<QString>("state");
    QTest::addColumn<QString>("source");
    const auto row = [](const char *a, ConfigType aType, const char *aUnit, const char *b, ConfigType bType,
                        const char *bUnit, const char *state, const char *source = "yaml") {
        QTest::addRow("%s%s %d | %s%s %d %s", a, aUnit, int(aType), b, bUnit, int(bType), source)
            << text(a) << aType << text(aUnit) << text(b) << bType << text(bUnit) << text(state) << text(source);
    };
    const auto plain = [&](const char *a, const char *b, const char *state, const char *source = "dotenv") {
        row(a, Text, "", b, Text, "", state, source);
    };
    // Texts are texts.
    plain("a", "a", "equal");
    plain("08", "8", "changed");
    plain("1e3", "1000", "changed");
    plain("1.0", "1", "changed");
    plain(" x", "x", "changed");
    plain("", " ", "changed");
    plain("a", "A", "changed");
    plain("0x10", "16", "changed");
    plain("1_000", "1000", "changed");
    plain("caf\u00E9", "cafe\u0301", "changed");
    // Quoting and types.
    row("5432", Integer, "", "5432", Text, "", "equal");
    row("5432", Integer, "", "5433", Text, "", "changed");
    row("10", Integer, "", "ten", Text, "", "type-differs");
    row("1", Integer, "", "true", Boolean, "", "type-differs");
    row("null", ConfigType::Null, "", "null", Text, "", "type-differs");
    row("", ConfigType::Null, "", "", Text, "", "type-differs");
    row("{}", ConfigType::EmptyMap, "", "{}", Text, "", "type-differs");
    row("[]", ConfigType::EmptyList, "", "{}", ConfigType::EmptyMap, "", "type-differs");
    row("1.0", Number, "", "1", Integer, "", "type-differs");
    row("010", Integer, "", "8", Integer, "", "changed");
    // Booleans.
    plain("on", "true", "equal");
    plain("True", "true", "equal");
    plain("YES", "1", "equal");
    plain("off", "0", "equal");
    plain("no", "on", "changed");
    plain("tRUE", "true", "changed");
    plain("y", "yes", "changed");
    plain("", "false", "changed");
    plain("enabled", "true", "changed");
    plain("true ", "true", "changed");
    row("true", Boolean, "", "true", Text, "", "equal");
    row("true", Boolean, "", "yes", Text, "", "equal");
    row("true", Boolean, "", "no", Text, "", "changed");
    row("true", Boolean, "", "maybe", Text, "", "type-differs");
    // Units in the text.
    plain("1min", "60s", "equal");
    plain("1min", "60 s", "equal");
    plain("1.5h", "90min", "equal");
    plain("1d", "24h", "equal");
    plain("1500ms", "1.5s", "equal");
    plain("8MB", "8192kB", "equal");
    plain("1TB", "1048576MB", "equal");
    plain("1MB", "1000kB", "changed");
    plain("1m", "1min", "changed");
    plain("1m", "60s", "changed");
    plain("1M", "1024k", "changed");
    plain("1 mb", "1024kB", "changed");
    plain("60", "60s", "changed");
    plain("0s", "0", "changed");
    plain("-1s", "-1000ms", "changed");
    plain("060s", "1min", "changed");
    plain("1s", "1MB", "changed");
    plain("1e3ms", "1s", "changed");
    plain("+60s", "1min", "changed");
    plain("1.s", "1000ms", "changed");
    plain("18446744073709551616us", "0us", "changed");
    plain("18446744073709551615TB", "18446744073709551615TB", "equal");
    plain("18446744073709551615TB", "1152921504606846975TB", "changed");
    plain("4194304TB", "0B", "changed");
    plain("60s # c", "1min", "changed");
    // Units that the source states.
    row("1", Integer, "min", "60", Integer, "s", "equal", "pg_settings");
    row("16384", Integer, "8kB", "128", Integer, "MB", "equal", "pg_settings");
    row("16384", Integer, "8kB", "131072", Integer, "kB", "equal", "pg_settings");
    row("1", Integer, "s", "1", Integer, "ms", "changed", "pg_settings");
    row("1", Integer, "s", "1", Integer, "", "changed", "pg_settings");
    row("-1", Integer, "ms", "-1", Integer, "ms", "equal", "pg_settings");
    row("-1", Integer, "ms", "-1", Integer, "s", "changed", "pg_settings");
    row("0.5", Number, "s", "500", Number, "ms", "equal", "pg_settings");
    row("1", Integer, "fortnight", "14", Integer, "d", "changed", "pg_settings");
    row("1", Integer, "s", "1000ms", Integer, "s", "changed", "pg_settings");
    // nginx: m is a minute beside a time, a megabyte beside a size.
    plain("1m", "60s", "equal", "nginx");
    plain("1m", "1024k", "equal", "nginx");
    plain("1M", "1m", "changed", "nginx");
    plain("1m", "1M", "changed", "nginx");
    plain("1h", "60m", "equal", "nginx");
    plain("1g", "1024m", "equal", "nginx");
    plain("1kB", "1k", "changed", "nginx");
    plain("1min", "60s", "changed", "nginx");
    // systemd
    plain("5min", "300s", "equal", "systemd_unit");
    plain("5m", "300 sec", "equal", "systemd_unit");
    plain("1G", "1024M", "equal", "systemd_unit");
    plain("1M", "1m", "changed", "systemd_unit");
    plain("5min 20s", "320s", "changed", "systemd_unit");
}

void TestNormalise::values()
{
    QFETCH(QString, a);
    QFETCH(ConfigType, aType);
    QFETCH(QString, aUnit);
    QFETCH(QString, b);
    QFETCH(ConfigType, bType);
    QFETCH(QString, bUnit);
    QFETCH(QString, state);
    QFETCH(QString, source);
    ConfigEntry left;
    left.value = a;
    left.type = aType;
    left.unit = aUnit;
    ConfigEntry right;
    right.value = b;
    right.type = bType;
    right.unit = bUnit;
    const ValueJudge judge{Normalisers()};
    const UnitRules rules = unitRulesOf(source);
    QCOMPARE(cellStateWord(judge.judge(left, rules, right, rules, false).state), state);
    QCOMPARE(cellStateWord(judge.judge(right, rules, left, rules, false).state), state);
}

void TestNormalise::eachCanBeSwitchedOff()
{
    Normalisers none;
    none.order = none.quoting = none.units = none.booleans = false;
    const auto production = environmentOf(
        "production", {{"quoting", "1", Integer}, {"units", "1min"}, {"booleans", "on"}, {"l[0]", "a"}, {"l[1]", "b"}});
    const auto staging = environmentOf(
        "staging", {{"quoting", "1"}, {"units", "60s"}, {"booleans", "true"}, {"l[0]", "b"}, {"l[1]", "a"}});
    none.unorderedKeys << QStringLiteral("l");
    const Matrix strict = compared({production, staging}, none);
    QCOMPARE(stateAt(strict, "quoting"), QStringLiteral("type-differs"));
    QCOMPARE(stateAt(strict, "units"), QStringLiteral("changed"));
    QCOMPARE(stateAt(strict, "booleans"), QStringLiteral("changed"));
    QCOMPARE(stateAt(strict, "l[0]"), QStringLiteral("changed"));
    QCOMPARE(strict.normalised, NormaliserCounts());
}

void TestNormalise::countsWhatFired()
{
    Normalisers all;
    all.unorderedKeys << QStringLiteral("l");
    all.hostNames << QStringLiteral("web\\d+\\.(prod|staging)");
    const Matrix matrix = compared({environmentOf("production",
                                                  {{"q", "1", Integer},
                                                   {"u", "1min"},
                                                   {"v", "1h"},
                                                   {"b", "on"},
                                                   {"l[0]", "x"},
                                                   {"l[1]", "y"},
                                                   {"h", "web1.prod:80"}}),
                                    environmentOf("staging",
                                                  {{"q", "1"},
                                                   {"u", "60s"},
                                                   {"v", "60min"},
                                                   {"b", "true"},
                                                   {"l[0]", "y"},
                                                   {"l[1]", "x"},
                                                   {"h", "web7.staging:80"}})},
                                   all);
    QCOMPARE(matrix.counts[size_t(CellState::Equal)], 7);
    QCOMPARE(matrix.normalised, (NormaliserCounts{2, 1, 2, 1, 1}));
    QCOMPARE(noteWord(matrix.cell(rowOf(matrix, "u"), 1).note), QStringLiteral("same in another unit"));
    QCOMPARE(noteWord(matrix.cell(rowOf(matrix, "l[0]"), 1).note), QStringLiteral("same at another place of the list"));
    QCOMPARE(matrix.cell(rowOf(matrix, "l[0]"), 1).entry->key, QStringLiteral("l[1]"));
}

void TestNormalise::hostNames()
{
    Normalisers normalisers;
    normalisers.hostNames
        = {QStringLiteral("web\\d+\\.(staging|prod)\\.example"), QStringLiteral("x*"), QStringLiteral("(")};
    const auto judged = [&](const char *a, const char *b) {
        const Matrix matrix
            = compared({environmentOf("production", {{"k", a}}), environmentOf("staging", {{"k", b}})}, normalisers);
        return stateAt(matrix, "k");
    };
    QCOMPARE(judged("http://web1.prod.example/a", "http://web2.staging.example/a"), QStringLiteral("equal"));
    QCOMPARE(judged("http://web1.prod.example/a", "http://web2.staging.example/b"), QStringLiteral("changed"));
    QCOMPARE(judged("web1.prod.example,web2.prod.example", "web1.staging.example"), QStringLiteral("changed"));
    QCOMPARE(judged("http://web1.prod.example", "http://other"), QStringLiteral("changed"));
    QCOMPARE(judged("a", "b"), QStringLiteral("changed"));
    QCOMPARE(judged("http://web1.prod.example", "http://\uFFFF"), QStringLiteral("changed"));
    const Matrix matrix = compared({environmentOf("production", {{"k", "a"}})}, normalisers);
    QVERIFY(matrix.notes.join(QLatin1Char('\n')).contains(QStringLiteral("is no regular expression")));
}

void TestNormalise::slowPattern()
{
    Normalisers normalisers;
    normalisers.hostNames << QStringLiteral("(a+)+$") << QStringLiteral("(a|aa)*c");
    const QByteArray slow = QByteArray(1500, 'a') + 'b';
    const QByteArray other = QByteArray(1500, 'a') + 'd';
    QByteArrayList keys;
    std::vector<EntryDraft> left, right;
    for (int i = 0; i < 20; ++i)
        keys << QByteArray("k") + QByteArray::number(i);
    for (const QByteArray &key : std::as_const(keys)) {
        left.push_back({key.constData(), slow.constData()});
        right.push_back({key.constData(), other.constData()});
    }
    QElapsedTimer timer;
    timer.start();
    const Matrix matrix = compared({environmentOf("production", left), environmentOf("staging", right)}, normalisers);
    QCOMPARE(matrix.counts[size_t(CellState::Changed)], 20);
    QVERIFY2(timer.elapsed() < 20'000, "the pattern ran without a limit"); // without one: longer than anybody waits
}

void TestNormalise::listsWithoutOrder()
{
    Normalisers normalisers;
    normalisers.unorderedKeys << QStringLiteral("*.hosts[*]");
    const Matrix matrix = compared(
        {environmentOf("production",
                       {{"a.hosts[0]", "x"}, {"a.hosts[1]", "y"}, {"a.hosts[2]", "y"}, {"b[0]", "1"}, {"b[1]", "2"}}),
         environmentOf("staging",
                       {{"a.hosts[0]", "y"}, {"a.hosts[1]", "z"}, {"a.hosts[2]", "x"}, {"b[0]", "2"}, {"b[1]", "1"}})},
        normalisers);
    QCOMPARE(stateAt(matrix, "a.hosts[0]"), QStringLiteral("equal"));
    QCOMPARE(stateAt(matrix, "a.hosts[1]"), QStringLiteral("equal"));
    QCOMPARE(stateAt(matrix, "a.hosts[2]"), QStringLiteral("missing")); // y stands there twice, here once
    QCOMPARE(stateAt(matrix, "a.hosts[3]"), QStringLiteral("extra"));
    QCOMPARE(stateAt(matrix, "b[0]"), QStringLiteral("changed")); // not named: order counts
}

void TestNormalise::listsWithoutOrderOfMaps()
{
    Normalisers normalisers;
    normalisers.unorderedKeys << QStringLiteral("servers");
    const Matrix matrix = compared(
        {environmentOf(
             "production",
             {{"servers[0].name", "a"}, {"servers[0].port", "1"}, {"servers[1].name", "b"}, {"servers[1].port", "2"}}),
         environmentOf(
             "staging",
             {{"servers[0].port", "2"}, {"servers[0].name", "b"}, {"servers[1].name", "a"}, {"servers[1].port", "9"}})},
        normalisers);
    QCOMPARE(stateAt(matrix, "servers[1].name"), QStringLiteral("equal"));
    QCOMPARE(stateAt(matrix, "servers[1].port"), QStringLiteral("equal"));
    QVERIFY(stateAt(matrix, "servers[0].port") != QStringLiteral("equal"));
    QVERIFY(matrix.rows[size_t(rowOf(matrix, "servers[0].port"))].unexpected);
}

/// web1 says "1" and web2 true: the same word of a boolean, but the reference's number is the same as one of them only.
void TestNormalise::hostsThatNeedANormaliser()
{
    const Matrix matrix = compared({environmentOf("production", {{"k", "1", Integer}}),
                                    environmentOf("staging", {{"k", "1"}, {"k", "true", Boolean, "web2"}}),
                                    environmentOf("test", {{"k", "1"}, {"k", "1", Integer, "web2"}})});
    QVERIFY(!matrix.cell(0, 1).mixed);
    QCOMPARE(stateAt(matrix, "k", 1), QStringLiteral("type-differs"));
    QCOMPARE(stateAt(matrix, "k", 2), QStringLiteral("equal"));
}

void TestNormalise::commentLines()
{
    QVERIFY(isCommentLine(u"  # x", QStringLiteral("yaml")));
    QVERIFY(!isCommentLine(u"", QStringLiteral("yaml")));
    QVERIFY(!isCommentLine(u"a # x", QStringLiteral("yaml")));
    QVERIFY(!isCommentLine(u"; x", QStringLiteral("yaml")));
    QVERIFY(isCommentLine(u"; x", QStringLiteral("ini")));
    QVERIFY(isCommentLine(u"! x", QStringLiteral("properties")));
    QVERIFY(!isCommentLine(u"! x", QStringLiteral("dotenv")));
    QVERIFY(!isCommentLine(u"// x", QStringLiteral("nginx")));
    QVERIFY(!isCommentLine(u"# x", QStringLiteral("json")));
    QVERIFY(isCommentLine(u" // x", QStringLiteral("json")));
    QVERIFY(!isCommentLine(u"# x", QStringLiteral("terraform")));
}

void TestNormalise::sourcesDecideUnits()
{
    const Matrix matrix = compared({environmentOf("production", {{"k", "1m"}}, "nginx"),
                                    environmentOf("staging", {{"k", "60s"}}, "nginx"),
                                    environmentOf("test", {{"k", "60s"}}, "dotenv")});
    QCOMPARE(stateAt(matrix, "k", 1), QStringLiteral("equal"));
    QCOMPARE(stateAt(matrix, "k", 2), QStringLiteral("equal")); // beside 60 seconds, nginx's own m is a minute
}

QTEST_GUILESS_MAIN(TestNormalise)
#include "tst_normalise.moc"
