// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "executorhost.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTcpSocket>
#include <QtTest>

namespace taffrail::tests {

inline QString besideTests(const char *name)
{
    return QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/integration/executors/") + QLatin1String(name);
}

/// A small Kubernetes API on loopback, and a kubeconfig for it.
class KubernetesApi {
public:
    ~KubernetesApi() { stop(); }

    bool start()
    {
        stop();
        m_process.setProcessChannelMode(QProcess::SeparateChannels);
        m_process.start(QStringLiteral("setpriv"),
                        {QStringLiteral("--pdeathsig"), QStringLiteral("TERM"), QStringLiteral("python3"),
                         besideTests("kubernetesapi.py")});
        if (!m_process.waitForReadyRead(20'000))
            return false;
        m_port = m_process.readLine().trimmed().toInt();
        QFile file(config());
        if (m_port <= 0 || !file.open(QIODevice::WriteOnly))
            return false;
        file.write(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, namespace: "
            "prod, user: u}}]\nclusters: [{name: c, cluster: {server: \"http://127.0.0.1:"
            + QByteArray::number(m_port) + "\"}}]\nusers: [{name: u, user: {}}]\n");
        return true;
    }
    void stop()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        m_process.terminate();
        if (!m_process.waitForFinished(5'000))
            m_process.kill();
        m_process.waitForFinished(5'000);
    }
    QString config() const { return m_folder.filePath(QStringLiteral("kubeconfig")); }
    /// Changes the state; the number of the revision that is live then.
    QByteArray tell(QByteArray json) const
    {
        json.replace('\'', '"');
        QTcpSocket socket;
        socket.connectToHost(QStringLiteral("127.0.0.1"), quint16(m_port));
        if (!socket.waitForConnected(5'000))
            return {};
        socket.write("POST /test HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
                     + QByteArray::number(json.size()) + "\r\n\r\n" + json);
        QByteArray answer;
        while (socket.waitForReadyRead(5'000))
            answer += socket.readAll();
        const qsizetype body = answer.indexOf("\r\n\r\n");
        return QJsonDocument::fromJson(answer.mid(body + 4))
            .object()
            .value(QStringLiteral("revision"))
            .toString()
            .toLatin1();
    }

private:
    QTemporaryDir m_folder;
    QProcess m_process;
    int m_port = 0;
};

/// A program of these tests that stands for a tool, with its state in a file beside it.
class StubTool {
public:
    bool start(const char *name, const QByteArray &state)
    {
        const QString program = path();
        QFile::remove(program);
        return QFile::copy(besideTests(name), program)
            && QFile::setPermissions(program, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner) && set(state);
    }
    QString path() const { return m_folder.filePath(QStringLiteral("tool")); }
    bool set(QByteArray json) const
    {
        QFile file(m_folder.filePath(QStringLiteral("STATE.json")));
        return file.open(QIODevice::WriteOnly) && file.write(json.replace('\'', '"')) >= 0;
    }
    QJsonObject state() const
    {
        QFile file(m_folder.filePath(QStringLiteral("STATE.json")));
        return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
    }
    void setMode(const char *mode) const
    {
        QJsonObject now = state();
        now.insert(QStringLiteral("mode"), QLatin1String(mode));
        set(QJsonDocument(now).toJson());
    }

private:
    QTemporaryDir m_folder;
};

/// An entry, a host for it, and what is read, planned and run there.
class ClusterEntry {
public:
    explicit ClusterEntry(const char *source)
    {
        entry.id = entry.source = QLatin1String(source);
        entry.pane = PaneKind::Deployments;
        entry.hosts = QStringList{QStringLiteral("web1")};
        policy.patience = std::chrono::seconds(6);
        m_host.setPlace(m_folder.filePath(QStringLiteral("jobs")));
        m_source = sources::findSource(PaneKind::Deployments, entry.source);
        m_executor = executors::executorFor(entry, policy);
    }

    DeploymentHistory history() const
    {
        const Result<Value> value = m_host.read(*m_source, entry);
        if (value)
            return std::get<DeploymentHistory>(*value);
        DeploymentHistory none;
        none.notes << sentence(value.error());
        return none;
    }
    executors::HostSwitch part(const DeploymentHistory &history, const QString &from, const QString &to) const
    {
        const auto release = [&](const QString &id) {
            const auto found = std::ranges::find(history.releases, id, &Release::id);
            return found == history.releases.end() ? Release() : *found;
        };
        return {entry, policy, QStringLiteral("prod"), QStringLiteral("web1"), release(from), release(to)};
    }
    /// Steps forward and back, made from one look as the planner does.
    struct Plan {
        Result<executors::HostSteps> forward, back;
    };
    Plan plan(const QString &from, const QString &to) const
    {
        const DeploymentHistory now = history();
        const executors::HostSwitch ahead = part(now, from, to), behind = part(now, to, from);
        const Result<sources::ShellPart> look = m_executor->look(ahead);
        if (!look)
            return {failure(look.error()), failure(look.error())};
        const sources::ShellReply seen = m_host.run(look->script);
        return {m_executor->steps(ahead, seen), m_executor->steps(behind, seen)};
    }
    ExecutorHost::Outcome run(const Result<executors::HostSteps> &steps) const
    {
        return steps ? m_host.runJob(steps->script) : ExecutorHost::Outcome{-2, sentence(steps.error()).toUtf8(), {}};
    }

    SourceEntry entry;
    RollbackPolicy policy;

private:
    QTemporaryDir m_folder;
    ExecutorHost m_host;
    const sources::Source *m_source = nullptr;
    const executors::Executor *m_executor = nullptr;
};

} // namespace taffrail::tests
