// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationworld.h"

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources::migrations;

class TestRails : public QObject {
    Q_OBJECT

private:
    static MigrationHistory read(const QByteArrayList &versions, const Files &files,
                                 const QString &path = QStringLiteral("/srv/shop/db/migrate"))
    {
        QList<QByteArrayList> cells;
        for (const QByteArray &version : versions)
            cells.append({version});
        const sources::SqlReply rows = rowsOf("version", cells);
        const FileRoot root = rootOf(files, path);
        return readRails(inputOf(&rows, &root));
    }

private slots:
    void states_data()
    {
        QTest::addColumn<QByteArrayList>("versions");
        QTest::addColumn<Files>("files");
        QTest::addColumn<QStringList>("states");
        // clang-format off
        QTest::newRow("up to date") << QByteArrayList {"1", "2"} << Files {{"1_a.rb", {}}, {"2_b.rb", {}}} << listOf("1 applied, 2 applied");
        QTest::newRow("pending") << QByteArrayList {"1"} << Files {{"1_a.rb", {}}, {"2_b.rb", {}}} << listOf("1 applied, 2 pending");
        QTest::newRow("pending below the highest") << QByteArrayList {"1", "3"} << Files {{"1_a.rb", {}}, {"2_b.rb", {}}, {"3_c.rb", {}}}
            << listOf("1 applied, 2 out-of-order+pending, 3 applied");
        QTest::newRow("no file") << QByteArrayList {"1", "2"} << Files {{"1_a.rb", {}}} << listOf("1 applied, 2 missing+applied");
        QTest::newRow("numbers, not texts") << QByteArrayList {"9", "10"} << Files {{"009_a.rb", {}}, {"10_b.rb", {}}, {"11_c.rb", {}}}
            << listOf("9 applied, 10 applied, 11 pending");
        QTest::newRow("engine scope") << QByteArrayList {"1"} << Files {{"1_a.blorgh.rb", {}}} << listOf("1 applied");
        QTest::newRow("other files") << QByteArrayList {"1"} << Files {{"1_a.rb", {}}, {"2_B.rb", {}}, {"3_c.sql", {}}, {"x_4.rb", {}}} << listOf("1 applied");
        QTest::newRow("empty table") << QByteArrayList {} << Files {{"1_a.rb", {}}} << listOf("1 pending");
        QTest::newRow("no files") << QByteArrayList {"2", "10"} << Files {} << listOf("2 applied, 10 applied");
        QTest::newRow("strange row") << QByteArrayList {"abc"} << Files {{"1_a.rb", {}}} << listOf("1 out-of-order+pending, abc missing+applied");
        // clang-format on
    }
    void states()
    {
        QFETCH(QByteArrayList, versions);
        QFETCH(Files, files);
        QFETCH(QStringList, states);
        QCOMPARE(statesOf(read(versions, files)), states);
    }

    void applicationRootHoldsOtherFiles()
    {
        const Files files{{"db/migrate/1_a.rb", {}}, {"db/animals_migrate/2_b.rb", {}}, {"spec/fixtures/3_c.rb", {}}};
        QCOMPARE(statesOf(read({"1"}, files, QStringLiteral("/srv/shop/current"))), listOf("1 applied, 2 pending"));
    }

    void twoFilesOfOneVersion()
    {
        QVERIFY(notesOf(read({"1"}, {{"1_a.rb", {}}, {"1_b.rb", {}}}))
                    .contains(QStringLiteral("two files carry version 1")));
    }

    void wayBack_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<Reversible>("reversible");
        // clang-format off
        QTest::newRow("change") << QByteArray("def change\n create_table :a do |t|\n  t.string :x, null: false\n  end\nend\n") << Reversible::Yes;
        QTest::newRow("remove with type") << QByteArray("def change\n remove_column :a, :b, :string\nend\n") << Reversible::Yes;
        QTest::newRow("remove without type") << QByteArray("def change\n remove_column :a, :b\nend\n") << Reversible::No;
        QTest::newRow("execute") << QByteArray("def change\n execute \"UPDATE a\"\nend\n") << Reversible::No;
        QTest::newRow("change_column") << QByteArray("def change\n change_column :a, :b, :text\nend\n") << Reversible::No;
        QTest::newRow("drop_table bare") << QByteArray("def change\n drop_table :a\nend\n") << Reversible::No;
        QTest::newRow("drop_table with columns") << QByteArray("def change\n drop_table :a do |t|\n t.string :x\n end\nend\n") << Reversible::Yes;
        QTest::newRow("default with both") << QByteArray("def change\n change_column_default :a, :b, from: 1, to: 2\nend\n") << Reversible::Yes;
        QTest::newRow("default one way") << QByteArray("def change\n change_column_default :a, :b, 2\nend\n") << Reversible::No;
        QTest::newRow("own helper") << QByteArray("def change\n magic :a\nend\n") << Reversible::Unknown;
        QTest::newRow("up and down") << QByteArray("def up\n execute 'x'\nend\ndef down\n execute 'y'\nend\n") << Reversible::Yes;
        QTest::newRow("up alone") << QByteArray("def up\n execute 'x'\nend\n") << Reversible::No;
        QTest::newRow("raises") << QByteArray("def up\nend\ndef down\n raise ActiveRecord::IrreversibleMigration\nend\n") << Reversible::No;
        QTest::newRow("raise in a comment") << QByteArray("def change\n # IrreversibleMigration\n add_column :a, :b, :text\nend\n") << Reversible::Yes;
        QTest::newRow("execute in a text") << QByteArray("def change\n add_column :a, :b, :text, comment: \"execute\"\nend\n") << Reversible::Yes;
        QTest::newRow("arguments on lines") << QByteArray("def change\n add_index :a, :b,\n name: \"x\",\n unique: true\nend\n") << Reversible::Yes;
        QTest::newRow("neither") << QByteArray("x\n") << Reversible::Unknown;
        // clang-format on
    }
    void wayBack()
    {
        QFETCH(QByteArray, body);
        QFETCH(Reversible, reversible);
        const MigrationHistory history
            = read({}, {{"1_a.rb", "class A < ActiveRecord::Migration[6.1]\n" + body + "end\n"}});
        QCOMPARE(reversibleWord(history.migrations[0].reversible), reversibleWord(reversible));
    }
};

QTEST_GUILESS_MAIN(TestRails)
#include "tst_rails.moc"
