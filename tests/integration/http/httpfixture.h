// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "httpclient.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QThread>

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <future>
#include <thread>
#include <vector>

namespace taffrail::tests {

/// A real nginx on loopback. `servers` is what stands inside its http block.
class Nginx {
public:
    ~Nginx() { stop(); }

    bool start(const QByteArray &servers, int readyPort)
    {
        QFile file(path(QStringLiteral("nginx.conf")));
        if (!file.open(QIODevice::WriteOnly))
            return false;
        const QByteArray folder = m_folder.path().toUtf8();
        QByteArray temporary;
        for (const char *kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
            temporary += QByteArray(kind) + "_temp_path " + folder + '/' + kind + ";\n";
        file.write(QByteArray(geteuid() == 0 ? "user root;\n" : "") + "worker_processes 1;\npid " + folder
                   + "/nginx.pid;\nerror_log " + folder
                   + "/error.log;\nevents {}\nhttp {\naccess_log off;\ndefault_type text/plain;\nssl_protocols TLSv1.2 "
                     "TLSv1.3;\n"
                   + temporary + servers + "\n}\n");
        file.close();
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(QStringLiteral("setpriv"),
                        {QStringLiteral("--pdeathsig"), QStringLiteral("TERM"), QStringLiteral("/usr/sbin/nginx"),
                         QStringLiteral("-p"), m_folder.path(), QStringLiteral("-c"), file.fileName(),
                         QStringLiteral("-e"), path(QStringLiteral("error.log")), QStringLiteral("-g"),
                         QStringLiteral("daemon off;")});
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 10'000 && m_process.state() != QProcess::NotRunning) {
            if (isListening(readyPort))
                return true;
            m_process.waitForFinished(20);
        }
        return false;
    }
    void stop()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        m_process.terminate();
        if (!m_process.waitForFinished(5'000))
            m_process.kill();
        m_process.waitForFinished(5'000);
    }
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QByteArray log()
    {
        QFile file(path(QStringLiteral("error.log")));
        return m_process.readAll() + (file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray());
    }

private:
    static bool isListening(int port)
    {
        const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(quint16(port));
        const bool listens = connect(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0;
        close(descriptor);
        return listens;
    }

    QTemporaryDir m_folder;
    QProcess m_process;
};

/// A port that sends these bytes to whoever comes, then closes or stays silent.
class RawServer {
public:
    explicit RawServer(QByteArray bytes, bool closes = true)
        : m_bytes(std::move(bytes)),
          m_closes(closes),
          m_listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof(address);
        bind(m_listener, reinterpret_cast<sockaddr *>(&address), length);
        listen(m_listener, 16);
        getsockname(m_listener, reinterpret_cast<sockaddr *>(&address), &length);
        port = ntohs(address.sin_port);
        m_thread = std::thread([this] { work(); });
    }
    ~RawServer()
    {
        m_ending = true;
        m_thread.join();
        for (const int descriptor : m_held)
            close(descriptor);
        close(m_listener);
    }
    int port = 0;
    std::atomic<int> accepted{0};

private:
    void work()
    {
        while (!m_ending) {
            pollfd waiting{m_listener, POLLIN, 0};
            if (poll(&waiting, 1, 50) <= 0)
                continue;
            const int descriptor = accept(m_listener, nullptr, nullptr);
            ++accepted;
            pollfd request{descriptor, POLLIN, 0};
            char buffer[4096];
            if (poll(&request, 1, 1'000) > 0 && read(descriptor, buffer, sizeof(buffer)) > 0)
                send(descriptor, m_bytes.constData(), size_t(m_bytes.size()), MSG_NOSIGNAL);
            if (m_closes)
                close(descriptor);
            else
                m_held.push_back(descriptor);
        }
    }

    QByteArray m_bytes;
    bool m_closes;
    int m_listener;
    std::vector<int> m_held;
    std::atomic<bool> m_ending{false};
    std::thread m_thread;
};

template <typename T> Result<T> waitFor(std::future<Result<T>> future)
{
    if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready)
        return failure(ErrorKind::Internal, {}, {}, QStringLiteral("the client never called back"));
    return future.get();
}

inline std::future<Result<sources::HttpReply>> startGet(http::Client &client, const sources::HttpGet &request,
                                                        http::Tunnel tunnel = {}, RequestId *id = nullptr)
{
    auto promise = std::make_shared<std::promise<Result<sources::HttpReply>>>();
    const RequestId asked = client.get(request, std::move(tunnel), [promise](Result<sources::HttpReply> reply) {
        promise->set_value(std::move(reply));
    });
    if (id)
        *id = asked;
    return promise->get_future();
}

inline Result<sources::HttpReply> getNow(http::Client &client, const sources::HttpGet &request,
                                         http::Tunnel tunnel = {})
{
    return waitFor(startGet(client, request, std::move(tunnel)));
}

inline Result<sources::TlsReply> probeNow(http::Client &client, const sources::TlsProbe &probe,
                                          http::Tunnel tunnel = {})
{
    auto promise = std::make_shared<std::promise<Result<sources::TlsReply>>>();
    client.probeTls(probe, std::move(tunnel),
                    [promise](Result<sources::TlsReply> reply) { promise->set_value(std::move(reply)); });
    return waitFor(promise->get_future());
}

inline sources::HttpGet getOf(const QString &url)
{
    sources::HttpGet request;
    request.url = QUrl(url);
    return request;
}

} // namespace taffrail::tests
