// SPDX-License-Identifier: GPL-3.0-or-later
// Ending a run, also one that another console of the same person drives: its journal is marked, so that the other one
// begins nothing more and lets go; its jobs are stopped on the hosts; then it is ended from here.
#include "runner.h"

#include "planmaking.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

constexpr int stopGraceSeconds = 10;
constexpr int mostTries = 10; ///< to change a journal that another console changes, too
/// A console that lives looks at the journals every few seconds.
constexpr auto letGoLimit = 30s;

} // namespace

QString Runner::lockPathOf(const QString &run) const
{
    const QString runs = m_options.runsPath.isEmpty() ? RunStore::defaultPath() : m_options.runsPath;
    return QFileInfo(runs).absolutePath() + QStringLiteral("/run-%1.lock").arg(run);
}

void Runner::abort(const QString &run)
{
    if (const auto found = m_driven.find(run); found != m_driven.end())
        return found->second.driver->abort();
    const auto stored = m_store ? m_store->find(run) : Result<std::optional<RollbackRun>>(std::nullopt);
    if (!stored || !*stored || !needsAudit() || !environmentOf((*stored)->plan.environment)) {
        driverOf(run); // says what is missing
    } else if (RunDriver *driver = drive(**stored)) {
        driver->abort();
    } else if (!hasEnded(**stored)) {
        abortElsewhere(**stored);
    }
}

void Runner::abortElsewhere(const RollbackRun &run)
{
    const EnvironmentSpecPtr environment = environmentOf(run.plan.environment);
    const SourceEntry *entry = environment->entry(run.plan.entry);
    const QJsonObject detail{{QStringLiteral("run"), run.id},
                             {QStringLiteral("driven_by"), QStringLiteral("another console")}};
    const auto written = m_audit->append({QStringLiteral("rollback.abort-asked"), run.plan.environment, run.plan.app,
                                          QJsonDocument(detail).toJson(QJsonDocument::Compact)});
    if (!written || !entry)
        return emit runRefused(run.id,
                               written ? Error{ErrorKind::BadConfig,
                                               QStringLiteral("abort"),
                                               run.id,
                                               QStringLiteral("the inventory has no such entry any more"),
                                               {}}
                                       : written.error());
    std::optional<RollbackRun> marked;
    for (int i = 0; i < mostTries && !marked; ++i) {
        const auto now = m_store->find(run.id);
        if (!now || !*now || hasEnded(**now))
            return lookAtRuns(); // it has ended by itself
        RollbackRun changed = **now;
        changed.stopAsked = true;
        changed.message = QStringLiteral("Another console ends it.");
        if (m_store->replace(changed))
            marked = changed;
    }
    if (!marked)
        return emit runRefused(run.id,
                               {ErrorKind::Busy, QStringLiteral("abort"), run.id,
                                QStringLiteral("its journal changes all the time"), QStringLiteral("Try again.")});
    m_shownVersions.insert(marked->id, marked->version);
    emit runChanged(std::make_shared<const RollbackRun>(*marked));
    for (const HostRun &host : marked->hosts) {
        if (host.stage != HostStage::Starting && host.stage != HostStage::Running)
            continue;
        ExecRequest request;
        request.deadline = 20s + std::chrono::seconds(2 * stopGraceSeconds);
        request.script = jobs::stopScript(planning::placesOf(environment->id, *entry), host.job, stopGraceSeconds);
        m_shell.run(environment, host.host, std::move(request), [](const Result<ExecReply> &) {}); // asked again below
    }
    m_takeovers[run.id].start();
    m_takeoverTimer.start(300ms);
}

/// The other console lets go of the run as soon as it sees the journal.
void Runner::tryTakeovers()
{
    for (const auto &[id, since] : std::map(m_takeovers)) {
        const auto stored = m_store->find(id);
        const bool isKnown = stored && *stored;
        if (isKnown && hasEnded(**stored)) {
            m_takeovers.erase(id);
            lookAtRuns();
        } else if (RunDriver *driver = isKnown ? drive(**stored) : nullptr) {
            m_takeovers.erase(id);
            driver->abort();
        } else if (std::chrono::milliseconds(since.elapsed()) > letGoLimit) {
            qint64 process = 0;
            QString machine, program;
            QLockFile(lockPathOf(id)).getLockInfo(&process, &machine, &program);
            m_takeovers.erase(id);
            emit runRefused(id,
                            {ErrorKind::Busy, QStringLiteral("abort"), id,
                             QStringLiteral("its jobs were told to stop and nothing more is begun, but the console "
                                            "that drives it (%1, process %2) does not let go of it")
                                 .arg(program)
                                 .arg(process),
                             QStringLiteral("End that process, then abort again: this gives up the hosts' locks.")});
        }
    }
    if (m_takeovers.empty())
        m_takeoverTimer.stop();
}

} // namespace taffrail
