// SPDX-License-Identifier: GPL-3.0-or-later
// The working half of Connection: a live session's turns, its channels and their queue.
#include "connection.h"

#include "forward.h"
#include "residentshell.h"
#include "sftpread.h"

#include <sys/epoll.h>

#include <algorithm>

namespace taffrail::ssh {

namespace {

using namespace std::chrono_literals;

constexpr auto residentLifetime = 24h;
constexpr auto firstResidentRest = 5s;
constexpr auto longestResidentRest = 5min;
constexpr int mostLeftCommands = 5; // with our own four channels below sshd's default MaxSessions of ten
constexpr int mostRounds = 16; // of one turn, before other connections get theirs

} // namespace

void Connection::ready(std::uint32_t)
{
    turn(true);
}

void Connection::scheduleTurn()
{
    if (std::exchange(m_turnScheduled, true))
        return;
    m_context.loop.defer([weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->m_turnScheduled = false;
            self->turn(false);
        }
    });
}

/// `isReadable`: the socket was reported ready; else there is only something new to send.
void Connection::turn(bool isReadable)
{
    const auto self = shared_from_this(); // callbacks may drop the last other owner
    for (int round = 0; m_session; ++round) {
        const bool skipPump = round == 0 && !isReadable && !m_session->wantsWrite();
        const bool alive = skipPump || m_session->pump();
        const quint64 before = m_session->bytesIn();
        const bool ended = advanceChannels();
        if (!alive || (m_session && m_session->fd() < 0))
            return lost(m_session ? m_session->errorText() : QString());
        dispatch();
        // A call into libssh may have read what another channel waits for; what was queued needs one more pump.
        if (!ended && m_session->bytesIn() == before && (round > 0 || !m_session->wantsWrite()))
            break;
        if (round == mostRounds) {
            scheduleTurn();
            break;
        }
    }
    arm();
    recycleIfUsedUp();
}

/// Commands that hang on the other side keep their session slots there; a new connection has all slots.
void Connection::recycleIfUsedUp()
{
    if (m_leftCommands < mostLeftCommands || !m_channels.empty() || (m_resident && !m_resident->isIdle()))
        return;
    dropSession(Error{ErrorKind::Cancelled, QStringLiteral("connect"), m_subject, {}, {}});
    if (m_waiting.empty() && m_probes.empty())
        setState(LinkState::Idle);
    else
        startLogin();
}

bool Connection::advanceChannels()
{
    bool moved = false;
    for (std::size_t i = 0; i < m_channels.size();) {
        if (!m_channels[i]->advance()) {
            ++i;
            continue;
        }
        const std::unique_ptr<Channel> over = std::move(m_channels[i]);
        m_leftCommands += over->leftCommandBehind() ? 1 : 0;
        m_channels.erase(m_channels.begin() + std::ptrdiff_t(i));
        moved = true;
    }
    if (m_resident && m_resident->advance()) {
        m_leftCommands += m_resident->leftCommandBehind() ? 1 : 0;
        m_resident.reset();
        moved = true;
    }
    return moved;
}

int Connection::sessionChannels() const
{
    const auto count
        = std::ranges::count_if(m_channels, [](const auto &channel) { return channel->countsAsSession(); });
    return int(count) + (m_resident ? 1 : 0);
}

void Connection::dispatch()
{
    const auto dropFinished = [](std::deque<RequestPtr> &queue) {
        while (!queue.empty() && queue.front()->isFinished())
            queue.pop_front();
    };
    if (m_leftCommands >= mostLeftCommands)
        return;
    bool started = false;
    for (dropFinished(m_probes); !m_probes.empty() && dispatchProbe(m_probes.front()); dropFinished(m_probes)) {
        m_probes.pop_front();
        started = true;
    }
    for (std::size_t i = 0; i < m_waiting.size();) {
        const RequestPtr request = m_waiting[i];
        const bool gone = request->isFinished();
        const bool hasRoom = request->isForward() || sessionChannels() < m_context.settings.channelsPerHost;
        if (!gone && !hasRoom) {
            ++i;
            continue;
        }
        m_waiting.erase(m_waiting.begin() + std::ptrdiff_t(i));
        if (!gone)
            started = startChannel(request) || started;
    }
    if (started && advanceChannels())
        scheduleTurn(); // refused at once: there is room again
}

bool Connection::residentUsable() const
{
    return EventLoop::Clock::now() >= m_residentAfter;
}

/// False: it has to wait.
bool Connection::dispatchProbe(const RequestPtr &request)
{
    const auto now = EventLoop::Clock::now();
    if (m_resident && m_resident->isIdle() && now - m_resident->openedAt() > residentLifetime) {
        m_channels.push_back(std::move(m_resident)); // ends there
        m_channels.back()->abandon(false);
    }
    const bool hasRoom = sessionChannels() < m_context.settings.channelsPerHost;
    if (!residentUsable()) {
        if (!hasRoom)
            return false;
        return startChannel(request);
    }
    if (!m_resident) {
        if (!hasRoom)
            return false;
        m_resident = std::make_unique<ResidentShell>(
            m_session, m_subject, m_context.loop,
            [this](const RequestPtr &back, const Error &error) { probeHandedBack(back, error); });
        m_resident->setWake([this] { scheduleTurn(); });
    }
    if (!m_resident->isIdle() || m_resident->isAbandoned())
        return false;
    m_resident->run(request);
    return true;
}

/// The kept shell failed: rest it, and try this probe in a fresh one.
void Connection::probeHandedBack(const RequestPtr &request, const Error &error)
{
    if (m_resident && m_resident->hasAnswered())
        m_residentFailures = 0;
    const auto rest = std::min<std::chrono::milliseconds>(longestResidentRest,
                                                          firstResidentRest * (1 << std::min(m_residentFailures, 6)));
    ++m_residentFailures;
    m_residentAfter = EventLoop::Clock::now() + rest;
    if (error.kind == ErrorKind::ConnectionLost)
        return request->fail(error);
    request->phase = Phase::Queued;
    m_probes.push_front(request);
    scheduleTurn();
}

bool Connection::startChannel(const RequestPtr &request)
{
    std::unique_ptr<Channel> channel;
    if (request->isForward()) {
        channel = std::make_unique<Forward>(m_session, m_subject, m_context.loop, request);
    } else if (request->as<Request::ReadFile>()) {
        channel = std::make_unique<SftpRead>(m_session, m_subject, request);
    } else {
        channel = std::make_unique<ExecChannel>(m_session, m_subject, request);
    }
    channel->setWake([this] { scheduleTurn(); });
    m_channels.push_back(std::move(channel));
    return true;
}

void Connection::arm()
{
    if (!m_session)
        return;
    const int fd = m_session->fd();
    if (m_watched >= 0 && m_watched != fd)
        m_context.loop.unwatch(m_watched, this, true);
    m_watched = fd;
    const std::uint32_t output = m_session->wantsWrite() ? std::uint32_t(EPOLLOUT) : 0;
    m_context.loop.watch(fd, std::uint32_t(EPOLLIN) | output, this);
    const auto needsQuickAck = [](const auto &channel) { return channel->needsQuickAck(); };
    if ((m_resident && m_resident->needsQuickAck()) || std::ranges::any_of(m_channels, needsQuickAck))
        m_session->quickAck();
}

} // namespace taffrail::ssh
