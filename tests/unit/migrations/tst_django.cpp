// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationworld.h"

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources::migrations;

class TestDjango : public QObject {
    Q_OBJECT

private:
    static QByteArray migration(const QByteArray &dependencies, const QByteArray &operations = {},
                                const QByteArray &more = {})
    {
        return "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n" + more
            + "    dependencies = [" + dependencies + "]\n    operations = [" + operations + "]\n";
    }

    static MigrationHistory read(const QByteArrayList &names, const Files &files,
                                 const QString &path = QStringLiteral("/srv/site"))
    {
        QList<QByteArrayList> cells;
        for (const QByteArray &name : names)
            cells.append({QByteArray::number(cells.size() + 1), name.split('.')[0], name.split('.')[1],
                          "2026-11-20T15:52:40.046Z"});
        const sources::SqlReply rows = rowsOf("id app name applied", cells);
        const FileRoot root = rootOf(files, path);
        return readDjango(inputOf(&rows, files.isEmpty() ? nullptr : &root));
    }

private slots:
    void states_data()
    {
        QTest::addColumn<QByteArrayList>("rows");
        QTest::addColumn<Files>("files");
        QTest::addColumn<QStringList>("states");
        using L = QByteArrayList;
        const QByteArray first = migration({});
        const QByteArray second = migration("('shop', '0001_a')");
        const QByteArray third = migration("('shop', '0002_b')");
        const Files three{{"shop/migrations/0001_a.py", first},
                          {"shop/migrations/0002_b.py", second},
                          {"shop/migrations/0003_c.py", third}};
        const QByteArray squash = migration({}, {}, "    replaces = [('shop', '0001_a'), ('shop', '0002_b')]\n");
        Files squashed = three;
        squashed.insert("shop/migrations/0001_squashed.py", squash);
        // clang-format off
        QTest::newRow("pending") << L {"shop.0001_a"} << three << listOf("shop.0001_a applied, shop.0002_b pending, shop.0003_c pending");
        QTest::newRow("order by dependencies") << L {} << Files {{"shop/migrations/0001_z.py", migration("('shop', '0002_y')")}, {"shop/migrations/0002_y.py", first}}
            << listOf("shop.0002_y pending, shop.0001_z pending");
        QTest::newRow("missing") << L {"shop.0001_a", "shop.0009_x"} << three
            << listOf("shop.0001_a applied, shop.0009_x missing+applied, shop.0002_b pending, shop.0003_c pending");
        QTest::newRow("external") << L {"auth.0001_initial", "shop.0001_a"} << Files {{"shop/migrations/0001_a.py", first}}
            << listOf("auth.0001_initial applied, shop.0001_a applied");
        QTest::newRow("squash of the applied") << L {"shop.0001_a", "shop.0002_b"} << squashed
            << listOf("shop.0001_a applied, shop.0002_b applied, shop.0001_squashed applied, shop.0003_c pending");
        QTest::newRow("squash not begun") << L {} << squashed << listOf("shop.0001_squashed pending, shop.0003_c pending");
        QTest::newRow("squash half applied") << L {"shop.0001_a"} << squashed
            << listOf("shop.0001_a applied, shop.0001_squashed blocked, shop.0002_b pending, shop.0003_c pending");
        QTest::newRow("originals deleted after the squash") << L {"shop.0001_a", "shop.0002_b", "shop.0001_squashed"}
            << Files {{"shop/migrations/0001_squashed.py", squash}} << listOf("shop.0001_a applied, shop.0002_b applied, shop.0001_squashed applied");
        QTest::newRow("applied before its dependency") << L {"shop.0001_a", "shop.0003_c"} << three
            << listOf("shop.0001_a applied, shop.0003_c applied, shop.0002_b blocked");
        QTest::newRow("written twice") << L {"shop.0001_a", "shop.0001_a"} << Files {{"shop/migrations/0001_a.py", first}} << listOf("shop.0001_a applied");
        QTest::newRow("label is not the folder") << L {"store.0001_a"} << Files {{"shop/migrations/0001_a.py", first},
            {"shop/migrations/0002_b.py", migration("('store', '0001_a')")}} << listOf("store.0001_a applied, store.0002_b pending");
        QTest::newRow("circle") << L {} << Files {{"shop/migrations/0001_a.py", migration("('shop', '0002_b')")}, {"shop/migrations/0002_b.py", second}}
            << listOf("shop.0001_a pending, shop.0002_b pending");
        QTest::newRow("other Python files") << L {} << Files {{"shop/migrations/__init__.py", first}, {"shop/migrations/helper.py", "x = 1\n"}, {"manage.py", first},
            {"shop/migrations/0001_a.py", first}} << listOf("shop.0001_a pending");
        QTest::newRow("no files") << L {"shop.0001_a"} << Files {} << listOf("shop.0001_a applied");
        // clang-format on
    }
    void states()
    {
        QFETCH(QByteArrayList, rows);
        QFETCH(Files, files);
        QFETCH(QStringList, states);
        QCOMPARE(statesOf(read(rows, files)), states);
    }

    void folderOfTheApp_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QString>("path");
        QTest::newRow("project") << QByteArray("src/shop/migrations/0001_a.py") << QStringLiteral("/srv/site");
        QTest::newRow("app") << QByteArray("migrations/0001_a.py") << QStringLiteral("/srv/site/shop");
        QTest::newRow("folder itself") << QByteArray("0001_a.py") << QStringLiteral("/srv/site/shop/migrations");
    }
    void folderOfTheApp()
    {
        QFETCH(QByteArray, file);
        QFETCH(QString, path);
        QCOMPARE(statesOf(read({"shop.0001_a"}, {{file, migration({})}}, path)), listOf("shop.0001_a applied"));
    }

    void twoLeaves()
    {
        const MigrationHistory history = read({},
                                              {{"shop/migrations/0001_a.py", migration({})},
                                               {"shop/migrations/0002_b.py", migration("('shop', '0001_a')")},
                                               {"shop/migrations/0002_c.py", migration("('shop', '0001_a')")}});
        QVERIFY(notesOf(history).contains(QStringLiteral("merge needed: shop.0002_b, shop.0002_c")));
    }

    void wayBack_data()
    {
        QTest::addColumn<QByteArray>("operations");
        QTest::addColumn<Reversible>("reversible");
        // clang-format off
        QTest::newRow("none") << QByteArray() << Reversible::Yes;
        QTest::newRow("own operations") << QByteArray("migrations.AddField('a', 'b', models.CharField(max_length=3)),") << Reversible::Yes;
        QTest::newRow("sql alone") << QByteArray("migrations.RunSQL('DROP TABLE x')") << Reversible::No;
        QTest::newRow("sql with comma") << QByteArray("migrations.RunSQL('DROP TABLE x',)") << Reversible::No;
        QTest::newRow("sql both") << QByteArray("migrations.RunSQL('a', 'b')") << Reversible::Yes;
        QTest::newRow("sql keyword") << QByteArray("migrations.RunSQL(sql='a', reverse_sql=migrations.RunSQL.noop)") << Reversible::Yes;
        QTest::newRow("sql keyword none") << QByteArray("migrations.RunSQL('a', reverse_sql=None)") << Reversible::No;
        QTest::newRow("sql other keyword") << QByteArray("migrations.RunSQL('a', state_operations=[])") << Reversible::No;
        QTest::newRow("sql list") << QByteArray("migrations.RunSQL([('a', [1, 2])])") << Reversible::No;
        QTest::newRow("python both") << QByteArray("migrations.RunPython(f, migrations.RunPython.noop)") << Reversible::Yes;
        QTest::newRow("python alone") << QByteArray("migrations.RunPython(f)") << Reversible::No;
        QTest::newRow("python over lines") << QByteArray("\n        migrations.RunPython(\n            code=f,  # , g\n            reverse_code=g,\n        ),\n    ") << Reversible::Yes;
        QTest::newRow("one of two") << QByteArray("migrations.RunSQL('a', 'b'), migrations.RunPython(f)") << Reversible::No;
        QTest::newRow("somebody else's") << QByteArray("mine.Magic()") << Reversible::Unknown;
        QTest::newRow("spread") << QByteArray("*others") << Reversible::Unknown;
        // clang-format on
    }
    void wayBack()
    {
        QFETCH(QByteArray, operations);
        QFETCH(Reversible, reversible);
        const MigrationHistory history = read({}, {{"shop/migrations/0001_a.py", migration({}, operations)}});
        QCOMPARE(reversibleWord(history.migrations[0].reversible), reversibleWord(reversible));
    }
};

QTEST_GUILESS_MAIN(TestDjango)
#include "tst_django.moc"
