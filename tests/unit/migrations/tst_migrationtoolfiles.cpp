// SPDX-License-Identifier: GPL-3.0-or-later
#include "carried.h"
#include "toolsamples.h"

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources::migrations;

// What the files of the further tools say: the way back, the kind, and what a release carries.
class TestMigrationToolFiles : public QObject {
    Q_OBJECT

private slots:
    void reversible_data();
    void reversible();
    void kinds_data();
    void kinds();
    void carried_data();
    void carried();
};

void TestMigrationToolFiles::reversible_data()
{
    QTest::addColumn<QByteArray>("tool");
    QTest::addColumn<Files>("files");
    QTest::addColumn<QString>("word");
    const auto row = [](const char *name, const Files &files, const char *word) {
        QTest::newRow(name) << QByteArray(name).split(',').front() << files << QString::fromLatin1(word);
    };
    row("goose", {{"1_a.sql", gooseFile}}, "yes");
    row("goose, none", {{"1_a.sql", "-- +goose Up\nSELECT 1;"}}, "no");
    row("sql-migrate, empty", {{"1_a.sql", sqlMigrateFile}}, "no");
    row("dbmate", {{"1_a.sql", dbmateFile}}, "yes");
    row("golang-migrate, only comments", {{"1_a.up.sql", "SELECT 1"}, {"1_a.down.sql", "-- later\nBEGIN;\nCOMMIT;"}},
        "no");
    row("golang-migrate", {{"1_a.up.sql", "SELECT 1"}, {"1_a.down.sql", "SELECT '--'"}}, "yes");
    row("diesel, none", {{"1_a/up.sql", "SELECT 1"}}, "no");
    row("sqlx, simple", {{"1_a.sql", "SELECT 1"}}, "no");
    row("yoyo", {{"a.sql", "SELECT 1"}, {"a.rollback.sql", "SELECT 2"}}, "yes");
    row("refinery", {{"V1__a.sql", "SELECT 1"}}, "no");
    row("graphile-migrate", {{"000001.sql", "--! Previous: -\nSELECT 1"}}, "no");
    row("ecto", {{"1_a.exs", elixir}}, "yes");
    row("ecto, raises", {{"1_a.exs", "def up do\nend\ndef down do\n  raise \"no\"\nend"}}, "no");
    row("ecto, execute", {{"1_a.exs", "def change do\n  execute \"DELETE\"\nend"}}, "no");
    row("efcore, empty", {{"20260101000000_A.cs", csharp}}, "no");
    row("efcore", {{"20260101000000_A.cs", QByteArray(csharp).replace("/* nothing } */", "b.DropTable(\"a\");")}},
        "yes");
    row("laravel", {{"2026_01_01_000000_a.php", php}}, "yes");
    row("laravel, empty", {{"2026_01_01_000000_a.php", QByteArray(php).replace("Schema::drop('a');", "// no")}}, "no");
    row("doctrine, says no",
        {{"Version1.php",
          "class Version1 extends A { function down(Schema $s): void { $this->throwIrreversibleMigrationException(); } "
          "}"}},
        "no");
    row("phinx, change", {{"20260101000000_a.php", "class A { function change() { $this->table('a')->create(); } }"}},
        "yes");
    row("liquibase", {{"a.sql", "--liquibase formatted sql\n--changeset a:1\nSELECT 1;\n--rollback SELECT 2;"}}, "yes");
    row("liquibase, empty", {{"a.sql", "--liquibase formatted sql\n--changeset a:1\nSELECT 1;\n--rollback empty"}},
        "no");
    row("liquibase, tree",
        {{"a.xml",
          "<databaseChangeLog><changeSet id='1' author='a'><createTable "
          "tableName='t'/></changeSet></databaseChangeLog>"}},
        "yes");
    row("liquibase, dropTable",
        {{"a.xml",
          "<databaseChangeLog><changeSet id='1' author='a'><dropTable "
          "tableName='t'/></changeSet></databaseChangeLog>"}},
        "no");
}

void TestMigrationToolFiles::reversible()
{
    QFETCH(QByteArray, tool);
    QFETCH(Files, files);
    const MigrationHistory history = read(tool.constData(), "x", {}, files);
    QCOMPARE(history.migrations.size(), size_t(1));
    QTEST(reversibleWord(history.migrations[0].reversible), "word");
}

void TestMigrationToolFiles::kinds_data()
{
    QTest::addColumn<QByteArray>("tool");
    QTest::addColumn<Files>("files");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("said");
    const auto row = [](const char *name, const Files &files, const char *kind, const char *said) {
        QTest::newRow(name) << QByteArray(name).split(',').front() << files << QString::fromLatin1(kind)
                            << QString::fromLatin1(said);
    };
    row("goose", {{"1_a.sql", gooseFile}}, "expand", "its way back loses data: DROP TABLE a");
    row("goose, drop", {{"1_a.sql", "-- +goose Up\nSELECT 1;\nALTER TABLE a DROP COLUMN b;\n-- +goose Down\n"}},
        "irreversible", "line 3: ALTER TABLE a DROP COLUMN b: ");
    row("goose, Go", {{"1_a.go", "goose"}}, "unknown", "a Go migration: what it does is not read");
    row("dbmate", {{"1_a.sql", "-- migrate:up\nALTER TABLE a RENAME TO b;\n"}}, "contract", "RENAME TO b");
    row("ecto", {{"1_a.exs", elixir}}, "unknown", "an Elixir migration");
    row("laravel", {{"2026_01_01_000000_a.php", php}}, "unknown", "a PHP migration");
    row("diesel", {{"1_a/up.sql", "UPDATE a SET b = 1 WHERE c"}}, "data", "");
    row("liquibase",
        {{"a.sql",
          "--liquibase formatted sql\n--changeset a:1\n-- a remark\nDROP TABLE t;\n--changeset a:2\nSELECT 1;"}},
        "irreversible", "line 4: DROP TABLE t: ");
    row("liquibase, tree",
        {{"a.xml",
          "<databaseChangeLog><changeSet id='1' author='a'><renameColumn tableName='t' oldColumnName='a' "
          "newColumnName='b'/></changeSet></databaseChangeLog>"}},
        "contract", "RENAME COLUMN");
    row("liquibase, not null",
        {{"a.yaml",
          "databaseChangeLog:\n- changeSet:\n    id: 1\n    author: a\n    changes:\n    - addColumn:\n        "
          "tableName: t\n        columns:\n        - column: {name: a, type: int, constraints: {nullable: false}}\n"}},
        "contract", "NOT NULL");
    row("liquibase, code",
        {{"a.xml",
          "<databaseChangeLog><changeSet id='1' author='a'><customChange class='x'/></changeSet></databaseChangeLog>"}},
        "unknown", "customChange");
    row("pgroll", {{"a.json", "{\"operations\": []}"}}, "unknown", "pgroll");
}

void TestMigrationToolFiles::kinds()
{
    QFETCH(QByteArray, tool);
    QFETCH(Files, files);
    QFETCH(QString, said);
    const FileRoot root = rootOf(files);
    const sources::SqlReply rows = rowsOf("x", {});
    MigrationHistory history = toolNamed(QString::fromLatin1(tool))->read(inputOf(&rows, &root));
    classify(history, {&root});
    const Migration &migration = history.migrations.at(0);
    QVERIFY(!migration.kinds.empty());
    QTEST(migrationKindWord(worstKind(migration.kinds)), "kind");
    QVERIFY2(migration.note.contains(said), qPrintable(migration.note));
    const QString before = migration.note;
    classify(history, {&root}); // a second look says the same once
    QCOMPARE(history.migrations[0].note, before);
}

void TestMigrationToolFiles::carried_data()
{
    QTest::addColumn<QByteArray>("tool");
    QTest::addColumn<Rows>("rows");
    QTest::addColumn<Files>("target");
    QTest::addColumn<QStringList>("versions");
    QTest::addColumn<QStringList>("beyond");
    const auto row
        = [](const char *name, const Rows &rows, const Files &target, const char *versions, const char *beyond) {
              QTest::newRow(name) << QByteArray(name).split(',').front() << rows << target << listOf(versions)
                                  << listOf(beyond);
          };
    row("goose", {{"1", "1", "t", "NULL"}, {"2", "2", "t", "NULL"}}, {{"001_a.sql", gooseFile}}, "1", "2");
    row("golang-migrate", {{"2", "f"}}, {{"0001_a.up.sql", "SELECT"}}, "1", "2");
    row("doctrine, digits", {{"20260101", "NULL", "NULL"}, {"20260102", "NULL", "NULL"}},
        {{"Version20260101.php", "namespace A; class Version20260101 extends B {}"}}, "20260101", "20260102");
    row("liquibase",
        {{"1", "a", "x/a.sql", "NULL", "1", "EXECUTED", "NULL", "NULL"},
         {"2", "a", "x/a.sql", "NULL", "2", "EXECUTED", "NULL", "NULL"}},
        {{"a.sql", "--liquibase formatted sql\n--changeset a:1\nSELECT 1;"}}, "x/a.sql::1::a", "x/a.sql::2::a");
    row("laravel", {{"1", "2026_01_01_000000_a", "1"}, {"2", "2026_01_02_000000_b", "1"}},
        {{"2026_01_01_000000_a.php", php}}, "2026_01_01_000000_a", "2026_01_02_000000_b");
}

void TestMigrationToolFiles::carried()
{
    QFETCH(QByteArray, tool);
    QFETCH(Rows, rows);
    QFETCH(Files, target);
    const MigrationHistory history = read(tool.constData(), columnsOf(tool), rows, {});
    const auto carried = carriedMigrations(history, rootOf(target));
    QVERIFY(carried.has_value());
    QTEST(carried->versions, "versions");
    QStringList beyond;
    for (const Migration &migration : migrationsBeyond(history, carried->versions))
        beyond << migration.version;
    QTEST(beyond, "beyond");
    SchemaQuestion question{history, &*carried, false, {}, {}};
    QVERIFY(!schemaGate(question).answer.contains(QStringLiteral("expects what is not applied")));
    QVERIFY(!carriedMigrations(history, rootOf({{"README", {}}})).has_value());
}

QTEST_GUILESS_MAIN(TestMigrationToolFiles)
#include "tst_migrationtoolfiles.moc"
