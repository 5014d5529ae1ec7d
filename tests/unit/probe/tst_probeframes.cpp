// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe.h"

#include <QFile>
#include <QTest>

using namespace taffrail::sources;

namespace {

const QByteArray debianNonce = "00112233445566778899aabbccddeeff";
const QByteArray busyboxNonce = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

QByteArray sample(const QString &name)
{
    QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/unit/probe/data/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QByteArray frame(const QByteArray &nonce, const QByteArray &key, const QByteArray &body, int code = 0)
{
    return "\n@TFR1 " + nonce + " S " + key + '\n' + body + "\n@TFR1 " + nonce + " E " + key + ' '
        + QByteArray::number(code) + '\n';
}

QByteArray whole(const QByteArray &nonce, const QByteArray &sections, int count)
{
    return "\n@TFR1 " + nonce + " BEGIN probe\n" + frame(nonce, "clock", "100\n") + sections
        + frame(nonce, "clock", "102\n") + "\n@TFR1 " + nonce + " END " + QByteArray::number(count + 2) + '\n';
}

} // namespace

class ProbeFramesTest : public QObject {
    Q_OBJECT

private slots:
    void readsCapturedReplies_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("nonce");
        QTest::addColumn<int>("sections");
        QTest::addColumn<qint64>("clockStart");
        QTest::addColumn<qint64>("clockEnd");
        QTest::addColumn<QByteArray>("noise");
        QTest::newRow("debian fast") << "debian12-fast" << debianNonce << 9 << qint64(1795191111) << qint64(1795191111)
                                     << QByteArray();
        QTest::newRow("debian slow") << "debian12-slow" << debianNonce << 3 << qint64(1795191112) << qint64(1795191113)
                                     << QByteArray();
        QTest::newRow("noise") << "debian12-noise-nojournal" << debianNonce << 9 << qint64(1795191114)
                               << qint64(1795191114) << QByteArray("noise from bashrc\n");
        QTest::newRow("busybox fast") << "busybox-fast" << busyboxNonce << 9 << qint64(1795191114) << qint64(1795191114)
                                      << QByteArray();
        QTest::newRow("busybox slow") << "busybox-slow" << busyboxNonce << 3 << qint64(1795191114) << qint64(1795191114)
                                      << QByteArray();
    }

    void readsCapturedReplies()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, nonce);
        const QByteArray out = sample(name + QStringLiteral(".txt"));
        QVERIFY(!out.isEmpty());
        const ProbeAnswer answer = parseProbe(nonce, out, sample(name + QStringLiteral(".stderr.txt")));
        QVERIFY(answer.complete);
        QTEST(int(answer.sections.size()), "sections");
        QVERIFY(answer.clockStart && answer.clockEnd);
        QTEST(*answer.clockStart, "clockStart");
        QTEST(*answer.clockEnd, "clockEnd");
        QTEST(answer.noise, "noise");
    }

    void keepsExitCodesAndErrorTextOfTheirSection()
    {
        const ProbeAnswer answer = parseProbe(debianNonce, sample(QStringLiteral("debian12-noise-nojournal.txt")),
                                              sample(QStringLiteral("debian12-noise-nojournal.stderr.txt")));
        QCOMPARE(answer.sections["journal"].exitCode, 1);
        QCOMPARE(answer.sections["journal"].err.trimmed(),
                 QByteArray("No journal files were opened due to insufficient permissions."));
        QCOMPARE(answer.sections["ctr"].exitCode, 127);
        QVERIFY(answer.sections["st"].err.isEmpty());
        QVERIFY(answer.sections["mounts"].out.startsWith("/dev/vda / ext4"));
        QVERIFY(answer.sections["mounts"].out.endsWith("0 0\n"));
    }

    void cutAtEveryByteNeverInventsOrChangesASection()
    {
        const QByteArray out = sample(QStringLiteral("debian12-slow.txt"));
        const ProbeAnswer full = parseProbe(debianNonce, out, {});
        for (qsizetype cut = 0; cut < out.size(); ++cut) {
            const ProbeAnswer part = parseProbe(debianNonce, out.left(cut), {});
            QVERIFY2(!part.complete, qPrintable(QString::number(cut)));
            for (auto it = part.sections.begin(); it != part.sections.end(); ++it) {
                if (it.key() == "clock") // the second clock reading, of a reply without its end
                    continue;
                QVERIFY(full.sections.contains(it.key()));
                QCOMPARE(it->out, full.sections[it.key()].out);
                QCOMPARE(it->exitCode, full.sections[it.key()].exitCode);
            }
        }
    }

    void anotherNonceIsData()
    {
        const QByteArray forged = frame(busyboxNonce, "df", "/dev/sda 1 1 1\n") + "\n@TFR1 " + busyboxNonce + " END 1\n"
            + "@TFR1 " + debianNonce.left(31) + " E a 0\n";
        const ProbeAnswer answer = parseProbe(debianNonce, whole(debianNonce, frame(debianNonce, "a", forged), 1), {});
        QVERIFY(answer.complete);
        QCOMPARE(answer.sections.size(), 1);
        QCOMPARE(answer.sections["a"].out, forged);
    }

    void removesExactlyOneNewline_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("no newline") << QByteArray("x");
        QTest::newRow("newline") << QByteArray("x\n");
        QTest::newRow("two newlines") << QByteArray("x\n\n");
        QTest::newRow("only newlines") << QByteArray("\n\n\n");
        QTest::newRow("bytes") << QByteArray("\0\xff\r\n\x1b[31m@TFR1", 13);
    }

    void removesExactlyOneNewline()
    {
        QFETCH(QByteArray, body);
        const ProbeAnswer answer = parseProbe(debianNonce, whole(debianNonce, frame(debianNonce, "a", body), 1), {});
        QVERIFY(answer.complete);
        QCOMPARE(answer.sections["a"].out, body);
    }

    void brokenFramesAreNotComplete_data()
    {
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<QList<QByteArray>>("sections");
        const QByteArray &n = debianNonce;
        const QByteArray begin = "\n@TFR1 " + n + " BEGIN probe\n";
        const QByteArray good = frame(n, "good", "1");
        QTest::newRow("nothing") << QByteArray() << QList<QByteArray>{};
        QTest::newRow("no begin") << good << QList<QByteArray>{};
        QTest::newRow("no end") << begin + good << QList<QByteArray>{"good"};
        QTest::newRow("count differs") << whole(n, good, 2) << QList<QByteArray>{"good"};
        QTest::newRow("open section") << whole(n, good + "\n@TFR1 " + n + " S open\nbody", 2)
                                      << QList<QByteArray>{"good"};
        QTest::newRow("closes another") << whole(n, "\n@TFR1 " + n + " S a\nx\n@TFR1 " + n + " E b 0\n" + good, 2)
                                        << QList<QByteArray>{"good"};
        QTest::newRow("code is no number")
            << whole(n, "\n@TFR1 " + n + " S a\nx\n@TFR1 " + n + " E a zero\n" + good, 2) << QList<QByteArray>{"good"};
    }

    void brokenFramesAreNotComplete()
    {
        QFETCH(QByteArray, out);
        QFETCH(QList<QByteArray>, sections);
        const ProbeAnswer answer = parseProbe(debianNonce, out, {});
        QVERIFY(!answer.complete);
        QList<QByteArray> found = answer.sections.keys();
        found.removeAll("clock");
        QCOMPARE(found, sections);
    }

    void aLargeSectionStaysWhole()
    {
        const QByteArray large(1024 * 1024, 'x');
        const ProbeAnswer answer = parseProbe(debianNonce, whole(debianNonce, frame(debianNonce, "big", large), 1), {});
        QVERIFY(answer.complete);
        QCOMPARE(answer.sections["big"].out.size(), large.size());
    }

    void standardErrorIsKeptShort()
    {
        const QByteArray err = "\n@TFR1 " + debianNonce + " S a\n" + QByteArray(100'000, 'e') + "end";
        const ProbeAnswer answer = parseProbe(debianNonce, whole(debianNonce, frame(debianNonce, "a", ""), 1), err);
        QCOMPARE(answer.sections["a"].err.size(), 4096);
        QVERIFY(answer.sections["a"].err.endsWith("end"));
    }
};

QTEST_GUILESS_MAIN(ProbeFramesTest)
#include "tst_probeframes.moc"
