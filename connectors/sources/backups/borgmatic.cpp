// SPDX-License-Identifier: GPL-3.0-or-later
#include "borgtext.h"
#include "registry.h"

#include "backupjson.h"
#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

// One repository that cannot be reached makes borgmatic silent about all, so each is asked alone. Only the list of
// repositories is taken out of the configuration, which may hold passphrases. $C is the file.
constexpr char listEach[] = R"sh(places() { awk '
/^[ \t]*#/ || /^[ \t]*$/ { next }
{ i = match($0, /[^ \t]/) }
inside && (i < at || (i == at && $0 !~ /^[ \t]*-/)) { inside = 0 }
inside && /^[ \t]*-/ { v = $0; sub(/^[ \t]*-[ \t]*/, "", v); sub(/^path:[ \t]*/, "", v); if (v !~ /^label:/) say(v) }
inside && /^[ \t]*path:/ { v = $0; sub(/^[ \t]*path:[ \t]*/, "", v); say(v) }
/^[ \t]*repositories:[ \t]*$/ { inside = 1; at = i }
function say(v) { sub(/[ \t]+#.*$/, "", v); gsub(/^["\047]|["\047][ \t]*$/, "", v); if (v != "") print v }' "$C"; }
L=$($as sh -c 'cat "$1"' sh "$C" 2>/dev/null | C=/dev/stdin places)
one() { printf '@repository %s\n' "$1"; shift; "$@" </dev/null 2>&1; printf '\n@end %s\n' "$?"; }
if [ -z "$L" ]; then one '' tool -c "$C" rlist --json
else printf '%s\n' "$L" | head -n 20 | while IFS= read -r r; do one "$r" tool -c "$C" rlist --repository "$r" --json; done; fi
)sh";

std::vector<Request> borgmaticRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (!soFar.empty())
        return requests;
    const QString config = optionText(entry, "config");
    const QByteArray place
        = "as=\nC=" + shellQuoted(config.isEmpty() ? QStringLiteral("/etc/borgmatic/config.yaml") : config) + '\n';
    for (const QString &host : entry.hosts)
        requests.push_back({QStringLiteral("rlist"), host,
                            ShellPart{place + toolFunction(entry, "borgmatic") + listEach, 60s, 4 * 1024 * 1024},
                            Lane::Fast});
    return requests;
}

struct Answer {
    QString repository;
    ShellReply reply;
};

std::vector<Answer> answersOf(const QByteArray &out)
{
    std::vector<Answer> answers;
    for (const QByteArray &line : out.split('\n')) {
        if (line.startsWith("@repository ")) {
            answers.push_back({redacted(sanitizedLine(line.mid(12), 300)), ShellReply{-1, {}, {}}});
        } else if (line.startsWith("@end ") && !answers.empty()) {
            answers.back().reply.exitCode = line.mid(5).trimmed().toInt();
            answers.back().reply.err = answers.back().reply.out;
        } else if (!answers.empty()) {
            answers.back().reply.out += line + '\n';
        }
    }
    return answers;
}

/// The newest usable of each repository: what is oldest of these is what all of them hold.
void assessPlaces(BackupSet &set, int repositories)
{
    assessNewest(set);
    if (repositories < 2)
        return;
    set.assessment.count.reset();
    std::optional<Backup> weakest;
    for (const BackupLocation &place : set.locations) {
        const auto newest = std::ranges::find_if(
            set.backups, [&](const Backup &backup) { return backup.location == place.name && isUsable(backup); });
        if (newest != set.backups.end() && (!weakest || newest->finishedAt < weakest->finishedAt))
            weakest = *newest;
    }
    if (!weakest)
        return;
    set.assessment.latestFinishedAt = weakest->finishedAt;
    set.assessment.timeIsStart = weakest->finishedIsStart;
    set.assessment.type = weakest->type;
}

/// The word for several repositories: some bad ones are "repo_mixed", also a readable one without any archive.
QString problemOfPlaces(const BackupSet &set, const QStringList &problems, int readable)
{
    if (readable == 0)
        return problems.value(0, QStringLiteral("repo_error"));
    const bool isOneEmpty = std::ranges::any_of(set.locations, [&](const BackupLocation &place) {
        return place.readable && std::ranges::none_of(set.backups, [&](const Backup &backup) {
                   return backup.location == place.name && isUsable(backup);
               });
    });
    QStringList bad = problems;
    const bool isLocked = bad.removeAll(QStringLiteral("locked")) > 0;
    if (!bad.isEmpty())
        return QStringLiteral("repo_mixed");
    const QString problem = problemOfList(set);
    if (isOneEmpty && problem == QLatin1String("none"))
        return QStringLiteral("repo_mixed");
    return isLocked && problem == QLatin1String("none") ? QStringLiteral("in_progress") : problem;
}

Result<BackupSet> readPlaces(const std::vector<Answer> &answers, const QTimeZone &zone)
{
    BackupSet set;
    set.source = QStringLiteral("borgmatic");
    QStringList problems;
    int readable = 0;
    int repositories = 0;
    for (const Answer &answer : answers) {
        const nlohmann::json document = jsonWithin(answer.reply.out);
        if (answer.reply.exitCode <= 1 && document.is_array() && !document.empty()) {
            for (const nlohmann::json &each : arrayOf(document)) {
                addBorgRepository(set, each, zone);
                ++readable;
                ++repositories;
            }
            continue;
        }
        ++repositories;
        BackupLocation place;
        place.name = answer.repository;
        place.readable = false;
        ShellReply failed = answer.reply;
        if (failed.exitCode == 0)
            failed.exitCode = 1;
        const QString problem = problemOfBorg(failed);
        const QStringList messages = borgMessages(answer.reply.err);
        place.problem = messages.isEmpty() ? problem : messages.first();
        set.notes.append(QStringLiteral("%1: %2").arg(
            answer.repository.isEmpty() ? QStringLiteral("borgmatic") : answer.repository, place.problem));
        problems.append(problem);
        if (!answer.repository.isEmpty())
            set.locations.push_back(place);
    }
    assessPlaces(set, repositories);
    setProblem(set, problemOfPlaces(set, problems, readable));
    if (readable == 0)
        set.assessment.count.reset();
    return set;
}

Result<BackupSet> readCaptured(const SourceEntry &entry, const Reply &reply)
{
    const Captured captured{optionText(entry, "command"), *reply.as<ShellReply>(), reply.at};
    const QTimeZone zone = zoneOfCaptured(entry, captured.command);
    if (captured.reply.out.startsWith("@repository "))
        return readPlaces(answersOf(captured.reply.out), zone);
    // Its options name the action too: "borgmatic --list", "borgmatic --check".
    Captured bare = captured;
    bare.command.replace(QLatin1String(" --"), QLatin1String(" "));
    BorgOutput output = borgOutputOf(captured, QStringLiteral("borgmatic"), {});
    if (verbOf(captured.command, QStringLiteral("borgmatic"), {QStringLiteral("create"), QStringLiteral("check")})
            .isEmpty()
        && output == BorgOutput::List)
        output = borgOutputOf(bare, QStringLiteral("borgmatic"), reply.name);
    const nlohmann::json document = jsonWithin(captured.reply.out);
    const auto renamed = [](BackupSet set) {
        set.source = QStringLiteral("borgmatic");
        return set;
    };
    if (output == BorgOutput::Check)
        return renamed(readBorgCheck(captured));
    if (output != BorgOutput::List && output != BorgOutput::Info && isStrayOutput(captured))
        return failure(
            ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("borgmatic"),
            QStringLiteral("expected output of borgmatic, found %1").arg(firstLine(captured.reply.out).left(80)));
    if (output == BorgOutput::Create && document.is_array() && document.size() == 1)
        return renamed(readBorgCreate(
            {captured.command,
             ShellReply{captured.reply.exitCode, QByteArray::fromStdString(document[0].dump()), captured.reply.err},
             captured.at},
            zone));
    if (output == BorgOutput::Create && document.is_array()) {
        nlohmann::json lists = nlohmann::json::array();
        for (nlohmann::json each : arrayOf(document)) {
            if (each.is_object())
                each["archives"] = nlohmann::json::array({member(each, "archive")});
            lists.push_back(std::move(each));
        }
        return readPlaces(
            {{QString(),
              ShellReply{captured.reply.exitCode, QByteArray::fromStdString(lists.dump()), captured.reply.err}}},
            zone);
    }
    if (output == BorgOutput::Other || output == BorgOutput::Prune || output == BorgOutput::Create)
        return renamed(output == BorgOutput::Create ? readBorgCreate(captured, zone) : readBorgOther(captured));
    if (captured.reply.exitCode == 0 && !document.is_array())
        return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("borgmatic rlist"),
                       QStringLiteral("expected a JSON array with one item per repository"));
    if (captured.reply.exitCode == 0 && document.empty()) {
        BackupSet none;
        none.source = QStringLiteral("borgmatic");
        none.assessment.count = 0;
        setProblem(none, QStringLiteral("nothing_checked"));
        none.notes.append(QStringLiteral("no repository is configured"));
        return none;
    }
    return readPlaces({{QString(), captured.reply}}, zone);
}

Result<Value> parseBorgmatic(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Reply *first = nullptr;
    for (const Reply &reply : replies) {
        if (!first && reply.as<ShellReply>())
            first = &reply;
    }
    if (!first)
        return failure(whyNoAnswer(replies, entry));
    if (const std::optional<Error> error = notRun(*first, QStringLiteral("borgmatic")))
        return failure(*error);
    Result<BackupSet> set = readCaptured(entry, *first);
    if (!set)
        return failure(set.error());
    if (set->repository.isEmpty())
        set->repository = optionText(entry, "config");
    const QString problem = set->assessment.problem;
    flawFutureTimes(*set, context.now, context.clockOffsets.value(first->subject, 0));
    if (!set->backups.empty()) {
        assessPlaces(*set, int(set->locations.size()));
        if (problem == QLatin1String("none"))
            setProblem(*set, problemOfList(*set));
    }
    for (const Reply &reply : replies) {
        if (const Error *error = reply.error())
            set->notes.append(QStringLiteral("%1: %2").arg(reply.subject, error->text));
    }
    finish(*set, entry, context);
    return Value(std::move(*set));
}

} // namespace

const Source borgmaticSource{
    PaneKind::Backups,
    "borgmatic",
    "borgmatic",
    true,
    false,
    {
        {"config", "string", false, "its configuration file; default /etc/borgmatic/config.yaml", R"("pattern":"^/")"},
        {"timezone", "string", false, "zone of the times of a captured output"},
        userOption(),
        environmentFileOption(),
        locationOption(),
        locationsOption(),
    },
    {"rlist", "info", "check", "create"},
    borgmaticRequests,
    parseBorgmatic,
    nullptr,
    "read its configuration and the repositories on the host",
};

} // namespace taffrail::sources
