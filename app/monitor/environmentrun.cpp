// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmentrun.h"

#include <algorithm>
#include <exception>

namespace taffrail {

namespace {

constexpr int maxStages = 4; // as source.h promises to sources

Result<ValuePtr> parsed(const sources::Source &source, const SourceEntry &entry, const sources::Replies &replies,
                        const sources::Context &context)
{
    // A parser must not throw; if a library under it does, that is one observation's error and not the program's end.
    try {
        Result<Value> value = source.parse(entry, replies, context);
        if (!value)
            return failure(value.error());
        return std::make_shared<const Value>(std::move(*value));
    } catch (const std::exception &exception) {
        return failure(ErrorKind::Internal, QStringLiteral("parse"), entry.id,
                       QStringLiteral("the answer could not be read: %1").arg(QString::fromUtf8(exception.what())), {});
    }
}

} // namespace

QString subjectOf(const SourceEntry &entry)
{
    if (!entry.database.isEmpty())
        return entry.database;
    if (!entry.hosts.isEmpty())
        return entry.hosts.join(QStringLiteral(", "));
    for (const auto &key : {QStringLiteral("url"), QStringLiteral("endpoint")}) {
        if (entry.options.contains(key))
            return entry.options.value(key).toString();
    }
    return entry.id;
}

EnvironmentRun::EnvironmentRun(EnvironmentSpecPtr environment, std::vector<size_t> entries, Courier &courier,
                               SlowReplies &slow, QThreadPool &workers, bool waitForSlow, QObject *parent)
    : QObject(parent),
      m_environment(std::move(environment)),
      m_entries(std::move(entries)),
      m_courier(courier),
      m_slow(slow),
      m_workers(workers),
      m_waitForSlow(waitForSlow),
      m_alive(std::make_shared<std::atomic<bool>>(true))
{
}

EnvironmentRun::~EnvironmentRun()
{
    *m_alive = false;
    for (const Courier::Ticket ticket : m_tickets)
        m_courier.cancel(ticket);
}

void EnvironmentRun::start()
{
    m_left = m_entries.size();
    m_runs.resize(m_entries.size());
    if (m_entries.empty()) {
        QMetaObject::invokeMethod(this, &EnvironmentRun::finished, Qt::QueuedConnection);
        return;
    }
    for (size_t i = 0; i < m_entries.size(); ++i) {
        EntryRun &run = m_runs[i];
        run.entry = &m_environment->entries[m_entries[i]];
        run.source = sources::findSource(run.entry->pane, run.entry->source);
        run.startedAt = std::chrono::steady_clock::now();
    }
    for (size_t i = 0; i < m_runs.size(); ++i)
        advance(i);
}

void EnvironmentRun::advance(size_t index)
{
    EntryRun &run = m_runs[index];
    if (!run.source) {
        Attempt attempt;
        attempt.at = QDateTime::currentDateTimeUtc();
        attempt.result = failure(ErrorKind::Unsupported, QStringLiteral("read"), run.entry->id,
                                 QStringLiteral("there is no source named %1").arg(run.entry->source),
                                 QStringLiteral("taffrail sources lists what can be read."));
        QMetaObject::invokeMethod(
            this, [this, index, attempt] { observe(index, attempt); }, Qt::QueuedConnection);
        return;
    }
    run.asked = run.stage < maxStages ? run.source->requests(*run.entry, run.replies) : std::vector<sources::Request>();
    ++run.stage;
    if (run.asked.empty()) {
        parse(index);
        return;
    }
    std::vector<sources::Request> send;
    const size_t known = run.replies.size();
    for (const sources::Request &request : run.asked) {
        if (request.lane == sources::Lane::Fast || m_waitForSlow) {
            send.push_back(request);
            continue;
        }
        if (const sources::Reply *reply = m_slow.find(run.entry->id, request)) {
            run.replies.push_back(*reply);
            run.kept.push_back(request);
        } else {
            run.lacksSlow = true;
        }
        if (m_slow.isDue(run.entry->id, request, QDateTime::currentDateTimeUtc()))
            emit slowWanted(m_entries[index], request);
    }
    const bool learnt = run.replies.size() > known;
    run.asked = send;
    run.waitingFor = send.size();
    if (send.empty() && !learnt) {
        parse(index); // everything left is under way: say what is known now
        return;
    }
    if (send.empty()) {
        advance(index);
        return;
    }
    m_tickets.push_back(
        m_courier.send(m_environment, std::move(send), [this, index](size_t request, sources::Reply reply) {
            replied(index, request, std::move(reply));
        }));
}

void EnvironmentRun::replied(size_t index, size_t request, sources::Reply reply)
{
    EntryRun &run = m_runs[index];
    if (run.asked[request].lane == sources::Lane::Slow)
        m_slow.keep(run.entry->id, run.asked[request], reply);
    run.replies.push_back(std::move(reply));
    if (--run.waitingFor == 0)
        advance(index);
}

/// What the fast answers show may be newer than what is kept of the slow lane: then that is asked again, not in hours.
void EnvironmentRun::wishForOutdated(size_t index)
{
    const EntryRun &run = m_runs[index];
    if (!run.source->isOutdated)
        return;
    const QDateTime now = QDateTime::currentDateTimeUtc();
    for (const sources::Request &request : run.kept) {
        const sources::Reply *reply = m_slow.find(run.entry->id, request);
        if (reply && m_slow.mayAskEarly(run.entry->id, request, now)
            && run.source->isOutdated(*run.entry, *reply, run.replies))
            emit slowWanted(m_entries[index], request);
    }
}

void EnvironmentRun::parse(size_t index)
{
    EntryRun &run = m_runs[index];
    wishForOutdated(index);
    if (run.lacksSlow && m_held.contains(m_entries[index])) {
        QMetaObject::invokeMethod(
            this,
            [this, index] {
                emit postponed(m_entries[index]);
                finishOne();
            },
            Qt::QueuedConnection);
        return;
    }
    sources::Context context;
    context.now = QDateTime::currentDateTimeUtc();
    for (const QString &host : run.entry->hosts)
        context.clockOffsets.insert(host, m_courier.clockOffset(m_environment->id, host));
    const auto started = run.startedAt;
    // The run may be gone before the worker is done: the flag is only changed in this thread, where it is read again.
    m_workers.start([this, courier = &m_courier, alive = m_alive, environment = m_environment, entry = run.entry,
                     source = run.source, replies = run.replies, context, started, index] {
        if (!*alive)
            return;
        Attempt attempt;
        attempt.result = parsed(*source, *entry, replies, context);
        attempt.at = context.now;
        if (entry->pane == PaneKind::Configs) { // kept answers make up all of it: it is as old as they are
            for (const sources::Reply &reply : replies)
                attempt.at = std::min(attempt.at, reply.at);
        }
        attempt.took
            = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
        // The courier lives in the run's thread and outlives every run.
        QMetaObject::invokeMethod(
            courier,
            [this, alive, index, attempt = std::move(attempt)] {
                if (*alive)
                    observe(index, attempt);
            },
            Qt::QueuedConnection);
    });
}

void EnvironmentRun::observe(size_t index, const Attempt &attempt)
{
    emit observed(m_entries[index], attempt);
    finishOne();
}

void EnvironmentRun::finishOne()
{
    if (--m_left == 0)
        emit finished();
}

} // namespace taffrail
