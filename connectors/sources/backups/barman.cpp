// SPDX-License-Identifier: GPL-3.0-or-later
#include "barmantext.h"
#include "registry.h"

#include "backupjson.h"
#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

// The names of all segments that Barman keeps of this server, with their times; $1 is the server.
constexpr char listWal[] = R"sh(wal() {
d=$(b show-server "$1" 2>/dev/null | sed -n 's/^[[:space:]]*wals_directory: //p' | head -n 1)
[ -n "$d" ] || { echo 'no wals_directory' >&2; return 1; }
$as find "$d" -type f -printf '%f %T@\n' && printf '@end\n'
}
wal )sh";

// The details of the newest backups, one document each.
constexpr char showNewest[] = R"sh(show() {
for i in $(b list-backup --minimal "$1" 2>/dev/null | head -n 10); do
b -f json show-backup "$1" "$i" 2>/dev/null && printf '\n'
done
}
show )sh";

std::vector<Request> barmanRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (!soFar.empty())
        return requests;
    const QByteArray server = shellQuoted(optionText(entry, "server"));
    const QByteArray head
        = "as=\n" + toolFunction(entry, "barman") + "b() { tool " + optionWord(entry, "config", "-c") + "\"$@\"; }\n";
    for (const QString &host : entry.hosts) {
        const auto add = [&](const char *name, const QByteArray &text, std::chrono::milliseconds limit, Lane lane) {
            requests.push_back(
                {QString::fromLatin1(name), host, ShellPart{head + text + '\n', limit, 4 * 1024 * 1024}, lane});
        };
        add("list", "b -f json list-backup " + server, 15s, Lane::Fast);
        add("check", "b -f json check " + server, 30s, Lane::Fast);
        add("show", showNewest + server, 60s, Lane::Slow);
        add("wal", listWal + server, 60s, Lane::Slow);
        if (entry.options.value(QStringLiteral("verify")).toBool())
            add("verify", "b verify-backup " + server + " latest", 600s, Lane::Slow);
    }
    for (Request &request : systemRequest(entry))
        requests.push_back(std::move(request));
    return requests;
}

Result<BackupSet> readCaptured(const SourceEntry &entry, const Reply &reply)
{
    const Captured captured{optionText(entry, "command"), *reply.as<ShellReply>(), reply.at};
    const QTimeZone zone = zoneOfCaptured(entry, captured.command);
    switch (barmanOutputOf(captured, reply.name)) {
    case BarmanOutput::Show: return readBarmanShow(captured, zone);
    case BarmanOutput::Check: return readBarmanCheck(captured);
    case BarmanOutput::Status: return readBarmanStatus(captured);
    case BarmanOutput::Verify: return readBarmanVerify(captured);
    case BarmanOutput::CheckBackup: return readBarmanCheckBackup(captured);
    case BarmanOutput::List:
    case BarmanOutput::Other: break;
    }
    return readBarmanList(captured, zone);
}

/// What show-backup says more of a listed backup.
void mergeShown(BackupSet &set, const Reply &reply)
{
    for (const nlohmann::json &document : jsonLinesOf(reply.as<ShellReply>()->out)) {
        const Captured one{QString(), ShellReply{0, QByteArray::fromStdString(document.dump()), {}}, reply.at};
        const Result<BackupSet> shown = readBarmanShow(one, QTimeZone::utc());
        if (!shown || shown->backups.empty())
            continue;
        const Backup &more = shown->backups.front();
        for (Backup &backup : set.backups) {
            if (backup.id != more.id)
                continue;
            backup.startedAt = more.startedAt;
            backup.walStart = more.walStart;
            backup.walStop = more.walStop;
            backup.sizeBytes = more.sizeBytes >= 0 ? more.sizeBytes : backup.sizeBytes;
            backup.systemId = more.systemId;
            backup.encrypted = more.encrypted;
            backup.parent = more.parent;
            if (!isUsable(backup) && backup.state == BackupState::Failed && more.problem == QLatin1String("wal_gap"))
                flaw(backup, more.state, "wal_gap", more.detail);
        }
    }
}

/// verify-backup read the newest one at that time, which its words name.
void mergeVerified(BackupSet &set, const Reply &reply)
{
    const ShellReply &shell = *reply.as<ShellReply>();
    const QString problem = problemOfVerifybackup(shell);
    const bool isSaid
        = shell.out.contains("backup successfully verified") || shell.err.contains("pg_verifybackup: error:");
    Backup *verified = nullptr;
    for (Backup &backup : set.backups) {
        const bool isBefore = backup.finishedAt.isValid() && backup.finishedAt <= reply.at;
        if (isSaid && isUsable(backup) && isBefore && !verified)
            verified = &backup;
    }
    if (!verified)
        return;
    if (problem == QLatin1String("none")) {
        verified->trust = Trust::AllBytes;
        verified->verifiedAt = reply.at;
        verified->verifiedBy = QStringLiteral("barman verify-backup");
    } else {
        flaw(*verified, BackupState::Flawed, problem.toLatin1().constData(),
             sanitizedLine(shell.err.mid(std::max<qsizetype>(0, shell.err.indexOf("pg_verifybackup:"))), 200));
    }
}

void mergeWal(BackupSet &set, const Reply &reply)
{
    const ShellReply &shell = *reply.as<ShellReply>();
    WalListing listing = walListingOf(shell.out);
    listing.isComplete = shell.out.trimmed().endsWith("@end");
    // A backup that is younger than the listing may need segments which came after it.
    BackupSet then = set;
    std::erase_if(then.backups, [&](const Backup &backup) { return !(backup.finishedAt <= reply.at); });
    applyWal(then, QString(), listing);
    for (Backup &backup : set.backups) {
        for (const Backup &judged : then.backups) {
            if (judged.id == backup.id)
                backup = judged;
        }
    }
    set.gaps = then.gaps;
    set.walChecked = then.walChecked;
    BackupLocation place;
    place.newestWal = listing.newest;
    place.newestWalAt = listing.newestAt;
    set.locations.push_back(place);
}

Result<Value> parseBarman(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Reply *list = firstAnswer(replies, QStringLiteral("list"));
    const Reply *first = list;
    for (const Reply &reply : replies) {
        if (!first && reply.as<ShellReply>())
            first = &reply;
    }
    if (!first)
        return failure(whyNoAnswer(replies, entry));
    if (const std::optional<Error> error = notRun(*first, QStringLiteral("barman")))
        return failure(*error);
    Result<BackupSet> set = readCaptured(entry, *first);
    if (!set)
        return failure(set.error());
    const QString before = set->assessment.problem;
    const BackupAssessment said = set->assessment;
    if (!set->backups.empty()) {
        for (const char *name : {"show", "wal", "verify"}) {
            const Reply *reply = firstAnswer(replies, QString::fromLatin1(name));
            if (!reply || reply == first)
                continue;
            if (qstrcmp(name, "show") == 0)
                mergeShown(*set, *reply);
            else if (qstrcmp(name, "wal") == 0)
                mergeWal(*set, *reply);
            else
                mergeVerified(*set, *reply);
        }
        assess(*set, entry, replies, context, first->subject);
        if (set->assessment.problem == QLatin1String("none") || set->assessment.ok)
            setProblem(*set, problemOfList(*set));
        if (before == QLatin1String("failed_backup") && set->assessment.ok)
            setProblem(*set, before);
    }
    if (const Reply *check = firstAnswer(replies, QStringLiteral("check")); check && check != first) {
        const Result<BackupSet> checked = readCaptured(entry, *check);
        if (checked && !checked->assessment.ok) {
            set->notes += checked->notes;
            if (set->assessment.ok)
                setProblem(*set, checked->assessment.problem);
        }
    }
    for (const Reply &reply : replies) {
        if (const Error *error = reply.error())
            set->notes.append(QStringLiteral("%1: %2").arg(reply.subject, error->text));
    }
    finish(*set, entry, context);
    return Value(std::move(*set));
}

} // namespace

const Source barmanSource{
    PaneKind::Backups,
    "barman",
    "Barman",
    true,
    false,
    {
        {"server", "string", true, "name of the server in Barman's configuration", R"("minLength":1)"},
        {"config", "string", false, "its configuration file, when not the usual one", R"("pattern":"^/")"},
        {"verify", "boolean", false, "check every file of the newest backup in the slow lane (barman verify-backup)"},
        userOption(),
        environmentFileOption(),
        locationOption(),
    },
    {"list", "check", "show", "status", "verify", "check-backup", "wal", "system"},
    barmanRequests,
    parseBarman,
    nullptr,
    "the user barman, or sudo to it, on Barman's host",
};

} // namespace taffrail::sources
