// SPDX-License-Identifier: GPL-3.0-or-later
#include "localshell.h"

#include <QDir>
#include <QSemaphore>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <optional>

using namespace taffrail;
using namespace std::chrono_literals;

namespace {

/// Waits for one answer. The limit only ends a broken test.
class Answer {
public:
    Done<ExecReply> done()
    {
        return [this](Result<ExecReply> reply) {
            m_reply.emplace(std::move(reply));
            m_ready.release();
        };
    }
    bool wait() { return m_ready.tryAcquire(1, 30'000); }
    const Result<ExecReply> &operator*() const { return *m_reply; }
    const Result<ExecReply> *operator->() const { return &*m_reply; }

private:
    QSemaphore m_ready;
    std::optional<Result<ExecReply>> m_reply;
};

int openDescriptors()
{
    return int(
        QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::System).size());
}

bool isAlive(const QByteArray &pid)
{
    QFile stat(QStringLiteral("/proc/%1/stat").arg(QString::fromLatin1(pid.trimmed())));
    return stat.open(QIODevice::ReadOnly) && !stat.readAll().contains(") Z ");
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestLocalShell : public QObject {
    Q_OBJECT

private slots:
    void answers_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<QByteArray>("err");
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("signal");
        QTest::newRow("both streams") << QByteArray("echo a; echo b >&2; exit 3") << QByteArray("a\n")
                                      << QByteArray("b\n") << 3 << QByteArray();
        QTest::newRow("empty script") << QByteArray() << QByteArray() << QByteArray() << 0 << QByteArray();
        QTest::newRow("killed by a signal")
            << QByteArray("kill -TERM $$") << QByteArray() << QByteArray() << -1 << QByteArray("TERM");
        QTest::newRow("shell leaves its script unread")
            << QByteArray("exit 4\n" + QByteArray(500'000, '#')) << QByteArray() << QByteArray() << 4 << QByteArray();
        QTest::newRow("bytes as they are") << QByteArray("printf '\\000\\377\\033x'") << QByteArray("\0\xff\x1bx", 4)
                                           << QByteArray() << 0 << QByteArray();
        QTest::newRow("large script") << QByteArray(QByteArray("x=y\n").repeated(100'000) + "echo $x")
                                      << QByteArray("y\n") << QByteArray() << 0 << QByteArray();
        QTest::newRow("no terminal, no other descriptor")
            << QByteArray("ls /proc/self/fd | wc -l; tty -s </dev/tty || echo none") << QByteArray() << QByteArray()
            << 0 << QByteArray();
    }

    void answers()
    {
        QFETCH(QByteArray, script);
        QFETCH(QByteArray, out);
        LocalShell shell;
        Answer answer;
        QVERIFY(shell.exec({script}, answer.done()) != 0);
        QVERIFY(answer.wait());
        QVERIFY2(answer->has_value(), *answer ? "" : qPrintable(sentence(answer->error())));
        const ExecReply &reply = **answer;
        QTEST(reply.exitCode, "code");
        QTEST(reply.signal, "signal");
        if (script.startsWith("ls")) {
            QCOMPARE(reply.out, QByteArray("4\nnone\n")); // 0, 1, 2 and ls's own
            return;
        }
        QCOMPARE(reply.out, out);
        QTEST(reply.err, "err");
        QVERIFY(reply.startedAt.isValid() && reply.startedAt <= reply.finishedAt);
        QVERIFY(reply.took > 0us);
    }

    void bothStreamsAreDrainedTogether()
    {
        LocalShell shell;
        Answer answer;
        shell.exec({"dd if=/dev/zero bs=65536 count=64 2>/dev/null; dd if=/dev/zero bs=65536 count=64 >&2 2>/dev/null; "
                    "echo end",
                    20s, 8 << 20, 8 << 20},
                   answer.done());
        QVERIFY(answer.wait());
        QVERIFY(answer->has_value());
        QVERIFY((**answer).out.endsWith("end\n"));
        QCOMPARE((**answer).out.size() + (**answer).err.size(), qsizetype(4 << 20) + qsizetype(4 << 20) + 4);
    }

    void endsWithItsWholeGroup_data()
    {
        QTest::addColumn<QByteArray>("then");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("deadline") << QByteArray("wait") << ErrorKind::Timeout;
        QTest::newRow("output limit") << QByteArray("yes") << ErrorKind::TooLarge;
        QTest::newRow("error limit") << QByteArray("yes >&2") << ErrorKind::TooLarge;
        QTest::newRow("cancel") << QByteArray("wait") << ErrorKind::Cancelled;
        QTest::newRow("destroyed") << QByteArray("wait") << ErrorKind::Cancelled;
    }

    void endsWithItsWholeGroup()
    {
        QFETCH(QByteArray, then);
        QFETCH(ErrorKind, kind);
        const QTemporaryDir folder;
        const QString pidFile = folder.filePath(QStringLiteral("pid"));
        const bool byDeadline = kind == ErrorKind::Timeout;
        std::optional<LocalShell> shell(std::in_place);
        Answer answer;
        // a child and a grandchild that ignore TERM
        const QByteArray script = "trap '' TERM; (trap '' TERM; sleep 1000 & echo $! > '" + pidFile.toUtf8()
            + ".new'; mv '" + pidFile.toUtf8() + ".new' '" + pidFile.toUtf8() + "'; wait) & while [ ! -f '"
            + pidFile.toUtf8() + "' ]; do sleep 0.01; done; " + then;
        const RequestId id = shell->exec({script, byDeadline ? 700ms : 60'000ms, 100'000, 100'000}, answer.done());
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(pidFile), 20'000);
        const QByteArray pid = contentOf(pidFile);
        QVERIFY(!pid.isEmpty());
        if (qstrcmp(QTest::currentDataTag(), "cancel") == 0)
            shell->cancel(id);
        if (qstrcmp(QTest::currentDataTag(), "destroyed") == 0)
            shell.reset();
        QVERIFY(answer.wait());
        QVERIFY(!*answer);
        QCOMPARE(answer->error().kind, kind);
        QTRY_VERIFY(!isAlive(pid));
    }

    void backgroundChildDoesNotHoldTheAnswer()
    {
        LocalShell shell;
        Answer answer;
        shell.exec({"sleep 1000 & echo $!", 20s}, answer.done());
        QVERIFY(answer.wait());
        QVERIFY(answer->has_value());
        QCOMPARE((**answer).exitCode, 0);
        QTRY_VERIFY(!isAlive((**answer).out));
    }

    void manyAtOnceAndNothingLeft()
    {
        const int before = openDescriptors();
        {
            LocalShell shell;
            constexpr int count = 60;
            std::vector<std::unique_ptr<Answer>> answers;
            for (int i = 0; i < count; ++i) {
                answers.push_back(std::make_unique<Answer>());
                shell.exec({"read x <<E\n" + QByteArray::number(i) + "\nE\necho $x"}, answers.back()->done());
            }
            for (int i = 0; i < count; ++i) {
                QVERIFY(answers[size_t(i)]->wait());
                QCOMPARE((***answers[size_t(i)]).out, QByteArray::number(i) + '\n');
            }
        }
        QCOMPARE(openDescriptors(), before);
    }

    void cancelOfUnknownAndFinishedIsHarmless()
    {
        LocalShell shell;
        Answer first, second;
        const RequestId id = shell.exec({"echo 1"}, first.done());
        QVERIFY(first.wait());
        shell.cancel(id);
        shell.cancel(12345);
        shell.exec({"echo 2"}, second.done());
        QVERIFY(second.wait());
        QCOMPARE((**second).out, QByteArray("2\n"));
    }

    void callbackMayAskAgain()
    {
        LocalShell shell;
        Answer second;
        shell.exec({"echo 1"}, [&](const Result<ExecReply> &) { shell.exec({"echo 2"}, second.done()); });
        QVERIFY(second.wait());
        QCOMPARE((**second).out, QByteArray("2\n"));
    }
};

QTEST_GUILESS_MAIN(TestLocalShell)
#include "tst_localshell.moc"
