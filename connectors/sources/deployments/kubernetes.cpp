// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "kuberneteshistory.h"

namespace taffrail::sources {

namespace {

using namespace kubernetes;

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
    return historyOfHosts("kubernetes", entry, replies,
                          [&](const QString &host, const ShellReply &reply) -> Result<Told> {
                              const Result<Facts> facts = readFacts(host, *settings, reply);
                              if (!facts)
                                  return failure(facts.error());
                              return toldOf(host, *facts);
                          });
}

} // namespace

const Source kubernetesSource{
    PaneKind::Deployments,
    "kubernetes",
    "Kubernetes workload (kubectl on a host)",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the name of the workload"},
        {"workload", "string", true, "deployment/NAME, statefulset/NAME or daemonset/NAME",
         R"("pattern":"^((deployment|statefulset|daemonset)/)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")"},
        {"namespace", "string", false, "Its namespace; default: that of the context",
         R"("pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")"},
        {"context", "string", false, "Context of the kubeconfig; default: the current one"},
        {"kubeconfig", "string", false, "Path of the kubeconfig on the host; default: kubectl's own",
         R"("pattern":"^/")"},
        {"program", "string", false, "What runs kubectl there, such as /usr/local/bin/kubectl",
         R"("pattern":"^[A-Za-z0-9_.@:/][A-Za-z0-9_.@:/+-]*$")"},
        {"sudo", "boolean", false, "Run it through sudo -n"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "kubectl on a host: get deployments, statefulsets and daemonsets, list replicasets and controllerrevisions; patch "
    "to roll back",
};

} // namespace taffrail::sources
