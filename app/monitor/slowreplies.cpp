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
        key += get->url.toEncoded() + '\0' + get->secret.toUtf8();
    } else if (const auto *probe = std::get_if<sources::TlsProbe>(&request.what)) {
        key += probe->host.toUtf8() + ':' + QByteArray::number(probe->port);
    }
    return key;
}

const sources::Reply *SlowReplies::find(const QString &entry, const sources::Request &request) const
{
    const auto found = m_kept.constFind(keyOf(entry, request));
    return found == m_kept.cend() ? nullptr : &found->reply;
}

bool SlowReplies::isDue(const QString &entry, const sources::Request &request, const QDateTime &now) const
{
    const QByteArray key = keyOf(entry, request);
    if (m_underWay.contains(key))
        return false;
    const auto found = m_kept.constFind(key);
    return found == m_kept.cend() || !found->dueAt.isValid() || found->dueAt <= now;
}

bool SlowReplies::mayAskEarly(const QString &entry, const sources::Request &request, const QDateTime &now) const
{
    constexpr int share = 10;
    const QByteArray key = keyOf(entry, request);
    const auto found = m_kept.constFind(key);
    if (found == m_kept.cend() || !found->reply.result || m_underWay.contains(key))
        return false;
    const bool isRefused = found->refusedUntil.isValid() && now < found->refusedUntil;
    return !isRefused && now >= found->reply.at.addMSecs(share * found->reply.took.count());
}

void SlowReplies::setUnderWay(const QString &entry, const sources::Request &request)
{
    m_underWay.insert(keyOf(entry, request));
}

void SlowReplies::keep(const QString &entry, const sources::Request &request, const sources::Reply &reply,
                       std::chrono::milliseconds goodFor)
{
    const QByteArray key = keyOf(entry, request);
    m_underWay.remove(key);
    if (reply.result) {
        m_kept.insert(key, {reply, reply.at.addMSecs(goodFor.count()), {}});
        return;
    }
    const QDateTime again = reply.at.addSecs(std::chrono::seconds(failureLifetime).count());
    const auto old = m_kept.find(key);
    if (old != m_kept.end() && old->reply.result
        && old->reply.at.msecsTo(reply.at) < std::chrono::milliseconds(lifetime).count())
        old->dueAt = old->refusedUntil = again;
    else
        m_kept.insert(key, {reply, again, {}});
}

void SlowReplies::expire()
{
    for (Kept &kept : m_kept)
        kept.dueAt = {};
}

} // namespace taffrail
