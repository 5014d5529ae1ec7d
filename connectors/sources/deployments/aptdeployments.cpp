// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "apthistory.h"
#include "fleet.h"

namespace taffrail::sources {

namespace {

using namespace apt;

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!settings)
        return {};
    return fleet::askEveryHost(entry, soFar, {probeScript(*settings), std::chrono::milliseconds(10'000), 384 * 1024});
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!settings)
        return failure(settings.error());
    const auto hosts = fleet::readEveryHost<HostFacts>(
        entry, replies, QStringLiteral("ask dpkg"),
        [&settings](const QString &host, const Reply &reply) { return readHost(host, *settings, reply); });
    if (!hosts)
        return failure(hosts.error());
    return Value(buildHistory(*settings, *hosts, context.now));
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
    nullptr,
    "none to read (dpkg database, apt's log); root or sudo -n to roll back",
};

} // namespace taffrail::sources
