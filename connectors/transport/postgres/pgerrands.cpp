// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgerrands.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace taffrail::pg {

struct Errands::State {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::function<void()>> tasks;
    int most = 0;
    int threads = 0;
    int idle = 0;
    bool closed = false;
};

Errands::Errands(int most) : m_state(std::make_shared<State>())
{
    m_state->most = most;
}

Errands::~Errands()
{
    const std::lock_guard lock(m_state->mutex);
    m_state->closed = true;
    m_state->tasks.clear();
    m_state->wake.notify_all();
}

void Errands::run(std::function<void()> task)
{
    const std::lock_guard lock(m_state->mutex);
    m_state->tasks.push_back(std::move(task));
    if (m_state->idle >= int(m_state->tasks.size()) || m_state->threads >= m_state->most) {
        m_state->wake.notify_one();
        return;
    }
    ++m_state->threads;
    std::thread([state = m_state] { work(state); }).detach();
}

void Errands::work(const std::shared_ptr<State> &state)
{
    std::unique_lock lock(state->mutex);
    for (;;) {
        if (state->tasks.empty()) {
            ++state->idle;
            state->wake.wait_for(lock, std::chrono::seconds(5), [&] { return !state->tasks.empty() || state->closed; });
            --state->idle;
        }
        if (state->tasks.empty()) {
            --state->threads;
            return;
        }
        auto task = std::move(state->tasks.front());
        state->tasks.pop_front();
        lock.unlock();
        task();
        task = nullptr; // what it held goes before the lock is taken
        lock.lock();
    }
}

} // namespace taffrail::pg
