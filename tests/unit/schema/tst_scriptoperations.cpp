// SPDX-License-Identifier: GPL-3.0-or-later
#include "scriptoperations.h"

#include "scripttext.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::schema;

class TestScriptOperations : public QObject {
    Q_OBJECT

private:
    static QString kindsOf(const MigrationVerdict &verdict)
    {
        QStringList words;
        for (const MigrationKind kind : verdict.kinds)
            words << migrationKindWord(kind);
        return words.join(QLatin1Char(' '));
    }
    static MigrationVerdict classify(const char *script, const char *tool = "knex")
    {
        CreatedObjects created;
        return classifyScript(QByteArray(script), QLatin1String(tool), created);
    }

private slots:
    void kinds_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<QString>("kinds");
        QTest::addColumn<QString>("reversible");
        const auto row = [](const char *name, const char *script, const char *kinds, const char *reversible) {
            QTest::newRow(name) << QByteArray(script) << QString::fromLatin1(kinds) << QString::fromLatin1(reversible);
        };
        row("knex, arrow with an expression",
            "exports.up = (knex) => knex.raw(`ALTER TABLE t ADD COLUMN a text`);\n"
            "exports.down = (knex) => knex.raw(`ALTER TABLE t DROP COLUMN a`);\n",
            "expand", "yes");
        row("knex, builder",
            "exports.up = (knex) => knex.schema.createTable('t', (t) => t.increments());\nexports.down = () => {};",
            "unknown", "no");
        row("knex, builder that drops",
            "exports.up = function (knex) { return knex.schema.dropTable('t'); };\nexports.down = function (knex) { "
            "return knex.schema.createTable('t'); };",
            "unknown irreversible", "yes");
        row("typeorm",
            "import { MigrationInterface, QueryRunner } from 'typeorm';\n"
            "export class A1767258000000 implements MigrationInterface {\n"
            "  name = 'A1767258000000'\n"
            "  public async up(queryRunner: QueryRunner): Promise<void> {\n"
            "    await queryRunner.query(`CREATE TABLE \"t\" (\"id\" bigint)`);\n"
            "    await queryRunner.query(`CREATE INDEX \"i\" ON \"t\" (\"id\")`)\n"
            "  }\n"
            "  public async down(queryRunner: QueryRunner): Promise<void> {\n"
            "    await queryRunner.query(`DROP TABLE \"t\"`);\n  }\n}\n",
            "expand", "yes");
        row("typeorm, dropped column", "class A { async up(q) { await q.query(\"ALTER TABLE t DROP COLUMN a\"); } }",
            "contract irreversible", "no");
        row("mikro-orm",
            "class Migration1 extends Migration { async up() { this.addSql('ALTER TABLE t RENAME TO u;'); } async "
            "down() { this.addSql('x'); } }",
            "contract", "yes");
        row("sequelize",
            "module.exports = {\n async up (queryInterface, Sequelize) {\n await queryInterface.removeColumn('t', "
            "'a');\n },\n async down (q) { await q.addColumn('t', 'a', {}); }\n};",
            "unknown irreversible", "yes");
        row("sequelize, SQL",
            "module.exports = { up: async (q) => { await q.sequelize.query('CREATE TABLE t (id int)'); }, down: (q) => "
            "q.dropTable('t') };",
            "expand", "yes");
        row("kysely, typed",
            "export async function up(db: Kysely<any>): Promise<void> {\n  await sql`DROP TABLE "
            "t`.execute(db)\n}\nexport async function down(db: Kysely<any>): Promise<void> {\n}\n",
            "contract irreversible", "no");
        row("kysely, const", "export const up: Up = async (db) => { await sql`CREATE TABLE t (id int)`.execute(db); };",
            "expand", "no");
        row("filled in",
            "exports.up = (knex) => knex.raw(`ALTER TABLE ${name} ADD COLUMN a text`);\nexports.down = (k) => "
            "k.raw('x');",
            "expand unknown", "yes");
        row("joined", "exports.up = (knex) => knex.raw('DROP TABLE ' + name);", "unknown", "no");
        row("followed by more", "exports.up = (knex) => knex.raw('CREATE TABLE t (id int)').then(() => other(knex));",
            "expand unknown", "no");
        row("a loop",
            "exports.up = async (knex) => { for (const t of list) { await knex.raw('CREATE TABLE t (id int)'); } };",
            "expand unknown", "no");
        row("made elsewhere", "exports.up = make('t');", "unknown", "no");
        row("down throws",
            "exports.up = (k) => k.raw('CREATE TABLE t (id int)');\nexports.down = () => { throw new Error('no'); };",
            "expand", "no");
        row("comments do not count",
            "// exports.up = () => knex.raw('DROP TABLE t')\nexports.up = (k) => k.raw('CREATE TABLE t (id int)'); /* "
            "down */",
            "expand", "no");
        row("nothing", "", "unknown", "no");
    }
    void kinds()
    {
        QFETCH(QByteArray, script);
        QFETCH(QString, kinds);
        QFETCH(QString, reversible);
        const MigrationVerdict verdict = classify(script.constData());
        QCOMPARE(kindsOf(verdict), kinds);
        QCOMPARE(reversibleWord(verdict.reversible), reversible);
        if (verdict.kinds.contains(MigrationKind::Unknown) || verdict.kinds.contains(MigrationKind::Contract))
            QVERIFY(!decidingReason(verdict).isEmpty());
    }

    void nodePgMigrate()
    {
        QCOMPARE(classify("exports.up = (pgm) => { pgm.addColumn('t', {}); };", "node-pg-migrate").reversible,
                 Reversible::Unknown);
        QCOMPARE(classify("exports.up = (pgm) => { pgm.sql('CREATE TABLE t (id int)'); };\nexports.down = false;",
                          "node-pg-migrate")
                     .reversible,
                 Reversible::No);
        CreatedObjects created;
        const auto sql = [&created](const char *text) {
            return classifyNamedFile(QStringLiteral("node-pg-migrate"), "migrations/1_a.sql", text, created);
        };
        QCOMPARE(kindsOf(sql("-- Up Migration\nCREATE TABLE t (id int);\n-- Down Migration\nDROP TABLE t;\n")),
                 QStringLiteral("expand"));
        QCOMPARE(sql("-- Up Migration\nCREATE TABLE a (id int);\n-- Down Migration\nDROP TABLE a;\n").reversible,
                 Reversible::Yes);
        QCOMPARE(sql("-- up migration\nCREATE TABLE b (id int);\n--  Down   Migration\n-- nothing\n").reversible,
                 Reversible::No);
        QCOMPARE(sql("DROP TABLE c;\n").operations[0].line, 1);
        QCOMPARE(sql("-- Down Migration\nx;\n-- Up Migration\nDROP TABLE c;\n").operations[0].line, 4);
    }

    void linesAndRisks()
    {
        const MigrationVerdict verdict = classify("exports.up = (k) =>\n  k.raw(`\n    CREATE INDEX i ON t (a)`);\n");
        QCOMPARE(verdict.operations.size(), size_t(1));
        QCOMPARE(verdict.operations[0].line, 3);
        QVERIFY(!verdict.risks.empty());
        QCOMPARE(verdict.risks[0].rule, QStringLiteral("require-concurrent-index-creation"));
        QCOMPARE(verdict.risks[0].line, 3);
    }

    void sharedSet()
    {
        CreatedObjects created;
        classifyScript("exports.up = (k) => k.raw('CREATE TABLE t (id int)');", QStringLiteral("knex"), created);
        const MigrationVerdict second = classifyScript("exports.up = (k) => k.raw('ALTER TABLE t DROP COLUMN id');",
                                                       QStringLiteral("knex"), created);
        QCOMPARE(kindsOf(second), QStringLiteral("expand"));
        QVERIFY(second.risks.empty());
    }

    void hostile()
    {
        for (const QByteArray &script :
             {QByteArray("`${`${`${"), QByteArray("exports.up = (k) => k.raw(`"), QByteArray("exports.up = (((((((("),
              QByteArray(200'000, '('), QByteArray(200'000, '`'), QByteArray("up(").repeated(60'000),
              QByteArray("\xff\xfe\x00up", 5), QByteArray("exports.up = /[/]/;"), QByteArray("/*"), QByteArray("'\\"),
              QByteArray("exports.up")}) {
            CreatedObjects created;
            const MigrationVerdict verdict = classifyScript(script, QStringLiteral("knex"), created);
            QVERIFY(verdict.kinds.contains(MigrationKind::Unknown));
        }
    }
};

QTEST_GUILESS_MAIN(TestScriptOperations)
#include "tst_scriptoperations.moc"
