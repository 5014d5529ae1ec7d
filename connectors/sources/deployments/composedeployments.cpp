// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "composeprobe.h"

namespace taffrail::sources {

namespace {

using namespace compose;

const QString filesPart = QStringLiteral("files");

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const Result<Settings> settings = settingsOf(entry);
    if (!soFar.empty() || !settings)
        return {};
    std::vector<Request> asked;
    // An engine that hangs must not hold up the host's other parts, so it gets a long part of its own.
    const ShellPart part{probeScript(*settings), std::chrono::milliseconds(10'000), 256 * 1024};
    const ShellPart files{filesScript(*settings), std::chrono::milliseconds(15'000), 16 * 1024};
    for (const QString &host : entry.hosts) {
        asked.push_back({{}, host, part, Lane::Fast});
        asked.push_back({filesPart, host, files, Lane::Slow});
    }
    return asked;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &)
{
    const Result<Settings> settings = settingsOf(entry);
    // Captured output names its project itself; a wrong entry in the inventory asked nothing.
    if (!settings && replies.empty())
        return failure(settings.error());
    Settings known = settings ? *settings : Settings{};
    known.service = probes::optionText(entry, "service");
    const auto hosts = probes::readHosts<HostFacts>(
        entry, replies, QStringLiteral("ask docker"), [&](const QString &host, const Reply &reply) {
            return readHost(host, known, reply, replyOf(replies, filesPart, host));
        });
    if (const std::optional<Error> error = probes::nothingRead(entry, hosts))
        return failure(*error);
    for (const HostFacts &facts : hosts) {
        if (known.project.isEmpty() && !facts.service.empty())
            known.project = known.app = facts.service.front().label(projectLabel);
    }
    return Value(buildHistory(known, hosts));
}

// What the files say was compared with a container: when that is gone the answer says nothing any more.
bool isOutdated(const SourceEntry &, const Reply &kept, const Replies &replies)
{
    const ShellReply *old = kept.as<ShellReply>();
    const Reply *fresh = replyOf(replies, {}, kept.subject);
    const ShellReply *now = fresh ? fresh->as<ShellReply>() : nullptr;
    if (!old || !now || !old->out.startsWith("OF\t"))
        return false;
    const QByteArray id = old->out.mid(3, old->out.indexOf('\n') - 3);
    return !id.isEmpty() && !now->out.contains(id);
}

} // namespace

const Source composeSource{
    PaneKind::Deployments,
    "compose",
    "Docker Compose",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the project"},
        {"project", "string", true, "Compose project, as the label of its containers says",
         R"("pattern":"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$")"},
        {"service", "string", false, "Service of the project; default: the only one",
         R"("pattern":"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$")"},
        {"image", "string", false, "Repository of its images, without a tag; default: that of the containers",
         R"("pattern":"^[a-zA-Z0-9][a-zA-Z0-9_./:-]*$")"},
        {"engine", "string", false, "Socket of the engine, such as unix:///run/user/1000/docker.sock",
         R"("pattern":"^unix://.+")"},
        {"sudo", "boolean", false, "Ask the engine through sudo -n"},
    },
    {"", "files"},
    requests,
    parse,
    isOutdated,
    "speak to the Docker engine (group docker, or sudo) and read the project's files; to roll back: write their folder",
    "rollback",
};

} // namespace taffrail::sources
