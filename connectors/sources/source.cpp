// SPDX-License-Identifier: GPL-3.0-or-later
#include "source.h"

namespace taffrail::sources {

const QByteArray *SqlReply::cell(size_t row, const QByteArray &name) const
{
    const int at = column(name);
    if (at < 0 || row >= rows.size() || size_t(at) >= rows[row].size())
        return nullptr;
    const std::optional<QByteArray> &value = rows[row][size_t(at)];
    return value ? &*value : nullptr;
}

std::vector<const Reply *> repliesNamed(const Replies &replies, const QString &name)
{
    std::vector<const Reply *> found;
    for (const Reply &reply : replies) {
        if (reply.name == name)
            found.push_back(&reply);
    }
    return found;
}

const Reply *replyOf(const Replies &replies, const QString &name, const QString &subject)
{
    for (const Reply &reply : replies) {
        if (reply.name == name && reply.subject == subject)
            return &reply;
    }
    return nullptr;
}

QByteArray shellQuoted(const QString &value)
{
    QByteArray bytes = value.toUtf8();
    const qsizetype nul = bytes.indexOf('\0');
    if (nul >= 0)
        bytes.truncate(nul);
    bytes.replace('\'', "'\\''");
    return '\'' + bytes + '\'';
}

} // namespace taffrail::sources
