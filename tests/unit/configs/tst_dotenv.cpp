// SPDX-License-Identifier: GPL-3.0-or-later
#include "parsedtable.h"

using namespace taffrail;
using namespace parsedtable;

class TestDotenv : public QObject {
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
        row("plain", "A=1\nB = two words \n",
            "1 A text 1\n2 B text two words");
        row("empty file", "",
            "");
        row("comments and blank lines", "# x\n\n  # y\nA=1",
            "4 A text 1");
        row("export", "export A=1\nexport\tB=2\nexport=3\nexport =4",
            "1 A text 1\n2 B text 2\n3 export text 3\n4 export text 4");
        row("empty values", "A=\nB= \nC=''\nD=\"\"\nE= # none",
            "1 A text\n2 B text\n3 C text\n4 D text\n5 E text");
        row("double quotes escape", "A=\"a\\nb\\t\\\"c\\\" \\\\ \\$X \\q\"",
            "1 A text a\342\217\216b\t\"c\" \\ \\$X \\q");
        row("single quotes do not", "A='a\\nb \"c\"'",
            "1 A text a\\nb \"c\"");
        row("backticks", "A=`it's \"so\"`",
            "1 A text it's \"so\"");
        row("several lines in quotes", "A=\"one\ntwo\nthree\" # end\nB=2",
            "1 A text one\342\217\216two\342\217\216three\n4 B text 2");
        row("several lines with CRLF", "A='one\r\ntwo'\r\nB=2\r\n",
            "1 A text one\342\217\216two\n3 B text 2");
        row("comment behind", "A=1 # one\nB=a#b\nC=#c\nD=\"x # y\" # z\nE='#'",
            "1 A text 1\n2 B text a#b\n3 C text #c\n4 D text x # y\n5 E text #");
        row("interpolation stays", "A=${B:-x}/$C",
            "1 A text ${B:-x}/$C");
        row("byte order mark", "\357\273\277A=1",
            "1 A text 1");
        row("no equals sign", "A\nexport B\nC # later",
            "1 A null\n2 B null\n3 C null");
        row("colon", "A: 1\nB:2\nC : 3",
            "1 A text 1\n3 C text 3\n! line 2: expected '=' after the name, found something else");
        row("names", "a.b=1\nA-B=2\nA=3\na=4\n1X=5\n\303\204=6",
            "1 \"a.b\" text 1\n2 A-B text 2\n3 A text 3\n4 a text 4\n5 1X text 5\n6 \303\204 text 6");
        row("unicode forms stay apart", "\303\251=1\ne\314\201=2",
            "1 \303\251 text 1\n2 e\314\201 text 2");
        row("twice", "A=1\nA=2",
            "1 A text 1\n2 A text 2");
        row("equals in the value", "A=b=c==",
            "1 A text b=c==");
        row("url with secret token", "DATABASE_URL=postgres://shop:TFMASK_none_@db:5432/shop?a=b",
            "1 DATABASE_URL text postgres://shop:TFMASK_none_@db:5432/shop?a=b");
        row("inner quotes", "A=it's\nB=5\" disk",
            "1 A text it's\n2 B text 5\" disk");
        row("escaped quote in single", "A='it\\'s'",
            "1 A text it's");
        row("backslash before the closing quote", "A='C:\\dir\\'\nB=1",
            "1 A text C:\\dir\\\n2 B text 1");
        row("open quote", "A=\"never\nB=2\nC=3",
            "2 B text 2\n3 C text 3\n! line 1: expected a closing quote, then nothing but a comment, found a value that goes on or does not end");
        row("text behind a quote", "A=\"x\"y\nB=2",
            "2 B text 2\n! line 1: expected a closing quote, then nothing but a comment, found a value that goes on or does not end");
        row("no name", "=1\nB=2",
            "2 B text 2\n! line 1: expected NAME=value, found a line without a name");
        row("not UTF-8", "A=\377\nB=2",
            "2 B text 2\n! line 1: expected UTF-8 text, found bytes that are not UTF-8");
        row("NUL", QByteArray("A=a\000b\nB=2", 9),
            "2 B text 2\n! line 1: expected UTF-8 text, found a NUL byte");
        row("UTF-16", "\377\376A=",
            "! line 1: expected UTF-8 text, found UTF-16 text");
        row("carriage returns alone", "A=1\rB=2\r",
            "1 A text 1\n2 B text 2");
        row("big integer", "A=123456789012345678901234567890",
            "1 A text 123456789012345678901234567890");
        // clang-format on
    }

    void reads()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        QCOMPARE(shown(sources::parseDotenv(text, entryWith())).toUtf8(), expected);
    }

    void saysWhereReadersDiffer()
    {
        const auto parsed = sources::parseDotenv("A=a#b\nB='a#b'", entryWith());
        QVERIFY(noteOf(parsed, QStringLiteral("A")).contains(QLatin1String("cut")));
        QCOMPARE(noteOf(parsed, QStringLiteral("B")), QString());
    }

    void quotesNothingOfABadLine()
    {
        const auto parsed = sources::parseDotenv("PASSWORD hunter2\nX=\"hunter2\"hunter2\n=hunter2", entryWith());
        QVERIFY(parsed.error && !parsed.error->text.contains(QLatin1String("hunter2")));
        QVERIFY(!parsed.notes.join(QLatin1Char(' ')).contains(QLatin1String("hunter2")));
        QCOMPARE(parsed.notes.size(), 2);
    }
};

QTEST_GUILESS_MAIN(TestDotenv)
#include "tst_dotenv.moc"
