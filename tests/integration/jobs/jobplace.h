// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs.h"
#include "localshell.h"

#include <QDir>
#include <QProcess>
#include <QSemaphore>
#include <QTemporaryDir>
#include <QTest>
#include <QUuid>

#include <csignal>

/// Jobs on this machine, started by real shells.
namespace taffrail::jobs {

inline QString freshId()
{
    return QUuid::createUuid().toString(QUuid::WithoutBraces);
}

inline QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

class JobPlace : public QObject {
protected:
    void makePlace()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_places = {QStringLiteral("/nowhere/at/all"), m_folder->filePath(QStringLiteral("jobs with 'quotes' $(x)"))};
    }
    QByteArray run(const QByteArray &script)
    {
        QSemaphore ready;
        QByteArray out;
        ExecRequest request;
        request.script = script;
        request.maxOut = 16 * 1024 * 1024;
        m_shell.exec(request, [&](const Result<ExecReply> &reply) {
            if (reply)
                out = reply->out;
            ready.release();
        });
        ready.acquire();
        return out;
    }
    /// Several at once.
    void runAll(const QList<QByteArray> &scripts)
    {
        QSemaphore ready;
        for (const QByteArray &script : scripts) {
            ExecRequest request;
            request.script = script;
            m_shell.exec(request, [&ready](const Result<ExecReply> &) { ready.release(); });
        }
        ready.acquire(int(scripts.size()));
    }
    JobSpec spec(const QByteArray &script, const QString &lock = {})
    {
        return {freshId(), lock, 0, {}, script, "{}", m_places};
    }
    JobStatus statusOf(const QString &id)
    {
        const auto status = parsedStatus(run(statusScript(m_places, id)), QStringLiteral("here"));
        return status ? *status : JobStatus();
    }
    JobStatus ended(const QString &id)
    {
        JobStatus status;
        static_cast<void>(QTest::qWaitFor(
            [&] {
                status = statusOf(id);
                return status.state == JobState::Exited || status.state == JobState::Lost;
            },
            20'000));
        return status;
    }
    QString folderOf(const QString &id) const { return m_places.last() + QLatin1Char('/') + id; }
    qint64 processIn(const QString &id, const char *file) const
    {
        return contentOf(folderOf(id) + QLatin1Char('/') + QLatin1String(file)).split(' ').value(0).toLongLong();
    }

    LocalShell m_shell;
    std::unique_ptr<QTemporaryDir> m_folder;
    Places m_places;
};

} // namespace taffrail::jobs
