// SPDX-License-Identifier: GPL-3.0-or-later
#include "parsedtable.h"

using namespace taffrail;
using namespace parsedtable;

class TestIni : public QObject {
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
        row("sections", "a=1\n[s]\nb = 2\n[t.u]\nc: 3\n[s]\nd=4",
            "1 a text 1\n3 s.b text 2\n5 \"t.u\".c text 3\n7 s.d text 4");
        row("comments", "; x\n# y\n[s] ; z\n  ; w\na=1",
            "5 s.a text 1");
        row("comment behind", "[s]\na = 1 ; one\nb = x;y#z\nc = \"x ; y\" ; z\nd = # none",
            "2 s.a text 1\n3 s.b text x;y#z\n4 s.c text x ; y\n5 s.d text");
        row("quotes", "a = \"x y\"\nb = 'x'\nc = \" x \"\nd = \"a\\\"b\\\\\"\ne = \"a\" b\nf = \"\"",
            "1 a text x y\n2 b text x\n3 c text  x \n4 d text a\"b\\\n5 e text \"a\" b\n6 f text");
        row("no value", "[mysqld]\nskip-networking\nb=",
            "2 mysqld.skip-networking null\n3 mysqld.b text");
        row("indented continuation", "[s]\na = 1\n  two\n\n  three\nb = 2",
            "2 s.a text 1\342\217\216two\342\217\216three\n6 s.b text 2");
        row("list below an empty value", "[s]\na =\n  one\n  two\nb=1",
            "2 s.a text one\342\217\216two\n5 s.b text 1");
        row("indented keys of git", "[core]\n\tbare = false\n\tname = x",
            "2 core.bare text false\n3 core.name text x");
        row("sub-section of git", "[remote \"origin.x\"]\n\turl = y\n[a \"q\\\"b\"]\nc=1",
            "2 remote.\"origin.x\".url text y\n4 a.\"q\\\"b\".c text 1");
        row("backslash", "a = x \\\n  y\nb = C:\\dir\\\\\nc=1",
            "1 a text x y\n3 b text C:\\dir\\\\\n4 c text 1");
        row("backslash that joins nothing", "dir = C:\\a\\\nb = 1\nc = x\\\n[s]\nd = y\\",
            "1 dir text C:\\a\\\n2 b text 1\n3 c text x\\\n5 s.d text y\\");
        row("list of PHP", "ext[] = a\next[] = b",
            "1 ext[0] text a\n2 ext[1] text b");
        row("case stays", "[S]\nA=1\na=2\n[s]\na=3",
            "2 S.A text 1\n3 S.a text 2\n5 s.a text 3");
        row("twice", "[s]\na=1\na=2",
            "2 s.a text 1\n3 s.a text 2");
        row("CRLF and mark", "\357\273\277[s]\r\na=1\r\n",
            "2 s.a text 1");
        row("colon or equals first", "a : b = c\nd = e : f\nurl = http://x:80/",
            "1 a text b = c\n2 d text e : f\n3 url text http://x:80/");
        row("include", "[m]\n!includedir /etc/mysql/conf.d",
            "2 m.!includedir text /etc/mysql/conf.d");
        row("open section", "[a]\nx=1\n[b\ny=2\n[c]\nz=3",
            "2 a.x text 1\n6 c.z text 3\n! line 3: expected [section], found a '[' without ']'; its keys are left out");
        row("text behind a section", "[a] b\nx=1\n[c]\ny=1",
            "4 c.y text 1\n! line 1: expected [section], found more behind the ']'; its keys are left out");
        row("no name", "[a]\n= 1\nb=2",
            "3 a.b text 2\n! line 2: expected name = value, found a line without a name");
        row("not UTF-8", "[a]\nb=\344\nc=2",
            "3 a.c text 2\n! line 2: expected UTF-8 text, found bytes that are not UTF-8");
        row("NUL", QByteArray("[a]\nb=\000\nc=2", 11),
            "3 a.c text 2\n! line 2: expected UTF-8 text, found a NUL byte");
        row("empty section name", "[]\na=1",
            "2 \"\".a text 1");
        row("token", "[db]\npassword = TFMASK_short_",
            "2 db.password text TFMASK_short_");
        // clang-format on
    }

    void reads()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        QCOMPARE(shown(sources::parseIni(text, entryWith())).toUtf8(), expected);
    }

    void readsCommentsAsValueWhenAsked()
    {
        const QVariantMap options{{QStringLiteral("inline_comments"), false}};
        QCOMPARE(shown(sources::parseIni("a = 1 ; one\nb = \"x\" ; y", entryWith(options))).toUtf8(),
                 QByteArray("1 a text 1 ; one\n2 b text \"x\" ; y"));
    }

    void saysWhatIsADialect()
    {
        const auto parsed = sources::parseIni("[DEFAULT]\na = 1 ; c\n[s]\nb = 2\n  c = 3\n", entryWith());
        QVERIFY(noteOf(parsed, QStringLiteral("DEFAULT.a")).contains(QLatin1String("comment")));
        QVERIFY(noteOf(parsed, QStringLiteral("s.b")).contains(QLatin1String("line 5")));
        QCOMPARE(parsed.notes.size(), 1);
        QVERIFY(parsed.notes[0].contains(QLatin1String("DEFAULT")));
    }
};

QTEST_GUILESS_MAIN(TestIni)
#include "tst_ini.moc"
