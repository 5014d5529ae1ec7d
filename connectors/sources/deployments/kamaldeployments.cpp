// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "kamalprobe.h"

namespace taffrail::sources {

namespace {

using namespace kamal;

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!soFar.empty() || !settings)
        return {};
    std::vector<Request> asked;
    // An engine that hangs must not hold up the host's other parts, so it gets a long part of its own.
    const ShellPart part{probeScript(*settings), std::chrono::milliseconds(10'000), 512 * 1024};
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Result<Settings> settings = settingsOf(entry);
    // Captured output names its service itself; a wrong entry in the inventory asked nothing.
    if (!settings && replies.empty())
        return failure(settings.error());
    Settings known = settings ? *settings : Settings{};
    known.command = probes::optionText(entry, "command");
    known.destination = probes::optionText(entry, "destination");
    known.role = probes::optionText(entry, "role");
    const auto hosts = probes::readHosts<HostFacts>(
        entry, replies, QStringLiteral("ask docker"),
        [&known](const QString &host, const Reply &reply) { return readHost(host, known, reply); });
    if (const std::optional<Error> error = probes::nothingRead(entry, hosts))
        return failure(*error);
    for (const HostFacts &facts : hosts) {
        if (known.service.isEmpty() && !facts.engine.containers.empty())
            known.service = known.app = facts.engine.containers.front().label("service");
    }
    return Value(buildHistory(known, hosts, context.now));
}

} // namespace

const Source kamalSource{
    PaneKind::Deployments,
    "kamal",
    "Kamal 2",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the service and its destination"},
        {"service", "string", true, "Service, as in Kamal's deploy.yml", R"("pattern":"^[a-zA-Z0-9][a-zA-Z0-9_-]*$")"},
        {"destination", "string", false, "Destination, where Kamal is used with one",
         R"("pattern":"^[a-zA-Z0-9][a-zA-Z0-9_-]*$")"},
        {"role", "string", false, "Only this role; default: all that the hosts have",
         R"("pattern":"^[a-zA-Z0-9][a-zA-Z0-9_-]*$")"},
        {"folder", "string", false, "Kamal's folder on the hosts, absolute or below the home; default .kamal"},
        {"retain_containers", "integer", false, "How many stopped containers Kamal keeps; default 5", R"("minimum":0)"},
        {"engine", "string", false, "Socket of the engine, such as unix:///run/user/1000/docker.sock",
         R"("pattern":"^unix://.+")"},
        {"sudo", "boolean", false, "Ask the engine through sudo -n"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "speak to the Docker engine (group docker, or sudo) and read .kamal of Kamal's own SSH user; to roll back: write "
    "it",
    "rollback",
};

} // namespace taffrail::sources
