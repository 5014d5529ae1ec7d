// SPDX-License-Identifier: GPL-3.0-or-later
#include "parsedtable.h"

using namespace taffrail;
using namespace parsedtable;

class TestTomlConfig : public QObject {
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
        row("types", "a = \"x\"\nb = 5432\nc = 1.10\nd = true\ne = []\nf = {}\ng = 2026-11-20T10:00:00Z\nh = 2026-11-20\ni = 10:00:00.500\nj = 2026-11-20 10:00:00+02:30\nk = 2026-11-20T10:00:00",
            "1 a text x\n2 b integer 5432\n3 c number 1.10\n4 d boolean true\n5 e empty-list\n6 f empty-map\n7 g time 2026-11-20T10:00:00Z\n8 h time 2026-11-20\n9 i time 10:00:00.5\n10 j time 2026-11-20T10:00:00+02:30\n11 k time 2026-11-20T10:00:00");
        row("integers", "a = 0xFF\nb = 0o17\nc = 0b101\nd = 1_000\ne = +7\nf = -0\ng = 9223372036854775807\nh = -9223372036854775808",
            "1 a integer 255\n2 b integer 15\n3 c integer 5\n4 d integer 1000\n5 e integer 7\n6 f integer 0\n7 g integer 9223372036854775807\n8 h integer -9223372036854775808");
        row("floats", "a = inf\nb = -inf\nc = nan\nd = +1.5\ne = 1_000.25\nf = 6.02e+23\ng = 0.10000000000000000001\nh = [1.0, 2.50]",
            "1 a number inf\n2 b number -inf\n3 c number nan\n4 d number 1.5\n5 e number 1000.25\n6 f number 6.02e+23\n7 g number 0.10000000000000000001\n8 h[0] number 1.0\n8 h[1] number 2.50");
        row("tables", "z = 1\n[db]\nport = 1\nhost = \"a\"\n[db.pool]\nmax = 2\n[\"a.b\".c]\nd = 3\n[e]\n",
            "1 z integer 1\n3 db.port integer 1\n4 db.host text a\n6 db.pool.max integer 2\n8 \"a.b\".c.d integer 3\n9 e empty-map");
        row("dotted and quoted keys", "a.b.c = 1\na.\"x.y\" = 2\n\"\" = 3\n'q w' = 4\n3.14 = 5",
            "1 a.b.c integer 1\n2 a.\"x.y\" integer 2\n3 \"\" integer 3\n4 q w integer 4\n5 3.14 integer 5");
        row("arrays of tables", "[[s]]\nname = \"a\"\n[[s.t]]\nx = 1\n[[s]]\nname = \"b\"",
            "2 s[0].name text a\n4 s[0].t[0].x integer 1\n6 s[1].name text b");
        row("inline tables", "a = {b = 1, c.d = \"x\", e = [1, {f = 2}]}",
            "1 a.b integer 1\n1 a.c.d text x\n1 a.e[0] integer 1\n1 a.e[1].f integer 2");
        row("arrays of several lines", "a = [\n  1,\n  # c\n  2, # d\n]",
            "2 a[0] integer 1\n4 a[1] integer 2");
        row("strings", "a = \"x\\ty\\u00e4\\\"\"\nb = 'C:\\dir'\nc = \"\"\"\none\n  two \\\n  three\"\"\"\nd = '''\na\\n'''\ne = \"# no comment\" # one",
            "1 a text x\ty\303\244\"\n2 b text C:\\dir\n3 c text one\342\217\216  two three\n7 d text a\\n\n9 e text # no comment");
        row("umlauts before a float", "\"\303\244\" = {\"\303\266\" = 1.50}",
            "1 \303\244.\303\266 number 1.50");
        row("case and unicode forms stay", "a = 1\nA = 2\n\"\303\251\" = 3\n\"e\314\201\" = 4",
            "1 a integer 1\n2 A integer 2\n3 \303\251 integer 3\n4 e\314\201 integer 4");
        row("mark and CRLF", "\357\273\277a = 1\r\n[b]\r\nc = 2\r\n",
            "1 a integer 1\n3 b.c integer 2");
        row("empty", "",
            "");
        row("comments alone", "# x\n",
            "");
        row("key twice", "a = 1\nb = 2\na = 3\nc = 4",
            "1 a integer 1\n2 b integer 2\n! line 3: expected valid TOML, found a fault while parsing key-value pair: cannot redefine existing integer \342\200\246");
        row("table twice", "[a]\nx = 1\n[b]\n[a]\ny = 2",
            "2 a.x integer 1\n3 b empty-map\n! line 4: expected valid TOML, found a fault while parsing table header: cannot redefine existing table \342\200\246");
        row("integer too big", "a = 1\nb = 9223372036854775808",
            "1 a integer 1\n! line 2: expected valid TOML, found a fault while parsing decimal integer: \342\200\246 is not representable in 64 bits");
        row("open string", "a = 1\nb = \"hunter2\nc = 3",
            "1 a integer 1\n! line 2: expected valid TOML, found a fault while parsing string: unescaped control characters other than TAB (U+0009) are explicitly prohibited");
        row("open array", "a = 1\nb = [1,\n2\nc = 3",
            "1 a integer 1\n! line 4: expected valid TOML, found a fault while parsing array: expected comma or closing \342\200\246, saw \342\200\246");
        row("no value", "a = 1\nb =\nc = 3",
            "1 a integer 1\n! line 2: expected valid TOML, found a fault while parsing key-value pair: expected value, saw \342\200\246");
        row("not UTF-8", "a = 1\nb = \"\377\"\nc = 2",
            "1 a integer 1\n! line 2: expected UTF-8 text, found bytes that are not UTF-8");
        row("NUL", QByteArray("a = 1\nb = \"\000\"\nc = 2", 19),
            "1 a integer 1\n! line 2: expected UTF-8 text, found a NUL byte");
        row("token", "[db]\npassword = \"TFMASK_none_\"",
            "2 db.password text TFMASK_none_");
        // clang-format on
    }

    void reads()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        QCOMPARE(shown(sources::parseToml(text, entryWith())).toUtf8(), expected);
    }

    void boundsDepth()
    {
        const QByteArray name = QByteArray("a.").repeated(63) + "a";
        QVERIFY(!sources::parseToml(name + " = 1", entryWith()).error);
        QVERIFY(sources::parseToml("a." + name + " = 1", entryWith()).error.has_value());
        QVERIFY(sources::parseToml("a = " + QByteArray(65, '[') + QByteArray(65, ']'), entryWith()).error.has_value());
        const QByteArray inner = QByteArray(name + " = {").repeated(64);
        QVERIFY(!sources::parseToml(inner.chopped(1) + "1" + QByteArray("}").repeated(63), entryWith()).error);
        const QByteArray text = "a = \"" + QByteArray("a.").repeated(100) + "\" # " + QByteArray("[").repeated(100);
        QVERIFY(!sources::parseToml(text, entryWith()).error);
    }

    void quotesNothingOfABadFile()
    {
        const QByteArray texts[] = {"a = hunter2",
                                    "a = 'hunter2",
                                    "a = \"hunter2",
                                    "a = 1hunter2",
                                    "a = 2026-11-hunter2",
                                    "a = \"\"\"hunter2",
                                    "a = [hunter2]",
                                    "a = {hunter2",
                                    "hunter2",
                                    "a = 'x' hunter2",
                                    "a = 4711081508150815081508150815",
                                    "a = 0xhunter2",
                                    "a = \"\\hunter2\""};
        for (const QByteArray &text : texts) {
            const sources::ParsedConfig parsed = sources::parseToml(text, entryWith());
            QVERIFY2(parsed.error, text.constData());
            QVERIFY2(!parsed.error->text.contains(QLatin1String("nter2")), qPrintable(parsed.error->text));
            QVERIFY2(!parsed.error->text.contains(QLatin1String("4711")), qPrintable(parsed.error->text));
        }
    }
};

QTEST_GUILESS_MAIN(TestTomlConfig)
#include "tst_tomlconfig.moc"
