// SPDX-License-Identifier: GPL-3.0-or-later
#include "verifier.h"

#include "executor.h"
#include "releasetext.h"
#include "text.h"

#include <algorithm>

namespace taffrail {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto pause = 1'000ms;

void judgeHosts(const RollbackPlan &plan, const Observation &observation, VerificationLook &look)
{
    const auto *history = valueAs<DeploymentHistory>(observation);
    if (!history || observation.error()) {
        look.problems << QStringLiteral("what is live can't be read: %1")
                             .arg(observation.error() ? sentence(*observation.error()) : QStringLiteral("no answer"));
        return;
    }
    const executors::Executor *executor = executors::executorOf(plan.method);
    const auto isTarget = [&](const QString &id) {
        if (id == plan.target || !executor || !executor->renumbers || plan.targetRevision.isEmpty())
            return id == plan.target;
        const auto found = std::ranges::find(history->releases, id, &Release::id);
        return found != history->releases.end() && found->revision == plan.targetRevision;
    };
    for (const HostRelease &host : history->hosts) {
        QStringList proof{
            QStringLiteral("live %1").arg(host.live.isEmpty() ? QStringLiteral("unknown") : shortRelease(host.live))};
        if (!host.revision.isEmpty())
            proof << QStringLiteral("revision %1").arg(shortRelease(host.revision).left(12));
        if (!host.running.isEmpty())
            proof << QStringLiteral("its process runs %1").arg(shortRelease(host.running));
        if (host.switchedAt.isValid())
            proof << QStringLiteral("switched %1").arg(host.switchedAt.toString(Qt::ISODate));
        look.proofs.insert(host.host, proof.join(QStringLiteral(", ")));
        if (host.error)
            look.problems << QStringLiteral("%1 can't be read: %2").arg(host.host, sentence(*host.error));
        else if (!isTarget(host.live) || host.dangling)
            look.problems << QStringLiteral("%1 has %2 live, not %3")
                                 .arg(host.host, host.live.isEmpty() ? QStringLiteral("nothing") : host.live,
                                      plan.target);
        else if (!host.running.isEmpty() && !isTarget(host.running))
            look.problems << QStringLiteral("the process on %1 still runs %2").arg(host.host, host.running);
        else if (!plan.targetRevision.isEmpty() && !host.revision.isEmpty() && host.revision != plan.targetRevision)
            look.problems << QStringLiteral("%1 has another revision than planned: %2").arg(host.host, host.revision);
    }
}

void judgeHealth(const RollbackPlan &plan, const Observation &observation, VerificationLook &look)
{
    const auto *report = valueAs<HealthReport>(observation);
    if (!report || observation.error()) {
        look.problems << QStringLiteral("the health of %1 can't be read: %2")
                             .arg(observation.subject,
                                  observation.error() ? sentence(*observation.error()) : QStringLiteral("no answer"));
        return;
    }
    // A check that was named as the gate must be good; of all others only what wakes a person counts.
    const Status worst = plan.healthGate.isEmpty() ? Status::Unknown : Status::Warning;
    for (const HealthCheck &check : report->checks) {
        const QString name = check.subject.isEmpty() ? check.code : check.code + QLatin1Char(' ') + check.subject;
        if (check.status >= worst && !plan.badBefore.contains(name))
            look.problems << QStringLiteral("%1 is %2").arg(name, statusWord(check.status));
    }
}

void noteHistories(const Observation &observation, VerificationLook &look)
{
    const auto *found = valueAs<MigrationHistories>(observation);
    if (!found || observation.error())
        return;
    for (const MigrationHistory &history : found->histories)
        look.histories << QStringLiteral("%1 %2 %3").arg(history.database, history.table, history.current);
}

bool isGate(const RollbackPlan &plan, const SourceEntry &entry)
{
    return entry.pane == PaneKind::Health && (plan.healthGate.isEmpty() || plan.healthGate.contains(entry.id));
}

} // namespace

VerificationLook lookOf(const RollbackPlan &plan, const EnvironmentSpec &environment,
                        const std::vector<Observation> &observations, const QStringList &before)
{
    VerificationLook look;
    for (const Observation &observation : observations) {
        const SourceEntry *entry = environment.entry(observation.entry);
        if (observation.entry == plan.entry)
            judgeHosts(plan, observation, look);
        else if (entry && isGate(plan, *entry))
            judgeHealth(plan, observation, look);
        else if (observation.pane == PaneKind::Migrations)
            noteHistories(observation, look);
    }
    if (look.proofs.isEmpty() && look.problems.isEmpty())
        look.problems << QStringLiteral("what is live was not read");
    for (const QString &history : before) {
        if (!look.histories.isEmpty() && !look.histories.contains(history))
            look.problems << QStringLiteral("the migrations changed: it was %1").arg(history);
    }
    return look;
}

Verifier::Verifier(Courier &courier, QThreadPool &workers, EnvironmentSpecPtr environment, RollbackPlan plan,
                   QObject *parent)
    : QObject(parent),
      m_courier(courier),
      m_workers(workers),
      m_environment(std::move(environment)),
      m_plan(std::move(plan))
{
    for (size_t i = 0; i < m_environment->entries.size(); ++i) {
        const SourceEntry &entry = m_environment->entries[i];
        if (entry.id == m_plan.entry || isGate(m_plan, entry) || entry.pane == PaneKind::Migrations)
            m_entries.push_back(i);
    }
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &Verifier::look);
}

void Verifier::start()
{
    m_sinceStart.start();
    look();
}

void Verifier::look()
{
    m_observations.clear();
    m_run = std::make_unique<EnvironmentRun>(m_environment, m_entries, m_courier, m_slow, m_workers, false);
    connect(m_run.get(), &EnvironmentRun::observed, this, [this](size_t index, const Attempt &attempt) {
        const SourceEntry &entry = m_environment->entries[index];
        Observation observation;
        observation.pane = entry.pane;
        observation.entry = entry.id;
        observation.source = entry.source;
        observation.subject = subjectOf(entry);
        observation.lastAttempt = attempt;
        if (attempt.result)
            observation.lastGood = attempt;
        m_observations.push_back(std::move(observation));
    });
    connect(m_run.get(), &EnvironmentRun::finished, this, &Verifier::judge, Qt::QueuedConnection);
    m_run->start();
}

void Verifier::judge()
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const VerificationLook look = lookOf(m_plan, *m_environment, m_observations, m_histories);
    if (m_histories.isEmpty())
        m_histories = look.histories;
    ++m_state.looks;
    m_state.problems = look.problems;
    if (!look.problems.isEmpty()) {
        m_state.since = m_state.until = {}; // it must hold without a break
        m_sinceGood.invalidate();
    } else {
        if (!m_sinceGood.isValid())
            m_sinceGood.start();
        m_state.since = now.addMSecs(-m_sinceGood.elapsed());
        m_state.until = m_state.since.addSecs(m_plan.hold.count());
    }
    emit looked(m_state, look.proofs);
    if (look.problems.isEmpty() && m_sinceGood.elapsed() >= milliseconds(m_plan.hold).count())
        emit finished({});
    else if (!look.problems.isEmpty() && m_sinceStart.elapsed() >= milliseconds(m_plan.patience + m_plan.hold).count())
        emit finished(look.problems);
    else
        m_timer.start(pause);
}

} // namespace taffrail
