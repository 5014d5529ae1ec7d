// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationworld.h"

#include "crc32.h"
#include "flywayfiles.h"

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources::migrations;

class TestFlyway : public QObject {
    Q_OBJECT

private:
    static QByteArray checksum(const QByteArray &text)
    {
        return QByteArray::number(*flywayChecksum({"x.sql", text.size(), text, true, true}));
    }

    /// "version type success checksum script" per row; "R" as version = repeatable; "ok" as checksum = of "v<version>".
    static MigrationHistory read(const QByteArrayList &lines, const Files &files)
    {
        QList<QByteArrayList> rows;
        int rank = 0;
        for (const QByteArray &line : lines) {
            const QByteArrayList parts = line.split(' ');
            const bool isRepeatable = parts[0] == "R";
            const QByteArray sum = parts[3] == "ok" ? checksum("v" + parts[0]) : parts[3];
            rows.append({QByteArray::number(++rank), isRepeatable ? QByteArray("NULL") : parts[0],
                         isRepeatable ? "view" : "step " + parts[0], parts[1],
                         isRepeatable ? QByteArray("R__view.sql") : "V" + parts[0] + "__step.sql", sum, "ada",
                         "2026-11-20T16:00:00.000Z", "12", parts[2]});
        }
        const sources::SqlReply reply = rowsOf(
            "installed_rank version description type script checksum installed_by installed_on execution_time success",
            rows);
        const FileRoot root = rootOf(files);
        return readFlyway(inputOf(&reply, files.isEmpty() ? nullptr : &root));
    }

    static Files disk(const QByteArrayList &versions)
    {
        Files files;
        for (const QByteArray &version : versions)
            files.insert("V" + version + "__step.sql", "v" + version);
        return files;
    }

private slots:
    void states_data()
    {
        QTest::addColumn<QByteArrayList>("rows");
        QTest::addColumn<Files>("files");
        QTest::addColumn<QStringList>("states");
        using L = QByteArrayList;
        // clang-format off
        QTest::newRow("up to date") << L {"1 SQL t ok", "2 SQL t ok"} << disk({"1", "2"}) << listOf("1 applied, 2 applied");
        QTest::newRow("pending") << L {"1 SQL t ok"} << disk({"1", "2", "10"}) << listOf("1 applied, 2 pending, 10 pending");
        QTest::newRow("failed") << L {"1 SQL t ok", "2 SQL f ok"} << disk({"1", "2"}) << listOf("1 applied, 2 failed+dirty");
        QTest::newRow("failed, file gone") << L {"1 SQL t ok", "2 SQL f ok"} << disk({"1", "3"}) << listOf("1 applied, 2 failed+dirty+missing, 3 pending");
        QTest::newRow("repaired and run") << L {"1 SQL t ok", "2 SQL f ok", "2 SQL t ok"} << disk({"1", "2"}) << listOf("1 applied, 2 applied");
        QTest::newRow("out of order") << L {"1 SQL t ok", "2 SQL t ok", "1.5 SQL t ok"} << disk({"1", "1.5", "2"})
            << listOf("1 applied, 2 applied, 1.5 out-of-order+applied");
        QTest::newRow("ignored") << L {"1 SQL t ok", "2 SQL t ok"} << disk({"1", "1.5", "2"}) << listOf("1 applied, 2 applied, 1.5 out-of-order+blocked");
        QTest::newRow("1.5 before 1.10") << L {"1.5 SQL t ok"} << disk({"1.5", "1.10"}) << listOf("1.5 applied, 1.10 pending");
        QTest::newRow("1 is 1.0") << L {"1.0 SQL t ok"} << Files {{"V1__step.sql", "v1.0"}} << listOf("1.0 applied");
        QTest::newRow("underscore is a dot") << L {"1.2 SQL t ok"} << Files {{"V1_2__step.sql", "v1.2"}} << listOf("1.2 applied");
        QTest::newRow("missing") << L {"1 SQL t ok", "2 SQL t ok"} << disk({"2"}) << listOf("1 missing+applied, 2 applied");
        QTest::newRow("future") << L {"1 SQL t ok", "9 SQL t ok"} << disk({"1"}) << listOf("1 applied, 9 missing+applied");
        QTest::newRow("java") << L {"1 SQL t ok", "2 JDBC t NULL"} << disk({"1"}) << listOf("1 applied, 2 applied");
        QTest::newRow("mismatch") << L {"1 SQL t 42"} << disk({"1"}) << listOf("1 mismatch+applied");
        QTest::newRow("no checksum stored") << L {"1 SQL t NULL"} << disk({"1"}) << listOf("1 applied");
        QTest::newRow("baseline") << L {"3 BASELINE t NULL"} << disk({"1", "3", "4"}) << listOf("1 baseline, 3 baseline, 4 pending");
        QTest::newRow("undone") << L {"1 SQL t ok", "2 SQL t ok", "2 UNDO_SQL t 1"} << disk({"1", "2"}) << listOf("1 applied, 2 pending+rolled-back");
        QTest::newRow("undone and again") << L {"1 SQL t ok", "2 SQL t ok", "2 UNDO_SQL t 1", "2 SQL t ok"} << disk({"1", "2"}) << listOf("1 applied, 2 applied");
        QTest::newRow("undo failed") << L {"1 SQL t ok", "1 UNDO_SQL f 1"} << disk({"1"}) << listOf("1 failed+dirty");
        QTest::newRow("deleted") << L {"1 SQL t ok", "2 SQL t ok", "1 DELETE t NULL"} << disk({"2"}) << listOf("2 applied, 1 rolled-back");
        QTest::newRow("schema row") << L {"R SCHEMA t NULL", "1 SQL t ok"} << disk({"1"}) << listOf("1 applied");
        QTest::newRow("repeatable") << L {"R SQL t 1", "R SQL t ok"} << Files {{"R__view.sql", "vR"}} << listOf("R__view.sql applied");
        QTest::newRow("repeatable changed") << L {"R SQL t ok"} << Files {{"R__view.sql", "new"}} << listOf("R__view.sql outdated+pending+applied");
        QTest::newRow("repeatable with placeholders") << L {"R SQL t 5"} << Files {{"R__view.sql", "${x}"}} << listOf("R__view.sql applied");
        QTest::newRow("repeatable gone") << L {"R SQL t ok"} << disk({"1"}) << listOf("R__view.sql missing+applied, 1 pending");
        QTest::newRow("repeatable new") << L {"1 SQL t ok"} << Files {{"V1__step.sql", "v1"}, {"R__view.sql", "x"}} << listOf("1 applied, R__view.sql pending");
        QTest::newRow("no files") << L {"1 SQL t ok", "2 SQL f ok"} << Files {} << listOf("1 applied, 2 failed+dirty");
        QTest::newRow("nothing") << L {} << Files {} << QStringList();
        // clang-format on
    }
    void states()
    {
        QFETCH(QByteArrayList, rows);
        QFETCH(Files, files);
        QFETCH(QStringList, states);
        const MigrationHistory history = read(rows, files);
        QCOMPARE(statesOf(history), states);
        QVERIFY(history.recordsFailures);
    }

    void words()
    {
        const MigrationHistory history = read({"1 SQL t ok", "9 SQL t ok", "2 SQL f ok"}, disk({"1", "2"}));
        QCOMPARE(history.current, QStringLiteral("9"));
        QVERIFY(migrationOf(history, QStringLiteral("9"))->note.contains(QStringLiteral("future")));
        QVERIFY(notesOf(history).contains(QStringLiteral("flyway repair")));
    }

    void wayBack()
    {
        Files files = disk({"1", "2"});
        files.insert("U2__step.sql", "undo");
        const MigrationHistory history = read({"1 SQL t ok", "2 SQL t ok"}, files);
        QCOMPARE(history.migrations[0].reversible, Reversible::No);
        QCOMPARE(history.migrations[1].reversible, Reversible::Yes);
        QCOMPARE(read({"1 SQL t ok"}, {}).migrations[0].reversible, Reversible::Unknown);
    }

    // Values of the tool itself for this file.
    void checksums_data()
    {
        QTest::addColumn<QByteArray>("text");
        const QByteArray line = "CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(12,2));";
        QTest::newRow("LF") << line + "\n";
        QTest::newRow("CRLF") << line + "\r\n";
        QTest::newRow("CR") << line + "\r";
        QTest::newRow("no end") << line;
        QTest::newRow("byte order mark and CRLF") << "\xEF\xBB\xBF" + line + "\r\n";
    }
    void checksums()
    {
        QFETCH(QByteArray, text);
        QCOMPARE(checksum(text), QByteArray("-1899302817"));
    }

    void checksumsThatCanNotBeKnown()
    {
        QVERIFY(!flywayChecksum({"a.sql", 10, "\xff\xfe", true, true}));
        QVERIFY(!flywayChecksum({"a.sql", 10, "SELECT", true, false}));
        QCOMPARE(sources::crc32("123456789"), 0xCBF43926U);
    }

    void lineEndsAreNamed()
    {
        const QByteArray text = "SELECT 1;\nSELECT 2;\n";
        const QByteArray raw = QByteArray::number(static_cast<qint32>(sources::crc32("SELECT 1;\r\nSELECT 2;\r\n")));
        const MigrationHistory history = read({"1 SQL t " + raw}, {{"V1__step.sql", text}});
        QCOMPARE(history.migrations[0].state, MigrationState::Mismatch);
        QVERIFY(history.migrations[0].note.contains(QStringLiteral("only line ends differ")));
    }

    void versionOrder_data()
    {
        QTest::addColumn<QByteArray>("small");
        QTest::addColumn<QByteArray>("large");
        QTest::newRow("numbers") << QByteArray("2") << QByteArray("10");
        QTest::newRow("parts") << QByteArray("1.9") << QByteArray("1.10");
        QTest::newRow("longer") << QByteArray("1") << QByteArray("1.0.1");
        QTest::newRow("stamps") << QByteArray("20260101090000") << QByteArray("20260115103000");
        QTest::newRow("beyond 64 bits") << QByteArray("99999999999999999998") << QByteArray("99999999999999999999");
    }
    void versionOrder()
    {
        QFETCH(QByteArray, small);
        QFETCH(QByteArray, large);
        QVERIFY(FlywayVersion(small) < FlywayVersion(large));
        QVERIFY(!(FlywayVersion(large) < FlywayVersion(small)));
        QVERIFY(FlywayVersion(small + ".0") == FlywayVersion(small));
    }
};

QTEST_GUILESS_MAIN(TestFlyway)
#include "tst_flyway.moc"
