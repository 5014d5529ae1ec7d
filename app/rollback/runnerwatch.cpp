// SPDX-License-Identifier: GPL-3.0-or-later
// What the runner shows: logs, runs of other consoles, the audit.
#include "auditexport.h"
#include "rollbackcodec.h"
#include "runner.h"

#include <nlohmann/json.hpp>

namespace taffrail {

void Runner::attach(const QString &environment, const QString &run)
{
    const auto stored = m_store ? m_store->find(run) : Result<std::optional<RollbackRun>>(std::nullopt);
    if (stored && *stored) {
        const RollbackRun &known = **stored;
        emit runChanged(std::make_shared<const RollbackRun>(known));
        return; // lookAtRuns() takes it over when nobody drives it
    }
    const EnvironmentSpecPtr spec = environmentOf(environment);
    const auto unknown = std::make_shared<int>(0);
    for (const SourceEntry &entry : spec ? spec->entries : std::vector<SourceEntry>()) {
        for (const QString &host : entry.pane == PaneKind::Deployments ? entry.hosts : QStringList()) {
            ++*unknown;
            ExecRequest request;
            request.script
                = jobs::claimScript(planning::placesOf(environment, entry), planning::lockOf(environment, entry));
            m_shell.run(
                spec, host, std::move(request),
                [this, run, environment, host, entry, unknown](const Result<ExecReply> &reply) {
                    const auto claim = reply ? jobs::parsedClaim(reply->out, host)
                                             : Result<std::optional<jobs::Claim>>(failure(reply.error()));
                    --*unknown;
                    if (claim && *claim && (*claim)->run == run && !(*claim)->job.isEmpty()) {
                        *unknown = -1'000'000; // found: no refusal any more
                        adoptFromHost(environment, entry.id, host, (*claim)->job);
                    } else if (*unknown == 0) {
                        emit runRefused(
                            run,
                            {ErrorKind::NotFound,
                             QStringLiteral("attach"),
                             run,
                             QStringLiteral("neither this console nor a host of %1 knows the run").arg(environment),
                             {}});
                    }
                });
        }
    }
    if (*unknown == 0)
        emit runRefused(run,
                        {ErrorKind::NotFound, QStringLiteral("attach"), run, QStringLiteral("there is no such run"),
                         QStringLiteral("Name its environment, too.")});
}

/// The journal that a host keeps of a run which another console began.
void Runner::adoptFromHost(const QString &environment, const QString &entry, const QString &host, const QString &job)
{
    const EnvironmentSpecPtr spec = environmentOf(environment);
    ExecRequest request;
    request.script = jobs::journalScript(planning::placesOf(environment, *spec->entry(entry)), job);
    m_shell.run(spec, host, std::move(request), [this, host](const Result<ExecReply> &reply) {
        const auto text = reply ? jobs::parsedJournal(reply->out, host) : Result<QByteArray>(failure(reply.error()));
        const auto json = text ? codec::parseJson(*text) : Result<codec::Json>(failure(text.error()));
        const auto run = json ? codec::fromJson<RollbackRun>(*json) : Result<RollbackRun>(failure(json.error()));
        if (!run) {
            emit runRefused(host, run.error());
            return;
        }
        if (const auto adopted = m_store->adopt(*run); !adopted)
            emit runRefused(run->id, adopted.error());
        else
            lookAtRuns();
    });
}

void Runner::watchLog(const QString &run, const QString &host)
{
    const auto key = std::make_pair(run, host);
    const auto stored = m_store ? m_store->find(run) : Result<std::optional<RollbackRun>>(std::nullopt);
    if (!stored || !*stored || m_tails.contains(key))
        return;
    const EnvironmentSpecPtr environment = environmentOf((*stored)->plan.environment);
    const SourceEntry *entry = environment ? environment->entry((*stored)->plan.entry) : nullptr;
    const auto found = std::ranges::find((*stored)->hosts, host, &HostRun::host);
    if (!entry || found == (*stored)->hosts.end())
        return;
    auto *tail = new LogTail(m_shell, environment, host, planning::placesOf(environment->id, *entry), found->job, this);
    m_tails[key] = tail;
    connect(tail, &LogTail::grew, this,
            [this, run, host](qint64 offset, const QByteArray &bytes) { emit logGrew(run, host, offset, bytes); });
    connect(tail, &LogTail::finished, this, [this, run, host] { unwatchLog(run, host); });
    tail->start();
}

void Runner::unwatchLog(const QString &run, const QString &host)
{
    const auto found = m_tails.find({run, host});
    if (found == m_tails.end())
        return;
    found->second->deleteLater();
    m_tails.erase(found);
}

void Runner::listAudit(qint64 beforeSeq, int limit)
{
    if (!needsAudit())
        return;
    AuditQuery query;
    query.beforeSeq = beforeSeq;
    query.limit = limit;
    const auto entries = m_audit->list(query);
    if (entries)
        emit auditListed(*entries, beforeSeq, !entries->empty() && entries->back().seq > 1);
    else
        emit auditTrouble(sentence(entries.error()));
}

void Runner::verifyAudit()
{
    if (!needsAudit())
        return;
    const auto verdict = m_audit->verify();
    const QDateTime now = QDateTime::currentDateTimeUtc();
    if (!verdict)
        emit auditTrouble(sentence(verdict.error()));
    else if (*verdict)
        emit auditVerified(**verdict, {}, now);
    else
        emit auditVerified({}, verdict->error(), now);
}

void Runner::exportAudit(const QString &path, const QString &format)
{
    if (!needsAudit())
        return;
    const auto written = exportedAudit(*m_audit, path, format);
    emit auditExported(path, written ? QString() : sentence(written.error()));
}

} // namespace taffrail
