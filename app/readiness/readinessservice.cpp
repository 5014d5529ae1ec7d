// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinessservice.h"

#include "commands.h"
#include "readinessentries.h"
#include "readinessreading.h"
#include "readinesstext.h"
#include "savefile.h"

#include <algorithm>

namespace taffrail {

struct ReadinessWorker::Reading {
    EnvironmentSpecPtr spec; ///< with the scorecard's own entries
    std::vector<Observation> observations; ///< of those
    SlowReplies slow;
    std::unique_ptr<EnvironmentRun> run;
    QDateTime judgedAt;
};

namespace {

constexpr qint64 judgeAgainSeconds = 10; // what the monitor sees meanwhile is judged that often at most

} // namespace

ReadinessWorker::ReadinessWorker(Inventory inventory, Transports transports)
    : m_inventory(std::move(inventory)),
      m_workers(),
      m_transports(transports)
{
    m_workers.setMaxThreadCount(1);
}

ReadinessWorker::~ReadinessWorker()
{
    m_readings.clear();
    m_workers.waitForDone();
}

void ReadinessWorker::take(const EnvironmentStatePtr &state)
{
    const QString id = state->environment->id;
    m_states.insert(id, state);
    if (!state->snapshot->remembered && m_waiting.remove(id))
        begin(state->environment);
    const auto read = m_read.find(id);
    if (read != m_read.end() && !m_readings.contains(id)
        && read->second->judgedAt.secsTo(QDateTime::currentDateTimeUtc()) >= judgeAgainSeconds)
        judge(id, false);
}

void ReadinessWorker::read(const QString &environment)
{
    const EnvironmentStatePtr state = m_states.value(environment);
    if (state && !state->snapshot->remembered)
        begin(state->environment);
    else
        m_waiting.insert(environment);
}

void ReadinessWorker::begin(const EnvironmentSpecPtr &environment)
{
    if (m_readings.contains(environment->id))
        return; // one is under way
    if (!m_courier)
        m_courier = std::make_unique<Courier>(m_transports);
    auto reading = std::make_unique<Reading>();
    reading->spec = std::make_shared<const EnvironmentSpec>(withReadinessEntries(*environment));
    std::vector<size_t> own;
    for (size_t i = environment->entries.size(); i < reading->spec->entries.size(); ++i) {
        const SourceEntry &entry = reading->spec->entries[i];
        own.push_back(i);
        Observation observation;
        observation.pane = entry.pane;
        observation.entry = entry.id;
        observation.source = entry.source;
        observation.subject = subjectOf(entry);
        observation.interval = std::chrono::hours(6);
        reading->observations.push_back(observation);
    }
    const QString id = environment->id;
    const size_t first = environment->entries.size();
    reading->run = std::make_unique<EnvironmentRun>(reading->spec, own, *m_courier, reading->slow, m_workers, true);
    connect(reading->run.get(), &EnvironmentRun::observed, this,
            [this, id, first](size_t entry, const Attempt &attempt) {
                Observation &observation = m_readings[id]->observations[entry - first];
                observation.lastAttempt = attempt;
                if (attempt.result)
                    observation.lastGood = attempt;
            });
    connect(
        reading->run.get(), &EnvironmentRun::finished, this, [this, id] { finish(id); }, Qt::QueuedConnection);
    EnvironmentRun &run = *reading->run;
    m_readings[id] = std::move(reading);
    run.start();
}

void ReadinessWorker::finish(const QString &environment)
{
    const auto found = m_readings.find(environment);
    if (found == m_readings.end())
        return;
    found->second->run.reset();
    m_read[environment] = std::move(found->second);
    m_readings.erase(found);
    judge(environment, true);
}

void ReadinessWorker::judge(const QString &environment, bool remember)
{
    const EnvironmentStatePtr seen = m_states.value(environment);
    if (!seen)
        return;
    Reading &reading = *m_read[environment];
    reading.judgedAt = QDateTime::currentDateTimeUtc();
    Snapshot joined = *seen->snapshot;
    joined.observations.insert(joined.observations.end(), reading.observations.begin(), reading.observations.end());
    auto state = std::make_shared<EnvironmentState>(*seen);
    state->environment = reading.spec;
    state->snapshot = std::make_shared<const Snapshot>(std::move(joined));

    ReadinessReading judging({m_inventory.environment(environment)}, m_inventory, m_memory);
    for (const EnvironmentStatePtr &other : m_states) {
        if (other->environment->id != environment)
            judging.take(other);
    }
    judging.take(state);
    auto card = std::make_shared<items::ReadinessCard>();
    for (const ReadinessPoint &point : m_memory.trend(environment))
        card->earlier.push_back({point.at, point.passed, point.counted});
    for (ReadinessReport &report : judging.reports(reading.judgedAt, remember))
        card->report = std::move(report);
    for (const QString &trouble : m_memory.takeTroubles()) {
        complain(trouble);
        emit troubled(trouble);
    }
    emit judged(card);
}

void ReadinessWorker::exportMarkdown(const std::vector<ReadinessReport> &reports, const QString &path)
{
    QStringList texts;
    for (const ReadinessReport &report : reports)
        texts << readinessMarkdown(report, QDateTime::currentDateTimeUtc());
    const auto saved = saveFile(path, texts.join(QLatin1Char('\n')).toUtf8());
    emit exported(path, saved ? QString() : sentence(saved.error()));
}

ReadinessService::ReadinessService(const Inventory &inventory, Transports transports)
    : m_worker(new ReadinessWorker(inventory, transports))
{
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    connect(m_worker, &ReadinessWorker::judged, this, &items::ReadinessDesk::judged);
    connect(m_worker, &ReadinessWorker::exported, this, &items::ReadinessDesk::exported);
    connect(m_worker, &ReadinessWorker::troubled, this, &items::ReadinessDesk::troubled);
    m_thread.setObjectName(QStringLiteral("readiness"));
    m_thread.start();
}

ReadinessService::~ReadinessService()
{
    m_thread.quit();
    m_thread.wait();
}

void ReadinessService::takeState(const EnvironmentStatePtr &state)
{
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, state] { worker->take(state); }, Qt::QueuedConnection);
}

void ReadinessService::read(const QStringList &environments)
{
    for (const QString &environment : environments)
        QMetaObject::invokeMethod(
            m_worker, [worker = m_worker, environment] { worker->read(environment); }, Qt::QueuedConnection);
}

void ReadinessService::exportMarkdown(const std::vector<ReadinessReport> &reports, const QString &path)
{
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, reports, path] { worker->exportMarkdown(reports, path); }, Qt::QueuedConnection);
}

} // namespace taffrail
