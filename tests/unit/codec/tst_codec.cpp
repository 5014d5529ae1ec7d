// SPDX-License-Identifier: GPL-3.0-or-later
#include "codec.h"
#include "randomvalues.h"

#include "finding.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace taffrail;
using codec::Json;

namespace {

QString utf8(const char *text)
{
    return QString::fromUtf8(text);
}

/// QCOMPARE cannot print JSON: its conversions are implicit.
QString shown(const Json &json)
{
    return QString::fromUtf8(codec::jsonText(json));
}

/// Through text, as the store and the command line do it.
template <typename T> Result<T> throughText(const T &value)
{
    const Result<Json> json = codec::parseJson(codec::jsonText(codec::toJson(value)));
    return json ? codec::fromJson<T>(*json) : Result<T>(failure(json.error()));
}

/// No member says "" or carries a missing time or count as a number.
bool hasEmptyText(const Json &json)
{
    if (json.is_string())
        return json.get<std::string>().empty();
    if (!json.is_structured())
        return false;
    for (const Json &each : json) {
        if (each.is_array() ? false : hasEmptyText(each)) // lists of texts may hold an empty one
            return true;
    }
    return false;
}

Finding fullFinding()
{
    Finding finding;
    finding.code = utf8("backup.stale");
    finding.pane = PaneKind::Backups;
    finding.severity = Status::Warning;
    finding.subject = utf8("main");
    finding.entry = utf8("pgbackrest");
    finding.title = utf8("The newest full backup is 9 d old");
    finding.evidence = {{utf8("age_s"), qlonglong(777600)},
                        {utf8("target_s"), 604800},
                        {utf8("ratio"), 1.5},
                        {utf8("whole"), 2.0},
                        {utf8("type"), utf8("full")},
                        {utf8("system"), utf8("7710282973916741038")},
                        {utf8("known"), true},
                        {utf8("places"), QStringList{utf8("a"), utf8("b")}},
                        {utf8("finished_at"), QDateTime(QDate(2026, 11, 11), QTime(12, 0), Qt::UTC)}};
    finding.hint = utf8("Take one.");
    finding.observedAt = QDateTime(QDate(2026, 11, 20), QTime(12, 0, 0, 5), Qt::UTC);
    finding.expected = Expected{utf8("ada"), utf8("moving house"), QDateTime(QDate(2026, 12, 1), QTime(0, 0), Qt::UTC)};
    return finding;
}

} // namespace

class TestCodec : public QObject {
    Q_OBJECT
private slots:
    void comesBackUnchanged()
    {
        for (quint32 seed = 0; seed < 400; ++seed) {
            test::RandomValues random(seed);
            const Value value = random.value();
            const Result<Value> back = throughText(value);
            QVERIFY2(back, back ? "" : qPrintable(sentence(back.error())));
            QVERIFY2(*back == value, codec::jsonText(codec::toJson(value), 2).constData());
            QVERIFY2(!hasEmptyText(codec::toJson(value)), codec::jsonText(codec::toJson(value), 2).constData());

            const Error error = random.error();
            QCOMPARE(*throughText(error), error);
            const Link link = random.link();
            QCOMPARE(*throughText(link), link);
            const Observation observation = random.observation();
            QVERIFY(test::isSame(*throughText(observation), observation));
        }
    }

    void snapshotsComeBackUnchanged()
    {
        for (quint32 seed = 1000; seed < 1100; ++seed) {
            Snapshot snapshot = test::RandomValues(seed).snapshot();
            QVERIFY(test::isSame(*throughText(snapshot), snapshot));
            const Result<Snapshot> back = codec::decodedSnapshot(codec::encoded(snapshot));
            QVERIFY2(back, back ? "" : qPrintable(sentence(back.error())));
            std::erase_if(snapshot.observations,
                          [](const Observation &each) { return each.pane == PaneKind::Configs; });
            QVERIFY(test::isSame(*back, snapshot));
        }
    }

    void findingsComeBackUnchanged()
    {
        const Finding finding = fullFinding();
        const Result<Finding> back = throughText(finding);
        QVERIFY(back);
        QCOMPARE(*back, finding);
        QCOMPARE(back->evidence.value(utf8("whole")).typeId(), int(QMetaType::Double));
        QCOMPARE(back->evidence.value(utf8("finished_at")).typeId(), int(QMetaType::QDateTime));
        QCOMPARE(*throughText(Finding()), Finding());
    }

    void keepsWhatFloatsWouldLose()
    {
        Snapshot snapshot;
        snapshot.generation = std::numeric_limits<quint64>::max();
        QCOMPARE(shown(codec::toJson(snapshot).at("generation")), shown("18446744073709551615"));
        QCOMPARE(codec::decodedSnapshot(codec::encoded(snapshot))->generation, snapshot.generation);
        BackupSet set;
        set.backups.resize(1);
        set.backups[0].sizeBytes = 9'007'199'254'740'993; // 2^53 + 1
        set.backups[0].systemId = utf8("7710282973916741038");
        const Result<Value> back = throughText(Value(set));
        QCOMPARE(std::get<BackupSet>(*back), set);
        HealthReport report;
        report.checks.resize(1);
        report.checks[0].value = std::numeric_limits<double>::quiet_NaN();
        report.counters.insert(utf8("x"), std::numeric_limits<double>::infinity());
        const Json json = codec::toJson(Value(report));
        QVERIFY(json.at("checks")[0].at("value").is_null()); // not a number is not known
        QVERIFY(json.at("counters").empty());
    }

    void absentIsNull()
    {
        const Json json = codec::toJson(Value(DeploymentHistory()));
        for (const char *key : {"source", "app", "live", "locked", "keep_releases"})
            QVERIFY2(json.at(key).is_null(), key);
        const Json backup = codec::toJson(Value([] {
            BackupSet set;
            set.backups.resize(1);
            return set;
        }()));
        for (const char *key :
             {"started_at", "finished_at", "size_bytes", "stored_bytes", "encrypted", "verified_at", "system_id"})
            QVERIFY2(backup.at("backups")[0].at(key).is_null(), key);
    }

    void namesThePathOfWhatItCannotRead_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("path");
        const auto row = [](const char *name, const char *text, const char *path) {
            QTest::newRow(name) << QByteArray(text) << utf8(path);
        };
        row("no object", "[]", "$");
        row("a number", "7", "$");
        row("no version", R"({"environment":"x"})", "$.version");
        row("another version", R"({"version":2})", "$.version");
        row("huge version", R"({"version":1e300})", "$.version");
        row("text for a time", R"({"version":1,"taken_at":"yesterday"})", "$.taken_at");
        row("number for a time", R"({"version":1,"taken_at":5})", "$.taken_at");
        row("number for a text", R"({"version":1,"environment":5})", "$.environment");
        row("text for a flag", R"({"version":1,"remembered":"yes"})", "$.remembered");
        row("negative generation", R"({"version":1,"generation":"-1"})", "$.generation");
        row("number for the generation", R"({"version":1,"generation":12})", "$.generation");
        row("list that is none", R"({"version":1,"observations":{}})", "$.observations");
        row("element that is no object", R"({"version":1,"observations":[1]})", "$.observations[0]");
        row("unknown pane", R"({"version":1,"observations":[{},{"pane":"kitchen"}]})", "$.observations[1].pane");
        row("negative duration text", R"({"version":1,"observations":[{"interval_s":"x"}]})",
            "$.observations[0].interval_s");
        row("endless duration", R"({"version":1,"observations":[{"interval_s":1e300}]})",
            "$.observations[0].interval_s");
        row("attempt with neither", R"({"version":1,"observations":[{"last_good":{}}]})",
            "$.observations[0].last_good.value");
        row("attempt with both",
            R"({"version":1,"observations":[{"last_attempt":{"value":{"kind":"health"},"error":{}}}]})",
            "$.observations[0].last_attempt.value");
        row("good attempt with an error", R"({"version":1,"observations":[{"last_good":{"error":{}}}]})",
            "$.observations[0].last_good");
        row("reference to nothing", R"({"version":1,"observations":[{"last_attempt":"last_good"}]})",
            "$.observations[0].last_attempt");
        row("value of no kind", R"({"version":1,"observations":[{"last_good":{"value":{}}}]})",
            "$.observations[0].last_good.value.kind");
        row("deep inside",
            R"({"version":1,"observations":[{"last_good":{"value":{"kind":"backups","backups":[{"size_bytes":"1"}]}}}]})",
            "$.observations[0].last_good.value.backups[0].size_bytes");
        row("size beyond 64 bits",
            R"({"version":1,"observations":[{"last_good":{"value":{"kind":"backups","backups":[{"size_bytes":18446744073709551615}]}}}]})",
            "$.observations[0].last_good.value.backups[0].size_bytes");
        row("size with a fraction",
            R"({"version":1,"observations":[{"last_good":{"value":{"kind":"backups","backups":[{"size_bytes":1.5}]}}}]})",
            "$.observations[0].last_good.value.backups[0].size_bytes");
        row("negative size",
            R"({"version":1,"observations":[{"last_good":{"value":{"kind":"backups","backups":[{"size_bytes":-2}]}}}]})",
            "$.observations[0].last_good.value.backups[0].size_bytes");
        row("unknown word",
            R"({"version":1,"observations":[{"last_good":{"value":{"kind":"backups","backups":[{"state":"splendid"}]}}}]})",
            "$.observations[0].last_good.value.backups[0].state");
        row("unknown word in a set",
            R"({"version":1,"observations":[{"last_good":{"value":{"kind":"migrations","histories":[{"migrations":[{"flags":["odd"]}]}]}}}]})",
            "$.observations[0].last_good.value.histories[0].migrations[0].flags");
        row("number in a list of texts", R"({"version":1,"links":[{"missing_grants":[1]}]})",
            "$.links[0].missing_grants");
        row("text for a counter",
            R"({"version":1,"observations":[{"last_good":{"value":{"kind":"health","counters":{"a":"b"}}}}]})",
            "$.observations[0].last_good.value.counters.a");
    }

    void namesThePathOfWhatItCannotRead()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, path);
        const Result<Snapshot> snapshot = codec::decodedSnapshot(text);
        QVERIFY(!snapshot);
        QCOMPARE(snapshot.error().subject, path);
        QCOMPARE(snapshot.error().kind, ErrorKind::BadData);
        QVERIFY(!snapshot.error().text.isEmpty());
    }

    void survivesHostileText_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("cut off") << QByteArray("{\"version\":1,\"environment\":\"sho");
        QTest::newRow("not JSON") << QByteArray("\x7f"
                                                "ELF");
        QTest::newRow("deep lists") << QByteArray(5'000'000, '[');
        QTest::newRow("deep objects") << QByteArray(R"({"a":)").repeated(500'000);
        QTest::newRow("closed deep lists") << QByteArray(1000, '[') + QByteArray(1000, ']');
        QTest::newRow("number beyond all") << QByteArray(R"({"version":1e999})");
        QTest::newRow("invalid UTF-8") << QByteArray("{\"environment\":\"\xff\"}");
        QTest::newRow("lone surrogate") << QByteArray(R"({"environment":"\ud800"})");
        QTest::newRow("trailing text") << QByteArray(R"({"version":1} x)");
        QTest::newRow("NUL") << QByteArray("{}\0{}", 5);
    }

    void survivesHostileText()
    {
        QFETCH(QByteArray, text);
        const Result<Snapshot> snapshot = codec::decodedSnapshot(text);
        QVERIFY(!snapshot);
        QVERIFY(!sentence(snapshot.error()).isEmpty());
    }

    void everyCutIsAnError()
    {
        const QByteArray text = codec::encoded(test::RandomValues(7).snapshot());
        for (qsizetype length = 0; length < text.size(); ++length)
            QVERIFY(!codec::decodedSnapshot(text.left(length)));
    }

    void limitsTheSize()
    {
        const Result<Json> json = codec::parseJson(QByteArray(101, ' ') + "{}", 100);
        QVERIFY(!json);
        QCOMPARE(json.error().kind, ErrorKind::TooLarge);
        QVERIFY(codec::parseJson("{}", 100));
    }

    void bracketsInTextDontCount()
    {
        const QByteArray text
            = QByteArray("{\"a\":\"") + QByteArray(1000, '[') + "\\\"" + QByteArray(1000, '{') + "\"}";
        QVERIFY(codec::parseJson(text));
    }

    void ignoresWhatItDoesNotKnow()
    {
        const Result<Snapshot> snapshot
            = codec::decodedSnapshot(R"({"version":1,"environment":"shop","from_the_future":{"a":[1,2]}})");
        QVERIFY(snapshot);
        QCOMPARE(snapshot->environment, utf8("shop"));
    }
};

QTEST_GUILESS_MAIN(TestCodec)
#include "tst_codec.moc"
