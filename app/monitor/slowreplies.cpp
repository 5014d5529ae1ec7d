// SPDX-License-Identifier: GPL-3.0-or-later
#include "slowreplies.h"

namespace taffrail {

QByteArray SlowReplies::keyOf(const QString &entry, const sources::Request &request)
{
    QByteArray key = entry.toUtf8() + '\0' + request.name.toUtf8() + '\0' + request.subject.toUtf8() + '\0';
    if (const auto *part = std::get_if<sources::ShellPart>(&request.what)) {
        key += part->script;
    } else if (const auto *query = std::get_if<sources::SqlQuery>(&request.what)) {
        key += query->sql;
        for (const auto &parameter : query->parameters)
            key += '\0' + parameter.value_or(QByteArray());
    } else if (const auto *get = std::get_if<sources::HttpGet>(&request.what)) {
        key += get->url.toEncoded();
    } else if (const auto *probe = std::get_if<sources::TlsProbe>(&request.what)) {
        key += probe->host.toUtf8() + ':' + QByteArray::number(probe->port);
    }
    return key;
}

const sources::Reply *SlowReplies::find(
    const QString &entry, const sources::Request &request, const QDateTime &now) const
{
    if (request.lane != sources::Lane::Slow)
        return nullptr;
    const auto found = m_replies.constFind(keyOf(entry, request));
    if (found == m_replies.cend() || found->at.msecsTo(now) > std::chrono::milliseconds(lifetime).count())
        return nullptr;
    return &*found;
}

void SlowReplies::keep(const QString &entry, const sources::Request &request, const sources::Reply &reply)
{
    if (request.lane == sources::Lane::Slow && reply.result)
        m_replies.insert(keyOf(entry, request), reply);
}

} // namespace taffrail
