// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgloop.h"

#include "pgsession.h"

#include <algorithm>
#include <cerrno>
#include <sys/eventfd.h>
#include <unistd.h>

namespace taffrail::pg {

namespace {

/// Batches with more time than this go over a second connection, so that a slow lane never delays the fast one.
constexpr std::chrono::milliseconds fastLimit{3'000};

} // namespace

void Services::tell(const QString &key, const Link &link)
{
    std::vector<std::function<void(const QString &, const Link &)>> copies;
    {
        const std::lock_guard lock(observersMutex);
        copies = observers;
    }
    for (const auto &observer : copies)
        observer(key, link);
}

void Services::tell(const StageEvent &event)
{
    std::vector<std::function<void(const StageEvent &)>> copies;
    {
        const std::lock_guard lock(observersMutex);
        copies = stageObservers;
    }
    for (const auto &observer : copies)
        observer(event);
}

Mailbox::Mailbox() : m_event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Mailbox::~Mailbox()
{
    ::close(m_event);
}

void Mailbox::post(std::function<void()> work)
{
    const std::lock_guard lock(m_mutex);
    if (m_closed)
        return;
    m_posted.push_back(std::move(work));
    const quint64 one = 1;
    // Full can only mean that the loop is being woken anyway.
    [[maybe_unused]] const ssize_t written = write(m_event, &one, sizeof(one));
}

std::vector<std::function<void()>> Mailbox::take()
{
    const std::lock_guard lock(m_mutex);
    quint64 count = 0;
    [[maybe_unused]] const ssize_t got = read(m_event, &count, sizeof(count));
    return std::exchange(m_posted, {});
}

void Mailbox::close()
{
    std::vector<std::function<void()>> dropped;
    const std::lock_guard lock(m_mutex);
    m_closed = true;
    dropped.swap(m_posted);
}

Loop::Loop(std::shared_ptr<Services> services)
    : m_services(std::move(services)),
      m_mailbox(std::make_shared<Mailbox>()),
      m_thread([this] { work(); })
{
}

Loop::~Loop()
{
    m_mailbox->post([this] { m_ending = true; });
    m_thread.join();
}

void Loop::run(const QString &key, const Target &target, Job job)
{
    m_mailbox->post([this, key, target, job = std::make_shared<Job>(std::move(job))] {
        const bool fast = job->batch.statementTimeout <= fastLimit;
        const QString place = key + (fast ? QStringLiteral("\nfast") : QStringLiteral("\nslow"));
        auto &session = m_sessions[place];
        if (!session) {
            // One link is shown per database: the fast lane's, or that of the only one.
            const bool reports = fast || !m_sessions.contains(key + QStringLiteral("\nfast"));
            session = std::make_shared<Session>(key, target, reports, fast, m_services, m_mailbox);
        }
        session->add(target, std::move(*job));
    });
}

void Loop::cancel(RequestId id)
{
    m_mailbox->post([this, id] {
        for (const auto &[key, session] : m_sessions) {
            if (session->cancel(id))
                return;
        }
    });
}

void Loop::wake()
{
    m_mailbox->post([this] {
        for (const auto &[key, session] : m_sessions)
            session->wake();
    });
}

int Loop::millisecondsToNextTimer() const
{
    auto next = Clock::time_point::max();
    for (const auto &[key, session] : m_sessions)
        next = std::min(next, session->nextTimer());
    if (next == Clock::time_point::max())
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    return int(std::clamp<qint64>(left, 0, 3'600'000));
}

void Loop::pollOnce()
{
    std::vector<pollfd> descriptors{{m_mailbox->descriptor(), POLLIN, 0}};
    std::vector<Session *> owners{nullptr};
    for (const auto &[key, session] : m_sessions) {
        session->collect(descriptors);
        owners.resize(descriptors.size(), session.get());
    }
    if (poll(descriptors.data(), descriptors.size(), millisecondsToNextTimer()) < 0 && errno != EINTR)
        return;
    for (size_t i = 1; i < descriptors.size(); ++i) {
        if (descriptors[i].revents != 0)
            owners[i]->ready(descriptors[i].fd);
    }
    for (const auto &work : m_mailbox->take())
        work();
    for (const auto &[key, session] : m_sessions)
        session->advance(Clock::now());
    std::erase_if(m_sessions, [](const auto &entry) { return entry.second->isForgettable(Clock::now()); });
}

void Loop::work()
{
    while (!m_ending)
        pollOnce();
    m_mailbox->close();
    for (const auto &[key, session] : m_sessions)
        session->end();
    m_sessions.clear();
}

} // namespace taffrail::pg
