// SPDX-License-Identifier: GPL-3.0-or-later
#include "localshell.h"

#include "localrun.h"

#include <QMutex>
#include <QSet>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <list>
#include <thread>
#include <vector>

namespace taffrail {

struct LocalShell::Private {
    QMutex mutex; ///< guards the next four
    std::list<std::unique_ptr<LocalRun>> added;
    QSet<RequestId> cancelled;
    RequestId lastId = 0;
    bool stopping = false;

    int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    std::list<std::unique_ptr<LocalRun>> runs; ///< of the thread alone
    std::thread thread;

    void notify() const
    {
        const quint64 one = 1;
        while (::write(wake, &one, sizeof one) < 0 && errno == EINTR) {}
    }
    void run();
    bool takeOrders();
    void waitForWork();
    void advanceAll();
    static Error cancelledError()
    {
        return {
            ErrorKind::Cancelled, QStringLiteral("run"), QStringLiteral("this machine"), QStringLiteral("stopped"), {}};
    }
};

/// False: the end. `done` is never called under the mutex, so it may call back.
bool LocalShell::Private::takeOrders()
{
    std::list<std::unique_ptr<LocalRun>> fresh;
    QSet<RequestId> stopped;
    bool ending = false;
    {
        const QMutexLocker lock(&mutex);
        fresh.swap(added);
        stopped.swap(cancelled);
        ending = stopping;
    }
    for (auto &each : fresh) {
        if (ending || stopped.contains(each->id())) {
            each->finish(cancelledError());
            continue;
        }
        if (auto error = each->start())
            each->finish(std::move(error));
        else
            runs.push_back(std::move(each));
    }
    for (auto each = runs.begin(); each != runs.end();) {
        if (ending || stopped.contains((*each)->id())) {
            (*each)->finish(cancelledError());
            each = runs.erase(each);
        } else {
            ++each;
        }
    }
    return !ending;
}

void LocalShell::Private::waitForWork()
{
    std::vector<pollfd> waits{{wake, POLLIN, 0}};
    int timeout = -1;
    for (const auto &each : runs) {
        if (each->in() >= 0)
            waits.push_back({each->in(), POLLOUT, 0});
        for (const int fd : {each->out(), each->err(), each->process()}) {
            if (fd >= 0)
                waits.push_back({fd, POLLIN, 0});
        }
        timeout = timeout < 0 ? each->waitMs() : std::min(timeout, each->waitMs());
    }
    ::poll(waits.data(), nfds_t(waits.size()), timeout);
    quint64 count = 0;
    while (::read(wake, &count, sizeof count) < 0 && errno == EINTR) {}
}

void LocalShell::Private::advanceAll()
{
    for (auto each = runs.begin(); each != runs.end();) {
        if ((*each)->advance()) {
            (*each)->finish();
            each = runs.erase(each);
        } else {
            ++each;
        }
    }
}

void LocalShell::Private::run()
{
    // a shell that ends early must give EPIPE, not end the program
    sigset_t pipeSignal;
    sigemptyset(&pipeSignal);
    sigaddset(&pipeSignal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipeSignal, nullptr);
    while (takeOrders()) {
        advanceAll();
        waitForWork();
    }
}

LocalShell::LocalShell() : d(std::make_unique<Private>())
{
    d->thread = std::thread([state = d.get()] { state->run(); });
}

LocalShell::~LocalShell()
{
    {
        const QMutexLocker lock(&d->mutex);
        d->stopping = true;
    }
    d->notify();
    d->thread.join();
    ::close(d->wake);
}

RequestId LocalShell::exec(ExecRequest request, Done<ExecReply> done)
{
    RequestId id = 0;
    {
        const QMutexLocker lock(&d->mutex);
        id = ++d->lastId;
        d->added.push_back(std::make_unique<LocalRun>(id, std::move(request), std::move(done)));
    }
    d->notify();
    return id;
}

void LocalShell::cancel(RequestId id)
{
    {
        const QMutexLocker lock(&d->mutex);
        d->cancelled.insert(id);
    }
    d->notify();
}

} // namespace taffrail
