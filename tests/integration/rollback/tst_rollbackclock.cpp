// SPDX-License-Identifier: GPL-3.0-or-later
// Clocks that are set while a rollback is planned, run and verified: the console's own, and a host's. Nothing is lost
// or fenced off by it, and what must hold for a time holds for that time.
#include "rollbackworld.h"

using namespace taffrail::test;

namespace {

/// Shows programs another time of day, as setting the clock does: what counts seconds goes on as it did.
const QString &library()
{
    static const QString path = [] {
        QDirIterator found(QStringLiteral("/usr/lib"), {QStringLiteral("libfaketimeMT.so.1")}, QDir::Files,
                           QDirIterator::Subdirectories);
        return found.hasNext() ? found.next() : QString();
    }();
    return path;
}

void setClock(const QString &file, const QString &offset)
{
    // At once, and never half a word.
    Sshd::writeFile(file + QStringLiteral(".new"), offset.toLatin1() + '\n');
    if (::rename(QFile::encodeName(file + QStringLiteral(".new")).constData(), QFile::encodeName(file).constData())
        != 0)
        qFatal("the clock cannot be set");
}

} // namespace

class TestRollbackClock : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY2(!library().isEmpty(), "libfaketime is not installed; ./dev test installs it"); }
    void cleanup() { m_world.reset(); }
    void theConsolesClockIsSet_data();
    void theConsolesClockIsSet();
    void aHostsClockIsSetBeforeTheStart_data() { jumps(); }
    void aHostsClockIsSetBeforeTheStart();
    void aHostsClockIsSetInItsJob_data() { jumps(); }
    void aHostsClockIsSetInItsJob();

private:
    static void jumps()
    {
        QTest::addColumn<QString>("jump");
        QTest::newRow("two hours ahead") << "+7200";
        QTest::newRow("two hours back") << "-7200";
    }
    QString inventory(const QJsonObject &rollback) const
    {
        return m_world->writeInventory(
            {m_world->environment(QStringLiteral("shop"), QStringLiteral("shop"), rollback)});
    }
    QStringList confirmation(const QString &inventory, const QString &target)
    {
        return m_world->confirmation(QStringLiteral("shop"), inventory, target);
    }
    /// Three hosts with clocks that the test sets.
    void useHostClocks()
    {
        const QByteArray command = "ForceCommand LD_PRELOAD=" + library().toLatin1()
            + " FAKETIME_TIMESTAMP_FILE=%HOST%.clock FAKETIME_NO_CACHE=1 NO_FAKE_STAT=1 DONT_FAKE_MONOTONIC=1 "
              "FAKETIME_DONT_FAKE_MONOTONIC=1 exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"\n";
        m_world = std::make_unique<RollbackWorld>(3, QStringLiteral("srv it's $(touch oops)"), QStringLiteral(":"),
                                                  command);
        for (int i = 0; i < 3; ++i)
            setClock(hostClock(i), QStringLiteral("+0"));
        m_world->deployAll();
    }
    QString hostClock(int host) const { return m_world->file(QStringLiteral("host%1.clock").arg(host)); }
    QStringList live() const
    {
        QStringList all;
        for (int i = 0; i < m_world->hostCount(); ++i)
            all << m_world->live(i);
        return all;
    }
    static QStringList everywhere(const QString &release) { return {release, release, release}; }
    std::unique_ptr<RollbackWorld> m_world;
};

void TestRollbackClock::theConsolesClockIsSet_data()
{
    QTest::addColumn<QByteArray>("at");
    QTest::addColumn<QString>("jump");
    for (const char *jump : {"+7200", "-7200"}) {
        QTest::addRow("%s in the first host's job", jump)
            << QByteArray("web1: restart: running") << QString(QLatin1String(jump));
        QTest::addRow("%s between two hosts", jump) << QByteArray("web1: switched") << QString(QLatin1String(jump));
        QTest::addRow("%s while verifying", jump) << QByteArray("verifying:") << QString(QLatin1String(jump));
    }
}

void TestRollbackClock::theConsolesClockIsSet()
{
    QFETCH(QByteArray, at);
    QFETCH(QString, jump);
    m_world = std::make_unique<RollbackWorld>(3);
    m_world->deployAll();
    constexpr int holdMs = 4'000;
    const QString file
        = inventory({{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 0.5; "))},
                     {QStringLiteral("hold"), QStringLiteral("4s")},
                     {QStringLiteral("verify_timeout"), QStringLiteral("10s")}});
    const QString clock = m_world->file(QStringLiteral("clock"));
    setClock(clock, QStringLiteral("+0"));
    m_world->setVariable(QStringLiteral("LD_PRELOAD"), library());
    m_world->setVariable(QStringLiteral("FAKETIME_TIMESTAMP_FILE"), clock);
    for (const char *each :
         {"FAKETIME_NO_CACHE", "NO_FAKE_STAT", "DONT_FAKE_MONOTONIC", "FAKETIME_DONT_FAKE_MONOTONIC"})
        m_world->setVariable(QLatin1String(each), QStringLiteral("1"));
    const QStringList arguments = confirmation(file, olderRelease);
    QVERIFY(!arguments.isEmpty());
    const auto process = m_world->start(arguments);
    QByteArray out;
    const auto reaches = [&](const QByteArray &word) {
        return QTest::qWaitFor(
            [&] {
                out += process->readAllStandardOutput();
                return out.contains(word) || process->state() == QProcess::NotRunning;
            },
            60'000);
    };
    QVERIFY2(reaches(at), out);
    const bool isHolding = at == "verifying:";
    QElapsedTimer held;
    held.start();
    if (isHolding) // into the time for which it must stay good
        QVERIFY(QTest::qWaitFor([&held] { return held.hasExpired(1'500); }, 10'000));
    setClock(clock, jump);
    QVERIFY2(reaches("verifying:"), out);
    if (!isHolding)
        held.start();
    const CliResult result = RollbackWorld::finish(*process, 40'000);
    QVERIFY2(result.exitCode == 0, out + result.out + result.err);
    QVERIFY2(held.elapsed() >= holdMs - 500, QByteArray::number(held.elapsed()));
    QCOMPARE(live(), everywhere(olderRelease));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(m_world->restarts(i), QStringList{olderRelease});
    QVERIFY(m_world->auditIsWhole());
    // And the way forward, once the clock is right again.
    setClock(clock, QStringLiteral("+0"));
    const CliResult forward = m_world->cli(confirmation(file, newerRelease));
    QVERIFY2(forward.exitCode == 0, forward.out + forward.err);
    QVERIFY(m_world->auditIsWhole());
}

void TestRollbackClock::aHostsClockIsSetBeforeTheStart()
{
    QFETCH(QString, jump);
    useHostClocks();
    const QString file = inventory({});
    const QStringList arguments = confirmation(file, olderRelease);
    setClock(hostClock(0), jump); // the host whose health is read
    const CliResult result = m_world->cli(arguments);
    QCOMPARE(result.exitCode, 77);
    QVERIFY2(result.err.contains("digest"), result.out + result.err);
    const CliResult anew = m_world->cli(confirmation(file, olderRelease));
    QCOMPARE(anew.exitCode, 77);
    QVERIFY2(anew.err.contains("rollback.clock"), anew.out + anew.err);
    QCOMPARE(live(), everywhere(newerRelease));
    setClock(hostClock(0), QStringLiteral("+0"));
    const CliResult again = m_world->cli(confirmation(file, olderRelease));
    QVERIFY2(again.exitCode == 0, again.out + again.err);
    QCOMPARE(live(), everywhere(olderRelease));
    QVERIFY(m_world->auditIsWhole());
}

void TestRollbackClock::aHostsClockIsSetInItsJob()
{
    QFETCH(QString, jump);
    useHostClocks();
    const QString file
        = inventory({{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 1; "))},
                     {QStringLiteral("verify_timeout"), QStringLiteral("10s")}});
    const auto process = m_world->start(confirmation(file, olderRelease) << QStringLiteral("--json"));
    for (int i = 0; i < 3; ++i) {
        QVERIFY(QTest::qWaitFor([&] { return m_world->live(i) == olderRelease; }, 60'000));
        setClock(hostClock(i), jump);
    }
    const CliResult result = RollbackWorld::finish(*process, 60'000);
    QVERIFY2(result.exitCode == 0, result.out + result.err);
    QCOMPARE(live(), everywhere(olderRelease));
    // No step ended before it began.
    const QJsonObject run = QJsonDocument::fromJson(result.out).object();
    int steps = 0;
    for (const QJsonValue &host : run[QStringLiteral("hosts")].toArray()) {
        for (const QJsonValue &step : host[QStringLiteral("steps")].toArray()) {
            const auto at = [&](const char *key) {
                return QDateTime::fromString(step[QLatin1String(key)].toString(), Qt::ISODate);
            };
            QVERIFY2(at("started_at").isValid() && at("ended_at") >= at("started_at"), result.out);
            ++steps;
        }
    }
    QCOMPARE(steps, 12);
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(m_world->restarts(i), QStringList{olderRelease});
        setClock(hostClock(i), QStringLiteral("+0"));
    }
    // Tokens are counted, not dated: what comes after a jump is not older than it.
    const CliResult forward = m_world->cli(confirmation(file, newerRelease));
    QVERIFY2(forward.exitCode == 0, forward.out + forward.err);
    QCOMPARE(live(), everywhere(newerRelease));
    QVERIFY(m_world->auditIsWhole());
}

QTEST_GUILESS_MAIN(TestRollbackClock)
#include "tst_rollbackclock.moc"
