// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationworld.h"

#include "alembicgraph.h"

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources::migrations;

class TestAlembic : public QObject {
    Q_OBJECT

private:
    static QByteArray revision(const QByteArray &id, const QByteArray &down)
    {
        return "\"\"\"step " + id + "\n\nRevision ID: " + id + "\n\"\"\"\nrevision = '" + id
            + "'\ndown_revision = " + down
            + "\nbranch_labels = None\ndepends_on = None\n\ndef upgrade():\n    op.x()\n\ndef downgrade():\n    "
              "op.y()\n";
    }

    static MigrationHistory read(const QByteArrayList &heads, const Files &files)
    {
        QList<QByteArrayList> cells;
        for (const QByteArray &head : heads)
            cells.append({head});
        const sources::SqlReply rows = rowsOf("version_num", cells);
        const FileRoot root = rootOf(files);
        return readAlembic(inputOf(&rows, &root));
    }

private slots:
    void graphs_data()
    {
        QTest::addColumn<QByteArrayList>("heads");
        QTest::addColumn<Files>("files");
        QTest::addColumn<QStringList>("states");
        QTest::addColumn<QString>("note");
        const Files line{
            {"1.py", revision("a", "None")}, {"2.py", revision("b", "'a'")}, {"3.py", revision("c", "'b'")}};
        // clang-format off
        QTest::newRow("nothing applied") << QByteArrayList {} << line << listOf("a pending, b pending, c pending") << QString();
        QTest::newRow("in the middle") << QByteArrayList {"b"} << line << listOf("a applied, b applied, c pending") << QString();
        QTest::newRow("at the head") << QByteArrayList {"c"} << line << listOf("a applied, b applied, c applied") << QString();
        QTest::newRow("ahead of the files") << QByteArrayList {"z"} << line
            << listOf("a blocked, b blocked, c blocked, z missing+applied") << QString();
        QTest::newRow("merge") << QByteArrayList {"m"} << Files {{"1", {}}, {"a.py", revision("a", "None")}, {"b.py", revision("b", "'a'")},
            {"c.py", revision("c", "'a'")}, {"m.py", revision("m", "('b', 'c')")}}
            << listOf("a applied, b applied, c applied, m applied") << QString();
        QTest::newRow("merge over lines") << QByteArrayList {"m"} << Files {{"b.py", revision("b", "None")},
            {"c.py", revision("c", "None")}, {"m.py", revision("m", "(\n  \"b\",  # left\n  \"c\",\n)")}} << listOf("b applied, c applied, m applied") << QString();
        QTest::newRow("two heads on disk") << QByteArrayList {"b"} << Files {{"a.py", revision("a", "None")}, {"b.py", revision("b", "'a'")},
            {"c.py", revision("c", "'a'")}} << listOf("a applied, b applied, c pending") << QStringLiteral("merge needed: the files have 2 heads: b, c");
        QTest::newRow("two heads in the database") << QByteArrayList {"b", "c"} << Files {{"a.py", revision("a", "None")}, {"b.py", revision("b", "'a'")},
            {"c.py", revision("c", "'a'")}} << listOf("a applied, b applied, c applied") << QStringLiteral("on 2 branches: b, c");
        QTest::newRow("circle") << QByteArrayList {"a"} << Files {{"a.py", revision("a", "'b'")}, {"b.py", revision("b", "'a'")}}
            << listOf("a applied, b applied") << QString();
        QTest::newRow("itself") << QByteArrayList {"a"} << Files {{"a.py", revision("a", "'a'")}} << listOf("a applied") << QString();
        QTest::newRow("hole in the chain") << QByteArrayList {"c"} << Files {{"a.py", revision("a", "None")}, {"c.py", revision("c", "'b'")}}
            << listOf("a pending, c applied") << QStringLiteral("no file carries: b");
        QTest::newRow("short parent") << QByteArrayList {"abcdef02"} << Files {{"1.py", revision("abcdef01", "None")}, {"2.py", revision("abcdef02", "'abcdef01'")},
            {"3.py", revision("ff", "'abcdef02'")}} << listOf("abcdef01 applied, abcdef02 applied, ff pending") << QString();
        QTest::newRow("one id twice") << QByteArrayList {"a"} << Files {{"1.py", revision("a", "None")}, {"2.py", revision("a", "None")}}
            << listOf("a applied") << QStringLiteral("two files carry revision a");
        // clang-format on
    }
    void graphs()
    {
        QFETCH(QByteArrayList, heads);
        QFETCH(Files, files);
        QFETCH(QStringList, states);
        QFETCH(QString, note);
        const MigrationHistory history = read(heads, files);
        QCOMPARE(statesOf(history), states);
        QVERIFY2(notesOf(history).contains(note), qPrintable(notesOf(history)));
        QVERIFY(notesOf(history).contains(QStringLiteral("no failure record in this tool")));
        QVERIFY(!history.recordsFailures);
    }

    void dependsOnCountsAsApplied()
    {
        QByteArray other = revision("x", "None");
        QByteArray mine = revision("b", "'a'");
        mine.replace("depends_on = None", "depends_on = ('x',)");
        const MigrationHistory history
            = read({"b"}, {{"a.py", revision("a", "None")}, {"b.py", mine}, {"x.py", other}});
        QCOMPARE(migrationOf(history, QStringLiteral("x"))->state, MigrationState::Applied);
        QCOMPARE(migrationOf(history, QStringLiteral("x"))->provenance, Provenance::Inferred);
    }

    void declarations_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("id");
        QTest::addColumn<QByteArrayList>("down");
        // clang-format off
        QTest::newRow("plain") << QByteArray("revision = \"a\"\ndown_revision = None\n") << QByteArray("a") << QByteArrayList();
        QTest::newRow("annotated") << QByteArray("revision: str = 'a'\ndown_revision: Union[str, Sequence[str], None] = 'b'\n") << QByteArray("a") << QByteArrayList {"b"};
        QTest::newRow("quoted annotation") << QByteArray("revision: 'str' = 'a'\ndown_revision: 'Union[str]' = 'b'\n") << QByteArray("a") << QByteArrayList {"b"};
        QTest::newRow("windows") << QByteArray("revision = 'a'\r\ndown_revision = 'b'\r\n") << QByteArray("a") << QByteArrayList {"b"};
        QTest::newRow("byte order mark") << QByteArray("\xEF\xBB\xBFrevision = 'a'\ndown_revision = None\n") << QByteArray("a") << QByteArrayList();
        QTest::newRow("list") << QByteArray("revision = 'a'\ndown_revision = ['b', 'c']\n") << QByteArray("a") << QByteArrayList {"b", "c"};
        QTest::newRow("in a text only") << QByteArray("'''\nrevision = 'a'\ndown_revision = None\n'''\n") << QByteArray() << QByteArrayList();
        QTest::newRow("in a comment") << QByteArray("# revision = 'a'\ndown_revision = None\n") << QByteArray() << QByteArrayList();
        QTest::newRow("in a function") << QByteArray("def f():\n    revision = 'a'\n    down_revision = None\n") << QByteArray() << QByteArrayList();
        QTest::newRow("compared") << QByteArray("revision == 'a'\ndown_revision = None\n") << QByteArray() << QByteArrayList();
        QTest::newRow("no parent line") << QByteArray("revision = 'a'\n") << QByteArray() << QByteArrayList();
        QTest::newRow("commented value") << QByteArray("revision = 'a'  # was 'b'\ndown_revision = None\n") << QByteArray("a") << QByteArrayList();
        QTest::newRow("open quote") << QByteArray("revision = 'a\ndown_revision = None\n") << QByteArray("a") << QByteArrayList();
        // clang-format on
    }
    void declarations()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, id);
        QFETCH(QByteArrayList, down);
        const auto read = alembicRevisionOf({"x.py", text.size(), text, true, true});
        QCOMPARE(read ? read->id : QByteArray(), id);
        QCOMPARE(read ? QByteArrayList(read->down) : QByteArrayList(), down);
    }

    void wayBack_data()
    {
        QTest::addColumn<QByteArray>("functions");
        QTest::addColumn<Reversible>("reversible");
        // clang-format off
        QTest::newRow("does something") << QByteArray("def upgrade():\n    op.a()\n\ndef downgrade():\n    op.b()\n") << Reversible::Yes;
        QTest::newRow("none") << QByteArray("def upgrade():\n    op.a()\n") << Reversible::No;
        QTest::newRow("raises") << QByteArray("def downgrade():\n    \"\"\"no\"\"\"\n    raise NotImplementedError\n") << Reversible::No;
        QTest::newRow("raises, one line") << QByteArray("def downgrade(): raise X()\n") << Reversible::No;
        QTest::newRow("pass") << QByteArray("def upgrade():\n    op.a()\n\ndef downgrade():\n    pass\n") << Reversible::Unknown;
        QTest::newRow("both pass") << QByteArray("def upgrade(): pass\ndef downgrade(): pass\n") << Reversible::Yes;
        QTest::newRow("raises sometimes") << QByteArray("def downgrade():\n    if x:\n        raise Y\n    op.a()\n") << Reversible::Unknown;
        QTest::newRow("many databases") << QByteArray("def downgrade(engine):\n    globals()['downgrade_%s' % engine]()\n") << Reversible::Unknown;
        // clang-format on
    }
    void wayBack()
    {
        QFETCH(QByteArray, functions);
        QFETCH(Reversible, reversible);
        const QByteArray text = "revision = 'a'\ndown_revision = None\n\n" + functions;
        QCOMPARE(alembicRevisionOf({"x.py", text.size(), text, true, true})->reversible, reversible);
        QCOMPARE(alembicRevisionOf({"x.py", text.size() + 1, text, true, false})->reversible, Reversible::Unknown);
    }

    void unreadFilesLeaveTheChainUnknown()
    {
        const sources::SqlReply rows = rowsOf("version_num", {{"b"}});
        FileRoot root = rootOf({{"versions/1.py", revision("a", "None")}, {"versions/2.py", {}}});
        root.files[1].isRead = root.files[1].isWhole = false;
        const MigrationHistory history = readAlembic(inputOf(&rows, &root));
        QCOMPARE(statesOf(history), listOf("b applied"));
        QVERIFY(notesOf(history).contains(QStringLiteral("could not be read")));
    }
};

QTEST_GUILESS_MAIN(TestAlembic)
#include "tst_alembic.moc"
