// SPDX-License-Identifier: GPL-3.0-or-later
#include "configformats.h"
#include "nginxflatten.h"
#include "nginxsite.h"
#include "registry.h"

namespace taffrail::sources {

namespace {

QStringList hostsOf(const SourceEntry &entry, const Replies &replies)
{
    QStringList hosts = entry.hosts;
    for (const Reply &reply : replies) {
        if (!hosts.contains(reply.subject))
            hosts << reply.subject;
    }
    hosts.sort();
    return hosts;
}

/// The main files first, then round by round what their includes name.
std::vector<Request> nginxRequests(const SourceEntry &entry, const Replies &soFar)
{
    if (soFar.empty())
        return fileRequests(entry, MaskForm::Lines);
    std::vector<Request> requests;
    for (const QString &host : entry.hosts) {
        QString part;
        for (const QString &each : NginxSite::includeParts()) {
            if (part.isEmpty() && !replyOf(soFar, each, host))
                part = each;
        }
        if (part.isEmpty())
            continue;
        const QStringList patterns = NginxSite(entry, host, soFar).unanswered();
        if (!patterns.isEmpty())
            requests.push_back(namedFilesRequest(entry, MaskForm::Lines, part, host, patterns));
    }
    return requests;
}

Result<Value> nginxValue(const SourceEntry &entry, const Replies &replies, const Context &)
{
    ConfigSet set;
    set.source = entry.source;
    const Error *error = nullptr;
    bool isAnswered = false;
    for (const Reply *reply : repliesNamed(replies, QStringLiteral("files"))) {
        error = reply->error() ? reply->error() : error;
        isAnswered = isAnswered || !reply->error();
    }
    if (!isAnswered && error)
        return failure(*error);
    if (!isAnswered)
        return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id, QStringLiteral("no host has answered"));
    for (const QString &host : hostsOf(entry, replies)) {
        if (replyOf(replies, QStringLiteral("files"), host))
            NginxSite(entry, host, replies).addTo(set);
    }
    return Value(std::move(set));
}

} // namespace

ParsedConfig parseNginx(const QByteArray &bytes, const SourceEntry &)
{
    const NginxTree tree = readNginxTree(bytes);
    ParsedConfig parsed = flattenedNginx(tree.directives);
    for (ConfigEntry &each : parsed.entries)
        each.file.clear();
    if (!parsed.error)
        parsed.error = tree.error;
    return parsed;
}

const Source nginxSource{
    PaneKind::Configs,
    "nginx",
    "nginx configuration",
    true,
    false,
    fileOptions({
        {"includes", "boolean", false, "Whether the files that include names are read, too (default true)"},
        {"prefix", "string", false,
         "Folder that relative includes start from (default: the folder of the file, or that above conf.d, "
         "sites-enabled and their like)",
         R"("pattern":"^/")"},
    }),
    {"files", "includes", "includes-2", "includes-3"},
    nginxRequests,
    nginxValue,
    nullptr,
    "read access to the files; secrets are masked on the host",
};

} // namespace taffrail::sources
