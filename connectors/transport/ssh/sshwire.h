// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QtEndian>

#include <optional>

namespace taffrail::ssh {

/// Reads the SSH wire format (RFC 4251 section 5); after the first short read everything is nothing. The bytes must
/// outlive the reader: it makes no copy, so that secrets in them can be wiped.
class WireReader {
public:
    explicit WireReader(QByteArrayView bytes) : m_bytes(bytes) {}
    std::optional<quint8> byte()
    {
        if (m_bytes.size() - m_at < 1)
            return fail<quint8>();
        return quint8(m_bytes[m_at++]);
    }
    std::optional<quint32> number() { return integer<quint32>(); }
    std::optional<quint64> longNumber() { return integer<quint64>(); }
    std::optional<QByteArray> string()
    {
        const auto length = number();
        if (!length || qsizetype(*length) > m_bytes.size() - m_at)
            return fail<QByteArray>();
        m_at += qsizetype(*length);
        return m_bytes.sliced(m_at - qsizetype(*length), qsizetype(*length)).toByteArray();
    }
    bool atEnd() const { return m_at >= m_bytes.size(); }

private:
    template <typename T> std::optional<T> fail()
    {
        m_at = m_bytes.size();
        return {};
    }
    template <typename T> std::optional<T> integer()
    {
        if (m_bytes.size() - m_at < qsizetype(sizeof(T)))
            return fail<T>();
        const T value = qFromBigEndian<T>(m_bytes.data() + m_at);
        m_at += qsizetype(sizeof(T));
        return value;
    }

    QByteArrayView m_bytes;
    qsizetype m_at = 0;
};

inline QByteArray wireNumber(quint32 value)
{
    QByteArray bytes(4, Qt::Uninitialized);
    qToBigEndian(value, bytes.data());
    return bytes;
}

inline QByteArray wireString(const QByteArray &text)
{
    return wireNumber(quint32(text.size())) + text;
}

} // namespace taffrail::ssh
