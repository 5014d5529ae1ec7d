// SPDX-License-Identifier: GPL-3.0-or-later
#include "carried.h"
#include "toolsamples.h"

#include <QCryptographicHash>

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources::migrations;

namespace {

QByteArray sum(QCryptographicHash::Algorithm algorithm, const QByteArray &text)
{
    return QCryptographicHash::hash(text, algorithm).toHex();
}

} // namespace

class TestMigrationTools : public QObject {
    Q_OBJECT

private slots:
    void states_data();
    void states();
    void emptyAndGarbage_data();
    void emptyAndGarbage();
    void notes();
    void atlasChain();
    void companions();
    void cutFiles();
};

void TestMigrationTools::states_data()
{
    QTest::addColumn<QByteArray>("tool");
    QTest::addColumn<Rows>("rows");
    QTest::addColumn<Files>("files");
    QTest::addColumn<QStringList>("states");
    const auto row = [](const char *name, const Rows &rows, const Files &files, const char *states) {
        QTest::newRow(name) << QByteArray(name).split(',').front() << rows << files << listOf(states);
    };
    // clang-format off
    row("goose", {{"1", "0", "t", "NULL"}, {"2", "1", "t", "2026-01-01T00:00:00Z"}}, {{"00001_a.sql", gooseFile}, {"00002_b.go", "import goose"}}, "1 applied, 2 pending");
    row("goose, late file", {{"1", "1", "t", "NULL"}, {"2", "3", "t", "NULL"}}, {{"1_a.sql", gooseFile}, {"2_b.sql", gooseFile}, {"3_c.sql", gooseFile}}, "1 applied, 3 applied, 2 out-of-order+blocked");
    row("goose, file gone", {{"1", "1", "t", "NULL"}, {"2", "2", "t", "NULL"}}, {{"1_a.sql", gooseFile}}, "1 applied, 2 missing+applied");
    row("goose, taken back", {{"1", "1", "t", "NULL"}, {"2", "2", "t", "NULL"}, {"3", "2", "f", "NULL"}}, {{"1_a.sql", gooseFile}, {"2_b.sql", gooseFile}}, "1 applied, 2 pending+rolled-back");
    row("goose, run again", {{"1", "2", "f", "NULL"}, {"2", "2", "t", "NULL"}}, {}, "2 applied");
    row("goose, out of order", {{"1", "2", "t", "NULL"}, {"2", "1", "t", "NULL"}}, {}, "2 applied, 1 out-of-order+applied");
    row("goose, rows in any order", {{"2", "2", "t", "NULL"}, {"3", "2", "f", "NULL"}, {"1", "1", "t", "NULL"}}, {}, "1 applied, 2 rolled-back");
    row("goose, two services", {{"1", "1", "t", "NULL"}}, {{"a/1_a.sql", gooseFile}, {"b/2_b.sql", gooseFile}}, "1 applied");
    row("dbmate", {{"20260102"}, {"20260101"}}, {{"db/migrations/20260101_a.sql", dbmateFile}, {"db/migrations/20260103_c.sql", dbmateFile}}, "20260101 applied, 20260102 missing+applied, 20260103 pending");
    row("dbmate, late file", {{"2"}}, {{"1_a.sql", dbmateFile}, {"2_b.sql", dbmateFile}}, "1 out-of-order+pending, 2 applied");
    row("golang-migrate", {{"2", "f"}}, {{"000001_a.up.sql", "SELECT 1"}, {"000002_b.up.sql", "SELECT 2"}, {"000003_c.up.sql", "SELECT 3"}}, "1 applied, 2 applied, 3 pending");
    row("golang-migrate, dirty", {{"2", "t"}}, {{"1_a.up.sql", "SELECT 1"}, {"2_b.up.sql", "SELECT 2"}, {"3_c.up.sql", "SELECT 3"}}, "1 applied, 2 failed+dirty, 3 pending");
    row("golang-migrate, empty", {}, {{"1_a.up.sql", "SELECT 1"}}, "1 pending");
    row("golang-migrate, file gone", {{"5", "f"}}, {{"1_a.up.sql", "SELECT 1"}, {"6_b.up.sql", "SELECT 1"}}, "1 applied, 5 missing+applied, 6 pending");
    row("golang-migrate, no version", {{"-1", "t"}}, {{"1_a.up.sql", "SELECT 1"}}, "1 pending");
    row("golang-migrate, no files", {{"7", "f"}}, {}, "7 applied");
    row("diesel", {{"00000000000000", "NULL"}, {"20260115103000", "NULL"}}, {{"00000000000000_diesel_initial_setup/up.sql", "SELECT 1"}, {"2026-01-15-103000_a/up.sql", "SELECT 1"}, {"2026-01-16-103000_b/up.sql", "SELECT 1"}, {"2026-01-16-103000_b/down.sql", "-- nothing"}}, "00000000000000 applied, 20260115103000 applied, 20260116103000 pending");
    const QByteArray sha = "\\x" + sum(QCryptographicHash::Sha384, "SELECT 1;\n");
    row("sqlx", {{"1", "a", "2026-01-01T00:00:00Z", "t", sha, "1000000"}}, {{"1_a.sql", "SELECT 1;\n"}, {"2_b.up.sql", "SELECT 2"}, {"2_b.down.sql", "SELECT 3"}}, "1 applied, 2 pending");
    row("sqlx, edited", {{"1", "a", "NULL", "t", sha, "1"}}, {{"1_a.sql", "SELECT 2;\n"}}, "1 mismatch+applied");
    row("sqlx, failed", {{"1", "a", "NULL", "f", sha, "-1"}}, {{"1_a.sql", "SELECT 1;\n"}, {"2_b.sql", "SELECT 1"}}, "1 failed+dirty, 2 pending");
    row("sqlx, missing", {{"1", "a", "NULL", "t", sha, "1"}, {"2", "b", "NULL", "t", sha, "1"}}, {{"2_b.sql", "SELECT 1;\n"}}, "1 missing+applied, 2 applied");
    row("refinery", {{"1", "create_orders", "2026-01-01T00:00:00Z", "9601261077412703938"}}, {{"V1__create_orders.sql", "CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(12,2));\n"}, {"V2__b.rs", "fn"}}, "1 applied, 2 pending");
    row("refinery, renamed", {{"1", "create_orders", "2026-01-01T00:00:00Z", "9601261077412703938"}}, {{"V1__create_order.sql", "CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(12,2));\n"}}, "1 mismatch+applied");
    row("refinery, late", {{"2", "b", "NULL", "NULL"}}, {{"V1__a.sql", "SELECT 1"}, {"V2__b.sql", "SELECT 1"}, {"U1__c.sql", "SELECT 1"}}, "2 applied, 1 pending");
    row("postgrator", {{"0", "NULL", "NULL", "NULL"}, {"1", "a", sum(QCryptographicHash::Md5, "SELECT 1"), "NULL"}, {"3", "c", "NULL", "NULL"}}, {{"001.do.a.sql", "SELECT 1"}, {"2.do.b.sql", "SELECT 1"}, {"3.do.c.js", "x"}, {"3.undo.c.sql", "SELECT"}, {"4.do.sql", "SELECT 1"}}, "1 applied, 3 applied, 2 out-of-order+blocked, 4 pending");
    row("postgrator, line ends", {{"1", "a", sum(QCryptographicHash::Md5, "SELECT 1\r\n"), "NULL"}}, {{"1.do.a.sql", "SELECT 1\n"}}, "1 mismatch+applied");
    const QByteArray first = "sha1:" + sum(QCryptographicHash::Sha1, "SELECT 1;\n");
    const QByteArray second = "sha1:" + sum(QCryptographicHash::Sha1, first + "\nSELECT 2;\n");
    const Files chain{{"committed/000001-a.sql", "--! Previous: -\n--! Hash: " + first + "\n\nSELECT 1;\n"}, {"committed/000002.sql", "--! Previous: " + first + "\n--! Hash: " + second + "\n\nSELECT 2;\n"}};
    row("graphile-migrate", {{first, "NULL", "000001.sql", "NULL"}}, chain, "000001 applied, 000002 pending");
    row("graphile-migrate, edited", {{"sha1:0", "NULL", "000001.sql", "NULL"}, {second, "sha1:0", "000002.sql", "NULL"}}, chain, "000001 mismatch+applied, 000002 applied");
    row("yoyo", {{"x", "0001.a", "2026-01-01T00:00:00Z"}}, {{"0001.a.sql", "SELECT 1"}, {"0001.a.rollback.sql", "SELECT 2"}, {"0000.z.sql", "-- depends: 0002.b\nSELECT 1"}, {"0002.b.py", "from yoyo import step"}}, "0001.a applied, 0002.b pending, 0000.z pending");
    row("ecto", {{"20260101", "2026-01-01T00:00:00Z"}}, {{"priv/repo/migrations/20260101_a.exs", elixir}, {"priv/repo/migrations/20260102_b.exs", elixir}, {"priv/repo/migrations/20250101_c.exs", elixir}}, "20260101 applied, 20250101 out-of-order+pending, 20260102 pending");
    row("efcore", {{"20260101000000_Init", "8.0.1"}}, {{"Migrations/20260101000000_Init.cs", csharp}, {"Migrations/20260101000000_Init.Designer.cs", csharp}, {"Migrations/20260102000000_More.cs", csharp}, {"Migrations/ShopModelSnapshot.cs", ""}}, "20260101000000_Init applied, 20260102000000_More pending");
    row("laravel", {{"1", "2026_01_01_000000_a", "1"}, {"2", "2014_10_12_000000_users", "2"}}, {{"database/migrations/2026_01_01_000000_a.php", php}, {"database/migrations/2026_01_02_000000_b.php", php}}, "2026_01_01_000000_a applied, 2014_10_12_000000_users missing+out-of-order+applied, 2026_01_02_000000_b pending");
    row("laravel, squashed", {{"1", "2026_01_01_000000_a", "1"}}, {{"database/schema/pgsql-schema.sql", "1\t2026_01_01_000000_a\t1\n"}, {"database/migrations/2026_01_02_000000_b.php", php}}, "2026_01_01_000000_a applied, 2026_01_02_000000_b pending");
    row("phinx", {{"20260101000000", "CreateA", "2026-01-01 00:00:00", "2026-01-01 00:00:02", "f"}}, {{"db/migrations/20260101000000_create_a.php", php}, {"db/migrations/20260102000000_b.php", php}}, "20260101000000 applied, 20260102000000 pending");
    row("doctrine", {{"DoctrineMigrations\\Version20260101000000", "2026-01-01 00:00:00", "12"}}, {{"migrations/Version20260101000000.php", "<?php\nnamespace DoctrineMigrations;\nfinal class Version20260101000000 extends AbstractMigration {}"}, {"migrations/Version20260102000000.php", "<?php\nnamespace DoctrineMigrations;\nfinal class Version20260102000000 extends AbstractMigration {}"}}, "DoctrineMigrations\\Version20260101000000 applied, DoctrineMigrations\\Version20260102000000 pending");
    row("doctrine, digits alone", {{"20260101000000", "NULL", "NULL"}}, {{"Version20260101000000.php", "<?php\nnamespace A;\nfinal class Version20260101000000 extends AbstractMigration {}"}}, "20260101000000 applied");
    row("sql-migrate", {{"1_a.sql", "NULL"}, {"3_c.sql", "NULL"}}, {{"1_a.sql", sqlMigrateFile}, {"2_b.sql", sqlMigrateFile}, {"10_d.sql", sqlMigrateFile}}, "1_a.sql applied, 3_c.sql missing+applied, 2_b.sql out-of-order+pending, 10_d.sql pending");
    row("pgroll", {{"public", "01_a", "NULL", "t", "pgroll", "2026-01-01T00:00:00Z"}, {"public", "raw", "01_a", "t", "inferred", "NULL"}, {"public", "02_b", "raw", "f", "pgroll", "NULL"}}, {{"01_a.json", "{\"operations\": []}"}, {"02_b.yaml", "operations:\n"}, {"03_c.yaml", "name: c\noperations:\n"}}, "01_a applied, raw applied, 02_b pending, c pending");
    row("pgroll, baseline", {{"public", "base", "NULL", "t", "baseline", "NULL"}}, {}, "base baseline");
    row("atlas, partial", {{"1", "a", "2", "1", "3", "NULL", "1", "ERROR: boom", "CREATE", "x"}}, {{"1_a.sql", "SELECT 1"}, {"atlas.sum", "h1:x\n"}}, "1 failed+dirty");
    row("atlas, resolved by hand", {{"1", "a", "6", "1", "3", "NULL", "1", "ERROR: boom", "CREATE", "NULL"}}, {}, "1 applied");
    row("atlas, baseline", {{"2", "b", "1", "0", "0", "NULL", "0", "", "", ""}, {".atlas_cloud_identifier", "x", "2", "0", "0", "NULL", "0", "", "", ""}}, {{"1_a.sql", "SELECT 1"}, {"2_b.sql", "SELECT 1"}, {"3_c.sql", "SELECT 1"}}, "2 baseline, 1 baseline, 3 pending");
    row("atlas, late", {{"2", "b", "2", "1", "1", "NULL", "0", "NULL", "NULL", "NULL"}}, {{"1_a.sql", "SELECT 1"}, {"2_b.sql", "SELECT 1"}}, "2 applied, 1 out-of-order+blocked");
    row("atlas, still running", {{"2", "b", "2", "0", "2", "NULL", "0", "", "", ""}}, {}, "2 failed+dirty");
    const Files formatted{{"db/log.sql", "--liquibase formatted sql\n--changeset ops:1\nSELECT 1;\n--changeset ops:2 runOnChange:true\nSELECT 2;\n--changeset ops:3\nSELECT 3;\n--changeset ops:4 dbms:oracle\nSELECT 4;\n"}};
    row("liquibase", {{"1", "ops", "log.sql", "NULL", "1", "EXECUTED", "9:0", "NULL"}, {"2", "ops", "log.sql", "NULL", "2", "EXECUTED", "9:0", "NULL"}}, formatted, "log.sql::1::ops mismatch+applied, log.sql::2::ops outdated+pending+applied, log.sql::3::ops pending");
    row("liquibase, states", {{"1", "ops", "classpath:db/log.sql", "NULL", "1", "MARK_RAN", "7:0", "NULL"}, {"9", "ops", "classpath:db/log.sql", "NULL", "2", "FAILED", "NULL", "NULL"}, {"8", "ops", "classpath:db/log.sql", "NULL", "3", "RERAN", "NULL", "NULL"}}, formatted, "classpath:db/log.sql::1::ops applied, classpath:db/log.sql::9::ops failed+missing, classpath:db/log.sql::8::ops missing+applied, classpath:db/log.sql::2::ops pending, classpath:db/log.sql::3::ops pending");
    const Files tree{{"db/changelog/master.xml", "<databaseChangeLog><include file=\"b.yaml\" relativeToChangelogFile=\"true\"/><includeAll path=\"db/changelog/more\"/></databaseChangeLog>"},
        {"db/changelog/b.yaml", "databaseChangeLog:\n  - changeSet:\n      id: 1\n      author: ops\n      changes:\n        - createTable:\n            tableName: a\n"},
        {"db/changelog/more/c.json", "{\"databaseChangeLog\": [{\"changeSet\": {\"id\": \"2\", \"author\": \"ops\", \"changes\": [{\"sql\": {\"sql\": \"SELECT 1\"}}]}}]}"},
        {"db/changelog/beside.xml", "<databaseChangeLog><changeSet id=\"9\" author=\"x\"/></databaseChangeLog>"}};
    row("liquibase, includes", {{"1", "ops", "db/changelog/b.yaml", "NULL", "1", "EXECUTED", "9:0", "v1"}}, tree, "db/changelog/b.yaml::1::ops applied, db/changelog/more/c.json::2::ops pending");
    // clang-format on
}

void TestMigrationTools::states()
{
    QFETCH(QByteArray, tool);
    QFETCH(Rows, rows);
    QFETCH(Files, files);
    const MigrationHistory history = read(tool.constData(), columnsOf(tool), rows, files);
    QTEST(statesOf(history), "states");
    QCOMPARE(history.source, QString::fromLatin1(tool));
    for (size_t i = 0; i < history.migrations.size(); ++i)
        QCOMPARE(history.migrations[i].order, int(i));
}

void TestMigrationTools::emptyAndGarbage_data()
{
    QTest::addColumn<QByteArray>("tool");
    for (const char *tool :
         {"atlas", "dbmate", "diesel", "doctrine", "ecto", "efcore", "golang-migrate", "goose", "graphile-migrate",
          "laravel", "liquibase", "pgroll", "phinx", "postgrator", "refinery", "sqitch", "sql-migrate", "sqlx", "yoyo"})
        QTest::newRow(tool) << QByteArray(tool);
}

void TestMigrationTools::emptyAndGarbage()
{
    QFETCH(QByteArray, tool);
    const MigrationHistory none = read(tool.constData(), "x", {}, {});
    QVERIFY(none.migrations.empty());
    QVERIFY(notesOf(none).contains(QStringLiteral("no files compared")));
    QVERIFY(none.recordsFailures || notesOf(none).contains(QStringLiteral("no failure record")));
    const QByteArray junk("\xff\xfe\0'$$\"--/*", 11);
    const QByteArray columns = tool == "sqitch" ? QByteArray("change_id change project") : columnsOf(tool);
    QByteArrayList row;
    for (qsizetype i = 0; i < columns.split(' ').size(); ++i)
        row << junk;
    Files files;
    for (const char *name :
         {"1_a.sql", "1_a.up.sql", "1.do.sql", "V1__a.sql", "000001.sql", "1_a/up.sql", "20260101000000_A.cs",
          "1_a.exs", "Version1.php", "2026_01_01_000000_a.php", "20260101000000_a.php", "a.json", "a.xml", "a.yaml",
          "sqitch.plan", "atlas.sum", "a.py", "1_b.go"})
        files.insert(name, junk + "%project= operations databaseChangeLog yoyo goose\n" + junk);
    const MigrationHistory history = read(tool.constData(), columns, {row}, files);
    for (const Migration &migration : history.migrations)
        QVERIFY(!migration.version.contains(QChar(0)));
}

void TestMigrationTools::notes()
{
    const MigrationHistory dirty = read("golang-migrate", "version dirty", {{"2", "t"}}, {});
    QVERIFY(notesOf(dirty).contains(QStringLiteral("migrate force")));
    QVERIFY(dirty.recordsFailures);
    const MigrationHistory inferred = read("golang-migrate", "version dirty", {{"2", "f"}},
                                           {{"1_a.up.sql", "SELECT 1"}, {"2_a.up.sql", "SELECT 1"}});
    QCOMPARE(inferred.migrations[0].provenance, Provenance::Inferred);
    QCOMPARE(inferred.migrations[1].provenance, Provenance::Recorded);
    QVERIFY(notesOf(inferred).contains(QStringLiteral("inferred")));
    const MigrationHistory phinx = read(
        "phinx", columnsOf("phinx"), {{"20260101000000", "A", "2026-01-01 10:00:00", "2026-01-01 10:00:02", "t"}}, {});
    QVERIFY(phinx.migrations[0].note.contains(QStringLiteral("breakpoint")));
    QCOMPARE(phinx.migrations[0].took, std::chrono::milliseconds(2000));
    const MigrationHistory sqlx
        = read("sqlx", columnsOf("sqlx"), {{"1", "a", "2026-01-01T00:00:00Z", "t", "\\x00", "2500000"}}, {});
    QCOMPARE(sqlx.migrations[0].took, std::chrono::milliseconds(2));
    QCOMPARE(sqlx.migrations[0].checksum, QStringLiteral("00"));
}

// The value of each file hangs on all before it: a file that came in between later does not make the others differ.
void TestMigrationTools::atlasChain()
{
    const auto chain = [](const QByteArrayList &parts) {
        QCryptographicHash hash(QCryptographicHash::Sha256);
        for (const QByteArray &part : parts)
            hash.addData(part);
        return hash.result().toBase64();
    };
    const QByteArray one = chain({"1_a.sql", "A"}), three = chain({"1_a.sql", "A", "3_c.sql", "C"});
    const QByteArray four = chain({"1_a.sql", "A", "3_c.sql", "C", "4_d.sql", "D"});
    const auto row = [](const char *version, const QByteArray &hash) {
        return QByteArrayList{version, "x", "2", "1", "1", "NULL", "1", "", "", hash};
    };
    const Rows rows{row("1", one), row("3", three), row("4", four)};
    const Files files{{"1_a.sql", "A"}, {"3_c.sql", "C"}, {"4_d.sql", "D"}, {"atlas.sum", "h1:x\n"}};
    const QByteArray columns = columnsOf("atlas");
    QCOMPARE(statesOf(read("atlas", columns, rows, files)), listOf("1 applied, 3 applied, 4 applied"));
    Files more = files;
    more.insert("2_b.sql", "B");
    QCOMPARE(statesOf(read("atlas", columns, rows, more)),
             listOf("1 applied, 3 applied, 4 applied, 2 out-of-order+blocked"));
    Files edited = files;
    edited.insert("3_c.sql", "changed");
    const MigrationHistory history = read("atlas", columns, rows, edited);
    QCOMPARE(statesOf(history), listOf("1 applied, 3 mismatch+applied, 4 applied"));
    QVERIFY(history.migrations[2].note.contains(QStringLiteral("not compared")));
}

void TestMigrationTools::companions()
{
    const sources::SqlReply rows = rowsOf(columnsOf("yoyo"), {{"x", "a", "2026-01-01T00:00:00Z"}});
    const sources::SqlReply log = rowsOf("migration_id operation username hostname created_at_utc",
                                         {{"a", "apply", "ada", "web1", "2026-01-01T00:00:00Z"},
                                          {"b", "apply", "ada", "web1", "2026-01-01T00:00:00Z"},
                                          {"b", "rollback", "bob", "web1", "2026-01-02T00:00:00Z"}});
    const sources::SqlReply lock = rowsOf("locked pid ctime", {{"1", "4711", "2026-01-03T00:00:00Z"}});
    HistoryInput input = inputOf(&rows, nullptr);
    input.parts = {{"log", &log}, {"lock", &lock}};
    const MigrationHistory yoyo = toolNamed(QStringLiteral("yoyo"))->read(input);
    QCOMPARE(statesOf(yoyo), listOf("a applied, b rolled-back"));
    QCOMPARE(yoyo.migrations[0].appliedBy, QStringLiteral("ada@web1"));
    QVERIFY(yoyo.lock && yoyo.lock->by.contains(QStringLiteral("4711")));
    QVERIFY(yoyo.lock->reason.contains(QStringLiteral("break-lock")));

    const sources::SqlReply none = rowsOf(columnsOf("liquibase"), {});
    const sources::SqlReply held
        = rowsOf("id locked lockgranted lockedby", {{"1", "t", "2026-11-20 10:00:00", "ci (10.0.0.1)"}});
    HistoryInput liquibase = inputOf(&none, nullptr);
    liquibase.parts = {{"lock", &held}};
    const MigrationHistory locked = toolNamed(QStringLiteral("liquibase"))->read(liquibase);
    QVERIFY(locked.lock);
    QCOMPARE(locked.lock->by, QStringLiteral("ci (10.0.0.1)"));
    QCOMPARE(locked.lock->since, QDateTime(QDate(2026, 11, 20), QTime(10, 0), Qt::UTC));

    const sources::SqlReply graphile = rowsOf(columnsOf("graphile-migrate"), {});
    const sources::SqlReply current = rowsOf("filename date length", {{"current.sql", "2026-01-01T00:00:00Z", "12"}});
    HistoryInput work = inputOf(&graphile, nullptr);
    work.parts = {{"current", &current}};
    QVERIFY(notesOf(toolNamed(QStringLiteral("graphile-migrate"))->read(work)).contains(QStringLiteral("uncommitted")));
}

// Of a file of which only the beginning is known nothing is compared, and nothing judged.
void TestMigrationTools::cutFiles()
{
    FileRoot root = rootOf({{"1_a.sql", "SELECT 1;"}});
    root.files[0].isWhole = false;
    const sources::SqlReply rows = rowsOf(columnsOf("sqlx"), {{"1", "a", "NULL", "t", "\\x01", "1"}});
    MigrationHistory history = toolNamed(QStringLiteral("sqlx"))->read(inputOf(&rows, &root));
    QCOMPARE(statesOf(history), listOf("1 applied"));
    QVERIFY(history.migrations[0].note.contains(QStringLiteral("checksum not compared")));
    classify(history, {&root});
    QCOMPARE(migrationKindWord(worstKind(history.migrations[0].kinds)), QStringLiteral("unknown"));
}

QTEST_GUILESS_MAIN(TestMigrationTools)
#include "tst_migrationtools.moc"
