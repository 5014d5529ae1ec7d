// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTest>

#include <list>

using namespace taffrail::sources;
using namespace std::chrono_literals;

namespace {

const QByteArray nonce = "00112233445566778899aabbccddeeff";

struct Ran {
    QByteArray out, err;
    qint64 milliseconds = 0;
};

/// Feeds a script to a shell as an exec channel would, and reads until the shell ends.
Ran run(const QStringList &shell, const QByteArray &script)
{
    QProcess process;
    QElapsedTimer timer;
    timer.start();
    process.start(shell.first(), shell.mid(1) << QStringLiteral("-s"));
    process.write(script);
    process.closeWriteChannel();
    process.waitForFinished(20'000);
    return {process.readAllStandardOutput(), process.readAllStandardError(), timer.elapsed()};
}

ProbePart part(const char *key, const char *text, std::chrono::milliseconds limit = 2s, qint64 bytes = 4096)
{
    return {key, {text, limit, bytes}};
}

} // namespace

class ProbeScriptTest : public QObject {
    Q_OBJECT

    static QList<QPair<const char *, QStringList>> shells()
    {
        return {
            {"dash", {QStringLiteral("/usr/bin/dash")}},
            {"bash --posix", {QStringLiteral("/bin/bash"), QStringLiteral("--posix")}},
            {"busybox sh", {QStringLiteral("busybox"), QStringLiteral("sh")}},
        };
    }

    static void addShells()
    {
        QTest::addColumn<QStringList>("shell");
        QTest::addColumn<bool>("hasTimeout");
        for (const auto &[name, command] : shells()) {
            QTest::newRow(name) << command << true;
            QTest::addRow("%s without timeout(1)", name) << command << false;
        }
    }

    static QByteArray scriptOf(const std::vector<ProbePart> &parts)
    {
        QFETCH(bool, hasTimeout);
        QByteArray script = assembleProbe(nonce, parts).script;
        if (!hasTimeout)
            script.replace("command -v timeout", "command -v no-such-command");
        return script;
    }

private slots:
    void answersOfAllParts_data() { addShells(); }
    void answersOfAllParts()
    {
        QFETCH(QStringList, shell);
        const std::vector<ProbePart> parts{
            part("short", "printf 'a b\\n'; echo \"$LC_ALL $TZ\"; pwd"),
            part("long.one", "printf x; echo oops >&2; exit 3", 8s),
            part("quotes", "printf '%s' \"it's\""),
            part("long-two", "cat; echo done", 8s),
            part("absent", "no-such-tool-here"),
            part("broken", "if then"),
            part("stdin", "cat; echo end"),
        };
        const Ran ran = run(shell, "echo before\n" + scriptOf(parts) + "echo after \"$N$T$u$r\"\npwd >/dev/null\n");
        const ProbeAnswer answer = parseProbe(nonce, ran.out, ran.err);
        QVERIFY2(answer.complete, (ran.out + ran.err).constData());
        QCOMPARE(answer.noise, QByteArray("before\n"));
        QCOMPARE(answer.sections.size(), qsizetype(parts.size()));
        QCOMPARE(answer.sections["short"].out, QByteArray("a b\nC UTC\n/\n"));
        QCOMPARE(answer.sections["long.one"].out, QByteArray("x"));
        QCOMPARE(answer.sections["long.one"].exitCode, 3);
        QCOMPARE(answer.sections["long.one"].err.trimmed(), QByteArray("oops"));
        QCOMPARE(answer.sections["quotes"].out, QByteArray("it's"));
        QCOMPARE(answer.sections["long-two"].out, QByteArray("done\n"));
        QCOMPARE(answer.sections["absent"].exitCode, 127);
        QVERIFY(answer.sections["absent"].err.contains("no-such-tool-here"));
        QVERIFY(answer.sections["broken"].exitCode != 0);
        QCOMPARE(answer.sections["stdin"].out, QByteArray("end\n"));
        QVERIFY(answer.clockStart && answer.clockEnd && *answer.clockStart <= *answer.clockEnd);
        QVERIFY2(ran.out.endsWith("\nafter \n"), "the shell goes on, and no variable of the probe is left in it");
    }

    void aResidentShellIsLeftAsItWas_data() { addShells(); }
    void aResidentShellIsLeftAsItWas()
    {
        QFETCH(QStringList, shell);
        const QByteArray state
            = "{ set; trap; pwd; umask; } | grep -vE '^(_|RANDOM|SECONDS|LINENO|BASH_LINENO|FUNCNAME|"
              "PIPESTATUS|EPOCH|SRANDOM|BASH_COMMAND|BASHPID|COLUMNS|LINES)'\n";
        const QByteArray script = scriptOf({part("a", "echo 1"), part("b", "echo 2", 8s)});
        const Ran ran = run(shell,
                            "cd /tmp; IFS='x'; trap 'true' USR1; umask 022\n" + state + "echo '=='\n" + script
                                + "echo '=='\n" + state);
        const QList<QByteArray> pieces = QByteArray(ran.out).replace("==\n", "\x01").split('\x01');
        QCOMPARE(pieces.size(), 3);
        QCOMPARE(pieces.last(), pieces.first());
        QVERIFY(parseProbe(nonce, ran.out, ran.err).complete);
    }

    /// All shells side by side, because each needs some seconds.
    void misbehavingPartsCostOnlyThemselves()
    {
        // A process of another session that keeps the part's output open stands for one in uninterruptible sleep.
        const std::vector<ProbePart> parts{
            part("first", "echo 1"),
            part("hung.short", "echo begun; exec sleep 30", 1s),
            part("hung.long", "echo begun; exec sleep 30", 3500ms),
            part("stuck", "setsid sleep 25 </dev/null & echo begun", 3100ms),
            part("flood", "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", 2s, 10'000),
            part("flood.long", "yes", 5s, 200'000),
            part("errors", "i=0; while [ $i -lt 9000 ]; do echo long-text-on-stderr-$i; i=$((i+1)); done >&2", 4s),
            part("quick", "echo 3", 8s),
            part("last", "echo 2"),
        };
        struct Case {
            QStringList shell;
            bool hasTimeout;
            QProcess process;
        };
        std::list<Case> cases;
        for (const auto &[name, shell] : shells()) {
            for (const bool hasTimeout : {true, false}) {
                Case &one = cases.emplace_back();
                one.shell = shell;
                one.hasTimeout = hasTimeout;
                QByteArray script = assembleProbe(nonce, parts).script;
                if (!hasTimeout)
                    script.replace("command -v timeout", "command -v no-such-command");
                one.process.start(shell.first(), shell.mid(1) << QStringLiteral("-s"));
                one.process.write(script);
                one.process.closeWriteChannel();
            }
        }
        for (Case &one : cases) {
            QTRY_COMPARE_WITH_TIMEOUT(one.process.state(), QProcess::NotRunning, 40'000);
            const QByteArray out = one.process.readAllStandardOutput();
            const ProbeAnswer answer = parseProbe(nonce, out, one.process.readAllStandardError());
            QVERIFY2(answer.complete, out.constData());
            const auto &sections = answer.sections;
            QCOMPARE(sections["first"].out, QByteArray("1\n"));
            QCOMPARE(sections["last"].out, QByteArray("2\n"));
            QCOMPARE(sections["quick"].out, QByteArray("3\n"));
            QCOMPARE(sections["hung.short"].exitCode, 137);
            QCOMPARE(sections["hung.short"].out, QByteArray("begun\n"));
            QCOMPARE(sections["hung.long"].exitCode, 137);
            QCOMPARE(sections["stuck"].exitCode, 124);
            QCOMPARE(sections["flood"].out.size(), 10'000);
            QVERIFY(sections["flood"].exitCode != 0);
            QCOMPARE(sections["flood.long"].out.size(), 200'000);
            QVERIFY(sections["flood.long"].exitCode != 0);
            QCOMPARE(sections["errors"].exitCode, 0);
            QVERIFY(sections["errors"].err.contains("stderr-8999"));
        }
    }

    void aCutScriptRunsNothing_data() { addShells(); }
    void aCutScriptRunsNothing()
    {
        QFETCH(QStringList, shell);
        const QByteArray script = scriptOf({part("a", "echo 1")});
        const qsizetype call = script.lastIndexOf("\ntaffrail_probe ");
        QVERIFY(call > 0);
        for (qsizetype cut = 1; cut <= call - 2; cut += 97)
            QVERIFY2(!run(shell, script.left(cut)).out.contains("@TFR1"), script.left(cut).right(40).constData());
    }

    void limitsCoverTheParts()
    {
        const Probe probe = assembleProbe(nonce, {part("a", "true", 2s, 1000), part("b", "true", 20s, 500'000)});
        QVERIFY(probe.limit >= 20s);
        QVERIFY(probe.limit <= 40s);
        QVERIFY(probe.maxBytes >= 501'000);
        QVERIFY(!probe.script.contains("\nexit"));
    }

    void anEmptyProbeIsComplete_data() { addShells(); }
    void anEmptyProbeIsComplete()
    {
        QFETCH(QStringList, shell);
        const Ran ran = run(shell, scriptOf({}));
        QVERIFY(parseProbe(nonce, ran.out, ran.err).complete);
    }
};

QTEST_GUILESS_MAIN(ProbeScriptTest)
#include "tst_probescript.moc"
