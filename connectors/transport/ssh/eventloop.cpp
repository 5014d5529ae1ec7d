// SPDX-License-Identifier: GPL-3.0-or-later
#include "eventloop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace taffrail::ssh {

namespace {

constexpr quint64 mailToken = ~quint64(0);

} // namespace

Mailbox::Mailbox() : m_wakeFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Mailbox::~Mailbox()
{
    if (m_wakeFd >= 0)
        ::close(m_wakeFd);
}

void Mailbox::post(std::function<void()> work)
{
    const std::lock_guard lock(m_mutex);
    if (m_closed)
        return;
    m_work.push_back(std::move(work));
    if (m_work.size() > 1)
        return; // the loop has been woken for the first one and takes all
    const std::uint64_t one = 1;
    while (::write(m_wakeFd, &one, sizeof one) < 0 && errno == EINTR) {}
}

void Mailbox::close()
{
    std::vector<std::function<void()>> dropped; // destroyed outside the lock: it may hold the last owner of something
    const std::lock_guard lock(m_mutex);
    m_closed = true;
    dropped.swap(m_work);
}

std::vector<std::function<void()>> Mailbox::take()
{
    std::vector<std::function<void()>> work;
    const std::lock_guard lock(m_mutex);
    std::uint64_t count = 0;
    while (::read(m_wakeFd, &count, sizeof count) < 0 && errno == EINTR) {}
    work.swap(m_work);
    return work;
}

EventLoop::EventLoop() : m_epoll(epoll_create1(EPOLL_CLOEXEC))
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = mailToken;
    epoll_ctl(m_epoll, EPOLL_CTL_ADD, m_mailbox->m_wakeFd, &event);
}

EventLoop::~EventLoop()
{
    if (m_epoll >= 0)
        ::close(m_epoll);
}

void EventLoop::start()
{
    m_thread = std::thread([this] { run(); });
}

void EventLoop::stop(std::function<void()> last)
{
    post([this, last = std::move(last)] {
        last();
        m_stopping = true;
    });
    if (m_thread.joinable())
        m_thread.join();
    m_mailbox->close();
}

void EventLoop::watch(int fd, std::uint32_t events, Watcher *watcher)
{
    if (fd < 0)
        return;
    if (m_slots.size() <= std::size_t(fd))
        m_slots.resize(std::size_t(fd) + 64);
    Slot &slot = m_slots[std::size_t(fd)];
    if (slot.watcher == watcher && slot.events == events)
        return;
    const bool known = slot.watcher == watcher;
    if (!known)
        ++slot.generation;
    slot.watcher = watcher;
    slot.events = events;
    epoll_event event{};
    event.events = events;
    event.data.u64 = (quint64(slot.generation) << 32) | quint64(std::uint32_t(fd));
    if (epoll_ctl(m_epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0)
        return;
    // The kernel drops a closed descriptor by itself, and keeps one that another copy of it holds open.
    epoll_ctl(m_epoll, errno == EEXIST ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
}

void EventLoop::unwatch(int fd, Watcher *watcher, bool closed)
{
    if (fd < 0 || m_slots.size() <= std::size_t(fd))
        return;
    Slot &slot = m_slots[std::size_t(fd)];
    if (slot.watcher != watcher)
        return;
    slot.watcher = nullptr;
    slot.events = 0;
    ++slot.generation;
    if (!closed)
        epoll_ctl(m_epoll, EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::Timer EventLoop::after(std::chrono::milliseconds delay, std::function<void()> work)
{
    return at(Clock::now() + delay, std::move(work));
}

EventLoop::Timer EventLoop::at(Clock::time_point when, std::function<void()> work)
{
    const Timer timer{when, m_nextTimer++};
    m_timers.emplace(std::pair(timer.at, timer.id), std::move(work));
    return timer;
}

void EventLoop::cancel(Timer &timer)
{
    if (timer.id != 0)
        m_timers.erase(std::pair(timer.at, timer.id));
    timer = {};
}

void EventLoop::defer(std::function<void()> work)
{
    m_deferred.push_back(std::move(work));
}

int EventLoop::waitLimit() const
{
    if (!m_deferred.empty())
        return 0;
    if (m_timers.empty())
        return -1;
    const auto wait = m_timers.begin()->first.first - Clock::now();
    if (wait <= Clock::duration::zero())
        return 0;
    const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
    return int(std::min<std::int64_t>(rounded, 60'000));
}

void EventLoop::run()
{
    std::array<epoll_event, 256> events;
    while (!m_stopping) {
        const int count = epoll_wait(m_epoll, events.data(), int(events.size()), waitLimit());
        bool mail = false;
        for (int i = 0; i < count; ++i) {
            const quint64 token = events[std::size_t(i)].data.u64;
            if (token == mailToken) {
                mail = true;
                continue;
            }
            const auto fd = std::size_t(token & 0xffffffffU);
            // Somebody earlier in this batch may have closed it, and its number may be in use again.
            if (m_slots[fd].watcher && m_slots[fd].generation == std::uint32_t(token >> 32))
                m_slots[fd].watcher->ready(events[std::size_t(i)].events);
        }
        runTimers();
        if (mail)
            runMailbox();
        runDeferred();
    }
    runDeferred();
    m_timers.clear();
}

void EventLoop::runMailbox()
{
    for (auto &work : m_mailbox->take()) {
        work();
        work = nullptr;
    }
}

void EventLoop::runTimers()
{
    const auto now = Clock::now();
    while (!m_timers.empty() && m_timers.begin()->first.first <= now) {
        auto node = m_timers.extract(m_timers.begin());
        node.mapped()();
    }
}

void EventLoop::runDeferred()
{
    while (!m_deferred.empty()) {
        std::vector<std::function<void()>> work;
        work.swap(m_deferred);
        for (auto &each : work)
            each();
    }
}

} // namespace taffrail::ssh
