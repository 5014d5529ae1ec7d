// SPDX-License-Identifier: GPL-3.0-or-later
#include "httpexchange.h"

#include "secret.h"
#include "text.h"
#include "tlswords.h"

#include <QHostAddress>
#include <QPointer>
#include <QSslCipher>
#include <QSslConfiguration>

#include <algorithm>

namespace taffrail::http {

namespace {

constexpr int maxRedirects = 3;

QString protocolText(QSsl::SslProtocol protocol)
{
    switch (protocol) {
    case QSsl::TlsV1_2: return QStringLiteral("TLSv1.2");
    case QSsl::TlsV1_3: return QStringLiteral("TLSv1.3");
    default: return QStringLiteral("unknown");
    }
}

int portOf(const QUrl &url)
{
    return url.port(url.scheme() == QLatin1String("https") ? 443 : 80);
}

/// Never with user info: a URL may come with a password by mistake.
QString shownUrl(const QUrl &url)
{
    return sanitizedLine(url.toEncoded(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment), 200);
}

/// What goes over the wire is only for those who are meant: TLS, or this machine (or the one at the tunnel's end).
bool mayCarrySecret(const sources::HttpGet &request)
{
    if (request.url.scheme() == QLatin1String("https"))
        return request.verifyTls;
    const QString host = request.url.host();
    return host == QLatin1String("localhost") || QHostAddress(host).isLoopback();
}

bool isSamePlace(const QUrl &one, const QUrl &other)
{
    return one.scheme() == other.scheme() && one.host().compare(other.host(), Qt::CaseInsensitive) == 0
        && portOf(one) == portOf(other);
}

bool isFieldText(const QByteArray &text)
{
    return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 127; });
}

/// The head of the request, without the secret and without the empty line at its end.
QByteArray requestText(const QUrl &url, const sources::HttpGet &request)
{
    QByteArray host = url.host(QUrl::FullyEncoded).toLatin1();
    if (host.contains(':'))
        host = '[' + host + ']';
    if (url.port() > 0)
        host += ':' + QByteArray::number(url.port());
    QByteArray target = url.path(QUrl::FullyEncoded).toLatin1();
    if (target.isEmpty())
        target = "/";
    if (url.hasQuery())
        target += '?' + url.query(QUrl::FullyEncoded).toLatin1();
    // identity: a small body that unpacks to gigabytes is no matter then.
    QByteArray further;
    bool acceptsAnything = true;
    for (const auto &[name, value] : request.headers) {
        if (!isFieldText(name) || !isFieldText(value))
            continue;
        further += name + ": " + value + "\r\n";
        acceptsAnything = acceptsAnything && name.compare("accept", Qt::CaseInsensitive) != 0;
    }
    if (acceptsAnything)
        further += "Accept: */*\r\n";
    return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: Taffrail\r\n" + further
        + "Accept-Encoding: identity\r\nConnection: close\r\n";
}

/// Without TLS or its verification there is nothing to trust.
QString trustOf(const sources::HttpGet &request)
{
    return request.verifyTls && request.url.scheme() == QLatin1String("https") ? request.caFile : QString();
}

} // namespace

Exchange::Exchange(std::chrono::milliseconds limit, QString subject, QString caFile, Tunnel tunnel,
                   Surroundings surroundings)
    : m_limit(limit),
      m_subject(std::move(subject)),
      m_caFile(std::move(caFile)),
      m_tunnel(std::move(tunnel)),
      m_surroundings(std::move(surroundings))
{
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this, [this] {
        const QString waited = m_link ? m_link->waitsFor()
            : m_caFile.isEmpty()      ? m_subject
                                      : QStringLiteral("the file %1").arg(m_caFile);
        fail({ErrorKind::Timeout,
              m_link && m_link->isOpen() ? QStringLiteral("answer") : QStringLiteral("connect"),
              m_subject,
              QStringLiteral("waited %1 in vain for %2").arg(durationText(m_limit), waited),
              {}});
    });
}

void Exchange::start()
{
    m_clock.start();
    m_deadline.start(m_limit);
    if (m_caFile.isEmpty()) {
        begin();
        return;
    }
    m_surroundings.loadTrust(m_caFile, [self = QPointer<Exchange>(this)](const Result<QList<QSslCertificate>> &roots) {
        if (!self || self->m_isOver)
            return;
        if (!roots) {
            self->fail(roots.error());
            return;
        }
        self->m_ownRoots = *roots;
        self->m_clock.start(); // how long our own disk took says nothing of the server
        self->begin();
    });
}

void Exchange::cancel()
{
    fail({ErrorKind::Cancelled, {}, m_subject, QStringLiteral("no longer wanted"), {}});
}

void Exchange::resolveSecret(const QString &reference, Done<QByteArray> done)
{
    if (!m_surroundings.resolveSecret) {
        done(failure(ErrorKind::Unsupported, QStringLiteral("secret"), m_subject,
                     QStringLiteral("nothing here resolves references of secrets")));
        return;
    }
    m_surroundings.resolveSecret(reference, std::move(done));
}

void Exchange::openLink(StreamPlan plan)
{
    plan.tunnel = m_tunnel;
    plan.roots = m_ownRoots.isEmpty() ? m_surroundings.roots : m_ownRoots;
    plan.post = m_surroundings.post;
    m_link.reset(new StreamLink(std::move(plan), this));
    connect(m_link.get(), &StreamLink::opened, this, [this] { linkOpened(); });
    connect(m_link.get(), &StreamLink::failed, this, [this](Error error) {
        error.subject = m_subject;
        fail(std::move(error));
    });
    m_link->open();
}

void Exchange::closeLink()
{
    if (m_link)
        m_link->disconnect(this);
    m_link.reset();
}

void Exchange::fail(Error error)
{
    if (m_isOver)
        return;
    m_isOver = true;
    deliver(std::move(error));
    finish();
}

void Exchange::finish()
{
    m_isOver = true;
    m_deadline.stop();
    if (m_link)
        m_link->socket().disconnect(this);
    closeLink();
    emit over();
}

GetExchange::GetExchange(sources::HttpGet request, Tunnel tunnel, Surroundings surroundings,
                         Done<sources::HttpReply> done)
    : Exchange(request.limit, shownUrl(request.url), trustOf(request), std::move(tunnel), std::move(surroundings)),
      m_request(std::move(request)),
      m_done(std::move(done))
{
}

void GetExchange::begin()
{
    const QString scheme = m_request.url.scheme();
    if (!m_request.url.isValid() || m_request.url.host().isEmpty()
        || (scheme != QLatin1String("http") && scheme != QLatin1String("https"))) {
        fail({ErrorKind::BadConfig,
              QStringLiteral("configuration"),
              subject(),
              QStringLiteral("not an http or https URL"),
              {}});
        return;
    }
    if (!m_request.url.userInfo().isEmpty()) {
        fail({ErrorKind::BadConfig,
              QStringLiteral("configuration"),
              subject(),
              QStringLiteral("the URL holds a user name or password, and inventories do not hold secrets"),
              {}});
        return;
    }
    if (m_request.secret.isEmpty()) {
        ask(m_request.url);
        return;
    }
    if (!mayCarrySecret(m_request)) {
        fail({ErrorKind::BadConfig, QStringLiteral("configuration"), subject(),
              QStringLiteral("the token would go over the network without encryption"),
              QStringLiteral("Use https, or \"via\" a host and the address that it has there.")});
        return;
    }
    resolveSecret(m_request.secret, [self = QPointer<GetExchange>(this)](Result<QByteArray> secret) {
        if (self && !self->isOver() && secret)
            self->takeSecret(std::move(*secret));
        else if (self && !self->isOver())
            self->fail(secret.error());
        else if (secret)
            wipe(*secret);
    });
}

void GetExchange::takeSecret(QByteArray secret)
{
    m_secret = std::move(secret);
    if (m_secret.isEmpty() || !isFieldText(m_secret)) {
        fail({ErrorKind::BadConfig,
              QStringLiteral("secret"),
              m_request.secret.section(QLatin1Char(':'), 0, 0),
              m_secret.isEmpty() ? QStringLiteral("the token is empty")
                                 : QStringLiteral("the token is not one line of text"),
              {}});
        return;
    }
    ask(m_request.url);
}

GetExchange::~GetExchange()
{
    wipe(m_secret);
}

void GetExchange::ask(const QUrl &url)
{
    m_url = url;
    m_reader = std::make_unique<AnswerReader>(m_request.maxBytes);
    StreamPlan plan;
    plan.host = url.host();
    plan.port = portOf(url);
    plan.encrypts = url.scheme() == QLatin1String("https");
    plan.verifies = m_request.verifyTls;
    openLink(std::move(plan));
}

void GetExchange::linkOpened()
{
    QSslSocket &socket = link()->socket();
    connect(&socket, &QSslSocket::readyRead, this, &GetExchange::read);
    connect(&socket, &QSslSocket::disconnected, this, [this] {
        read();
        if (isOver() || !m_reader || m_reader->isOver())
            return;
        m_reader->end();
        answered();
    });
    m_sinceRequest.start();
    m_firstByte = {};
    socket.write(requestText(m_url, m_request));
    // A redirect does not take the secret to another place.
    if (!m_secret.isEmpty() && isSamePlace(m_url, m_request.url)) {
        QByteArray field = m_request.secretField + ": " + m_request.secretPrefix + m_secret + "\r\n";
        socket.write(field);
        wipe(field);
    }
    socket.write("\r\n");
}

void GetExchange::read()
{
    if (isOver() || m_reader->isOver())
        return;
    const QByteArray bytes = link()->socket().readAll();
    if (bytes.isEmpty())
        return;
    if (m_firstByte.count() == 0)
        m_firstByte = std::chrono::milliseconds(std::max<qint64>(m_sinceRequest.elapsed(), 1));
    m_reader->feed(bytes);
    if (m_reader->isOver())
        answered();
}

void GetExchange::answered()
{
    if (m_reader->state() != AnswerReader::State::Done) {
        const bool garbage = m_reader->state() == AnswerReader::State::Garbage;
        fail({garbage ? ErrorKind::BadData : ErrorKind::ConnectionLost,
              QStringLiteral("answer"),
              subject(),
              m_reader->problem(),
              {}});
        return;
    }
    sources::HttpReply &reply = m_reader->reply();
    if (const auto next = redirection()) {
        if (mayFollow(*next)) {
            if (++m_followed > maxRedirects) {
                fail({ErrorKind::BadData,
                      QStringLiteral("answer"),
                      subject(),
                      QStringLiteral("more than %1 redirects, the last to %2")
                          .arg(QString::number(maxRedirects), shownUrl(*next)),
                      {}});
                return;
            }
            link()->socket().disconnect(this);
            closeLink();
            ask(*next);
            return;
        }
        reply.redirectedTo = *next;
    }
    reply.dns = link()->dns;
    reply.connect = link()->connect;
    reply.tls = link()->tls;
    reply.firstByte = m_firstByte;
    reply.total = elapsed();
    m_done(std::move(reply));
    finish();
}

std::optional<QUrl> GetExchange::redirection()
{
    const sources::HttpReply &reply = m_reader->reply();
    const bool redirects
        = reply.code == 301 || reply.code == 302 || reply.code == 303 || reply.code == 307 || reply.code == 308;
    const QByteArray location = reply.headers.value("location");
    if (!redirects || location.isEmpty())
        return std::nullopt;
    QUrl next = m_url.resolved(QUrl::fromEncoded(location));
    next.setFragment({});
    next.setUserInfo({});
    return next.isValid() ? std::optional(next) : std::nullopt;
}

bool GetExchange::mayFollow(const QUrl &next) const
{
    const bool isWeb = next.scheme() == QLatin1String("http") || next.scheme() == QLatin1String("https");
    const bool losesTls = m_url.scheme() == QLatin1String("https") && next.scheme() == QLatin1String("http");
    return isWeb && !losesTls && next.host().compare(m_url.host(), Qt::CaseInsensitive) == 0;
}

void GetExchange::deliver(Error error)
{
    m_done(failure(std::move(error)));
}

ProbeExchange::ProbeExchange(sources::TlsProbe probe, Tunnel tunnel, Surroundings surroundings,
                             Done<sources::TlsReply> done)
    : Exchange(probe.limit, QStringLiteral("%1:%2").arg(probe.host, QString::number(probe.port)), probe.caFile,
               std::move(tunnel), std::move(surroundings)),
      m_probe(std::move(probe)),
      m_done(std::move(done))
{
}

void ProbeExchange::begin()
{
    if (m_probe.host.isEmpty() || m_probe.port < 1 || m_probe.port > 65535) {
        fail({ErrorKind::BadConfig,
              QStringLiteral("configuration"),
              subject(),
              QStringLiteral("not a host and port"),
              {}});
        return;
    }
    StreamPlan plan;
    plan.host = m_probe.host;
    plan.port = m_probe.port;
    plan.serverName = m_probe.serverName;
    plan.encrypts = true;
    plan.verifies = false;
    plan.asksPostgres = m_probe.startTls == sources::TlsProbe::StartTls::Postgres;
    openLink(std::move(plan));
}

void ProbeExchange::linkOpened()
{
    QSslSocket &socket = link()->socket();
    sources::TlsReply reply;
    const QList<QSslCertificate> chain = socket.peerCertificateChain();
    for (const QSslCertificate &certificate : chain)
        reply.chainDer.push_back(certificate.toDer());
    reply.protocol = protocolText(socket.sessionProtocol());
    reply.verifyError = verifyText(chainErrors(link()->verifyErrors()), socket.peerVerifyName());
    reply.handshake = link()->tls;
    m_done(std::move(reply));
    finish();
}

void ProbeExchange::deliver(Error error)
{
    m_done(failure(std::move(error)));
}

} // namespace taffrail::http
