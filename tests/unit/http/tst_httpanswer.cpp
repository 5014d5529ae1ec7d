// SPDX-License-Identifier: GPL-3.0-or-later
#include "httpanswer.h"

#include <QRandomGenerator>
#include <QTest>

using namespace taffrail::http;
using State = AnswerReader::State;

/// The reader of one HTTP answer, fed whole, byte by byte, and with rubbish.
class TestHttpAnswer : public QObject {
    Q_OBJECT

private slots:
    void answers_data();
    void answers();
    void fieldsAreJoinedInLowerCase();
    void bodyIsCutAtTheLimit_data();
    void bodyIsCutAtTheLimit();
    void headIsBounded();
    void rubbishNeverHurts();
};

void TestHttpAnswer::answers_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("state");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("body");
    const auto row = [](const char *name, const QByteArray &bytes, State state, int code = 0,
                        const QByteArray &body = {}) { QTest::newRow(name) << bytes << int(state) << code << body; };
    row("length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", State::Done, 200, "hello");
    row("no reason", "HTTP/1.1 204\r\n\r\n", State::Done, 204);
    row("until close", "HTTP/1.0 200 OK\r\n\r\nhello", State::Done, 200, "hello");
    row("bare newlines", "HTTP/1.0 503 No\nContent-Length: 2\n\nno", State::Done, 503, "no");
    row("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
        State::Done, 200, "abcde");
    row("chunks and trailer", "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n",
        State::Done, 200, "a");
    row("chunks beat length",
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", State::Done,
        200, "a");
    row("continue first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", State::Done,
        200, "x");
    row("more than its length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello", State::Done, 200, "he");
    row("same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhe", State::Done, 200,
        "he");
    row("not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", State::Done, 304);
    row("nothing", "", State::BrokenOff);
    row("half a head", "HTTP/1.1 200 OK\r\nContent-Le", State::BrokenOff);
    row("half a body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", State::BrokenOff);
    row("half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", State::BrokenOff);
    row("no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", State::BrokenOff);
    row("ssh", "SSH-2.0-OpenSSH_9.2\r\n", State::Garbage);
    row("http 2", QByteArray("\0\0\x12\4\0\0\0\0\0", 9), State::Garbage);
    row("http/2 status", "HTTP/2 200\r\n\r\n", State::Garbage);
    row("bad code", "HTTP/1.1 2x0 OK\r\n\r\n", State::Garbage);
    row("short code", "HTTP/1.1 20\r\n\r\n", State::Garbage);
    row("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhey", State::Garbage);
    row("negative length", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nhey", State::Garbage);
    row("long length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhey", State::Garbage);
    row("field without colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", State::Garbage);
    row("space before colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", State::Garbage);
    row("bad chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", State::Garbage);
    row("negative chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", State::Garbage);
    row("chunk longer than said", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        State::Garbage);
}

void TestHttpAnswer::answers()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, state);
    QFETCH(int, code);
    QFETCH(QByteArray, body);
    for (const qsizetype piece : {bytes.size() + 1, qsizetype(1), qsizetype(7)}) {
        AnswerReader reader(1024);
        for (qsizetype at = 0; at < bytes.size(); at += piece)
            reader.feed(bytes.mid(at, piece));
        if (!reader.isOver())
            reader.end();
        QVERIFY2(int(reader.state()) == state, qPrintable(reader.problem()));
        if (state == int(State::Done)) {
            QCOMPARE(reader.reply().code, code);
            QCOMPARE(reader.reply().body, body);
            QVERIFY(!reader.reply().bodyCut);
        } else {
            QVERIFY(!reader.problem().isEmpty());
        }
    }
}

void TestHttpAnswer::fieldsAreJoinedInLowerCase()
{
    AnswerReader reader(10);
    reader.feed("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nVia: a\r\nVIA:  b \r\nX-Long: one\r\n  "
                "two\r\nContent-Length: 0\r\n\r\n");
    QCOMPARE(reader.state(), State::Done);
    QCOMPARE(reader.reply().contentType, "text/plain");
    QCOMPARE(reader.reply().headers.value("via"), "a, b");
    QCOMPARE(reader.reply().headers.value("x-long"), "one two");
}

void TestHttpAnswer::bodyIsCutAtTheLimit_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("cut");
    QTest::newRow("length, over") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef") << true;
    QTest::newRow("length, exact") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd") << false;
    QTest::newRow("close, over") << QByteArray("HTTP/1.1 200 OK\r\n\r\nabcdef") << true;
    QTest::newRow("close, exact") << QByteArray("HTTP/1.1 200 OK\r\n\r\nabcd") << false;
    QTest::newRow("chunks, over") << QByteArray(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n")
                                  << true;
    QTest::newRow("chunks, exact") << QByteArray(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n")
                                   << false;
}

void TestHttpAnswer::bodyIsCutAtTheLimit()
{
    QFETCH(QByteArray, bytes);
    QFETCH(bool, cut);
    for (const qsizetype piece : {bytes.size(), qsizetype(1)}) {
        AnswerReader reader(4);
        for (qsizetype at = 0; at < bytes.size(); at += piece)
            reader.feed(bytes.mid(at, piece));
        if (!reader.isOver())
            reader.end();
        QCOMPARE(reader.state(), State::Done);
        QCOMPARE(reader.reply().body, "abcd");
        QCOMPARE(reader.reply().bodyCut, cut);
    }
}

void TestHttpAnswer::headIsBounded()
{
    AnswerReader longLine(10);
    longLine.feed("HTTP/1.1 200 OK\r\nX: " + QByteArray(70 * 1024, 'x'));
    QCOMPARE(longLine.state(), State::Garbage);
    AnswerReader manyFields(10);
    manyFields.feed("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 300 && !manyFields.isOver(); ++i)
        manyFields.feed("X: y\r\n");
    QCOMPARE(manyFields.state(), State::Garbage);
    AnswerReader manyInterim(10);
    for (int i = 0; i < 100'000 && !manyInterim.isOver(); ++i)
        manyInterim.feed("HTTP/1.1 100 Continue\r\n\r\n");
    QCOMPARE(manyInterim.state(), State::Garbage);
    AnswerReader longTrailer(10);
    longTrailer.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
    for (int i = 0; i < 20'000 && !longTrailer.isOver(); ++i)
        longTrailer.feed("X: y\r\n");
    QCOMPARE(longTrailer.state(), State::Garbage);
}

void TestHttpAnswer::rubbishNeverHurts()
{
    QRandomGenerator random(7); // the same every time
    const QByteArray good = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for (int i = 0; i < 3'000; ++i) {
        QByteArray bytes = good;
        for (int changes = random.bounded(6); changes >= 0; --changes)
            bytes[random.bounded(int(bytes.size()))] = char(random.bounded(256));
        AnswerReader reader(64);
        for (qsizetype at = 0; at < bytes.size();) {
            const qsizetype piece = 1 + random.bounded(20);
            reader.feed(bytes.mid(at, piece));
            at += piece;
        }
        if (!reader.isOver())
            reader.end();
        QVERIFY(reader.isOver());
        QVERIFY(reader.reply().body.size() <= 64);
    }
}

QTEST_GUILESS_MAIN(TestHttpAnswer)
#include "tst_httpanswer.moc"
