// SPDX-License-Identifier: GPL-3.0-or-later
#include "parsedtable.h"

using namespace taffrail;
using namespace parsedtable;

class TestYamlConfig : public QObject {
    Q_OBJECT
private slots:
    void reads_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, const QByteArray &text, const QByteArray &expected) {
            QTest::newRow(name) << text << expected;
        };
        // clang-format off
        row("types", "a: x\nb: 5432\nc: 1.10\nd: true\ne: null\nf: {}\ng: []\nh:\ni: ~\nj: FALSE\nk: .inf\nl: -.INF\nm: .NaN\nn: +12\no: 1e3\np: \"5432\"\nq: '5432'",
            "1 a text x\n2 b integer 5432\n3 c number 1.10\n4 d boolean true\n5 e null null\n6 f empty-map\n7 g empty-list\n8 h null null\n9 i null null\n10 j boolean false\n11 k number .inf\n12 l number -.inf\n13 m number .nan\n14 n integer 12\n15 o number 1e3\n16 p text 5432\n17 q text 5432");
        row("words of 1.1 are text", "a: yes\nb: Off\nc: 1:30\nd: 0b11\ne: 1_000\nf: 2026-11-20\ng: y",
            "1 a text yes\n2 b text Off\n3 c text 1:30\n4 d text 0b11\n5 e text 1_000\n6 f text 2026-11-20\n7 g text y");
        row("integers", "a: 0x1F\nb: 0o17\nc: 010\nd: 123456789012345678901234567890\ne: -0\nf: 0xFFFFFFFFFFFFFFFFFF",
            "1 a integer 31\n2 b integer 15\n3 c integer 10\n4 d integer 123456789012345678901234567890\n5 e integer -0\n6 f integer 0xFFFFFFFFFFFFFFFFFF");
        row("decimals keep their text", "a: 0.1000000000000000055\nb: 1.0\nc: 1.",
            "1 a number 0.1000000000000000055\n2 b number 1.0\n3 c number 1.");
        row("nested", "db:\n  hosts:\n    - name: a\n    - name: b\n  a.b: 1",
            "3 db.hosts[0].name text a\n4 db.hosts[1].name text b\n5 db.\"a.b\" integer 1");
        row("flow", "a: {b: [1, {c: d}], 'e f': g}",
            "1 a.b[0] integer 1\n1 a.b[1].c text d\n1 a.e f text g");
        row("block scalars", "a: |\n  one\n  two\nb: >-\n  one\n  two\nc: |+\n  x\n\nd: 1",
            "1 a text one\342\217\216two\342\217\216\n4 b text one two\n7 c text x\342\217\216\342\217\216\n10 d integer 1");
        row("empty items below their key", "a:\n-\n- x\n- # c\n\n- |\n  -\n  -\n-\nb:\n  c:\n  -\nd: 1\ne:\n-",
            "2 a[0] null null\n3 a[1] text x\n4 a[2] null null\n7 a[3] text -\342\217\216-\342\217\216\n9 a[4] null null\n12 b.c[0] null null\n13 d integer 1\n15 e[0] null null");
        row("an empty item and an error behind it", "a:\n-\n- x\nb: [1",
            "2 a[0] null null\n3 a[1] text x\n4 b[0] integer 1\n! line 4: expected valid YAML, found flow sequence without a closing bracket");
        row("quotes", "a: \"x\\ty\\u00e4\\x41\"\nb: 'it''s \\n'\nc: \"one\n  two\"",
            "1 a text x\ty\303\244A\n2 b text it's \\n\n3 c text one two");
        row("anchors and aliases", "a: &x 1\nb: *x\nc: &m {d: 2}\ne: *m\nf: [*x, *m]",
            "1 a integer 1\n2 b integer 1\n3 c.d integer 2\n3 e.d integer 2\n5 f[0] integer 1\n3 f[1].d integer 2");
        row("an anchor set again", "a: &x 1\nb: *x\nc: &x 2\nd: *x",
            "1 a integer 1\n2 b integer 1\n3 c integer 2\n4 d integer 2");
        row("merge key", "base: &b\n  x: 1\n  y: 2\nuse:\n  y: 3\n  <<: *b\n  z: 4",
            "2 base.x integer 1\n3 base.y integer 2\n5 use.y integer 3\n7 use.z integer 4\n2 use.x integer 1");
        row("merge of a list: the earlier wins", "a: &a {x: 1}\nb: &b {x: 2, y: 3}\nc:\n  <<: [*a, *b]",
            "1 a.x integer 1\n2 b.x integer 2\n2 b.y integer 3\n1 c.x integer 1\n2 c.y integer 3");
        row("merge of a merge", "a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}",
            "1 a.x integer 1\n1 a.y integer 1\n2 b.y integer 2\n1 b.x integer 1\n2 c.y integer 2\n1 c.x integer 1");
        row("a quoted << is a key", "a: {'<<': 1}",
            "1 a.<< integer 1");
        row("merge of no map", "a: {<<: 1, b: 2}",
            "1 a.b integer 2\n! line 1: expected a map or a list of maps behind <<, found something else");
        row("several documents", "a: 1\n---\na: 2\n...\n---\n- x",
            "1 [0].a integer 1\n3 [1].a integer 2\n6 [2][0] text x");
        row("one document with marks", "%YAML 1.2\n---\na: 1\n...\n",
            "3 a integer 1");
        row("empty documents do not count", "---\n# none\n---\na: 1\n---\n",
            "4 a integer 1");
        row("anchors end with their document", "a: &x 1\n---\nb: *x",
            "1 [0].a integer 1\n! line 3: expected an alias of an anchor above it, found one that is not there");
        row("tags", "a: !!str 1\nb: !!int \"2\"\nc: !!float 3\nd: ! 4\ne: !vault x\nf: !Ref x\ng: !Join [a]\nh: !<tag:yaml.org,2002:bool> \"true\"",
            "1 a text 1\n2 b integer 2\n3 c number 3\n4 d text 4\n5 e text !vault x\n6 f text !Ref x\n7 g text !Join\n7 g[0] text a\n8 h boolean true");
        row("complex keys", "? [a, b]\n: 1\n? {c: d}\n: 2\n1: x\ntrue: y\n~: z",
            "1 \"[a, b]\" integer 1\n3 {c: d} integer 2\n5 1 text x\n6 true text y\n7 ~ text z");
        row("case and unicode forms stay", "\303\251: 1\ne\314\201: 2\nE: 3\ne: 4",
            "1 \303\251 integer 1\n2 e\314\201 integer 2\n3 E integer 3\n4 e integer 4");
        row("keys that differ in type only", "1: a\n\"1\": b\n'true': c\ntrue: d",
            "1 1 text a\n2 1 (text) text b\n3 true text c\n4 true (boolean) text d");
        row("roots", "just text",
            "1 \"\" text just text");
        row("root list", "- 1\n- [2]\n- []",
            "1 [0] integer 1\n2 [1][0] integer 2\n3 [2] empty-list");
        row("empty", "",
            "");
        row("comments alone", "# x\n",
            "");
        row("mark and CRLF", "\357\273\277a: 1\r\nb:\r\n  - 2\r\n",
            "1 a integer 1\n3 b[0] integer 2");
        row("comments", "a: 1 # x\nb: x#y\nc: '# z'",
            "1 a integer 1\n2 b text x#y\n3 c text # z");
        row("key twice", "a: 1\nb: 2\na: 3\nc: 4",
            "1 a integer 1\n2 b integer 2\n! line 3: expected each key once, found \"a\" again (first in line 1)");
        row("quoted and plain are the same key", "a: 1\n\"a\": 2",
            "1 a integer 1\n! line 2: expected each key once, found \"a\" again (first in line 1)");
        row("merge key twice", "a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a",
            "1 a.x integer 1\n1 b.x integer 1\n! line 4: expected each key once, found \"<<\" again (first in line 3)");
        row("alias to nothing", "a: 1\nb: *x\nc: 2",
            "1 a integer 1\n! line 2: expected an alias of an anchor above it, found one that is not there");
        row("alias into itself", "a: &x [1, *x]",
            "1 a[0] integer 1\n! line 1: expected an alias outside its own anchor, found one within it");
        row("open quote", "a: 1\nb: \"hunter2",
            "1 a integer 1\n! line 2: expected valid YAML, found double-quoted scalar without closing quote");
        row("tab", "a:\n\tb: 1",
            "! line 2: expected valid YAML, found tab character may not be used as indentation");
        row("open list", "a: 1\nb: [1, 2",
            "1 a integer 1\n2 b[0] integer 1\n2 b[1] integer 2\n! line 2: expected valid YAML, found flow sequence without a closing bracket");
        row("bad indentation", "a:\n  b: 1\n c: 2",
            "2 a.b integer 1\n! line 3: expected valid YAML, found invalid indentation in mapping");
        row("not UTF-8", "a: 1\nb: \377\nc: 2",
            "1 a integer 1\n! line 2: expected printable UTF-8 text, found bytes that are not UTF-8");
        row("NUL", QByteArray("a: 1\nb: x\000\nc: 2", 15),
            "1 a integer 1\n! line 2: expected printable UTF-8 text, found a NUL byte");
        row("control character", "a: 1\nb: \033[0m",
            "1 a integer 1\n! line 2: expected printable UTF-8 text, found a control character");
        row("UTF-16", QByteArray("\377\376a\000", 4),
            "! line 1: expected printable UTF-8 text, found UTF-16 text");
        row("token", "db:\n  password: TFMASK_none_\n  port: TFMASK_short_",
            "2 db.password text TFMASK_none_\n3 db.port text TFMASK_short_");
        // clang-format on
    }

    void reads()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        QCOMPARE(shown(sources::parseYaml(text, entryWith())).toUtf8(), expected);
    }

    void saysWhatYaml11Takes_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("words");
        QTest::newRow("yes") << QByteArray("yes") << QStringLiteral("true");
        QTest::newRow("OFF") << QByteArray("OFF") << QStringLiteral("false");
        QTest::newRow("octal") << QByteArray("0755") << QStringLiteral("octal, 493");
        QTest::newRow("base 60") << QByteArray("12:30:45") << QStringLiteral("base 60");
        QTest::newRow("apart") << QByteArray("1_000") << QStringLiteral("a number");
        QTest::newRow("binary") << QByteArray("0b101") << QStringLiteral("binary");
        QTest::newRow("new octal") << QByteArray("0o17") << QStringLiteral("text");
        QTest::newRow("date") << QByteArray("2026-11-20") << QStringLiteral("a time");
        QTest::newRow("time") << QByteArray("2026-11-20T10:00:00Z") << QStringLiteral("a time");
        QTest::newRow("quoted") << QByteArray("'yes'") << QString();
        QTest::newRow("zero") << QByteArray("0") << QString();
        QTest::newRow("007") << QByteArray("007") << QString();
        QTest::newRow("address") << QByteArray("10.0.0.1") << QString();
        QTest::newRow("word") << QByteArray("nothing") << QString();
    }

    void saysWhatYaml11Takes()
    {
        QFETCH(QByteArray, value);
        QFETCH(QString, words);
        const QString note = noteOf(sources::parseYaml("a: " + value, entryWith()), QStringLiteral("a"));
        QVERIFY2(words.isEmpty() ? note.isEmpty() : note.contains(words), qPrintable(note));
    }

    void boundsAliases()
    {
        QByteArray bomb("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int level = 1; level < 10; ++level) {
            const QByteArray above = "*a" + QByteArray::number(level - 1);
            bomb += "a" + QByteArray::number(level) + ": &a" + QByteArray::number(level) + " ["
                + QByteArray(above + ", ").repeated(9) + above + "]\n";
        }
        const sources::ParsedConfig parsed = sources::parseYaml(bomb, entryWith());
        QVERIFY(parsed.error && parsed.error->text.contains(QLatin1String("at most 100000 values")));
        QVERIFY2(parsed.error->text.startsWith(QLatin1String("line ")), qPrintable(parsed.error->text));
        QVERIFY(parsed.entries.size() > 10 && parsed.entries.size() < 200'000);
    }

    void boundsMerges()
    {
        QByteArray bomb("a0: &a0 {x: 1}\n");
        for (int level = 1; level < 1000; ++level) {
            const QByteArray name = QByteArray::number(level), before = QByteArray::number(level - 1);
            bomb += "a" + name + ": &a" + name + " {<<: *a" + before + ", k" + name + ": 1}\n";
        }
        const sources::ParsedConfig parsed = sources::parseYaml(bomb, entryWith());
        QVERIFY(parsed.error.has_value());
    }

    void boundsDepth()
    {
        QVERIFY(!sources::parseYaml(QByteArray(60, '[') + QByteArray(60, ']'), entryWith()).error);
        QVERIFY(sources::parseYaml(QByteArray(70, '[') + QByteArray(70, ']'), entryWith()).error.has_value());
        QByteArray chain("a0: &a0 [x]\n");
        for (int level = 1; level < 300; ++level)
            chain += "a" + QByteArray::number(level) + ": &a" + QByteArray::number(level) + " [*a"
                + QByteArray::number(level - 1) + "]\n";
        QVERIFY(sources::parseYaml(chain, entryWith()).error.has_value());
    }

    void quotesNothingOfABadFile()
    {
        const QByteArray texts[]
            = {"a: 'hunter2",   "a: hunter2: hunter2", "hunter2\nhunter2: x", "a: \"hunter2\" hunter2",
               "a: !hunter2\"", "a: [hunter2",         "a: *hunter2",         "- hunter2\nb: 1"};
        for (const QByteArray &text : texts) {
            const sources::ParsedConfig parsed = sources::parseYaml(text, entryWith());
            QVERIFY2(parsed.error, text.constData());
            QVERIFY2(!parsed.error->text.contains(QLatin1String("hunter2")), qPrintable(parsed.error->text));
        }
    }
};

QTEST_GUILESS_MAIN(TestYamlConfig)
#include "tst_yamlconfig.moc"
