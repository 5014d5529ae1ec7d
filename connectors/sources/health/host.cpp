// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostparts.h"
#include "hostview.h"
#include "registry.h"

#include <algorithm>
#include <cmath>

namespace taffrail::sources {

namespace {

QStringList stringsOf(const SourceEntry &entry, const char *key)
{
    return entry.options.value(QString::fromLatin1(key)).toStringList();
}

bool isSkipped(const SourceEntry &entry, const char *part)
{
    return stringsOf(entry, "skip").contains(QLatin1String(part));
}

bool isSlowPart(const char *part)
{
    static const std::vector<HostPart> parts = hostParts({});
    return std::ranges::any_of(
        parts, [part](const HostPart &each) { return each.lane == Lane::Slow && qstrcmp(each.name, part) == 0; });
}

} // namespace

const ShellReply *HostView::reply(const char *part, const char *code) const
{
    const Reply *found = replyOf(replies, QString::fromLatin1(part), host);
    // A slow part comes later than the fast ones: until then nothing is said of it.
    if (!found && (isPartial || isSlowPart(part) || isSkipped(entry, part)))
        return nullptr;
    const ShellReply *shell = found ? found->as<ShellReply>() : nullptr;
    // A tool may fail after it has told most (df with one bad mount): what it printed is read.
    if (shell && (shell->exitCode == 0 || !shell->out.trimmed().isEmpty()))
        return shell;
    if (code)
        add(unknownCheck(code, {}, host, reasonOf(found)));
    return nullptr;
}

namespace {

std::vector<Request> hostRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (!soFar.empty())
        return requests;
    const std::vector<HostPart> parts = hostParts(stringsOf(entry, "units"));
    for (const QString &host : entry.hosts) {
        for (const HostPart &part : parts) {
            if (isSkipped(entry, part.name))
                continue;
            requests.push_back({QString::fromLatin1(part.name), host, part.part, part.lane});
        }
    }
    return requests;
}

struct HostState {
    int replies = 0;
    bool hasData = false;
    const Error *error = nullptr;
};

HostState stateOf(const Replies &replies, const QString &host)
{
    HostState state;
    for (const Reply &reply : replies) {
        if (reply.subject != host)
            continue;
        ++state.replies;
        state.hasData = state.hasData || reply.as<ShellReply>();
        if (!state.error)
            state.error = reply.error();
    }
    return state;
}

void readHost(const HostView &view)
{
    readKernelFacts(view);
    readClock(view);
    readMounts(view);
    readUnits(view);
    readListeners(view);
    readTimeSync(view);
    readJournal(view);
    readContainers(view);
    readSystem(view);
}

/// Hosts of the entry; of a captured part that names none, the subject of the replies.
QStringList hostsOf(const SourceEntry &entry, const Replies &replies)
{
    QStringList hosts = entry.hosts;
    for (const Reply &reply : replies) {
        if (!hosts.contains(reply.subject))
            hosts.append(reply.subject);
    }
    return hosts;
}

Result<Value> parseHost(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    HealthReport report;
    report.source = QStringLiteral("host");
    const QStringList hosts = hostsOf(entry, replies);
    const Error *firstError = nullptr;
    int answered = 0;
    for (const QString &host : hosts) {
        const HostState state = stateOf(replies, host);
        if (!state.hasData) {
            firstError = firstError ? firstError : state.error;
            if (state.replies > 0 || entry.hosts.contains(host)) {
                const QString reason = state.error ? state.error->text : QStringLiteral("no answer yet");
                report.checks.push_back(
                    unknownCheck("host.probe", {}, host, reason, state.error ? state.error->hint : QString()));
            }
            continue;
        }
        ++answered;
        const QString prefix = hosts.size() > 1 ? host + QLatin1Char('/') : QString();
        // Without the part that is always asked this is a captured answer of single parts.
        const bool isPartial = state.replies == 1 || !replyOf(replies, QStringLiteral("st"), host);
        readHost({entry, replies, context, host, prefix, isPartial, report});
    }
    if (answered == 0) {
        if (firstError)
            return failure(*firstError);
        return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id, QStringLiteral("no host gave an answer"));
    }
    sortChecks(report);
    return Value(std::move(report));
}

} // namespace

void readClock(const HostView &view)
{
    const ShellReply *shell = view.reply("clock", "host.clock");
    const Reply *reply = replyOf(view.replies, QStringLiteral("clock"), view.host);
    if (!shell || !reply)
        return;
    const std::optional<qint64> epoch = integerOf(shell->out);
    if (!epoch || !reply->at.isValid()) {
        view.add(unknownCheck("host.clock", {}, view.host, QStringLiteral("the host's clock could not be read")));
        return;
    }
    // The reading lies somewhere in [at - took, at], and `date +%s` drops up to a second.
    const double took = double(reply->took.count()) / 1000.0;
    const double middle = double(reply->at.toMSecsSinceEpoch()) / 1000.0 - took / 2;
    const double offset = double(*epoch) + 0.5 - middle;
    const double bound = took / 2 + 1;
    if (!view.report.clockOffsetSeconds || std::abs(offset) > std::abs(*view.report.clockOffsetSeconds)) {
        view.report.clockOffsetSeconds = offset;
        view.report.clockErrorSeconds = bound;
    }
    const double sure = std::max(0.0, std::abs(offset) - bound);
    const Limits limits = limitsOf(view.entry, "clock", {30, 60});
    const Status status = sure > limits.warning ? Status::Warning : sure > 2 ? Status::Notice : Status::Ok;
    const QString text = sure > 2
        ? QStringLiteral("its clock is %1 s %2 of ours")
              .arg(oneDigit(std::abs(offset)), offset > 0 ? QStringLiteral("ahead") : QStringLiteral("behind"))
        : QStringLiteral("its clock agrees with ours");
    view.add(makeCheck("host.clock", {}, view.host, status, text, offset, "s", limits));
}

const Source hostSource{
    PaneKind::Health,
    "host",
    "Host",
    true,
    false,
    {
        {"units", "array", false, "systemd units (OpenRC: services) that must run",
         R"("items":{"type":"string","minLength":1})"},
        {"ports", "array", false, "TCP ports that something must listen on",
         R"("items":{"type":"integer","minimum":1,"maximum":65535})"},
        {"containers", "array", false, "containers that must be running", R"("items":{"type":"string","minLength":1})"},
        {"skip", "array", false,
         "parts that are neither asked nor judged: units, listen, ntp, journal, ctr, os, reboot, updates, netfs",
         R"("items":{"enum":["units","listen","ntp","journal","ctr","os","reboot","updates","netfs"]})"},
        {"ignore_mounts", "array", false, "mount points that are not judged",
         R"("items":{"type":"string","pattern":"^/"})"},
        {"limits", "object", false,
         "own limits: disk, disk_bytes, inodes, memory, files, conntrack, psi_memory, psi_io, load, clock, backlog, "
         "time",
         R"("additionalProperties":{"type":"object","properties":{"warning":{"type":"number"},"critical":{"type":"number"}},"additionalProperties":false})"},
    },
    {"st", "clock", "mounts", "dfk", "dfi", "netfs", "units", "listen", "ntp", "journal", "ctr", "os", "reboot",
     "updates"},
    hostRequests,
    parseHost,
    nullptr,
    "none for most; group systemd-journal or adm for the journal, the docker socket for containers",
};

} // namespace taffrail::sources
