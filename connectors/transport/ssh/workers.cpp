// SPDX-License-Identifier: GPL-3.0-or-later
#include "workers.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace taffrail::ssh {

struct Workers::State {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> jobs;
    int mostThreads = 1;
    int threads = 0;
    int idle = 0;
    bool stopping = false;
};

Workers::Workers(int mostThreads) : m_state(std::make_shared<State>())
{
    m_state->mostThreads = mostThreads;
}

Workers::~Workers()
{
    std::deque<std::function<void()>> dropped; // destroyed outside the lock
    std::unique_lock lock(m_state->mutex);
    m_state->stopping = true;
    dropped.swap(m_state->jobs);
    m_state->changed.notify_all();
    m_state->changed.wait_for(lock, std::chrono::seconds(3), [this] { return m_state->threads == 0; });
    lock.unlock();
}

void Workers::run(std::function<void()> job)
{
    const std::lock_guard lock(m_state->mutex);
    if (m_state->stopping)
        return;
    m_state->jobs.push_back(std::move(job));
    if (m_state->idle >= int(m_state->jobs.size()) || m_state->threads >= m_state->mostThreads) {
        m_state->changed.notify_one();
        return;
    }
    ++m_state->threads;
    std::thread([state = m_state] { work(state); }).detach();
}

void Workers::work(const std::shared_ptr<State> &state)
{
    std::unique_lock lock(state->mutex);
    for (;;) {
        ++state->idle;
        const bool woken = state->changed.wait_for(lock, std::chrono::seconds(10),
                                                   [&] { return state->stopping || !state->jobs.empty(); });
        --state->idle;
        if (state->stopping || !woken)
            break;
        std::function<void()> job = std::move(state->jobs.front());
        state->jobs.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
    --state->threads;
    state->changed.notify_all();
}

} // namespace taffrail::ssh
