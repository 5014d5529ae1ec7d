// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>
#include <QThread>

#include <pqxx/pqxx>

#include <arpa/inet.h>
#include <csignal>
#include <cstring>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace taffrail::tests {

/// A TCP port on loopback that was free a moment ago.
inline int freePort()
{
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    bind(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof(address));
    getsockname(descriptor, reinterpret_cast<sockaddr *>(&address), &length);
    close(descriptor);
    return ntohs(address.sin_port);
}

/// How many descriptors this process holds open.
inline qsizetype openDescriptors()
{
    return QDir(QStringLiteral("/proc/self/fd"))
        .entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot)
        .size();
}

/// A PostgreSQL cluster of its own: data, socket and log below a temporary folder, a free port on 127.0.0.1, password
/// (SCRAM) over TCP, trust over its socket. Runs as `postgres` when the test is root. Ends with the object, or with the
/// test's process.
class PgCluster {
public:
    static inline const QString superuser = QStringLiteral("postgres");
    static inline const QString password = QStringLiteral("sesame");

    PgCluster() : m_folder(QDir::tempPath() + QStringLiteral("/taffrail-pg-XXXXXX")) { giveToServer(m_folder.path()); }
    ~PgCluster() { stop(SIGQUIT); }
    Q_DISABLE_COPY_MOVE(PgCluster)

    /// initdb, then start() with these further settings ("max_connections = 12"). False: see log().
    bool create(const QStringList &settings = {})
    {
        writeFile(QStringLiteral("password"), password.toUtf8() + '\n', 0600);
        if (!runTool(QStringLiteral("initdb"),
                     {QStringLiteral("-D"), dataFolder(), QStringLiteral("-N"), QStringLiteral("-U"), superuser,
                      QStringLiteral("--encoding=UTF8"), QStringLiteral("--locale=C.UTF-8"),
                      QStringLiteral("--pwfile=") + path(QStringLiteral("password")),
                      QStringLiteral("--auth-local=trust"), QStringLiteral("--auth-host=scram-sha-256")}))
            return false;
        return configure(settings) && start();
    }

    /// A standby that streams from `primary`, started.
    bool createStandbyOf(const PgCluster &primary)
    {
        return runTool(QStringLiteral("pg_basebackup"),
                       {QStringLiteral("-D"), dataFolder(), QStringLiteral("-R"), QStringLiteral("--no-sync"),
                        QStringLiteral("-c"), QStringLiteral("fast"), QStringLiteral("-d"), primary.socketDsn()})
            && configure({}) && start();
    }

    bool start()
    {
        m_server.setProcessChannelMode(QProcess::MergedChannels);
        m_server.setStandardOutputFile(path(QStringLiteral("server.log")), QIODevice::Append);
        const QStringList command = asServer(program(QStringLiteral("postgres")), {QStringLiteral("-D"), dataFolder()});
        m_server.start(command.first(), command.mid(1));
        if (!m_server.waitForStarted())
            return false;
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 30'000 && m_server.state() == QProcess::Running) {
            if (runTool(QStringLiteral("pg_isready"),
                        {QStringLiteral("-q"), QStringLiteral("-h"), folder(), QStringLiteral("-p"),
                         QString::number(m_port)}))
                return true;
            m_server.waitForFinished(20); // a moment, unless the server ends early
        }
        return false;
    }

    /// SIGINT: fast; SIGQUIT: at once, without a clean end.
    void stop(int signal = SIGINT)
    {
        if (m_server.state() == QProcess::NotRunning)
            return;
        kill(pid(), SIGCONT);
        kill(pid(), signal);
        if (!m_server.waitForFinished(20'000)) {
            m_server.kill();
            m_server.waitForFinished(5'000);
        }
    }

    pid_t pid() const { return pid_t(m_server.processId()); }
    int port() const { return m_port; }
    QString folder() const { return m_folder.path(); }
    QString dataFolder() const { return path(QStringLiteral("data")); }
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QByteArray log() const
    {
        QFile file(path(QStringLiteral("server.log")));
        return m_toolOutput + (file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray());
    }

    /// Over TCP, where a password is wanted.
    QString dsn(const QString &user = superuser, const QString &database = QStringLiteral("postgres")) const
    {
        return QStringLiteral("host=127.0.0.1 port=%1 user=%2 dbname=%3").arg(QString::number(m_port), user, database);
    }
    /// Over the unix socket, as anyone.
    QString socketDsn(const QString &user = superuser, const QString &database = QStringLiteral("postgres")) const
    {
        return QStringLiteral("host=%1 port=%2 user=%3 dbname=%4")
            .arg(folder(), QString::number(m_port), user, database);
    }

    /// Runs statements as the superuser, one by one, outside a transaction. Throws what libpqxx throws.
    pqxx::result execute(const QByteArray &sql, const QString &database = QStringLiteral("postgres")) const
    {
        pqxx::connection connection(socketDsn(superuser, database).toStdString());
        connection.set_verbosity(pqxx::connection_base::terse);
        pqxx::nontransaction work(connection);
        return work.exec(sql.toStdString());
    }
    QByteArray value(const QByteArray &sql) const { return execute(sql)[0][0].c_str(); }

    /// Writes a file below folder() that belongs to the server's user.
    QString writeFile(const QString &name, const QByteArray &text, mode_t mode) const
    {
        QFile file(path(name));
        if (file.open(QIODevice::WriteOnly))
            file.write(text);
        file.close();
        chmod(QFile::encodeName(path(name)).constData(), mode);
        giveToServer(path(name));
        return path(name);
    }
    bool reload() const { return kill(pid(), SIGHUP) == 0; }

    static QString program(const QString &name) { return QStringLiteral("/usr/lib/postgresql/15/bin/") + name; }

private:
    bool configure(const QStringList &settings)
    {
        m_port = freePort();
        QFile file(dataFolder() + QStringLiteral("/postgresql.auto.conf"));
        if (!file.open(QIODevice::Append))
            return false;
        const QStringList own{QStringLiteral("listen_addresses = '127.0.0.1'"),
                              QStringLiteral("port = %1").arg(m_port),
                              QStringLiteral("unix_socket_directories = '%1'").arg(folder()),
                              QStringLiteral("fsync = off"),
                              QStringLiteral("shared_buffers = 16MB"),
                              QStringLiteral("dynamic_shared_memory_type = mmap")};
        file.write((own + settings).join(QLatin1Char('\n')).toUtf8() + '\n');
        return true;
    }

    bool runTool(const QString &name, const QStringList &arguments)
    {
        const QStringList command = asServer(program(name), arguments);
        QProcess tool;
        tool.setWorkingDirectory(folder());
        tool.setProcessChannelMode(QProcess::MergedChannels);
        tool.start(command.first(), command.mid(1));
        const bool ended = tool.waitForFinished(60'000);
        m_toolOutput = tool.readAll();
        return ended && tool.exitStatus() == QProcess::NormalExit && tool.exitCode() == 0;
    }

    static QStringList asServer(const QString &name, const QStringList &arguments)
    {
        QStringList command{QStringLiteral("setpriv"), QStringLiteral("--pdeathsig"), QStringLiteral("QUIT")};
        if (geteuid() == 0)
            command << QStringLiteral("--reuid=postgres") << QStringLiteral("--regid=postgres")
                    << QStringLiteral("--clear-groups");
        return command << name << arguments;
    }

    static void giveToServer(const QString &path)
    {
        const passwd *server = geteuid() == 0 ? getpwnam("postgres") : nullptr;
        if (server && chown(QFile::encodeName(path).constData(), server->pw_uid, server->pw_gid) != 0)
            qWarning("chown failed: %s", strerror(errno));
    }

    QTemporaryDir m_folder;
    QProcess m_server;
    QByteArray m_toolOutput;
    int m_port = 0;
};

} // namespace taffrail::tests
