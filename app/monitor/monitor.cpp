// SPDX-License-Identifier: GPL-3.0-or-later
#include "monitor.h"

#include "monitorclock.h"
#include "startingsnapshot.h"
#include "watched.h"

#include <QRandomGenerator>

#include <algorithm>

namespace taffrail {

using namespace std::chrono_literals;

namespace {

constexpr auto tickInterval = 5s; // staleness clock: ages and rules that depend on time alone
constexpr auto publishDelay = 40ms; // gathers the observations of one refresh into one change

} // namespace

Monitor::Monitor(const std::vector<EnvironmentSpecPtr> &environments, Transports transports, Options options,
                 QObject *parent)
    : QObject(parent),
      m_transports(transports),
      m_options(std::move(options)),
      m_courier(transports, this),
      m_agreements(m_options.expectedFile, m_options.baselineFolder),
      m_dueTimer(this),
      m_publishTimer(this),
      m_tickTimer(this),
      m_mailbox(std::make_shared<Mailbox<Monitor>>(this)),
      m_workers(std::make_unique<QThreadPool>())
{
    m_workers->setMaxThreadCount(std::max(1, m_options.workers));
    for (const EnvironmentSpecPtr &spec : environments) {
        auto watched = std::make_unique<Watched>();
        watched->spec = spec;
        const auto old = std::ranges::find_if(
            m_options.remembered, [&spec](const SnapshotPtr &each) { return each->environment == spec->id; });
        const Snapshot start = startingSnapshot(*spec, old == m_options.remembered.end() ? nullptr : old->get());
        watched->observations = start.observations;
        watched->links = start.links;
        watched->remembered = start.remembered;
        for (const HostSpec &host : spec->hosts) {
            if (!host.local)
                m_hostsOfKey.insert(ssh::Pool::keyOf(endpointOf(*spec, host)), {spec->id, host.id});
        }
        for (const DatabaseSpec &database : spec->databases)
            m_databasesOfKey.insert(pg::Pool::keyOf(targetOf(transports.ssh, *spec, database)),
                                    {spec->id, database.id});
        m_order.push_back(spec->id);
        m_watched.emplace(spec->id, std::move(watched));
    }
    QMultiHash<QString, QString> ofService;
    for (auto id = m_order.rbegin(); id != m_order.rend(); ++id) // values() gives the newest first
        ofService.insert(m_watched[*id]->spec->service, *id);
    for (const auto &[id, watched] : m_watched) {
        if (watched->spec->service.isEmpty())
            continue;
        for (const QString &sibling : ofService.values(watched->spec->service)) {
            if (sibling != id)
                watched->siblings.push_back(m_watched[sibling].get());
        }
    }
    connect(&m_dueTimer, &QTimer::timeout, this, &Monitor::startDue);
    connect(&m_publishTimer, &QTimer::timeout, this, &Monitor::publish);
    connect(&m_tickTimer, &QTimer::timeout, this, &Monitor::tick);
    m_dueTimer.setSingleShot(true);
    m_publishTimer.setSingleShot(true);
    connect(&m_courier, &Courier::sessionSeen, this,
            [this](const QString &environment, const QString &database, const pg::SessionInfo &session) {
                const auto watched = m_watched.find(environment);
                if (watched == m_watched.end())
                    return;
                Link link;
                if (const auto old = std::ranges::find_if(
                        watched->second->links,
                        [&](const Link &each) { return each.isDatabase && each.subject == database; });
                    old != watched->second->links.end())
                    link = *old;
                if (link.state != LinkState::Up)
                    link.since = QDateTime::currentDateTimeUtc();
                link.subject = database;
                link.isDatabase = true;
                link.state = LinkState::Up;
                link.error.reset();
                link.retryAt = {};
                link.peer = session.peer;
                link.missingGrants = session.missingGrants;
                setLink(*watched->second, link);
            });
}

Monitor::~Monitor()
{
    m_mailbox->close();
    m_workers->waitForDone();
}

void Monitor::start()
{
    m_started = true;
    m_transports.ssh.onLink([mailbox = m_mailbox](const ssh::LinkEvent &event) {
        mailbox->post([event](Monitor &self) { self.linkChanged(event); });
    });
    m_transports.postgres.onLink([mailbox = m_mailbox](const QString &key, const Link &link) {
        mailbox->post([key, link](Monitor &self) { self.databaseLinkChanged(key, link); });
    });
    const auto now = std::chrono::steady_clock::now();
    m_unsettled = m_watched.size();
    for (const QString &id : m_order) {
        Watched &watched = *m_watched[id];
        for (size_t entry = 0; entry < watched.spec->entries.size(); ++entry)
            m_schedule.add(id, entry, watched.observations[entry].interval, now);
        markChanged(watched);
        if (watched.spec->entries.empty() && !watched.settled) {
            watched.settled = true;
            --m_unsettled;
        }
    }
    publish();
    m_lastTick = now;
    m_lastBootMs = bootMilliseconds();
    m_tickTimer.start(tickInterval);
    startDue();
    if (m_unsettled == 0 && m_options.once)
        QMetaObject::invokeMethod(this, &Monitor::settled, Qt::QueuedConnection);
}

void Monitor::refresh(const QString &environment)
{
    const auto now = std::chrono::steady_clock::now();
    for (const auto &[id, watched] : m_watched) {
        if (!environment.isEmpty() && id != environment)
            continue;
        watched->slow.expire();
        m_schedule.hurry(id, now);
        watched->rerun = watched->run != nullptr;
    }
    startDue();
}

void Monitor::cancel(const QString &environment)
{
    for (const auto &[id, watched] : m_watched) {
        if ((!environment.isEmpty() && id != environment) || !watched->run)
            continue;
        for (const size_t entry : watched->run->entries())
            m_schedule.observed(id, entry, true, 0.0, std::chrono::steady_clock::now());
        watched->run.reset();
        watched->slowWishes.clear();
        m_schedule.finished(id);
        emit refreshing(id, false);
    }
    schedule();
}

void Monitor::wake()
{
    m_transports.ssh.wake();
    m_transports.postgres.wake();
    // What is under way was sent before the sleep: its answers will not come.
    for (const auto &[id, watched] : m_watched) {
        if (watched->run) {
            watched->run.reset();
            watched->slowWishes.clear();
            m_schedule.finished(id);
            emit refreshing(id, false);
        }
        watched->slow.abandon();
        m_schedule.hurry(id, std::chrono::steady_clock::now());
        markChanged(*watched);
    }
    startDue();
}

void Monitor::schedule()
{
    if (const auto next = m_schedule.nextDue()) {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - std::chrono::steady_clock::now());
        m_dueTimer.start(std::max(wait, std::chrono::milliseconds(1)));
        emit nextRefresh(QDateTime::currentDateTimeUtc().addMSecs(wait.count()));
    }
}

void Monitor::startDue()
{
    if (!m_started)
        return;
    for (auto &[id, entries] : m_schedule.take(std::chrono::steady_clock::now())) {
        Watched &watched = *m_watched[id];
        if (m_options.once && watched.settled)
            continue;
        begin(watched, std::move(entries));
    }
    schedule();
}

void Monitor::begin(Watched &watched, std::vector<size_t> entries)
{
    watched.run = std::make_unique<EnvironmentRun>(watched.spec, std::move(entries), m_courier, watched.slow,
                                                   *m_workers, m_options.once);
    std::set<size_t> held;
    for (size_t entry = 0; entry < watched.observations.size(); ++entry) {
        const Observation &observation = watched.observations[entry];
        if (observation.pane == PaneKind::Configs || (observation.pane == PaneKind::Backups && !observation.lastGood))
            held.insert(entry);
    }
    watched.run->holdUntilSlow(std::move(held));
    connect(watched.run.get(), &EnvironmentRun::postponed, this, [this, &watched](size_t entry) {
        m_schedule.observed(watched.spec->id, entry, true, 0.0, std::chrono::steady_clock::now());
    });
    connect(watched.run.get(), &EnvironmentRun::slowWanted, this,
            [&watched](size_t entry, const sources::Request &request) {
                watched.slowWishes.insert_or_assign({entry, request.subject, request.name}, request);
            });
    connect(watched.run.get(), &EnvironmentRun::observed, this,
            [this, &watched](size_t entry, const Attempt &attempt) { observed(watched, entry, attempt); });
    connect(watched.run.get(), &EnvironmentRun::finished, this, [this, &watched] { runFinished(watched); });
    emit refreshing(watched.spec->id, true);
    watched.run->start();
}

void Monitor::observed(Watched &watched, size_t entry, const Attempt &said)
{
    Observation &observation = watched.observations[entry];
    const Attempt attempt
        = m_options.proofs ? m_options.proofs->merged(watched.spec->id, observation.entry, said) : said;
    observation.lastAttempt = attempt;
    const bool good = attempt.result.has_value();
    if (good)
        observation.lastGood = attempt;
    m_schedule.observed(watched.spec->id, entry, good, QRandomGenerator::global()->generateDouble() * 2 - 1,
                        std::chrono::steady_clock::now());
    if (good) {
        if (const auto *history = std::get_if<DeploymentHistory>(attempt.result->get())) {
            if (!watched.liveRelease.isEmpty() && history->live != watched.liveRelease)
                expireSlow(watched); // something was deployed: files, packages, versions may be new
            watched.liveRelease = history->live;
        }
    }
    watched.remembered = false;
    markChanged(watched);
}

void Monitor::runFinished(Watched &watched)
{
    watched.run.release()->deleteLater();
    // Fast facts come first: slow ones would compete with them on the host and on the wire.
    for (const auto &[key, request] : std::exchange(watched.slowWishes, {}))
        askSlow(watched, std::get<size_t>(key), request);
    m_schedule.finished(watched.spec->id);
    emit refreshing(watched.spec->id, false);
    if (!watched.settled) {
        watched.settled = true;
        --m_unsettled;
    }
    if (m_unsettled == 0 && m_slowUnderWay == 0 && !m_allRead) {
        m_allRead = true;
        publish();
        emit allRead();
    }
    if (watched.rerun) {
        watched.rerun = false;
        m_schedule.hurry(watched.spec->id, std::chrono::steady_clock::now());
    }
    startDue();
}

void Monitor::markChanged(Watched &watched)
{
    watched.changed = true;
    if (m_started && !m_publishTimer.isActive())
        m_publishTimer.start(publishDelay);
}

void Monitor::publish()
{
    m_publishTimer.stop();
    for (const QString &id : m_order) {
        Watched &watched = *m_watched[id];
        if (!watched.changed)
            continue;
        watched.changed = false;
        auto snapshot = std::make_shared<Snapshot>();
        snapshot->environment = id;
        snapshot->generation = ++watched.generation;
        snapshot->takenAt = QDateTime::currentDateTimeUtc();
        snapshot->remembered = watched.remembered;
        snapshot->observations = watched.observations;
        snapshot->links = watched.links;
        watched.before = rateBase(watched.before, watched.snapshot, *snapshot);
        watched.snapshot = snapshot;
        if (!watched.remembered && watched.settled)
            emit snapshotMade(snapshot);
        judge(watched);
    }
}

void Monitor::judge(Watched &watched)
{
    if (!watched.snapshot)
        return;
    if (watched.judging) {
        watched.judgeAgain = true;
        return;
    }
    watched.judging = true;
    watched.judgeAgain = false;
    std::vector<SnapshotPtr> siblings;
    for (const Watched *sibling : watched.siblings) {
        if (sibling->snapshot)
            siblings.push_back(sibling->snapshot);
    }
    m_workers->start([this, spec = watched.spec, snapshot = watched.snapshot, before = watched.before,
                      siblings = std::move(siblings), shown = watched.shown,
                      baseline = m_agreements.baselineOf(watched.spec->id), expected = m_agreements.expected()] {
        const QDateTime now = QDateTime::currentDateTimeUtc();
        auto state = std::make_shared<EnvironmentState>();
        state->environment = spec;
        state->snapshot = snapshot;
        state->now = now;
        state->assessment = assess(Facts{*spec, *snapshot, before.get(), siblings, now, baseline.environment.get(),
                                         baseline.savedAt, expected.get()});
        state->since = carriedSince(shown ? shown->since : SinceTable(), *snapshot);
        QMetaObject::invokeMethod(
            this, [this, id = spec->id, state] { judged(id, state); }, Qt::QueuedConnection);
    });
}

void Monitor::judged(const QString &environment, const EnvironmentStatePtr &state)
{
    Watched &watched = *m_watched[environment];
    watched.judging = false;
    const bool same = watched.shown && watched.shown->snapshot == state->snapshot
        && looksTheSame(watched.shown->assessment, state->assessment);
    if (!same) {
        noteChanges(watched, *state);
        watched.shown = state;
        emit stateChanged(state);
    }
    if (watched.judgeAgain) {
        judge(watched);
        return;
    }
    if (m_options.once && m_unsettled == 0 && std::ranges::none_of(m_watched, [](const auto &each) {
            return each.second->judging || each.second->changed;
        })) {
        m_options.once = false;
        m_tickTimer.stop();
        emit settled();
    }
}

void Monitor::tick()
{
    // A gap means that this machine slept: boot time counts while asleep, the monotonic clock does not.
    const auto now = std::chrono::steady_clock::now();
    const qint64 boot = bootMilliseconds();
    const auto awake = std::chrono::duration_cast<std::chrono::milliseconds>(now - m_lastTick);
    const auto passed = std::chrono::milliseconds(boot - m_lastBootMs);
    m_lastTick = now;
    m_lastBootMs = boot;
    if (sleptBetween(awake, passed, tickInterval)) {
        emit activity(QDateTime::currentDateTimeUtc(), {},
                      tr("This computer was asleep for %1 s; everything is read again").arg(passed.count() / 1000),
                      Status::Notice);
        wake();
        return;
    }
    if (m_options.once)
        return;
    for (const auto &[id, watched] : m_watched)
        judge(*watched);
}

} // namespace taffrail
