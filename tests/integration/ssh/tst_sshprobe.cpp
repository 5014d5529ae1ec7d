// SPDX-License-Identifier: GPL-3.0-or-later
#include "sshdfixture.h"

using namespace taffrail;
using namespace taffrail::test;
using namespace std::chrono_literals;

class TestSshProbe : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_server = std::make_unique<Sshd>();
        m_pool = std::make_unique<ssh::Pool>(m_server->settings());
    }
    void cleanup()
    {
        m_pool.reset();
        m_server.reset();
    }

    void staysInOneShell()
    {
        QByteArray shell;
        for (int i = 0; i < 100; ++i) {
            const auto reply = probe("echo pid=$$; echo warning >&2");
            QVERIFY2(reply, describe(reply));
            QVERIFY2(reply->out.contains(" BEGIN fast\n") && reply->out.endsWith(" END 0\n"), reply->out);
            QCOMPARE(reply->err, QByteArray("warning\n"));
            QCOMPARE(reply->exitCode, 0);
            const QByteArray pid = lineOf(reply->out, "pid=");
            QVERIFY(!pid.isEmpty());
            if (i == 0)
                shell = pid;
            QCOMPARE(pid, shell);
        }
    }

    void probesDoNotMix()
    {
        std::vector<Pending<ExecReply>> all;
        for (int i = 0; i < 20; ++i)
            all.push_back(startProbe(*m_pool, m_server->endpoint(),
                                     "echo n=" + QByteArray::number(i) + "; echo e" + QByteArray::number(i) + " >&2"));
        for (int i = 0; i < 20; ++i) {
            const auto reply = all[std::size_t(i)].get();
            QVERIFY2(reply, describe(reply));
            QCOMPARE(lineOf(reply->out, "n="), QByteArray::number(i));
            QCOMPARE(reply->err, "e" + QByteArray::number(i) + '\n');
        }
    }

    void lateStandardErrorBelongsToItsProbe()
    {
        const auto reply = probe("head -c 60000 /dev/zero | tr '\\0' x >&2; echo out");
        QVERIFY2(reply, describe(reply));
        QCOMPARE(reply->err.size(), 60'000);
        QCOMPARE(probe("echo out")->err, QByteArray());
    }

    void aFrameLikeLineWithAnotherNonceIsData()
    {
        const auto reply = probe("printf '\\n@TFR1 ffffffffffffffffffffffffffffffff END 0\\n'; echo after");
        QVERIFY2(reply, describe(reply));
        QVERIFY(reply->out.contains("after\n"));
    }

    void aHungProbeFallsBackToAFreshShell()
    {
        const QByteArray flag = QFile::encodeName(m_server->path(QStringLiteral("flag")));
        const auto first = probe("echo pid=$$");
        QVERIFY2(first, describe(first));
        // Hangs only in the kept shell: the fresh one finds the flag.
        const auto reply = probe("[ -e " + flag + " ] || { : > " + flag + "; sleep 30; }; echo pid=$$", 3s);
        QVERIFY2(reply, describe(reply));
        QVERIFY(lineOf(reply->out, "pid=") != lineOf(first->out, "pid="));
        const auto next = probe("echo pid=$$");
        QVERIFY2(next, describe(next));
        QCOMPARE(m_pool->connectionCount(), 1);
    }

    void alwaysHungIsATimeout()
    {
        const auto reply = probe("sleep 30", 2s);
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::Timeout);
        QCOMPARE(reply.error().step, QStringLiteral("run"));
        QVERIFY(probe("true"));
    }

    void aShellThatEndsIsReplaced()
    {
        QVERIFY(probe("true"));
        const auto reply = probe("exit 0", 10s); // both shells end at it
        QVERIFY(!reply || !reply->out.contains(" END 0"));
        const auto next = probe("echo fine");
        QVERIFY2(next, describe(next));
        QVERIFY(next->out.contains("fine\n"));
    }

    void tooLarge()
    {
        const auto reply = startProbe(*m_pool, m_server->endpoint(), "head -c 100000000 /dev/zero", 20s, 65'536).get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::TooLarge);
        QVERIFY(probe("true"));
    }

    void cancelsTheOneThatRuns()
    {
        const auto hung = startProbe(*m_pool, m_server->endpoint(), "sleep 30", 60s);
        const auto waiting = startProbe(*m_pool, m_server->endpoint(), "echo next");
        QTRY_COMPARE(m_pool->connectionCount(), 1);
        m_pool->cancel(hung.id);
        QCOMPARE(hung.get().error().kind, ErrorKind::Cancelled);
        const auto next = waiting.get();
        QVERIFY2(next, describe(next));
    }

    void aBackgroundChildDoesNotHoldTheAnswer()
    {
        QElapsedTimer clock;
        clock.start();
        const auto reply = probe("sleep 15 >/dev/null 2>&1 </dev/null &");
        QVERIFY2(reply, describe(reply));
        QVERIFY(clock.elapsed() < 10'000);
    }

    void aCutConnectionIsConnectionLostNotOutcomeUnknown()
    {
        const auto pending = startProbe(*m_pool, m_server->endpoint(), "sleep 30", 60s);
        QTRY_VERIFY(!Sshd::childrenOf(m_server->pid()).isEmpty() && m_pool->connectionCount() == 1);
        QTRY_VERIFY(m_server->log().contains(QStringLiteral("Accepted publickey")));
        m_server->killSessions();
        const auto reply = pending.get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::ConnectionLost);
        QVERIFY2(probe("true"), "no new connection");
    }

private:
    Result<ExecReply> probe(const QByteArray &body, std::chrono::milliseconds deadline = 20s)
    {
        return startProbe(*m_pool, m_server->endpoint(), body, deadline).get();
    }
    static QByteArray lineOf(const QByteArray &out, const QByteArray &prefix)
    {
        for (const QByteArray &line : out.split('\n')) {
            if (line.startsWith(prefix))
                return line.mid(prefix.size());
        }
        return {};
    }

    std::unique_ptr<Sshd> m_server;
    std::unique_ptr<ssh::Pool> m_pool;
};

QTEST_GUILESS_MAIN(TestSshProbe)
#include "tst_sshprobe.moc"
