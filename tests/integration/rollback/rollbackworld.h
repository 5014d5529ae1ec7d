// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "../ssh/sshdfixture.h"
#include "rollbackconsole.h"

#include <QDirIterator>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

/// Real hosts to roll back on: an sshd each, with the same path on each of them showing another folder.
namespace taffrail::test {

inline const QString olderRelease = QStringLiteral("20261101120000");
inline const QString newerRelease = QStringLiteral("20261102120000");

class RollbackWorld : public RollbackConsole {
public:
    /// `srv`: name of the folder that every host has; the one here has everything that a shell could trip over.
    /// `mounts`: shell text that each host runs in its mount namespace before it begins; $1 is the folder with its
    /// applications, $2 what it has as /var/lib. `config`: more lines for its sshd.
    explicit RollbackWorld(int hosts, const QString &srv = QStringLiteral("srv it's $(touch oops)"),
                           const QString &mounts = QStringLiteral(":"), const QByteArray &config = {})
    {
        m_srv = file(srv);
        m_isMounted = mounts != QLatin1String(":");
        QDir().mkpath(m_srv);
        for (int i = 0; i < hosts; ++i) {
            const QString folder = file(QStringLiteral("host%1").arg(i));
            QDir().mkpath(folder);
            QDir().mkpath(varLib(i));
            m_folders << folder;
            Sshd::Options options;
            options.address = QStringLiteral("127.0.0.%1").arg(11 + i);
            options.extraConfig = config;
            options.extraConfig.replace("%HOST%", folder.toUtf8());
            if (i > 0)
                options.clientKey = m_hosts.front()->clientKey();
            options.wrapper = {QStringLiteral("unshare"), QStringLiteral("-m")};
            if (geteuid() != 0)
                options.wrapper << QStringLiteral("-r");
            options.wrapper << QStringLiteral("sh") << QStringLiteral("-c")
                            << QStringLiteral("mount --make-rprivate / && mount --bind \"$1\" \"$2\" && mount --bind "
                                              "\"$3\" /var/lib && shift && { %1; } && shift 2 && exec \"$@\"")
                                   .arg(mounts)
                            << QStringLiteral("sh") << folder << m_srv << varLib(i);
            m_hosts.push_back(std::make_unique<Sshd>(options));
            m_ports << m_hosts.back()->port();
        }
    }

    Sshd &sshd(int host) { return *m_hosts[size_t(host)]; }
    int hostCount() const { return int(m_hosts.size()); }
    QString hostId(int host) const { return QStringLiteral("web%1").arg(host + 1); }
    /// What the host has as /var/lib: jobs of applications without a folder are kept below it.
    QString varLib(int host) const { return file(QStringLiteral("host%1.varlib").arg(host)); }
    /// The host's own view of the application, as seen from here.
    QString appFolder(int host, const QString &app = QStringLiteral("shop")) const
    {
        return m_isMounted ? inside(host, appPath(app)) : m_folders[host] + QLatin1Char('/') + app;
    }
    /// A file as the host itself sees it, with what is mounted there.
    QString inside(int host, const QString &path) const
    {
        return QStringLiteral("/proc/%1/root%2").arg(m_hosts[size_t(host)]->pid()).arg(path);
    }
    QString appPath(const QString &app = QStringLiteral("shop")) const { return m_srv + QLatin1Char('/') + app; }

    /// Two releases, the newer one live, and a restart that writes down what it was told to run.
    void deploy(int host, const QString &app = QStringLiteral("shop")) const
    {
        const QDir root(appFolder(host, app));
        for (const QString &release : {olderRelease, newerRelease}) {
            root.mkpath(QStringLiteral("releases/") + release);
            Sshd::writeFile(root.filePath(QStringLiteral("releases/%1/REVISION").arg(release)),
                            revisionOf(release).toLatin1() + '\n');
        }
        root.mkpath(QStringLiteral("shared"));
        makeLive(host, newerRelease, app);
        QFile::remove(root.filePath(QStringLiteral("restarts")));
        Sshd::writeFile(root.filePath(QStringLiteral("revisions.log")),
                        QStringLiteral("Branch main (at %1) deployed as release %2 by Ada O'Brien by night\n"
                                       "Branch main (at %3) deployed as release %4 by $(id)\n")
                            .arg(revisionOf(olderRelease), olderRelease, revisionOf(newerRelease), newerRelease)
                            .toUtf8());
    }
    void deployAll() const
    {
        for (int i = 0; i < hostCount(); ++i)
            deploy(i);
    }
    void makeLive(int host, const QString &release, const QString &app = QStringLiteral("shop")) const
    {
        const QString link = appFolder(host, app) + QStringLiteral("/current");
        QFile::remove(link);
        QFile::link(appPath(app) + QStringLiteral("/releases/") + release, link);
    }
    QString live(int host, const QString &app = QStringLiteral("shop")) const
    {
        char target[4096];
        const ssize_t size = ::readlink(
            QFile::encodeName(appFolder(host, app) + QStringLiteral("/current")).constData(), target, sizeof target);
        return size < 0 ? QString() : QString::fromUtf8(target, size).section(QLatin1Char('/'), -1);
    }
    /// What the restart command was run with, once per run of it.
    QStringList restarts(int host, const QString &app = QStringLiteral("shop")) const
    {
        return QString::fromUtf8(Sshd::read(appFolder(host, app) + QStringLiteral("/restarts")))
            .split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    }
    static QString revisionOf(const QString &release)
    {
        return release == olderRelease ? QString(40, QLatin1Char('a')) : QString(40, QLatin1Char('b'));
    }

    /// An environment over all hosts; `rollback` on top of a restart that notes itself and of a short hold.
    QJsonObject environment(const QString &id, const QString &app = QStringLiteral("shop"),
                            QJsonObject rollback = {}) const
    {
        QJsonArray hosts, names;
        for (int i = 0; i < hostCount(); ++i) {
            QJsonObject ssh{{QStringLiteral("host"), m_hosts[size_t(i)]->address()},
                            {QStringLiteral("port"), m_ports[i]},
                            {QStringLiteral("user"), Sshd::currentUser()},
                            {QStringLiteral("identity_file"), m_hosts[size_t(i)]->clientKey()},
                            {QStringLiteral("host_key"), m_hosts[size_t(i)]->fingerprint()}};
            hosts.append(QJsonObject{{QStringLiteral("id"), hostId(i)}, {QStringLiteral("ssh"), ssh}});
            names.append(hostId(i));
        }
        const auto byDefault = [&rollback](const char *key, const QJsonValue &value) {
            if (!rollback.contains(QLatin1String(key)))
                rollback.insert(QLatin1String(key), value);
        };
        byDefault("restart", restartCommand());
        byDefault("hold", QStringLiteral("0s"));
        return {{QStringLiteral("id"), id},
                {QStringLiteral("tier"), QStringLiteral("production")},
                {QStringLiteral("hosts"), hosts},
                {QStringLiteral("deployments"),
                 QJsonArray{QJsonObject{{QStringLiteral("source"), QStringLiteral("capistrano")},
                                        {QStringLiteral("app"), app},
                                        {QStringLiteral("hosts"), names},
                                        {QStringLiteral("path"), appPath(app)},
                                        {QStringLiteral("rollback"), rollback}}}},
                {QStringLiteral("health"),
                 QJsonArray{QJsonObject{
                     {QStringLiteral("source"), QStringLiteral("host")},
                     {QStringLiteral("hosts"), QJsonArray{hostId(0)}},
                     {QStringLiteral("limits"), looseLimits()},
                     {QStringLiteral("skip"),
                      QJsonArray{QStringLiteral("updates"), QStringLiteral("reboot"), QStringLiteral("ctr"),
                                 QStringLiteral("units"), QStringLiteral("ntp"), QStringLiteral("journal")}}}}}};
    }
    /// Notes the release that is live when it runs; `before` is run first.
    static QString restartCommand(const QString &before = {})
    {
        return before + QStringLiteral("basename \"$(pwd -P)\" >> ../../restarts");
    }
    QString writeInventory(const QJsonArray &environments, const QString &name = QStringLiteral("inventory.json")) const
    {
        const QJsonObject root{{QStringLiteral("version"), 1}, {QStringLiteral("environments"), environments}};
        Sshd::writeFile(file(name), QJsonDocument(root).toJson());
        return file(name);
    }
    /// The console reaches the host through this port from the next inventory on.
    void setPort(int host, quint16 port) { m_ports[host] = port; }

    /// As environment(), but for another kind of application on the same hosts.
    QJsonObject environmentWith(QJsonObject deployment, QJsonObject rollback,
                                const QString &id = QStringLiteral("shop")) const
    {
        QJsonObject environment = this->environment(id);
        if (!rollback.contains(QLatin1String("hold")))
            rollback.insert(QStringLiteral("hold"), QStringLiteral("0s"));
        deployment.insert(QStringLiteral("rollback"), rollback);
        deployment.insert(
            QStringLiteral("hosts"),
            environment[QStringLiteral("deployments")].toArray().first().toObject()[QStringLiteral("hosts")]);
        environment.insert(QStringLiteral("deployments"), QJsonArray{deployment});
        return environment;
    }

private:
    /// The machine that runs the tests may be busy: that is none of their business.
    static QJsonObject looseLimits()
    {
        const auto limit = [](double warning, double critical) {
            return QJsonObject{{QStringLiteral("warning"), warning}, {QStringLiteral("critical"), critical}};
        };
        return {{QStringLiteral("load"), limit(64, 99.9)},
                {QStringLiteral("psi_memory"), limit(90, 99)},
                {QStringLiteral("psi_io"), limit(95, 99.9)},
                {QStringLiteral("memory"), limit(3, 1)},
                {QStringLiteral("disk"), limit(2, 1)},
                {QStringLiteral("inodes"), limit(1, 0.5)},
                {QStringLiteral("disk_bytes"), limit(1 << 26, 1 << 23)}};
    }

    QString m_srv;
    bool m_isMounted = false; ///< the applications lie where only the host sees them
    QStringList m_folders;
    std::vector<std::unique_ptr<Sshd>> m_hosts;
    QList<int> m_ports;
};

} // namespace taffrail::test
