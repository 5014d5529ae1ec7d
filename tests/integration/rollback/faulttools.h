// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "../ssh/sshdfixture.h"

namespace taffrail::test {

/// An ssh-agent with one key; the test may end and stop it.
class Agent {
public:
    Agent(const QString &socket, const QString &key) : m_socket(socket), m_key(key) { start(); }
    ~Agent() { end(); }
    Q_DISABLE_COPY_MOVE(Agent)

    void start()
    {
        QFile::remove(m_socket);
        m_process = std::make_unique<QProcess>();
        m_process->start(QStringLiteral("ssh-agent"), {QStringLiteral("-D"), QStringLiteral("-a"), m_socket});
        if (!QTest::qWaitFor([this] { return QFile::exists(m_socket); }, 10'000))
            qFatal("ssh-agent did not start");
        QProcess add;
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        variables.insert(QStringLiteral("SSH_AUTH_SOCK"), m_socket);
        add.setProcessEnvironment(variables);
        add.start(QStringLiteral("ssh-add"), {QStringLiteral("-q"), m_key});
        if (!add.waitForFinished() || add.exitCode() != 0)
            qFatal("ssh-add: %s", add.readAllStandardError().constData());
    }
    void end()
    {
        if (!m_process)
            return;
        m_process->kill();
        m_process->waitForFinished();
        m_process.reset();
    }
    void stop() { ::kill(pid_t(m_process->processId()), SIGSTOP); }
    void goOn() { ::kill(pid_t(m_process->processId()), SIGCONT); }

private:
    QString m_socket, m_key;
    std::unique_ptr<QProcess> m_process;
};

/// Everything that is left of a disk, then the last bytes.
inline void fill(const QString &file)
{
    QFile out(file);
    if (!out.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
        qFatal("cannot fill %s", qPrintable(file));
    for (qint64 piece = 65536; piece > 0; piece /= 2) {
        const QByteArray zeros(piece, '\0');
        while (out.write(zeros) == piece) {}
    }
}

/// No further file fits on the disk.
inline void fillWithFiles(const QString &folder)
{
    QDir().mkpath(folder);
    for (int i = 0; i < 100'000; ++i) {
        QFile out(folder + QStringLiteral("/%1").arg(i));
        if (!out.open(QIODevice::WriteOnly))
            return;
    }
    qFatal("%s takes any number of files", qPrintable(folder));
}

} // namespace taffrail::test
