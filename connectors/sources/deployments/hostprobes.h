// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deployments.h"
#include "source.h"

#include <functional>

/// What the readers of deploy tools share: records of a probe, the answers of all hosts, and the words about them.
namespace taffrail::sources::probes {

/// One line "KEY<tab>field…" of a probe.
struct Record {
    QByteArray key;
    QList<QByteArray> fields;

    QByteArray field(qsizetype index) const { return index < fields.size() ? fields[index] : QByteArray(); }
    QString text(qsizetype index, int limit = 400) const;
    /// The rest of the line from this field on, with its tabs.
    QByteArray rest(qsizetype index) const;
};
/// Calls `take` for each whole line; a last line without its end may be cut anywhere, and is left out.
void eachRecord(const QByteArray &out, const std::function<void(const Record &)> &take);

QString optionText(const SourceEntry &entry, const char *name);
QDateTime fromSeconds(const QByteArray &text); ///< seconds since 1970; invalid for 0 and for what is no time
/// RFC 3339, also with an offset without its colon ("+0000"); UTC; invalid for another shape.
QDateTime isoTime(const QString &text);
void addNote(QString &note, const QString &text); ///< joined by "; ", each text once
bool wasEndedByTime(int exitCode); ///< what a part's time limit leaves
qint64 freeBytesOf(const Record &record); ///< of "FREE<tab>blocks<tab>size"; -1 = not known
bool isCommit(const QString &text); ///< 7 to 64 hex digits

Error unanswered(const QString &host, const QString &doing);

/// The answer of each host of the entry, as `read` understands it; captured output that names no hosts is read, too.
template <typename Facts>
std::vector<Facts> readHosts(const SourceEntry &entry, const Replies &replies, const QString &doing,
                             const std::function<Facts(const QString &, const Reply &)> &read)
{
    std::vector<Facts> hosts;
    if (entry.hosts.isEmpty()) {
        for (const Reply *reply : repliesNamed(replies, {}))
            hosts.push_back(read(reply->subject, *reply));
    }
    for (const QString &host : entry.hosts) {
        if (const Reply *reply = replyOf(replies, {}, host)) {
            hosts.push_back(read(host, *reply));
        } else {
            hosts.emplace_back().host = host;
            hosts.back().error = unanswered(host, doing);
        }
    }
    return hosts;
}

/// Why nothing can be said: no host is named, or none could be read.
template <typename Facts> std::optional<Error> nothingRead(const SourceEntry &entry, const std::vector<Facts> &hosts)
{
    if (hosts.empty())
        return Error{
            ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, QStringLiteral("no host is named"), {}};
    for (const Facts &facts : hosts) {
        if (!facts.error)
            return std::nullopt;
    }
    Error error = *hosts.front().error;
    if (hosts.size() > 1)
        error.text += QStringLiteral(" (and %1 further hosts could not be read)").arg(hosts.size() - 1);
    return error;
}

/// Sets history.live where all readable hosts agree; a first note says where they do not.
void agree(DeploymentHistory &history);
/// What several hosts did within `window` is one event; what all readable ones did names no host. Newest first.
void mergeEvents(DeploymentHistory &history, std::chrono::seconds window);
/// History as far as every host has it: releases ask for their record here, made when it is new.
Release &releaseOf(DeploymentHistory &history, const QString &id);

} // namespace taffrail::sources::probes
