// SPDX-License-Identifier: GPL-3.0-or-later
#include "sftpread.h"

#include "text.h"

#include <QtEndian>

#include <algorithm>
#include <cstring>

namespace taffrail::ssh {

namespace {

// Packet types, status codes and flags of SFTP version 3.
enum Type : quint8 {
    Init = 1,
    Version = 2,
    Open = 3,
    Close = 4,
    Read = 5,
    Stat = 17,
    Status = 101,
    Handle = 102,
    Data = 103,
    Attrs = 105
};
enum StatusCode : std::uint32_t { Eof = 1, NoSuchFile = 2, PermissionDenied = 3 };
constexpr std::uint32_t attrSize = 1;
constexpr std::uint32_t attrOwner = 2;
constexpr std::uint32_t attrPermissions = 4;

constexpr std::uint32_t largestPacket = 256 * 1024; // OpenSSH's own limit
constexpr std::uint32_t blockSize = 32 * 1024; // every server must support this much
constexpr std::size_t mostInFlight = 16;

void put32(QByteArray &out, std::uint32_t value)
{
    char bytes[4];
    qToBigEndian(value, bytes);
    out.append(bytes, 4);
}

void put64(QByteArray &out, quint64 value)
{
    char bytes[8];
    qToBigEndian(value, bytes);
    out.append(bytes, 8);
}

void putString(QByteArray &out, const QByteArray &value)
{
    put32(out, std::uint32_t(value.size()));
    out += value;
}

/// Reads fields of a packet; after a short read every value is 0 or empty and ok() is false.
class Reader {
public:
    explicit Reader(const QByteArray &bytes) : m_bytes(bytes) {}
    bool ok() const { return m_ok; }
    quint8 u8() { return take(1) ? quint8(m_bytes[m_at - 1]) : quint8(0); }
    std::uint32_t u32() { return take(4) ? qFromBigEndian<quint32>(m_bytes.constData() + m_at - 4) : 0; }
    quint64 u64() { return take(8) ? qFromBigEndian<quint64>(m_bytes.constData() + m_at - 8) : 0; }
    QByteArray string()
    {
        const std::uint32_t size = u32();
        return take(qsizetype(size)) ? m_bytes.mid(m_at - qsizetype(size), qsizetype(size)) : QByteArray();
    }

private:
    bool take(qsizetype size)
    {
        m_ok = m_ok && size <= m_bytes.size() - m_at;
        if (m_ok)
            m_at += size;
        return m_ok;
    }
    const QByteArray &m_bytes;
    qsizetype m_at = 0;
    bool m_ok = true;
};

} // namespace

SftpRead::SftpRead(SessionPtr session, QString subject, RequestPtr request)
    : Channel(std::move(session), std::move(subject)),
      m_request(std::move(request))
{
    auto *what = m_request->as<Request::ReadFile>();
    m_path = what->path;
    m_maxBytes = what->maxBytes;
    m_request->phase = Phase::Running;
    m_request->stop = [this] { abandon(false); };
}

int SftpRead::request(ssh_channel channel)
{
    return ssh_channel_request_subsystem(channel, "sftp");
}

void SftpRead::fail(ErrorKind kind, const QString &text, const QString &hint)
{
    m_step = Step::Done;
    m_request->stop = nullptr;
    m_request->fail(Error{kind, QStringLiteral("read file"), subject(),
                          sanitizedLine(m_path.toUtf8(), 200) + QStringLiteral(": ") + text, hint});
}

void SftpRead::refused(Stage stage, const Error &error)
{
    if (stage == Stage::Requesting && error.kind == ErrorKind::Busy)
        return fail(ErrorKind::Unsupported, QStringLiteral("the server offers no SFTP"),
                    QStringLiteral("Look at \"Subsystem sftp\" in the server's sshd_config."));
    m_request->stop = nullptr;
    m_request->fail(error);
}

void SftpRead::lost(const Error &error)
{
    m_request->stop = nullptr;
    m_request->fail(error);
}

std::uint32_t SftpRead::received(const char *data, std::uint32_t size, bool isError)
{
    if (!isError && m_step != Step::Done)
        m_in.append(data, qsizetype(size));
    return size;
}

void SftpRead::send(quint8 type, const QByteArray &body)
{
    put32(m_out, std::uint32_t(body.size() + 1));
    m_out += char(type);
    m_out += body;
}

void SftpRead::flush()
{
    while (!m_out.isEmpty() && !m_gotClose) {
        const int rc = ssh_channel_write(raw(), m_out.constData(), std::uint32_t(m_out.size()));
        if (rc <= 0)
            return;
        m_out.remove(0, rc);
    }
}

bool SftpRead::progress()
{
    if (m_step == Step::Start) {
        QByteArray body;
        put32(body, 3);
        send(Type::Init, body);
        m_step = Step::Version;
    }
    while (m_step != Step::Done && m_in.size() >= 5) {
        const auto size = qFromBigEndian<quint32>(m_in.constData());
        if (size < 1 || size > largestPacket + 1024) {
            // Text before the protocol, such as a greeting from a login script, looks like an absurd length.
            fail(ErrorKind::BadData,
                 QStringLiteral("the server's SFTP answer can't be read: ") + sanitizedLine(m_in.left(80)),
                 QStringLiteral("Shell start files must print nothing when there is no terminal."));
            break;
        }
        if (m_in.size() < qsizetype(size) + 4)
            break;
        const QByteArray packet = m_in.mid(4, qsizetype(size));
        m_in.remove(0, qsizetype(size) + 4);
        handle(packet);
    }
    if (m_step == Step::Done)
        return true;
    if (m_gotClose || m_gotEof) {
        fail(ErrorKind::ConnectionLost, QStringLiteral("the server ended the transfer"));
        return true;
    }
    flush();
    return false;
}

void SftpRead::sendPath(quint8 type, Step next)
{
    QString path = m_path;
    if (path.startsWith(QLatin1String("~/")))
        path.remove(0, 2); // SFTP starts in the home folder and knows no ~
    QByteArray body;
    put32(body, m_id++);
    putString(body, path.toUtf8());
    if (type == Type::Open) {
        put32(body, 1); // for reading
        put32(body, 0); // no attributes
    }
    send(type, body);
    m_step = next;
}

void SftpRead::handle(const QByteArray &packet)
{
    switch (quint8(packet[0])) {
    case Type::Version:
        if (m_step == Step::Version)
            return sendPath(Type::Stat, Step::Stat);
        break;
    case Type::Attrs:
        if (m_step == Step::Stat)
            return handleAttributes(packet);
        break;
    case Type::Handle:
        if (m_step == Step::Open) {
            Reader reader(packet);
            reader.u8();
            reader.u32();
            m_handle = reader.string();
            m_step = Step::Read;
            if (reader.ok() && !m_handle.isEmpty())
                return requestMore();
        }
        break;
    case Type::Data: return handleData(packet);
    case Type::Status: return handleStatus(packet);
    default: break;
    }
    fail(ErrorKind::BadData, QStringLiteral("the server's SFTP answer doesn't fit the question"));
}

void SftpRead::handleAttributes(const QByteArray &packet)
{
    Reader reader(packet);
    reader.u8();
    reader.u32();
    const std::uint32_t flags = reader.u32();
    m_size = (flags & attrSize) ? reader.u64() : 0;
    if (flags & attrOwner)
        reader.u64();
    const std::uint32_t mode = (flags & attrPermissions) ? reader.u32() : 0100000;
    if (!reader.ok())
        return fail(ErrorKind::BadData, QStringLiteral("the server's SFTP answer is cut"));
    if ((mode & 0170000) == 0040000)
        return fail(ErrorKind::BadData, QStringLiteral("is a folder, not a file"));
    if ((mode & 0170000) != 0100000)
        return fail(ErrorKind::Unsupported,
                    QStringLiteral("is not a regular file")); // opening a pipe would hang the server
    if (m_size > quint64(m_maxBytes))
        return fail(ErrorKind::TooLarge,
                    QStringLiteral("has %1, more than %2").arg(bytesText(qint64(m_size)), bytesText(m_maxBytes)));
    sendPath(Type::Open, Step::Open);
}

void SftpRead::requestBlock(Block block)
{
    QByteArray body;
    put32(body, m_id);
    putString(body, m_handle);
    put64(body, block.offset);
    put32(body, block.size);
    m_inFlight[m_id++] = block;
    send(Type::Read, body);
}

void SftpRead::requestMore()
{
    // Several blocks at once only where STAT promises bytes; from there on one by one until the end of the file.
    while (m_next < m_end && m_inFlight.size() < mostInFlight && (m_next < m_size || m_inFlight.empty())) {
        requestBlock({m_next, blockSize});
        m_next += blockSize;
    }
    checkComplete();
}

void SftpRead::handleData(const QByteArray &packet)
{
    Reader reader(packet);
    reader.u8();
    const auto found = m_inFlight.find(reader.u32());
    const QByteArray data = reader.string();
    if (!reader.ok() || found == m_inFlight.end() || data.isEmpty() || data.size() > qsizetype(found->second.size))
        return fail(ErrorKind::BadData, QStringLiteral("the server's SFTP answer doesn't fit the question"));
    const Block block = found->second;
    m_inFlight.erase(found);
    const quint64 end = block.offset + quint64(data.size());
    if (end > quint64(m_maxBytes))
        return fail(ErrorKind::TooLarge, QStringLiteral("has more than %1").arg(bytesText(m_maxBytes)));
    if (quint64(m_content.size()) < end)
        m_content.resize(qsizetype(end));
    std::memcpy(m_content.data() + block.offset, data.constData(), std::size_t(data.size()));
    if (data.size() < qsizetype(block.size)) // short: ask for the rest of this block, the file may go on
        requestBlock({end, block.size - std::uint32_t(data.size())});
    requestMore();
}

void SftpRead::handleStatus(const QByteArray &packet)
{
    Reader reader(packet);
    reader.u8();
    const std::uint32_t id = reader.u32();
    const std::uint32_t code = reader.u32();
    const QString words = sanitizedLine(reader.string());
    if (code == StatusCode::Eof && m_step == Step::Read) {
        const auto found = m_inFlight.find(id);
        if (found != m_inFlight.end()) {
            m_end = std::min(m_end, found->second.offset);
            m_inFlight.erase(found);
            return requestMore();
        }
    }
    if (code == StatusCode::NoSuchFile)
        return fail(ErrorKind::NotFound, QStringLiteral("there is no such file"));
    if (code == StatusCode::PermissionDenied)
        return fail(ErrorKind::Denied, QStringLiteral("this user may not read it"));
    fail(ErrorKind::ToolFailed, QStringLiteral("the server could not read it: ") + words);
}

void SftpRead::checkComplete()
{
    if (m_step != Step::Read || !m_inFlight.empty() || m_next < m_end)
        return;
    // Cut while it was read: what is behind the new end was never there at one moment.
    if (quint64(m_content.size()) > m_end)
        m_content.truncate(qsizetype(m_end));
    m_step = Step::Done; // closing the channel closes the handle
    m_request->stop = nullptr;
    m_request->succeed(std::move(m_content));
}

} // namespace taffrail::ssh
