// SPDX-License-Identifier: GPL-3.0-or-later
#include "borgtext.h"
#include "registry.h"

#include "backupjson.h"
#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

// Who holds the lock, when the repository is a folder of this host; $R is it.
constexpr char tellHolder[] = R"sh(; r=$?
if [ "$r" != 0 ] && [ -r "$R/lock.roster" ]; then printf '\n@roster %s\n' "$(head -c 2000 "$R/lock.roster")"; fi
exit "$r"
)sh";

QByteArray archivesWords(const SourceEntry &entry)
{
    return optionWord(entry, "archives", "--glob-archives");
}

/// The list says at once that another run holds the lock; what runs seldom waits for it, and for each other.
std::vector<Request> borgRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (!soFar.empty())
        return requests;
    const QByteArray repository = shellQuoted(optionText(entry, "repository"));
    for (const QString &host : entry.hosts) {
        const auto add = [&](const char *name, const QByteArray &words, std::chrono::milliseconds limit, Lane lane,
                             const QByteArray &after = {}) {
            const QByteArray script = "R=" + repository + '\n' + toolFunction(entry, "borg")
                + "tool --log-json --lock-wait " + (lane == Lane::Fast ? "1 " : "60 ") + words
                + (after.isEmpty() ? QByteArray("\n") : after);
            requests.push_back({QString::fromLatin1(name), host, ShellPart{script, limit, 4 * 1024 * 1024}, lane});
        };
        const QByteArray where = repository == "''" ? QByteArray("::") : repository;
        add("list",
            "list --json --consider-checkpoints --format '{end}{hostname}{comment}' " + archivesWords(entry) + where,
            30s, Lane::Fast, tellHolder);
        add("info", "info --json --last 10 " + archivesWords(entry) + where, 120s, Lane::Slow);
        if (optionText(entry, "verify") == QLatin1String("repository"))
            add("check", "check --info " + where, 900s, Lane::Slow);
        else if (optionText(entry, "verify") == QLatin1String("data"))
            add("check", "check --info --verify-data " + where, 900s, Lane::Slow);
        if (const QStringList keep = entry.options.value(QStringLiteral("keep")).toStringList(); !keep.isEmpty()) {
            QByteArray words;
            for (const QString &word : keep)
                words += shellQuoted(QStringLiteral("--keep-") + word) + ' ';
            add("prune", "prune --dry-run --list --info " + archivesWords(entry) + words + where, 60s, Lane::Slow);
        }
    }
    return requests;
}

Result<BackupSet> readCaptured(const SourceEntry &entry, const Reply &reply)
{
    const Captured captured{optionText(entry, "command"), *reply.as<ShellReply>(), reply.at};
    const QTimeZone zone = zoneOfCaptured(entry, captured.command);
    const BorgOutput output = borgOutputOf(captured, QStringLiteral("borg"), reply.name);
    switch (output) {
    case BorgOutput::Create:
    case BorgOutput::Prune:
    case BorgOutput::Other:
        if (isStrayOutput(captured))
            return failure(
                ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("borg"),
                QStringLiteral("expected output of borg, found %1").arg(firstLine(captured.reply.out).left(80)));
        return output == BorgOutput::Create ? readBorgCreate(captured, zone) : readBorgOther(captured);
    case BorgOutput::Check: return readBorgCheck(captured);
    case BorgOutput::List:
    case BorgOutput::Info: break;
    }
    return readBorgList(captured, zone);
}

/// Sizes of the newest archives, which the list doesn't tell; and that nothing is in one.
void mergeInfo(BackupSet &set, const Reply &reply)
{
    const Result<BackupSet> info = readBorgList({QString(), *reply.as<ShellReply>(), reply.at}, QTimeZone::utc());
    if (!info)
        return;
    for (Backup &backup : set.backups) {
        for (const Backup &more : info->backups) {
            if (more.id != backup.id)
                continue;
            backup.sizeBytes = more.sizeBytes;
            backup.storedBytes = more.storedBytes;
            if (isUsable(backup) && !isUsable(more))
                flaw(backup, more.state, more.problem.toLatin1().constData(), more.detail);
        }
    }
    if (!info->locations.empty() && !set.locations.empty())
        set.locations.front().storedBytes = info->locations.front().storedBytes;
}

void mergeCheck(BackupSet &set, const SourceEntry &entry, const Reply &reply)
{
    const BackupSet checked = readBorgCheck({QString(), *reply.as<ShellReply>(), reply.at});
    if (checked.assessment.problem == QLatin1String("none") && reply.as<ShellReply>()->exitCode == 0) {
        const bool isDeep = optionText(entry, "verify") == QLatin1String("data");
        const QDateTime began
            = reply.at.addSecs(-std::chrono::duration_cast<std::chrono::seconds>(reply.took).count() - 60);
        for (Backup &backup : set.backups) {
            if (!isUsable(backup) || backup.finishedAt > began)
                continue;
            backup.trust = isDeep ? Trust::AllBytes : Trust::Checksums;
            backup.verifiedAt = reply.at;
            backup.verifiedBy = isDeep ? QStringLiteral("borg check --verify-data") : QStringLiteral("borg check");
        }
    } else if (!checked.assessment.ok) {
        set.notes += checked.notes;
        if (set.assessment.ok)
            setProblem(set, checked.assessment.problem);
    } else {
        set.notes.append(QStringLiteral("check could not run: the repository was locked"));
    }
}

/// {"exclusive":[["host@id",pid,thread]]}: who holds the lock.
void addHolder(BackupSet &set, const QByteArray &out)
{
    const qsizetype at = out.indexOf("@roster ");
    if (at < 0)
        return;
    const nlohmann::json roster = jsonOf(out.mid(at + 8).split('\n').first());
    for (const nlohmann::json &holder : arrayOf(member(roster, "exclusive"))) {
        const auto &words = arrayOf(holder);
        if (words.size() >= 2)
            set.notes.append(QStringLiteral("locked by %1, process %2")
                                 .arg(textOf(words[0], 80).section(QLatin1Char('@'), 0, 0), numberText(words[1])));
    }
}

Result<Value> parseBorg(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Reply *list = firstAnswer(replies, QStringLiteral("list"));
    const Reply *first = list;
    for (const Reply &reply : replies) {
        if (!first && reply.as<ShellReply>())
            first = &reply;
    }
    if (!first)
        return failure(whyNoAnswer(replies, entry));
    if (const std::optional<Error> error = notRun(*first, QStringLiteral("borg")))
        return failure(*error);
    Result<BackupSet> set = readCaptured(entry, *first);
    if (!set)
        return failure(set.error());
    if (set->repository.isEmpty())
        set->repository = redacted(sanitizedLine(optionText(entry, "repository").toUtf8(), 300));
    const BorgOutput output = borgOutputOf({optionText(entry, "command"), *first->as<ShellReply>(), first->at},
                                           QStringLiteral("borg"), first->name);
    const bool isList = output == BorgOutput::List || output == BorgOutput::Info;
    addHolder(*set, first->as<ShellReply>()->out);
    if (first == list && isList && set->assessment.count) {
        if (const Reply *info = firstAnswer(replies, QStringLiteral("info")); info && info != first)
            mergeInfo(*set, *info);
        if (const Reply *check = firstAnswer(replies, QStringLiteral("check")); check && check != first)
            mergeCheck(*set, entry, *check);
        const Reply *prune = firstAnswer(replies, QStringLiteral("prune"));
        if (prune && prune != first)
            set->expiring = borgPrunedBy(*prune->as<ShellReply>());
    }
    if (isList && set->assessment.count) {
        flawFutureTimes(*set, context.now, context.clockOffsets.value(first->subject, 0));
        assessNewest(*set);
        if (set->assessment.problem == QLatin1String("none"))
            setProblem(*set, problemOfList(*set));
    } else if (isList && set->locations.empty()) {
        BackupLocation place;
        place.name = set->repository;
        place.readable = set->assessment.ok;
        place.problem = set->assessment.ok ? QString() : set->notes.value(0, set->assessment.problem);
        if (first == list)
            set->locations.push_back(place);
    }
    for (const Reply &reply : replies) {
        if (const Error *error = reply.error())
            set->notes.append(QStringLiteral("%1: %2").arg(reply.subject, error->text));
    }
    finish(*set, entry, context);
    return Value(std::move(*set));
}

} // namespace

const Source borgSource{
    PaneKind::Backups,
    "borg",
    "BorgBackup",
    true,
    false,
    {
        {"repository", "string", false, "place of the repository; default: BORG_REPO of the environment file"},
        {"archives", "string", false, "only archives of this pattern, such as \"files-*\""},
        {"verify", "string", false,
         "what borg check reads in the slow lane: repository (checksums of all segments) or data (decrypts all)",
         R"("enum":["repository","data"])"},
        {"keep", "array", false, "rules of retention for its preview, such as \"daily=7\"",
         R"("items":{"type":"string","pattern":"^(last|secondly|minutely|hourly|daily|weekly|monthly|yearly|within)=[A-Za-z0-9]+$"})"},
        {"timezone", "string", false, "zone of the times of a captured output"},
        userOption(),
        environmentFileOption(),
        locationOption(),
    },
    {"list", "info", "check", "create", "prune"},
    borgRequests,
    parseBorg,
    nullptr,
    "read the repository and its passphrase on the host",
};

} // namespace taffrail::sources
