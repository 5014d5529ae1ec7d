// SPDX-License-Identifier: GPL-3.0-or-later
#include "rundriver.h"

#include "planmaking.h"
#include "rollbackcodec.h"
#include "runprogress.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QPointer>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace taffrail {

namespace {

constexpr int stopGraceSeconds = 10;
constexpr auto releaseLimit = std::chrono::milliseconds(10'000);

} // namespace

RunDriver::RunDriver(RunTools tools, EnvironmentSpecPtr environment, RollbackRun run, QObject *parent)
    : QObject(parent),
      m_tools(tools),
      m_environment(std::move(environment)),
      m_entry(m_environment->entry(run.plan.entry)),
      m_run(std::move(run))
{
}

void RunDriver::begin()
{
    tell();
    advance();
}

void RunDriver::resume()
{
    m_isPausing = m_run.stage == RunStage::Running;
    for (size_t i = 0; i < m_run.hosts.size(); ++i) {
        if (m_run.hosts[i].stage == HostStage::Starting || m_run.hosts[i].stage == HostStage::Running)
            follow(i)->watch();
    }
    if (m_run.stage == RunStage::Verifying)
        verify();
    else if (m_run.stage == RunStage::Running)
        advance();
    tell();
}

bool RunDriver::save()
{
    const Result<void> saved = m_tools.store.replace(m_run);
    if (saved)
        return true;
    if (saved.error().kind == ErrorKind::Busy) {
        m_isOutrun = true;
        emit outrun();
    }
    m_run.message
        = QStringLiteral("The run journal can't be written: %1 Nothing further is begun.").arg(sentence(saved.error()));
    tell();
    return false;
}

bool RunDriver::record(const QString &action, const QString &object, const QVariantMap &detail)
{
    QVariantMap all = detail;
    all.insert(QStringLiteral("run"), m_run.id);
    all.insert(QStringLiteral("plan_digest"), m_run.plan.digest);
    const auto written
        = m_tools.audit.append({action, m_run.plan.environment, object,
                                QJsonDocument(QJsonObject::fromVariantMap(all)).toJson(QJsonDocument::Compact)});
    if (written)
        return true;
    m_run.message
        = QStringLiteral("The audit can't be written: %1 Nothing further is begun.").arg(sentence(written.error()));
    return false;
}

void RunDriver::advance()
{
    if (m_run.stage != RunStage::Running || !m_jobs.empty()) {
        tell();
        return;
    }
    if (m_isAborting) {
        finishAborted();
        return;
    }
    const std::vector<size_t> next = hostsToBegin(m_run);
    if (!next.empty() && !m_isPausing)
        beginHosts(next);
    else
        settle();
}

/// Nothing is under way and nothing is begun now: what does that make of the run?
void RunDriver::settle()
{
    const auto has = [this](HostStage stage) { return hostsAt(m_run, stage) > 0; };
    if (has(HostStage::Lost)) {
        m_run.stage = RunStage::Lost;
        m_run.message = QStringLiteral("What happened on a host is not known; %1. Look there, then retry or abort.")
                            .arg(progressWords(m_run));
        static_cast<void>(save() && record(QStringLiteral("rollback.lost"), m_run.id, {}));
        tell();
    } else if (has(HostStage::Failed)) {
        finish(RunStage::Failed, QStringLiteral("It failed; %1. %2").arg(progressWords(m_run), wayForward(m_run)));
    } else if (has(HostStage::Waiting)) {
        pause(m_run.stopAsked
                  ? QStringLiteral("Stopped between hosts as asked; %1. Continue, or abort.").arg(progressWords(m_run))
                  : QStringLiteral("The console that ran it was gone; %1. Continue, or abort.")
                        .arg(progressWords(m_run)));
    } else {
        verify();
    }
}

void RunDriver::beginHosts(const std::vector<size_t> &hosts)
{
    for (const size_t i : hosts)
        m_run.hosts[i].stage = HostStage::Starting;
    m_run.message = QStringLiteral("Switching %1; %2.").arg(m_run.hosts[hosts.front()].host, progressWords(m_run));
    if (!save()) {
        for (const size_t i : hosts)
            m_run.hosts[i].stage = HostStage::Waiting;
        return;
    }
    for (const size_t i : hosts) {
        const HostRun &host = m_run.hosts[i];
        if (record(QStringLiteral("rollback.host"), host.host,
                   {{QStringLiteral("job"), host.job},
                    {QStringLiteral("attempt"), host.attempt},
                    {QStringLiteral("from"), m_run.plan.hosts[i].from},
                    {QStringLiteral("to"), m_run.plan.target}})) {
            follow(i)->begin();
            continue;
        }
        for (const size_t each : hosts) { // no audit, no act
            if (!m_jobs.contains(each))
                m_run.hosts[each].stage = HostStage::Waiting;
        }
        m_isPausing = true;
        if (m_jobs.empty())
            pause(m_run.message);
        return;
    }
    tell();
}

HostJob *RunDriver::follow(size_t index)
{
    const HostRun &host = m_run.hosts[index];
    jobs::JobSpec spec;
    spec.id = host.job;
    spec.lock = planning::lockOf(m_run.plan.environment, *m_entry);
    spec.claim = m_run.id;
    spec.script = m_run.plan.hosts[index].script;
    spec.journal = codec::jsonText(codec::toJson(m_run));
    spec.places = planning::placesOf(m_run.plan.environment, *m_entry);
    auto *job = new HostJob(m_tools.shell, m_environment, host.host, std::move(spec), this);
    m_jobs[index] = job;
    connect(job, &HostJob::changed, this, [this, index](const jobs::JobStatus &status, const QString &trouble) {
        hostChanged(index, status, trouble);
    });
    connect(job, &HostJob::ended, this,
            [this, index](const Result<jobs::JobStatus> &status) { hostEnded(index, status); });
    return job;
}

void RunDriver::hostChanged(size_t index, const jobs::JobStatus &status, const QString &trouble)
{
    HostRun &host = m_run.hosts[index];
    const HostStage before = host.stage;
    applyStatus(host, status);
    host.trouble = trouble;
    if (host.stage != before)
        save();
    tell();
}

void RunDriver::hostEnded(size_t index, const Result<jobs::JobStatus> &status)
{
    m_jobs.at(index)->deleteLater();
    m_jobs.erase(index);
    HostRun &host = m_run.hosts[index];
    applyEnd(host, status);
    const bool isKept = save();
    if (m_isOutrun)
        return; // the console that changed the journal follows the job now
    const bool isTold = record(QStringLiteral("rollback.host-ended"), host.host,
                               {{QStringLiteral("job"), host.job},
                                {QStringLiteral("outcome"), hostStageWord(host.stage)},
                                {QStringLiteral("exit_code"), host.exitCode},
                                {QStringLiteral("trouble"), host.trouble}});
    if (!isKept || !isTold)
        m_isPausing = true;
    advance();
}

void RunDriver::verify()
{
    if (m_run.stage != RunStage::Verifying) {
        m_run.stage = RunStage::Verifying;
        m_run.verification = {};
        m_run.message = QStringLiteral("Every host is switched; reading back what is live, and how healthy it is.");
        if (!save() && m_isOutrun)
            return;
    }
    m_verifier = new Verifier(m_tools.courier, m_tools.workers, m_environment, m_run.plan, this);
    connect(m_verifier, &Verifier::looked, this,
            [this](const Verification &state, const QHash<QString, QString> &proofs) {
                m_run.verification = state;
                for (HostRun &host : m_run.hosts)
                    host.proof = proofs.value(host.host, host.proof);
                tell();
            });
    connect(m_verifier, &Verifier::finished, this, &RunDriver::verified);
    m_verifier->start();
    tell();
}

void RunDriver::verified(const QStringList &problems)
{
    m_verifier->deleteLater();
    m_verifier = nullptr;
    if (problems.isEmpty())
        finish(RunStage::Succeeded,
               QStringLiteral("%1 is live on every host and was healthy for %2 s.")
                   .arg(releaseName(m_run.plan, m_run.plan.target))
                   .arg(m_run.plan.hold.count()));
    else
        finish(RunStage::Failed,
               QStringLiteral("Every host is switched, but it did not become good: %1. %2")
                   .arg(problems.join(QStringLiteral("; ")), wayForward(m_run)));
}

void RunDriver::finish(RunStage stage, const QString &message)
{
    m_run.stage = stage;
    m_run.message = message;
    m_run.endedAt = QDateTime::currentDateTimeUtc();
    if (!save() && m_isOutrun)
        return; // how it ended is the other console's to say
    QVariantMap proofs;
    for (const HostRun &host : m_run.hosts)
        proofs.insert(host.host, host.proof.isEmpty() ? hostStageWord(host.stage) : host.proof);
    record(QStringLiteral("rollback.") + runStageWord(stage), m_run.plan.app,
           {{QStringLiteral("message"), message}, {QStringLiteral("hosts"), proofs}});
    release();
}

void RunDriver::finishAborted()
{
    finish(RunStage::Failed, QStringLiteral("It was aborted; %1. %2").arg(progressWords(m_run), wayForward(m_run)));
}

void RunDriver::pause(const QString &message)
{
    m_run.stage = RunStage::Paused;
    m_run.message = message;
    if (save())
        record(QStringLiteral("rollback.paused"), m_run.plan.app, {{QStringLiteral("message"), message}});
    tell();
}

/// The hosts' locks: an ended run gives them up before it is told as ended. A host that can't be told keeps its claim,
/// which the next plan shows.
void RunDriver::release()
{
    std::vector<QString> hosts;
    for (const HostRun &host : m_run.hosts) {
        if (host.stage != HostStage::Waiting || host.attempt > 0)
            hosts.push_back(host.host);
    }
    m_releasing = int(hosts.size()) + 1;
    for (const QString &host : hosts) {
        ExecRequest request;
        request.deadline = releaseLimit;
        request.script = jobs::releaseScript(planning::placesOf(m_run.plan.environment, *m_entry),
                                             planning::lockOf(m_run.plan.environment, *m_entry), m_run.id);
        m_tools.shell.run(m_environment, host, std::move(request),
                          [self = QPointer<RunDriver>(this), host](const Result<ExecReply> &reply) {
                              if (!self)
                                  return;
                              const auto claim = reply ? jobs::parsedClaim(reply->out, host)
                                                       : Result<std::optional<jobs::Claim>>(failure(reply.error()));
                              self->released(claim ? QString() : sentence(claim.error()));
                          });
    }
    released({});
}

void RunDriver::released(const QString &trouble)
{
    if (!trouble.isEmpty())
        m_run.message += QStringLiteral(" A lock could not be given up: %1").arg(trouble);
    if (--m_releasing > 0)
        return;
    tell();
    emit ended();
}

void RunDriver::proceed()
{
    if (m_run.stage != RunStage::Paused || !record(QStringLiteral("rollback.continued"), m_run.plan.app, {})) {
        tell();
        return;
    }
    m_isPausing = false;
    m_run.stopAsked = false;
    m_run.stage = RunStage::Running;
    if (save())
        advance();
}

void RunDriver::stopAfterHost()
{
    if (m_run.stage != RunStage::Running || m_run.stopAsked)
        return;
    m_run.stopAsked = true;
    save();
    tell();
}

void RunDriver::abort()
{
    record(QStringLiteral("rollback.abort"), m_run.plan.app, {});
    m_isAborting = true;
    if (m_verifier) {
        m_verifier->deleteLater();
        m_verifier = nullptr;
    }
    for (size_t i = 0; i < m_run.hosts.size(); ++i) {
        const HostStage stage = m_run.hosts[i].stage;
        if (!m_jobs.contains(i) && (stage == HostStage::Starting || stage == HostStage::Running))
            follow(i);
    }
    for (const auto &[index, job] : m_jobs)
        job->stop(stopGraceSeconds);
    if (m_jobs.empty() && !hasEnded(m_run))
        finishAborted();
    else if (m_jobs.empty())
        release();
}

void RunDriver::retry()
{
    if ((m_run.stage != RunStage::Failed && m_run.stage != RunStage::Lost) || !m_jobs.empty())
        return;
    if (!record(QStringLiteral("rollback.retry"), m_run.plan.app, {})) {
        tell();
        return;
    }
    m_isAborting = m_isPausing = false;
    m_run.stopAsked = false;
    m_run.endedAt = {};
    m_run.stage = RunStage::Running;
    for (HostRun &host : m_run.hosts) {
        if (host.stage == HostStage::Failed || host.stage == HostStage::Lost)
            beginAnew(m_run, host);
    }
    if (save())
        advance();
}

} // namespace taffrail
