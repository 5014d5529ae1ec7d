// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgpool.h"

#include "pgloop.h"
#include "pgplan.h"

#include <QHash>

#include <atomic>

namespace taffrail::pg {

struct Pool::Private {
    std::shared_ptr<Services> services = std::make_shared<Services>();
    std::vector<std::unique_ptr<Loop>> loops;
    std::atomic<RequestId> lastId{0};

    /// A key always lives on the same thread, so that equal targets share their connection.
    Loop &loopOf(const QString &key) { return *loops[qHash(key) % loops.size()]; }
};

Pool::Pool(int threads, std::function<void(QString, std::function<void(QByteArray)>)> askPassword,
           SecretResolver resolveSecret)
    : d(std::make_unique<Private>())
{
    d->services->askPassword = std::move(askPassword);
    d->services->resolveSecret = std::move(resolveSecret);
    for (int i = 0; i < qMax(threads, 1); ++i)
        d->loops.push_back(std::make_unique<Loop>(d->services));
}

Pool::~Pool() = default;

RequestId Pool::run(const Target &target, Batch batch, Done<BatchReply> done)
{
    Job job;
    job.id = ++d->lastId;
    job.askedAt = Clock::now();
    job.deadline = job.askedAt + batch.deadline;
    job.batch = std::move(batch);
    job.done = std::move(done);
    const RequestId id = job.id;
    const QString key = keyOf(target);
    d->loopOf(key).run(key, target, std::move(job));
    return id;
}

void Pool::cancel(RequestId id)
{
    for (const auto &loop : d->loops)
        loop->cancel(id);
}

void Pool::onLink(std::function<void(const QString &, const Link &)> observer)
{
    const std::lock_guard lock(d->services->observersMutex);
    d->services->observers.push_back(std::move(observer));
}

void Pool::onStage(std::function<void(const StageEvent &)> observer)
{
    const std::lock_guard lock(d->services->observersMutex);
    d->services->stageObservers.push_back(std::move(observer));
}

QString Pool::keyOf(const Target &target)
{
    // Not the id: two environments that name the same database share its connection.
    return QStringList{canonicalDsn(target.spec.dsn), target.spec.password, target.tunnelKey,
                       target.production ? QStringLiteral("production") : QString()}
        .join(QLatin1Char('\n'));
}

void Pool::wake()
{
    for (const auto &loop : d->loops)
        loop->wake();
}

} // namespace taffrail::pg
