// SPDX-License-Identifier: GPL-3.0-or-later
// Prints ratios against peers on the same cluster in the same run:
//   five statements over a 20 ms round trip, pipelined, against libpqxx asking one by one on a kept connection;
//   50 databases, warm and cold, against 50 runs of psql.
#include "pgasking.h"
#include "pgfixture.h"

#include <QElapsedTimer>

#include <netinet/tcp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>

using namespace taffrail;
using namespace taffrail::tests;

namespace {

using Clock = std::chrono::steady_clock;

/// A relay to 127.0.0.1:port that holds every byte back for `oneWay` in each direction.
class DelayRelay {
public:
    DelayRelay(int port, std::chrono::milliseconds oneWay)
        : m_target(port),
          m_oneWay(oneWay),
          m_listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address = loopback(0);
        socklen_t length = sizeof(address);
        bind(m_listener, reinterpret_cast<sockaddr *>(&address), length);
        listen(m_listener, 64);
        getsockname(m_listener, reinterpret_cast<sockaddr *>(&address), &length);
        m_port = ntohs(address.sin_port);
        m_thread = std::thread([this] { work(); });
    }
    ~DelayRelay()
    {
        m_ending = true;
        m_thread.join();
        for (const Way &way : m_ways)
            close(way.from);
        close(m_listener);
    }
    int port() const { return m_port; }

private:
    struct Way {
        int from, to;
        bool open = true;
        std::deque<std::pair<Clock::time_point, std::string>> held;
    };

    static sockaddr_in loopback(int port)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(quint16(port));
        return address;
    }

    void letIn()
    {
        const int near = accept(m_listener, nullptr, nullptr);
        const int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = loopback(m_target);
        if (connect(far, reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0)
            std::perror("relay");
        const int on = 1; // only the wanted delay, not Nagle's
        for (const int end : {near, far})
            setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        m_ways.push_back({near, far, true, {}});
        m_ways.push_back({far, near, true, {}});
    }

    void work()
    {
        while (!m_ending) {
            std::vector<pollfd> ends{{m_listener, POLLIN, 0}};
            auto next = Clock::now() + std::chrono::milliseconds(50);
            for (const Way &way : m_ways) {
                ends.push_back({way.open ? way.from : -1, POLLIN, 0});
                if (!way.held.empty())
                    next = std::min(next, way.held.front().first);
            }
            const auto left = std::max(next - Clock::now(), Clock::duration::zero());
            const timespec wait{0, std::chrono::duration_cast<std::chrono::nanoseconds>(left).count()};
            ppoll(ends.data(), ends.size(), &wait, nullptr);
            for (size_t i = 1; i < ends.size(); ++i) {
                if (ends[i].revents != 0)
                    take(m_ways[i - 1]);
            }
            for (Way &way : m_ways)
                pass(way);
            if (ends[0].revents != 0)
                letIn();
        }
    }

    void take(Way &way) const
    {
        char buffer[65536];
        const ssize_t got = read(way.from, buffer, sizeof(buffer));
        way.open = got > 0;
        if (got > 0)
            way.held.emplace_back(Clock::now() + m_oneWay, std::string(buffer, size_t(got)));
        else
            shutdown(way.to, SHUT_WR);
    }

    static void pass(Way &way)
    {
        while (!way.held.empty() && way.held.front().first <= Clock::now()) {
            const std::string &bytes = way.held.front().second;
            send(way.to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            way.held.pop_front();
        }
    }

    int m_target;
    std::chrono::milliseconds m_oneWay;
    int m_listener;
    int m_port = 0;
    std::vector<Way> m_ways;
    std::atomic<bool> m_ending{false};
    std::thread m_thread;
};

double millisecondsOf(const std::function<void()> &work)
{
    QElapsedTimer timer;
    timer.start();
    work();
    return double(timer.nsecsElapsed()) / 1e6;
}

double medianOf(int rounds, const std::function<void()> &work)
{
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i)
        times.push_back(millisecondsOf(work));
    std::ranges::nth_element(times, times.begin() + rounds / 2);
    return times[size_t(rounds) / 2];
}

void mustAnswer(const Outcome &outcome)
{
    if (outcome && std::ranges::all_of(outcome->results, [](const auto &result) { return result.has_value(); }))
        return;
    std::fprintf(stderr, "bench_postgres: %s\n",
                 outcome ? "a statement failed" : qPrintable(sentence(outcome.error())));
    std::exit(1);
}

/// Five facts of the fast lane, as a board asks for them.
const std::vector<QByteArray> statements{
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'",
    "SELECT datname, numbackends, xact_commit FROM pg_stat_database",
    "SELECT archived_count, failed_count, last_archived_time FROM pg_stat_archiver",
    "SELECT slot_name, active FROM pg_replication_slots", "SELECT datname, age(datfrozenxid) FROM pg_database"};

void benchRoundTrips(const PgCluster &cluster)
{
    const DelayRelay relay(cluster.port(), std::chrono::milliseconds(10));
    const QString dsn
        = QStringLiteral("host=127.0.0.1 port=%1 user=postgres dbname=postgres sslmode=disable").arg(relay.port());
    pqxx::connection peer((dsn + QStringLiteral(" password=") + PgCluster::password).toStdString());
    const double single = medianOf(9, [&] {
        pqxx::nontransaction work(peer);
        for (const QByteArray &sql : statements)
            work.exec(sql.toStdString());
    });
    pg::Pool pool(1, {}, testSecret);
    const pg::Target target = targetOf(dsn, QStringLiteral("test:") + PgCluster::password);
    mustAnswer(answerOf(pool, target, batchOf(statements)));
    const double pipelined = medianOf(9, [&] { mustAnswer(answerOf(pool, target, batchOf(statements))); });
    std::printf("five statements, 20 ms round trip: one by one %.1f ms, pipelined %.1f ms, ratio %.1f (wanted >= 4)\n",
                single, pipelined, single / pipelined);
}

void askAll(pg::Pool &pool, const std::vector<pg::Target> &targets)
{
    std::vector<std::future<Outcome>> futures;
    for (const pg::Target &target : targets)
        futures.push_back(ask(pool, target, batchOf(statements)));
    for (auto &future : futures)
        mustAnswer(future.get());
}

void runPsql(const PgCluster &cluster, int databases)
{
    QByteArray script;
    for (const QByteArray &sql : statements)
        script += sql + ";\n";
    for (int i = 0; i < databases; ++i) {
        QProcess psql;
        psql.start(QStringLiteral("psql"),
                   {QStringLiteral("-X"), QStringLiteral("-A"), QStringLiteral("-t"), QStringLiteral("-c"),
                    QString::fromLatin1(script), QStringLiteral("-d"),
                    cluster.dsn(PgCluster::superuser, QStringLiteral("shop%1").arg(i))});
        if (!psql.waitForFinished() || psql.exitCode() != 0) {
            std::fprintf(stderr, "bench_postgres: psql failed: %s\n", psql.readAllStandardError().constData());
            std::exit(1);
        }
    }
}

void benchManyDatabases(const PgCluster &cluster)
{
    constexpr int databases = 50;
    std::vector<pg::Target> targets;
    for (int i = 0; i < databases; ++i) {
        cluster.execute("CREATE DATABASE shop" + QByteArray::number(i));
        targets.push_back(targetOf(cluster.dsn(PgCluster::superuser, QStringLiteral("shop%1").arg(i)),
                                   QStringLiteral("test:") + PgCluster::password));
    }
    qputenv("PGPASSWORD", PgCluster::password.toUtf8());
    runPsql(cluster, databases); // so that each database's catalog has been read once
    const double psql = medianOf(3, [&] { runPsql(cluster, databases); });
    const double cold = medianOf(3, [&] {
        pg::Pool pool(4, {}, testSecret);
        askAll(pool, targets);
    });
    pg::Pool pool(4, {}, testSecret);
    askAll(pool, targets);
    const double warm = medianOf(9, [&] { askAll(pool, targets); });
    std::printf(
        "50 databases, five statements each: 50 psql runs %.0f ms, kept connections %.1f ms, ratio %.0f (wanted >= 50);"
        " first connect %.0f ms, ratio %.1f\n",
        psql, warm, psql / warm, cold, psql / cold);
}

} // namespace

int main()
{
    PgCluster cluster;
    if (!cluster.create({QStringLiteral("max_connections = 150")})) {
        std::fprintf(stderr, "bench_postgres: no cluster\n%s\n", cluster.log().constData());
        return 1;
    }
    benchRoundTrips(cluster);
    benchManyDatabases(cluster);
    return 0;
}
