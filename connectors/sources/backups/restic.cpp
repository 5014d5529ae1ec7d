// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"
#include "restictext.h"

#include "text.h"

#include <algorithm>

#include <QRegularExpression>

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

QByteArray globalWords(const SourceEntry &entry)
{
    return optionWord(entry, "repository", "--repo") + optionWord(entry, "password_file", "--password-file");
}

QByteArray filterWords(const SourceEntry &entry)
{
    return optionWord(entry, "tag", "--tag") + optionWord(entry, "backup_host", "--host")
        + optionWord(entry, "backup_path", "--path");
}

std::vector<Request> resticRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (!soFar.empty())
        return requests;
    // Reading leaves no lock behind and writes no cache.
    const QByteArray reading = globalWords(entry) + "--no-lock --no-cache ";
    for (const QString &host : entry.hosts) {
        const auto add = [&](const char *name, const QByteArray &words, std::chrono::milliseconds limit, Lane lane) {
            requests.push_back({QString::fromLatin1(name), host,
                                ShellPart{toolScript(entry, "restic", words), limit, 4 * 1024 * 1024}, lane});
        };
        add("snapshots", reading + "snapshots --json " + filterWords(entry), 30s, Lane::Fast);
        add("locks", reading + "list locks", 30s, Lane::Fast);
        if (const QString verify = optionText(entry, "verify"); !verify.isEmpty()) {
            const QByteArray depth = verify == QLatin1String("structure") ? QByteArray()
                : verify == QLatin1String("all")                          ? QByteArray("--read-data")
                                                                          : "--read-data-subset=" + shellQuoted(verify);
            add("check", reading + "check " + depth, 900s, Lane::Slow);
        }
        if (const QStringList keep = entry.options.value(QStringLiteral("keep")).toStringList(); !keep.isEmpty()) {
            QByteArray words;
            for (const QString &word : keep)
                words += shellQuoted(QStringLiteral("--keep-") + word) + ' ';
            add("forget", reading + "forget --dry-run --json " + filterWords(entry) + words, 60s, Lane::Slow);
        }
    }
    return requests;
}

Result<BackupSet> readCaptured(const SourceEntry &entry, const Reply &reply)
{
    const Captured captured{optionText(entry, "command"), *reply.as<ShellReply>(), reply.at};
    switch (resticOutputOf(captured, reply.name)) {
    case ResticOutput::Check: return readResticCheck(captured);
    case ResticOutput::Backup: return readResticBackup(captured);
    case ResticOutput::Forget: return readResticForget(captured);
    case ResticOutput::Other: {
        static const QRegularExpression lockIds(QStringLiteral("\\A\\s*([0-9a-f]{64}\\s+)*[0-9a-f]{64}\\s*\\z"));
        BackupSet set = readResticOther(captured);
        const QByteArray out = captured.reply.out.trimmed();
        // Of a command that nobody named, only what is known by its shape says that all is well.
        if (captured.command.isEmpty() && set.assessment.problem == QLatin1String("none") && !out.isEmpty()
            && !lockIds.match(QString::fromUtf8(out)).hasMatch())
            return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("restic"),
                           QStringLiteral("expected output of restic, found %1").arg(firstLine(out).left(80)));
        return set;
    }
    case ResticOutput::Snapshots: break;
    }
    return readResticSnapshots(captured, zoneOfCaptured(entry, captured.command));
}

/// check reads the repository, so it speaks of every snapshot that was there; only what it read of the data counts.
void mergeCheck(BackupSet &set, const SourceEntry &entry, const Reply &reply)
{
    const BackupSet checked = readResticCheck({QStringLiteral("restic check"), *reply.as<ShellReply>(), reply.at});
    const QString depth = optionText(entry, "verify");
    if (checked.assessment.problem == QLatin1String("none")) {
        const QDateTime began
            = reply.at.addSecs(-std::chrono::duration_cast<std::chrono::seconds>(reply.took).count() - 60);
        for (Backup &backup : set.backups) {
            if (!isUsable(backup) || backup.finishedAt > began)
                continue;
            backup.trust = depth == QLatin1String("all") ? Trust::AllBytes : Trust::Metadata;
            backup.verifiedAt = reply.at;
            backup.verifiedBy = depth == QLatin1String("all") ? QStringLiteral("restic check --read-data")
                : depth == QLatin1String("structure")         ? QStringLiteral("restic check")
                                                      : QStringLiteral("restic check of %1 of the data").arg(depth);
        }
    } else if (!checked.assessment.ok) {
        set.notes += checked.notes;
        if (set.assessment.ok)
            setProblem(set, checked.assessment.problem);
    } else {
        set.notes.append(QStringLiteral("check could not run: the repository was locked"));
    }
}

Result<Value> parseRestic(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Reply *list = firstAnswer(replies, QStringLiteral("snapshots"));
    const Reply *first = list;
    for (const Reply &reply : replies) {
        if (!first && reply.as<ShellReply>())
            first = &reply;
    }
    if (!first)
        return failure(whyNoAnswer(replies, entry));
    if (const std::optional<Error> error = notRun(*first, QStringLiteral("restic")))
        return failure(*error);
    Result<BackupSet> set = readCaptured(entry, *first);
    if (!set)
        return failure(set.error());
    const QString repository = optionText(entry, "repository");
    set->repository = redacted(sanitizedLine(repository.toUtf8(), 200));
    for (Backup &backup : set->backups)
        backup.location = set->repository;
    const bool isList = resticOutputOf({optionText(entry, "command"), *first->as<ShellReply>(), first->at}, first->name)
        == ResticOutput::Snapshots;
    if (first == list && isList) {
        const BackupAssessment said = set->assessment;
        BackupLocation place;
        place.name = set->repository;
        place.readable = said.ok || said.count.has_value();
        place.problem = place.readable ? QString() : set->notes.value(0, said.problem);
        place.cipher = place.readable ? QStringLiteral("aes-256-ctr") : QString();
        set->locations.push_back(place);
        const Reply *check = firstAnswer(replies, QStringLiteral("check"));
        if (check && check != first)
            mergeCheck(*set, entry, *check);
        const Reply *locks = firstAnswer(replies, QStringLiteral("locks"));
        const ShellReply *held = locks ? locks->as<ShellReply>() : nullptr;
        if (held && held->exitCode == 0 && !held->out.trimmed().isEmpty()) {
            set->notes.append(QStringLiteral("the repository is locked: a run goes on, or one was killed"));
            if (set->assessment.problem == QLatin1String("none"))
                setProblem(*set, QStringLiteral("in_progress"));
        }
        const Reply *forget = firstAnswer(replies, QStringLiteral("forget"));
        if (forget && forget != first) {
            const Result<BackupSet> kept = readResticForget({QString(), *forget->as<ShellReply>(), forget->at});
            if (kept)
                set->expiring = kept->expiring;
        }
        flawFutureTimes(*set, context.now, context.clockOffsets.value(first->subject, 0));
        const QString problem = set->assessment.problem;
        if (said.count) {
            assessNewest(*set);
            if (set->assessment.ok && problem != QLatin1String("in_progress"))
                setProblem(*set, problemOfList(*set));
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

const Source resticSource{
    PaneKind::Backups,
    "restic",
    "restic",
    true,
    false,
    {
        {"repository", "string", false, "place of the repository; default: that of the environment file"},
        {"password_file", "string", false, "file on the host with the password", R"("pattern":"^/")"},
        {"tag", "string", false, "only snapshots with this tag"},
        {"backup_host", "string", false, "only snapshots of this host"},
        {"backup_path", "string", false, "only snapshots of this path", R"("pattern":"^/")"},
        {"verify", "string", false,
         "what restic check reads in the slow lane: structure, all, or a share of the data such as 5%",
         R"("pattern":"^(structure|all|[0-9]{1,3}(\\.[0-9]+)?%)$")"},
        {"keep", "array", false, "rules of retention for its preview, such as \"daily=7\"",
         R"("items":{"type":"string","pattern":"^(last|hourly|daily|weekly|monthly|yearly|within|tag)[a-z-]*=[A-Za-z0-9_.-]+$"})"},
        userOption(),
        environmentFileOption(),
        locationOption(),
    },
    {"snapshots", "check", "backup", "forget", "locks"},
    resticRequests,
    parseRestic,
    nullptr,
    "read the repository and its password on the host",
};

} // namespace taffrail::sources
