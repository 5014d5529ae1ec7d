// SPDX-License-Identifier: GPL-3.0-or-later
#include "sqlverdict.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::schema;

namespace {

/// "expand contract irreversible": kinds in the order of the enumeration.
QString kindsOf(const std::set<MigrationKind> &kinds)
{
    QStringList words;
    for (const MigrationKind kind : kinds)
        words << migrationKindWord(kind);
    return words.join(QLatin1Char(' '));
}

SqlVerdict verdictOf(const QByteArray &sql)
{
    CreatedObjects created;
    return classifySql(sql, created);
}

} // namespace

class TestSqlVerdict : public QObject {
    Q_OBJECT

private slots:
    void kindAndLock_data();
    void kindAndLock();
    void whatTheSetMadeConcernsNobody_data();
    void whatTheSetMadeConcernsNobody();
    void createdObjectsCarryOver();
    void statementsKeepLineAndText();
    void oneBadStatementHidesNoOther();
    void foreignSyntaxIsBlanked();
    void hostileTextIsShownSafely();
    void silentStatements();
    void tooMuchIsUnknown();
    void garbageNeverCrashes();
};

void TestSqlVerdict::kindAndLock_data()
{
    QTest::addColumn<QByteArray>("sql");
    QTest::addColumn<QString>("kinds");
    QTest::addColumn<QString>("lock");
    QTest::addColumn<bool>("rewrites");
    const QString ae = QStringLiteral("AccessExclusiveLock"), sre = QStringLiteral("ShareRowExclusiveLock"),
                  s = QStringLiteral("ShareLock"), sue = QStringLiteral("ShareUpdateExclusiveLock"),
                  re = QStringLiteral("RowExclusiveLock");
    const auto row = [](const char *sql, const char *kinds, const QString &lock = {}, bool rewrites = false) {
        QTest::newRow(sql) << QByteArray(sql) << QString::fromLatin1(kinds) << lock << rewrites;
    };
    row("CREATE TABLE t (id int PRIMARY KEY)", "expand");
    row("EXPLAIN (ANALYZE, BUFFERS) DELETE FROM t WHERE a = 1", "data", re);
    row("EXPLAIN ANALYZE SELECT 1", "expand");
    row("CREATE TYPE mood AS ENUM ('ok')", "expand");
    row("CREATE EXTENSION pg_trgm", "expand");
    row("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'", "expand");
    row("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'", "unknown");
    row("CREATE OR REPLACE VIEW v AS SELECT 1", "unknown");
    row("CREATE VIEW v AS SELECT 1", "expand");
    row("CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()", "unknown", sre);
    row("ALTER TABLE t ADD COLUMN c text", "expand", ae);
    row("ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 0", "expand", ae);
    row("ALTER TABLE t ADD COLUMN c int NOT NULL", "expand contract", ae);
    row("ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid()", "expand", ae, true);
    row("ALTER TABLE t ADD COLUMN c bigserial", "expand", ae, true);
    row("ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (a + 1) STORED", "expand", ae, true);
    row("ALTER TABLE t ADD COLUMN c int REFERENCES u (id)", "expand", ae);
    row("ALTER TABLE t ADD COLUMN c int UNIQUE DEFAULT 1", "expand contract", ae);
    row("ALTER TABLE t ADD COLUMN c int CHECK (c > 0)", "expand unknown", ae);
    row("ALTER TABLE t DROP COLUMN c", "contract irreversible", ae);
    row("ALTER TABLE t RENAME COLUMN a TO b", "contract", ae);
    row("ALTER TABLE t RENAME TO u", "contract", ae);
    row("ALTER SCHEMA a RENAME TO b", "contract", ae);
    row("ALTER TYPE e RENAME TO f", "contract", ae);
    row("ALTER INDEX i RENAME TO j", "expand", sue);
    row("ALTER TABLE t RENAME CONSTRAINT a TO b", "expand", ae);
    row("ALTER TABLE t ALTER COLUMN c TYPE bigint", "contract", ae, true);
    row("ALTER TABLE t ALTER COLUMN c SET NOT NULL", "contract", ae);
    row("ALTER TABLE t ALTER COLUMN c DROP NOT NULL", "contract", ae);
    row("ALTER TABLE t ALTER COLUMN c DROP DEFAULT", "contract", ae);
    row("ALTER TABLE t ALTER COLUMN c SET DEFAULT 4", "unknown", ae);
    row("ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)", "contract", ae);
    row("ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID", "contract", ae);
    row("ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES u (id)", "contract", sre);
    row("ALTER TABLE t VALIDATE CONSTRAINT k", "expand", sue);
    row("ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)", "contract", ae);
    row("ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i", "expand", ae);
    row("ALTER TABLE t DROP CONSTRAINT k", "expand", ae);
    row("CREATE INDEX i ON t (a)", "expand", s);
    row("CREATE INDEX CONCURRENTLY i ON t (a)", "expand", sue);
    row("CREATE UNIQUE INDEX i ON t (a)", "expand contract", s);
    row("DROP INDEX i", "expand", ae);
    row("DROP INDEX CONCURRENTLY i", "expand", sue);
    row("VACUUM FULL t", "expand", ae, true);
    row("CLUSTER t", "expand", ae, true);
    row("DROP TABLE t", "contract irreversible", ae);
    row("DROP VIEW v", "contract", ae);
    row("DROP VIEW v CASCADE", "contract irreversible", ae);
    row("DROP FUNCTION f(int)", "contract", ae);
    row("DROP TYPE e", "contract", ae);
    row("DROP SCHEMA s", "contract irreversible", ae);
    row("TRUNCATE t", "irreversible", ae);
    row("DELETE FROM t", "irreversible", re);
    row("DELETE FROM t WHERE a = 1", "data", re);
    row("UPDATE t SET a = 1", "irreversible", re);
    row("UPDATE t SET a = 1 WHERE a IS NULL", "data", re);
    row("INSERT INTO t VALUES (1)", "expand", re);
    row("WITH gone AS (DELETE FROM t RETURNING a) INSERT INTO u SELECT a FROM gone", "expand irreversible", re);
    row("ALTER TYPE e ADD VALUE 'x'", "expand irreversible");
    row("ALTER TYPE e RENAME VALUE 'a' TO 'b'", "contract");
    row("ALTER DOMAIN d ADD CHECK (VALUE > 0)", "contract");
    row("ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)", "unknown", sue);
    row("ALTER TABLE t DETACH PARTITION p", "contract", ae);
    row("ALTER TABLE t SET SCHEMA s", "contract", ae);
    row("ALTER TABLE t SET UNLOGGED", "data", ae, true);
    row("ALTER TABLE t ENABLE ROW LEVEL SECURITY", "contract", ae);
    row("CREATE POLICY p ON t USING (true)", "contract", ae);
    row("REVOKE ALL ON t FROM u", "contract");
    row("GRANT SELECT ON t TO u", "expand");
    row("COMMENT ON TABLE t IS 'x'", "expand");
    row("ALTER TABLE t SET (fillfactor = 70)", "expand", sue);
    row("ALTER TABLE t DISABLE TRIGGER tr", "contract", sre);
    row("DO $$ BEGIN END $$", "unknown");
    row("CALL p()", "unknown");
    row("SELECT 1", "expand");
    row("SELECT setval('s', 1)", "unknown");
    row("ALTER TABLE t ADD COLUMN a text, DROP COLUMN b", "expand contract irreversible", ae);
}

void TestSqlVerdict::kindAndLock()
{
    QFETCH(QByteArray, sql);
    QFETCH(QString, lock);
    QFETCH(bool, rewrites);
    const SqlVerdict verdict = verdictOf(sql);
    QCOMPARE(verdict.statements.size(), size_t(1));
    QTEST(kindsOf(verdict.kinds), "kinds");
    QCOMPARE(verdict.statements[0].lock, lock);
    QCOMPARE(verdict.statements[0].rewrites, rewrites);
    const bool isHarmless = verdict.kinds == std::set{MigrationKind::Expand};
    if (!isHarmless)
        QVERIFY2(!verdict.statements[0].why.isEmpty(), "a verdict without a reason");
}

void TestSqlVerdict::whatTheSetMadeConcernsNobody_data()
{
    QTest::addColumn<QByteArray>("sql");
    QTest::addColumn<QString>("kinds");
    const auto row = [](const char *sql, const char *kinds) {
        QTest::newRow(sql) << QByteArray(sql) << QString::fromLatin1(kinds);
    };
    row("CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int NOT NULL; DROP TABLE t", "expand");
    row("CREATE TABLE s.t (a int); UPDATE s.t SET a = 1; TRUNCATE s.t", "expand");
    row("CREATE TABLE s.t (a int); UPDATE t SET a = 1", "expand irreversible"); // another t, for all one knows
    row("CREATE TABLE IF NOT EXISTS t (a int); DROP TABLE t", "expand contract irreversible"); // it may have been there
    row("CREATE TABLE a (x int); ALTER TABLE a RENAME TO b; DROP TABLE b", "expand");
    row("ALTER TABLE t ADD COLUMN c int; ALTER TABLE t DROP COLUMN c", "expand");
    // an INSERT that does not know the column must still succeed
    row("ALTER TABLE t ADD COLUMN c int; UPDATE t SET c = 1; ALTER TABLE t ALTER COLUMN c SET NOT NULL",
        "expand contract");
    row("ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 0; ALTER TABLE t ALTER COLUMN c DROP DEFAULT",
        "expand contract");
    row("ALTER TABLE t ADD COLUMN c int DEFAULT 0; ALTER TABLE t ALTER COLUMN c SET NOT NULL", "expand");
    row("ALTER TABLE t ADD COLUMN c int; ALTER TABLE t ALTER COLUMN c SET DEFAULT 0; ALTER TABLE t ALTER COLUMN c SET "
        "NOT NULL",
        "expand");
    row("ALTER TABLE t ADD COLUMN c int; ALTER TABLE t RENAME COLUMN c TO d; ALTER TABLE t ALTER COLUMN d SET NOT NULL",
        "expand contract");
    row("ALTER TABLE t ADD COLUMN c int; UPDATE t SET c = 1", "expand");
    // what an older release writes is NULL there
    row("ALTER TABLE t ADD COLUMN c int; ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES u (id)", "expand");
    row("ALTER TABLE t ADD COLUMN c int; ALTER TABLE t ADD UNIQUE (c)", "expand");
    row("ALTER TABLE t ADD COLUMN c int; ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (c)", "expand contract");
    row("ALTER TABLE t ADD COLUMN c int DEFAULT 1; ALTER TABLE t ADD UNIQUE (c)", "expand contract");
    row("ALTER TABLE t ADD COLUMN c int; CREATE UNIQUE INDEX i ON t (a, c)", "expand");
    row("ALTER TABLE t ADD COLUMN c int; CREATE UNIQUE INDEX i ON t (a)", "expand contract");
    row("ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT NULL", "expand contract");
    row("ALTER TABLE t ADD COLUMN c int; UPDATE t SET c = 1, a = 2", "expand irreversible");
    row("ALTER TABLE t ADD COLUMN c int; DELETE FROM t", "expand irreversible");
    row("ALTER TABLE t ADD COLUMN IF NOT EXISTS c int; ALTER TABLE t DROP COLUMN c", "expand contract irreversible");
    row("ALTER TABLE t ADD COLUMN c int; ALTER TABLE t RENAME COLUMN c TO d; ALTER TABLE t DROP COLUMN d", "expand");
    row("CREATE VIEW v AS SELECT 1; CREATE OR REPLACE VIEW v AS SELECT 2", "expand");
    row("CREATE TABLE t (a int); DROP TABLE t CASCADE", "expand contract irreversible"); // CASCADE reaches further
    row("DROP TABLE t; CREATE TABLE t (a int)", "expand contract irreversible");
    row("CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a); DROP INDEX i", "expand");
}

void TestSqlVerdict::whatTheSetMadeConcernsNobody()
{
    QFETCH(QByteArray, sql);
    QTEST(kindsOf(verdictOf(sql).kinds), "kinds");
}

void TestSqlVerdict::createdObjectsCarryOver()
{
    CreatedObjects created;
    classifySql("CREATE TABLE public.notes (id int)", created);
    QCOMPARE(kindsOf(classifySql("ALTER TABLE public.notes DROP COLUMN id", created).kinds), QStringLiteral("expand"));
    QCOMPARE(kindsOf(classifySql("ALTER TABLE public.items DROP COLUMN id", created).kinds),
             QStringLiteral("contract irreversible"));
}

void TestSqlVerdict::statementsKeepLineAndText()
{
    const SqlVerdict verdict
        = verdictOf("-- first\n\nBEGIN;\nCREATE TABLE a (x int);\n/* c */\nDROP TABLE\n   b;\nCOMMIT;\n");
    QCOMPARE(verdict.statements.size(), size_t(2));
    QCOMPARE(verdict.statements[0].line, 4);
    QCOMPARE(verdict.statements[1].line, 6);
    QCOMPARE(verdict.statements[1].text, QStringLiteral("DROP TABLE b"));
}

void TestSqlVerdict::oneBadStatementHidesNoOther()
{
    const SqlVerdict verdict = verdictOf("CREATE TABLE a (x int);\nDROP TALBE c;\nDROP TABLE b;\n");
    QVERIFY(verdict.isOpaque);
    QCOMPARE(verdict.statements.size(), size_t(3));
    QCOMPARE(kindsOf(verdict.statements[1].kinds), QStringLiteral("unknown"));
    QVERIFY2(verdict.statements[1].why.contains(QLatin1String("DROP")), qPrintable(verdict.statements[1].why));
    QCOMPARE(verdict.statements[1].line, 2);
    QCOMPARE(kindsOf(verdict.statements[2].kinds), QStringLiteral("contract irreversible"));
    QCOMPARE(verdict.statements[2].line, 3);
}

void TestSqlVerdict::foreignSyntaxIsBlanked()
{
    const SqlVerdict psql = verdictOf(
        "\\restrict abc\nCREATE TABLE a (x int);\nCOPY a FROM stdin;\n1; DROP TABLE x\n\\.\nDROP TABLE b;\n");
    QVERIFY(!psql.isOpaque);
    QCOMPARE(psql.statements.size(), size_t(3));
    QCOMPARE(psql.statements[2].text, QStringLiteral("DROP TABLE b"));
    QCOMPARE(psql.statements[2].line, 6);
    const SqlVerdict flyway = verdictOf("ALTER TABLE ${schema}.t DROP COLUMN a;");
    QVERIFY(!flyway.isOpaque);
    QCOMPARE(kindsOf(flyway.kinds), QStringLiteral("contract irreversible"));
    QCOMPARE(flyway.statements[0].text, QStringLiteral("ALTER TABLE ${schema}.t DROP COLUMN a"));
}

void TestSqlVerdict::hostileTextIsShownSafely()
{
    const SqlVerdict verdict = verdictOf("DROP TABLE \"a\x1b[31m\xe2\x80\xae\";");
    QCOMPARE(verdict.statements.size(), size_t(1));
    for (const QString &text : {verdict.statements[0].text, verdict.statements[0].why}) {
        QVERIFY(!text.contains(QChar(0x1b)));
        QVERIFY(!text.contains(QChar(0x202e)));
    }
}

void TestSqlVerdict::silentStatements()
{
    const SqlVerdict verdict = verdictOf("BEGIN; SET lock_timeout = '5s'; COMMIT;");
    QVERIFY(verdict.statements.empty());
    QVERIFY(verdict.setsLockTimeout);
    QCOMPARE(kindsOf(verdict.kinds), QStringLiteral("expand"));
    QCOMPARE(kindsOf(verdictOf("-- nothing\n").kinds), QStringLiteral("expand"));
    QVERIFY(verdictOf("SET CONSTRAINTS k IMMEDIATE").statements.empty());
    QVERIFY(verdictOf("EXPLAIN DELETE FROM t").statements.empty());
    QCOMPARE(kindsOf(verdictOf("EXPLAIN DELETE FROM t").kinds), QStringLiteral("expand"));
}

void TestSqlVerdict::tooMuchIsUnknown()
{
    const SqlVerdict verdict = verdictOf(QByteArray(1024 * 1024 + 1, ' '));
    QVERIFY(verdict.isOpaque);
    QCOMPARE(kindsOf(verdict.kinds), QStringLiteral("unknown"));
}

void TestSqlVerdict::garbageNeverCrashes()
{
    const QList<QByteArray> samples{QByteArray(),
                                    QByteArray("\0\0;", 3),
                                    "'",
                                    "$$",
                                    "${",
                                    "/*",
                                    ";;;",
                                    "\\",
                                    QByteArray(100'000, '('),
                                    "SELECT '\xff\xfe';",
                                    "COPY a FROM stdin;\n",
                                    "ALTER TABLE",
                                    QByteArray("x").repeated(100'000)};
    for (const QByteArray &sample : samples) {
        const SqlVerdict verdict = verdictOf(sample);
        QVERIFY(!verdict.kinds.empty());
    }
}

QTEST_GUILESS_MAIN(TestSqlVerdict)
#include "tst_sqlverdict.moc"
