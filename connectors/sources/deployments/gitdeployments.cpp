// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "githistory.h"

namespace taffrail::sources {

namespace {

using namespace gitdeploy;

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!soFar.empty() || !settings)
        return {};
    std::vector<Request> asked;
    // A working tree with many files takes its time.
    const ShellPart part{probeScript(*settings), std::chrono::milliseconds(12'000), 512 * 1024};
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &)
{
    const Result<Settings> settings = settingsOf(entry);
    // Captured output can be read without a path; a wrong path in the inventory asked nothing.
    if (!settings && replies.empty())
        return failure(settings.error());
    Settings known = settings ? *settings : Settings{};
    known.command = probes::optionText(entry, "command");
    const auto hosts = probes::readHosts<HostFacts>(
        entry, replies, QStringLiteral("read the checkout"),
        [&known](const QString &host, const Reply &reply) { return readHost(host, known, reply); });
    if (const std::optional<Error> error = probes::nothingRead(entry, hosts))
        return failure(*error);
    return Value(buildHistory(known, hosts));
}

} // namespace

const Source gitSource{
    PaneKind::Deployments,
    "git",
    "Checkout of git",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the last part of the path"},
        {"path", "string", true, "Working tree of git that is deployed in place", R"("pattern":"^/")"},
        {"pid_file", "string", false,
         "File with the process id of the application, absolute or below the path: shows whether it was restarted"},
        {"unit", "string", false, "systemd unit of the application, instead of pid_file",
         R"("pattern":"^[A-Za-z0-9][A-Za-z0-9:_.@-]*$")"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "read the working tree and its .git; its owner, for git to look for local edits and to roll back",
    "rollback",
};

} // namespace taffrail::sources
