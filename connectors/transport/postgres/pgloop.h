// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pgerrands.h"
#include "pgpool.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <poll.h>

namespace taffrail::pg {

using Clock = std::chrono::steady_clock;

/// What all sessions of a pool share. The functions are set once, before the first session.
struct Services {
    Errands errands;
    std::function<void(QString, std::function<void(QByteArray)>)> askPassword;
    SecretResolver resolveSecret;
    std::mutex observersMutex;
    std::vector<std::function<void(const QString &, const Link &)>> observers;

    std::vector<std::function<void(const StageEvent &)>> stageObservers;

    void tell(const QString &key, const Link &link);
    void tell(const StageEvent &event);
};

/// Lets other threads hand work to a loop, also after the loop is gone (it is dropped then).
class Mailbox {
public:
    Mailbox();
    ~Mailbox();
    Q_DISABLE_COPY_MOVE(Mailbox)

    void post(std::function<void()> work);
    std::vector<std::function<void()>> take(); ///< on the loop's thread
    void close();
    int descriptor() const { return m_event; }

private:
    std::mutex m_mutex;
    std::vector<std::function<void()>> m_posted;
    bool m_closed = false;
    int m_event = -1;
};

/// One batch on its way. `done` is called exactly once, by the session that holds the job.
struct Job {
    RequestId id = 0;
    Batch batch;
    Done<BatchReply> done;
    Clock::time_point askedAt, deadline;
};

class Session;

/// One thread that drives any number of sessions with poll(); nothing on it blocks.
class Loop {
public:
    explicit Loop(std::shared_ptr<Services> services);
    ~Loop(); ///< every job that is still here gets Cancelled
    Q_DISABLE_COPY_MOVE(Loop)

    void run(const QString &key, const Target &target, Job job);
    void cancel(RequestId id);
    void wake();

private:
    void work();
    void pollOnce();
    int millisecondsToNextTimer() const;

    std::shared_ptr<Services> m_services;
    std::shared_ptr<Mailbox> m_mailbox;
    std::map<QString, std::shared_ptr<Session>> m_sessions; ///< by key and lane
    bool m_ending = false;
    std::thread m_thread; ///< last: it uses all of the above
};

} // namespace taffrail::pg
