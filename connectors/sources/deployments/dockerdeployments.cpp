// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "dockerhistory.h"
#include "fleet.h"

namespace taffrail::sources {

namespace {

using namespace docker;

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!settings)
        return {};
    // An engine that hangs must not hold up the host's other parts, so it gets a long part of its own.
    return fleet::askEveryHost(entry, soFar, {probeScript(*settings), std::chrono::milliseconds(10'000), 256 * 1024});
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!settings)
        return failure(settings.error());
    const auto hosts = fleet::readEveryHost<HostFacts>(
        entry, replies, QStringLiteral("ask docker"),
        [&settings](const QString &host, const Reply &reply) { return readHost(host, *settings, reply); });
    if (!hosts)
        return failure(hosts.error());
    return Value(buildHistory(*settings, *hosts));
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
    nullptr,
    "the docker socket (group docker, or sudo -n)",
};

} // namespace taffrail::sources
