// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "probe.h"
#include "registry.h"

#include <QElapsedTimer>
#include <QProcess>

namespace taffrail::tests {

/// Runs the shell parts of a source on this machine as one probe, and returns its replies for `host`.
inline sources::Replies runParts(const sources::Source &source, const SourceEntry &entry, const QString &host,
                                 const QStringList &shell = {QStringLiteral("/bin/sh")},
                                 std::optional<sources::Lane> lane = std::nullopt)
{
    using namespace sources;
    std::vector<ProbePart> parts;
    for (const Request &request : source.requests(entry, {})) {
        const ShellPart *part = std::get_if<ShellPart>(&request.what);
        if (part && request.subject == host && (!lane || request.lane == *lane))
            parts.push_back({request.name.toLatin1(), *part});
    }
    const QByteArray nonce = "0123456789abcdef0123456789abcdef";
    const Probe probe = assembleProbe(nonce, parts);
    QProcess process;
    QElapsedTimer timer;
    timer.start();
    process.start(shell.first(), shell.mid(1) << QStringLiteral("-s"));
    process.write(probe.script);
    process.closeWriteChannel();
    process.waitForFinished(int(probe.limit.count()) + 5'000);
    const ProbeAnswer answer = parseProbe(nonce, process.readAllStandardOutput(), process.readAllStandardError());
    Replies replies;
    for (auto it = answer.sections.begin(); it != answer.sections.end(); ++it) {
        Reply reply;
        reply.name = QString::fromLatin1(it.key());
        reply.subject = host;
        reply.at = QDateTime::currentDateTimeUtc();
        reply.took = std::chrono::milliseconds(timer.elapsed());
        reply.result = *it;
        replies.push_back(std::move(reply));
    }
    return replies;
}

} // namespace taffrail::tests
