// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

#include <QProcess>
#include <QStandardPaths>

namespace taffrail::tests {

/// The POSIX shells of this machine, as the words that start them.
inline QList<QStringList> shells()
{
    QList<QStringList> found{{QStringLiteral("/bin/sh")}};
    for (const QStringList &words : QList<QStringList>{{QStringLiteral("dash")},
                                                       {QStringLiteral("bash"), QStringLiteral("--posix")},
                                                       {QStringLiteral("busybox"), QStringLiteral("sh")}}) {
        const QString program = QStandardPaths::findExecutable(words.first());
        if (!program.isEmpty())
            found << (QStringList{program} + words.mid(1));
    }
    return found;
}

/// Runs a part's text as a probe does: C locale, UTC, no input.
inline sources::ShellReply runShell(const QByteArray &script, const QStringList &shell = {QStringLiteral("/bin/sh")})
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("LC_ALL"), QStringLiteral("C"));
    environment.insert(QStringLiteral("TZ"), QStringLiteral("UTC"));
    process.setProcessEnvironment(environment);
    process.setStandardInputFile(QProcess::nullDevice());
    process.start(shell.first(), shell.mid(1) + QStringList{QStringLiteral("-c"), QString::fromUtf8(script)});
    process.waitForFinished(30'000);
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

inline sources::Reply replyFrom(const QString &host, const sources::ShellReply &shell, const QString &name = {})
{
    sources::Reply reply;
    reply.name = name;
    reply.subject = host;
    reply.result = std::variant<sources::ShellReply, sources::SqlReply, sources::HttpReply, sources::TlsReply>(shell);
    return reply;
}

} // namespace taffrail::tests
