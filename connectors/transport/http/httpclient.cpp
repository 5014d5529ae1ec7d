// SPDX-License-Identifier: GPL-3.0-or-later
#include "httpclient.h"

#include "httpexchange.h"
#include "mailbox.h"
#include "trustfiles.h"

#include <QHash>
#include <QSslConfiguration>
#include <QThread>

#include <atomic>
#include <thread>

namespace taffrail::http {

struct Client::Private {
    QThread thread;
    QObject *context = new QObject; ///< lives on the thread, and ends with it
    std::shared_ptr<Mailbox<QObject>> mailbox = std::make_shared<Mailbox<QObject>>(context);
    std::atomic<RequestId> lastId{0};
    QHash<RequestId, Exchange *> running; ///< thread only
    QList<QSslCertificate> roots; ///< thread only; the system's and the added ones, or empty
    TrustFiles trustFiles; ///< files that single requests name
    SecretResolver resolver;

    Surroundings surroundings()
    {
        return {roots,
                [this](const QString &file, Done<QList<QSslCertificate>> done) {
                    trustFiles.load(
                        file,
                        [mailbox = mailbox, done = std::move(done)](const Result<QList<QSslCertificate>> &loaded) {
                            mailbox->post([done, loaded](QObject &) { done(loaded); });
                        });
                },
                [mailbox = mailbox](std::function<void()> work) {
                    mailbox->post([work = std::move(work)](QObject &) { work(); });
                },
                resolving()};
    }

    std::function<void(const QString &, Done<QByteArray>)> resolving() const
    {
        if (!resolver)
            return {};
        return [resolver = resolver, mailbox = mailbox](const QString &reference, Done<QByteArray> done) {
            std::thread([resolver, mailbox, reference, done = std::move(done)] {
                // Moved from hand to hand: a copy could not be wiped.
                auto secret = std::make_shared<Result<QByteArray>>(resolver(reference));
                mailbox->post([done, secret](QObject &) { done(std::move(*secret)); });
            }).detach();
        };
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

Client::Client(SecretResolver resolveSecret) : d(std::make_unique<Private>())
{
    d->resolver = std::move(resolveSecret);
    d->thread.setObjectName(QStringLiteral("http"));
    d->context->moveToThread(&d->thread);
    QObject::connect(&d->thread, &QThread::finished, d->context, &QObject::deleteLater);
    d->thread.start();
}

Client::~Client()
{
    d->mailbox->post([this](QObject &) {
        const QList<Exchange *> running = d->running.values();
        for (Exchange *exchange : running)
            exchange->cancel();
        d->thread.quit();
    });
    d->mailbox->close();
    d->thread.wait();
}

RequestId Client::get(const sources::HttpGet &request, Tunnel tunnel, Done<sources::HttpReply> done)
{
    const RequestId id = ++d->lastId;
    d->mailbox->post([this, id, request, tunnel = std::move(tunnel), done = std::move(done)](QObject &) {
        d->begin(id, new GetExchange(request, tunnel, d->surroundings(), done));
    });
    return id;
}

RequestId Client::probeTls(const sources::TlsProbe &probe, Tunnel tunnel, Done<sources::TlsReply> done)
{
    const RequestId id = ++d->lastId;
    d->mailbox->post([this, id, probe, tunnel = std::move(tunnel), done = std::move(done)](QObject &) {
        d->begin(id, new ProbeExchange(probe, tunnel, d->surroundings(), done));
    });
    return id;
}

void Client::cancel(RequestId id)
{
    d->mailbox->post([this, id](QObject &) {
        if (Exchange *exchange = d->running.value(id))
            exchange->cancel();
    });
}

void Client::addTrusted(const QByteArray &pem)
{
    d->mailbox->post([this, pem](QObject &) {
        if (d->roots.isEmpty())
            d->roots = QSslConfiguration::systemCaCertificates(); // slow, so once
        d->roots += QSslCertificate::fromData(pem, QSsl::Pem);
    });
}

} // namespace taffrail::http
