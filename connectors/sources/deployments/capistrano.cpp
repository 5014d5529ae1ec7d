// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "capistranohistory.h"
#include "fleet.h"

namespace taffrail::sources {

namespace {

using namespace capistrano;

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!settings)
        return {};
    // Over 3 s a part runs beside the others: the folder may lie on a network mount that hangs.
    return fleet::askEveryHost(entry, soFar, {probeScript(*settings), std::chrono::milliseconds(8'000), 384 * 1024});
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Result<Settings> settings = settingsOf(entry);
    // Captured output can be read without a path; a wrong path in the inventory asked nothing.
    if (!settings && replies.empty())
        return failure(settings.error());
    const Settings known = settings ? *settings : Settings{};
    const auto hosts = fleet::readEveryHost<HostFacts>(
        entry, replies, QStringLiteral("read releases"),
        [&known](const QString &host, const Reply &reply) { return readHost(host, known, reply); });
    if (!hosts)
        return failure(hosts.error());
    return Value(buildHistory(known, *hosts, context.now));
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
    nullptr,
    "read access to the deploy path; write access, as the deploy user, to roll back",
};

} // namespace taffrail::sources
