// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that leaves the program after a comparison: reports, JSON, baseline and the file of expected differences.
#include "comparecases.h"
#include "comparecodec.h"
#include "configsecrets.h"
#include "expectedfile.h"
#include "report.h"
#include "schemacheck.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

using namespace taffrail;
using namespace taffrail::comparecases;

namespace {

const QByteArray digestA(64, 'a');
const QByteArray digestB(64, 'b');
const QByteArray planted = "Pl4nted-S3cret-value";

/// Hostile values, secrets on one side only, hosts that disagree, agreements, files that were not read.
Matrix fullMatrix()
{
    const QByteArray mark = maskMark.toUtf8();
    ConfigSet production = setOf({{"SAME", "1"},
                                  {"HTML", "<script>alert('x')</script> & \"y\""},
                                  {"FORMULA", "=cmd|' /C calc'!A0"},
                                  {"MARKDOWN", "| `a` *b* [c](http://d) <img src=x>"},
                                  {"API_KEY", mark, ConfigType::Text, "web1", "", true, digestA},
                                  {"TOKEN", mark, ConfigType::Text, "web1", "", true, digestA},
                                  {"CONTROL", "a\x1B[31mb\u202Ec"},
                                  {"PORT", "5432", ConfigType::Integer},
                                  {"POOL", "40"},
                                  {"LINES", "a\n=1+1"}});
    ConfigSet staging = setOf({{"SAME", "1"},
                               {"HTML", "<b>x</b>"},
                               {"FORMULA", "@SUM(1)"},
                               {"API_KEY", planted},
                               {"TOKEN", mark, ConfigType::Text, "web1", "", true, digestB},
                               {"CONTROL", "plain"},
                               {"PORT", "5432"},
                               {"POOL", "10"},
                               {"LINES", "b"}});
    staging.files.push_back(fileOf("web1", "/srv/shop/other.env", "other"));
    staging.files.back().error
        = Error{ErrorKind::Denied, {}, {}, QStringLiteral("no right; password=") + text(planted), {}};
    ComparedSource failed = sourceOf(setOf({}));
    failed.set = nullptr;
    failed.error = Error{ErrorKind::Timeout,
                         QStringLiteral("read"),
                         QStringLiteral("web1"),
                         QStringLiteral("postgres://shop:") + text(planted) + QStringLiteral("@db is silent"),
                         {}};
    std::vector<ExpectedDifference> expected{expectedOf("POOL", {QStringLiteral("staging")}),
                                             expectedOf("SAME", {QStringLiteral("staging")}, -3)};
    expected.front().reason = QStringLiteral("smaller <b>machines</b> | \"cheap\"");
    return compared({environmentWith("production", {sourceOf(production)}),
                     environmentWith("staging", {sourceOf(staging)}), environmentWith("test", {failed}),
                     environmentOf("dev", {{"API_KEY", planted}, {"API_KEY", "another", ConfigType::Text, "web2"}})},
                    {}, expected);
}

QByteArray jsonOf(const Matrix &matrix)
{
    return codec::jsonText(codec::comparisonJson(matrix, MatrixView::Everything), 1);
}

QStringList problemsOf(const QByteArray &json)
{
    QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/resources/schema/compare.schema.json"));
    if (!file.open(QIODevice::ReadOnly))
        return {QStringLiteral("no schema")};
    const auto schema = nlohmann::ordered_json::parse(file.readAll().toStdString());
    inventory::Problems problems;
    inventory::SchemaCheck(schema, QStringLiteral("compare"), problems).check(inventory::readJson(json).root);
    QStringList texts;
    for (const inventory::Problem &problem : problems)
        texts << problemText(problem);
    return texts;
}

/// Reads RFC 4180 back.
std::vector<QStringList> csvRows(const QString &csv)
{
    std::vector<QStringList> rows(1);
    QString cell;
    bool quoted = false;
    for (qsizetype i = 0; i < csv.size(); ++i) {
        const QChar each = csv.at(i);
        if (quoted && each == QLatin1Char('"') && i + 1 < csv.size() && csv.at(i + 1) == QLatin1Char('"')) {
            cell += each;
            ++i;
        } else if (each == QLatin1Char('"')) {
            quoted = !quoted;
        } else if (!quoted && (each == QLatin1Char(',') || each == QLatin1Char('\n'))) {
            rows.back() << cell;
            cell.clear();
            if (each == QLatin1Char('\n'))
                rows.emplace_back();
        } else if (quoted || each != QLatin1Char('\r')) {
            cell += each;
        }
    }
    rows.pop_back();
    return rows;
}

} // namespace

class TestCompareReports : public QObject {
    Q_OBJECT

private slots:
    void noSecretAnywhere();
    void html();
    void markdown();
    void csv();
    void csvFormulas_data();
    void csvFormulas();
    void json();
    void emptyJson();
    void viewDecidesRows();
    void baseline();
    void expectedFile();
    void expectedFileMistakes_data();
    void expectedFileMistakes();
};

void TestCompareReports::noSecretAnywhere()
{
    const Matrix matrix = fullMatrix();
    QByteArray all;
    for (const MatrixView view : {MatrixView::Unexpected, MatrixView::Differences, MatrixView::Everything,
                                  MatrixView::Missing, MatrixView::Secrets}) {
        all += htmlReport(matrix, view).toUtf8() + markdownReport(matrix, view).toUtf8();
        all += csvReport(matrix, view).toUtf8() + csvReport(matrix, view, false).toUtf8();
        all += codec::jsonText(codec::comparisonJson(matrix, view));
    }
    for (size_t row = 0; row < matrix.rows.size(); ++row) {
        for (size_t column = 0; column < matrix.environments.size(); ++column) {
            all += cellText(matrix, qsizetype(row), int(column)).toUtf8();
            all += shownValue(matrix, qsizetype(row), int(column)).toUtf8();
            all += cellNotes(matrix, qsizetype(row), int(column)).join(QLatin1Char('\n')).toUtf8();
        }
    }
    all += matrix.notes.join(QLatin1Char('\n')).toUtf8();
    QVERIFY(all.size() > 10000);
    QVERIFY2(!all.contains(planted), all.mid(std::max<qsizetype>(0, all.indexOf(planted) - 200), 400).constData());
    QVERIFY(!QRegularExpression(QStringLiteral("[0-9a-f]{64}")).match(QString::fromUtf8(all)).hasMatch());
    const QByteArray kept = codec::baselineText(*matrix.environments[0], now());
    QVERIFY(!kept.contains(digestA));
    QVERIFY(kept.contains("API_KEY"));
}

void TestCompareReports::html()
{
    const Matrix matrix = fullMatrix();
    const QString page = htmlReport(matrix, MatrixView::Everything);
    QVERIFY(page.contains(QStringLiteral("content=\"default-src 'none'; style-src 'unsafe-inline'\"")));
    QVERIFY(page.contains(QStringLiteral("prefers-color-scheme:dark")));
    // Nothing that a value brought is markup.
    QVERIFY(!page.contains(QStringLiteral("<script"), Qt::CaseInsensitive));
    QVERIFY(!page.contains(QStringLiteral("<img"), Qt::CaseInsensitive));
    QVERIFY(page.contains(QStringLiteral("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;")));
    QVERIFY(page.contains(QStringLiteral("ab&lt;U+202E&gt;c")));
    for (const QString &word :
         {QStringLiteral("changed"), QStringLiteral("MISSING"), QStringLiteral(" differs"), QStringLiteral("\u2248 "),
          QStringLiteral("could not be read"), QStringLiteral("production (reference)"),
          QStringLiteral("quoting (1 equal by it)"), QStringLiteral("(dotenv) 2026-11-21T04:00:00Z"),
          QStringLiteral("2026-11-21T04:00:00Z"), QStringLiteral("test: app-config was not read")})
        QVERIFY2(page.contains(word), qPrintable(word));
    // Every tag that was opened is closed: it is put together from parts.
    for (const char *tag : {"table", "tr", "td", "th", "ul", "li", "style", "body", "html"}) {
        const QRegularExpression open(QStringLiteral("<%1[ >]").arg(QLatin1String(tag)));
        qsizetype opened = 0;
        for (auto match = open.globalMatch(page); match.hasNext(); match.next())
            ++opened;
        QCOMPARE(page.count(QStringLiteral("</%1>").arg(QLatin1String(tag))), opened);
    }
}

void TestCompareReports::markdown()
{
    const Matrix matrix = fullMatrix();
    const QString page = markdownReport(matrix, MatrixView::Everything);
    QVERIFY(!page.contains(QLatin1Char('<')));
    QVERIFY(page.contains(QStringLiteral("\\| \\`a\\` \\*b\\* \\[c\\](http://d) &lt;img src=x&gt;")));
    const QRegularExpression bar(QStringLiteral("(?<!\\\\)\\|"));
    int rows = 0;
    const QStringList lines = page.split(QLatin1Char('\n'));
    for (const QString &line : lines) {
        if (line.startsWith(QLatin1Char('|'))) {
            QCOMPARE(line.split(bar).size(), 7); // the key and four environments
            ++rows;
        }
    }
    QCOMPARE(rows, int(matrix.rows.size()) + 2);
}

void TestCompareReports::csv()
{
    const Matrix matrix = fullMatrix();
    const std::vector<QStringList> rows = csvRows(csvReport(matrix, MatrixView::Everything, false));
    QCOMPARE(rows.size(), matrix.rows.size() + 1);
    for (const QStringList &row : rows)
        QCOMPARE(row.size(), 4 + 2 * 4);
    QCOMPARE(rows[2].value(2), QStringLiteral("HTML"));
    QCOMPARE(rows[2].value(4), QStringLiteral("<script>alert('x')</script> & \"y\""));
    QCOMPARE(rows[3].value(4), QStringLiteral("=cmd|' /C calc'!A0"));
    QVERIFY(csvReport(matrix, MatrixView::Everything).contains(QStringLiteral("'=cmd|' /C calc'!A0")));
    QVERIFY(csvReport(matrix, MatrixView::Everything).contains(QStringLiteral("'@SUM(1)")));
    QVERIFY(csvReport(matrix, MatrixView::Everything).endsWith(QStringLiteral("\r\n")));
}

void TestCompareReports::csvFormulas_data()
{
    QTest::addColumn<QString>("value");
    QTest::addColumn<bool>("guarded");
    QTest::newRow("plain") << "a=b" << false;
    QTest::newRow("equals") << "=1" << true;
    QTest::newRow("plus") << "+1" << true;
    QTest::newRow("minus") << "-1" << true;
    QTest::newRow("at") << "@a" << true;
    QTest::newRow("wide") << "\uFF1D1" << true;
    QTest::newRow("behind a no-break space") << "\u00A0=1" << true;
    QTest::newRow("number") << "17" << false;
}

void TestCompareReports::csvFormulas()
{
    QFETCH(QString, value);
    QFETCH(bool, guarded);
    const QByteArray utf8 = value.toUtf8();
    const Matrix matrix = compared({environmentOf("production", {{utf8.constData(), utf8.constData()}})});
    const std::vector<QStringList> rows = csvRows(csvReport(matrix, MatrixView::Everything));
    if (!value.startsWith(QChar::Nbsp)) // shown in quotes, as no other value is
        QCOMPARE(rows[1].value(4).startsWith(QLatin1Char('\'')), guarded);
    QCOMPARE(rows[1].value(2).startsWith(QLatin1Char('\'')), guarded);
}

void TestCompareReports::json()
{
    const QByteArray text = jsonOf(fullMatrix());
    QCOMPARE(problemsOf(text), QStringList());
    const auto json = nlohmann::json::parse(text.toStdString());
    QCOMPARE(json["environments"].size(), size_t(4));
    QVERIFY(json["reference"] == "production");
    const auto row = std::ranges::find_if(json["rows"], [](const auto &each) { return each["key"] == "API_KEY"; });
    QVERIFY(row != json["rows"].end());
    QVERIFY((*row)["source"] == "app-config");
    QVERIFY((*row)["cells"]["staging"]["state"] == "secret-differs");
    QVERIFY((*row)["cells"]["staging"]["secret"] == true);
    QVERIFY((*row)["cells"]["test"]["value"] == nullptr);
    QVERIFY((*row)["cells"]["production"]["line"] == 1);
    const auto pool = std::ranges::find_if(json["rows"], [](const auto &each) { return each["key"] == "POOL"; });
    QVERIFY((*pool)["cells"]["staging"]["state"] == "expected");
    QCOMPARE((*row)["cells"]["dev"]["hosts"].size(), size_t(2));
    QVERIFY((*row)["cells"]["dev"]["hosts"][1]["value"] == maskMark.toUtf8().toStdString());
    QVERIFY(!(*pool)["cells"]["staging"]["expected"].is_null());
    QCOMPARE(json["expired"].size(), size_t(1));
    QVERIFY(json["normalised"]["quoting"] == 1);
    nlohmann::json more = json;
    more["rows"][0]["cells"]["staging"]["mood"] = "fine";
    more["rows"][1].erase("state");
    QCOMPARE(problemsOf(QByteArray::fromStdString(more.dump())).size(), 2);
}

void TestCompareReports::emptyJson()
{
    QCOMPARE(problemsOf(jsonOf(compared({}))), QStringList());
    QCOMPARE(problemsOf(jsonOf(compared({environmentWith("production", {})}))), QStringList());
}

void TestCompareReports::viewDecidesRows()
{
    const Matrix matrix = fullMatrix();
    const auto keysIn = [&](MatrixView view) { return csvRows(csvReport(matrix, view)).size() - 1; };
    QVERIFY(keysIn(MatrixView::Secrets) == 2);
    QCOMPARE(keysIn(MatrixView::Everything), matrix.rows.size());
    QCOMPARE(codec::comparisonJson(matrix, MatrixView::Secrets)["rows"].size(), size_t(2));
}

void TestCompareReports::baseline()
{
    const Matrix matrix = fullMatrix();
    const QByteArray kept = codec::baselineText(*matrix.environments[0], now());
    const auto read = codec::readBaseline(kept);
    QVERIFY(read.has_value());
    QCOMPARE(read->savedAt, now());
    QCOMPARE(codec::baselineText(*read->environment, read->savedAt), kept);
    // Against itself nothing but its secrets is in doubt: their digests are never kept.
    const Matrix again = compared({read->environment, matrix.environments[0]});
    QCOMPARE(again.counts[size_t(CellState::Equal)], qsizetype(again.rows.size()) - 2);
    QCOMPARE(again.counts[size_t(CellState::Unknown)], 2);
    QVERIFY(!codec::readBaseline("{").has_value());
    QVERIFY(!codec::readBaseline("{\"version\": 1}").has_value());
    QVERIFY(!codec::readBaseline("[]").has_value());
}

void TestCompareReports::expectedFile()
{
    ExpectedDifference second = expectedOf("b \"quoted\" \u00E9", {QStringLiteral("staging"), QStringLiteral("test")});
    second.file = QStringLiteral("sites-enabled/*");
    second.author.clear();
    second.since = {};
    const std::vector<ExpectedDifference> list{second, expectedOf("a", {QStringLiteral("staging")})};
    const QByteArray written = inventory::expectedText(list);
    const auto read = inventory::readExpected(written, QStringLiteral("expected.json"));
    QVERIFY2(read.has_value(), read ? "" : qPrintable(sentence(read.error())));
    QCOMPARE(*read, list);
    QCOMPARE(inventory::expectedText(*read), written);
    // One more agreement adds lines and changes none but the bracket before it.
    std::vector<ExpectedDifference> more = list;
    more.push_back(expectedOf("c", {QStringLiteral("staging")}));
    const QByteArrayList before = written.split('\n');
    const QByteArrayList after = inventory::expectedText(more).split('\n');
    qsizetype same = 0;
    while (same < before.size() && before[same] == after[same])
        ++same;
    QVERIFY(before.size() - same <= 4);
    QVERIFY(inventory::readExpected(inventory::expectedText({}), QStringLiteral("x"))->empty());
}

void TestCompareReports::expectedFileMistakes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("said");
    const QByteArray good
        = R"("entry": "*", "key": "a", "environments": ["s"], "reason": "r", "until": "2027-01-01T00:00:00Z")";
    const auto with = [&](const QByteArray &from, const QByteArray &to) {
        QByteArray changed = good;
        return "{\"version\": 1, \"expected\": [\n{" + changed.replace(from, to) + "}]}";
    };
    QTest::newRow("no JSON") << QByteArray("{\"version\": 1,") << "expected.json:";
    QTest::newRow("empty") << QByteArray() << "expected.json:";
    QTest::newRow("unknown member") << with("\"key\"", "\"keys\": \"b\", \"key\"") << "keys";
    QTest::newRow("line") << with("\"a\"", "5") << "expected.json:2";
    QTest::newRow("no environment") << with("[\"s\"]", "[]") << "environments";
    QTest::newRow("no reason") << with("\"reason\": \"r\",", "") << "reason";
    QTest::newRow("empty reason") << with("\"r\"", "\"\"") << "reason";
    QTest::newRow("no end") << with(R"(, "until": "2027-01-01T00:00:00Z")", "") << "until";
    QTest::newRow("no day") << with("2027-01-01", "2027-02-30") << "until";
    QTest::newRow("local time") << with("00:00:00Z", "00:00:00") << "until";
    QTest::newRow("another version") << QByteArray("{\"version\": 2, \"expected\": []}") << "version";
    QTest::newRow("twice") << QByteArray("{\"version\": 1, \"expected\": [], \"expected\": []}") << "expected.json:1";
}

void TestCompareReports::expectedFileMistakes()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, said);
    const auto read = inventory::readExpected(text, QStringLiteral("expected.json"));
    QVERIFY(!read.has_value());
    QCOMPARE(read.error().kind, ErrorKind::BadConfig);
    QVERIFY2(read.error().text.contains(said), qPrintable(read.error().text));
}

QTEST_GUILESS_MAIN(TestCompareReports)
#include "tst_comparereports.moc"
