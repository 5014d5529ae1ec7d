// SPDX-License-Identifier: GPL-3.0-or-later
#include "djangooperations.h"

#include "verdictwords.h"

using namespace taffrail;
using namespace taffrail::schema;
using namespace taffrail::tests;

namespace {

QByteArray migration(const QByteArray &operations, const QByteArray &head = {})
{
    return "from django.db import migrations, models\n\n" + head
        + "\nclass Migration(migrations.Migration):\n    dependencies = [('shop', '0001_initial')]\n    operations = "
          "[\n        "
        + operations + "\n    ]\n";
}

MigrationVerdict verdictOf(const QByteArray &operations, const QByteArray &head = {})
{
    CreatedObjects created;
    return classifyDjango(migration(operations, head), "shop", created);
}

} // namespace

class TestDjangoOperations : public QObject {
    Q_OBJECT

private slots:
    void kindAndLock_data();
    void kindAndLock();
    void pythonCode_data();
    void pythonCode();
    void wayBack_data();
    void wayBack();
    void whatIsNoListIsUnknown();
    void createdObjectsCarryOver();
    void hostileText();
};

void TestDjangoOperations::kindAndLock_data()
{
    QTest::addColumn<QByteArray>("operations");
    QTest::addColumn<QString>("kinds");
    QTest::addColumn<QString>("lock");
    const auto row = [](const char *operations, const char *kinds, const char *lock = "") {
        QTest::newRow(operations) << QByteArray(operations) << QString::fromLatin1(kinds) << QString::fromLatin1(lock);
    };
    row("", "expand");
    row("migrations.CreateModel(name='Item', fields=[('id', models.AutoField(primary_key=True))])", "expand");
    row("migrations.DeleteModel(name='Item')", "contract irreversible", "AE");
    row("migrations.RenameModel(old_name='A', new_name='B')", "contract", "AE");
    row("migrations.AlterModelTable(name='a', table='b')", "contract", "AE");
    row("migrations.AlterModelOptions(name='a', options={'ordering': ['x']})", "expand");
    row("migrations.AddField('item', 'note', models.TextField(null=True))", "expand", "AE");
    row("migrations.AddField(model_name='item', name='note', field=models.TextField(null=True, default='x'))", "expand",
        "AE");
    row("migrations.AddField('item', 'note', models.TextField(default=''))", "expand contract",
        "AE"); // Django drops the default
    row("migrations.AddField('item', 'note', models.TextField(db_default=''))", "expand", "AE");
    row("migrations.AddField('item', 'n', models.IntegerField(null=maybe))", "expand unknown contract", "AE");
    row("migrations.AddField('item', 'n', models.IntegerField(null=True, db_index=True))", "expand", "AE");
    row("migrations.AddField('item', 'owner', models.ForeignKey(null=True, on_delete=models.CASCADE, to='auth.User'))",
        "expand", "AE");
    row("migrations.AddField('item', 'owner', models.ForeignKey(on_delete=models.CASCADE, to='auth.User', default=1))",
        "expand contract", "AE");
    row("migrations.AddField('item', 'tags', models.ManyToManyField(to='shop.Tag'))", "expand");
    row("migrations.AddField('item', 'phone', phones.PhoneField(null=True))", "expand unknown", "AE");
    row("migrations.AddField('item', 'note', field)", "expand unknown", "AE");
    row("migrations.AddField('item', 'a', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), "
        "null=True))",
        "expand", "AE");
    row("migrations.RemoveField(model_name='item', name='note')", "contract irreversible", "AE");
    row("migrations.AlterField('item', 'note', models.TextField(null=True))", "unknown");
    row("migrations.RenameField('item', 'a', 'b')", "contract", "AE");
    row("migrations.AlterUniqueTogether(name='item', unique_together={('a', 'b')})", "contract", "AE");
    row("migrations.AlterUniqueTogether(name='item', unique_together=set())", "expand", "AE");
    row("migrations.AddIndex(model_name='item', index=models.Index(fields=['a'], name='i'))", "expand", "S");
    row("AddIndexConcurrently(model_name='item', index=models.Index(fields=['a'], name='i'))", "expand", "SUE");
    row("migrations.RemoveIndex(model_name='item', name='i')", "expand", "AE");
    row("migrations.AddConstraint(model_name='item', constraint=models.CheckConstraint(check=models.Q(a__gt=0), "
        "name='k'))",
        "contract", "AE");
    row("migrations.AddConstraint(model_name='item', constraint=models.UniqueConstraint(fields=['a'], name='k'))",
        "contract", "AE");
    row("migrations.AddConstraint(model_name='item', constraint=make())", "unknown contract", "AE");
    row("migrations.RemoveConstraint(model_name='item', name='k')", "expand", "AE");
    row("migrations.RunSQL('DROP TABLE t', 'SELECT 1')", "contract irreversible", "AE");
    row("migrations.RunSQL(sql='CREATE INDEX CONCURRENTLY i ON t (a)', reverse_sql='')", "expand", "SUE");
    row("migrations.RunSQL([('UPDATE t SET a = %s WHERE b', [1]), 'SELECT 1'])", "expand data", "RE");
    row("migrations.RunSQL(migrations.RunSQL.noop)", "expand");
    row("migrations.RunSQL(open('x.sql').read())", "unknown");
    row("migrations.RunSQL('DROP TABLE %s' % name)", "unknown contract irreversible", "AE");
    row("migrations.RunPython(migrations.RunPython.noop)", "expand");
    row("migrations.RunPython(imported)", "unknown");
    row("migrations.RunPython(lambda apps, editor: None)", "unknown");
    row("migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel('Item')])", "expand");
    row("migrations.SeparateDatabaseAndState(database_operations=[migrations.RunSQL('DROP VIEW v')], "
        "state_operations=[])",
        "contract", "AE");
    row("*more()", "unknown");
    row("helper('x')", "unknown");
    row("Custom.AddField('item', 'note')", "unknown");
    row("TrigramExtension()", "expand");
    row("# migrations.DeleteModel('Item')", "expand");
    row("migrations.CreateModel('Item', []), migrations.RemoveField('item', 'a')", "expand");
    row("migrations.CreateModel('Item', [], {'managed': False}), migrations.RunSQL('DROP TABLE shop_item')",
        "expand contract irreversible", "AE");
    row("migrations.CreateModel('Item', [], {'db_table': 'things'}), migrations.RunSQL('ALTER TABLE things DROP COLUMN "
        "a')",
        "expand");
    row("migrations.AddField('item', 'n', models.IntegerField(null=True)), migrations.AlterField('item', 'n', "
        "models.IntegerField())",
        "expand contract", "AE");
    row("migrations.AddField('item', 'n', models.IntegerField(null=True)), migrations.AlterField('item', 'n', "
        "models.TextField(null=True))",
        "expand", "AE");
}

void TestDjangoOperations::kindAndLock()
{
    QFETCH(QByteArray, operations);
    QFETCH(QString, kinds);
    QFETCH(QString, lock);
    const MigrationVerdict verdict = verdictOf(operations);
    QCOMPARE(kindsOf(verdict.kinds), kinds);
    QCOMPARE(strongestLock(verdict), lock);
}

void TestDjangoOperations::pythonCode_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("kinds");
    const auto row = [](const char *body, const char *kinds) {
        QTest::newRow(body) << QByteArray(body) << QString::fromLatin1(kinds);
    };
    row("pass", "expand");
    row("apps.get_model('shop', 'Item').objects.filter(a=1).update(b=2)", "data");
    row("for item in Item.objects.all(): item.save()", "data");
    row("Item.objects.all().delete()", "data irreversible");
    row("Item.objects.update(a=1)", "data irreversible");
    row("Item.objects.filter(a=1).delete()", "data");
    row("schema_editor.execute('DROP TABLE t')", "data contract irreversible");
    row("schema_editor.execute(sql)", "data unknown");
    row("schema_editor.remove_field(a, b)", "data unknown");
    row("call_command('loaddata')", "data unknown");
    row("cursor.execute('UPDATE t SET a = %s WHERE b', [1])", "data");
}

void TestDjangoOperations::pythonCode()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, kinds);
    const MigrationVerdict verdict
        = verdictOf("migrations.RunPython(forwards)", "def forwards(apps, schema_editor):\n    " + body + "\n");
    QCOMPARE(kindsOf(verdict.kinds), kinds);
}

void TestDjangoOperations::wayBack_data()
{
    QTest::addColumn<QByteArray>("operations");
    QTest::addColumn<Reversible>("reversible");
    const auto row = [](const char *operations, Reversible reversible) {
        QTest::newRow(operations) << QByteArray(operations) << reversible;
    };
    row("migrations.AddField('item', 'note', models.TextField(null=True))", Reversible::Yes);
    row("migrations.RunSQL('SELECT 1')", Reversible::No);
    row("migrations.RunSQL('SELECT 1', None)", Reversible::No);
    row("migrations.RunSQL('SELECT 1', migrations.RunSQL.noop)", Reversible::Yes);
    row("migrations.RunSQL('SELECT 1', reverse_sql='')", Reversible::Yes);
    row("migrations.RunPython(f)", Reversible::No);
    row("migrations.RunPython(f, hints={})", Reversible::No);
    row("migrations.RunPython(f, g)", Reversible::Yes);
    row("migrations.RunPython(code=f, reverse_code=migrations.RunPython.noop)", Reversible::Yes);
    row("Custom()", Reversible::Unknown);
    row("Custom(), migrations.RunPython(f)", Reversible::No);
    row("migrations.SeparateDatabaseAndState([migrations.RunSQL('SELECT 1')])", Reversible::No);
}

void TestDjangoOperations::wayBack()
{
    QFETCH(QByteArray, operations);
    QFETCH(Reversible, reversible);
    const MigrationVerdict verdict = verdictOf(operations);
    QCOMPARE(reversibleWord(verdict.reversible), reversibleWord(reversible));
    QCOMPARE(verdict.wayBack.isEmpty(), reversible == Reversible::Yes);
}

void TestDjangoOperations::whatIsNoListIsUnknown()
{
    CreatedObjects created;
    const auto kinds = [&created](const QByteArray &body) {
        return kindsOf(classifyDjango("class Migration(migrations.Migration):\n" + body, "shop", created).kinds);
    };
    QCOMPARE(kinds("    dependencies = []\n"), QStringLiteral("unknown"));
    QCOMPARE(kinds("    operations = made()\n"), QStringLiteral("unknown"));
    QCOMPARE(kinds("    operations = [] + made()\n"), QStringLiteral("unknown"));
    QCOMPARE(kinds("    operations = []\n    operations += made()\n"), QStringLiteral("unknown"));
    QCOMPARE(kinds("    operations = []\n    def apply(self, a, b):\n        drop()\n"), QStringLiteral("unknown"));
    QCOMPARE(kinds("    if a:\n        operations = [x()]\n    else:\n        operations = []\n"),
             QStringLiteral("unknown"));
    QCOMPARE(kinds("    operations = []\nMigration.operations.append(x)\n"), QStringLiteral("unknown"));
    QCOMPARE(kinds("    operations: list = []\n"), QStringLiteral("expand"));
    QCOMPARE(kinds("    operations = []\n"), QStringLiteral("expand"));
}

void TestDjangoOperations::createdObjectsCarryOver()
{
    CreatedObjects created;
    classifyDjango(migration("migrations.CreateModel('Item', [])"), "shop", created);
    const QByteArray removal = migration("migrations.RemoveField('item', 'a')");
    CreatedObjects ofAnotherApp = created;
    QCOMPARE(kindsOf(classifyDjango(removal, "shop", created).kinds), QStringLiteral("expand"));
    QCOMPARE(kindsOf(classifyDjango(removal, "crm", ofAnotherApp).kinds), QStringLiteral("contract irreversible"));
}

void TestDjangoOperations::hostileText()
{
    const QByteArray sample
        = migration("migrations.RunPython(f), migrations.SeparateDatabaseAndState([migrations.RunSQL([('a', [1])])]), "
                    "migrations.AddField('a', 'b', models.TextField(null=True))",
                    "def f(apps, e):\n    e.execute('DROP TABLE x' % 1)\n");
    QList<QByteArray> texts = hostileTexts(sample);
    texts << "class M:\n    operations = " + QByteArray("[migrations.SeparateDatabaseAndState(").repeated(3000);
    for (const QByteArray &text : texts) {
        CreatedObjects created;
        const MigrationVerdict verdict = classifyDjango(text, "shop", created);
        QVERIFY(!verdict.kinds.empty());
        QVERIFY(isShownSafely(verdict));
        if (!text.contains("operations"))
            QCOMPARE(kindsOf(verdict.kinds), QStringLiteral("unknown"));
    }
}

QTEST_GUILESS_MAIN(TestDjangoOperations)
#include "tst_djangooperations.moc"
