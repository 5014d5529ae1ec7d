// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace taffrail::ssh {

/// Where other threads leave work for an EventLoop. Outlives the loop: what is posted after its end is dropped.
class Mailbox {
public:
    Mailbox();
    ~Mailbox();
    Q_DISABLE_COPY_MOVE(Mailbox)

    /// From any thread. Functions run in the order of their posting; dropped unrun once the mailbox is closed.
    void post(std::function<void()> work);
    void close();

private:
    friend class EventLoop;
    std::vector<std::function<void()>> take();

    std::mutex m_mutex;
    std::vector<std::function<void()>> m_work;
    int m_wakeFd = -1;
    bool m_closed = false;
};
using MailboxPtr = std::shared_ptr<Mailbox>;

/// One thread with epoll, a mailbox and timers. Unless said otherwise, functions are for the loop's own thread.
class EventLoop {
public:
    using Clock = std::chrono::steady_clock;

    /// Told of readiness; must not throw. Events are those of epoll.
    class Watcher {
    public:
        virtual void ready(std::uint32_t events) = 0;

    protected:
        ~Watcher() = default;
    };

    /// Names a timer until it fired or was cancelled; false when none.
    struct Timer {
        Clock::time_point at;
        quint64 id = 0;
        explicit operator bool() const { return id != 0; }
    };

    EventLoop();
    ~EventLoop(); ///< after stop()
    Q_DISABLE_COPY_MOVE(EventLoop)

    void start(); ///< from the owner's thread
    /// Runs `last` on the loop's thread as its final work, then joins. From the owner's thread.
    void stop(std::function<void()> last);

    MailboxPtr mailbox() const { return m_mailbox; } ///< from any thread
    void post(std::function<void()> work) { m_mailbox->post(std::move(work)); } ///< from any thread

    /// Adds a descriptor or changes what it is watched for. Level-triggered; cheap when nothing changes.
    void watch(int fd, std::uint32_t events, Watcher *watcher);
    /// Stops watching. `closed`: the descriptor is gone already, so the kernel is not asked.
    void unwatch(int fd, Watcher *watcher, bool closed = false);

    Timer after(std::chrono::milliseconds delay, std::function<void()> work);
    Timer at(Clock::time_point when, std::function<void()> work);
    void cancel(Timer &timer);
    /// Runs at the end of the present turn: for deleting what is still on the stack.
    void defer(std::function<void()> work);

private:
    struct Slot {
        Watcher *watcher = nullptr;
        std::uint32_t events = 0;
        std::uint32_t generation = 0;
    };

    void run();
    void runMailbox();
    void runTimers();
    void runDeferred();
    int waitLimit() const;

    MailboxPtr m_mailbox = std::make_shared<Mailbox>();
    int m_epoll = -1;
    bool m_stopping = false;
    std::vector<Slot> m_slots; // by descriptor
    std::map<std::pair<Clock::time_point, quint64>, std::function<void()>> m_timers;
    quint64 m_nextTimer = 1;
    std::vector<std::function<void()>> m_deferred;
    std::thread m_thread;
};

} // namespace taffrail::ssh
