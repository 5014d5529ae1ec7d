// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deployments.h"
#include "source.h"

#include <algorithm>
#include <functional>

/// What every source of deployments does alike: the same question to each host of its entry, and one history of what
/// they all answered.
namespace taffrail::sources::fleet {

/// One request of this text to every host of the entry, in the fast lane; none in a second round.
std::vector<Request> askEveryHost(const SourceEntry &entry, const Replies &soFar, const ShellPart &part);

struct HostReply {
    QString host;
    const Reply *reply; ///< null: the host gave no answer
};
/// In the inventory's order, because hosts answer in any order and a plan must not differ by that. Captured output that
/// is read by hand names no hosts: then one for every answer.
std::vector<HostReply> repliesByHost(const SourceEntry &entry, const Replies &replies);

/// The error of a host that gave no answer to `action` ("ask docker").
Error unanswered(const QString &action, const QString &host);
Error noHostNamed(const SourceEntry &entry);
/// The first host's error, when no host could be read.
Error allFailed(Error first, size_t hosts);

/// Reads every host with `read(host, reply)`. `Facts` has `QString host` and `std::optional<Error> error`. An error
/// only when there is no host or none could be read.
template <typename Facts, typename Read>
Result<std::vector<Facts>> readEveryHost(const SourceEntry &entry, const Replies &replies, const QString &action,
                                         const Read &read)
{
    std::vector<Facts> hosts;
    for (const HostReply &each : repliesByHost(entry, replies)) {
        if (each.reply) {
            hosts.push_back(read(each.host, *each.reply));
        } else {
            hosts.emplace_back().host = each.host;
            hosts.back().error = unanswered(action, each.host);
        }
    }
    if (hosts.empty())
        return failure(noHostNamed(entry));
    if (std::ranges::all_of(hosts, [](const Facts &facts) { return facts.error.has_value(); }))
        return failure(allFailed(*hosts.front().error, hosts.size()));
    return hosts;
}

/// How many hosts could be read.
template <typename Facts> qsizetype readableHosts(const std::vector<Facts> &hosts)
{
    return std::ranges::count_if(hosts, [](const Facts &facts) { return !facts.error; });
}

/// Adds a text to a note, once.
void addNote(QString &note, const QString &text);

/// What hosts did alike within 15 minutes is one deploy. Events are newest first, before and after; the list of hosts
/// of one that all readable hosts share is emptied, which says "everywhere".
std::vector<DeployEvent> mergedEvents(std::vector<DeployEvent> events, qsizetype readableHosts);

/// Sets `history.live` to what all readable hosts agree on, else to "" with a first note that says who runs what.
/// `nameOf` gives the name that people know a release by; default: its id.
void agreeOnLive(DeploymentHistory &history, const std::function<QString(const QString &)> &nameOf = {});

} // namespace taffrail::sources::fleet
