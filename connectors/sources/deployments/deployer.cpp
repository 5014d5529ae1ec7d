// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "deployerhistory.h"

namespace taffrail::sources {

namespace {

using namespace deployer;

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!soFar.empty() || !settings)
        return {};
    std::vector<Request> asked;
    const ShellPart part{probeScript(*settings), std::chrono::milliseconds(8'000), 512 * 1024};
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Result<Settings> settings = settingsOf(entry);
    // Captured output can be read without a path; a wrong path in the inventory asked nothing.
    if (!settings && replies.empty())
        return failure(settings.error());
    Settings known = settings ? *settings : Settings{};
    known.command = probes::optionText(entry, "command");
    const auto hosts = probes::readHosts<HostFacts>(
        entry, replies, QStringLiteral("read releases"),
        [&known](const QString &host, const Reply &reply) { return readHost(host, known, reply); });
    if (const std::optional<Error> error = probes::nothingRead(entry, hosts))
        return failure(*error);
    return Value(buildHistory(known, hosts, context.now));
}

} // namespace

const Source deployerSource{
    PaneKind::Deployments,
    "deployer",
    "Deployer (PHP)",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the last part of the path"},
        {"path", "string", true, "Deployer's deploy_path on the hosts", R"("pattern":"^/")"},
        {"keep_releases", "integer", false, "How many releases the tool keeps, -1 = all; default 10",
         R"("minimum":-1)"},
        {"pid_file", "string", false,
         "File with the process id of the application, absolute or below the path: shows which release it runs"},
        {"unit", "string", false, "systemd unit of the application, instead of pid_file",
         R"("pattern":"^[A-Za-z0-9][A-Za-z0-9:_.@-]*$")"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "read the deploy_path with its folder .dep; to roll back: write it, as the user who deploys",
    "rollback",
};

} // namespace taffrail::sources
