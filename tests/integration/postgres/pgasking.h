// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pgpool.h"

#include <QString>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

/// Words for tests that ask a pool and wait for the answer.
namespace taffrail::tests {

inline pg::Target targetOf(const QString &dsn, const QString &password = {})
{
    pg::Target target;
    target.spec.id = QStringLiteral("main");
    target.spec.dsn = dsn;
    target.spec.password = password;
    return target;
}

inline pg::Batch batchOf(const std::vector<QByteArray> &statements)
{
    pg::Batch batch;
    for (const QByteArray &sql : statements)
        batch.queries.push_back({sql, {}});
    return batch;
}

using Outcome = Result<pg::BatchReply>;

/// run() as a future; the shared promise outlives whoever stops waiting.
inline std::future<Outcome> ask(pg::Pool &pool, const pg::Target &target, pg::Batch batch, RequestId *id = nullptr)
{
    auto promise = std::make_shared<std::promise<Outcome>>();
    const RequestId asked
        = pool.run(target, std::move(batch), [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    if (id)
        *id = asked;
    return promise->get_future();
}

/// run() and its answer; an Internal error when none came within a minute.
inline Outcome answerOf(pg::Pool &pool, const pg::Target &target, pg::Batch batch)
{
    auto future = ask(pool, target, std::move(batch));
    if (future.wait_for(std::chrono::minutes(1)) != std::future_status::ready)
        return failure(ErrorKind::Internal, {}, {}, QStringLiteral("the pool never called back"));
    return future.get();
}

/// The one cell of statement `index`, or "!" and the error in words.
inline QByteArray cellOf(const Outcome &outcome, size_t index = 0)
{
    if (!outcome)
        return "!" + sentence(outcome.error()).toUtf8();
    if (index >= outcome->results.size() || !outcome->results[index])
        return index < outcome->results.size() ? "!" + sentence(outcome->results[index].error()).toUtf8() : "!missing";
    const sources::SqlReply &reply = *outcome->results[index];
    return reply.rows.empty() || !reply.rows[0][0] ? QByteArray("!empty") : *reply.rows[0][0];
}

/// Secret references of tests: "test:WORD" is WORD.
inline Result<QByteArray> testSecret(const QString &reference)
{
    if (!reference.startsWith(QLatin1String("test:")))
        return failure(ErrorKind::BadConfig, QStringLiteral("password"), {}, QStringLiteral("unknown reference"));
    return reference.mid(5).toUtf8();
}

/// A tunnel that joins the socket with 127.0.0.1:port whatever host is asked for, and keeps note of what was asked.
class SocketTunnel {
public:
    ~SocketTunnel()
    {
        m_ending = true;
        for (std::thread &thread : m_threads)
            thread.join();
    }

    std::function<void(QString, int, int, Done<bool>)> function()
    {
        return [this](const QString &host, int port, int descriptor, const Done<bool> &done) {
            join(host, port, descriptor, done);
        };
    }

    std::atomic<int> joined{0};
    std::atomic<int> lastPort{0};
    QString lastHost() const
    {
        const std::lock_guard lock(m_mutex);
        return m_lastHost;
    }
    std::atomic<bool> refuses{false};

private:
    void join(const QString &host, int port, int near, const Done<bool> &done)
    {
        const std::lock_guard lock(m_mutex);
        ++joined;
        lastPort = port;
        m_lastHost = host;
        const int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(quint16(port));
        if (refuses || connect(far, reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0) {
            close(near);
            close(far);
            done(failure(ErrorKind::Unreachable, QStringLiteral("tunnel"), host,
                         QStringLiteral("web1 cannot reach the database")));
            return;
        }
        done(true);
        m_threads.emplace_back([this, near, far] { pump(near, far); });
    }

    void pump(int near, int far)
    {
        pollfd ends[2]{{near, POLLIN, 0}, {far, POLLIN, 0}};
        char buffer[16384];
        for (bool open = true; open && !m_ending;) {
            poll(ends, 2, 50);
            for (int i = 0; open && i < 2; ++i) {
                if (ends[i].revents == 0)
                    continue;
                const ssize_t got = read(ends[i].fd, buffer, sizeof(buffer));
                open = got > 0;
                for (ssize_t sent = 0; open && sent < got;) {
                    const ssize_t now = send(ends[1 - i].fd, buffer + sent, size_t(got - sent), MSG_NOSIGNAL);
                    open = now > 0 || errno == EAGAIN;
                    sent += now > 0 ? now : 0;
                }
            }
        }
        close(near);
        close(far);
    }

    mutable std::mutex m_mutex;
    QString m_lastHost;
    std::vector<std::thread> m_threads;
    std::atomic<bool> m_ending{false};
};

} // namespace taffrail::tests
