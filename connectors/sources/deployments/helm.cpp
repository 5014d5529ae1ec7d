// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "helmhistory.h"

namespace taffrail::sources {

namespace {

using namespace helm;

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry, true);
    if (!soFar.empty() || !settings)
        return {};
    std::vector<Request> asked;
    const ShellPart part{probeScript(*settings), std::chrono::milliseconds(20'000), 1024 * 1024};
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Result<Settings> settings = settingsOf(entry, false);
    if (!settings)
        return failure(settings.error());
    return historyOfHosts("helm", entry, replies, [&](const QString &host, const ShellReply &reply) -> Result<Told> {
        const Result<Facts> facts = readFacts(host, *settings, reply);
        if (!facts)
            return failure(facts.error());
        return toldOf(host, *settings, *facts, context.now);
    });
}

} // namespace

const Source helmSource{
    PaneKind::Deployments,
    "helm",
    "Helm release (helm on a host)",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the name of the release"},
        {"release", "string", true, "Name of the release", R"("pattern":"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")"},
        {"namespace", "string", false, "Its namespace; default: that of the context",
         R"("pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")"},
        {"context", "string", false, "Context of the kubeconfig; default: the current one"},
        {"kubeconfig", "string", false, "Path of the kubeconfig on the host; default: helm's own", R"("pattern":"^/")"},
        {"history_max", "integer", false, "How many revisions whoever deploys keeps; default: Helm's own 10",
         R"("minimum":0)"},
        {"program", "string", false, "What runs helm there, such as /usr/local/bin/helm",
         R"("pattern":"^[A-Za-z0-9_.@:/][A-Za-z0-9_.@:/+-]*$")"},
        {"sudo", "boolean", false, "Run it through sudo -n"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "helm or kubectl on a host, with the right to read the release's Secrets; to roll back, what the chart needs",
};

} // namespace taffrail::sources
