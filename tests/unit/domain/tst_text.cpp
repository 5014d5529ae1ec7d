// SPDX-License-Identifier: GPL-3.0-or-later
#include "releasetext.h"
#include "text.h"

#include <QRandomGenerator>
#include <QTest>

using namespace taffrail;
using namespace std::chrono_literals;

namespace {

QString utf8(const char *text)
{
    return QString::fromUtf8(text);
}

bool hasHarm(const QString &text)
{
    for (const char32_t point : text.toStdU32String()) {
        const bool isControl = point < 0x20 ? (point != U'\n' && point != U'\t') : (point >= 0x7F && point <= 0x9F);
        const bool isHidden = point == 0xAD || point == 0x61C || point == 0x180E || (point >= 0x200B && point <= 0x200F)
            || (point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF
            || (point >= 0xFFF9 && point <= 0xFFFB) || (point >= 0xE0000 && point <= 0xE007F);
        if (isControl || isHidden)
            return true;
    }
    return false;
}

} // namespace

class TestText : public QObject {
    Q_OBJECT
private slots:
    void releasesAreShortened_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("text");
        const QString digits = QString(64, QLatin1Char('a'));
        QTest::newRow("image") << QStringLiteral("sha256:") + digits << QString(12, QLatin1Char('a'));
        QTest::newRow("stamp") << "20261102120000"
                               << "20261102120000";
        QTest::newRow("commit") << QString(40, QLatin1Char('b')) << QString(40, QLatin1Char('b'));
        QTest::newRow("nearly an image") << QStringLiteral("sha256:") + digits.chopped(1)
                                         << QStringLiteral("sha256:") + digits.chopped(1);
        QTest::newRow("more than an image") << QStringLiteral("sha256:") + digits + QLatin1Char('\n')
                                            << QStringLiteral("sha256:") + digits + QLatin1Char('\n');
        QTest::newRow("none") << QString() << QString();
    }
    void releasesAreShortened()
    {
        QFETCH(QString, id);
        QTEST(shortRelease(id), "text");
    }

    void sanitizes_data()
    {
        QTest::addColumn<QByteArray>("in");
        QTest::addColumn<QString>("out");
        const auto row
            = [](const char *name, const QByteArray &in, const QString &out) { QTest::newRow(name) << in << out; };
        row("plain", "web1 is well", utf8("web1 is well"));
        row("empty", "", QString());
        row("tab and newline stay", "a\tb\nc", utf8("a\tb\nc"));
        row("carriage return goes", "100%\rdone\r\n", utf8("100%done\n"));
        row("colour", "\x1b[1;31mred\x1b[0m", utf8("red"));
        row("unknown final byte", "\x1b[?2004hx", utf8("x"));
        row("C1 CSI",
            "\xc2\x9b"
            "31mred",
            utf8("red"));
        row("CSI cut by newline", "\x1b[31\nnext", utf8("\nnext"));
        row("CSI cut by another", "\x1b[31\x1b[32mx", utf8("x"));
        row("title with BEL", "\x1b]0;evil\x07text", utf8("text"));
        row("title with ST", "\x1b]0;evil\x1b\\text", utf8("text"));
        row("link", "\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\", utf8("here"));
        row("C1 OSC until C1 ST",
            "\xc2\x9d"
            "0;evil\xc2\x9ctext",
            utf8("text"));
        row("open string ends with its line", "\x1bPevil\nnext", utf8("\nnext"));
        row("charset", "\x1b(Bx", utf8("x"));
        row("two-byte escape",
            "\x1b"
            "7x\x1b"
            "8",
            utf8("x"));
        row("escape at the end", "x\x1b", utf8("x<U+001B>"));
        row("escape before a letter beyond ASCII", "\x1b\xc3\xa4", utf8("<U+001B>ä"));
        row("bell, backspace, delete",
            "a\x07"
            "b\x08"
            "c\x7f",
            utf8("a<U+0007>b<U+0008>c<U+007F>"));
        row("NUL", QByteArray("a\0b", 3), utf8("a<U+0000>b"));
        row("next line",
            "a\xc2\x85"
            "b",
            utf8("a<U+0085>b"));
        row("bidi override", utf8("a\u202Eb").toUtf8(), utf8("a<U+202E>b"));
        row("bidi isolate", utf8("\u2066x\u2069").toUtf8(), utf8("<U+2066>x<U+2069>"));
        row("zero width", utf8("ad\u200Bmin\u200D").toUtf8(), utf8("ad<U+200B>min<U+200D>"));
        row("soft hyphen", utf8("a\u00ADb").toUtf8(), utf8("a<U+00AD>b"));
        row("byte order mark inside", utf8("a\uFEFFb").toUtf8(), utf8("a<U+FEFF>b"));
        row("line separator", utf8("a\u2028b").toUtf8(), utf8("a<U+2028>b"));
        row("tag characters", QByteArray("a\xf3\xa0\x81\x81z"), utf8("a<U+E0041>z"));
        row("four marks stay", utf8("e\u0301\u0302\u0303\u0304").toUtf8(), utf8("e\u0301\u0302\u0303\u0304"));
        row("the fifth mark goes", utf8("e\u0301\u0302\u0303\u0304\u0305\u0306x").toUtf8(),
            utf8("e\u0301\u0302\u0303\u0304x"));
        row("invalid UTF-8",
            "a\xff\xfe"
            "b",
            utf8("a\uFFFD\uFFFDb"));
        row("cut UTF-8", "a\xe2\x82", utf8("a\uFFFD\uFFFD"));
        row("not Latin", utf8("日本 🙂 Ωμέγα").toUtf8(), utf8("日本 🙂 Ωμέγα"));
    }

    void sanitizes()
    {
        QFETCH(QByteArray, in);
        QFETCH(QString, out);
        QCOMPARE(sanitized(in), out);
        QCOMPARE(sanitized(out), out); // once is enough
    }

    void letsNothingThrough()
    {
        QRandomGenerator random(20261120);
        const QByteArray pieces[]
            = {"\x1b", "[", "]",  "0", ";",        "m",    "\x07",     "\xc2\x9b",         "\xe2\x80\xae",
               "\\",   "P", "\n", "x", "\xcc\x81", "\xff", "\xe2\x82", "\xf3\xa0\x81\x81", QByteArray(1, '\0'),
               "\r"};
        for (int i = 0; i < 3'000; ++i) {
            QByteArray text;
            for (quint32 length = random.bounded(40U); length > 0; --length)
                text += pieces[random.bounded(quint32(std::size(pieces)))];
            const QString clean = sanitized(text);
            QVERIFY2(!hasHarm(clean), text.toHex().constData());
            QCOMPARE(sanitized(clean), clean);
        }
        QString lone(QChar(0xD800));
        QCOMPARE(sanitized(lone), QString(QChar(0xFFFD)));
    }

    void cutsLines()
    {
        QCOMPARE(sanitizedLine("  one\ntwo\tthree \n"), utf8("one two three"));
        QCOMPARE(sanitizedLine("0123456789", 10), utf8("0123456789"));
        QCOMPARE(sanitizedLine("0123456789a", 10), utf8("012345678…"));
        QCOMPARE(sanitizedLine(utf8("01234567🙂🙂").toUtf8(), 10), utf8("01234567…"));
        QCOMPARE(sanitizedLine("x", 0), QString());
        const QString huge = sanitizedLine(QByteArray(50'000'000, 'x'), 400);
        QCOMPARE(huge.size(), 400);
        QVERIFY(huge.endsWith(utf8("…")));
    }

    void redacts_data()
    {
        QTest::addColumn<QString>("in");
        QTest::addColumn<QString>("out");
        const auto row = [](const char *in, const char *out) { QTest::newRow(in) << utf8(in) << utf8(out); };
        row("postgres://app:hunter2@db/shop", "postgres://app:***@db/shop");
        row("postgres://app:hun/ter@2@db/shop", "postgres://app:***@db/shop");
        row("http://web1:8080/a@b", "http://web1:8080/a@b");
        row("https://user@host/x", "https://user@host/x");
        row("https://0123456789abcdef0123456789@host/x", "https://***@host/x");
        row("host=db password=hunter2 user=app", "host=db password=*** user=app");
        row("host=db password='hun ter2' user=app", "host=db password=*** user=app");
        row("PGPASSWORD=hunter2 psql", "PGPASSWORD=*** psql");
        row("{\"api_key\": \"abc\", \"n\": 1}", "{\"api_key\": ***, \"n\": 1}");
        row("client_secret: abc", "client_secret: ***");
        row("mysql --password hunter2 -h x", "mysql --password *** -h x");
        row("mysql --password=hunter2 -h x", "mysql --password=*** -h x");
        row("Authorization: Bearer abc.def", "Authorization: ***");
        row("curl -H 'Authorization: Basic YWJj'", "curl -H 'Authorization: ***");
        row("Set-Cookie: a=1; b=2", "Set-Cookie: ***");
        row("key AKIAABCDEFGHIJKLMNOP used", "key *** used");
        row("ghp_0123456789abcdefghijABCDEFGHIJ012345 x", "*** x");
        row("xoxb-123456789-abc", "***");
        row("t eyJhbGciOiJI.eyJzdWIiOiIx.SflKxw end", "t *** end");
        row("-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\nrest", "***\nrest");
        row("-----BEGIN PRIVATE KEY-----\ncut off", "***");
        row("password authentication failed for user \"app\"", "password authentication failed for user \"app\"");
        row("author: ada", "author: ada");
        row("tests passed: 41", "tests passed: 41");
        row("authentication: none", "authentication: none");
        row("GRANT SELECT ON public.tokens TO taffrail;", "GRANT SELECT ON public.tokens TO taffrail;");
        row("nothing here", "nothing here");
        row("", "");
    }

    void redacts()
    {
        QFETCH(QString, in);
        QFETCH(QString, out);
        QCOMPARE(redacted(in), out);
        QCOMPARE(redacted(out), out);
    }

    void redactsHostileTextInTime()
    {
        const QString word = utf8("password");
        QCOMPARE(redacted(QString(2'000'000, QLatin1Char('a'))).size(), 2'000'000);
        QCOMPARE(redacted(word.repeated(100'000)).size(), 800'000);
        QCOMPARE(redacted(utf8("password=\"%1\" x").arg(QString(1'000'000, QLatin1Char('s')))), utf8("password=*** x"));
        QVERIFY(!redacted(utf8("://").repeated(100'000)).isEmpty());
        QVERIFY(!redacted(utf8("-----BEGIN ").repeated(50'000)).isEmpty());
    }

    void readsDurations_data()
    {
        QTest::addColumn<QString>("in");
        QTest::addColumn<qint64>("milliseconds"); // -1: none
        QTest::newRow("ms") << utf8("450ms") << qint64(450);
        QTest::newRow("s") << utf8("30s") << qint64(30'000);
        QTest::newRow("m") << utf8("5m") << qint64(300'000);
        QTest::newRow("h") << utf8("1h") << qint64(3'600'000);
        QTest::newRow("d") << utf8("7d") << qint64(604'800'000);
        QTest::newRow("zero") << utf8("0s") << qint64(0);
        for (const char *bad : {"", "s", "5", "5 m", "-5m", "+5m", "1.5h", "5M", "5min", "5m ", " 5m", "٣s",
                                "99999999999999999999d", "999999999999999999d", "5m\n"})
            QTest::newRow(bad) << utf8(bad) << qint64(-1);
    }

    void readsDurations()
    {
        QFETCH(QString, in);
        QFETCH(qint64, milliseconds);
        const auto duration = parseDuration(in);
        QCOMPARE(duration ? qint64(duration->count()) : qint64(-1), milliseconds);
    }

    void writesAges()
    {
        QCOMPARE(ageText(0s), utf8("0 s"));
        QCOMPARE(ageText(-5s), utf8("0 s"));
        QCOMPARE(ageText(59s), utf8("59 s"));
        QCOMPARE(ageText(60s), utf8("1 min"));
        QCOMPARE(ageText(31min + 59s), utf8("31 min"));
        QCOMPARE(ageText(26h + 59min), utf8("26 h"));
        QCOMPARE(ageText(48h), utf8("2 d"));
        QCOMPARE(ageText(80h), utf8("3 d"));
        QCOMPARE(ageText(std::chrono::seconds::max()), utf8("unknown"));
        QCOMPARE(durationText(450ms), utf8("450 ms"));
        QCOMPARE(durationText(1500ms), utf8("1.5 s"));
        QCOMPARE(durationText(12s), utf8("12 s"));
        QCOMPARE(durationText(192s), utf8("3 min 12 s"));
        QCOMPARE(durationText(1h), utf8("1 h"));
        QCOMPARE(durationText(2h + 5min), utf8("2 h 5 min"));
        QCOMPARE(durationText(76h), utf8("3 d 4 h"));
        QCOMPARE(bytesText(-1), utf8("unknown"));
        QCOMPARE(bytesText(0), utf8("0 B"));
        QCOMPARE(bytesText(1023), utf8("1023 B"));
        QCOMPARE(bytesText(1024), utf8("1 KiB"));
        QCOMPARE(bytesText(1024 * 1024 - 1), utf8("1 MiB"));
        QCOMPARE(bytesText(1'288'490'189), utf8("1.2 GiB"));
        QCOMPARE(bytesText(std::numeric_limits<qint64>::max()), utf8("8 EiB"));
    }

    void readsTimes_data()
    {
        QTest::addColumn<QString>("in");
        QTest::addColumn<QString>("utc"); // "": no time
        const auto row = [](const char *in, const char *utc) { QTest::newRow(in) << utf8(in) << utf8(utc); };
        row("2026-11-20T14:03:22Z", "2026-11-20T14:03:22Z");
        row("2026-11-20t14:03:22z", "2026-11-20T14:03:22Z");
        row("2026-11-20T14:03:22.5Z", "2026-11-20T14:03:22.500Z");
        row("2026-11-20T14:03:22.123456789Z", "2026-11-20T14:03:22.123Z");
        row("2026-11-20T15:03:22+01:00", "2026-11-20T14:03:22Z");
        row("2026-11-20 14:03:22.25+00", "2026-11-20T14:03:22.250Z");
        row("2026-11-20T08:33:22-0530", "2026-11-20T14:03:22Z");
        row("2026-11-20T23:30:00-01:00", "2026-11-21T00:30:00Z");
        row("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
        row("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z");
        for (const char *bad :
             {"", "now", "2026-11-20", "2026-11-20T14:03:22", "2026-13-20T14:03:22Z", "2026-02-30T14:03:22Z",
              "2026-11-20T25:03:22Z", "2026-11-20T14:03:22+24:00", "2026-11-20T14:03:22Z\n", "x2026-11-20T14:03:22Z",
              "2026-11-20T14:03:22.Z", "1763647402"})
            row(bad, "");
    }

    void readsTimes()
    {
        QFETCH(QString, in);
        QFETCH(QString, utc);
        const QDateTime time = fromRfc3339(in);
        QCOMPARE(rfc3339(time), utc);
        if (time.isValid())
            QCOMPARE(time.timeSpec(), Qt::UTC);
    }

    void agesAreNeverNegative()
    {
        const QDateTime now = fromRfc3339(utf8("2026-11-20T12:00:00Z"));
        QCOMPARE(ageOf(now.addSecs(-5), now), 5s);
        QCOMPARE(ageOf(now.addMSecs(-999), now), 0s);
        QCOMPARE(ageOf(now.addSecs(60), now), 0s);
        QCOMPARE(ageOf(QDateTime(), now), std::chrono::seconds::max()); // no time is never fresh
    }
};

QTEST_GUILESS_MAIN(TestText)
#include "tst_text.moc"
