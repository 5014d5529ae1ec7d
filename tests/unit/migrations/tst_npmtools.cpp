// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationworld.h"

#include "carried.h"
#include "drizzlejournal.h"
#include "migrationlocks.h"
#include "namedhistory.h"
#include "prismachecksum.h"

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources::migrations;

namespace {

constexpr char vector[] = "CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(12,2));\n";

MigrationHistory readWith(MigrationHistory (*read)(const HistoryInput &), const sources::SqlReply &rows,
                          const Files &files, const QString &path = QStringLiteral("/srv/shop"))
{
    const FileRoot root = rootOf(files, path);
    return read(inputOf(&rows, files.isEmpty() ? nullptr : &root));
}

QByteArray script(const char *up = "CREATE TABLE t (id int)")
{
    return "exports.up = (k) => k.raw('" + QByteArray(up) + "');\nexports.down = (k) => k.raw('x');\n";
}

} // namespace

class TestNpmTools : public QObject {
    Q_OBJECT

private:
    static sources::SqlReply prismaRows(const QByteArrayList &lines)
    {
        QList<QByteArrayList> rows; // name, checksum, finished, rolled back, logs
        int second = 10;
        for (const QByteArray &line : lines) {
            const QByteArrayList parts = line.split(' ');
            const QByteArray at = "2026-11-20T16:00:" + QByteArray::number(second++) + ".000Z";
            const QByteArray sum = parts[1] == "ok" ? sha256Hex("v" + parts[0]) : parts[1];
            rows.append({parts[0], sum, at, parts[2] == "t" ? at : QByteArray("NULL"),
                         parts[3] == "t" ? at : QByteArray("NULL"), "1", parts.value(4, "NULL")});
        }
        return rowsOf("migration_name checksum started_at finished_at rolled_back_at applied_steps_count logs", rows);
    }
    static Files folders(const QByteArrayList &names)
    {
        Files files;
        for (const QByteArray &name : names)
            files.insert("prisma/migrations/" + name + "/migration.sql", "v" + name);
        return files;
    }

private slots:
    void prisma_data()
    {
        QTest::addColumn<QByteArrayList>("rows");
        QTest::addColumn<QByteArrayList>("files");
        QTest::addColumn<QStringList>("states");
        using L = QByteArrayList;
        // clang-format off
        QTest::newRow("up to date") << L {"1_a ok t f", "2_b ok t f"} << L {"1_a", "2_b"} << listOf("1_a applied, 2_b applied");
        QTest::newRow("pending") << L {"1_a ok t f"} << L {"1_a", "2_b"} << listOf("1_a applied, 2_b pending");
        QTest::newRow("late") << L {"2_b ok t f"} << L {"1_a", "2_b"} << listOf("2_b applied, 1_a out-of-order+pending");
        QTest::newRow("failed") << L {"1_a ok t f", "2_b ok f f ERROR:x"} << L {"1_a", "2_b", "3_c"} << listOf("1_a applied, 2_b failed+dirty, 3_c pending");
        QTest::newRow("rolled back, runs again") << L {"1_a ok f t"} << L {"1_a"} << listOf("1_a pending+rolled-back");
        QTest::newRow("rolled back, gone") << L {"1_a ok f t"} << L {"2_b"} << listOf("1_a rolled-back, 2_b pending");
        QTest::newRow("tried again") << L {"1_a ok f t", "1_a ok t f"} << L {"1_a"} << listOf("1_a applied");
        QTest::newRow("tried again and failed") << L {"1_a ok f t", "1_a ok f f"} << L {"1_a"} << listOf("1_a failed+dirty");
        QTest::newRow("edited") << L {"1_a abc t f"} << L {"1_a"} << listOf("1_a mismatch+applied");
        QTest::newRow("missing") << L {"1_a ok t f", "2_b ok t f"} << L {"1_a"} << listOf("1_a applied, 2_b missing+applied");
        QTest::newRow("no files") << L {"1_a ok t f"} << L {} << listOf("1_a applied");
        QTest::newRow("no rows") << L {} << L {"1_a"} << listOf("1_a pending");
        // clang-format on
    }
    void prisma()
    {
        QFETCH(QByteArrayList, rows);
        QFETCH(QByteArrayList, files);
        QFETCH(QStringList, states);
        const MigrationHistory history = readWith(readPrisma, prismaRows(rows), folders(files));
        QCOMPARE(statesOf(history), states);
        QVERIFY(history.recordsFailures);
    }

    void prismaRunsNow()
    {
        const sources::SqlReply rows = prismaRows({"1_a ok t f", "2_b ok f f"});
        const FileRoot root = rootOf(folders({"1_a", "2_b"}));
        HistoryInput input = inputOf(&rows, &root);
        input.isLockHeld = true;
        QCOMPARE(statesOf(readPrisma(input)), listOf("1_a applied, 2_b pending"));
    }

    void prismaChecksums()
    {
        const auto fits = [](const QByteArray &content, const QByteArray &stored) {
            return prismaChecksumFits({"x/migration.sql", content.size(), content, true, true}, stored);
        };
        const QByteArray sum = "81481798fa2e99e980d8fe41498d98eda6d0387cdd5d737afad836a98fd530d1";
        QCOMPARE(fits(vector, sum), ChecksumFit::Same);
        QCOMPARE(fits(QByteArray(vector).replace("\n", "\r\n"), sum), ChecksumFit::Same);
        QCOMPARE(fits(QByteArray(vector) + "--", sum), ChecksumFit::Differs);
        QCOMPARE(fits(vector, ""), ChecksumFit::Differs);
        // Written byte by byte without leading zeros.
        const QByteArray digest = QByteArray::fromHex(sha256Hex("other"));
        QByteArray shorter;
        for (const char byte : digest)
            shorter += QByteArray::number(static_cast<unsigned char>(byte), 16);
        QCOMPARE(fits("other", shorter), ChecksumFit::Same);
        QCOMPARE(prismaChecksumFits({"x", 9, "v", true, false}, sum), ChecksumFit::NotKnown);
    }

    void knex()
    {
        const sources::SqlReply rows = rowsOf(
            "id name batch migration_time",
            {{"1", "1767_a.js", "1", "2026-11-20T16:00:00.000Z"}, {"2", "1769_c.js", "2", "2026-11-20T17:00:00.000Z"}});
        const Files files{{"migrations/1767_a.js", script()}, {"migrations/1768_b.js", script()},
                          {"migrations/1769_c.js", script()}, {"migrations/1770_d.js", script()},
                          {"migrations/index.js", "up"},      {"src/other.js", script()}};
        const MigrationHistory history = readWith(readKnex, rows, files);
        QCOMPARE(statesOf(history),
                 listOf("1767_a.js applied, 1769_c.js applied, 1768_b.js out-of-order+pending, 1770_d.js pending"));
        QCOMPARE(history.migrations[0].note, QStringLiteral("batch 1"));
        QCOMPARE(history.migrations[0].name, QStringLiteral("a"));
        QVERIFY(notesOf(history).contains(QStringLiteral("last batch 2 (1)")));
        QVERIFY(notesOf(history).contains(QStringLiteral("no failure record")));
        QVERIFY(!history.recordsFailures);
        QCOMPARE(history.current, QStringLiteral("1769_c.js"));
    }

    void knexMissing()
    {
        const sources::SqlReply rows = rowsOf("id name batch migration_time",
                                              {{"1", "1767_a.js", "1", "NULL"}, {"2", "1768_b.ts", "1", "NULL"}});
        const MigrationHistory history
            = readWith(readKnex, rows, {{"migrations/1768_b.js", script()}, {"migrations/1769_c.js", script()}});
        QCOMPARE(statesOf(history), listOf("1767_a.js missing+applied, 1768_b.ts missing+applied, 1769_c.js pending"));
        QVERIFY(history.migrations[1].note.contains(QStringLiteral("only 1768_b.js is there")));
        QVERIFY(notesOf(history).contains(QStringLiteral("directory is corrupt")));
    }

    void filesOfOtherTools()
    {
        const sources::SqlReply none = rowsOf("id name batch migration_time", {});
        const Files files{{"migrations/1_a.js", "exports.up = (pgm) => {};"},
                          {"migrations/2_b.js", "class B1767258000000 { async up(queryRunner) {} }"},
                          {"migrations/3_c.js", "module.exports = { up: (queryInterface) => {} };"},
                          {"migrations/100_d.js", "exports.up = (knex) => {};"},
                          {"migrations/100_e.d.ts", "export declare function up(knex);"},
                          {"migrations/100_f.test.js", "exports.up = (knex) => {};"}};
        QCOMPARE(statesOf(readWith(readKnex, none, files)), listOf("100_d.js pending"));
        QCOMPARE(statesOf(readWith(readSequelize, none, files)), listOf("3_c.js pending"));
        QCOMPARE(statesOf(readWith(readTypeOrm, none, files)), listOf("B1767258000000 pending"));
    }

    void nodePgMigrate()
    {
        const sources::SqlReply rows = rowsOf("id name run_on",
                                              {{"1", "1767258000000_a", "2026-11-20T16:00:00.000Z"},
                                               {"2", "1768896000000_c", "2026-11-20T16:00:00.000Z"}});
        const Files files{{"migrations/1767258000000_a.sql", "-- Up Migration\n"},
                          {"migrations/1768473000000_b.js", "exports.up = (pgm) => {};"},
                          {"migrations/1768896000000_c.up.sql", "x"},
                          {"migrations/1768896000000_c.down.sql", "x"},
                          {"migrations/20260201000000000_d.ts", "export const up = (pgm) => {};"}};
        const MigrationHistory history = readWith(readNodePgMigrate, rows, files);
        QCOMPARE(statesOf(history),
                 listOf("1767258000000_a applied, 1768896000000_c applied, 1768473000000_b "
                        "out-of-order+blocked, 20260201000000000_d pending"));
        QVERIFY(notesOf(history).contains(QStringLiteral(
            "\"Not run migration 1768473000000_b is preceding already run migration 1768896000000_c\"")));
    }

    // 17 digits are a date: between two numbers of milliseconds.
    void nodePgMigrateDates()
    {
        const sources::SqlReply rows
            = rowsOf("id name run_on", {{"1", "1767258000000_a", "NULL"}, {"2", "20260115103000000_b", "NULL"}});
        const MigrationHistory history = readWith(readNodePgMigrate, rows,
                                                  {{"migrations/1767258000000_a.sql", ""},
                                                   {"migrations/20260115103000000_b.sql", ""},
                                                   {"migrations/1768896000000_c.sql", ""}});
        QCOMPARE(statesOf(history),
                 listOf("1767258000000_a applied, 20260115103000000_b applied, 1768896000000_c pending"));
    }

    void dbMigrate()
    {
        const sources::SqlReply rows = rowsOf("id name run_on", {{"1", "/20260101-a", "NULL"}});
        const MigrationHistory history = readWith(readNodePgMigrate, rows,
                                                  {{"migrations/20260101-a.js", "exports.up = (db) => db.runSql('x');"},
                                                   {"migrations/20260102-b.js", "exports.up = (db) => db.runSql('x');"},
                                                   {"migrations/sqls/20260102-b-up.sql", "x"}});
        QCOMPARE(history.source, QStringLiteral("db-migrate"));
        QCOMPARE(statesOf(history), listOf("20260101-a applied, 20260102-b pending"));
    }

    void typeOrm()
    {
        const sources::SqlReply rows
            = rowsOf("id timestamp name",
                     {{"1", "1767258000000", "Zebra1767258000000"}, {"2", "1768896000000", "Apple1768896000000"}});
        const Files files{
            {"src/db/1767258000000-Zebra.ts", "export class Zebra1767258000000 implements MigrationInterface {}"},
            {"dist/db/1767258000000-Zebra.js", "class Zebra1767258000000 {}"},
            {"src/db/named.ts",
             "import { MigrationInterface } from 'typeorm'; export class Other { name = 'Late1768000000000' }"},
            {"src/db/1769904000000-New.ts", "export class New1769904000000 implements MigrationInterface {}"}};
        const MigrationHistory history = readWith(readTypeOrm, rows, files);
        QCOMPARE(statesOf(history),
                 listOf("Zebra1767258000000 applied, Apple1768896000000 missing+applied, "
                        "Late1768000000000 out-of-order+pending, New1769904000000 pending"));
        QCOMPARE(history.migrations[0].name, QStringLiteral("Zebra"));
    }

    void kyselyRefuses()
    {
        const sources::SqlReply rows
            = rowsOf("name timestamp", {{"a", "2026-11-20T16:00:00.000Z"}, {"c", "2026-11-20T16:00:01.000Z"}});
        const MigrationHistory history = readWith(readKysely, rows,
                                                  {{"migrations/a.ts", "export async function up(db: Kysely<any>) {}"},
                                                   {"migrations/b.ts", "export async function up() {}"},
                                                   {"migrations/c.ts", "export async function up() {}"},
                                                   {"migrations/d.ts", "export async function up() {}"}});
        QCOMPARE(statesOf(history), listOf("a applied, c applied, b out-of-order+blocked, d pending"));
        QCOMPARE(history.migrations[0].appliedAt, QDateTime(QDate(2026, 11, 20), QTime(16, 0), Qt::UTC));
    }

    void mikroOrm()
    {
        const sources::SqlReply rows
            = rowsOf("id name executed_at",
                     {{"1", "Migration20260101000000", "NULL"}, {"2", "Migration20260102000000.ts", "NULL"}});
        const Files files{{"migrations/Migration20260101000000.ts", "this.addSql"},
                          {"migrations/Migration20260102000000.ts", "this.addSql"},
                          {"migrations/Migration20260103000000_x.ts", "this.addSql"}};
        QCOMPARE(statesOf(readWith(readMikroOrm, rows, files)),
                 listOf("Migration20260101000000 applied, Migration20260102000000.ts applied, "
                        "Migration20260103000000_x pending"));
    }

    void drizzle_data()
    {
        QTest::addColumn<QByteArrayList>("rows");
        QTest::addColumn<QByteArray>("journal");
        QTest::addColumn<QStringList>("states");
        using L = QByteArrayList;
        // clang-format off
        QTest::newRow("up to date") << L {"a 10", "b 20"} << QByteArray("a=10 b=20") << listOf("a applied, b applied");
        QTest::newRow("pending") << L {"a 10"} << QByteArray("a=10 b=20") << listOf("a applied, b pending");
        QTest::newRow("skipped for ever") << L {"a 10", "c 30"} << QByteArray("a=10 b=20 c=30 d=40") << listOf("a applied, c applied, b blocked, d pending");
        QTest::newRow("the same time") << L {"a 10"} << QByteArray("a=10 b=10") << listOf("a applied, b blocked");
        QTest::newRow("edited") << L {"x 10"} << QByteArray("a=10") << listOf("a mismatch+applied");
        QTest::newRow("by content") << L {"a 9"} << QByteArray("a=8") << listOf("a applied");
        QTest::newRow("runs again") << L {"a 10"} << QByteArray("a=11") << listOf("a pending+applied");
        QTest::newRow("missing") << L {"a 10", "b 20"} << QByteArray("a=10") << listOf("a applied, 20 missing+applied");
        QTest::newRow("file gone") << L {"gone 10"} << QByteArray("gone=10") << listOf("gone missing+applied");
        QTest::newRow("journal cut off") << L {"a 10"} << QByteArray() << listOf("10 applied");
        // clang-format on
    }
    void drizzle()
    {
        QFETCH(QByteArrayList, rows);
        QFETCH(QByteArray, journal);
        QFETCH(QStringList, states);
        QList<QByteArrayList> cells;
        for (const QByteArray &row : rows)
            cells.append({"1", sha256Hex("sql " + row.split(' ')[0]), row.split(' ')[1], "NULL", "NULL"});
        QByteArray json = "{'entries':[";
        Files files;
        for (const QByteArray &entry : journal.split(' ')) {
            if (entry.isEmpty())
                continue;
            const QByteArray tag = entry.split('=')[0];
            json += (json.endsWith('[') ? "" : ",") + QByteArray("{'tag':'") + tag + "','when':" + entry.split('=')[1]
                + "}";
            if (tag != "gone")
                files.insert("drizzle/" + tag + ".sql", "sql " + tag);
        }
        json += journal.isEmpty() ? "" : "]}";
        files.insert("drizzle/meta/_journal.json", json.replace('\'', '"'));
        const MigrationHistory history
            = readWith(readDrizzle, rowsOf("id hash created_at name applied_at", cells), files);
        QCOMPARE(statesOf(history), states);
        QCOMPARE(history.filesFrom.isEmpty(), journal.isEmpty()); // nothing is said about files that are not known
    }

    void drizzleOne()
    {
        const sources::SqlReply rows = rowsOf("id hash created_at name applied_at",
                                              {{"1", sha256Hex("b"), "20", "2_b", "2026-11-20T16:00:00.000Z"}});
        const MigrationHistory history
            = readWith(readDrizzle, rows, {{"drizzle/1_a/migration.sql", "a"}, {"drizzle/2_b/migration.sql", "b"}});
        QCOMPARE(statesOf(history), listOf("2_b applied, 1_a pending"));
        QVERIFY(history.migrations[0].appliedAt.isValid());
    }

    void journals_data()
    {
        QTest::addColumn<QByteArray>("json");
        for (const char *json :
             {"", "null", "[]", "{}", "{'entries':{}}", "{'entries':[1]}", "{'entries':[{'tag':'a'}]}",
              "{'entries':[{'tag':1,'when':1}]}", "{'entries':[{'tag':'','when':1}]}",
              "{'entries':[{'tag':'a','when':1e300}]}", "{'entries':[{'tag':'a','when':18446744073709551615}]}",
              "{'entries':[{'tag':'a','when':1}"})
            QTest::newRow(json) << QByteArray(json).replace('\'', '"');
    }
    void journals()
    {
        QFETCH(QByteArray, json);
        QVERIFY(!readJournal(json).has_value());
    }

    void carriedByName()
    {
        const sources::SqlReply rows
            = rowsOf("id name batch migration_time", {{"1", "100_a.js", "1", "NULL"}, {"2", "101_b.js", "1", "NULL"}});
        const MigrationHistory history
            = readWith(readKnex, rows, {{"migrations/100_a.js", script()}, {"migrations/101_b.js", script()}});
        const auto carried
            = carriedMigrations(history, rootOf({{"migrations/100_a.js", script()}}, QStringLiteral("/srv/old")));
        QVERIFY(carried.has_value());
        QCOMPARE(carried->versions, listOf("100_a.js"));
        QVERIFY(!carriedMigrations(history, rootOf({{"readme.txt", ""}})).has_value());
    }

    void classified()
    {
        const sources::SqlReply rows = rowsOf("id name batch migration_time", {{"1", "100_a.js", "1", "NULL"}});
        const FileRoot root = rootOf(
            {{"migrations/100_a.js", script("ALTER TABLE t DROP COLUMN a")},
             {"migrations/101_b.js", script("CREATE INDEX i ON t (a)")},
             {"migrations/102_c.js", "exports.up = (knex) => knex.schema.alterTable('t', (t) => t.string('x'));"}});
        MigrationHistory history = readKnex(inputOf(&rows, &root));
        classify(history, std::vector<FileRoot>{root});
        QVERIFY(history.migrations[0].kinds.contains(MigrationKind::Contract));
        QVERIFY(history.migrations[0].note.contains(QStringLiteral("line 1: column a is gone")));
        QVERIFY(!history.migrations[0].note.contains(QStringLiteral("risk: "))); // it ran
        QVERIFY(history.migrations[1].note.contains(QStringLiteral("require-concurrent-index-creation")));
        QVERIFY(history.migrations[2].kinds.contains(MigrationKind::Unknown));
        QCOMPARE(history.migrations[2].reversible, Reversible::No);
        const QString note = history.migrations[1].note;
        classify(history, std::vector<FileRoot>{root}); // again: the same words, not twice
        QCOMPARE(history.migrations[1].note, note);
    }

    void lockRows()
    {
        const TableName table{QStringLiteral("public"), QStringLiteral("knex_migrations_lock")};
        QVERIFY(!lockRowOf(rowsOf("is_locked users", {{"0", "NULL"}}), QStringLiteral("knex"), table));
        QVERIFY(!lockRowOf(rowsOf("is_locked users", {{"NULL", "NULL"}}), QStringLiteral("knex"), table));
        const auto orphan = lockRowOf(rowsOf("is_locked users", {{"1", "NULL"}}), QStringLiteral("knex"), table);
        QVERIFY(orphan && orphan->by.isEmpty());
        QVERIFY(orphan->reason.contains(QStringLiteral("no session has the history open")));
        QVERIFY(orphan->reason.contains(QStringLiteral("knex migrate:unlock")));
        const auto running
            = lockRowOf(rowsOf("is_locked users", {{"1", "4711 app knex"}}), QStringLiteral("knex"), table);
        QVERIFY(running && running->by == QStringLiteral("pid 4711 app knex"));
    }

    void garbage()
    {
        const sources::SqlReply rows = rowsOf("id name", {{"NULL", "NULL"}, {"x", "\xff\xfe"}, {"", ""}});
        const FileRoot root
            = rootOf({{"migrations/\xff.js", "\xff up"}, {"meta/_journal.json", "\xff"}, {"x/migration.sql", ""}});
        for (const auto read : {readPrisma, readKnex, readNodePgMigrate, readTypeOrm, readSequelize, readDrizzle,
                                readMikroOrm, readKysely, readDbMigrate})
            QVERIFY(!read(inputOf(&rows, &root)).table.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestNpmTools)
#include "tst_npmtools.moc"
