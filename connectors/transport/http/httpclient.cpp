// SPDX-License-Identifier: GPL-3.0-or-later
#include "httpclient.h"

#include "httpexchange.h"
#include "trustfiles.h"

#include <QHash>
#include <QSslConfiguration>
#include <QThread>

#include <atomic>
#include <mutex>

namespace taffrail::http {

namespace {

/// The way onto the client's thread, for other threads that may outlive it.
class Gate {
public:
    explicit Gate(QObject *context) : m_context(context) {}
    void post(std::function<void()> work)
    {
        const std::lock_guard lock(m_mutex);
        if (m_context)
            QMetaObject::invokeMethod(m_context, std::move(work), Qt::QueuedConnection);
    }
    void close()
    {
        const std::lock_guard lock(m_mutex);
        m_context = nullptr;
    }

private:
    std::mutex m_mutex;
    QObject *m_context;
};

} // namespace

struct Client::Private {
    QThread thread;
    QObject *context = new QObject; ///< lives on the thread, and ends with it
    std::shared_ptr<Gate> gate = std::make_shared<Gate>(context);
    std::atomic<RequestId> lastId{0};
    QHash<RequestId, Exchange *> running; ///< thread only
    QList<QSslCertificate> roots; ///< thread only; the system's and the added ones, or empty
    TrustFiles trustFiles; ///< files that single requests name

    Surroundings surroundings()
    {
        return {roots,
                [this](const QString &file, Done<QList<QSslCertificate>> done) {
                    trustFiles.load(
                        file, [gate = gate, done = std::move(done)](const Result<QList<QSslCertificate>> &loaded) {
                            gate->post([done, loaded] { done(loaded); });
                        });
                },
                [gate = gate](std::function<void()> work) { gate->post(std::move(work)); }};
    }

    void begin(RequestId id, Exchange *exchange)
    {
        running.insert(id, exchange);
        QObject::connect(exchange, &Exchange::over, context, [this, id, exchange] {
            running.remove(id);
            exchange->deleteLater();
        });
        exchange->start();
    }
};

Client::Client() : d(std::make_unique<Private>())
{
    d->thread.setObjectName(QStringLiteral("http"));
    d->context->moveToThread(&d->thread);
    QObject::connect(&d->thread, &QThread::finished, d->context, &QObject::deleteLater);
    d->thread.start();
}

Client::~Client()
{
    d->gate->post([this] {
        const QList<Exchange *> running = d->running.values();
        for (Exchange *exchange : running)
            exchange->cancel();
        d->thread.quit();
    });
    d->gate->close();
    d->thread.wait();
}

RequestId Client::get(const sources::HttpGet &request, Tunnel tunnel, Done<sources::HttpReply> done)
{
    const RequestId id = ++d->lastId;
    d->gate->post([this, id, request, tunnel = std::move(tunnel), done = std::move(done)] {
        d->begin(id, new GetExchange(request, tunnel, d->surroundings(), done));
    });
    return id;
}

RequestId Client::probeTls(const sources::TlsProbe &probe, Tunnel tunnel, Done<sources::TlsReply> done)
{
    const RequestId id = ++d->lastId;
    d->gate->post([this, id, probe, tunnel = std::move(tunnel), done = std::move(done)] {
        d->begin(id, new ProbeExchange(probe, tunnel, d->surroundings(), done));
    });
    return id;
}

void Client::cancel(RequestId id)
{
    d->gate->post([this, id] {
        if (Exchange *exchange = d->running.value(id))
            exchange->cancel();
    });
}

void Client::addTrusted(const QByteArray &pem)
{
    d->gate->post([this, pem] {
        if (d->roots.isEmpty())
            d->roots = QSslConfiguration::systemCaCertificates(); // slow, so once
        d->roots += QSslCertificate::fromData(pem, QSsl::Pem);
    });
}

} // namespace taffrail::http
