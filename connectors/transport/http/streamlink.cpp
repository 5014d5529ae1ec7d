// SPDX-License-Identifier: GPL-3.0-or-later
#include "streamlink.h"

#include "tlswords.h"

#include <QHostInfo>
#include <QNetworkProxy>
#include <QPointer>
#include <QSslConfiguration>

namespace taffrail::http {

namespace {

/// A dead first address (IPv6 without a route, say) must not eat the whole limit.
constexpr std::chrono::milliseconds addressPatience{1'500};
/// int32 length 8, int32 80877103: PostgreSQL's SSLRequest.
constexpr QByteArrayView sslRequest("\x00\x00\x00\x08\x04\xd2\x16\x2f", 8);

} // namespace

StreamLink::StreamLink(StreamPlan plan, QObject *parent)
    : QObject(parent),
      m_plan(std::move(plan)),
      m_socket(new QSslSocket(this))
{
    m_socket->setProxy(QNetworkProxy::NoProxy);
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    if (!m_plan.roots.isEmpty())
        configuration.setCaCertificates(m_plan.roots);
    configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    m_socket->setSslConfiguration(configuration);
    m_socket->setPeerVerifyName(m_plan.serverName.isEmpty() ? m_plan.host : m_plan.serverName);
    m_patience.setSingleShot(true);
    QObject::connect(&m_patience, &QTimer::timeout, this, [this] {
        m_socket->abort();
        dialNext();
    });
    QObject::connect(m_socket, &QSslSocket::connected, this, &StreamLink::reached);
    QObject::connect(m_socket, &QSslSocket::encrypted, this, &StreamLink::encrypted);
    QObject::connect(m_socket, &QSslSocket::readyRead, this, &StreamLink::postgresAnswered);
    QObject::connect(m_socket, &QSslSocket::errorOccurred, this, &StreamLink::socketFailed);
    QObject::connect(m_socket, &QSslSocket::sslErrors, this, [this](const QList<QSslError> &errors) {
        m_verifyErrors = errors;
        if (!m_plan.verifies)
            m_socket->ignoreSslErrors();
    });
}

StreamLink::~StreamLink()
{
    if (m_lookup >= 0)
        QHostInfo::abortHostLookup(m_lookup);
    m_socket->disconnect(this);
}

void StreamLink::open()
{
    m_clock.start();
    if (m_plan.tunnel)
        dialTunnel(); // the far side knows its own names
    else
        resolve();
}

std::chrono::milliseconds StreamLink::lap()
{
    return std::chrono::milliseconds(m_clock.restart());
}

void StreamLink::resolve()
{
    m_stage = Stage::Name;
    const QHostAddress literal(m_plan.host);
    if (!literal.isNull()) {
        resolved({literal}, {});
        return;
    }
    m_lookup = QHostInfo::lookupHost(m_plan.host, this, [this](const QHostInfo &info) {
        m_lookup = -1;
        resolved(info.addresses(), info.errorString());
    });
}

void StreamLink::resolved(const QList<QHostAddress> &addresses, const QString &problem)
{
    dns = lap();
    if (addresses.isEmpty()) {
        fail(errorOf(ErrorKind::NameNotFound, QStringLiteral("name"),
                     QStringLiteral("cannot find the host %1 (%2)").arg(m_plan.host, problem),
                     QStringLiteral("Check the name, and the network's name server.")));
        return;
    }
    m_addresses = addresses;
    m_stage = Stage::Connect;
    dialNext();
}

void StreamLink::dialNext()
{
    const QHostAddress address = m_addresses.takeFirst();
    if (!m_addresses.isEmpty())
        m_patience.start(addressPatience);
    else
        m_patience.stop();
    m_socket->connectToHost(address, quint16(m_plan.port));
}

void StreamLink::dialTunnel()
{
    m_stage = Stage::Connect;
    auto door = LoopbackDoor::open();
    if (!door) {
        fail(door.error());
        return;
    }
    m_door = std::move(*door);
    m_knocking = std::make_unique<QSocketNotifier>(m_door.descriptor(), QSocketNotifier::Read);
    QObject::connect(m_knocking.get(), &QSocketNotifier::activated, this, &StreamLink::knock);
    m_socket->connectToHost(QHostAddress(QHostAddress::LocalHost), m_door.port());
}

void StreamLink::knock()
{
    if (m_stage != Stage::Join)
        return; // our own port is not known yet
    const int accepted = m_door.acceptFrom(m_socket->localPort());
    if (accepted < 0)
        return;
    m_knocking.reset();
    m_door.close();
    m_plan.tunnel(m_plan.host, m_plan.port, accepted,
                  [self = QPointer<StreamLink>(this), post = m_plan.post](const Result<bool> &result) {
                      post([self, result] {
                          if (self)
                              self->tunnelAnswered(result);
                      });
                  });
}

void StreamLink::tunnelAnswered(const Result<bool> &result)
{
    if (m_stage != Stage::Join)
        return;
    if (!result) {
        fail(result.error());
        return;
    }
    connect = lap();
    encrypt();
}

void StreamLink::reached()
{
    m_patience.stop();
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    if (m_plan.tunnel) {
        m_stage = Stage::Join;
        knock();
        return;
    }
    connect = lap();
    encrypt();
}

void StreamLink::encrypt()
{
    if (m_plan.asksPostgres && m_stage != Stage::Ask) {
        m_stage = Stage::Ask;
        m_socket->write(sslRequest.data(), sslRequest.size());
        return;
    }
    if (!m_plan.encrypts) {
        m_stage = Stage::Open;
        emit opened();
        return;
    }
    m_stage = Stage::Handshake;
    m_clock.restart();
    m_socket->startClientEncryption();
}

void StreamLink::postgresAnswered()
{
    if (m_stage != Stage::Ask)
        return;
    const QByteArray answer = m_socket->readAll();
    if (answer == "S") {
        encrypt();
    } else if (answer == "N") {
        fail(errorOf(ErrorKind::Unsupported, QStringLiteral("tls"),
                     QStringLiteral("PostgreSQL at %1 does not speak TLS").arg(place()),
                     QStringLiteral("Set ssl = on there.")));
    } else {
        // More than the one byte would be plain text that pretends to come from inside the encryption.
        fail(errorOf(ErrorKind::BadData, QStringLiteral("tls"),
                     QStringLiteral("%1 does not answer as PostgreSQL does").arg(place())));
    }
}

void StreamLink::encrypted()
{
    tls = lap();
    m_stage = Stage::Open;
    emit opened();
}

void StreamLink::socketFailed()
{
    if (m_stage == Stage::Connect && !m_plan.tunnel && !m_addresses.isEmpty()) {
        m_socket->abort();
        dialNext();
        return;
    }
    // While the tunnel is being made, its own words are the better ones, and they come.
    if (m_stage == Stage::Join || m_stage == Stage::Open || m_stage == Stage::Failed)
        return;
    fail(socketError());
}

Error StreamLink::socketError() const
{
    if (m_stage == Stage::Handshake) {
        if (m_plan.verifies && !m_verifyErrors.isEmpty())
            return errorOf(ErrorKind::CertificateRefused, QStringLiteral("tls"),
                           verifyText(m_verifyErrors, m_socket->peerVerifyName()), verifyHint(m_verifyErrors));
        return errorOf(ErrorKind::CertificateRefused, QStringLiteral("tls"),
                       QStringLiteral("no TLS with %1: %2").arg(place(), m_socket->errorString()),
                       QStringLiteral("Does this port speak TLS?"));
    }
    switch (m_socket->error()) {
    case QAbstractSocket::ConnectionRefusedError:
        return errorOf(ErrorKind::Unreachable, QStringLiteral("connect"),
                       QStringLiteral("%1 refused the connection").arg(place()),
                       QStringLiteral("Is the service running there, and is this its port?"));
    case QAbstractSocket::NetworkError:
    case QAbstractSocket::SocketTimeoutError:
    case QAbstractSocket::SocketAccessError:
        return errorOf(ErrorKind::Unreachable, QStringLiteral("connect"),
                       QStringLiteral("%1: %2").arg(place(), m_socket->errorString()));
    default:
        return errorOf(ErrorKind::ConnectionLost, QStringLiteral("connect"),
                       QStringLiteral("%1: %2").arg(place(), m_socket->errorString()));
    }
}

QString StreamLink::place() const
{
    const bool isAddress6 = m_plan.host.contains(QLatin1Char(':'));
    return (isAddress6 ? QStringLiteral("[%1]:%2") : QStringLiteral("%1:%2"))
        .arg(m_plan.host, QString::number(m_plan.port));
}

QString StreamLink::waitsFor() const
{
    switch (m_stage) {
    case Stage::Idle:
    case Stage::Name: return QStringLiteral("the address of %1").arg(m_plan.host);
    case Stage::Connect: return QStringLiteral("a connection to %1").arg(place());
    case Stage::Join: return QStringLiteral("the way through the SSH host to %1").arg(place());
    case Stage::Ask: return QStringLiteral("PostgreSQL's word on TLS from %1").arg(place());
    case Stage::Handshake: return QStringLiteral("the TLS handshake with %1").arg(place());
    case Stage::Open:
    case Stage::Failed: break;
    }
    return QStringLiteral("an answer from %1").arg(place());
}

Error StreamLink::errorOf(ErrorKind kind, const QString &step, const QString &text, const QString &hint) const
{
    return {kind, step, place(), text, hint};
}

void StreamLink::fail(const Error &error)
{
    m_patience.stop();
    m_stage = Stage::Failed;
    m_socket->abort();
    emit failed(error);
}

} // namespace taffrail::http
