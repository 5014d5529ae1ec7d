// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "capistranohistory.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

using namespace capistrano;

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!soFar.empty() || !settings)
        return {};
    std::vector<Request> asked;
    // Over 3 s a part runs beside the others: the folder may lie on a network mount that hangs.
    const ShellPart part{probeScript(*settings), std::chrono::milliseconds(8'000), 384 * 1024};
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

HostFacts unasked(const QString &host)
{
    HostFacts facts;
    facts.host = host;
    facts.error
        = Error{ErrorKind::Internal, QStringLiteral("read releases"), host, QStringLiteral("there is no answer"), {}};
    return facts;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Result<Settings> settings = settingsOf(entry);
    // Captured output can be read without a path; a wrong path in the inventory asked nothing.
    if (!settings && replies.empty())
        return failure(settings.error());
    const Settings known = settings ? *settings : Settings{};
    std::vector<HostFacts> hosts;
    // Captured output that is read by hand names no hosts.
    if (entry.hosts.isEmpty()) {
        for (const Reply *reply : repliesNamed(replies, {}))
            hosts.push_back(readHost(reply->subject, known, *reply));
    }
    for (const QString &host : entry.hosts) {
        const Reply *reply = replyOf(replies, {}, host);
        hosts.push_back(reply ? readHost(host, known, *reply) : unasked(host));
    }
    if (hosts.empty())
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, QStringLiteral("no host is named"));
    if (std::ranges::all_of(hosts, [](const HostFacts &facts) { return facts.error.has_value(); })) {
        Error error = *hosts.front().error;
        if (hosts.size() > 1)
            error.text += QStringLiteral(" (and %1 further hosts could not be read)").arg(hosts.size() - 1);
        return failure(error);
    }
    return Value(buildHistory(known, hosts, context.now));
}

} // namespace

const Source capistranoSource{
    PaneKind::Deployments,
    "capistrano",
    "Capistrano 3",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the last part of the path"},
        {"path", "string", true, "Capistrano's deploy_to on the hosts", R"("pattern":"^/")"},
        {"keep_releases", "integer", false, "How many releases the tool keeps; default 5", R"("minimum":0)"},
        {"pid_file", "string", false,
         "File with the process id of the application, absolute or below the path: shows which release it runs"},
        {"unit", "string", false, "systemd unit of the application, instead of pid_file",
         R"("pattern":"^[A-Za-z0-9][A-Za-z0-9:_.@-]*$")"},
    },
    {""},
    requests,
    parse,
};

} // namespace taffrail::sources
