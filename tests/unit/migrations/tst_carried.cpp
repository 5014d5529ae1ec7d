// SPDX-License-Identifier: GPL-3.0-or-later
#include "carried.h"

#include "migrationworld.h"

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources::migrations;

namespace {

QByteArray revision(const char *id, const char *down, const char *up)
{
    const QByteArray parent = *down ? '\'' + QByteArray(down) + '\'' : QByteArray("None");
    return QByteArray("revision = '") + id + "'\ndown_revision = " + parent + "\ndef upgrade():\n    " + up
        + "\ndef downgrade():\n    op.drop_column('x', 'y')\n";
}

QByteArray django(const char *operations, const char *more = "")
{
    return QByteArray("from django.db import migrations, models\nclass Migration(migrations.Migration):\n") + more
        + "    operations = [" + operations + "]\n";
}

QByteArray rails(const char *body)
{
    return QByteArray("class A < ActiveRecord::Migration[6.1]\n def change\n ") + body + "\n end\nend\n";
}

/// A history with the files of the live release.
MigrationHistory read(const char *tool, const sources::SqlReply &rows, const FileRoot &root)
{
    const Tool *reader = toolNamed(QLatin1String(tool));
    return reader->read(inputOf(&rows, root.files.empty() ? nullptr : &root));
}

QStringList sorted(QStringList words)
{
    words.sort();
    return words;
}

QString kindsOf(const Migration &migration)
{
    QStringList words;
    for (const MigrationKind kind : migration.kinds)
        words << migrationKindWord(kind);
    return words.join(QLatin1Char(' '));
}

/// "version kinds" of each migration.
QStringList classesOf(const MigrationHistory &history)
{
    QStringList words;
    for (const Migration &migration : history.migrations)
        words << (migration.version + QLatin1Char(' ') + kindsOf(migration)).trimmed();
    return words;
}

sources::SqlReply flywayRows(const QList<QByteArrayList> &rows)
{
    return rowsOf(
        "installed_rank version description type script checksum installed_by installed_on execution_time success",
        rows);
}

} // namespace

class TestCarried : public QObject {
    Q_OBJECT

private slots:
    void carried_data();
    void carried();
    void squashesAndExternalApps();
    void baselinesCount();
    void whatCannotBeToldIsAnError();
    void classified_data();
    void classified();
    void appliedAloneAndPendingTogether();
    void aSetOfMigrations();
    void onlyTheNewest();
    void notesAndWaysBack();
    void unreadAndForeignFiles();
};

void TestCarried::carried_data()
{
    QTest::addColumn<QString>("tool");
    QTest::addColumn<QByteArray>("columns");
    QTest::addColumn<QList<QByteArrayList>>("rows");
    QTest::addColumn<Files>("live");
    QTest::addColumn<Files>("target");
    QTest::addColumn<QStringList>("versions");
    using Rows = QList<QByteArrayList>;
    const Files railsLive{{"db/migrate/001_a.rb", {}}, {"db/migrate/2_b.rb", {}}, {"db/migrate/3_c.rb", {}}};
    QTest::newRow("rails") << "rails" << QByteArray("version") << Rows{{"1"}, {"2"}, {"3"}} << railsLive
                           << Files{{"db/migrate/001_a.rb", {}}, {"db/migrate/2_b.rb", {}}} << listOf("1, 2");
    QTest::newRow("rails, target expects more")
        << "rails" << QByteArray("version") << Rows{{"1"}} << railsLive
        << Files{{"db/migrate/1_a.rb", {}}, {"db/migrate/9_x.rb", {}}} << listOf("1, 9");
    const Files alembicLive{{"versions/a.py", revision("a", "", "pass")},
                            {"versions/b.py", revision("b", "a", "pass")}};
    QTest::newRow("alembic") << "alembic" << QByteArray("version_num") << Rows{{"b"}} << alembicLive
                             << Files{{"versions/a.py", revision("a", "", "pass")}} << listOf("a");
    QTest::newRow("alembic, no live files")
        << "alembic" << QByteArray("version_num") << Rows{{"b"}} << Files{} << alembicLive << listOf("a, b");
    const Files djangoLive{{"shop/migrations/0001_a.py", django("")}, {"shop/migrations/0002_b.py", django("")}};
    QTest::newRow("django") << "django" << QByteArray("app name") << Rows{{"shop", "0001_a"}, {"shop", "0002_b"}}
                            << djangoLive << Files{{"shop/migrations/0001_a.py", django("")}} << listOf("shop.0001_a");
    QTest::newRow("flyway") << "flyway" << QByteArray("version description type script success")
                            << Rows{{"1", "a", "SQL", "V1__a.sql", "t"},
                                    {"1.10", "b", "SQL", "V1_10__b.sql", "t"},
                                    {"NULL", "v", "SQL", "R__v.sql", "t"}}
                            << Files{{"V1__a.sql", {}}, {"V1_10__b.sql", {}}, {"R__v.sql", {}}}
                            << Files{{"V1.0__a.sql", {}}, {"R__v.sql", {}}} << listOf("1, R__v.sql");
}

void TestCarried::carried()
{
    QFETCH(QString, tool);
    QFETCH(QByteArray, columns);
    QFETCH(QList<QByteArrayList>, rows);
    QFETCH(Files, live);
    QFETCH(Files, target);
    QFETCH(QStringList, versions);
    const MigrationHistory history = read(tool.toLatin1().constData(), rowsOf(columns, rows), rootOf(live));
    const auto found = carriedMigrations(history, rootOf(target, QStringLiteral("/srv/shop/releases/7")));
    QVERIFY(found.has_value());
    QCOMPARE(sorted(found->versions), sorted(versions));
    QCOMPARE(found->database, QStringLiteral("main"));
    QCOMPARE(found->table, history.table);
    QCOMPARE(found->from, QStringLiteral("web1:/srv/shop/releases/7"));
}

void TestCarried::squashesAndExternalApps()
{
    const sources::SqlReply rows
        = rowsOf("app name", {{"auth", "0001_initial"}, {"shop", "0001_a"}, {"shop", "0002_b"}, {"crm", "0001_c"}});
    const QByteArray squash = django("", "    replaces = [('shop', '0001_a'), ('shop', '0002_b')]\n");
    const FileRoot live = rootOf({{"shop/migrations/0001_s.py", squash}, {"crm/migrations/0001_c.py", django("")}});
    const MigrationHistory history = read("django", rows, live);
    const FileRoot target
        = rootOf({{"shop/migrations/0001_a.py", django("")}, {"shop/migrations/0002_b.py", django("")}});
    const auto carried = carriedMigrations(history, target);
    QVERIFY(carried.has_value());
    // auth is another project's by the live files' word; crm is an app that the target does not know yet
    QStringList beyond;
    for (const Migration &migration : migrationsBeyond(history, carried->versions))
        beyond << migration.version;
    QCOMPARE(beyond, QStringList{QStringLiteral("crm.0001_c")});

    const MigrationHistory before = read("django", rows, target);
    const auto squashed = carriedMigrations(before, live);
    QVERIFY(squashed.has_value());
    QCOMPARE(migrationsBeyond(before, squashed->versions).size(), size_t(0));
    QVERIFY(!squashed->versions.contains(QStringLiteral("shop.0001_s"))); // nothing that is still to be applied
}

void TestCarried::baselinesCount()
{
    const sources::SqlReply rows
        = rowsOf("version description type script success",
                 {{"2", "base", "BASELINE", "base", "t"}, {"3", "c", "SQL", "V3__c.sql", "t"}});
    const Files files{{"V1__a.sql", {}}, {"V2__b.sql", {}}, {"V3__c.sql", {}}};
    const MigrationHistory history = read("flyway", rows, rootOf(files));
    const auto carried = carriedMigrations(history, rootOf(files));
    QVERIFY(carried.has_value());
    SchemaQuestion question{history, nullptr, false, {}, {}};
    question.carried = &*carried;
    QCOMPARE(schemaGate(question).verdict, Verdict::Pass);
}

void TestCarried::whatCannotBeToldIsAnError()
{
    const FileRoot live = rootOf({{"db/migrate/1_a.rb", {}}});
    MigrationHistory history = read("rails", rowsOf("version", {{"1"}}), live);
    QCOMPARE(carriedMigrations(history, rootOf({})).error().kind, ErrorKind::NotFound);
    QCOMPARE(carriedMigrations(history, rootOf({{"V1__a.sql", {}}})).error().kind, ErrorKind::NotFound);
    FileRoot broken = live;
    broken.error = Error{ErrorKind::Denied, {}, {}, {}, {}};
    QCOMPARE(carriedMigrations(history, broken).error().kind, ErrorKind::Denied);
    history.readable = false;
    QCOMPARE(carriedMigrations(history, live).error().kind, ErrorKind::Unsupported);
    history.readable = true;
    history.source = QStringLiteral("unheard-of");
    QCOMPARE(carriedMigrations(history, live).error().kind, ErrorKind::Unsupported);

    FileRoot unread = rootOf({{"versions/a.py", {}}});
    unread.files[0].isRead = unread.files[0].isWhole = false;
    const MigrationHistory alembic = read("alembic", rowsOf("version_num", {{"a"}}), rootOf({}));
    const auto carried = carriedMigrations(alembic, unread);
    QVERIFY(!carried.has_value());
    QVERIFY(carried.error().text.contains(QStringLiteral("could not be read")));
}

void TestCarried::classified_data()
{
    QTest::addColumn<QString>("tool");
    QTest::addColumn<QByteArray>("columns");
    QTest::addColumn<QList<QByteArrayList>>("rows");
    QTest::addColumn<Files>("files");
    QTest::addColumn<QStringList>("classes");
    using Rows = QList<QByteArrayList>;
    QTest::newRow("rails") << "rails" << QByteArray("version") << Rows{{"1"}, {"2"}}
                           << Files{{"db/migrate/001_a.rb", rails("add_column :a, :b, :text")},
                                    {"db/migrate/3_c.rb", rails("drop_table :a")}}
                           << listOf("1 expand, 2, 3 contract irreversible");
    QTest::newRow("alembic") << "alembic" << QByteArray("version_num") << Rows{{"b"}}
                             << Files{{"versions/x.py", revision("a", "", "op.drop_table('t')")},
                                      {"versions/b_y.py", revision("b", "a", "pass")}}
                             << listOf("a contract irreversible, b expand");
    QTest::newRow("alembic, annotated") << "alembic" << QByteArray("version_num") << Rows{{"a"}}
                                        << Files{{"versions/x.py",
                                                  "from typing import Union\n\nrevision: str = \"a\"\ndown_revision: "
                                                  "Union[str, None] = None\n\ndef upgrade() -> None:\n    pass\n"}}
                                        << listOf("a expand");
    QTest::newRow("django") << "django" << QByteArray("app name") << Rows{{"shop", "0001_a"}}
                            << Files{{"shop/migrations/0001_a.py", django("migrations.DeleteModel('A')")},
                                     {"crm/migrations/0001_a.py", django("")}}
                            << listOf("shop.0001_a contract irreversible, crm.0001_a expand");
    QTest::newRow("flyway") << "flyway" << QByteArray("version description type script success")
                            << Rows{{"1", "a", "SQL", "V1__a.sql", "t"}, {"NULL", "v", "SQL", "R__v.sql", "t"}}
                            << Files{{"V1.0__a.sql", "DROP TABLE t"},
                                     {"R__v.sql", "CREATE OR REPLACE VIEW v AS SELECT 1"},
                                     {"V2__b.sql", "SELECT 1"}}
                            << listOf("1 contract irreversible, R__v.sql unknown, 2 expand");
}

void TestCarried::classified()
{
    QFETCH(QString, tool);
    QFETCH(QByteArray, columns);
    QFETCH(QList<QByteArrayList>, rows);
    QFETCH(Files, files);
    const FileRoot root = rootOf(files);
    MigrationHistory history = read(tool.toLatin1().constData(), rowsOf(columns, rows), root);
    classify(history, {&root});
    QTEST(classesOf(history), "classes");
}

void TestCarried::appliedAloneAndPendingTogether()
{
    const FileRoot root = rootOf({{"db/migrate/1_a.rb", rails("create_table :a")},
                                  {"db/migrate/2_b.rb", rails("drop_table :a")},
                                  {"db/migrate/3_c.rb", rails("create_table :c")},
                                  {"db/migrate/4_d.rb", rails("drop_table :c")}});
    MigrationHistory history = read("rails", rowsOf("version", {{"1"}, {"2"}}), root);
    classify(history, {&root});
    QCOMPARE(classesOf(history), listOf("1 expand, 2 contract irreversible, 3 expand, 4 expand"));
}

void TestCarried::aSetOfMigrations()
{
    const std::vector<FileRoot> roots{
        rootOf({{"db/migrate/1_a.rb", rails("create_table :a")}, {"db/migrate/2_b.rb", rails("drop_table :a")}})};
    MigrationHistory history = read("rails", rowsOf("version", {{"1"}, {"2"}}), roots[0]);
    classify(history, roots);
    QCOMPARE(classesOf(history), listOf("1 expand, 2 contract irreversible"));
    classifySet(history, roots, {QStringLiteral("2"), QStringLiteral("1")});
    QCOMPARE(classesOf(history), listOf("1 expand, 2 expand"));
    QCOMPARE(history.migrations[1].note, QString());
    classifySet(history, roots, {QStringLiteral("2")});
    QCOMPARE(classesOf(history), listOf("1 expand, 2 contract irreversible"));
    QCOMPARE(history.migrations[1].note.count(QStringLiteral("table a is gone")), 1);
}

void TestCarried::onlyTheNewest()
{
    Files files;
    QList<QByteArrayList> rows;
    for (int i = 1; i <= 100; ++i) {
        const QByteArray version = QByteArray::number(1000 + i);
        files.insert("db/migrate/" + version + "_a.rb", rails("add_column :a, :b, :text"));
        if (i <= 60)
            rows << QByteArrayList{version};
    }
    const FileRoot root = rootOf(files);
    MigrationHistory history = read("rails", rowsOf("version", rows), root);
    classify(history, {&root});
    QStringList known;
    for (const Migration &migration : history.migrations) {
        if (!migration.kinds.empty())
            known << migration.version;
    }
    QCOMPARE(known.size(), qsizetype(2 * mostClassified));
    QCOMPARE(known.front(), QStringLiteral("1031"));
    QCOMPARE(known.back(), QStringLiteral("1090"));
}

void TestCarried::notesAndWaysBack()
{
    const FileRoot root = rootOf(
        {{"db/migrate/1_a.rb",
          rails("add_index :a, :b, algorithm: :concurrently").replace(" def", " disable_ddl_transaction!\n def")},
         {"db/migrate/2_b.rb", rails("remove_column :a, :b")}});
    MigrationHistory history = read("rails", rowsOf("version", {{"1"}, {"2"}}), root);
    classify(history, {&root});
    QCOMPARE(
        history.migrations[0].note,
        QStringLiteral("runs without a transaction: a failure can leave half of it; takes ShareUpdateExclusiveLock"));
    QCOMPARE(history.migrations[0].reversible, Reversible::Yes);
    QCOMPARE(history.migrations[1].note,
             QStringLiteral("line 3: column b is gone: statements that name it fail; what stood in b is lost; takes "
                            "AccessExclusiveLock"));
    QCOMPARE(history.migrations[1].reversible, Reversible::No);

    const FileRoot sql = rootOf({{"V1__a.sql", "SELECT 1"}, {"V2__b.sql", "SELECT 2"}, {"U2__b.sql", "SELECT 3"}});
    MigrationHistory flyway = read("flyway",
                                   flywayRows({{"1", "1", "a", "SQL", "V1__a.sql", "12", "me", "NULL", "1", "t"},
                                               {"2", "2", "b", "SQL", "V2__b.sql", "NULL", "me", "NULL", "1", "t"}}),
                                   sql);
    classify(flyway, {&sql});
    QCOMPARE(kindsOf(flyway.migrations[0]), QStringLiteral("expand unknown")); // the file is not what ran
    QCOMPARE(kindsOf(flyway.migrations[1]), QStringLiteral("expand"));
    QCOMPARE(flyway.migrations[0].reversible, Reversible::No);
    QCOMPARE(flyway.migrations[1].reversible, Reversible::Yes);
}

void TestCarried::unreadAndForeignFiles()
{
    FileRoot root = rootOf({{"db/migrate/1_a.rb", rails("drop_table :a")}, {"spec/2_b.rb", rails("drop_table :a")}});
    root.files[0].isWhole = false;
    MigrationHistory history = read("rails", rowsOf("version", {{"1"}, {"2"}}), root);
    classify(history, {&root});
    QCOMPARE(classesOf(history), listOf("1, 2"));
    FileRoot broken = rootOf({{"db/migrate/1_a.rb", rails("drop_table :a")}});
    broken.error = Error{};
    classify(history, std::vector<FileRoot>{broken});
    QCOMPARE(classesOf(history), listOf("1, 2"));
}

QTEST_GUILESS_MAIN(TestCarried)
#include "tst_carried.moc"
