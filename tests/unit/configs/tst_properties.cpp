// SPDX-License-Identifier: GPL-3.0-or-later
#include "parsedtable.h"

using namespace taffrail;
using namespace parsedtable;

class TestProperties : public QObject {
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
        row("separators", "a=1\nb:2\nc 3\nd = 4\ne\t:\t5\nf  =  = 6",
            "1 a text 1\n2 b text 2\n3 c text 3\n4 d text 4\n5 e text 5\n6 f text = 6");
        row("comments", "# a\n! b\n  # c\nd=1 # not a comment",
            "4 d text 1 # not a comment");
        row("dotted keys", "db.pool.max=40\na..b=1\n.a=2\na[0].b=3",
            "1 db.pool.max text 40\n2 \"a..b\" text 1\n3 \".a\" text 2\n4 \"a[0].b\" text 3");
        row("escapes", "a=x\\ty\\n\\\\ \\q\nb\\ c\\=d=1\ne=\\u00e4\\u20AC\\uD83D\\uDE00",
            "1 a text x\ty\342\217\216\\ q\n2 b c=d text 1\n3 e text \303\244\342\202\254\360\237\230\200");
        row("continuation", "a=one, \\\n    two, \\\n\n    three\nb=1",
            "1 a text one, two, \n4 three text\n5 b text 1");
        row("continuation cuts blanks", "fruits    apple, banana, \\\n          pear\nx=1",
            "1 fruits text apple, banana, pear\n3 x text 1");
        row("even backslashes end", "a=C:\\\\\nb=1",
            "1 a text C:\\\n2 b text 1");
        row("a continued comment is a value", "a=1\\\n# 2",
            "1 a text 1# 2");
        row("comments do not continue", "# a\\\nb=1",
            "2 b text 1");
        row("empty", "a\nb=\n=c",
            "1 a text\n2 b text\n3 \"\" text c");
        row("trailing blanks stay", "a=1  \nb=2",
            "1 a text 1  \n2 b text 2");
        row("latin 1", "a=\344\nb=1",
            "1 a text \303\244\n2 b text 1");
        row("utf-8", "a=\303\244",
            "1 a text \303\244");
        row("CRLF", "a=1\\\r\n2\r\nb=3\r\n",
            "1 a text 12\n3 b text 3");
        row("carriage returns", "a=1\rb=2",
            "1 a text 1\n2 b text 2");
        row("twice and case", "a=1\na=2\nA=3",
            "1 a text 1\n2 a text 2\n3 A text 3");
        row("bad unicode escape", "a=\\u12\nb=\\u00zz\nc=1",
            "3 c text 1\n! line 1: expected four hex digits after \\u, found something else");
        row("half a pair", "a=\\ud800\nb=1",
            "2 b text 1\n! line 1: expected both halves of a surrogate pair, found one");
        row("NUL", QByteArray("a=\000\nb=1", 7),
            "2 b text 1\n! line 1: expected text, found a NUL byte");
        row("backslash at the end", "a=1\\",
            "1 a text 1");
        // clang-format on
    }

    void reads()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        QCOMPARE(shown(sources::parseProperties(text, entryWith())).toUtf8(), expected);
    }

    void saysTheEncoding()
    {
        QCOMPARE(sources::parseProperties("a=\xe4", entryWith()).notes.size(), 1);
        QCOMPARE(sources::parseProperties("a=\xc3\xa4", entryWith()).notes.size(), 0);
    }
};

QTEST_GUILESS_MAIN(TestProperties)
#include "tst_properties.moc"
