// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "executor.h"
#include "jobs.h"
#include "registry.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QUuid>

namespace taffrail::tests {

/// A machine on which scripts run, reached by the words of a shell that reads them from its input.
class ExecutorHost {
public:
    explicit ExecutorHost(const QStringList &shell = {QStringLiteral("/bin/sh"), QStringLiteral("-s")}) : m_shell(shell)
    {
    }
    /// Where jobs are kept; a path on that machine.
    void setPlace(const QString &place) { m_places = {place}; }

    sources::ShellReply run(const QByteArray &script) const
    {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("LC_ALL"), QStringLiteral("C"));
        environment.insert(QStringLiteral("TZ"), QStringLiteral("UTC"));
        process.setProcessEnvironment(environment);
        process.start(m_shell.first(), m_shell.mid(1));
        process.write(script);
        process.closeWriteChannel();
        process.waitForFinished(60'000);
        return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
    }

    /// How a job ended, and all that it said.
    struct Outcome {
        int exitCode = -1;
        QByteArray log;
        QStringList steps;
    };
    Outcome runJob(const QByteArray &script) const
    {
        jobs::JobSpec spec;
        spec.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
        spec.lock = QStringLiteral("shop");
        spec.script = script;
        spec.journal = "{}";
        spec.places = m_places;
        run(jobs::startScript(spec));
        jobs::JobStatus status;
        static_cast<void>(QTest::qWaitFor(
            [&] {
                const auto answer = jobs::parsedStatus(run(jobs::statusScript(m_places, spec.id)).out, {});
                status = answer ? *answer : jobs::JobStatus();
                return status.state == jobs::JobState::Exited || status.state == jobs::JobState::Lost;
            },
            90'000));
        const auto log = jobs::parsedLog(run(jobs::readScript(m_places, spec.id, 0, 1 << 20)).out, {}, 0);
        return {status.exitCode, log ? log->data : QByteArray(), status.steps};
    }

    /// Looks, and makes the steps.
    Result<executors::HostSteps> plan(const executors::Executor &executor, const executors::HostSwitch &part) const
    {
        const Result<sources::ShellPart> look = executor.look(part);
        if (!look)
            return failure(look.error());
        return executor.steps(part, run(look->script));
    }

    /// What the source says of this machine, under every host id of the entry.
    Result<Value> read(const sources::Source &source, const SourceEntry &entry) const
    {
        sources::Replies replies;
        for (const sources::Request &request : source.requests(entry, {})) {
            sources::Reply reply;
            reply.name = request.name;
            reply.subject = request.subject;
            reply.result = std::variant<sources::ShellReply, sources::SqlReply, sources::HttpReply, sources::TlsReply>(
                run(std::get<sources::ShellPart>(request.what).script));
            replies.push_back(reply);
        }
        return source.parse(entry, replies, {QDateTime::currentDateTimeUtc(), {}});
    }

private:
    QStringList m_shell;
    jobs::Places m_places;
};

/// Tells ctest that this machine cannot run the test; it shows as "Skipped".
inline constexpr int skipped = 77;
inline int skip(const char *reason)
{
    std::fprintf(stderr, "SKIPPED: %s\n", reason);
    return skipped;
}

} // namespace taffrail::tests
