// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "posixshell.h"
#include "registry.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

namespace taffrail::tests {

/// A real checkout below a temporary folder.
class GitSite {
public:
    GitSite()
    {
        QDir().mkpath(path());
        git("init -q -b main");
    }

    QString path(const QString &name = {}) const
    {
        return m_folder.filePath(QStringLiteral("the shop")) + (name.isEmpty() ? QString() : QLatin1Char('/') + name);
    }
    QByteArray run(const QByteArray &script) const
    {
        return runShell("cd -- " + sources::shellQuoted(path())
                        + " || exit 1\nexport HOME=/nonexistent "
                          "GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=a@x GIT_COMMITTER_NAME=Deploy "
                          "GIT_COMMITTER_EMAIL=d@x\n"
                        + script)
            .out.trimmed();
    }
    QString git(const QByteArray &words) const { return QString::fromUtf8(run("git " + words + " 2>&1")); }
    void write(const QString &name, const QByteArray &text) const
    {
        QDir().mkpath(QFileInfo(path(name)).path());
        QFile file(path(name));
        if (file.open(QIODevice::WriteOnly))
            file.write(text);
    }
    /// A commit with this content of "app"; its id. `minute` of 2026-11-20 15:00 is when it is made.
    QString commit(const QByteArray &text, int minute) const
    {
        write(QStringLiteral("app"), text + '\n');
        return QString::fromUtf8(
            run(at(minute) + "git add -A && git commit -q -m 'say " + text + "' && git rev-parse HEAD"));
    }
    QString move(const QByteArray &words, int minute) const
    {
        return QString::fromUtf8(run(at(minute) + "git " + words + " 2>&1"));
    }
    SourceEntry entry(const QStringList &hosts = {QStringLiteral("web1")}) const
    {
        SourceEntry made;
        made.id = made.source = QStringLiteral("git");
        made.pane = PaneKind::Deployments;
        made.hosts = hosts;
        made.options = {{QStringLiteral("path"), path()}, {QStringLiteral("app"), QStringLiteral("shop")}};
        return made;
    }
    DeploymentHistory read(const QStringList &shell = {QStringLiteral("/bin/sh")}) const
    {
        const Result<Value> value = tryRead(shell);
        return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory{};
    }
    Result<Value> tryRead(const QStringList &shell = {QStringLiteral("/bin/sh")}) const
    {
        sources::Replies replies;
        for (const sources::Request &request : sources::gitSource.requests(entry(), {}))
            replies.push_back(
                replyFrom(request.subject, runShell(std::get<sources::ShellPart>(request.what).script, shell)));
        return sources::gitSource.parse(entry(), replies, {QDateTime::currentDateTimeUtc(), {}});
    }

private:
    static QByteArray at(int minute)
    {
        const QByteArray time = "2026-11-20T15:" + QByteArray::number(minute).rightJustified(2, '0') + ":00+0000";
        return "export GIT_AUTHOR_DATE=" + time + " GIT_COMMITTER_DATE=" + time + "\n";
    }
    QTemporaryDir m_folder;
};

} // namespace taffrail::tests
