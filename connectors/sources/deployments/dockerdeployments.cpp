// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "dockerhistory.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

using namespace docker;

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!soFar.empty() || !settings)
        return {};
    std::vector<Request> asked;
    // An engine that hangs must not hold up the host's other parts, so it gets a long part of its own.
    const ShellPart part{probeScript(*settings), std::chrono::milliseconds(10'000), 256 * 1024};
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!settings)
        return failure(settings.error());
    std::vector<HostFacts> hosts;
    // Captured output that is read by hand names no hosts.
    if (entry.hosts.isEmpty()) {
        for (const Reply *reply : repliesNamed(replies, {}))
            hosts.push_back(readHost(reply->subject, *settings, *reply));
    }
    for (const QString &host : entry.hosts) {
        if (const Reply *reply = replyOf(replies, {}, host)) {
            hosts.push_back(readHost(host, *settings, *reply));
        } else {
            hosts.emplace_back().host = host;
            hosts.back().error = Error{
                ErrorKind::Internal, QStringLiteral("ask docker"), host, QStringLiteral("there is no answer"), {}};
        }
    }
    if (hosts.empty())
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, QStringLiteral("no host is named"));
    if (std::ranges::all_of(hosts, [](const HostFacts &facts) { return facts.error.has_value(); })) {
        Error error = *hosts.front().error;
        if (hosts.size() > 1)
            error.text += QStringLiteral(" (and %1 further hosts could not be read)").arg(hosts.size() - 1);
        return failure(error);
    }
    return Value(buildHistory(*settings, hosts));
}

} // namespace

const Source dockerDeploymentsSource{
    PaneKind::Deployments,
    "docker",
    "Docker container",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the name of the container"},
        {"container", "string", true, "Name of the container that runs it on each host",
         R"("pattern":"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$")"},
        {"image", "string", false, "Repository of its images, without a tag; default: that of the container",
         R"("pattern":"^[a-zA-Z0-9][a-zA-Z0-9_./:-]*$")"},
        {"engine", "string", false, "Socket of the engine, such as unix:///run/user/1000/docker.sock",
         R"("pattern":"^unix://.+")"},
        {"sudo", "boolean", false, "Ask the engine through sudo -n"},
    },
    {""},
    requests,
    parse,
};

} // namespace taffrail::sources
