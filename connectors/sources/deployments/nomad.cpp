// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "nomadhistory.h"

namespace taffrail::sources {

namespace {

using namespace nomad;

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry, true);
    if (!soFar.empty() || !settings)
        return {};
    std::vector<Request> asked;
    const ShellPart part{probeScript(*settings), std::chrono::milliseconds(20'000), 4 * 1024 * 1024};
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &)
{
    const Result<Settings> settings = settingsOf(entry, false);
    if (!settings)
        return failure(settings.error());
    return historyOfHosts("nomad", entry, replies, [&](const QString &host, const ShellReply &reply) -> Result<Told> {
        const Result<Facts> facts = readFacts(host, *settings, reply);
        if (!facts)
            return failure(facts.error());
        return toldOf(host, *settings, *facts);
    });
}

} // namespace

const Source nomadSource{
    PaneKind::Deployments,
    "nomad",
    "Nomad job (nomad on a host)",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the name of the job"},
        {"job", "string", true, "Name of the job", R"("pattern":"^[^-].*$")"},
        {"namespace", "string", false, "Its namespace; default: the tool's own"},
        {"region", "string", false, "Its region; default: the tool's own"},
        {"address", "string", false, "Address of the servers as seen from the host; default: the tool's own",
         R"("pattern":"^(https?|unix)://")"},
        {"tracked_versions", "integer", false, "How many versions the servers keep; default: Nomad's own 6",
         R"("minimum":1)"},
        {"program", "string", false, "What runs nomad there, such as /usr/local/bin/nomad",
         R"("pattern":"^[A-Za-z0-9_.@:/][A-Za-z0-9_.@:/+-]*$")"},
        {"sudo", "boolean", false, "Run it through sudo -n"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "nomad on a host with read-job; submit-job to roll back",
};

} // namespace taffrail::sources
