// SPDX-License-Identifier: GPL-3.0-or-later
#include "alembicoperations.h"

#include "verdictwords.h"

using namespace taffrail;
using namespace taffrail::schema;
using namespace taffrail::tests;

namespace {

QByteArray revision(const QByteArray &up, const QByteArray &down = "    op.f('x')\n")
{
    return "\"\"\"a revision\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\nrevision = '1'\ndown_revision = "
           "None\n\n"
           "def upgrade():\n"
        + up + "\n\ndef downgrade():\n" + down;
}

MigrationVerdict verdictOf(const QByteArray &up)
{
    CreatedObjects created;
    return classifyAlembic(revision(up), created);
}

} // namespace

class TestAlembicOperations : public QObject {
    Q_OBJECT

private slots:
    void kindAndLock_data();
    void kindAndLock();
    void wayBack_data();
    void wayBack();
    void linesAndReasons();
    void createdObjectsCarryOver();
    void constantsAndFunctionsOfTheFile();
    void hostileText();
};

void TestAlembicOperations::kindAndLock_data()
{
    QTest::addColumn<QByteArray>("up");
    QTest::addColumn<QString>("kinds");
    QTest::addColumn<QString>("lock");
    const auto row = [](const char *up, const char *kinds, const char *lock = "") {
        QTest::newRow(up) << "    " + QByteArray(up) << QString::fromLatin1(kinds) << QString::fromLatin1(lock);
    };
    row("pass", "expand");
    row("op.create_table('t', sa.Column('id', sa.Integer(), nullable=False))", "expand");
    row("op.drop_table('t')", "contract irreversible", "AE");
    row("op.drop_table('t', schema='shop')", "contract irreversible", "AE");
    row("op.rename_table('t', 'u')", "contract", "AE");
    row("op.add_column('t', sa.Column('c', sa.Text()))", "expand", "AE");
    row("op.add_column('t', sa.Column('c', sa.Text(), nullable=True))", "expand", "AE");
    row("op.add_column('t', sa.Column('c', sa.Text(), nullable=False))", "expand contract", "AE");
    row("op.add_column('t', sa.Column('c', sa.Text(), nullable=False, server_default='x'))", "expand", "AE");
    row("op.add_column('t', sa.Column('c', sa.Boolean(), nullable=False, server_default=sa.false()))", "expand", "AE");
    row("op.add_column('t', sa.Column('c', sa.Text(), nullable=False, server_default=sa.text('NULL')))",
        "expand contract", "AE");
    row("op.add_column('t', sa.Column('c', sa.Text(), nullable=False, default='x'))", "expand contract", "AE");
    row("op.add_column('t', sa.Column('c', sa.Text(), nullable=REQUIRED))", "expand unknown contract", "AE");
    row("op.add_column('t', sa.Column('c', sa.Text(), **options))", "expand unknown", "AE");
    row("op.add_column('t', column)", "unknown");
    row("op.add_column(name, sa.Column('c', sa.Text()))", "expand unknown", "AE");
    row("op.add_column('t', sa.Column('c', sa.Integer(), sa.ForeignKey('u.id')))", "expand", "AE");
    row("op.drop_column('t', 'c')", "contract irreversible", "AE");
    row("op.drop_column(*names)", "unknown contract irreversible", "AE");
    row("op.alter_column('t', 'c', nullable=False, existing_type=sa.Text())", "contract", "AE");
    row("op.alter_column('t', 'c', nullable=True)", "contract", "AE");
    row("op.alter_column('t', 'c', type_=sa.BigInteger())", "contract", "AE");
    row("op.alter_column('t', 'c', new_column_name='d')", "contract", "AE");
    row("op.alter_column('t', 'c', server_default='x')", "unknown", "AE");
    row("op.alter_column('t', 'c', server_default=None)", "contract", "AE");
    row("op.alter_column('t', 'c', comment='x')", "expand");
    row("op.alter_column('t', 'c', existing_type=sa.Text())", "unknown");
    row("op.create_index('i', 't', ['c'])", "expand", "S");
    row("op.create_index(op.f('ix_t_c'), 't', ['c'], unique=False)", "expand", "S");
    row("op.create_index('i', 't', ['c'], unique=True)", "expand contract", "S");
    row("op.create_index('i', 't', ['c'], postgresql_concurrently=True)", "expand", "SUE");
    row("op.drop_index('i', table_name='t')", "expand", "AE");
    row("op.create_foreign_key(None, 't', 'u', ['c'], ['id'])", "contract", "SRE");
    row("op.create_unique_constraint('u', 't', ['c'])", "contract", "AE");
    row("op.create_check_constraint('k', 't', 'c > 0')", "contract", "AE");
    row("op.drop_constraint('k', 't', type_='check')", "expand", "AE");
    row("op.add_column('t', sa.Column('c', sa.Integer())); op.create_foreign_key(None, 't', 'u', ['c'], ['id'])",
        "expand", "AE");
    row("op.add_column('t', sa.Column('c', sa.Integer())); op.create_unique_constraint('k', 't', ['c'])", "expand",
        "AE");
    row("op.bulk_insert(t, [{'a': 1}])", "expand", "RE");
    row("op.execute('ALTER TABLE t ADD COLUMN c text')", "expand", "AE");
    row("op.execute('DROP TABLE ' 't')", "contract irreversible", "AE");
    row("op.execute(sa.text('UPDATE t SET a = 1 WHERE b'))", "data", "RE");
    row("op.execute(\"\"\"\n      UPDATE t SET a = 1\n    \"\"\")", "irreversible", "RE");
    row("op.execute(f'DROP TABLE {name}')", "unknown contract irreversible", "AE");
    row("op.execute('DROP TABLE %s' % name)", "unknown contract irreversible", "AE");
    row("op.execute(statement)", "unknown");
    row("op.execute(t.update().where(t.c.a == 1).values(b=2))", "data", "RE");
    row("op.execute(sa.delete(t))", "irreversible", "RE");
    row("op.get_bind().execute('SELECT 1')", "expand");
    row("conn = op.get_bind(); conn.execute(sa.text('DELETE FROM t WHERE a'))", "data", "RE");
    row("other.execute('DELETE FROM t')", "unknown");
    row("op.magic('t')", "unknown");
    row("helper('t')", "unknown");
    row("# op.drop_table('t')", "expand");
    row("x = \"op.drop_table('t')\"", "expand");
    row("for t in ('a', 'b'):\n        op.drop_column(t, 'c')", "unknown contract irreversible", "AE");
    row("if op.get_bind().dialect.name == 'postgresql':\n        op.drop_column('t', 'c')", "contract irreversible",
        "AE");
    row("if ready():\n        op.add_column('t', sa.Column('c', sa.Text()))", "expand unknown", "AE");
    row("try:\n        op.add_column('t', sa.Column('c', sa.Text()))\n    except Exception:\n        pass",
        "expand unknown", "AE");
    row("with op.batch_alter_table('t', schema=None) as batch_op:\n        batch_op.add_column(sa.Column('c', "
        "sa.Text()))\n        batch_op.drop_column('d')",
        "expand contract irreversible", "AE");
    row("with op.batch_alter_table('t') as batch:\n        batch.alter_column('c', new_column_name='d')", "contract",
        "AE");
    row("with op.get_context().autocommit_block():\n        op.create_index('i', 't', ['c'], "
        "postgresql_concurrently=True)",
        "expand", "SUE");
    row("with open('x') as f:\n        op.execute(f.read())", "unknown");
    row("[op.drop_table(t) for t in tables]", "unknown");
    row("raise NotImplementedError()", "unknown");
    row("mood = sa.Enum('a', name='mood'); mood.create(op.get_bind(), checkfirst=True)", "expand");
    row("sa.Enum(name='mood').drop(op.get_bind(), checkfirst=False)", "contract", "AE");
    row("op.create_table('t', sa.Column('id', sa.Integer())); op.drop_column('t', 'id')", "expand");
    row("op.add_column('t', sa.Column('c', sa.Text())); op.execute('UPDATE t SET c = 1'); op.alter_column('t', 'c', "
        "nullable=False)",
        "expand contract", "AE");
    row("if x:\n        op.create_table('t', sa.Column('id', sa.Integer()))\n    op.drop_table('t')",
        "expand contract irreversible", "AE");
    row("print(op.drop_table('t'))", "unknown");
    row("x = sa.text(op.drop_table('t'))", "unknown");
    row("sql = 'DROP VIEW v'\n    if x:\n        sql = 'SELECT 1'\n    op.execute(sql)", "unknown");
    row("print('x'); logger.info('y')", "expand");
}

void TestAlembicOperations::kindAndLock()
{
    QFETCH(QByteArray, up);
    QFETCH(QString, kinds);
    QFETCH(QString, lock);
    const MigrationVerdict verdict = verdictOf(up);
    QCOMPARE(kindsOf(verdict.kinds), kinds);
    QCOMPARE(strongestLock(verdict), lock);
}

void TestAlembicOperations::wayBack_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<Reversible>("reversible");
    const QByteArray adds = "    op.add_column('t', sa.Column('c', sa.Text()))";
    QTest::newRow("downgrade") << revision(adds, "    op.drop_column('t', 'c')\n") << Reversible::Yes;
    QTest::newRow("pass") << revision(adds, "    pass\n") << Reversible::No;
    QTest::newRow("raise") << revision(adds, "    raise NotImplementedError()\n") << Reversible::No;
    QTest::newRow("docstring, raise") << revision(adds, "    '''no'''\n    raise X\n") << Reversible::No;
    QTest::newRow("raise perhaps") << revision(adds, "    if x:\n        raise X\n") << Reversible::Unknown;
    QTest::newRow("nothing both ways") << revision("    pass", "    pass\n") << Reversible::Yes;
    QTest::newRow("none") << QByteArray("def upgrade():\n    op.drop_table('t')\n") << Reversible::No;
    QTest::newRow("no upgrade") << QByteArray("x = 1\n") << Reversible::Unknown;
}

void TestAlembicOperations::wayBack()
{
    QFETCH(QByteArray, file);
    QFETCH(Reversible, reversible);
    CreatedObjects created;
    const MigrationVerdict verdict = classifyAlembic(file, created);
    QCOMPARE(reversibleWord(verdict.reversible), reversibleWord(reversible));
    QCOMPARE(verdict.wayBack.isEmpty(), reversible == Reversible::Yes);
}

void TestAlembicOperations::linesAndReasons()
{
    const MigrationVerdict verdict
        = verdictOf("    op.add_column('t', sa.Column('c', sa.Text()))\n    op.execute('''\n\n      DROP TABLE u''')");
    QCOMPARE(verdict.operations.size(), size_t(2));
    QCOMPARE(verdict.operations[0].line, 9);
    QCOMPARE(verdict.operations[0].text, QStringLiteral("op.add_column('t', sa.Column('c', sa.Text()))"));
    QCOMPARE(verdict.operations[1].line, 12);
    QVERIFY(decidingReason(verdict).startsWith(QLatin1String("line 12: table u is gone")));
    QVERIFY(decidingReason(verdict).endsWith(QLatin1String("takes AccessExclusiveLock")));
    QCOMPARE(decidingReason(verdictOf("    pass")), QString());
}

void TestAlembicOperations::createdObjectsCarryOver()
{
    CreatedObjects created;
    classifyAlembic(revision("    op.create_table('t', sa.Column('id', sa.Integer()))"), created);
    QCOMPARE(kindsOf(classifyAlembic(revision("    op.drop_column('t', 'id')"), created).kinds),
             QStringLiteral("expand"));
    QCOMPARE(kindsOf(verdictOf("    op.drop_column('t', 'id')").kinds), QStringLiteral("contract irreversible"));
}

void TestAlembicOperations::constantsAndFunctionsOfTheFile()
{
    CreatedObjects created;
    const auto kinds = [&created](const QByteArray &head, const QByteArray &up) {
        return kindsOf(classifyAlembic(head + revision(up), created).kinds);
    };
    QCOMPARE(kinds("SQL = 'DROP VIEW v'\n", "    op.execute(SQL)"), QStringLiteral("contract"));
    QCOMPARE(kinds("SQL = 'DROP VIEW v'\nSQL = other()\n", "    op.execute(SQL)"), QStringLiteral("unknown"));
    QCOMPARE(kinds("SQL = 'SELECT 1'\nif x:\n    SQL = 'DROP VIEW v'\n", "    op.execute(SQL)"),
             QStringLiteral("unknown"));
    QCOMPARE(kinds("def step():\n    op.drop_table('t')\n", "    step()"), QStringLiteral("contract irreversible"));
    QCOMPARE(kinds("def step(t):\n    op.drop_table(t)\n", "    step('t')"),
             QStringLiteral("unknown contract irreversible"));
    QCOMPARE(kinds("def upgrade_one():\n    op.drop_table('t')\n", "    globals()['upgrade_' + name]()"),
             QStringLiteral("unknown contract irreversible"));
}

void TestAlembicOperations::hostileText()
{
    const QByteArray sample
        = revision("    with op.batch_alter_table('t') as b:\n        b.execute(f\"\"\"DROP {'x'}\"\"\")\n"
                   "    if a == [1, {2: (3)}]:\n        op.alter_column('t', 'c', type_=sa.Text())");
    for (const QByteArray &text : hostileTexts(sample)) {
        CreatedObjects created;
        const MigrationVerdict verdict = classifyAlembic(text, created);
        QVERIFY(!verdict.kinds.empty());
        QVERIFY(isShownSafely(verdict));
        if (!text.contains("def upgrade"))
            QCOMPARE(kindsOf(verdict.kinds), QStringLiteral("unknown"));
    }
}

QTEST_GUILESS_MAIN(TestAlembicOperations)
#include "tst_alembicoperations.moc"
