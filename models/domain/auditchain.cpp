// SPDX-License-Identifier: GPL-3.0-or-later
#include "auditchain.h"

#include <QCryptographicHash>
#include <QtEndian>

namespace taffrail {

namespace {

template <typename T> void addNumber(QCryptographicHash &hash, T number)
{
    const T big = qToBigEndian(number);
    hash.addData(QByteArrayView(reinterpret_cast<const char *>(&big), sizeof big));
}

void addText(QCryptographicHash &hash, const QByteArray &utf8)
{
    addNumber(hash, qint32(utf8.size()));
    hash.addData(utf8);
}

} // namespace

AuditHead auditGenesis()
{
    return {0, QCryptographicHash::hash(QByteArrayLiteral("taffrail-audit-v1"), QCryptographicHash::Sha256)};
}

QByteArray auditDigest(const AuditEntry &entry)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArrayLiteral("\x01"));
    hash.addData(entry.previous);
    addNumber(hash, entry.seq);
    addNumber(hash, entry.at);
    for (const QString &text : {entry.actor, entry.app, entry.action, entry.environment, entry.object})
        addText(hash, text.toUtf8());
    addText(hash, entry.detail);
    return hash.result();
}

std::optional<AuditFault> AuditWalk::step(const AuditEntry &entry)
{
    if (entry.seq != m_head.seq + 1)
        return AuditFault{entry.seq,
                          QStringLiteral("entry %1 follows entry %2: what stood between them is gone")
                              .arg(entry.seq)
                              .arg(m_head.seq)};
    if (entry.previous != m_head.hash)
        return AuditFault{entry.seq,
                          QStringLiteral("entry %1 was not written after the entry %2 that stands before it")
                              .arg(entry.seq)
                              .arg(m_head.seq)};
    if (entry.hash != auditDigest(entry))
        return AuditFault{entry.seq, QStringLiteral("entry %1 was changed after it was written").arg(entry.seq)};
    m_head = {entry.seq, entry.hash};
    return std::nullopt;
}

} // namespace taffrail
