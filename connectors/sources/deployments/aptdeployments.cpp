// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "apthistory.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

using namespace apt;

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!soFar.empty() || !settings)
        return {};
    std::vector<Request> asked;
    const ShellPart part{probeScript(*settings), std::chrono::milliseconds(10'000), 384 * 1024};
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &context)
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
                ErrorKind::Internal, QStringLiteral("ask dpkg"), host, QStringLiteral("there is no answer"), {}};
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
    return Value(buildHistory(*settings, hosts, context.now));
}

} // namespace

const Source aptDeploymentsSource{
    PaneKind::Deployments,
    "apt",
    "Debian package",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the name of the package"},
        {"package", "string", true, "The package whose version names the release",
         R"("pattern":"^[a-z0-9][a-z0-9+.-]+$")"},
        {"with", "array", false, "Further packages that go to the same version with it",
         R"("items":{"type":"string","pattern":"^[a-z0-9][a-z0-9+.-]+$"})"},
        {"unit", "string", false, "systemd unit of the application: shows which version it runs",
         R"("pattern":"^[A-Za-z0-9][A-Za-z0-9:_.@-]*$")"},
    },
    {""},
    requests,
    parse,
};

} // namespace taffrail::sources
