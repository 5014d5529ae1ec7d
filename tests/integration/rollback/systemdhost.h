// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "../ssh/sshdfixture.h"

#include <algorithm>
#include <cstdio>

namespace taffrail::test {

/// A Debian 12 whose init is systemd, in a container of this machine: systemdhost.sh makes and boots it. What it writes
/// goes with this object. Users: root; "lingering" (has linger); "fleeting" and "deploy" (have none).
class SystemdHost {
public:
    SystemdHost() : m_address(QStringLiteral("127.0.0.77")), m_port(Sshd::freePort(m_address))
    {
        QProcess::execute(QStringLiteral("ssh-keygen"),
                          {QStringLiteral("-q"), QStringLiteral("-t"), QStringLiteral("ed25519"), QStringLiteral("-N"),
                           QString(), QStringLiteral("-f"), clientKey()});
        put("etc/ssh/taffrail_keys", Sshd::read(clientKey() + QStringLiteral(".pub")));
        put("etc/ssh/sshd_config.d/taffrail.conf",
            "ListenAddress " + m_address.toLatin1() + "\nPort " + QByteArray::number(m_port)
                + "\nAuthorizedKeysFile /etc/ssh/taffrail_keys\nPermitRootLogin prohibit-password\nMaxStartups "
                  "100:30:200\n");
        put("etc/hosts", "127.0.0.1 localhost " + m_name.toLatin1() + '\n');
        put("etc/hostname", m_name.toLatin1() + '\n');
    }
    ~SystemdHost() { powerCut(); }
    Q_DISABLE_COPY_MOVE(SystemdHost)

    /// Why there can be none here; "" = there can. Makes the root file system when there is none yet.
    static QString obstacle()
    {
        const QTemporaryDir folder;
        if (const QString words = script({QStringLiteral("check"), folder.path()}, 30'000); !words.isEmpty())
            return words;
        const QString found = script({QStringLiteral("template")}, 900'000);
        return QDir(found).exists() ? QString() : QStringLiteral("no Debian could be made: ") + found;
    }

    bool boot()
    {
        const QString found = script({QStringLiteral("template")}, 60'000);
        m_process = std::make_unique<QProcess>();
        m_process->setProcessChannelMode(QProcess::MergedChannels);
        m_process->setStandardOutputFile(m_folder.filePath(QStringLiteral("console")), QIODevice::Append);
        m_process->start(QStringLiteral("setpriv"),
                         {QStringLiteral("--pdeathsig"), QStringLiteral("KILL"), QStringLiteral("--"),
                          QStringLiteral("unshare"), QStringLiteral("--mount"), QStringLiteral("--pid"),
                          QStringLiteral("--fork"), QStringLiteral("--kill-child"), QStringLiteral("--mount-proc"),
                          QStringLiteral("--"), program(), QStringLiteral("run"), m_folder.path(), found, m_name});
        return m_process->waitForStarted() && QTest::qWaitFor([this] { return isUp(); }, 60'000);
    }
    /// As when the plug is pulled: nothing in it hears of it. What it wrote is there when it boots again.
    void powerCut()
    {
        if (!m_process)
            return;
        if (const qint64 init = leader(); init > 0) {
            // All of it stands still before any of it dies: what saw init go could still write that down.
            for (int round = 0; round < 2; ++round) {
                QList<qint64> all{init};
                for (qsizetype i = 0; i < all.size(); ++i) {
                    ::kill(pid_t(all[i]), SIGSTOP);
                    all << Sshd::childrenOf(all[i]);
                }
            }
            ::kill(pid_t(init), SIGKILL);
        }
        if (!m_process->waitForFinished(20'000)) {
            m_process->kill();
            m_process->waitForFinished();
        }
        m_process.reset();
        script({QStringLiteral("swept"), m_name}, 20'000);
    }
    QString console() const { return QString::fromUtf8(Sshd::read(m_folder.filePath(QStringLiteral("console")))); }

    /// A file or folder of it, as seen from here.
    QString file(const QString &path) const { return QStringLiteral("/proc/%1/root").arg(leader()) + path; }
    /// Runs a script in it as root, past sshd and logind; what it printed, trimmed.
    QByteArray inside(const QByteArray &text) const
    {
        return ran(QStringLiteral("nsenter"),
                   {QStringLiteral("-t"), QString::number(leader()), QStringLiteral("-a"), QStringLiteral("--"),
                    QStringLiteral("/usr/bin/env"), QStringLiteral("-i"),
                    QStringLiteral("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), QStringLiteral("/bin/sh"),
                    QStringLiteral("-s")},
                   text)
            .trimmed();
    }
    /// Signs in as that user and runs a script; what it printed.
    QByteArray as(const QString &user, const QByteArray &text) const
    {
        return ran(QStringLiteral("ssh"), sshWords(user), text);
    }
    /// Begins to: kill it for a connection that breaks.
    std::unique_ptr<QProcess> begin(const QString &user, const QByteArray &text) const
    {
        auto process = std::make_unique<QProcess>();
        process->start(QStringLiteral("ssh"), sshWords(user));
        process->write(text);
        process->closeWriteChannel();
        return process;
    }
    /// Waits until no session of that user is open. (A process left behind keeps one, which is "closing".)
    bool isSignedOut(const QString &user) const
    {
        const QByteArray open = "for s in $(loginctl list-sessions --no-legend | awk '$3 == \"" + user.toLatin1()
            + "\" { print $1 }'); do loginctl show-session $s -p State --value 2>/dev/null; done | grep -v closing";
        return QTest::qWaitFor([&] { return inside(open).isEmpty(); }, 20'000);
    }
    void setKillUserProcesses(bool kill) const
    {
        inside(QByteArray("printf '[Login]\\nKillUserProcesses=") + (kill ? "yes" : "no")
               + "\\n' >/etc/systemd/logind.conf.d/60-kill.conf; systemctl reset-failed systemd-logind; systemctl "
                 "restart systemd-logind");
    }

    QString address() const { return m_address; }
    quint16 port() const { return m_port; }
    QString clientKey() const { return m_folder.filePath(QStringLiteral("key")); }
    QString fingerprint() const
    {
        return Sshd::fingerprintOfFile(file(QStringLiteral("/etc/ssh/ssh_host_ed25519_key.pub")));
    }

private:
    static QString program() { return QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/lab/files/systemdhost.sh"); }
    static QByteArray ran(const QString &name, const QStringList &words, const QByteArray &input, int limit = 60'000)
    {
        QProcess process;
        process.start(name, words);
        process.write(input);
        process.closeWriteChannel();
        if (!process.waitForFinished(limit))
            return "no end";
        if (process.exitCode() != 0)
            qDebug("%s: %d: %s", qPrintable(name), process.exitCode(), process.readAllStandardError().constData());
        return process.readAllStandardOutput();
    }
    static QString script(const QStringList &words, int limit)
    {
        return QString::fromUtf8(ran(program(), words, {}, limit)).trimmed();
    }
    QStringList sshWords(const QString &user) const
    {
        QStringList words;
        for (const char *option : {"BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null",
                                   "LogLevel=ERROR", "IdentitiesOnly=yes", "IdentityAgent=none"})
            words << QStringLiteral("-o") << QLatin1String(option);
        return words << QStringLiteral("-F") << QStringLiteral("none") << QStringLiteral("-i") << clientKey()
                     << QStringLiteral("-p") << QString::number(m_port) << user + QLatin1Char('@') + m_address
                     << QStringLiteral("/bin/sh -s");
    }
    /// Its init, as this machine counts processes; 0 = it does not run.
    qint64 leader() const
    {
        // unshare, systemdhost.sh, systemd-nspawn, and there it is.
        QList<qint64> all{m_process ? m_process->processId() : 0};
        for (int generation = 0; generation < 3; ++generation) {
            QList<qint64> children;
            for (const qint64 each : all)
                children << Sshd::childrenOf(each);
            all = children;
        }
        const auto found = std::ranges::find_if(all, [](qint64 process) {
            return Sshd::read(QStringLiteral("/proc/%1/comm").arg(process)) == "systemd\n";
        });
        return found == all.end() ? 0 : *found;
    }
    bool isUp() const
    {
        return leader() > 0
            && inside("exec 2>/dev/null; systemctl is-system-running; systemctl is-active ssh systemd-logind")
                   .contains("running\nactive\nactive");
    }
    void put(const char *name, const QByteArray &content) const
    {
        const QString path = m_folder.filePath(QStringLiteral("upper/") + QLatin1String(name));
        QDir().mkpath(QFileInfo(path).path());
        Sshd::writeFile(path, content);
        ::chmod(QFile::encodeName(path).constData(), 0644);
    }

    QTemporaryDir m_folder;
    QString m_name = QStringLiteral("taffrail-%1").arg(::getpid());
    QString m_address;
    quint16 m_port;
    std::unique_ptr<QProcess> m_process;
};

/// Says why a test program can't run here, for ctest's "Skipped".
inline int skipped(const QString &why)
{
    std::fprintf(stderr, "Skipped: %s\n", qPrintable(why));
    return 77;
}

} // namespace taffrail::test
