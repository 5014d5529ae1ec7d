// SPDX-License-Identifier: GPL-3.0-or-later
// The connection is cut or reset after a random number of bytes, while a rollback is planned, started, run or verified.
// However that ends, the host is in one of the two releases, its restart ran once per job, and the next try ends well.
#include "cutproxy.h"
#include "rollbackworld.h"

#include <QMutex>
#include <QRandomGenerator>
#include <QThread>

#include <atomic>
#include <cmath>

using namespace taffrail::test;

namespace {

constexpr int workers = 6;
constexpr int mostTries = 6;
/// About what passes, both ways together: measured, so that no phase is left out.
constexpr int wholePlan = 37'000, wholeRun = 117'000;

/// What happened over all seeds, for the log.
struct Tally {
    std::atomic<int> cuts{0}, seeds{0}, planCut{0}, first{0}, later{0};
    QMutex mutex;
    QStringList problems;

    void complain(const QString &what)
    {
        const QMutexLocker locker(&mutex);
        problems << what;
    }
};

/// One seed: an application, an environment and a state of its own.
class Seed {
public:
    Seed(RollbackWorld &world, CutProxy &proxy, int number, Tally &tally)
        : m_world(world),
          m_proxy(proxy),
          m_tally(tally),
          m_name(QStringLiteral("seed%1").arg(number)),
          m_random(quint32(number) * 2654435761U + 17)
    {
        QJsonObject environment = world.environment(
            m_name, m_name,
            {{QStringLiteral("restart"), RollbackWorld::restartCommand(QStringLiteral("sleep 0.2; "))}});
        QJsonArray hosts = environment[QStringLiteral("hosts")].toArray();
        QJsonObject host = hosts[0].toObject(), ssh = host[QStringLiteral("ssh")].toObject();
        ssh[QStringLiteral("host")] = QStringLiteral("127.0.0.1");
        ssh[QStringLiteral("port")] = proxy.port();
        host[QStringLiteral("ssh")] = ssh;
        hosts[0] = host;
        environment[QStringLiteral("hosts")] = hosts;
        m_inventory = world.writeInventory({environment}, m_name + QStringLiteral(".json"));
        world.deploy(0, m_name);
    }

    void run()
    {
        ++m_tally.seeds;
        const bool cutsPlan = m_random.bounded(4) == 0;
        if (cutsPlan) {
            cutSoon(wholePlan);
            confirmation();
            ++m_tally.planCut;
            check(QStringLiteral("after a cut plan"));
            if (m_world.live(0, m_name) != newerRelease)
                m_tally.complain(m_name + QStringLiteral(": a plan changed something"));
        }
        m_proxy.cutAfter(-1, false);
        QStringList arguments = confirmation();
        cutSoon(wholeRun);
        CliResult result = m_world.cli(arguments, m_name);
        check(QStringLiteral("after the cut run"));
        m_proxy.cutAfter(-1, false);
        QString run = RollbackWorld::runIn(result.err);
        ++(result.exitCode == 0 ? m_tally.first : m_tally.later);
        for (int i = 0; result.exitCode != 0 && i < mostTries; ++i) {
            result = tryAgain(run, result);
            check(QStringLiteral("after try %1").arg(i + 2));
        }
        if (result.exitCode != 0 || m_world.live(0, m_name) != olderRelease)
            m_tally.complain(QStringLiteral("%1 never came through: %2 %3")
                                 .arg(m_name)
                                 .arg(result.exitCode)
                                 .arg(QString::fromUtf8(result.out + result.err)));
        if (m_world.restarts(0, m_name).size() != 1)
            m_tally.complain(QStringLiteral("%1: %2 restarts").arg(m_name).arg(m_world.restarts(0, m_name).size()));
        if (!m_world.auditIsWhole(m_name))
            m_tally.complain(m_name + QStringLiteral(": the audit is broken"));
    }

private:
    QStringList base() const
    {
        return {QStringLiteral("rollback"), m_name, QStringLiteral("--inventory"), m_inventory};
    }
    QStringList confirmation() { return m_world.confirmation(m_name, m_inventory, olderRelease, m_name); }
    /// Anywhere, and near the beginning as often.
    void cutSoon(int most)
    {
        const double share = m_random.generateDouble();
        const auto bytes = m_random.bounded(2) == 0 ? qint64(share * most) : qint64(std::pow(most, share));
        m_proxy.cutAfter(bytes, m_random.bounded(2) == 0);
    }
    CliResult tryAgain(QString &run, const CliResult &before)
    {
        if (!run.isEmpty()) {
            const CliResult attached = m_world.cli(base() + QStringList{QStringLiteral("--attach"), run}, m_name);
            if (attached.exitCode == 0)
                return attached;
            const QString act = attached.exitCode == 2 ? QStringLiteral("--retry") : QStringLiteral("--continue");
            return m_world.cli(base() + QStringList{act, run}, m_name);
        }
        const QStringList arguments = confirmation();
        if (arguments.isEmpty())
            return before;
        const CliResult result = m_world.cli(arguments, m_name);
        run = RollbackWorld::runIn(result.err);
        return result;
    }
    void check(const QString &when)
    {
        const QString live = m_world.live(0, m_name);
        if (live != olderRelease && live != newerRelease)
            m_tally.complain(QStringLiteral("%1 %2: \"%3\" is live").arg(m_name, when, live));
    }

    RollbackWorld &m_world;
    CutProxy &m_proxy;
    Tally &m_tally;
    QString m_name, m_inventory;
    QRandomGenerator m_random;
};

} // namespace

class TestRollbackCuts : public QObject {
    Q_OBJECT

private slots:
    void anyByte()
    {
        const int asked = qEnvironmentVariableIntValue("TAFFRAIL_SEEDS");
        const int seeds = asked > 0 ? asked : 24;
        RollbackWorld world(1);
        Tally tally;
        std::atomic<int> next{0};
        std::vector<std::unique_ptr<QThread>> threads;
        for (int i = 0; i < workers; ++i) {
            threads.emplace_back(QThread::create([&] {
                CutProxy proxy(world.sshd(0).port(), QHostAddress(world.sshd(0).address()));
                for (int seed = next++; seed < seeds; seed = next++) {
                    Seed(world, proxy, seed, tally).run();
                    tally.cuts += proxy.takeCuts();
                }
            }));
            threads.back()->start();
        }
        for (const auto &thread : threads)
            thread->wait();
        qInfo("%d seeds: %d cuts, %d plans cut; %d runs came through at once, %d on a later try", tally.seeds.load(),
              tally.cuts.load(), tally.planCut.load(), tally.first.load(), tally.later.load());
        QVERIFY2(tally.problems.isEmpty(), qPrintable(tally.problems.join(QLatin1Char('\n')).left(4000)));
        QCOMPARE(tally.seeds.load(), seeds);
        QVERIFY(tally.cuts.load() > seeds / 2); // the test does what it says
    }
};

QTEST_GUILESS_MAIN(TestRollbackCuts)
#include "tst_rollbackcuts.moc"
