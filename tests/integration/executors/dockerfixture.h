// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "executorhost.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>

#include <unistd.h>

#include <csignal>

namespace taffrail::tests {

/// Debian's Docker Engine with everything of its own below a temporary folder: no bridge, no rules of the firewall, no
/// registry. It ends with this object.
class DockerFixture {
public:
    DockerFixture() = default;
    Q_DISABLE_COPY_MOVE(DockerFixture)
    ~DockerFixture() { stop(); }

    /// Why it cannot run here; null = it can.
    static const char *obstacle()
    {
        if (::geteuid() != 0)
            return "the Docker engine runs as root only";
        for (const char *program : {"dockerd", "docker", "containerd", "busybox", "ldd", "tar"}) {
            if (QStandardPaths::findExecutable(QLatin1String(program)).isEmpty())
                return "docker.io or busybox is not installed";
        }
        return nullptr;
    }

    bool start()
    {
        m_daemon.setProcessChannelMode(QProcess::MergedChannels);
        m_daemon.setStandardOutputFile(path(QStringLiteral("log")));
        // A network of its own: its bridges are none of this machine's.
        m_daemon.start(QStringLiteral("unshare"),
                       {QStringLiteral("-n"), QStringLiteral("--"), QStringLiteral("dockerd"),
                        QStringLiteral("--data-root"), path(QStringLiteral("data")), QStringLiteral("--exec-root"),
                        path(QStringLiteral("exec")), QStringLiteral("--pidfile"), path(QStringLiteral("pid")),
                        QStringLiteral("-H"), engine(), QStringLiteral("--bridge=none"),
                        QStringLiteral("--iptables=false"), QStringLiteral("--ip-forward=false"),
                        QStringLiteral("--ip-masq=false"), QStringLiteral("--storage-driver=vfs")});
        return m_daemon.waitForStarted() && QTest::qWaitFor([this] { return isUp(); }, 60'000) && makeRoot();
    }

    void stop()
    {
        if (m_daemon.state() == QProcess::NotRunning)
            return;
        docker({QStringLiteral("ps"), QStringLiteral("-aq")});
        const QByteArrayList ids = m_out.simplified().split(' ');
        for (const QByteArray &id : ids)
            docker({QStringLiteral("rm"), QStringLiteral("-f"), QString::fromLatin1(id)});
        m_daemon.terminate();
        if (!m_daemon.waitForFinished(30'000)) {
            m_daemon.kill();
            m_daemon.waitForFinished();
        }
    }

    QString engine() const { return QStringLiteral("unix://") + path(QStringLiteral("socket")); }
    QString path(const QString &name) const { return m_folder.filePath(name); }

    /// Runs the engine's command line; what it printed, trimmed. Fails the test when it fails, unless `mayFail`.
    QString docker(const QStringList &words, bool mayFail = true)
    {
        QProcess process;
        process.start(QStringLiteral("docker"), QStringList{QStringLiteral("-H"), engine()} + words);
        process.waitForFinished(60'000);
        m_out = process.readAllStandardOutput();
        if (!mayFail && process.exitCode() != 0)
            QTest::qFail(process.readAllStandardError().constData(), __FILE__, __LINE__);
        return QString::fromUtf8(m_out).trimmed();
    }
    QString inspect(const QString &name, const QString &format)
    {
        return docker({QStringLiteral("inspect"), QStringLiteral("-f"), format, name});
    }

    /// An image "shop:VERSION" whose content names the version; returns its id.
    QString addImage(const QString &version, const QStringList &changes = {})
    {
        QDir().mkpath(path(QStringLiteral("root/app/db/migrate")));
        QFile file(path(QStringLiteral("root/app/db/migrate/") + version + QStringLiteral(".sql")));
        if (file.open(QIODevice::WriteOnly))
            file.write("select 1;\n");
        file.close();
        QStringList words{QStringLiteral("import")};
        for (const QString &change :
             QStringList{QStringLiteral("CMD [\"/bin/sleep\",\"1000\"]"), QStringLiteral("ENV PATH=/bin"),
                         QStringLiteral("ENV APP_VERSION=%1").arg(version),
                         QStringLiteral("LABEL org.opencontainers.image.version=%1").arg(version)}
                 + changes)
            words << QStringLiteral("-c") << change;
        const QString archive = path(QStringLiteral("root.tar"));
        QProcess::execute(
            QStringLiteral("tar"),
            {QStringLiteral("-C"), path(QStringLiteral("root")), QStringLiteral("-cf"), archive, QStringLiteral(".")});
        return docker(words + QStringList{archive, QStringLiteral("shop:") + version}, false);
    }

    /// Runs a container in the background; returns its id.
    QString runContainer(const QString &name, const QStringList &flags, const QString &image,
                         const QStringList &arguments = {})
    {
        return docker(QStringList{QStringLiteral("run"), QStringLiteral("-d"), QStringLiteral("--name"), name,
                                  QStringLiteral("--network=none"), QStringLiteral("--stop-signal=KILL")}
                          + flags + QStringList{image} + arguments,
                      false);
    }
    void removeAll()
    {
        for (const QString &id : docker({QStringLiteral("ps"), QStringLiteral("-aq")}).split(QLatin1Char('\n')))
            docker({QStringLiteral("rm"), QStringLiteral("-f"), QStringLiteral("-v"), id});
    }

private:
    bool isUp()
    {
        docker({QStringLiteral("version"), QStringLiteral("--format"), QStringLiteral("{{.Server.Version}}")});
        return !m_out.trimmed().isEmpty();
    }

    // A file system of busybox and the libraries that it names.
    bool makeRoot()
    {
        const QString program = QStandardPaths::findExecutable(QStringLiteral("busybox"));
        QProcess process;
        process.start(QStringLiteral("/bin/sh"), {QStringLiteral("-s")});
        process.write(
            "set -e; cd -- " + sources::shellQuoted(m_folder.path()) + "; mkdir -p root/bin; cp -L "
            + sources::shellQuoted(program) + " root/bin/busybox\n"
            + "for f in $(ldd root/bin/busybox 2>/dev/null | grep -o '/[^ ]*'); do mkdir -p \"root/${f%/*}\"; "
              "cp -L \"$f\" \"root/$f\"; done\n"
              "for l in sh sleep cat env true false ls; do ln -sf busybox root/bin/$l; done\n");
        process.closeWriteChannel();
        return process.waitForFinished() && process.exitCode() == 0;
    }

    QTemporaryDir m_folder;
    QProcess m_daemon;
    QByteArray m_out;
};

} // namespace taffrail::tests
