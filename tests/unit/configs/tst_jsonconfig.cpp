// SPDX-License-Identifier: GPL-3.0-or-later
#include "parsedtable.h"

#include <clocale>

using namespace taffrail;
using namespace parsedtable;

class TestJsonConfig : public QObject {
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
        row("types", "{\"a\": \"x\", \"b\": 5432, \"c\": 1.10, \"d\": true, \"e\": null, \"f\": {}, \"g\": [], \"h\": false}",
            "1 a text x\n1 b integer 5432\n1 c number 1.10\n1 d boolean true\n1 e null null\n1 f empty-map\n1 g empty-list\n1 h boolean false");
        row("nested", "{\n \"db\": {\n  \"hosts\": [\n   {\"name\": \"a\"},\n   {\"name\": \"b\"}\n  ],\n  \"a.b\": 1\n }\n}",
            "4 db.hosts[0].name text a\n5 db.hosts[1].name text b\n7 db.\"a.b\" integer 1");
        row("numbers keep their text", "[12345678901234567890123, 0.10000000000000000000001, 1e400, -0, 1E+2, 1.0, -9223372036854775809]",
            "1 [0] integer 12345678901234567890123\n1 [1] number 0.10000000000000000000001\n1 [2] number 1e400\n1 [3] integer -0\n1 [4] number 1E+2\n1 [5] number 1.0\n1 [6] integer -9223372036854775809");
        row("line of the key", "{\n\"a\"\n:\n1\n,\n\"b\":\n[\n2\n,\n3\n]}",
            "2 a integer 1\n8 b[0] integer 2\n10 b[1] integer 3");
        row("roots", "\"x\"",
            "1 \"\" text x");
        row("root number", "5",
            "1 \"\" integer 5");
        row("empty object", " {} ",
            "1 \"\" empty-map");
        row("list of lists", "[[1],[]]",
            "1 [0][0] integer 1\n1 [1] empty-list");
        row("escapes", "{\"a\":\"\\u00e4\\n\\ud83d\\ude00\\/\",\"\\u0041\":1}",
            "1 a text \303\244\342\217\216\360\237\230\200/\n1 A integer 1");
        row("plain value twice", "{\"a\":1,\n\"a\":2}",
            "1 a integer 1\n2 a integer 2");
        row("object twice: the last one whole", "{\"a\":{\"x\":1},\n\"a\":{\"y\":2},\"b\":3}",
            "2 a.y integer 2\n2 b integer 3");
        row("object over plain", "{\"a\":1,\n\"a\":{\"y\":2}}",
            "2 a.y integer 2");
        row("plain over object", "{\"a\":{\"y\":2},\"z\":0,\n\"a\":1}",
            "1 z integer 0\n2 a integer 1");
        row("case and unicode forms stay", "{\"a\":1,\"A\":2,\"\303\251\":3,\"e\314\201\":4}",
            "1 a integer 1\n1 A integer 2\n1 \303\251 integer 3\n1 e\314\201 integer 4");
        row("empty name", "{\"\":1,\"a\":{\"\":2}}",
            "1 \"\" integer 1\n1 a.\"\" integer 2");
        row("mark and CRLF", "\357\273\277{\r\n\"a\":1}\r\n",
            "2 a integer 1");
        row("comments", "{// x\n\"a\":1, /* y\n */ \"b\":\"//\"}",
            "2 a integer 1\n3 b text //");
        row("empty", "",
            "! line 1: expected a value, found the end of the file");
        row("garbage behind", "{\"a\":1}\n{\"b\":2}",
            "1 a integer 1\n! line 2: expected the end of the file after the value, found '{'");
        row("missing comma", "{\"a\":1\n\"b\":2}",
            "1 a integer 1\n! line 2: expected ',' or '}', found a value");
        row("comma at the end", "{\"a\":1,\n}",
            "1 a integer 1\n! line 2: expected a name in double quotes, found '}'");
        row("comma in a list", "[1,\n]",
            "1 [0] integer 1\n! line 2: expected a value, found ']'");
        row("missing colon", "{\"a\" 1}",
            "! line 1: expected ':' after the name, found a value");
        row("open string", "{\"a\":1,\"b\":\"hunter2\n\"}",
            "1 a integer 1\n! line 1: expected a value, found a text that is none (invalid string: control character U+000A (LF) must be escaped to \\u000A or \\n)");
        row("cut", "{\"a\":1,\"b\":{\"c\":2,",
            "1 a integer 1\n1 b.c integer 2\n! line 1: expected a name in double quotes, found the end of the file");
        row("cut before a value", "{\"a\":1,\"b\":",
            "1 a integer 1\n! line 1: expected a value, found the end of the file");
        row("leading zero", "[01]",
            "1 [0] integer 0\n! line 1: expected ',' or ']', found a value");
        row("single quotes", "{'a':1}",
            "! line 1: expected a name in double quotes, found a text that is none (invalid literal)");
        row("not a number", "[NaN]",
            "! line 1: expected a value, found a text that is none (invalid literal)");
        row("lone surrogate", "[\"\\ud800\"]",
            "! line 1: expected a value, found a text that is none (invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF)");
        row("not UTF-8", "{\"a\":1,\n\"b\":\"\377\"}",
            "1 a integer 1\n! line 2: expected UTF-8 text, found bytes that are not UTF-8");
        row("NUL", QByteArray("{\"a\":1,\n\"b\":2\000}", 15),
            "1 a integer 1\n! line 2: expected UTF-8 text, found a NUL byte");
        row("token for a number", "{\"port\":\"TFMASK_none_\"}",
            "1 port text TFMASK_none_");
        // clang-format on
    }

    void reads()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        QCOMPARE(shown(sources::parseJson(text, entryWith())).toUtf8(), expected);
    }

    void saysThatThereAreComments()
    {
        QCOMPARE(sources::parseJson("{\"a\":1 /* x */}", entryWith()).notes.size(), 1);
        QCOMPARE(sources::parseJson("{\"a\":\"/* x */\"}", entryWith()).notes.size(), 0);
    }

    void saysWhichObjectCounts()
    {
        const auto parsed = sources::parseJson("{\"a\":{\"x\":1},\n\"a\":{\"y\":2}}", entryWith());
        QVERIFY(noteOf(parsed, QStringLiteral("a.y")).contains(QLatin1String("line 1")));
    }

    void refusesTooDeep()
    {
        const auto good = sources::parseJson(QByteArray(200, '[') + QByteArray(200, ']'), entryWith());
        QVERIFY(!good.error);
        const auto deep = sources::parseJson(QByteArray(201, '[') + QByteArray(201, ']'), entryWith());
        QVERIFY(deep.error && deep.error->text.contains(QLatin1String("200 levels")));
    }

    void readsNumbersInEveryLocale()
    {
        const char *before = std::setlocale(LC_NUMERIC, nullptr);
        const QByteArray kept(before);
        (void)std::setlocale(LC_NUMERIC, "de_DE.UTF-8");
        const QString text = shown(sources::parseJson("[1.5]", entryWith()));
        (void)std::setlocale(LC_NUMERIC, kept.constData());
        QCOMPARE(text, QStringLiteral("1 [0] number 1.5"));
    }
};

QTEST_GUILESS_MAIN(TestJsonConfig)
#include "tst_jsonconfig.moc"
