// SPDX-License-Identifier: GPL-3.0-or-later
#include "sshdfixture.h"

using namespace taffrail;
using namespace taffrail::test;
using namespace std::chrono_literals;

class TestSshExec : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_server = std::make_unique<Sshd>();
        m_pool = std::make_unique<ssh::Pool>(m_server->settings());
    }
    void cleanupTestCase()
    {
        m_pool.reset();
        m_server.reset();
    }

    void answersWithExitCode_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<QByteArray>("err");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QByteArray>("signal");
        // clang-format off
        QTest::newRow("ok") << QByteArray("echo hello") << QByteArray("hello\n") << QByteArray() << 0 << QByteArray();
        QTest::newRow("exit code") << QByteArray("echo a; echo b >&2; exit 3") << QByteArray("a\n") << QByteArray("b\n") << 3 << QByteArray();
        QTest::newRow("nothing") << QByteArray("exit 0") << QByteArray() << QByteArray() << 0 << QByteArray();
        QTest::newRow("empty script") << QByteArray() << QByteArray() << QByteArray() << 0 << QByteArray();
        QTest::newRow("not found") << QByteArray("exec /nonexistent/tool 2>/dev/null") << QByteArray() << QByteArray() << 127 << QByteArray();
        QTest::newRow("killed") << QByteArray("kill -KILL $$") << QByteArray() << QByteArray() << -1 << QByteArray("KILL");
        QTest::newRow("any bytes") << QByteArray("printf '\\000\\377\\n'") << QByteArray("\0\377\n", 3) << QByteArray() << 0 << QByteArray();
        QTest::newRow("quoting") << QByteArray("printf %s 'a'\\''b$(id)!`x`\\\\'") << QByteArray("a'b$(id)!`x`\\\\") << QByteArray() << 0 << QByteArray();
        // clang-format on
    }
    void answersWithExitCode()
    {
        QFETCH(QByteArray, script);
        QFETCH(int, exitCode);
        const auto reply = startExec(*m_pool, m_server->endpoint(), script).get();
        QVERIFY2(reply, describe(reply));
        QTEST(reply->out, "out");
        QTEST(reply->err, "err");
        QCOMPARE(reply->exitCode, exitCode);
        QTEST(reply->signal, "signal");
        QVERIFY(reply->startedAt <= reply->finishedAt);
    }

    void sendsAScriptLargerThanTheWindow()
    {
        QByteArray script("wc -c <<'EOF'\n");
        const QByteArray line(99, 'x');
        for (int i = 0; i < 60'000; ++i)
            script += line + '\n';
        script += "EOF\n";
        const auto reply = startExec(*m_pool, m_server->endpoint(), script).get();
        QVERIFY2(reply, describe(reply));
        QCOMPARE(reply->out.trimmed(), QByteArray("6000000"));
    }

    void drainsBothStreams()
    {
        const QByteArray script = "head -c 8000000 /dev/zero >&2; head -c 8000000 /dev/zero; echo done >&2";
        const auto reply = startExec(*m_pool, m_server->endpoint(), script, 20s, 9'000'000, 9'000'000).get();
        QVERIFY2(reply, describe(reply));
        QCOMPARE(reply->out.size(), 8'000'000);
        QCOMPARE(reply->err.size(), 8'000'005);
    }

    void refusesTooLarge_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::newRow("stdout") << QByteArray("head -c 100000000 /dev/zero");
        QTest::newRow("stderr") << QByteArray("head -c 100000000 /dev/zero >&2");
        QTest::newRow("endless") << QByteArray("yes");
    }
    void refusesTooLarge()
    {
        QFETCH(QByteArray, script);
        const qint64 before = residentKib();
        const auto reply = startExec(*m_pool, m_server->endpoint(), script, 20s, 65'536, 65'536).get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::TooLarge);
        QCOMPARE(reply.error().step, QStringLiteral("run"));
        QVERIFY(startExec(*m_pool, m_server->endpoint(), "echo still here").get());
        QVERIFY2(residentKib() - before < 20'000, "the output was kept in memory");
    }

    void keepsTheDeadline()
    {
        QElapsedTimer clock;
        clock.start();
        const auto reply = startExec(*m_pool, m_server->endpoint(), "echo started; sleep 60", 700ms).get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::Timeout);
        QCOMPARE(reply.error().step, QStringLiteral("run"));
        QVERIFY2(reply.error().subject.contains(QString::number(m_server->port())), describe(reply));
        QVERIFY(clock.elapsed() < 10'000);
        QVERIFY(startExec(*m_pool, m_server->endpoint(), "echo still here").get());
    }

    void hungCommandsDoNotUseTheConnectionUp()
    {
        // sshd counts a session as open until its command ends, and allows ten (MaxSessions).
        for (int i = 0; i < 24; i += 4) {
            std::vector<Pending<ExecReply>> hung;
            for (int k = 0; k < 4; ++k)
                hung.push_back(startExec(*m_pool, m_server->endpoint(), "sleep 20", 400ms));
            for (const auto &each : hung)
                QCOMPARE(each.get().error().kind, ErrorKind::Timeout);
        }
        const auto reply = startExec(*m_pool, m_server->endpoint(), "echo still here").get();
        QVERIFY2(reply, describe(reply));
    }

    void cancels()
    {
        const auto pending = startExec(*m_pool, m_server->endpoint(), "sleep 60", 30s);
        const auto quick = startExec(*m_pool, m_server->endpoint(), "echo quick").get();
        QVERIFY2(quick, describe(quick));
        m_pool->cancel(pending.id);
        const auto reply = pending.get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::Cancelled);
        m_pool->cancel(pending.id); // twice, and of what is over: nothing
        m_pool->cancel(987'654);
        QVERIFY(startExec(*m_pool, m_server->endpoint(), "echo still here").get());
    }

    void queuesOverFourChannels()
    {
        // Every command says how many of them run at this moment.
        m_server->write(QStringLiteral("running"), "");
        const QByteArray folder = QFile::encodeName(m_server->path(QStringLiteral("run")));
        const QByteArray script = "mkdir -p " + folder + "; : > " + folder + "/$$; sleep 0.3; ls " + folder
            + " | wc -l; rm " + folder + "/$$";
        std::vector<Pending<ExecReply>> all;
        for (int i = 0; i < 12; ++i)
            all.push_back(startExec(*m_pool, m_server->endpoint(), script));
        int most = 0;
        for (const auto &each : all) {
            const auto reply = each.get();
            QVERIFY2(reply, describe(reply));
            most = std::max(most, reply->out.trimmed().toInt());
        }
        QVERIFY2(most >= 2 && most <= 4, QByteArray::number(most));
        QCOMPARE(m_pool->connectionCount(), 1);
        QCOMPARE(m_server->sessionCount(), 1);
    }

    void waitingInTheQueueHasItsOwnWords()
    {
        std::vector<Pending<ExecReply>> blockers;
        for (int i = 0; i < 4; ++i)
            blockers.push_back(startExec(*m_pool, m_server->endpoint(), "sleep 60", 60s));
        const auto reply = startExec(*m_pool, m_server->endpoint(), "echo late", 1s).get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::Timeout);
        QCOMPARE(reply.error().step, QStringLiteral("channel"));
        for (const auto &each : blockers)
            m_pool->cancel(each.id);
        QVERIFY(startExec(*m_pool, m_server->endpoint(), "echo still here").get());
    }

    void destroyingThePoolCancels()
    {
        auto pool = std::make_unique<ssh::Pool>(m_server->settings());
        QVERIFY(startExec(*pool, m_server->endpoint(), "true").get());
        const auto pending = startExec(*pool, m_server->endpoint(), "sleep 60", 60s);
        pool.reset();
        QVERIFY(pending.isDone());
        QCOMPARE(pending.get().error().kind, ErrorKind::Cancelled);
    }

private:
    static qint64 residentKib()
    {
        const QByteArray status = Sshd::read(QStringLiteral("/proc/self/status"));
        const qsizetype at = status.indexOf("VmRSS:");
        return status.mid(at + 6, 20).trimmed().split(' ').value(0).toLongLong();
    }

    std::unique_ptr<Sshd> m_server;
    std::unique_ptr<ssh::Pool> m_pool;
};

QTEST_GUILESS_MAIN(TestSshExec)
#include "tst_sshexec.moc"
