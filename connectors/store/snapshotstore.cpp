// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapshotstore.h"

#include "statedatabase.h"

#include <QDir>

#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace taffrail {

/// The thread that owns the database: runs what it is given in order, and writes what waits when its time has come.
class SnapshotStoreThread {
public:
    using Task = std::function<void(StateDatabase &)>;
    using Clock = std::chrono::steady_clock;

    SnapshotStoreThread(SnapshotStore &store, SnapshotStore::Options options)
        : m_store(store),
          m_options(std::move(options))
    {
        if (!m_options.now)
            m_options.now = &QDateTime::currentDateTimeUtc;
    }

    ~SnapshotStoreThread()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_stopping = true;
        }
        m_wake.notify_one();
        if (m_thread.joinable())
            m_thread.join();
    }

    Result<void> start(const QString &path)
    {
        // Shared: the thread may still be inside set_value() when the waiter goes on.
        const auto opened = std::make_shared<std::promise<Result<void>>>();
        std::future<Result<void>> answer = opened->get_future();
        m_thread = std::thread([this, path, opened] {
            Result<std::unique_ptr<StateDatabase>> database = StateDatabase::open(path, m_options.now(), m_notice);
            if (!database) {
                opened->set_value(failure(database.error()));
                return;
            }
            opened->set_value({});
            loop(**database);
        });
        return answer.get();
    }

    void save(SnapshotPtr snapshot)
    {
        {
            const std::lock_guard lock(m_mutex);
            if (m_waiting.empty())
                m_due = std::max(m_due, Clock::now() + m_options.batch);
            m_waiting.insert_or_assign(snapshot->environment, std::move(snapshot));
        }
        m_wake.notify_one();
    }

    /// Runs a task in the thread and waits for its answer.
    template <typename T> T ask(std::function<T(StateDatabase &)> question)
    {
        const auto promise = std::make_shared<std::promise<T>>();
        std::future<T> answer = promise->get_future();
        {
            const std::lock_guard lock(m_mutex);
            m_tasks.push_back([promise, question = std::move(question)](StateDatabase &database) {
                promise->set_value(question(database));
            });
        }
        m_wake.notify_one();
        return answer.get();
    }

    /// Only in the thread.
    Result<void> writeWaiting(StateDatabase &database)
    {
        std::vector<SnapshotPtr> snapshots;
        {
            const std::lock_guard lock(m_mutex);
            for (const auto &[environment, snapshot] : m_waiting)
                snapshots.push_back(snapshot);
            m_waiting.clear();
        }
        if (snapshots.empty())
            return {};
        const Result<void> written = database.write(snapshots, m_options.now());
        if (written) {
            if (m_failing)
                emit m_store.recovered();
            m_failing = false;
            const std::lock_guard lock(m_mutex);
            m_due = Clock::now();
            return written;
        }
        {
            const std::lock_guard lock(m_mutex);
            for (SnapshotPtr &snapshot : snapshots) // unless a newer one came meanwhile
                m_waiting.try_emplace(snapshot->environment, std::move(snapshot));
            m_due = Clock::now() + m_options.retry;
        }
        if (!m_failing)
            emit m_store.failed(written.error());
        m_failing = true;
        return written;
    }

    QDateTime now() const { return m_options.now(); }
    const QString &notice() const { return m_notice; } ///< set before start() returns, constant after

private:
    void loop(StateDatabase &database)
    {
        std::unique_lock lock(m_mutex);
        for (;;) {
            if (!m_tasks.empty()) {
                const Task task = std::move(m_tasks.front());
                m_tasks.pop_front();
                lock.unlock();
                task(database);
                lock.lock();
            } else if (!m_waiting.empty() && (m_stopping || Clock::now() >= m_due)) {
                lock.unlock();
                static_cast<void>(writeWaiting(database).has_value());
                lock.lock();
                if (m_stopping)
                    return;
            } else if (m_stopping) {
                return;
            } else if (m_waiting.empty()) {
                m_wake.wait(lock);
            } else {
                m_wake.wait_until(lock, m_due);
            }
        }
    }

    SnapshotStore &m_store;
    SnapshotStore::Options m_options;
    QString m_notice;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Task> m_tasks;
    std::map<QString, SnapshotPtr> m_waiting;
    Clock::time_point m_due{};
    bool m_stopping = false;
    bool m_failing = false; ///< only in the thread
    std::thread m_thread;
};

QString SnapshotStore::defaultPath()
{
    // The XDG rule: a relative path is not valid and counts as unset.
    QString base = QDir::fromNativeSeparators(qEnvironmentVariable("XDG_STATE_HOME"));
    if (!QDir::isAbsolutePath(base))
        base = QDir::homePath() + QStringLiteral("/.local/state");
    return base + QStringLiteral("/taffrail/history.db");
}

SnapshotStore::SnapshotStore() = default;

SnapshotStore::~SnapshotStore()
{
    m_thread.reset();
}

Result<std::unique_ptr<SnapshotStore>> SnapshotStore::open(const QString &path, Options options)
{
    std::unique_ptr<SnapshotStore> store(new SnapshotStore);
    store->m_thread = std::make_unique<SnapshotStoreThread>(*store, std::move(options));
    const Result<void> opened = store->m_thread->start(path);
    if (!opened)
        return failure(opened.error());
    return store;
}

QString SnapshotStore::notice() const
{
    return m_thread->notice();
}

void SnapshotStore::save(SnapshotPtr snapshot)
{
    if (snapshot && !snapshot->remembered && !snapshot->environment.isEmpty())
        m_thread->save(std::move(snapshot));
}

Result<void> SnapshotStore::flush()
{
    return m_thread->ask<Result<void>>([this](StateDatabase &database) { return m_thread->writeWaiting(database); });
}

std::vector<SnapshotPtr> SnapshotStore::loadAll()
{
    return m_thread->ask<std::vector<SnapshotPtr>>([this](StateDatabase &database) {
        std::vector<Error> errors;
        std::vector<SnapshotPtr> snapshots = database.load(errors);
        for (const Error &error : errors)
            emit failed(error);
        return snapshots;
    });
}

void SnapshotStore::keep(const QStringList &environments)
{
    const Result<void> kept = m_thread->ask<Result<void>>(
        [&](StateDatabase &database) { return database.keep(environments, m_thread->now()); });
    if (!kept)
        emit failed(kept.error());
}

std::vector<StateChange> SnapshotStore::changes(const QString &environment, const QDateTime &since, int limit)
{
    Result<std::vector<StateChange>> found = m_thread->ask<Result<std::vector<StateChange>>>(
        [&](StateDatabase &database) { return database.changes(environment, since, limit); });
    if (found)
        return std::move(*found);
    emit failed(found.error());
    return {};
}

} // namespace taffrail
