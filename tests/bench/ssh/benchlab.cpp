// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchlab.h"

#include <QDir>
#include <QFile>
#include <QThread>

#include <netinet/in.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <future>

namespace taffrail::bench {

namespace {

using Clock = std::chrono::steady_clock;

void write(const QString &file, const QByteArray &content)
{
    QFile out(file);
    if (!out.open(QIODevice::WriteOnly) || out.write(content) != content.size())
        qFatal("cannot write %s", qPrintable(file));
    out.close();
    ::chmod(QFile::encodeName(file).constData(), 0600);
}

QByteArray read(const QString &file)
{
    QFile in(file);
    return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
}

double cpuMs(int who)
{
    rusage used{};
    getrusage(who, &used);
    return double(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3
        + double(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

/// Starts one request per endpoint and waits for the last answer.
template <typename Start> Cost all(const std::vector<ssh::Endpoint> &endpoints, Start start)
{
    std::atomic<std::size_t> left{endpoints.size()};
    std::atomic<int> failed{0};
    std::promise<void> finished;
    const double wall = nowMs();
    const double cpu = ownCpuMs();
    for (const ssh::Endpoint &endpoint : endpoints) {
        start(endpoint, [&](Result<ExecReply> reply) {
            if (!reply && failed++ == 0)
                std::fprintf(stderr, "%s\n", qPrintable(sentence(reply.error())));
            if (--left == 0)
                finished.set_value();
        });
    }
    finished.get_future().wait();
    return {nowMs() - wall, ownCpuMs() - cpu, failed == 0};
}

} // namespace

Lab::Lab() : m_user(QString::fromLocal8Bit(getpwuid(geteuid())->pw_name))
{
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (const char *name : {"host", "client"}) {
        QProcess::execute(QStringLiteral("ssh-keygen"),
                          {QStringLiteral("-q"), QStringLiteral("-t"), QStringLiteral("ed25519"), QStringLiteral("-N"),
                           QString(), QStringLiteral("-f"), path(QString::fromLatin1(name))});
    }
    startLight();
    startReal();
    const QByteArrayList key = read(path(QStringLiteral("host.pub"))).split(' ');
    QByteArray known;
    for (const int port : {m_lightPort, m_realPort})
        known += "[127.*]:" + QByteArray::number(port) + ' ' + key.value(0) + ' ' + key.value(1) + '\n';
    write(path(QStringLiteral("known_hosts")), known);
    write(path(QStringLiteral("empty_config")), "");
}

Lab::~Lab()
{
    m_light.closeWriteChannel();
    if (!m_light.waitForFinished(3'000))
        m_light.kill();
    m_light.waitForFinished();
    m_real.kill();
    m_real.waitForFinished();
}

void Lab::startLight()
{
    m_lightPort = freePort();
    m_light.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_light.start(QStringLiteral(TAFFRAIL_LIGHTSSHD), {QString::number(m_lightPort), path(QStringLiteral("host"))});
    if (!m_light.waitForReadyRead(5'000))
        qFatal("lightsshd did not start");
}

void Lab::startReal()
{
    m_realPort = freePort();
    if (geteuid() == 0)
        QDir().mkpath(QStringLiteral("/run/sshd"));
    write(path(QStringLiteral("sshd_config")),
          "ListenAddress 127.0.0.1\nPort " + QByteArray::number(m_realPort) + "\nHostKey "
              + path(QStringLiteral("host")).toUtf8() + "\nAuthorizedKeysFile "
              + path(QStringLiteral("client.pub")).toUtf8()
              + "\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nMaxStartups 500\nLogLevel "
                "ERROR\nSetEnv HOME=/\n");
    m_real.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_real.start(
        QStringLiteral("/usr/sbin/sshd"),
        {QStringLiteral("-D"), QStringLiteral("-e"), QStringLiteral("-f"), path(QStringLiteral("sshd_config"))});
    for (int i = 0; i < 100; ++i) {
        QProcess scan;
        scan.start(
            QStringLiteral("ssh-keyscan"),
            {QStringLiteral("-T1"), QStringLiteral("-p"), QString::number(m_realPort), QStringLiteral("127.0.0.1")});
        scan.waitForFinished();
        if (scan.readAllStandardOutput().contains("ssh-"))
            return;
        m_real.waitForFinished(50); // a moment, unless it ends early
    }
    qFatal("sshd did not start");
}

int Lab::freePort()
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    socklen_t size = sizeof name;
    auto *generic = static_cast<sockaddr *>(static_cast<void *>(&name));
    if (::bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0)
        qFatal("no free port");
    ::close(fd);
    return ntohs(name.sin_port);
}

QString Lab::host(int block, int index)
{
    return QStringLiteral("127.%1.%2.%3").arg(block).arg(1 + index / 250).arg(1 + index % 250);
}

QString Lab::hostsFile(int block, int count) const
{
    QByteArray list;
    for (int i = 0; i < count; ++i)
        list += host(block, i).toLatin1() + '\n';
    const QString file = path(QStringLiteral("hosts%1").arg(block));
    write(file, list);
    return file;
}

ssh::Settings Lab::settings() const
{
    ssh::Settings settings;
    settings.configFile = path(QStringLiteral("empty_config"));
    settings.knownHostsFiles = {path(QStringLiteral("known_hosts"))};
    settings.connectTimeout = std::chrono::seconds(30);
    return settings;
}

ssh::Endpoint Lab::endpoint(const QString &host, int port) const
{
    ssh::Endpoint endpoint;
    endpoint.spec.alias = host;
    endpoint.spec.port = port;
    endpoint.spec.user = m_user;
    endpoint.spec.identityFile = path(QStringLiteral("client"));
    return endpoint;
}

QString Lab::sshConfig(int port) const
{
    const QString file = path(QStringLiteral("config%1").arg(port));
    write(file,
          "Host *\n  Port " + QByteArray::number(port) + "\n  User " + m_user.toUtf8() + "\n  IdentityFile "
              + path(QStringLiteral("client")).toUtf8()
              + "\n  IdentitiesOnly yes\n  IdentityAgent none\n  BatchMode yes\n  UserKnownHostsFile "
              + path(QStringLiteral("known_hosts")).toUtf8() + "\n  StrictHostKeyChecking yes\n");
    return file;
}

double ownCpuMs()
{
    return cpuMs(RUSAGE_SELF);
}

double childCpuMs()
{
    return cpuMs(RUSAGE_CHILDREN);
}

double nowMs()
{
    return std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count();
}

double pssKib(qint64 pid)
{
    const QByteArray text = read(QStringLiteral("/proc/%1/smaps_rollup").arg(pid));
    const qsizetype at = text.indexOf("\nPss:");
    return at < 0 ? -1 : text.mid(at + 5, 30).trimmed().split(' ').value(0).toDouble();
}

Cost run(const QString &program, const QStringList &arguments, QByteArray *out)
{
    QProcess process;
    const double wall = nowMs();
    const double cpu = childCpuMs();
    process.start(program, arguments);
    process.waitForFinished(600'000);
    const Cost cost{nowMs() - wall, childCpuMs() - cpu,
                    process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0};
    if (out)
        *out = process.readAllStandardOutput();
    if (!cost.ok)
        std::fprintf(stderr, "%s: %s\n", qPrintable(program), process.readAllStandardError().right(400).constData());
    return cost;
}

std::vector<double> runPeer(const Lab &lab, const QString &peer, const QString &what, int block, int count)
{
    QByteArray out;
    const Cost cost = run(QStringLiteral("/usr/bin/python3"),
                          {QStringLiteral(TAFFRAIL_PEER_SCRIPT), peer, what, lab.hostsFile(block, count),
                           QString::number(lab.lightPort()), lab.user(), lab.path(QStringLiteral("client")),
                           lab.path(QStringLiteral("known_hosts"))},
                          &out);
    std::vector<double> values;
    if (cost.ok) {
        for (const QByteArray &word : out.simplified().split(' '))
            values.push_back(word.toDouble());
    }
    return values.size() == 3 ? values : std::vector<double>();
}

Cost execAll(ssh::Pool &pool, const std::vector<ssh::Endpoint> &endpoints)
{
    return all(endpoints, [&](const ssh::Endpoint &endpoint, Done<ExecReply> done) {
        ExecRequest request;
        request.script = "true\n";
        request.deadline = std::chrono::minutes(2);
        pool.exec(endpoint, request, std::move(done));
    });
}

Cost probeAll(ssh::Pool &pool, const std::vector<ssh::Endpoint> &endpoints)
{
    static quint64 count = 0;
    // As large as a real probe of a few parts.
    static const QByteArray filler = "# " + QByteArray(3'000, 'x') + '\n';
    return all(endpoints, [&](const ssh::Endpoint &endpoint, Done<ExecReply> done) {
        const QByteArray nonce = QByteArray::number(++count).rightJustified(32, '0');
        ExecRequest request;
        request.script = "probe() {\n" + filler + "printf '\\n@TFR1 " + nonce + " END 0\\n'\n}\nprobe\n";
        request.deadline = std::chrono::minutes(2);
        pool.probe(endpoint, nonce, request, std::move(done));
    });
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[values.size() / 2];
}

void printRow(const char *name, const Cost &cost, int hosts, const Cost &ours)
{
    if (!cost.ok) {
        std::printf("  %-34s not available here\n", name);
        return;
    }
    std::printf("  %-34s %9.1f ms   %8.4f ms CPU a host   %6.1f x wall  %6.1f x CPU\n", name, cost.wallMs,
                cost.cpuMs / hosts, cost.wallMs / ours.wallMs, cost.cpuMs / ours.cpuMs);
    std::fflush(stdout);
}

} // namespace taffrail::bench
