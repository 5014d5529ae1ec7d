// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinessmemory.h"

#include <QFileInfo>

namespace taffrail {

ReadinessMemory::Stamp ReadinessMemory::stampOf(const QString &path)
{
    const QFileInfo file(path), log(path + QStringLiteral("-wal"));
    return {file.exists() ? file.size() : -1, log.exists() ? log.size() : -1, file.lastModified(), log.lastModified()};
}

void ReadinessMemory::say(const QString &words)
{
    if (words.isEmpty() || m_said.contains(words))
        return;
    m_said << words;
    m_troubles << words;
}

QStringList ReadinessMemory::takeTroubles()
{
    return std::exchange(m_troubles, {});
}

template <typename Store> Store *ReadinessMemory::opened(std::unique_ptr<Store> &store)
{
    if (store)
        return store.get();
    auto made = Store::open(Store::defaultPath());
    if (!made) {
        say(sentence(made.error()));
        return nullptr;
    }
    store = std::move(*made);
    say(store->notice());
    return store.get();
}

const std::vector<RehearsedRollback> &ReadinessMemory::rollbacks()
{
    const QString path = RunStore::defaultPath();
    const Stamp now = stampOf(path);
    if (now.bytes < 0) { // who never rolled back needs no file
        m_runs.reset();
        m_rollbacks.clear();
        m_runStamp.reset();
        return m_rollbacks;
    }
    if (m_runStamp == now)
        return m_rollbacks;
    RunStore *store = opened(m_runs);
    if (!store)
        return m_rollbacks;
    const auto heads = store->heads();
    if (!heads) {
        say(sentence(heads.error()));
        m_runs.reset();
        return m_rollbacks;
    }
    m_rollbacks.clear();
    for (const RunStore::Head &head : *heads) {
        const auto run = store->find(head.id);
        if (run && *run && (*run)->stage == RunStage::Succeeded)
            m_rollbacks.push_back({(*run)->plan.environment, (*run)->endedAt, (*run)->plan.app});
    }
    m_runStamp = now;
    return m_rollbacks;
}

ReadinessHistory *ReadinessMemory::history()
{
    const QString path = ReadinessHistory::defaultPath();
    Stamp now = stampOf(path);
    if (m_historyStamp != now || !m_history) {
        m_capacity.clear();
        m_trends.clear();
        if (now.bytes < 0)
            m_history.reset(); // it was taken away
        opened(m_history);
        now = stampOf(path);
    }
    m_historyStamp = now;
    return m_history.get();
}

const std::vector<CapacitySample> &ReadinessMemory::capacity(const QString &environment)
{
    ReadinessHistory *store = history();
    if (store && !m_capacity.contains(environment)) {
        if (auto samples = store->capacity(environment))
            m_capacity.insert(environment, std::move(*samples));
        else
            say(sentence(samples.error()));
    }
    return m_capacity[environment];
}

const std::vector<ReadinessPoint> &ReadinessMemory::trend(const QString &environment)
{
    ReadinessHistory *store = history();
    if (store && !m_trends.contains(environment)) {
        if (auto points = store->trend(environment))
            m_trends.insert(environment, std::move(*points));
        else
            say(sentence(points.error()));
    }
    return m_trends[environment];
}

void ReadinessMemory::remember(const ReadinessReport &report, const std::vector<CapacitySample> &room)
{
    ReadinessHistory *store = history();
    if (!store)
        return;
    if (const auto kept = store->remember(report, room); !kept)
        say(sentence(kept.error()));
    m_capacity.remove(report.environment);
    m_trends.remove(report.environment);
    m_historyStamp = stampOf(ReadinessHistory::defaultPath());
}

} // namespace taffrail
