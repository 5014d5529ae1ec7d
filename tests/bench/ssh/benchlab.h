// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sshpool.h"

#include <QProcess>
#include <QTemporaryDir>

#include <chrono>
#include <memory>
#include <vector>

namespace taffrail::bench {

/// Wall and processor time of one thing done.
struct Cost {
    double wallMs = 0;
    double cpuMs = 0;
    bool ok = true;
};

/// Servers and keys for one run: a fork-free server that is every 127.x.y.z, and a real sshd; both end with the object.
class Lab {
public:
    Lab();
    ~Lab();
    Q_DISABLE_COPY_MOVE(Lab)

    int lightPort() const { return m_lightPort; }
    int realPort() const { return m_realPort; }
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QString user() const { return m_user; }
    /// 127.B.x.y for 0 <= index < 60 000.
    static QString host(int block, int index);
    /// A file with one host a line.
    QString hostsFile(int block, int count) const;

    ssh::Settings settings() const;
    ssh::Endpoint endpoint(const QString &host, int port) const;
    /// `ssh_config` for the OpenSSH client: this user, key and known_hosts, that port.
    QString sshConfig(int port) const;

private:
    void startLight();
    void startReal();
    static int freePort();

    QTemporaryDir m_folder;
    QString m_user;
    int m_lightPort = 0;
    int m_realPort = 0;
    QProcess m_light, m_real;
};

/// Processor time of this process or of its ended children, in ms.
double ownCpuMs();
double childCpuMs();
double nowMs();
/// Proportional memory of a process in KiB, -1 when unknown.
double pssKib(qint64 pid);
/// Runs a program to its end; ok = it exited with 0.
Cost run(const QString &program, const QStringList &arguments, QByteArray *out = nullptr);
/// The values that peers.py prints: wall, processor time, memory growth; empty when the peer is not installed.
std::vector<double> runPeer(const Lab &lab, const QString &peer, const QString &what, int block, int count);

/// Does one exec or probe per endpoint and waits for all. ok = every answer came.
Cost execAll(ssh::Pool &pool, const std::vector<ssh::Endpoint> &endpoints);
Cost probeAll(ssh::Pool &pool, const std::vector<ssh::Endpoint> &endpoints);

double median(std::vector<double> values);
/// "name   wall   cpu/host   ratio to ours"
void printRow(const char *name, const Cost &cost, int hosts, const Cost &ours);

} // namespace taffrail::bench
