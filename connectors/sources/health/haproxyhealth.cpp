// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupsupport.h"
#include "haproxystats.h"
#include "healthsupport.h"
#include "monitoranswer.h"
#include "registry.h"

#include "text.h"

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

std::vector<Request> haproxyRequests(const SourceEntry &entry, const Replies &soFar)
{
    if (!soFar.empty())
        return {};
    if (const QString socket = optionText(entry, "socket"); !socket.isEmpty()) {
        const QByteArray path = shellQuoted(socket);
        ShellPart part;
        part.script = "s=" + path
            + "\n[ -S \"$s\" ] || { echo \"$s is no socket\" >&2; exit 2; }\n"
              "if command -v socat >/dev/null 2>&1; then echo 'show stat' | socat - \"UNIX-CONNECT:$s\"\n"
              "elif command -v nc >/dev/null 2>&1; then echo 'show stat' | nc -w 3 -U \"$s\"\n"
              "else echo 'neither socat nor nc is there' >&2; exit 127; fi\n";
        part.limit = 5s;
        part.maxBytes = 4 * 1024 * 1024;
        std::vector<Request> requests;
        for (const QString &host : entry.hosts)
            requests.push_back({QStringLiteral("stat"), host, part, Lane::Fast});
        return requests;
    }
    QUrl url(entry.options.value(QStringLiteral("url")).toString(), QUrl::StrictMode);
    if (!url.isValid() || url.isEmpty())
        return {};
    if (!url.path().endsWith(QLatin1String(";csv")))
        url.setPath(url.path() + QStringLiteral(";csv"));
    return {askFor(entry, QStringLiteral("stat"), url)};
}

Result<Value> parseHaproxy(const SourceEntry &entry, const Replies &replies, const Context &)
{
    HealthReport report;
    report.source = QStringLiteral("haproxy");
    std::optional<Error> first;
    bool hasAnswer = false;
    for (const Reply &reply : replies) {
        const QString host = reply.as<ShellReply>() ? reply.subject : QString();
        const auto body = bodyOf(reply);
        const auto stats = body ? readHaproxyStats(*body) : tl::make_unexpected(body.error());
        if (!stats) {
            if (!first)
                first = reply.error() ? *reply.error()
                                      : Error{body ? ErrorKind::BadData : ErrorKind::ToolFailed,
                                              QStringLiteral("parse"),
                                              entry.id,
                                              stats.error(),
                                              {}};
            report.checks.push_back(unknownCheck("haproxy.stats", reply.subject, host, stats.error()));
            continue;
        }
        hasAnswer = true;
        addHaproxyChecks(*stats, host, report);
    }
    if (!hasAnswer)
        return failure(first.value_or(Error{
            ErrorKind::BadData, QStringLiteral("parse"), entry.id, QStringLiteral("there is no answer to read"), {}}));
    sortChecks(report);
    return Value(std::move(report));
}

} // namespace

const Source haproxySource{
    PaneKind::Health,
    "haproxy",
    "HAProxy: frontends, backends, servers",
    false,
    false,
    {
        {"url", "string", false, "address of the statistics page", R"("pattern":"^https?://")"},
        {"socket", "string", false, "statistics socket on the hosts, instead of url", R"("pattern":"^/")"},
        {"via", "string", false, "host to go through"},
        {"ca_file", "string", false, "PEM file on this machine with the authorities to trust instead of the system's",
         R"("pattern":"^/")"},
    },
    {"stat"},
    haproxyRequests,
    parseHaproxy,
    nullptr,
    "reach of the statistics page, or of the statistics socket at level user (with socat or nc on the host)",
};

} // namespace taffrail::sources
