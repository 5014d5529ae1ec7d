// SPDX-License-Identifier: GPL-3.0-or-later
#include "backuptool.h"
#include "registry.h"

#include "jsonlines.h"
#include "jsonreader.h"
#include "text.h"

#include <algorithm>

/// The user's own program, run on each host of the entry, printing one JSON object as Taffrail writes backups itself:
///   {"backups": [{"id", "type", "started_at", "finished_at", "size_bytes", "location", "encrypted", "state", …}],
///    "repository", "archive", "locations", "notes", "assessment": {"problem"}}
/// Only "backups" must be there. What is usable is judged here, not taken from the program.
namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

QStringList commandOf(const SourceEntry &entry)
{
    return entry.options.value(QStringLiteral("command")).toStringList();
}

std::vector<Request> commandRequests(const SourceEntry &entry, const Replies &soFar)
{
    const QStringList command = commandOf(entry);
    if (!soFar.empty() || command.isEmpty())
        return {};
    QByteArray script;
    for (const QString &word : command)
        script += shellQuoted(word) + ' ';
    std::vector<Request> requests;
    for (const QString &host : entry.hosts)
        requests.push_back({{}, host, ShellPart{script + "</dev/null\n", 15s, 4 * 1024 * 1024}, Lane::Fast});
    return requests;
}

Error commandError(ErrorKind kind, const QString &host, const QString &text)
{
    return {kind, QStringLiteral("run command"), host, text, {}};
}

Result<BackupSet> readText(const QByteArray &text, const QString &host)
{
    codec::Json json;
    try {
        json = codec::Json::parse(text.constBegin(), text.constEnd());
    } catch (const codec::Json::parse_error &error) {
        return failure(
            commandError(ErrorKind::BadData, host,
                         QStringLiteral("%1: this is not JSON").arg(jsonPlace(text, qsizetype(error.byte) - 1))));
    } catch (const codec::Json::exception &) {
        return failure(commandError(ErrorKind::BadData, host, QStringLiteral("the JSON can't be read")));
    }
    if (!json.is_object() || !json.contains("backups") || !json["backups"].is_array())
        return failure(commandError(ErrorKind::BadData, host,
                                    QStringLiteral("line 1: expected an object with the list \"backups\"")));
    for (codec::Json &backup : json["backups"]) {
        // What is not said to be wrong is a finished backup; without a time it is none all the same.
        if (backup.is_object() && !backup.contains("state"))
            backup["state"] = "ok";
    }
    codec::JsonReader::Outcome outcome;
    const codec::JsonReader reader(json, QStringLiteral("backups"), outcome);
    BackupSet set = codec::readBackups(reader);
    if (outcome.error) {
        Error error = *outcome.error;
        error.subject = host;
        return failure(error);
    }
    return set;
}

/// Cleans what a person will see; the codec trusts its own files, a program is not trusted.
void clean(BackupSet &set)
{
    const auto line = [](QString &text, int limit) { text = sanitizedLine(text.toUtf8(), limit); };
    line(set.repository, 300);
    for (QString &note : set.notes)
        note = redacted(sanitizedLine(note.toUtf8(), 300));
    for (Backup &backup : set.backups) {
        line(backup.id, 200);
        line(backup.location, 300);
        line(backup.problem, 60);
        line(backup.detail, 300);
        line(backup.verifiedBy, 120);
        line(backup.parent, 200);
        line(backup.walStart, 40);
        line(backup.walStop, 40);
        line(backup.systemId, 40);
        if (backup.problem == QLatin1String("none"))
            backup.problem.clear();
        if (!backup.finishedAt.isValid() && backup.startedAt.isValid() && isUsable(backup)) {
            backup.finishedAt = backup.startedAt;
            backup.finishedIsStart = true;
        }
        if (!backup.finishedAt.isValid() && isUsable(backup))
            flaw(backup, BackupState::Flawed, "failed_backup", QStringLiteral("it has no time"));
        else if (backup.problem.isEmpty() && !isUsable(backup))
            backup.problem = backup.state == BackupState::Running ? QStringLiteral("in_progress")
                                                                  : QStringLiteral("failed_backup");
    }
    for (BackupLocation &place : set.locations) {
        line(place.name, 300);
        line(place.kind, 40);
        line(place.problem, 300);
        line(place.cipher, 60);
        line(place.newestWal, 40);
    }
}

Result<BackupSet> readReply(const Reply &reply)
{
    if (const Error *error = reply.error())
        return failure(*error);
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell)
        return failure(commandError(ErrorKind::Internal, reply.subject, QStringLiteral("not the answer of a shell")));
    const QString said = redacted(sanitizedLine(shell->err.trimmed(), 200));
    if (shell->exitCode == 124 || shell->exitCode == 137 || shell->exitCode == 143)
        return failure(commandError(ErrorKind::Timeout, reply.subject, QStringLiteral("the program took too long")));
    if (shell->exitCode == 127 || shell->exitCode == 126)
        return failure(commandError(shell->exitCode == 127 ? ErrorKind::NotFound : ErrorKind::Denied, reply.subject,
                                    said.isEmpty() ? QStringLiteral("the program can't be run") : said));
    if (shell->exitCode != 0)
        return failure(
            commandError(ErrorKind::ToolFailed, reply.subject,
                         QStringLiteral("the program ended with %1: %2").arg(QString::number(shell->exitCode), said)));
    return readText(shell->out, reply.subject);
}

Result<Value> parseCommand(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    BackupSet joined;
    joined.source = QStringLiteral("command");
    std::optional<Error> first;
    QString problem = QStringLiteral("none");
    bool anyGood = false;
    for (const Reply &reply : replies) {
        Result<BackupSet> set = readReply(reply);
        if (!set) {
            first = first ? first : set.error();
            joined.notes.append(QStringLiteral("%1: %2").arg(reply.subject, set.error().text));
            continue;
        }
        anyGood = true;
        clean(*set);
        joined.repository = joined.repository.isEmpty() ? set->repository : joined.repository;
        joined.backups.insert(joined.backups.end(), set->backups.begin(), set->backups.end());
        joined.locations.insert(joined.locations.end(), set->locations.begin(), set->locations.end());
        joined.gaps.insert(joined.gaps.end(), set->gaps.begin(), set->gaps.end());
        joined.walChecked = joined.walChecked || set->walChecked;
        joined.notes += set->notes;
        if (set->archive)
            joined.archive = set->archive;
        if (set->expiring)
            joined.expiring = joined.expiring.value_or(QStringList()) + *set->expiring;
        if (problem == QLatin1String("none") && !set->assessment.problem.isEmpty())
            problem = sanitizedLine(set->assessment.problem.toUtf8(), 60);
    }
    if (!anyGood)
        return failure(first.value_or(Error{ErrorKind::BadData,
                                            QStringLiteral("run command"),
                                            entry.id,
                                            QStringLiteral("there is no answer of the program to read"),
                                            {}}));
    assess(joined, entry, replies, context, replies.front().subject);
    const QString listed = problemOfList(joined);
    setProblem(joined, problem == QLatin1String("none") || problem == QLatin1String("no_backups") ? listed : problem);
    if (first && joined.assessment.ok)
        setProblem(joined, QStringLiteral("repo_mixed"));
    finish(joined, entry, context);
    return Value(std::move(joined));
}

} // namespace

const Source commandBackupsSource{
    PaneKind::Backups,
    "command",
    "Own program",
    true,
    false,
    {
        {"command", "array", true, "The program and its arguments, run on each host; prints the documented JSON",
         R"("items":{"type":"string"},"minItems":1)"},
        locationOption(),
        locationsOption(),
    },
    {""},
    commandRequests,
    parseCommand,
    nullptr,
    "run the program",
};

} // namespace taffrail::sources
