// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner.h"

#include "startcheck.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSysInfo>
#include <QUuid>

#include <algorithm>

#include <pwd.h>
#include <unistd.h>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

/// What was read this long ago counts as just now.
constexpr qint64 freshSeconds = 20;
/// How long a plan waits for a refresh before it is made from what is known: its gates then say what is old.
constexpr qint64 refreshSeconds = 45;
constexpr auto lookInterval = 2s;

/// Whether everything that decides about a rollback was tried since that moment. What was tried in the future was tried
/// before the clock was set back.
bool isFreshSince(const EnvironmentState &state, const QDateTime &since)
{
    const QDateTime latest = QDateTime::currentDateTimeUtc().addSecs(1);
    return !state.snapshot->remembered
        && std::ranges::all_of(state.snapshot->observations, [&](const Observation &observation) {
               const bool matters = observation.pane == PaneKind::Deployments
                   || observation.pane == PaneKind::Migrations || observation.pane == PaneKind::Backups;
               return !matters
                   || (observation.lastAttempt && observation.lastAttempt->at >= since
                       && observation.lastAttempt->at <= latest);
           });
}

QByteArray startDetail(const RollbackRun &run)
{
    QJsonArray hosts, overrides;
    for (const HostPlan &host : run.plan.hosts)
        hosts.append(QJsonObject{{QStringLiteral("host"), host.host}, {QStringLiteral("from"), host.from}});
    for (const Override &each : run.overrides)
        overrides.append(QJsonObject{{QStringLiteral("code"), each.code}, {QStringLiteral("reason"), each.reason}});
    return QJsonDocument(QJsonObject{{QStringLiteral("run"), run.id},
                                     {QStringLiteral("plan_digest"), run.plan.digest},
                                     {QStringLiteral("entry"), run.plan.entry},
                                     {QStringLiteral("method"), run.plan.method},
                                     {QStringLiteral("target"), run.plan.target},
                                     {QStringLiteral("reason"), run.reason},
                                     {QStringLiteral("hosts"), hosts},
                                     {QStringLiteral("overrides"), overrides}})
        .toJson(QJsonDocument::Compact);
}

bool isIdle(const RollbackRun &run)
{
    return hasEnded(run) || run.stage == RunStage::Paused || run.stage == RunStage::Lost;
}

} // namespace

QString personHere()
{
    const passwd *user = getpwuid(geteuid());
    return QStringLiteral("%1@%2").arg(user ? QString::fromLocal8Bit(user->pw_name) : QString::number(geteuid()),
                                       QSysInfo::machineHostName());
}

Runner::Runner(std::vector<EnvironmentSpecPtr> environments, Transports transports, Options options, QObject *parent)
    : QObject(parent),
      m_environments(std::move(environments)),
      m_options(std::move(options)),
      m_courier(transports, this),
      m_shell(transports, this),
      m_wishTimer(this), // children move to the runner's thread with it
      m_lookTimer(this),
      m_takeoverTimer(this)
{
    m_workers.setMaxThreadCount(1);
    if (m_options.actor.isEmpty())
        m_options.actor = personHere();
    m_wishTimer.setInterval(500ms);
    connect(&m_wishTimer, &QTimer::timeout, this, [this] {
        for (const Wish &wish : std::exchange(m_wishes, {})) {
            if (wish.waits.hasExpired(refreshSeconds * 1000))
                planNow(wish);
            else
                m_wishes.push_back(wish);
        }
        if (m_wishes.empty())
            m_wishTimer.stop();
    });
    connect(&m_lookTimer, &QTimer::timeout, this, &Runner::lookAtRuns);
    connect(&m_takeoverTimer, &QTimer::timeout, this, &Runner::tryTakeovers);
}

Runner::~Runner()
{
    m_workers.waitForDone();
}

EnvironmentSpecPtr Runner::environmentOf(const QString &id) const
{
    const auto found = std::ranges::find(m_environments, id, [](const EnvironmentSpecPtr &each) { return each->id; });
    return found == m_environments.end() ? nullptr : *found;
}

void Runner::open()
{
    needsAudit();
    auto store = RunStore::open(m_options.runsPath.isEmpty() ? RunStore::defaultPath() : m_options.runsPath);
    if (store) {
        m_store = std::move(*store);
        if (!m_store->notice().isEmpty())
            emit auditTrouble(m_store->notice());
        m_lookTimer.start(lookInterval);
        lookAtRuns();
    } else {
        emit auditTrouble(QStringLiteral("Run journals: %1").arg(sentence(store.error())));
    }
    emit opened();
}

/// The audit, opened when it is not. False: nothing may be done.
bool Runner::needsAudit()
{
    if (m_audit)
        return true;
    auto audit = AuditLog::open(m_options.auditPath.isEmpty() ? AuditLog::defaultPath() : m_options.auditPath,
                                m_options.actor);
    if (!audit) {
        emit auditTrouble(
            QStringLiteral("The audit can't be opened, so nothing can be run: %1").arg(sentence(audit.error())));
        return false;
    }
    m_audit = std::move(*audit);
    if (!m_audit->notice().isEmpty())
        emit auditTrouble(m_audit->notice());
    return true;
}

void Runner::takeState(const EnvironmentStatePtr &state)
{
    m_states.insert(state->environment->id, state);
    for (const Wish &wish : std::exchange(m_wishes, {})) {
        if (wish.environment == state->environment->id && isFreshSince(*state, wish.since))
            planNow(wish);
        else
            m_wishes.push_back(wish);
    }
}

void Runner::plan(const QString &environment, const QString &entry, const QString &target)
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const EnvironmentStatePtr state = m_states.value(environment);
    if (state && isFreshSince(*state, now.addSecs(-freshSeconds))) {
        planNow({environment, entry, target, now, {}});
        return;
    }
    emit planning(environment, entry, QStringLiteral("reading the environment anew"));
    m_wishes.push_back({environment, entry, target, now, {}});
    m_wishes.back().waits.start();
    m_wishTimer.start();
    emit refreshWanted(environment);
}

void Runner::planNow(const Wish &wish)
{
    const EnvironmentStatePtr state = m_states.value(wish.environment);
    if (!state) {
        emit planRefused(wish.environment, wish.entry,
                         {ErrorKind::NotFound, QStringLiteral("plan"), wish.environment,
                          QStringLiteral("nothing is known of it yet"), QStringLiteral("Wait until it was read.")});
        return;
    }
    const auto subject = planning::subjectOf(state, wish.entry, wish.target);
    if (!subject) {
        emit planRefused(wish.environment, wish.entry, subject.error());
        return;
    }
    emit planning(wish.environment, wish.entry, QStringLiteral("looking at the hosts and at the target's files"));
    auto *planner = new Planner(m_courier, *subject, this);
    connect(planner, &Planner::finished, this, [this](const RollbackPlan &plan) {
        if (m_plans.size() > 64)
            m_plans.clear();
        m_plans.insert(plan.digest, plan);
        emit planned(std::make_shared<const RollbackPlan>(plan));
    });
    planner->start();
}

void Runner::refuse(const QString &digest, ErrorKind kind, const QString &text, const QString &hint)
{
    emit startRefused(digest, {kind, QStringLiteral("start"), digest.left(12), text, hint});
}

void Runner::start(const QString &digest, const QString &typed, const QString &reason,
                   const std::vector<Override> &overrides)
{
    const auto plan = m_plans.constFind(digest);
    if (plan == m_plans.cend())
        return refuse(digest, ErrorKind::Denied, QStringLiteral("the plan is another than the one that was shown"),
                      QStringLiteral("Make the plan again."));
    if (!environmentOf(plan->environment))
        return refuse(digest, ErrorKind::Denied, QStringLiteral("the inventory has no such environment any more"));
    const QDateTime now = QDateTime::currentDateTimeUtc();
    if (const auto may = mayBegin(*plan, digest, typed, reason, overrides, now); !may) {
        emit startRefused(digest, may.error());
        return;
    }
    if (!m_store || !needsAudit())
        return refuse(digest, ErrorKind::Denied,
                      QStringLiteral("audit or run journals can't be written: no audit, no action"));
    RollbackRun run
        = newRun(QUuid::createUuid().toString(QUuid::WithoutBraces), *plan, m_options.actor, reason, overrides, now);
    const auto entry
        = m_audit->append({QStringLiteral("rollback.start"), run.plan.environment, run.plan.app, startDetail(run)});
    if (!entry) {
        emit startRefused(digest, entry.error());
        return;
    }
    emit auditGrew(entry->seq);
    if (const auto inserted = m_store->insert(run); !inserted) {
        static_cast<void>(m_audit->append(
            {QStringLiteral("rollback.refused"), run.plan.environment, run.plan.app, startDetail(run)}));
        emit startRefused(digest, inserted.error());
        return;
    }
    m_plans.remove(digest); // one plan, one run
    if (RunDriver *driver = drive(run))
        driver->begin();
}

/// A driver for the run, if no other console of this person drives it.
RunDriver *Runner::drive(const RollbackRun &run)
{
    const EnvironmentSpecPtr environment = environmentOf(run.plan.environment);
    if (!environment || !environment->entry(run.plan.entry) || !m_audit)
        return nullptr;
    auto lock = std::make_unique<QLockFile>(lockPathOf(run.id));
    lock->setStaleLockTime(0);
    if (!lock->tryLock(0))
        return nullptr;
    const RunTools tools{m_shell, m_courier, m_workers, *m_store, *m_audit};
    auto driver = std::make_unique<RunDriver>(tools, environment, run, nullptr);
    const QString id = run.id;
    connect(driver.get(), &RunDriver::changed, this, [this, id](const RollbackRunPtr &state) {
        m_shownVersions.insert(id, state->version);
        emit runChanged(state);
        emit auditGrew(0);
        if (isIdle(*state)) // so that any console may go on with it
            QMetaObject::invokeMethod(
                this, [this, id] { unlessDriven(id); }, Qt::QueuedConnection);
    });
    connect(driver.get(), &RunDriver::outrun, this, [this, id] {
        QMetaObject::invokeMethod(
            this, [this, id] { m_driven.erase(id); }, Qt::QueuedConnection);
    });
    RunDriver *made = driver.get();
    m_driven[id] = {std::move(driver), std::move(lock)};
    return made;
}

/// Lets go of a run for which nothing happens by itself.
void Runner::unlessDriven(const QString &run)
{
    const auto found = m_driven.find(run);
    if (found != m_driven.end() && isIdle(found->second.driver->run()) && found->second.driver->isAtRest())
        m_driven.erase(found);
}

/// Runs that other consoles drive are shown as they go; those that nobody drives are taken over.
void Runner::lookAtRuns()
{
    const auto heads = m_store->heads();
    for (const RunStore::Head &head : heads ? *heads : std::vector<RunStore::Head>()) {
        // Another console changed the journal of a run that this one drives: it is to be let go.
        if (const auto driven = m_driven.find(head.id);
            driven != m_driven.end() && head.version > driven->second.driver->run().version)
            m_driven.erase(driven);
        const bool isNews = m_shownVersions.value(head.id) != head.version;
        if (m_driven.contains(head.id) || m_takeovers.contains(head.id) || (!isNews && !m_undriven.contains(head.id)))
            continue;
        const auto stored = m_store->find(head.id);
        if (!stored || !*stored)
            continue;
        const RollbackRun &run = **stored;
        m_shownVersions.insert(run.id, run.version);
        m_undriven.remove(run.id);
        if (!isIdle(run)) {
            // One that is being ended elsewhere is left to that console for a while.
            if (RunDriver *driver = run.stopAsked && isNews ? nullptr : drive(run)) {
                driver->resume();
                continue;
            }
            m_undriven.insert(run.id); // another console's, as long as that lives
        }
        if (isNews)
            emit runChanged(std::make_shared<const RollbackRun>(run));
    }
}

RunDriver *Runner::driverOf(const QString &run)
{
    if (const auto found = m_driven.find(run); found != m_driven.end())
        return found->second.driver.get();
    const auto stored = m_store ? m_store->find(run) : Result<std::optional<RollbackRun>>(std::nullopt);
    RunDriver *driver = stored && *stored && needsAudit() ? drive(**stored) : nullptr;
    if (!driver)
        emit runRefused(run,
                        {ErrorKind::Busy, QStringLiteral("act"), run,
                         QStringLiteral("the run is not known here, or another console drives it"),
                         QStringLiteral("Act in that console, or end it.")});
    return driver;
}

void Runner::stopAfterHost(const QString &run)
{
    if (RunDriver *driver = driverOf(run))
        driver->stopAfterHost();
}

void Runner::proceed(const QString &run)
{
    if (RunDriver *driver = driverOf(run))
        driver->proceed();
}

void Runner::retry(const QString &run)
{
    if (RunDriver *driver = driverOf(run))
        driver->retry();
}

} // namespace taffrail
