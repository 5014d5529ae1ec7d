// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationlint.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::schema;

class TestMigrationLint : public QObject {
    Q_OBJECT

private:
    static QStringList rulesOf(const QByteArray &sql)
    {
        QStringList rules;
        for (const Risk &risk : lintSql(sql))
            rules << risk.rule;
        rules.removeDuplicates();
        return rules;
    }

private slots:
    void recognised_data()
    {
        QTest::addColumn<QByteArray>("sql");
        QTest::addColumn<QString>("rule");
        const auto row = [](const char *rule, const char *sql) {
            QTest::newRow(qPrintable(QString::fromLatin1(rule) + QLatin1Char(' ') + QString::fromLatin1(sql).left(40)))
                << QByteArray(sql) << QString::fromLatin1(rule);
        };
        row("adding-field-with-default", "ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid()");
        row("adding-field-with-default", "ALTER TABLE t ADD COLUMN c timestamptz DEFAULT clock_timestamp()");
        row("adding-foreign-key-constraint", "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES o (id)");
        row("adding-foreign-key-constraint", "ALTER TABLE t ADD COLUMN a bigint REFERENCES o (id)");
        row("constraint-missing-not-valid", "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)");
        row("adding-not-nullable-field", "ALTER TABLE t ALTER COLUMN a SET NOT NULL");
        row("adding-required-field", "ALTER TABLE t ADD COLUMN a int NOT NULL");
        row("adding-serial-primary-key-field", "ALTER TABLE t ADD COLUMN id bigserial PRIMARY KEY");
        row("stored-generated-column", "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a * 2) STORED");
        row("disallowed-unique-constraint", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)");
        row("disallowed-unique-constraint", "ALTER TABLE t ADD PRIMARY KEY (a)");
        row("adding-exclusion-constraint", "ALTER TABLE t ADD CONSTRAINT e EXCLUDE USING gist (r WITH &&)");
        row("ban-alter-domain-with-add-constraint", "ALTER DOMAIN d ADD CONSTRAINT k CHECK (value > 0)");
        row("ban-create-domain-with-constraint", "CREATE DOMAIN d AS int CHECK (value > 0)");
        row("ban-char-field", "CREATE TABLE t (a char(10))");
        row("json-column", "ALTER TABLE t ADD COLUMN a json");
        row("prefer-timestamptz", "CREATE TABLE t (a timestamp)");
        row("prefer-bigint-over-int", "CREATE TABLE t (id serial PRIMARY KEY)");
        row("ban-drop-column", "ALTER TABLE t DROP COLUMN a");
        row("ban-drop-table", "DROP TABLE t");
        row("drop-cascade", "DROP TABLE t CASCADE");
        row("ban-drop-database", "DROP DATABASE d");
        row("ban-drop-schema", "DROP SCHEMA s");
        row("ban-drop-not-null", "ALTER TABLE t ALTER COLUMN a DROP NOT NULL");
        row("ban-truncate-cascade", "TRUNCATE t CASCADE");
        row("ban-truncate", "TRUNCATE t");
        row("ban-uncommitted-transaction", "BEGIN; SELECT 1");
        row("transaction-nesting", "BEGIN; BEGIN; COMMIT; COMMIT");
        row("transaction-nesting", "ALTER TABLE t ADD COLUMN a int; COMMIT");
        row("changing-column-type", "ALTER TABLE t ALTER COLUMN a TYPE bigint");
        row("identifier-too-long",
            "CREATE INDEX CONCURRENTLY "
            "i23456789012345678901234567890123456789012345678901234567890123456789 ON t (a)");
        row("renaming-column", "ALTER TABLE t RENAME COLUMN a TO b");
        row("renaming-table", "ALTER TABLE t RENAME TO u");
        row("renaming-table", "ALTER TABLE t SET SCHEMA s");
        row("require-concurrent-index-creation", "CREATE INDEX i ON t (a)");
        row("require-concurrent-index-creation", "CREATE UNIQUE INDEX i ON t (a)");
        row("require-concurrent-index-deletion", "DROP INDEX i");
        row("require-concurrent-partition-detach", "ALTER TABLE t DETACH PARTITION p");
        row("require-concurrent-reindex", "REINDEX TABLE t");
        row("require-enum-value-ordering", "ALTER TYPE e ADD VALUE 'x'");
        row("require-lock-timeout", "ALTER TABLE t ADD COLUMN a int");
        row("require-statement-timeout", "ALTER TABLE t ADD COLUMN a int");
        row("ban-concurrent-index-creation-in-transaction",
            "CREATE INDEX CONCURRENTLY i ON t (a); CREATE INDEX CONCURRENTLY j ON t (b)");
        row("unfiltered-dml", "UPDATE t SET a = 1");
        row("unfiltered-dml", "DELETE FROM t");
        row("backfill", "ALTER TABLE t ADD COLUMN a int; UPDATE t SET a = 1 WHERE id < 10");
        row("constraint-drop", "ALTER TABLE t DROP CONSTRAINT k");
        row("table-rewrite", "VACUUM FULL t");
        row("table-rewrite", "ALTER TABLE t SET UNLOGGED");
        row("upgrading-extension-version", "ALTER EXTENSION e UPDATE");
        row("authz-update", "REVOKE SELECT ON t FROM u");
        row("authz-update", "ALTER TABLE t ENABLE ROW LEVEL SECURITY");
        row("unknown", "DO $$ BEGIN NULL; END $$");
        row("unknown", "ALTER TABEL t");
        row("index-if-not-exists", "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)");
        row("lock-table", "LOCK TABLE t");
    }
    void recognised()
    {
        QFETCH(QByteArray, sql);
        QFETCH(QString, rule);
        const QStringList rules = rulesOf(sql);
        QVERIFY2(rules.contains(rule), qPrintable(rules.join(QLatin1Char(' '))));
    }

    void harmless_data()
    {
        QTest::addColumn<QByteArray>("sql");
        // clang-format off
        for (const char *sql : {
                 "CREATE TABLE t (id bigint PRIMARY KEY, a text)",
                 "CREATE TABLE t (id bigint); CREATE INDEX i ON t (id); ALTER TABLE t ADD COLUMN a int NOT NULL; DROP TABLE t",
                 "CREATE INDEX CONCURRENTLY i ON t (a)",
                 "DROP INDEX CONCURRENTLY i",
                 "SET lock_timeout = '2s'; ALTER TABLE t ADD COLUMN a text",
                 "SET lock_timeout = '2s'; ALTER TABLE t ADD COLUMN a timestamptz NOT NULL DEFAULT now()",
                 "SET lock_timeout = '2s'; ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID",
                 "ALTER TABLE t VALIDATE CONSTRAINT k",
                 "SET lock_timeout = '2s'; ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i",
                 "INSERT INTO t VALUES (1)",
                 "COMMENT ON TABLE t IS 'x'",
                 "GRANT SELECT ON t TO u",
                 ""})
            QTest::newRow(sql) << QByteArray(sql);
        // clang-format on
    }
    void harmless()
    {
        QFETCH(QByteArray, sql);
        const QStringList rules = rulesOf(sql);
        QVERIFY2(rules.isEmpty(), qPrintable(rules.join(QLatin1Char(' '))));
    }

    void everyVerdictNamesItsLineAndReason()
    {
        const std::vector<Risk> risks = lintSql("SELECT 1;\n\nCREATE INDEX i\nON orders (a);\n");
        QCOMPARE(risks[0].rule, QStringLiteral("require-concurrent-index-creation"));
        QCOMPARE(risks[0].line, 3);
        QVERIFY(risks[0].why.contains(QStringLiteral("orders")));
        QVERIFY(risks[0].why.contains(QStringLiteral("ShareLock")));
    }

    void hostile()
    {
        QVERIFY(!lintSql(QByteArray("\xff\x00\xfe DROP", 8)).empty());
        QByteArray many;
        for (int i = 0; i < 2000; ++i)
            many += "DROP TABLE t" + QByteArray::number(i) + ";\n";
        QVERIFY(lintSql(many).size() <= 202);
        QVERIFY(lintSql(QByteArray(2 * 1024 * 1024, 'x')).empty());
    }
};

QTEST_GUILESS_MAIN(TestMigrationLint)
#include "tst_migrationlint.moc"
