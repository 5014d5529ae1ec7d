// SPDX-License-Identifier: GPL-3.0-or-later
// Taffrail's SSH transport against other clients, on the same servers in the same run.
//   bench_ssh cold [HOSTS]     connect, sign in, run one command: one real host, then HOSTS (200) fork-free ones
//   bench_ssh warm [HOSTS]     refresh HOSTS (200 and 1000) kept connections
//   bench_ssh memory [HOSTS]   memory of a kept connection
//   bench_ssh jump [HOSTS]     HOSTS (50) hosts behind one real bastion
// Ratios are the peer's figure divided by ours: larger is better for us.
#include "benchlab.h"

#include <QCoreApplication>

#include <cstdio>

using namespace taffrail;
using namespace taffrail::bench;

namespace {

std::vector<ssh::Endpoint> endpointsOf(const Lab &lab, int block, int count)
{
    std::vector<ssh::Endpoint> endpoints;
    for (int i = 0; i < count; ++i)
        endpoints.push_back(lab.endpoint(Lab::host(block, i), lab.lightPort()));
    return endpoints;
}

void coldOne(const Lab &lab)
{
    std::vector<double> ours, theirs, oursCpu, theirsCpu;
    for (int i = 0; i < 9; ++i) {
        ssh::Pool pool(lab.settings());
        const Cost cost = execAll(pool, {lab.endpoint(QStringLiteral("127.0.0.1"), lab.realPort())});
        ours.push_back(cost.wallMs);
        oursCpu.push_back(cost.cpuMs);
        const Cost peer = run(
            QStringLiteral("ssh"),
            {QStringLiteral("-F"), lab.sshConfig(lab.realPort()), QStringLiteral("127.0.0.1"), QStringLiteral("true")});
        theirs.push_back(peer.wallMs);
        theirsCpu.push_back(peer.cpuMs);
    }
    std::printf("one cold host, real sshd\n");
    const Cost own{median(ours), median(oursCpu), true};
    printRow("taffrail", own, 1, own);
    printRow("ssh", {median(theirs), median(theirsCpu), true}, 1, own);
}

int cold(const Lab &lab, int count)
{
    coldOne(lab);
    std::printf("%d cold hosts, fork-free server\n", count);
    ssh::Pool pool(lab.settings());
    const Cost own = execAll(pool, endpointsOf(lab, 10, count));
    printRow("taffrail", own, count, own);
    const QString hosts = lab.hostsFile(11, count);
    const QString config = lab.sshConfig(lab.lightPort());
    const QString many = QString::number(count);
    printRow("pssh",
             run(QStringLiteral("parallel-ssh"),
                 {QStringLiteral("-h"), hosts, QStringLiteral("-p"), many, QStringLiteral("-t"), QStringLiteral("120"),
                  QStringLiteral("-x"), QStringLiteral("-F ") + config, QStringLiteral("true")}),
             count, own);
    printRow("clush",
             run(QStringLiteral("clush"),
                 {QStringLiteral("--hostfile"), hosts, QStringLiteral("-f"), many, QStringLiteral("-o"),
                  QStringLiteral("-F ") + config, QStringLiteral("true")}),
             count, own);
    for (const char *peer : {"asyncssh", "paramiko"}) {
        const auto figures = runPeer(lab, QString::fromLatin1(peer), QStringLiteral("cold"), 12, count);
        printRow(peer, figures.empty() ? Cost{0, 0, false} : Cost{figures[0], figures[1], true}, count, own);
    }
    return own.ok ? 0 : 1;
}

int warm(const Lab &lab, int count)
{
    std::printf("refresh of %d kept connections, fork-free server\n", count);
    ssh::Pool pool(lab.settings());
    const auto endpoints = endpointsOf(lab, 20, count);
    bool ok = probeAll(pool, endpoints).ok && probeAll(pool, endpoints).ok;
    std::vector<double> walls, cpus;
    for (int i = 0; i < 21; ++i) {
        const Cost cost = probeAll(pool, endpoints);
        ok = ok && cost.ok;
        walls.push_back(cost.wallMs);
        cpus.push_back(cost.cpuMs);
    }
    const Cost own{median(walls), median(cpus), ok};
    printRow("taffrail (kept shell)", own, count, own);
    for (const char *peer : {"asyncssh", "paramiko"}) {
        const auto figures = runPeer(lab, QString::fromLatin1(peer), QStringLiteral("warm"), 21, count);
        printRow(peer, figures.empty() ? Cost{0, 0, false} : Cost{figures[0], figures[1], true}, count, own);
    }
    return ok ? 0 : 1;
}

double controlMasterKib(const Lab &lab)
{
    const QString socket = lab.path(QStringLiteral("master"));
    QProcess master;
    master.start(QStringLiteral("ssh"),
                 {QStringLiteral("-F"), lab.sshConfig(lab.lightPort()), QStringLiteral("-M"), QStringLiteral("-S"),
                  socket, QStringLiteral("-N"), Lab::host(32, 0)});
    for (int i = 0; i < 100 && !QFile::exists(socket); ++i)
        master.waitForFinished(50);
    const double size = pssKib(master.processId());
    master.kill();
    master.waitForFinished();
    return size;
}

int memory(const Lab &lab, int count)
{
    ssh::Pool pool(lab.settings());
    probeAll(pool, endpointsOf(lab, 30, 20)); // code and threads that are there in any case
    const auto endpoints = endpointsOf(lab, 31, count);
    const auto ownKib = [] { return pssKib(QCoreApplication::applicationPid()); };
    const double before = ownKib();
    bool ok = execAll(pool, endpoints).ok;
    const double each = (ownKib() - before) / count;
    ok = probeAll(pool, endpoints).ok && probeAll(pool, endpoints).ok && ok;
    const double withShell = (ownKib() - before) / count;
    std::printf("memory of a kept connection (%d of them)\n", count);
    std::printf("  %-34s %8.1f KiB\n  %-34s %8.1f KiB\n", "taffrail", each, "taffrail, with a kept, used shell",
                withShell);
    for (const char *peer : {"asyncssh", "paramiko"}) {
        const auto figures = runPeer(lab, QString::fromLatin1(peer), QStringLiteral("warm"), 33, std::min(count, 200));
        if (!figures.empty())
            std::printf("  %-34s %8.1f KiB   %6.1f x\n", peer, figures[2] / std::min(count, 200),
                        figures[2] / std::min(count, 200) / each);
    }
    const double master = controlMasterKib(lab);
    std::printf("  %-34s %8.1f KiB   %6.1f x\n", "ssh ControlMaster", master, master / each);
    return ok ? 0 : 1;
}

int jump(const Lab &lab, int count)
{
    std::printf("%d hosts behind one real bastion\n", count);
    const QString bastion = QStringLiteral("%1@127.0.0.1:%2").arg(lab.user()).arg(lab.realPort());
    ssh::Settings settings = lab.settings();
    settings.configFile = lab.sshConfig(lab.lightPort()); // the bastion's key comes from there
    ssh::Pool pool(settings);
    auto endpoints = endpointsOf(lab, 40, count);
    for (ssh::Endpoint &endpoint : endpoints)
        endpoint.spec.jump = {bastion};
    // Once for the alias look-ups, which run ssh -G when a configuration file has something to say.
    const Cost own = execAll(pool, endpoints);
    printRow("taffrail", own, count, own);
    const double wall = nowMs();
    const double cpu = childCpuMs();
    std::vector<std::unique_ptr<QProcess>> all;
    bool ok = true;
    const QString inner = lab.sshConfig(lab.lightPort());
    const QString outer = lab.sshConfig(lab.realPort());
    for (int i = 0; i < count; ++i) {
        all.push_back(std::make_unique<QProcess>());
        const QString proxy = QStringLiteral("ssh -F %1 -W [%h]:%p 127.0.0.1").arg(outer);
        all.back()->start(QStringLiteral("ssh"),
                          {QStringLiteral("-F"), inner, QStringLiteral("-o"), QStringLiteral("ProxyCommand=") + proxy,
                           Lab::host(41, i), QStringLiteral("true")});
    }
    for (const auto &each : all)
        ok = each->waitForFinished(120'000) && each->exitCode() == 0 && ok;
    printRow("ssh, each with ssh -W", {nowMs() - wall, childCpuMs() - cpu, ok}, count, own);
    return own.ok ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const QByteArray what = argc > 1 ? QByteArray(argv[1]) : QByteArray("all");
    const int count = argc > 2 ? QByteArray(argv[2]).toInt() : 0;
    const Lab lab;
    if (what == "cold")
        return cold(lab, count > 0 ? count : 200);
    if (what == "warm")
        return count > 0 ? warm(lab, count) : warm(lab, 200) | warm(lab, 1000);
    if (what == "memory")
        return memory(lab, count > 0 ? count : 500);
    if (what == "jump")
        return jump(lab, count > 0 ? count : 50);
    if (what == "all")
        return memory(lab, 500) | cold(lab, 200) | warm(lab, 200) | warm(lab, 1000)
            | jump(lab, 50); // memory in a fresh heap
    std::fprintf(stderr, "usage: bench_ssh cold|warm|memory|jump|all [HOSTS]\n");
    return 64;
}
