// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sshpool.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <future>
#include <memory>

namespace taffrail::test {

/// A real sshd on a free port of one loopback address, with a host key of its own, for the current user and one client
/// key. Ends with the object, its sessions too.
class Sshd {
public:
    struct Options {
        QString address = QStringLiteral("127.0.0.1");
        QByteArray extraConfig; ///< more sshd_config lines; the first value of a keyword counts, and these come first
        QString hostKeyFile; ///< "" = a new ed25519 key
        QString clientKey; ///< private key file whose .pub may sign in; "" = a new one
        quint16 port = 0; ///< 0 = a free one
        QByteArray sftp = "internal-sftp"; ///< "" = none
        QStringList wrapper; ///< program and arguments that end by starting what follows them
    };

    Sshd() : Sshd(Options{}) {}
    explicit Sshd(Options options) : m_options(std::move(options))
    {
        if (m_options.hostKeyFile.isEmpty())
            m_options.hostKeyFile = makeKey(QStringLiteral("host"));
        if (m_options.clientKey.isEmpty())
            m_options.clientKey = makeKey(QStringLiteral("client"));
        if (m_options.port == 0)
            m_options.port = freePort(m_options.address);
        start();
    }
    ~Sshd() { stop(); }
    Q_DISABLE_COPY_MOVE(Sshd)

    void start()
    {
        const QString keys = path(QStringLiteral("authorized_keys"));
        QFile::remove(keys);
        QFile::copy(m_options.clientKey + QStringLiteral(".pub"), keys);
        // sshd reads them as the user who signs in, which may be another one.
        ::chmod(QFile::encodeName(m_folder.path()).constData(), 0711);
        ::chmod(QFile::encodeName(keys).constData(), 0644);
        if (geteuid() == 0)
            QDir().mkpath(QStringLiteral("/run/sshd"));
        QByteArray config = m_options.extraConfig + '\n';
        config
            += "ListenAddress " + m_options.address.toLatin1() + "\nPort " + QByteArray::number(m_options.port) + '\n';
        config += "HostKey " + m_options.hostKeyFile.toUtf8() + "\nAuthorizedKeysFile " + keys.toUtf8() + '\n';
        config += "PidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n"
                  "KbdInteractiveAuthentication no\nMaxStartups 100:30:200\nPrintMotd no\n";
        if (!m_options.sftp.isEmpty())
            config += "Subsystem sftp " + m_options.sftp + '\n';
        // A home of its own: what the tester's shell runs at start (and may lock or wait for) is no part of a test.
        QDir().mkpath(path(QStringLiteral("home")));
        config += "Match User " + QByteArray(::getpwuid(::geteuid())->pw_name)
            + "\nSetEnv HOME=" + path(QStringLiteral("home")).toUtf8() + '\n';
        write(QStringLiteral("sshd_config"), config);
        m_process = std::make_unique<QProcess>();
        m_process->setStandardErrorFile(path(QStringLiteral("sshd.log")), QIODevice::Append);
        QStringList command = m_options.wrapper;
        command << QStringLiteral("/usr/sbin/sshd") << QStringLiteral("-D") << QStringLiteral("-e")
                << QStringLiteral("-f") << path(QStringLiteral("sshd_config"));
        m_process->start(command.takeFirst(), command);
        if (!m_process->waitForStarted() || !QTest::qWaitFor([this] { return accepts(); }, 10'000))
            qFatal("sshd did not start: %s", qPrintable(log()));
    }
    /// Ends the listener and every session at once.
    void stop()
    {
        if (!m_process)
            return;
        killSessions();
        m_process->kill();
        m_process->waitForFinished();
        m_process.reset();
    }
    /// Ends the server as a crash does: whatever the sessions had started is left to itself.
    void crash()
    {
        QList<qint64> all = childrenOf(pid());
        for (qsizetype i = 0; i < all.size(); ++i)
            all << childrenOf(all[i]);
        for (const qint64 each : all) {
            if (read(QStringLiteral("/proc/%1/comm").arg(each)).startsWith("sshd"))
                ::kill(pid_t(each), SIGKILL);
        }
        m_process->kill();
        m_process->waitForFinished();
        m_process.reset();
    }
    /// Kills the processes that serve connections; the listener stays.
    void killSessions() const { signalTree(SIGKILL); }
    void signalSessions(int number) const { signalTree(number); }
    qint64 pid() const { return m_process ? m_process->processId() : 0; }
    int sessionCount() const { return int(childrenOf(pid()).size()); }

    quint16 port() const { return m_options.port; }
    QString address() const { return m_options.address; }
    QString clientKey() const { return m_options.clientKey; }
    QString hostKeyFile() const { return m_options.hostKeyFile; }
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QString log() const { return QString::fromUtf8(read(path(QStringLiteral("sshd.log")))); }
    QString fingerprint() const { return fingerprintOfFile(m_options.hostKeyFile + QStringLiteral(".pub")); }
    QByteArray knownHostsLine() const
    {
        const QByteArrayList words = read(m_options.hostKeyFile + QStringLiteral(".pub")).split(' ');
        return '[' + m_options.address.toLatin1() + "]:" + QByteArray::number(m_options.port) + ' ' + words.value(0)
            + ' ' + words.value(1) + '\n';
    }

    ssh::Endpoint endpoint() const
    {
        ssh::Endpoint endpoint;
        endpoint.spec.alias = m_options.address;
        endpoint.spec.port = m_options.port;
        endpoint.spec.user = currentUser();
        endpoint.spec.identityFile = m_options.clientKey;
        return endpoint;
    }
    /// Knows this server's key; no agent, no configuration of the person who runs the tests.
    ssh::Settings settings() const
    {
        write(QStringLiteral("known_hosts"), knownHostsLine());
        write(QStringLiteral("ssh_config"), "Host *\n  IdentityAgent none\n");
        ssh::Settings settings;
        settings.configFile = path(QStringLiteral("ssh_config"));
        settings.knownHostsFiles = {path(QStringLiteral("known_hosts"))};
        return settings;
    }

    void write(const QString &name, const QByteArray &content) const { writeFile(path(name), content); }
    QString makeKey(const QString &name, const QString &type = QStringLiteral("ed25519")) const
    {
        const QString file = path(name + QStringLiteral("_") + type);
        const int rc = QProcess::execute(QStringLiteral("ssh-keygen"),
                                         {QStringLiteral("-q"), QStringLiteral("-t"), type, QStringLiteral("-N"),
                                          QString(), QStringLiteral("-C"), name, QStringLiteral("-f"), file});
        if (rc != 0)
            qFatal("ssh-keygen failed");
        return file;
    }

    static void writeFile(const QString &file, const QByteArray &content)
    {
        QFile out(file);
        if (!out.open(QIODevice::WriteOnly) || out.write(content) != content.size())
            qFatal("cannot write %s", qPrintable(file));
        out.close();
        ::chmod(QFile::encodeName(file).constData(), 0600);
    }
    static QByteArray read(const QString &file)
    {
        QFile in(file);
        return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
    }
    static QString fingerprintOfFile(const QString &file)
    {
        QProcess process;
        process.start(QStringLiteral("ssh-keygen"), {QStringLiteral("-lf"), file});
        process.waitForFinished();
        return QString::fromUtf8(process.readAllStandardOutput()).section(QLatin1Char(' '), 1, 1);
    }
    static QString currentUser()
    {
        const passwd *entry = getpwuid(geteuid());
        return entry ? QString::fromLocal8Bit(entry->pw_name) : qEnvironmentVariable("USER");
    }
    static quint16 freePort(const QString &address)
    {
        sockaddr_in name{};
        const int fd = bindTo(address, 0, name);
        ::close(fd);
        return ntohs(name.sin_port);
    }
    /// A bound (not listening) TCP socket; `name` is filled in.
    static int bindTo(const QString &address, quint16 port, sockaddr_in &name)
    {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int one = 1;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        name.sin_family = AF_INET;
        name.sin_port = htons(port);
        inet_pton(AF_INET, qPrintable(address), &name.sin_addr);
        socklen_t size = sizeof name;
        auto *generic = static_cast<sockaddr *>(static_cast<void *>(&name));
        if (::bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0)
            qFatal("cannot bind %s", qPrintable(address));
        return fd;
    }
    static QList<qint64> childrenOf(qint64 pid)
    {
        QList<qint64> children;
        const QByteArray list = read(QStringLiteral("/proc/%1/task/%1/children").arg(pid));
        for (const QByteArray &each : list.split(' ')) {
            if (const qint64 child = each.trimmed().toLongLong(); child > 0)
                children << child;
        }
        return children;
    }

private:
    void signalTree(int number) const
    {
        QList<qint64> all = childrenOf(pid());
        for (qsizetype i = 0; i < all.size(); ++i)
            all << childrenOf(all[i]);
        for (const qint64 each : all)
            ::kill(pid_t(each), number);
    }
    bool accepts() const
    {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(m_options.port);
        inet_pton(AF_INET, qPrintable(m_options.address), &name.sin_addr);
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const bool ok = ::connect(fd, static_cast<sockaddr *>(static_cast<void *>(&name)), sizeof name) == 0;
        ::close(fd);
        return ok;
    }

    Options m_options;
    QTemporaryDir m_folder;
    std::unique_ptr<QProcess> m_process;
};

/// A request under way; get() waits for its answer (30 s, then the test fails with Internal).
template <typename T> class Pending {
public:
    Done<T> done()
    {
        return [promise = m_promise](Result<T> result) { promise->set_value(std::move(result)); };
    }
    bool isDone() const { return m_future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
    Result<T> get(std::chrono::seconds limit = std::chrono::seconds(40)) const
    {
        if (m_future.wait_for(limit) != std::future_status::ready)
            return failure(ErrorKind::Internal, QStringLiteral("test"), {}, QStringLiteral("no answer at all"));
        return m_future.get();
    }
    RequestId id = 0;

private:
    std::shared_ptr<std::promise<Result<T>>> m_promise = std::make_shared<std::promise<Result<T>>>();
    std::shared_future<Result<T>> m_future = m_promise->get_future().share();
};

inline Pending<ExecReply> startExec(ssh::Pool &pool, const ssh::Endpoint &endpoint, const QByteArray &script,
                                    std::chrono::milliseconds deadline = std::chrono::seconds(20),
                                    qint64 maxOut = 1024 * 1024, qint64 maxErr = 64 * 1024)
{
    Pending<ExecReply> pending;
    ExecRequest request;
    request.script = script;
    request.deadline = deadline;
    request.maxOut = maxOut;
    request.maxErr = maxErr;
    pending.id = pool.exec(endpoint, request, pending.done());
    return pending;
}

/// A probe whose body is `body`, with a fresh nonce and its closing frame.
inline Pending<ExecReply> startProbe(ssh::Pool &pool, const ssh::Endpoint &endpoint, const QByteArray &body,
                                     std::chrono::milliseconds deadline = std::chrono::seconds(20),
                                     qint64 maxOut = 1024 * 1024)
{
    static int count = 0;
    const QByteArray nonce = QByteArray::number(++count).rightJustified(32, '0');
    Pending<ExecReply> pending;
    ExecRequest request;
    request.script = "probe() {\nprintf '\\n@TFR1 " + nonce + " BEGIN fast\\n'\n" + body + "\nprintf '\\n@TFR1 " + nonce
        + " END 0\\n'\n}\nprobe\n";
    request.deadline = deadline;
    request.maxOut = maxOut;
    pending.id = pool.probe(endpoint, nonce, request, pending.done());
    return pending;
}

inline QByteArray describe(const Error &error)
{
    return (errorKindWord(error.kind) + QStringLiteral(" | ") + error.step + QStringLiteral(" | ") + error.subject
            + QStringLiteral(" | ") + error.text + QStringLiteral(" | ") + error.hint)
        .toUtf8();
}

template <typename T> QByteArray describe(const Result<T> &result)
{
    return result ? QByteArray("a value") : describe(result.error());
}

} // namespace taffrail::test
