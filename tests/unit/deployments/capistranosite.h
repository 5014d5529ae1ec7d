// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "posixshell.h"
#include "registry.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>

namespace taffrail::tests {

/// A deploy_to as the tool lays it out, below a temporary folder.
class CapistranoSite {
public:
    CapistranoSite() { QDir(m_folder.path()).mkpath(QStringLiteral("shop/releases")); }

    QString path(const QString &name = {}) const
    {
        return m_folder.path() + QStringLiteral("/shop") + (name.isEmpty() ? QString() : QLatin1Char('/') + name);
    }

    void write(const QString &name, const QByteArray &text) const
    {
        QDir().mkpath(QFileInfo(path(name)).path());
        QFile file(path(name));
        if (file.open(QIODevice::WriteOnly))
            file.write(text);
    }

    void addRelease(const QString &stamp, const QByteArray &revision = "6e59e7533e9c794bfcdc33d3a4fb47867a289348") const
    {
        QDir().mkpath(path(QStringLiteral("releases/") + stamp));
        if (!revision.isEmpty())
            write(QStringLiteral("releases/%1/REVISION").arg(stamp), revision + '\n');
    }

    void makeLive(const QString &stamp) const
    {
        link(path(QStringLiteral("releases/") + stamp), QStringLiteral("current"));
    }

    void link(const QString &target, const QString &name) const
    {
        ::unlink(qPrintable(path(name)));
        if (::symlink(target.toUtf8().constData(), path(name).toUtf8().constData()) != 0)
            qWarning("no link");
    }

    /// Sets the time of a file, or of a link itself.
    void setTime(const QString &name, const QDateTime &time) const
    {
        const timeval times[2]{{time.toSecsSinceEpoch(), 0}, {time.toSecsSinceEpoch(), 0}};
        ::lutimes(path(name).toUtf8().constData(), times);
    }

    static QByteArray deployed(const QByteArray &stamp, const QByteArray &branch = "main",
                               const QByteArray &user = "ada")
    {
        return "Branch " + branch + " (at 6e59e7533e9c794bfcdc33d3a4fb47867a289348) deployed as release " + stamp
            + " by " + user + '\n';
    }
    static QByteArray rolledBack(const QByteArray &stamp, const QByteArray &user = "ada")
    {
        return user + " rolled back to release " + stamp + '\n';
    }

private:
    QTemporaryDir m_folder;
};

/// Six releases: one failed, one rolled back, the fifth live.
inline void layHistory(const CapistranoSite &site)
{
    for (const char *stamp :
         {"20261120150000", "20261120151000", "20261120152000", "20261120153000", "20261120154000", "20261120155000"})
        site.addRelease(QLatin1String(stamp), QByteArray(stamp) + "aabbccddeeff00112233445566");
    site.makeLive(QStringLiteral("20261120154000"));
    site.write(QStringLiteral("revisions.log"),
               CapistranoSite::deployed("20261120150000")
                   + CapistranoSite::deployed("20261120151000", "v1.1", "Ada O'Brien by night")
                   + CapistranoSite::deployed("20261120153000", "feature (at work)")
                   + CapistranoSite::deployed("20261120154000") + CapistranoSite::deployed("20261120155000")
                   + CapistranoSite::rolledBack("20261120154000", "bob"));
}

inline SourceEntry capistranoEntry(const CapistranoSite &site, const QStringList &hosts = {QStringLiteral("web1")})
{
    SourceEntry entry;
    entry.id = entry.source = QStringLiteral("capistrano");
    entry.pane = PaneKind::Deployments;
    entry.hosts = hosts;
    entry.options = {{QStringLiteral("path"), site.path()}};
    return entry;
}

inline sources::Reply failedReply(const QString &host, ErrorKind kind)
{
    sources::Reply reply;
    reply.subject = host;
    reply.result = failure(kind, QStringLiteral("connect"), host, QStringLiteral("no route"));
    return reply;
}

/// The history of one site, read by `shell`.
inline DeploymentHistory readSite(const CapistranoSite &site, const SourceEntry &entry,
                                  const QStringList &shell = {QStringLiteral("/bin/sh")},
                                  const QDateTime &now = QDateTime(QDate(2026, 11, 21), QTime(12, 0), Qt::UTC))
{
    sources::Replies replies;
    for (const sources::Request &request : sources::capistranoSource.requests(entry, {}))
        replies.push_back(
            replyFrom(request.subject, runShell(std::get<sources::ShellPart>(request.what).script, shell)));
    Result<Value> value = sources::capistranoSource.parse(entry, replies, {now, {}});
    Q_UNUSED(site)
    return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory{};
}

inline const Release *releaseOf(const DeploymentHistory &history, const QString &id)
{
    const auto found = std::ranges::find(history.releases, id, &Release::id);
    return found == history.releases.end() ? nullptr : &*found;
}

inline bool hasNote(const DeploymentHistory &history, const QString &part)
{
    return std::ranges::any_of(history.notes, [&part](const QString &note) { return note.contains(part); });
}

} // namespace taffrail::tests
