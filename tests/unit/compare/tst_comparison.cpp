// SPDX-License-Identifier: GPL-3.0-or-later
// The matrix: rows, cells and what they say.
#include "comparecases.h"
#include "configsecrets.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::comparecases;

namespace {

const QByteArray digestA(64, 'a');
const QByteArray digestB(64, 'b');

} // namespace

class TestComparison : public QObject {
    Q_OBJECT

private slots:
    void states();
    void rowsFollowTheReference();
    void worstStateIsTheRows();
    void hostsThatDisagree();
    void hostsThatDisagreeInTheReference();
    void unreadHost();
    void unreadFile();
    void unreadEntry();
    void noSuchEntry();
    void partialSource();
    void partialFile();
    void filesByName();
    void namesThatAreNotUnique();
    void filesThatAreOneToTheirReader();
    void secrets_data();
    void secrets();
    void secretHereAndPlainThere();
    void keysThatDifferInCase();
    void views();
    void nothingToCompare();
    void textOfCells();
};

void TestComparison::states()
{
    const Matrix matrix = compared({environmentOf("production", {{"a", "1"}, {"b", "2"}, {"c", "3"}}),
                                    environmentOf("staging", {{"a", "1"}, {"b", "20"}, {"d", "4"}}),
                                    environmentOf("test", {{"a", "1"}, {"b", "2"}, {"c", "3"}})});
    QCOMPARE(stateAt(matrix, "a"), QStringLiteral("equal"));
    QCOMPARE(stateAt(matrix, "b"), QStringLiteral("changed"));
    QCOMPARE(stateAt(matrix, "c"), QStringLiteral("missing"));
    QCOMPARE(stateAt(matrix, "d"), QStringLiteral("extra"));
    QCOMPARE(stateAt(matrix, "d", 2), QStringLiteral("equal"));
    QCOMPARE(matrix.cell(rowOf(matrix, "d"), 2).note, CellNote::AbsentInBoth);
    QCOMPARE(textAt(matrix, "d", 2), QString(QChar(0x2014)));
    QCOMPARE(textAt(matrix, "c"), QStringLiteral("MISSING"));
    QCOMPARE(matrix.counts[size_t(CellState::Equal)], 1);
    QCOMPARE(matrix.counts[size_t(CellState::Changed)], 1);
    QCOMPARE(matrix.counts[size_t(CellState::Missing)], 1);
    QCOMPARE(matrix.counts[size_t(CellState::Extra)], 1);
    const Matrix turned = compareConfigs(matrix.environments, 1, {}, {}, now());
    QCOMPARE(stateAt(turned, "c", 0), QStringLiteral("extra"));
    QCOMPARE(stateAt(turned, "d", 0), QStringLiteral("missing"));
    QCOMPARE(stateAt(turned, "d", 2), QStringLiteral("missing"));
}

void TestComparison::rowsFollowTheReference()
{
    ConfigSet left = setOf({{"z", "1"}, {"a", "1"}});
    ConfigSet right = setOf({{"a", "1"}, {"m", "1"}, {"z", "1"}, {"b", "1"}});
    const Matrix matrix = compared({environmentWith("one", {sourceOf(left, "second"), sourceOf(left, "first")}),
                                    environmentWith("two", {sourceOf(right, "first"), sourceOf(right, "third")})});
    QStringList rows;
    for (const MatrixRow &row : matrix.rows)
        rows << row.entry + QLatin1Char(' ') + row.key;
    QCOMPARE(rows.join(QLatin1Char(',')),
             QStringLiteral("second z,second a,first z,first a,first m,first b,third a,third m,third z,third b"));
}

void TestComparison::worstStateIsTheRows()
{
    const Matrix matrix = compared(
        {environmentOf("one", {{"a", "1"}}), environmentOf("two", {{"a", "2"}}), environmentWith("three", {})});
    QCOMPARE(matrix.rows.front().state, CellState::Changed);
    QVERIFY(matrix.rows.front().unexpected);
}

void TestComparison::hostsThatDisagree()
{
    const std::vector<EntryDraft> drafts{{"same", "5"},
                                         {"other", "5"},
                                         {"gone", "5"},
                                         {"same", "5", ConfigType::Text, "web2"},
                                         {"other", "6", ConfigType::Text, "web2"}};
    const Matrix matrix = compared({environmentOf("production", {{"same", "5"}, {"other", "5"}, {"gone", "5"}}),
                                    environmentOf("staging", drafts)});
    QCOMPARE(stateAt(matrix, "same"), QStringLiteral("equal"));
    QCOMPARE(stateAt(matrix, "other"), QStringLiteral("changed"));
    QCOMPARE(textAt(matrix, "other"), QStringLiteral("web1: 5 \u00B7 web2: 6"));
    QVERIFY(matrix.cell(rowOf(matrix, "other"), 1).mixed);
    QCOMPARE(textAt(matrix, "gone"), QStringLiteral("web1: 5 \u00B7 web2: MISSING"));
    QCOMPARE(stateAt(matrix, "gone"), QStringLiteral("changed"));
    QVERIFY(matrix.rows[size_t(rowOf(matrix, "gone"))].unexpected);
}

void TestComparison::hostsThatDisagreeInTheReference()
{
    const Matrix matrix = compared({environmentOf("production", {{"a", "5"}, {"a", "6", ConfigType::Text, "web2"}}),
                                    environmentOf("staging", {{"a", "5"}}), environmentOf("test", {{"b", "5"}})});
    QCOMPARE(stateAt(matrix, "a", 0), QStringLiteral("changed"));
    QCOMPARE(stateAt(matrix, "a", 1), QStringLiteral("changed"));
    QCOMPARE(stateAt(matrix, "a", 2), QStringLiteral("missing"));
}

void TestComparison::unreadHost()
{
    ConfigSet set = setOf({{"same", "5"}, {"other", "6"}});
    set.files.push_back(fileOf("web2"));
    set.files.back().error = Error{ErrorKind::Denied, {}, {}, QStringLiteral("no right to read it"), {}};
    const Matrix matrix = compared({environmentOf("production", {{"same", "5"}, {"other", "5"}, {"third", "1"}}),
                                    environmentWith("staging", {sourceOf(set)})});
    QCOMPARE(stateAt(matrix, "same"), QStringLiteral("unknown"));
    QCOMPARE(stateAt(matrix, "other"), QStringLiteral("changed"));
    QCOMPARE(stateAt(matrix, "third"), QStringLiteral("missing"));
    QVERIFY(textAt(matrix, "same").contains(QStringLiteral("web2: not read")));
    QCOMPARE(matrix.notes,
             QStringList{QStringLiteral("staging: app-config: /srv/shop/.env on web2: no right to read it")});
}

void TestComparison::unreadFile()
{
    ConfigSet set = setOf({{"before", "5"}});
    set.files.front().error = Error{ErrorKind::BadData, {}, {}, QStringLiteral("line 2: no '='"), {}};
    const auto whole = environmentOf("production", {{"before", "5"}, {"behind", "5"}});
    const auto cut = environmentWith("staging", {sourceOf(set)});
    const Matrix matrix = compared({whole, cut});
    QCOMPARE(stateAt(matrix, "behind"), QStringLiteral("unknown"));
    QVERIFY(matrix.rows[size_t(rowOf(matrix, "behind"))].unexpected);
    const Matrix turned = compareConfigs({whole, cut}, 1, {}, {}, now());
    QCOMPARE(stateAt(turned, "behind", 0), QStringLiteral("unknown"));
    QVERIFY(turned.rows[size_t(rowOf(turned, "behind"))].unexpected);
}

void TestComparison::unreadEntry()
{
    ComparedSource failed = sourceOf(setOf({}));
    failed.set = nullptr;
    failed.error = Error{ErrorKind::Timeout, {}, {}, QStringLiteral("no answer in 10 s"), {}};
    const Matrix matrix
        = compared({environmentOf("production", {{"a", "5"}, {"b", "5"}}), environmentWith("staging", {failed})});
    QCOMPARE(stateAt(matrix, "a"), QStringLiteral("unknown"));
    QVERIFY(matrix.rows.front().unexpected);
    QCOMPARE(matrix.notes, QStringList{QStringLiteral("staging: app-config was not read: no answer in 10 s")});
}

void TestComparison::noSuchEntry()
{
    const Matrix matrix
        = compared({environmentOf("production", {{"a", "5"}, {"b", "5"}}), environmentWith("staging", {})});
    QCOMPARE(stateAt(matrix, "a"), QStringLiteral("unknown"));
    QCOMPARE(textAt(matrix, "a"), QStringLiteral("not read here"));
    QVERIFY(!matrix.rows.front().unexpected);
    QCOMPARE(matrix.notes, QStringList{QStringLiteral("staging: there is no entry \"app-config\" here")});
}

void TestComparison::partialSource()
{
    ConfigSet set;
    set.source = QStringLiteral("pg_settings");
    set.entries.push_back(entryOf({"work_mem", "4096", ConfigType::Integer, "", "kB"}));
    set.entries.back().file.clear();
    ConfigSet partial = set;
    partial.entries.clear();
    const auto all = environmentWith("production", {sourceOf(set)});
    QCOMPARE(stateAt(compared({all, environmentWith("staging", {sourceOf(partial)})}), "work_mem"),
             QStringLiteral("missing"));
    partial.notes << QStringLiteral("2 settings are not compared");
    QCOMPARE(stateAt(compared({all, environmentWith("staging", {sourceOf(partial)})}), "work_mem"),
             QStringLiteral("missing")); // words alone take no certainty away
    partial.partial = true;
    QCOMPARE(stateAt(compared({all, environmentWith("staging", {sourceOf(partial)})}), "work_mem"),
             QStringLiteral("unknown"));
}

void TestComparison::partialFile()
{
    ConfigSet set = setOf({{"a", "1"}, {"b", "1"}});
    const auto all = environmentWith("production", {sourceOf(set)});
    set.entries.pop_back();
    QCOMPARE(stateAt(compared({all, environmentWith("staging", {sourceOf(set)})}), "b"), QStringLiteral("missing"));
    set.files.front().partial = true;
    QCOMPARE(stateAt(compared({all, environmentWith("staging", {sourceOf(set)})}), "b"), QStringLiteral("unknown"));
    QCOMPARE(stateAt(compared({all, environmentWith("staging", {sourceOf(set)})}), "a"), QStringLiteral("equal"));
}

void TestComparison::filesByName()
{
    const auto with = [](const std::vector<std::pair<const char *, const char *>> &files, const char *root) {
        ConfigSet set;
        for (const auto &[name, value] : files) {
            ConfigEntry entry = entryOf({"listen", value});
            entry.file = text(root) + text(name);
            set.files.push_back(fileOf("web1", entry.file.toUtf8().constData(), name));
            set.entries.push_back(entry);
        }
        return std::vector<ComparedSource>{sourceOf(set)};
    };
    const Matrix matrix = compared({environmentWith("production", with({{"a", "80"}, {"b", "81"}}, "/etc/nginx/")),
                                    environmentWith("staging", with({{"b", "81"}, {"c", "82"}}, "/opt/nginx/"))});
    QStringList rows;
    for (size_t i = 0; i < matrix.rows.size(); ++i)
        rows << matrix.rows[i].file + QLatin1Char(' ') + cellStateWord(matrix.cell(qsizetype(i), 1).state);
    QCOMPARE(rows.join(QLatin1Char(',')), QStringLiteral("a missing,b equal,c extra"));
}

void TestComparison::namesThatAreNotUnique()
{
    ConfigSet both;
    for (const char *path : {"/etc/a/x.conf", "/etc/b/x.conf"}) {
        both.files.push_back(fileOf("web1", path, "x.conf"));
        both.entries.push_back(entryOf({"listen", path}));
        both.entries.back().file = text(path);
    }
    ConfigSet one;
    one.files.push_back(both.files.back());
    one.entries.push_back(both.entries.back());
    const Matrix matrix
        = compared({environmentWith("production", {sourceOf(both)}), environmentWith("staging", {sourceOf(one)})});
    QCOMPARE(matrix.rows.size(), size_t(2));
    QCOMPARE(matrix.cell(0, 1).state, CellState::Missing);
    QCOMPARE(matrix.cell(1, 1).state, CellState::Equal);
    QCOMPARE(matrix.rows[1].file, QStringLiteral("/etc/b/x.conf"));
}

/// Kernel settings come from many files; which of them holds a key is no difference.
void TestComparison::filesThatAreOneToTheirReader()
{
    const auto with = [](const std::vector<std::array<const char *, 3>> &places) {
        ConfigSet set;
        for (const auto &[path, key, value] : places) {
            set.files.push_back(fileOf("web1", path));
            set.entries.push_back(entryOf({key, value}));
            set.entries.back().file = text(path);
        }
        return std::vector<ComparedSource>{sourceOf(set)};
    };
    const Matrix matrix = compared(
        {environmentWith("production", with({{"/etc/sysctl.d/10.conf", "a", "1"}, {"/etc/sysctl.conf", "b", "2"}})),
         environmentWith("staging", with({{"/etc/sysctl.d/99.conf", "b", "2"}, {"/etc/sysctl.conf", "a", "3"}}))});
    QCOMPARE(matrix.rows.size(), size_t(2));
    QCOMPARE(stateAt(matrix, "a"), QStringLiteral("changed"));
    QCOMPARE(stateAt(matrix, "b"), QStringLiteral("equal"));
}

void TestComparison::secrets_data()
{
    QTest::addColumn<QString>("left");
    QTest::addColumn<QByteArray>("leftDigest");
    QTest::addColumn<QString>("right");
    QTest::addColumn<QByteArray>("rightDigest");
    QTest::addColumn<QString>("state");
    const QString mark = maskMark.toString();
    const QString url = QStringLiteral("postgres://shop:%1@db/shop").arg(mark);
    const QString both = mark + QLatin1Char(' ') + mark;
    QTest::newRow("same") << mark << digestA << mark << digestA << "secret-same";
    QTest::newRow("differs") << mark << digestA << mark << digestB << "secret-differs";
    QTest::newRow("no digests") << mark << QByteArray() << mark << QByteArray() << "unknown";
    QTest::newRow("one digest") << mark << digestA << mark << QByteArray() << "unknown";
    QTest::newRow("seen part differs") << url << digestA
                                       << QString(url).replace(QStringLiteral("db"), QStringLiteral("db2")) << digestA
                                       << "secret-differs";
    QTest::newRow("seen part the same") << url << digestA << url << digestA << "secret-same";
    QTest::newRow("two parts, one digest") << both << digestA << both << digestA << "unknown";
    QTest::newRow("two parts") << both << digestA + ',' + digestB << both << digestA + ',' + digestB << "secret-same";
    QTest::newRow("two parts turned") << both << digestA + ',' + digestB << both << digestB + ',' + digestA
                                      << "secret-differs";
    QTest::newRow("empty digest beside one") << both << digestA + ',' << both << digestA + ',' << "unknown";
}

void TestComparison::secrets()
{
    QFETCH(QString, left);
    QFETCH(QByteArray, leftDigest);
    QFETCH(QString, right);
    QFETCH(QByteArray, rightDigest);
    QFETCH(QString, state);
    const QByteArray leftText = left.toUtf8();
    const QByteArray rightText = right.toUtf8();
    Normalisers normalisers;
    normalisers.hostNames << QStringLiteral("db\\d*"); // must not make the seen part the same
    const Matrix matrix
        = compared({environmentOf("production", {{"K", leftText, ConfigType::Text, "web1", "", true, leftDigest}}),
                    environmentOf("staging", {{"K", rightText, ConfigType::Text, "web1", "", true, rightDigest}})},
                   normalisers);
    QCOMPARE(stateAt(matrix, "K"), state);
    QVERIFY(matrix.rows.front().secret);
    QVERIFY(!textAt(matrix, "K").contains(text(digestA)));
    QCOMPARE(matrix.rows.front().unexpected, state != QStringLiteral("secret-same"));
    QCOMPARE(matrix.cell(0, 1).note == CellNote::NotComparable, state == QStringLiteral("unknown"));
}

void TestComparison::secretHereAndPlainThere()
{
    const QByteArray mark = maskMark.toUtf8();
    const Matrix matrix
        = compared({environmentOf("production", {{"K", mark, ConfigType::Text, "web1", "", true, digestA}}),
                    environmentOf("staging", {{"K", "hunter2hunter2"}}),
                    environmentOf("test", {{"K", "hunter2hunter2"}, {"K", "x9", ConfigType::Text, "web2"}}),
                    environmentOf("dev", {{"K", ""}})});
    QCOMPARE(stateAt(matrix, "K", 1), QStringLiteral("secret-differs"));
    QCOMPARE(textAt(matrix, "K", 1), maskMark.toString() + QStringLiteral(" differs"));
    QCOMPARE(shownValue(matrix, 0, 1), maskMark.toString());
    QVERIFY(!textAt(matrix, "K", 2).contains(QStringLiteral("hunter2")));
    QVERIFY(!textAt(matrix, "K", 2).contains(QStringLiteral("x9")));
    QCOMPARE(textAt(matrix, "K", 3), QStringLiteral("(empty) differs"));
    // Both plain, while a third one hides it: said as of secrets.
    const Matrix plain = compareConfigs(matrix.environments, 1, {}, {}, now());
    QCOMPARE(stateAt(plain, "K", 0), QStringLiteral("secret-differs"));
    QVERIFY(!textAt(plain, "K", 1).contains(QStringLiteral("hunter2")));
}

void TestComparison::keysThatDifferInCase()
{
    const Matrix matrix = compared({environmentOf("production", {{"DB_HOST", "a"}, {"caf\u00E9", "b"}, {"x", "1"}}),
                                    environmentOf("staging", {{"db_host", "a"}, {"cafe\u0301", "b"}, {"x", "1"}})});
    QCOMPARE(matrix.rows.size(), size_t(5));
    QCOMPARE(stateAt(matrix, "DB_HOST"), QStringLiteral("missing"));
    QCOMPARE(stateAt(matrix, "db_host"), QStringLiteral("extra"));
    QCOMPARE(matrix.rows[size_t(rowOf(matrix, "db_host"))].note,
             QStringLiteral("another key differs from this only in case: DB_HOST"));
    QVERIFY(matrix.rows[size_t(rowOf(matrix, "DB_HOST"))].note.endsWith(QStringLiteral("db_host")));
    QVERIFY(matrix.rows[1].note.contains(QStringLiteral("Unicode form")));
    QCOMPARE(matrix.rows[size_t(rowOf(matrix, "x"))].note, QString());
}

void TestComparison::views()
{
    const auto matrix = compared({environmentOf("production", {{"a", "1"}, {"b", "2"}, {"c", "3"}}),
                                  environmentOf("staging", {{"a", "1"}, {"b", "20"}})},
                                 {}, {expectedOf("b", {QStringLiteral("staging")})});
    const auto shown = [&](MatrixView view) {
        QString keys;
        for (const MatrixRow &row : matrix.rows)
            keys += isShown(row, view) ? row.key : QString();
        return keys;
    };
    QCOMPARE(shown(MatrixView::Unexpected), QStringLiteral("c"));
    QCOMPARE(shown(MatrixView::Differences), QStringLiteral("bc"));
    QCOMPARE(shown(MatrixView::Everything), QStringLiteral("abc"));
    QCOMPARE(shown(MatrixView::Missing), QStringLiteral("c"));
    QCOMPARE(shown(MatrixView::Secrets), QString());
}

void TestComparison::nothingToCompare()
{
    QVERIFY(compared({}).rows.empty());
    QVERIFY(compared({nullptr}).rows.empty());
    const Matrix one = compareConfigs({environmentOf("production", {{"a", "1"}})}, 7, {}, {}, now());
    QCOMPARE(one.reference, 0);
    QCOMPARE(stateAt(one, "a", 0), QStringLiteral("equal"));
    QVERIFY(compared({environmentOf("a", std::vector<EntryDraft>{}), environmentOf("b", std::vector<EntryDraft>{})})
                .rows.empty());
}

void TestComparison::textOfCells()
{
    Normalisers withoutQuoting;
    withoutQuoting.quoting = false;
    const Matrix matrix = compared({environmentOf("production",
                                                  {{"port", "5432", ConfigType::Integer},
                                                   {"mem", "8", ConfigType::Integer, "web1", "MB"},
                                                   {"buffers", "16384", ConfigType::Integer, "web1", "8kB"},
                                                   {"edge", " x"},
                                                   {"empty", ""},
                                                   {"lines", "a\nb\t\x1B[31mc"}}),
                                    environmentOf("staging", {{"port", "5432"}})},
                                   withoutQuoting);
    QCOMPARE(textAt(matrix, "port", 0), QStringLiteral("5432 integer"));
    QCOMPARE(textAt(matrix, "port", 1), QStringLiteral("\"5432\" text"));
    QCOMPARE(textAt(matrix, "mem", 0), QStringLiteral("8 MB"));
    QCOMPARE(textAt(matrix, "buffers", 0), QStringLiteral("16384 \u00D7 8kB"));
    QCOMPARE(textAt(matrix, "edge", 0), QStringLiteral("\" x\""));
    QCOMPARE(textAt(matrix, "empty", 0), QStringLiteral("(empty)"));
    QCOMPARE(textAt(matrix, "lines", 0), QStringLiteral("a\u23CEb\u21E5c"));
}

QTEST_GUILESS_MAIN(TestComparison)
#include "tst_comparison.moc"
